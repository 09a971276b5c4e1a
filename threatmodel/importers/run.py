"""Import: sources in, descriptions out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from threatmodel.errors import InvalidFileError
from threatmodel.importers import (
    a2a_card,
    adk,
    answers,
    bedrock,
    client_config,
    crew,
    dify,
    docker_registry,
    flowise,
    foundry,
    host_plugin,
    langgraph,
    mcpb,
    n8n,
    oasf,
    office_agent,
    openai_agent,
    openai_plugin,
    openapi,
    registry_entry,
    server_card,
    skill,
    toolhive,
    tools,
)
from threatmodel.importers.document import Document, SourceInput, read_document
from threatmodel.importers.kind import Kind
from threatmodel.importers.merge import Imported, merge, without_secrets
from threatmodel.importers.node import Node
from threatmodel.importers.statements import LONGEST_NAME, Found, Said, claimed, cut, names_of
from threatmodel.rules.importing import Rules, load_rules

# The kinds of sources, in the order in which they are tried: those with the most signs first.

KINDS: tuple[Kind, ...] = (
    answers.KIND,
    mcpb.KIND,
    n8n.KIND,
    langgraph.KIND,
    dify.KIND,
    bedrock.KIND,
    flowise.KIND,
    adk.KIND,
    foundry.KIND,
    openai_agent.KIND,
    registry_entry.CARD,
    server_card.KIND,
    tools.KIND,
    registry_entry.ENTRY,
    openapi.KIND,
    openai_plugin.KIND,
    oasf.KIND,
    office_agent.AGENT,
    office_agent.MANIFEST,
    toolhive.KIND,
    docker_registry.KIND,
    host_plugin.PLUGIN,
    client_config.KIND,
    host_plugin.SETTINGS,
    a2a_card.KIND,
    crew.AGENTS,
    crew.TASKS,
    skill.SUBAGENT,
    skill.SKILL,
)
"""Every kind; the first whose shape fits reads the source."""


def import_sources(
    sources: Sequence[SourceInput], kind: str | None = None, *, together: bool = False
) -> tuple[Imported, ...]:
    """Read sources about one thing and merge them; a config of several servers gives several.

    Args:
        sources: What to read; texts are taken from the first that has them.
        kind: Id of the kind that every source is read as, instead of detecting it.
        together: Merge the servers of a client configuration into one description of the set.

    Raises:
        InvalidFileError: A source is not of a known kind, or not of the kind asked for; or
            several servers are mixed with other sources.
    """
    rules = load_rules()
    founds = [read_source(source, kind, rules, together=together) for source in sources]
    return tuple(
        without_secrets(_named(one, sources[0]), rules) for one in _merged(sources, founds)
    )


def _named(one: Imported, source: SourceInput) -> Imported:
    """Call what no source names after the first source; a description cannot do without."""
    if one.adds_only or any(said.path == ("name",) for said in one.said):
        return one
    name = cut(one.name or PurePath(source.label).stem, LONGEST_NAME) or "unnamed"
    return replace(one, name=name, said=(Said(("name",), name, source.label), *one.said))


def import_live(
    source: SourceInput, answers: Mapping[str, SourceInput], *, together: bool = False
) -> tuple[Imported, ...]:
    """Import a configuration together with what its servers answered, by their names.

    The tools of a set are only known as a whole: while one server has not answered, what the
    others offer is stated as possible, and the rest stays unknown.
    """
    rules = load_rules()
    config = read_source(source, None, rules, together=together)
    live = {name: read_source(answer, "tools", rules)[0] for name, answer in answers.items()}
    if together:
        wanted = {one.name for one in read_source(source, None, rules)}
        founds = [[*config, *_joint_tools(live, complete=wanted <= set(live))]]
    else:
        founds = [[one, live[one.name]] if one.name in live else [one] for one in config]
    return tuple(without_secrets(merge(found), rules) for found in founds)


def read_source(
    source: SourceInput, kind: str | None, rules: Rules, *, together: bool = False
) -> tuple[Found, ...]:
    """Read one source; several results where it describes several servers."""
    document = read_document(source)
    found = _asked(document, kind) if kind else _detected(document)
    if together and found.together:
        return found.together(document, rules)
    return found.read(document, rules)


def kind_ids() -> tuple[str, ...]:
    """List the kinds for `--as`."""
    return tuple(kind.id for kind in KINDS)


def _detected(document: Document) -> Kind:
    found = next((kind for kind in KINDS if kind.fits(document)), None)
    if found:
        return found
    titles = "; ".join(kind.title for kind in KINDS)
    raise InvalidFileError(
        f"found {document.looks()}; expected one of: {titles}",
        document.fault_at,
        f"if it is one, name it with --as ({', '.join(kind_ids())}) to see what is missing",
    )


def _asked(document: Document, kind: str) -> Kind:
    found = next((known for known in KINDS if known.id == kind), None)
    if found is None:
        raise InvalidFileError(
            f"there is no kind of source called {kind}", hint=f"one of {', '.join(kind_ids())}"
        )
    if not found.fits(document):
        raise InvalidFileError(
            f"found {document.looks()}; expected {found.title}",
            document.fault_at,
            f"such a source is {found.expects}",
        )
    return found


def _joint_tools(live: Mapping[str, Found], *, complete: bool) -> list[Found]:
    """Put the tools of several servers into one list, each with its server's name."""
    tools = tuple(
        {**tool, "server": name} for name, found in live.items() for tool in found.tools or ()
    )
    remarks = tuple(f"{name}: {remark}" for name, found in live.items() for remark in found.remarks)
    if complete and all(found.tools for found in live.values()):
        return [Found("", tools=tools, remarks=remarks)]
    node = Node(None, "live servers")
    abilities = [(str(t["name"]), str(t.get("description") or ""), node) for t in tools]
    partly = "not every server has listed its tools: the list is left out"
    return [Found("", tuple(claimed(abilities, "operator")), remarks=(*remarks, partly))]


def _merged(
    sources: Sequence[SourceInput], founds: Sequence[tuple[Found, ...]]
) -> tuple[Imported, ...]:
    if all(len(found) == 1 for found in founds):
        return (merge([found[0] for found in founds]),)
    if len(founds) == 1:
        return tuple(merge([found]) for found in founds[0])
    return (_matched(sources, founds),)


def _matched(sources: Sequence[SourceInput], founds: Sequence[tuple[Found, ...]]) -> Imported:
    """Merge sources about one server with its entry in a configuration of several."""
    single = [found[0] for found in founds if len(found) == 1]
    names = {found.name.lower() for found in single}
    entries = [one for found in founds if len(found) != 1 for one in found]
    chosen = [entry for entry in entries if entry.name.lower() in names]
    if len(chosen) == 1 and single:
        return merge([*single, *chosen])
    several = next(s for s, found in zip(sources, founds, strict=True) if len(found) != 1)
    raise InvalidFileError(
        f"{several.label} describes {len(entries)} servers ({names_of(e.name for e in entries)}),"
        " and which of them the other sources are about cannot be told",
        hint="import it alone, or all of it as one set with --all",
    )
