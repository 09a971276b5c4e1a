"""Write the bill of materials of a release: CycloneDX 1.6, the same bytes for the same inputs.

    .venv/bin/python .ci/sbom.py dist/aivss_threatmodel-0.1.0-py3-none-any.whl > aivss.cdx.json

What is in it: the wheel with its digest, the fonts inside, and every part that requirements.lock
pins for running, on whichever system, with the digests of its files. What only builds the package
is left out. Licences come from what is installed; a part of another system has none stated.
"""

import hashlib
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NAME = PROJECT["project"]["name"]
FONTS = {"PublicSans": "OFL-1.1", "SplineSansMono": "OFL-1.1"}
"""How the files of a font begin, and its licence; beside them stands its text."""

_SPDX = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")
_LONGEST = 100
_CLASSIFIERS = "License :: OSI Approved :: "


class Pin(NamedTuple):
    """One pinned part."""

    name: str
    """Normalised name."""

    version: str
    """Its version."""

    marker: str
    """Where it is used; empty everywhere."""

    hashes: tuple[str, ...]
    """sha256 of each of its files."""

    @property
    def ref(self) -> str:
        """Package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


def bill(wheel: Path | None) -> dict[str, Any]:
    """Make the bill of materials."""
    pins = list(running(read_lock(ROOT / "requirements.lock")))
    extras = closure(PROJECT["project"]["dependencies"])
    version = version_of()
    own = {
        "type": "application",
        "bom-ref": f"pkg:pypi/{NAME}@{version}",
        "name": NAME,
        "version": version,
        "description": PROJECT["project"]["description"],
        "licenses": [{"license": {"id": PROJECT["project"]["license"]}}],
        "purl": f"pkg:pypi/{NAME}@{version}",
    }
    if wheel is not None:
        own["hashes"] = [sha256(wheel.read_bytes())]
        own["properties"] = [{"name": "aivss:file", "value": wheel.name}]
    body = {
        "metadata": {"lifecycles": [{"phase": "build"}], "component": own},
        "components": [*map(component, pins), *fonts()],
        "dependencies": [
            {"ref": own["bom-ref"], "dependsOn": refs(PROJECT["project"]["dependencies"], pins)},
            *(
                {"ref": p.ref, "dependsOn": refs(needs(p.name, extras.get(p.name, ())), pins)}
                for p in pins
            ),
        ],
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        **body,
    }


def read_lock(path: Path) -> list[Pin]:
    """Read the pins of a lock."""
    text = path.read_text(encoding="utf-8").replace(" \\\n", "\n")
    return [_pin(block) for block in re.split(r"\n(?=\S)", text.strip())]


def _pin(block: str) -> Pin:
    head, *hashes = block.split("\n    ")
    asked = Requirement(head)
    digests = tuple(sorted(one.removeprefix("--hash=sha256:").strip() for one in hashes))
    marker = str(asked.marker or "")
    return Pin(plain(asked.name), str(asked.specifier).removeprefix("=="), marker, digests)


def running(pins: Iterable[Pin]) -> Iterator[Pin]:
    """Keep what is there to run; what only builds the package goes."""
    run = closure(PROJECT["project"]["dependencies"])
    building = closure(PROJECT["dependency-groups"]["build"]).keys() - run.keys()
    return (pin for pin in sorted(pins) if pin.name not in building)


def closure(asked: Iterable[str]) -> dict[str, set[str]]:
    """Follow requirements to all that they need, wherever it is used; gives extras by name."""
    found: dict[str, set[str]] = {}
    waiting = [Requirement(one) for one in asked]
    while waiting:
        one = waiting.pop()
        name = plain(one.name)
        if name not in found or not one.extras <= found[name]:
            found.setdefault(name, set()).update(one.extras)
            waiting += [Requirement(need) for need in needs(name, found[name])]
    return found


def needs(name: str, extras: Iterable[str] = ()) -> list[str]:
    """Read what an installed part asks for; nothing of one that is not installed here."""
    try:
        asked = requires(name) or []
    except PackageNotFoundError:
        return []
    return [one for one in asked if _wanted(Requirement(one), extras)]


def _wanted(asked: Requirement, extras: Iterable[str]) -> bool:
    if asked.marker is None or "extra" not in str(asked.marker):
        return True
    return any(asked.marker.evaluate({"extra": extra}) for extra in extras)


def component(pin: Pin) -> dict[str, Any]:
    """Describe a pinned part."""
    files = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{pin.name}/{pin.version}/#files",
        "hashes": [{"alg": "SHA-256", "content": one} for one in pin.hashes],
    }
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": pin.ref,
        "name": pin.name,
        "version": pin.version,
        "scope": "optional" if pin.marker else "required",
        "purl": pin.ref,
        "externalReferences": [files],
    }
    if told := licences(pin.name):
        found["licenses"] = told
    if pin.marker:
        found["properties"] = [{"name": "aivss:marker", "value": pin.marker}]
    return found


def licences(name: str) -> list[dict[str, Any]]:
    """Read the licences of an installed part: its SPDX expression, else its own words for them."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return []
    said = about.get("License-Expression") or ""
    if _SPDX.fullmatch(said):
        return [{"expression": said} if " " in said else {"license": {"id": said}}]
    classified = [one for one in about.get_all("Classifier") or () if one.startswith(_CLASSIFIERS)]
    words = [one.removeprefix(_CLASSIFIERS) for one in classified] or [about.get("License") or ""]
    return [{"license": {"name": one}} for one in words if one and len(one) < _LONGEST]


def fonts() -> Iterator[dict[str, Any]]:
    """Describe the fonts that the wheel carries."""
    folders = (ROOT / "reports" / "fonts", ROOT / "reports" / "catalogue" / "fonts")
    files = (file for folder in folders for file in folder.iterdir())
    for file in sorted(one for one in files if one.suffix in (".ttf", ".woff2")):
        name = file.relative_to(ROOT).as_posix()
        font = file.name.partition("-")[0]
        said = FONTS.get(font, PROJECT["project"]["license"])
        yield {
            "type": "file",
            "bom-ref": f"file:{name}",
            "name": name,
            "hashes": [sha256(file.read_bytes())],
            "licenses": [{"license": {"id": said}}],
        }


def refs(asked: Iterable[str], pins: Iterable[Pin]) -> list[str]:
    """Name the pins that some requirements lead to."""
    names = {plain(Requirement(one).name) for one in asked}
    return sorted({pin.ref for pin in pins if pin.name in names})


def sha256(data: bytes) -> dict[str, str]:
    """Give a digest as CycloneDX writes it."""
    return {"alg": "SHA-256", "content": hashlib.sha256(data).hexdigest()}


def version_of() -> str:
    """Read the version that is released."""
    text = (ROOT / PROJECT["tool"]["hatch"]["version"]["path"]).read_text(encoding="utf-8")
    return str(re.findall(r'VERSION = "([^"]+)"', text)[0])


def plain(name: str) -> str:
    """Normalise a name as the registry does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main(arguments: list[str]) -> None:
    """Print the bill of materials, of a wheel where one is named."""
    wheel = Path(arguments[0]) if arguments else None
    sys.stdout.write(json.dumps(bill(wheel), ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
