"""Compile frameworks/*.yaml into the one file that start-up loads."""

import json
import sys
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from threatmodel.knowledge import links, rules
from threatmodel.knowledge.sections import SECTIONS, Section
from threatmodel.knowledge.sources import read_sources
from threatmodel.resources import shipped

COMPILED = "compiled.json"
"""Name of the compiled file below frameworks/."""

_DEEPEST = 3


def compiled_text(root: Traversable) -> str:
    """Compile the YAML files under `root` to JSON, one row per line; raises AivssError."""
    sources = read_sources(root)
    words = rules.vocabulary(sources)
    capabilities, threats = rules.capability_rows(sources, words), rules.threat_rows(sources, words)
    links.check_links(sources)
    parts: dict[str, Any] = {
        "rules_version": sources.catalogue.rules_version,
        "digest": digest(root),
        "factors": sources.catalogue.factors,
        "namespaces": links.namespace_rows(sources),
        "facts": rules.fact_rows(sources),
        "capabilities": capabilities,
        "layers": links.layer_rows(sources),
        "threats": threats,
        "mitigations": links.mitigation_rows(sources),
        "clauses": links.clause_rows(sources),
        "cascades": links.cascade_rows(sources),
        "loops": sources.cascades.loops,
        "chains": links.chain_rows(sources),
        "combinations": links.combination_rows(sources),
        "severity": links.severity_row(sources),
        "names": sources.names.names,
    }
    parts["sections"] = {s.name: s.pack(_files(root, s), words) for s in SECTIONS}
    return _lay_out(parts) + "\n"


def digest(root: Traversable) -> str:
    """Give the sha256 over names and bytes of all YAML files under `root`."""
    total = sha256()
    for name, file in sorted(_yaml_files(root).items()):
        data = file.read_bytes()
        total.update(f"{name}\0{len(data)}\0".encode() + data)
    return total.hexdigest()


def main(arguments: Sequence[str], root: Traversable | None = None) -> int:
    """Write the compiled file; with `--check` only compare, 1 when it is stale.

    `root` is the folder of rules, by default the one that ships with the package.
    """
    root = root or shipped("frameworks")
    text = compiled_text(root)
    if "--check" in arguments:
        stale = (root / COMPILED).read_text(encoding="utf-8") != text
        if stale:
            sys.stderr.write("frameworks/compiled.json is stale: run this without --check\n")
        return int(stale)
    Path(str(root / COMPILED)).write_text(text, encoding="utf-8", newline="\n")
    return 0


def _yaml_files(folder: Traversable, prefix: str = "") -> dict[str, Traversable]:
    found: dict[str, Traversable] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= _yaml_files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            found[prefix + entry.name] = entry
    return found


def _files(root: Traversable, section: Section) -> tuple[Traversable, ...]:
    place = root.joinpath(*section.place.split("/"))
    if not place.is_dir():
        return (place,)
    return tuple(file for _, file in sorted(_yaml_files(place).items()))


def _lay_out(value: Any, depth: int = 0) -> str:  # noqa: ANN401 - JSON values
    """Write JSON that diffs well: objects are opened down to the fourth level, lists by row."""
    if depth > _DEEPEST or not value or not isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    pad = "  " * (depth + 1)
    if isinstance(value, dict):
        rows = [f"{json.dumps(k)}: {_lay_out(v, depth + 1)}" for k, v in sorted(value.items())]
        return "{\n" + ",\n".join(pad + row for row in rows) + f"\n{pad[2:]}}}"
    rows = [_lay_out(row, _DEEPEST + 1) for row in value]
    return "[\n" + ",\n".join(pad + row for row in rows) + f"\n{pad[2:]}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
