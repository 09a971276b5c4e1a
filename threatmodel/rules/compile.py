"""Compile frameworks/*.yaml into the files that a run loads."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources.abc import Traversable
from typing import Any

from threatmodel.errors import AivssError, every, gathered
from threatmodel.files import digest_of, keep_current, shipped
from threatmodel.reading import read, read_tree
from threatmodel.reading.positions import Tree
from threatmodel.reading.record import Record
from threatmodel.rules import resolve
from threatmodel.rules.class_compile import ClassFile, class_rows
from threatmodel.rules.completeness import check_whole
from threatmodel.rules.conclusions import (
    DerivationFile,
    FactorFile,
    HostFile,
    VectorFile,
    derivation_rows,
    factor_rows,
    host_rows,
    vector_rows,
)
from threatmodel.rules.importing import ImportFile
from threatmodel.rules.links import check_links, found
from threatmodel.rules.load import APART, COMPILED, compiled_apart, knowledge_of
from threatmodel.rules.policy import policy_rows, record_of
from threatmodel.rules.resolve import Vocabulary
from threatmodel.rules.scoring import ProfileRecord, profile_rows
from threatmodel.rules.source_kinds import SourcesFile
from threatmodel.rules.sources import Sources, read_sources, with_places
from threatmodel.rules.system_compile import SystemFile, system_rows
from threatmodel.rules.wording_compile import wording_rows, words_file

# The list of further parts of frameworks/: whoever adds one adds a line here.


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the knowledge that this package only packs and carries."""

    name: str
    """Key in `Knowledge.sections`."""
    place: str
    """A file below frameworks/, or a folder whose YAML files belong to it."""
    kind: Callable[[str], type[Record]]
    """Record of a file, by its name."""
    pack: Callable[[dict[str, Any], Vocabulary], Any]
    """Gives JSON values of the records by file name; `Vocabulary.pack` compiles conditions."""


def _one(name: str, kind: type[Record], pack: Callable[[Any, Vocabulary], Any]) -> Section:
    """Give the section of a single file, which has its name."""
    file = f"{name}.yaml"
    return Section(name, file, lambda _: kind, lambda records, words: pack(records[file], words))


SECTIONS: tuple[Section, ...] = (
    Section("classes", "classes", lambda _: ClassFile, lambda r, _: class_rows(r.values())),
    Section("profiles", "profiles", lambda _: ProfileRecord, lambda r, _: profile_rows(r.values())),
    Section(
        "factors", "factors", lambda _: FactorFile, lambda r, w: factor_rows((*r.values(),), w)
    ),
    _one("vectors", VectorFile, vector_rows),
    _one("hosts", HostFile, lambda file, _: host_rows(file)),
    _one("derivations", DerivationFile, derivation_rows),
    Section("wording", "wording", words_file, wording_rows),
    Section("policy", "policy", record_of, lambda r, _: policy_rows(r.values())),
    _one("system", SystemFile, system_rows),
)
"""Every further section, in any order."""

# Deeper values stand on one line: a rule is a line of the compiled file, and a diff shows which.
_DEEPEST = 3


def compiled_files(root: Traversable) -> dict[str, str]:
    """Compile the YAML files under `root` to JSON by file name, one row per line.

    Raises AivssError for one fault, an ExceptionGroup of them for several.
    """
    sources = _sources(root)
    words = resolve.vocabulary(sources)
    # Gathered and not in turn, for the same reason: every fault of every part at once.
    made: list[Any] = gathered(
        (
            partial(resolve.capability_rows, sources, words),
            partial(resolve.layer_rows, sources, words),
            partial(resolve.threat_rows, sources, words),
            partial(_sections, root, words),
            partial(_check, root),
        )
    )
    capabilities, layers, threats, sections, _ = made
    parts = {
        "rules_version": sources.catalogue.rules_version,
        # Over the sources, so that a stale compiled file shows: a score names the rules that made
        # it.
        "digest": digest(root),
        "factors": sources.catalogue.factors,
        "namespaces": resolve.packed(sources.catalogue, "namespaces"),
        "facts": resolve.fact_rows(sources),
        "capabilities": capabilities,
        "layers": layers,
        "threats": threats,
        "mitigations": resolve.packed(sources.mitigations, "mitigations"),
        "clauses": resolve.packed(sources.clauses, "clauses"),
        "cascades": resolve.cascade_rows(sources),
        "loops": sources.cascades.loops,
        "chains": resolve.packed(sources.chains, "chains"),
        "combinations": resolve.packed(sources.chains, "combinations"),
        "priority": resolve.priority_row(sources),
        "names": sources.names.names,
    }
    files = {compiled_apart(name): sections.pop(name) for name in APART}
    files[COMPILED] = parts | {"sections": sections}
    return {name: _lay_out(value) + "\n" for name, value in files.items()}


