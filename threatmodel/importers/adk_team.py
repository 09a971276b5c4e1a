"""The agents of a Google ADK configuration: the root, those in it, those in other files."""

import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import PurePosixPath

from threatmodel.errors import InvalidFileError
from threatmodel.importers.document import Document, SourceInput, read_document
from threatmodel.importers.parts import MOST_PARTS
from threatmodel.importers.python_code import Module
from threatmodel.importers.statements import Node

_CONNECTIONS = (
    "stdio_server_params",
    "stdio_connection_params",
    "sse_server_params",
    "sse_connection_params",
    "streamable_http_connection_params",
    "connection_params",
)


MOST_FOLDERS = 50
"""Steps of a path that are looked at, from its end."""

_GROUPS = ("SequentialAgent", "ParallelAgent", "LoopAgent", "Workflow", "GraphAgent")


def looks_like(document: Document) -> bool:
    """Tell whether a name stands beside a class of agent, or an instruction beside a model."""
    root = document.root
    kind = root.at("agent_class").text.rsplit(".", 1)[-1]
    classed = kind.endswith("Agent") or kind in _GROUPS
    parts = any(root.at(key).here for key in ("model", "tools", "sub_agents"))
    told = bool(root.at("instruction").text) and parts and not root.at("instructions").here
    return bool(root.at("name").text) and (classed or told)


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """One entry of a list of tools."""

    node: Node

    @property
    def name(self) -> str:
        """Its name, which may be dotted."""
        return self.node.text or self.node.at("name").text

    @property
    def short(self) -> str:
        """The end of its name."""
        return self.name.rsplit(".", 1)[-1]

    def argument(self, *names: str) -> Node:
        """Give an argument; they are a mapping, or a list of names and values."""
        args = self.node.at("args")
        for one in args.items():
            if one.at("name").text in names:
                return one.at("value")
        return args.first(*names)

    @property
    def filter(self) -> tuple[str, ...]:
        """The only tools of a toolset that are taken."""
        return self.argument("tool_filter").texts()

    @property
    def server(self) -> Node:
        """How the MCP server of a toolset is started or reached."""
        params = self.argument(*_CONNECTIONS)
        inner = params.at("server_params")
        return inner if inner.is_mapping else params


def team_of(document: Document) -> tuple[list[Node], list[str]]:
    """Give every agent that could be read, root first, and the names of the others."""
    files = {f.name: f for f in document.source.beside}
    team: list[Node] = []
    missing: list[str] = []
    waiting, seen = [document.root], {""}
    while waiting and len(team) + len(missing) < MOST_PARTS:
        node = waiting.pop(0)
        team.append(node)
        waiting.extend(_inline_agents(node))
        for reference in islice(_references_in(node), MOST_PARTS):
            name = _file_of(reference, node.source, files)
            if (name or reference) in seen:
                continue
            seen.add(name or reference)
            inner = _agent_in(files[name]) if name else None
            if inner:
                waiting.append(inner)
            else:
                missing.append(reference)
    return team, missing


def _agent_in(source: SourceInput) -> Node | None:
    try:
        found = read_document(source)
    except (InvalidFileError, ExceptionGroup):
        return None
    return Node(found.root.value, source.name) if looks_like(found) else None


def _file_of(reference: str, here: str, files: Collection[str]) -> str:
    """Give the file that a reference means: from its own folder, or from the folder of a project.

    What is above the folder of the root is not known, so a reference may begin with more folders
    than the file that it means; two files of one name are told apart by theirs.
    """
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(here), reference))
    if beside in files:
        return beside
    steps = PurePosixPath(reference).parts[-MOST_FOLDERS:]
    below = ("/".join(steps[start:]) for start in range(len(steps)))
    return next((name for name in below if name in files), "")


def _inline_agents(node: Node) -> Iterator[Node]:
    """Yield the agents right below another one that are written inside it: in its workflow too."""
    waiting = [node.at(key) for key in ("edges", "nodes", "sub_agents")][::-1]
    while waiting:
        inner = waiting.pop()
        if inner.is_mapping and inner.at("name").text and _is_told(inner):
            yield inner
        else:
            below = [*inner.items(), *(value for _, value in inner.pairs())]
            waiting.extend(reversed(below))


def _is_told(inner: Node) -> bool:
    """Tell an agent that is described where it is listed from a reference to one."""
    listed = inner.path[-2:-1] == ("sub_agents",)
    told = inner.first("model", "instruction", "description").here
    return bool(inner.at("agent_class").text) or (listed and told)


def _references_in(node: Node) -> Iterator[str]:
    """Yield the files and the code that sub-agents and agents used as tools stand in."""
    places = [*node.at("sub_agents").items()]
    places += [ToolEntry(tool).argument("agent") for tool in node.at("tools").items()]
    places += [
        inner for entry in node.at("nodes").items() for inner in entry.at("sub_agents").items()
    ]
    for place in places:
        reference = place.first("config_path", "code").text
        if reference:
            yield reference


