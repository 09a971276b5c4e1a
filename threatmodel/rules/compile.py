"""Compile frameworks/*.yaml into the one file that start-up loads."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from threatmodel.errors import AivssError, every
from threatmodel.files import digest_of, shipped
from threatmodel.reading import read, read_tree
from threatmodel.rules import resolve
from threatmodel.rules.class_compile import ClassFile, class_rows
from threatmodel.rules.estimates import FactorFile, VectorFile, factor_rows, vector_rows
from threatmodel.rules.faults import gathered, with_places
from threatmodel.rules.hosts import DerivationFile, HostFile, derivation_rows, host_rows
from threatmodel.rules.importing import ImportFile
from threatmodel.rules.links import check_links
from threatmodel.rules.policy import policy_rows, record_of
from threatmodel.rules.resolve import Vocabulary
from threatmodel.rules.scoring import ProfileRecord, profile_rows
from threatmodel.rules.sources import Sources, read_sources
from threatmodel.rules.system_compile import SystemFile, system_rows
from threatmodel.rules.whole import check_whole
from threatmodel.rules.wording_compile import wording_rows

# The list of further parts of frameworks/: whoever adds one adds a line here.

Files = tuple[Traversable, ...]
"""The YAML files of a section, sorted by name."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the knowledge that this package only packs and carries."""

    name: str
    """Key in `Knowledge.sections`."""
    place: str
    """A file below frameworks/, or a folder whose YAML files belong to it."""
    pack: Callable[[Files, Vocabulary], Any]
    """Reads and checks the files; gives JSON values. `Vocabulary.pack` compiles conditions."""


def _profiles(files: Files, _words: Vocabulary) -> Any:  # noqa: ANN401 - JSON values
    return profile_rows(gathered(partial(read, ProfileRecord, file) for file in files))


def _factors(files: Files, words: Vocabulary) -> Any:  # noqa: ANN401 - JSON values
    read_files = gathered(partial(read, FactorFile, file) for file in files)
    return factor_rows(tuple(read_files), words)


def _policy(files: Files, _words: Vocabulary) -> Any:  # noqa: ANN401 - JSON values
    return policy_rows(gathered(partial(read, record_of(file.name), file) for file in files))


SECTIONS: tuple[Section, ...] = (
    Section("classes", "classes", lambda f, _: class_rows(read(ClassFile, one) for one in f)),
    Section("profiles", "profiles", _profiles),
    Section("factors", "factors", _factors),
    Section("vectors", "vectors.yaml", lambda f, w: vector_rows(read(VectorFile, f[0]), w)),
    Section("hosts", "hosts.yaml", lambda f, _: host_rows(read(HostFile, f[0]))),
    Section(
        "derivations",
        "derivations.yaml",
        lambda f, w: derivation_rows(read(DerivationFile, f[0]), w),
    ),
    Section("wording", "wording", wording_rows),
    Section("policy", "policy", _policy),
    Section("system", "system.yaml", lambda f, w: system_rows(read(SystemFile, f[0]), w)),
)
"""Every further section, in any order."""

COMPILED = "compiled.json"
"""Name of the compiled file below frameworks/."""

_DEEPEST = 3


def compiled_text(root: Traversable) -> str:
    """Compile the YAML files under `root` to JSON, one row per line.

    Raises AivssError for one fault, an ExceptionGroup of them for several.
    """
    sources = _sources(root)
    words = resolve.vocabulary(sources)
    # Gathered and not in turn, for the same reason: every fault of every part at once.
    capabilities, layers, threats, sections, _ = gathered(
        (
            partial(resolve.capability_rows, sources, words),
            partial(resolve.layer_rows, sources, words),
            partial(resolve.threat_rows, sources, words),
            partial(_sections, root, words),
            partial(_check, root),
        )
    )
    parts: dict[str, Any] = {
        "rules_version": sources.catalogue.rules_version,
        # Over the sources, so that a stale compiled file shows: a score names the rules that made
        # it.
        "digest": digest(root),
        "factors": sources.catalogue.factors,
        "namespaces": resolve.namespace_rows(sources),
        "facts": resolve.fact_rows(sources),
        "capabilities": capabilities,
        "layers": layers,
        "threats": threats,
        "mitigations": resolve.mitigation_rows(sources),
        "clauses": resolve.clause_rows(sources),
        "cascades": resolve.cascade_rows(sources),
        "loops": sources.cascades.loops,
        "chains": resolve.chain_rows(sources),
        "combinations": resolve.combination_rows(sources),
        "priority": resolve.priority_row(sources),
        "names": sources.names.names,
    }
    parts["sections"] = sections
    return _lay_out(parts) + "\n"


def _sources(root: Traversable) -> Sources:
    """Read what conditions speak of; where it has faults, those of all files are told with it."""
    try:
        return read_sources(root)
    except (AivssError, ExceptionGroup):
        # An author mends all files in one go, or finds the next fault after each run of seconds.
        gathered((partial(read_sources, root), partial(_check, root)))
        raise


def _sections(root: Traversable, words: Vocabulary) -> dict[str, Any]:
    rows = gathered(partial(s.pack, _files(root, s), words) for s in SECTIONS)
    return {section.name: row for section, row in zip(SECTIONS, rows, strict=True)}


def _check(root: Traversable) -> None:
    """Check what is not about one section: names that lead nowhere, and the rules of importing."""
    trees = {name: read_tree(file) for name, file in sorted(_yaml_files(root).items())}
    checks: tuple[Callable[[], object], ...] = (
        partial(read, ImportFile, root / "importers.yaml"),
        partial(check_links, trees),
        partial(check_whole, trees),
    )
    gathered(checks)


def digest(root: Traversable) -> str:
    """Give the sha256 over names and bytes of all YAML files under `root`."""
    return digest_of({name: file.read_bytes() for name, file in _yaml_files(root).items()})


def main(arguments: Sequence[str], root: Traversable | None = None) -> int:
    """Write the compiled file; with `--check` only compare, 1 when it is stale; 2 for faults.

    `root` is the folder of rules, by default the one that ships with the package.
    """
    root = root or shipped("frameworks")
    try:
        text = compiled_text(root)
    except (AivssError, ExceptionGroup) as faulty:
        files = [file for _, file in sorted(_yaml_files(root).items())]
        faults = list(with_places(every(faulty), files))
        sys.stderr.writelines(f"{fault}\n" for fault in faults)
        sys.stderr.write(f"{len(faults)} to mend; frameworks/compiled.json is as it was\n")
        return 2
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
    # A row a line: a diff of a rule is a line, and two branches that add rules merge.
    rows = [_lay_out(row, _DEEPEST + 1) for row in value]
    return "[\n" + ",\n".join(pad + row for row in rows) + f"\n{pad[2:]}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
