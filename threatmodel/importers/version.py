"""Which version a package or image is asked for in, and whether it can move."""

import re
from dataclasses import dataclass

_NPM = re.compile(r"(?P<name>(?:@[^/@]+/)?[^@/]+)(?:@(?P<version>.*))?")
_PYPI = re.compile(
    r"(?P<name>[\w.-]+)(?:\[[^\]]*\])?\s*(?:(?:===?|@)\s*(?P<version>[^,;\s]+))?(?P<more>.*)"
)
_HASH = re.compile(r"(?i)(?:sha[-_]?\d*[:-])?[0-9a-f]{12,128}")
_NUMBERS = re.compile(r"\d+")
_EXACT = re.compile(r"[vV=]?\d[\w.+-]*")
_TEMPLATE = re.compile(r"\$\{?\w|\{\{|<[\w-]+>")
_EXACT_NUMBERS = {"npm": 3, "oci": 3}
"""Numbers of an exact version; with fewer, npm reads a range, and image tags are moved."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package or image, as asked for."""

    name: str
    """Its name, without version."""

    version: str = ""
    """The version asked for; empty where none is."""

    fixed: bool | None = False
    """Whether it always is the same thing; None where that is filled in later."""


def wanted(spec: str, registry: str, floating: tuple[str, ...]) -> Wanted:
    """Read what is asked for, such as `@scope/name@1.2.3`, `name==1.2` or `image:1.2.3`."""
    spec = spec.strip().removeprefix("npm:").removeprefix("jsr:")
    if "://" in spec or spec.startswith(("git+", "github:")):
        name, version = _address(spec)
    elif registry == "oci":
        name, version = _image(spec)
    elif registry == "pypi":
        name, version = _python(spec)
    else:
        found = _NPM.fullmatch(spec)
        name, version = (found["name"], found["version"] or "") if found else _last_at(spec)
    return Wanted(name, version, is_fixed(version, registry, floating))


def is_fixed(version: str, registry: str, floating: tuple[str, ...]) -> bool | None:
    """Tell whether a version names one thing for good; None where it is a template."""
    if _TEMPLATE.search(version):
        return None
    bare = version.removeprefix("v")
    if not bare or bare.split("-")[0].lower() in floating:
        return False
    if _HASH.fullmatch(version):
        return True
    numbers = len(_NUMBERS.findall(version))
    return _EXACT.fullmatch(version) is not None and numbers >= _EXACT_NUMBERS.get(registry, 2)


def _image(spec: str) -> tuple[str, str]:
    bare, _, digest = spec.partition("@")
    name, _, tag = bare.rpartition(":")
    if not name or "/" in tag:
        name, tag = bare, ""
    return name, digest or tag


def _python(spec: str) -> tuple[str, str]:
    found = _PYPI.fullmatch(spec)
    if not found:
        return spec, ""
    return found["name"], "" if found["more"].strip() else found["version"] or ""


def _address(spec: str) -> tuple[str, str]:
    """Split a repository or archive address from the revision behind `@` or `#`."""
    for sign in ("#", "@"):
        name, found, version = spec.rpartition(sign)
        if (found and "/" not in version and "://" in name) or (found and sign == "#"):
            return name, version
    return spec, ""


def _last_at(spec: str) -> tuple[str, str]:
    name, found, version = spec.rpartition("@")
    return (name, version) if found and name else (spec, "")