def references_of(root: Node) -> Iterator[str]:
    """Yield the paths and dotted names that a configuration leads to, for whoever reads files."""
    yield from _references_in(root)
    for tool in root.at("tools").items():
        if "." in ToolEntry(tool).name:
            yield ToolEntry(tool).name


def modules_of(document: Document) -> list[Module]:
    """Parse the Python files that were read with a configuration."""
    files = [f for f in document.source.beside if f.name.endswith(".py")]
    return [module for module in (f.python() for f in files) if isinstance(module, Module)]


def stem_of(reference: str) -> str:
    """Name an agent after the file or the code that it stands in."""
    path = reference.endswith((".yaml", ".yml"))
    return PurePosixPath(reference).stem if path else reference.rsplit(".", 1)[-1]


def class_of(agent: Node) -> str:
    """Give the class of an agent, without its package."""
    return agent.at("agent_class").text.rsplit(".", 1)[-1]


def is_group(agent: Node) -> bool:
    """Tell whether it only starts others, in turn or at once."""
    return class_of(agent) in _GROUPS and not agent.first("instruction", "model", "tools").here


def _agents_below(agent: Node, files: Mapping[str, Node]) -> Iterator[str]:
    """Yield the keys of the agents below an agent, in their order."""
    yield from (inner.origin for inner in _inline_agents(agent))
    for reference in _references_in(agent):
        name = _file_of(reference, agent.source, files)
        yield files[name].origin if name else reference


MOST_MENTIONS = 20_000
"""How often agents of one source are named in others, and ways of handing on, that are read."""


def below_each(team: Collection[Node]) -> tuple[dict[str, list[str]], bool]:
    """Give the keys of the agents below each agent; tell whether these are all."""
    files = {agent.source: agent for agent in team if not agent.path}
    below: dict[str, list[str]] = {agent.origin: [] for agent in team}
    named = ((agent.origin, one) for agent in team for one in _agents_below(agent, files))
    for key, one in islice(named, MOST_MENTIONS):
        below[key].append(one)
    return below, next(named, None) is None


Span = tuple[list[str], list[str]]
"""The agents with which a piece of work begins, and those with which it ends."""


def work_spans(below: Mapping[str, list[str]], groups: Mapping[str, str]) -> dict[str, Span]:
    """Give, for each agent and group, the agents with which its work begins and ends.

    Groups that hold each other are passed over in each other; one that holds nothing else begins
    and ends with what any of them holds.
    """
    held = _held(below, groups)
    apart = {key: [one for one in below[key] if held.get(one) != held[key]] for key in groups}
    loops: dict[int, list[str]] = {}
    for key, inner in apart.items():
        loops.setdefault(held[key], []).extend(inner)
    spans = {one: ([one], [one]) for inner in (below, *below.values()) for one in inner}
    wholes: dict[int, Span] = {}
    for key in sorted(groups, key=lambda one: held[one].bit_count()):
        if apart[key]:
            every = groups[key].startswith("Parallel")
            spans[key] = _span([spans[one] for one in apart[key]], every=every)
        elif loops[held[key]]:
            if held[key] not in wholes:
                wholes[held[key]] = _span([spans[one] for one in loops[held[key]]], every=True)
            spans[key] = wholes[held[key]]
    return spans


def _held(below: Mapping[str, list[str]], groups: Collection[str]) -> dict[str, int]:
    """Give the groups in each group, itself too, as bits; those that hold each other have equal."""
    held = {key: 1 << number for number, key in enumerate(groups)}
    changed = True
    while changed:
        changed = False
        for key in reversed(held):
            now = held[key]
            for one in below[key]:
                now |= held.get(one, 0)
            changed |= now != held[key]
            held[key] = now
    return held


def _span(spans: list[Span], *, every: bool) -> Span:
    """Put spans together: of what is done at once, or in turn."""
    if not every:
        return spans[0][0], spans[-1][1]
    return (
        list(dict.fromkeys(one for begins, _ in spans for one in begins)),
        list(dict.fromkeys(one for _, ends in spans for one in ends)),
    )


def hands_between(
    below: Mapping[str, list[str]], groups: Mapping[str, str]
) -> Iterator[tuple[str, str, bool]]:
    """Yield who hands on to whom, and whether it is a task for an agent below."""
    spanned = work_spans(below, groups)
    for key, inner in below.items():
        spans = [spanned[one] for one in inner if one != key]
        for sender, to in _hands_of(key, groups.get(key, ""), spans):
            yield sender, to, sender == key


def _hands_of(key: str, group: str, spans: list[Span]) -> Iterator[tuple[str, str]]:
    """Yield who hands on to whom: an agent to those below and back, a group in its order."""
    if not group:
        yield from ((key, first) for firsts, _ in spans for first in firsts)
        yield from ((last, key) for _, lasts in spans for last in lasts)
    elif not group.startswith("Parallel"):
        again = spans[:1] if group.startswith("Loop") else []
        for (_, lasts), (firsts, _) in pairwise([*spans, *again]):
            yield from ((last, first) for last in lasts for first in firsts)
