"""Import: sources in, descriptions out."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePath
from pkgutil import resolve_name

from threatmodel.description.system import System
from threatmodel.errors import InvalidFileError
from threatmodel.importers.companions import with_code
from threatmodel.importers.document import Document, SourceInput, SourceKind, read_document
from threatmodel.importers.merge import Imported, merge, without_secrets
from threatmodel.importers.statements import Found, Statement, names_of, one_line_cut

# The kinds of sources, in the order in which they are tried: those with the most signs first.

_PLACES = (
    "answers.KIND",
    "manifests.BUNDLE",
    "n8n.KIND",
    "langgraph.graphs.KIND",
    "dify.KIND",
    "bedrock.KIND",
    "flowise.KIND",
    "adk.KIND",
    "foundry.KIND",
    "openai_agent.KIND",
    "registries.CARD",
    "registries.SERVER_CARD",
    "tools.KIND",
    "registries.ENTRY",
    "openapi.KIND",
    "manifests.PLUGIN",
    "agent_cards.RECORD",
    "manifests.AGENT",
    "manifests.MANIFEST",
    "registries.TOOLHIVE",
    "registries.DOCKER",
    "assistants.PLUGIN",
    "assistants.CONFIG",
    "assistants.SETTINGS",
    "agent_cards.CARD",
    "crew.AGENTS",
    "crew.TASKS",
    "skill.SUBAGENT",
    "skill.SKILL",
)
SOURCE_KINDS: tuple[SourceKind, ...] = tuple(
    resolve_name(f"threatmodel.importers.{place}") for place in _PLACES
)
"""Every kind; the first whose shape fits reads the source."""

_Read = tuple[SourceKind, Document]
"""A source, parsed, and the kind that reads it."""


def import_sources(
    sources: Sequence[SourceInput], kind: str | None = None, *, together: bool = False
) -> tuple[Imported, ...]:
    """Read sources about one thing and merge them; a config of several servers gives several.

    Args:
        sources: What to read; texts are taken from the first that has them.
        kind: Id of the kind that every source is read as, instead of detecting it.
        together: Make one system of all agents and servers, where there are several.

    Raises:
        InvalidFileError: A source is not of a known kind, or not of the kind asked for; or
            several servers are mixed with other sources.
    """
    read = [_kind_of(read_document(source), kind) for source in sources]
    told = tuple(_doubled(read))
    return tuple(
        without_secrets(_named(replace(one, remarks=(*told, *one.remarks)), sources[0]))
        for one in (_system(read) if together else ()) or _apart(read)
    )


def _doubled(read: Sequence[_Read]) -> Iterator[str]:
    """Tell of keys that are given twice: what another reader of the source takes may differ."""
    for _, document in read:
        if document.twice:
            keys = names_of(one_line_cut(key, 80) for key in document.twice)
            yield f"{document.source.label} gives a key twice, of which the last counts: {keys}"


def _system(read: Sequence[_Read]) -> tuple[Imported, ...]:
    """Merge everything into one system; nothing where there are not several agents."""
    founds = [found for kind, document in read for found in (kind.together or kind.read)(document)]
    whole = merge(_given_to_members(founds))
    # One agent is no system: it is written as an agent, as without --all.
    if len(whole.members) <= 1:
        return ()
    if whole.tools is not None:
        raise InvalidFileError(
            f"which of the members ({names_of(one.name for one in whole.members)}) a list of tools"
            " is about cannot be told",
            hint="import it into the file of the member, once that is written",
        )
    return (whole,)


def _given_to_members(founds: Sequence[Found]) -> list[Found]:
    """Let what is called like a member of a system say something about that member."""
    # A client spells a server in its own way; letters apart from their case are all that is
    # forgiven.
    names = {one.name.lower(): one.name for found in founds for one in found.members}
    return [
        found
        if found.members or found.name.lower() not in names
        else _about(names[found.name.lower()], found)
        for found in founds
    ]


def _about(name: str, found: Found) -> Found:
    return Found("", members=(replace(found, name=name),))


def _apart(read: Sequence[_Read]) -> tuple[Imported, ...]:
    return _merged([(document.source, kind.read(document)) for kind, document in read])


def _named(one: Imported, source: SourceInput) -> Imported:
    """Call what no source names after its members or the first source."""
    if one.adds_only or any(statement.path == ("name",) for statement in one.statements):
        return one
    joined = names_of((member.name for member in one.members), 3)
    name = one_line_cut(one.name or joined or PurePath(source.label).stem) or "unnamed"
    return replace(
        one, name=name, statements=(Statement(("name",), name, source.label), *one.statements)
    )


def import_live(
    source: SourceInput, answers: Mapping[str, SourceInput], *, together: bool = False
) -> tuple[Imported, ...]:
    """Import a configuration together with what its servers answered, by their names."""
    kind, document = _kind_of(read_document(source), None)
    live = {name: _listed(answer) for name, answer in answers.items()}
    if together and kind.together:
        about = [_about(name, found) for name, found in live.items()]
        founds = [[*kind.together(document), *about]]
    else:
        config = kind.read(document)
        founds = [[one, live[one.name]] if one.name in live else [one] for one in config]
    return tuple(without_secrets(merge(found)) for found in founds)


def _listed(answer: SourceInput) -> Found:
    known, document = _kind_of(read_document(answer), "tools")
    return known.read(document)[0]


def kind_ids() -> tuple[str, ...]:
    """List the kinds for `--as`."""
    return tuple(kind.id for kind in SOURCE_KINDS)


def _kind_found(source: SourceInput) -> str:
    """Give the id of the kind that a source is of; empty where it is of none that is known."""
    try:
        document = read_document(source)
    except (InvalidFileError, ExceptionGroup):
        return ""
    if _is_description(document):
        return ""
    return next((kind.id for kind in SOURCE_KINDS if kind.fits(document)), "")


def _kind_of(document: Document, kind: str | None) -> _Read:
    return (_asked(document, kind) if kind else _detected(document)), document


_OF_A_DESCRIPTION = frozenset(map(System.key_of, System.hints()))
_OURS_ALONE = frozenset(
    ("autonomy", "business", "controls", "decisions", "extends", "flows", "imported", "memory")
) | frozenset(
    ("observability", "peers", "policy", "retrieval", "runtime", "supply", "tool_classes", "users")
)
"""Keys of a description that no source has beside its name."""


def _is_description(document: Document) -> bool:
    """Tell a description, of which a list of tools would be taken and all else left out.

    What heads a text, such as the prompt of an agent, has keys of the same names.
    """
    value = document.root.value
    keys = value.keys() if isinstance(value, dict) else set[str]()
    ours = "name" in keys and keys <= _OF_A_DESCRIPTION and bool(keys & _OURS_ALONE)
    return ours and not document.body


def _detected(document: Document) -> SourceKind:
    if _is_description(document):
        hint = "`aivss score` and the other commands read it as it is"
        raise InvalidFileError("this is a description already", document.fault_at, hint)
    found = next((kind for kind in SOURCE_KINDS if kind.fits(document)), None)
    if found:
        return found
    if "jsonrpc" in document.root.keys and (refused := document.root.at("error", "message").text):
        told = f"the server answered with an error: {one_line_cut(refused, 160)}"
        raise InvalidFileError(told, document.fault_at, "ask it again for `tools/list`")
    raise InvalidFileError(
        f"found {document.looks()}; no known kind of source looks so",
        document.fault_at,
        f"name with --as what it should be, to see what is missing: {', '.join(kind_ids())}",
    )


def _asked(document: Document, kind: str) -> SourceKind:
    found = next((known for known in SOURCE_KINDS if known.id == kind), None)
    if found is None:
        raise InvalidFileError(
            f"there is no kind of source called {kind}", hint=f"one of {', '.join(kind_ids())}"
        )
    # Also where a kind is asked for: read as what it is not, a source gives a description that says
    # next to nothing and looks whole.
    if not found.fits(document):
        raise InvalidFileError(
            f"found {document.looks()}; expected {found.title}",
            document.fault_at,
            f"such a source is {found.expects}",
        )
    return found


def _merged(read: Sequence[tuple[SourceInput, tuple[Found, ...]]]) -> tuple[Imported, ...]:
    if all(len(found) == 1 for _, found in read):
        return (merge([found[0] for _, found in read]),)
    if len(read) == 1:
        return tuple(merge([found]) for found in read[0][1])
    return (_matched(read),)


def _matched(read: Sequence[tuple[SourceInput, tuple[Found, ...]]]) -> Imported:
    """Merge sources about one server with its entry in a configuration of several."""
    single = [found[0] for _, found in read if len(found) == 1]
    names = {found.name.lower() for found in single}
    entries = [one for _, found in read if len(found) != 1 for one in found]
    chosen = [entry for entry in entries if entry.name.lower() in names]
    # By name alone: a guess would put the keys of one server into the file of another.
    if len(chosen) == 1 and single:
        return merge([*single, *chosen])
    several = next(source for source, found in read if len(found) != 1)
    raise InvalidFileError(
        f"{several.label} describes {len(entries)} servers ({names_of(e.name for e in entries)}),"
        " and which of them the other sources are about cannot be told",
        hint="import it alone, or all of it as one system with --all",
    )


# What a folder holds: an archive of strangers has sources among much else.

_ENDINGS = frozenset((".json", ".yaml", ".yml", ".md", ".toml", ".py"))
_PASSED_OVER = frozenset((".git", ".venv", "venv", "node_modules", "__pycache__"))
_MOST_FILES = 300
_MOST_BYTES = 512 * 1024


def sources_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield files below a folder that are of a known kind, with its id.

    Nothing is run and no link followed; large files and more than the first hundreds are passed
    over.
    """
    for path in islice(_files(folder), _MOST_FILES):
        try:
            source = with_code(SourceInput(str(path), path.read_bytes()))
        except OSError:
            continue
        if kind := _kind_found(source):
            yield path, kind


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
        for name in sorted(names):
            path = Path(place, name)
            known = path.suffix.lower() in _ENDINGS and path.is_file() and not path.is_symlink()
            if known and path.stat().st_size <= _MOST_BYTES:
                yield path