def _sources(root: Traversable) -> Sources:
    """Read what conditions speak of; where it has faults, those of all files are told with it."""
    try:
        return read_sources(root)
    except (AivssError, ExceptionGroup):
        # An author mends all files in one go, or finds the next fault after each run of seconds.
        gathered(
            (
                partial(read_sources, root),
                partial(_check, root),
                partial(_sections, root, _words_as_written(root)),
            )
        )
        raise


def _words_as_written(root: Traversable) -> Vocabulary | None:
    """Give the names that stand in files whose rules have faults; None where one is no YAML."""
    try:
        trees = _trees(root)
    except (AivssError, ExceptionGroup):
        return None
    ways = (("facts/*", "facts.@"), ("capabilities.yaml", "capabilities.@"))
    facts = frozenset(name for file, way in ways for _, _, name in found(trees, file, way))
    controls = frozenset(name for _, _, name in found(trees, "controls.yaml", "controls.@"))
    return Vocabulary(facts, controls)


def _sections(root: Traversable, words: Vocabulary | None) -> dict[str, Any]:
    """Pack every section; without words their files are only read."""
    return dict(gathered(partial(_section, root, section, words) for section in SECTIONS))


def _section(root: Traversable, section: Section, words: Vocabulary | None) -> tuple[str, Any]:
    files = _files(root, section)
    records = gathered(partial(_read, section, file) for file in files)
    named = {file.name: record for file, record in zip(files, records, strict=True)}
    return section.name, section.pack(named, words) if words else None


def _read(section: Section, file: Traversable) -> Record:
    return read(section.kind(file.name), file)


def _trees(root: Traversable) -> dict[str, Tree]:
    files = sorted(_yaml_files(root).items())
    read_files = gathered(partial(read_tree, file) for _, file in files)
    return {name: tree for (name, _), tree in zip(files, read_files, strict=True)}


def _check(root: Traversable) -> None:
    """Check what is not about one section: names that lead nowhere, and the rules of importing."""
    checks: list[Callable[[], object]] = [
        partial(read, ImportFile, root / "importers.yaml"),
        partial(read, SourcesFile, root / "sources.yaml"),
        partial(_check_trees, root),
    ]
    gathered(checks)


def _check_trees(root: Traversable) -> None:
    trees: dict[str, Tree] = {}
    unread: dict[str, Callable[[], object]] = {}
    for name, file in sorted(_yaml_files(root).items()):
        try:
            trees[name] = read_tree(file)
        except (AivssError, ExceptionGroup):
            unread[name] = partial(read_tree, file)
    checks: list[Callable[[], object]] = [partial(check_links, trees, unread)]
    # What a file leaves out cannot be told while it may stand in one that is no YAML.
    checks += [] if unread else [partial(check_whole, trees)]
    gathered((*unread.values(), *checks))


def digest(root: Traversable) -> str:
    """Give the sha256 over names and bytes of all YAML files under `root`."""
    return digest_of({name: file.read_bytes() for name, file in _yaml_files(root).items()})


def _check_graph(compiled: str) -> None:
    """Refuse rules that hang together wrongly: circles, orphans, mitigations that mend nothing."""
    # Late, as whoever compiles a pack for a run has no need of it, and networkx takes its time.
    from threatmodel.rules.graph import faults  # noqa: PLC0415

    if found := faults(knowledge_of(json.loads(compiled))):
        raise ExceptionGroup("the rule graph", [AivssError(fault) for fault in found])


def main(arguments: Sequence[str], root: Traversable | None = None) -> int:
    """Write the compiled files, or `--check` them; 2 for faults.

    `root` is the folder of rules, by default the one that ships with the package.
    """
    root = root or shipped("frameworks")
    try:
        files = compiled_files(root)
        _check_graph(files[COMPILED])
    except (AivssError, ExceptionGroup) as faulty:
        sources = [file for _, file in sorted(_yaml_files(root).items())]
        faults = list(with_places(every(faulty), sources))
        sys.stderr.writelines(f"{fault}\n" for fault in faults)
        sys.stderr.write(f"{len(faults)} to mend; the compiled files are as they were\n")
        return 2
    return keep_current(arguments, root, files)


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
        # In ASCII: one letter of another script would make a run read two bytes for each letter.
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    pad = "  " * (depth + 1)
    if isinstance(value, dict):
        rows = [f"{json.dumps(k)}: {_lay_out(v, depth + 1)}" for k, v in sorted(value.items())]
        return "{\n" + ",\n".join(pad + row for row in rows) + f"\n{pad[2:]}}}"
    # A row a line: a diff of a rule is a line, and two branches that add rules merge.
    rows = [_lay_out(row, _DEEPEST + 1) for row in value]
    return "[\n" + ",\n".join(pad + row for row in rows) + f"\n{pad[2:]}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
