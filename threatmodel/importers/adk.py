"""Agent configurations of Google's Agent Development Kit (ADK)."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import PurePosixPath

from threatmodel.description.overrides import Speaker
from threatmodel.errors import InvalidFileError
from threatmodel.importers.client_config import entry_facts
from threatmodel.importers.document import Document, Kind, SourceInput, read_document
from threatmodel.importers.group import Draft, member
from threatmodel.importers.langgraph_code import powers
from threatmodel.importers.langgraph_tools import Code
from threatmodel.importers.parts import (
    MOST_PARTS,
    beyond,
    clear_secrets,
    framework,
    made,
    model_said,
    unlike,
    unread,
    used,
    words_of,
)
from threatmodel.importers.python_code import Function, Module, parsed, schema_of
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Found,
    Node,
    Said,
    about,
    cut,
    item,
    names_of,
    text,
    yes,
)
from threatmodel.importers.tools import Definition, readable_tools
from threatmodel.rules.importing import Rules

_BY: Speaker = "operator"
_CONNECTIONS = (
    "stdio_server_params",
    "stdio_connection_params",
    "sse_server_params",
    "sse_connection_params",
    "streamable_http_connection_params",
    "connection_params",
)
_GROUPS = ("SequentialAgent", "ParallelAgent", "LoopAgent", "Workflow", "GraphAgent")


def looks_like(document: Document) -> bool:
    """Tell whether a name stands beside a class of agent, or an instruction beside a model."""
    root = document.root
    kind = root.at("agent_class").text.rsplit(".", 1)[-1]
    classed = kind.endswith("Agent") or kind in _GROUPS
    parts = any(root.at(key).here for key in ("model", "tools", "sub_agents"))
    told = bool(root.at("instruction").text) and parts and not root.at("instructions").here
    return bool(root.at("name").text) and (classed or told)


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an agent with those of its sub-agents and tools that were read with it."""
    root = document.root
    team, missing = _team(document)
    modules = _modules(document)
    tools, odd = readable_tools(unlike(_tools(team, modules, rules)))
    name = cut(root.at("name").text, LONGEST_NAME)
    kind = "multi-agent" if len(team) > 1 or missing else "agent"
    said = [
        *about(root, root.at("name"), name, kind, root.at("description")),
        framework(root, "Google ADK", _BY),
        *(said for agent in team for said in _agent(agent, rules)),
        *_peers(root, team, missing),
        *powers(_functions(team, modules), Code(tuple(modules), rules)),
    ]
    remarks = [*odd, *_remarks(team, missing, rules), *_unseen(team, modules, rules)]
    return (Found(name, tuple(said), tools, remarks=tuple(remarks)),)


@dataclass(frozen=True, slots=True)
class _Tool:
    """One entry of a list of tools."""

    node: Node

    @property
    def name(self) -> str:
        return self.node.text or self.node.at("name").text

    @property
    def short(self) -> str:
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


# The agents: the root, those inside it, those in files of their own.


def _team(document: Document) -> tuple[list[Node], list[str]]:
    """Give every agent that could be read, root first, and the names of the others."""
    files = {PurePosixPath(f.name).name: f for f in document.source.beside}
    team: list[Node] = []
    missing: list[str] = []
    waiting, seen = [document.root], {""}
    while waiting and len(team) + len(missing) < MOST_PARTS:
        node = waiting.pop(0)
        team.append(node)
        waiting.extend(_inline(node))
        for reference in islice(_references(node), MOST_PARTS):
            name = PurePosixPath(reference).name
            if name in seen:
                continue
            seen.add(name)
            inner = _agent_in(files[name]) if name in files else None
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
    return found.root if looks_like(found) else None


def _inline(node: Node) -> Iterator[Node]:
    """Yield agents that are written inside another: in its workflow, or as a sub-agent."""
    for key in ("edges", "nodes", "sub_agents"):
        for inner in node.at(key).all():
            if inner.is_mapping and inner.at("name").text and inner.at("agent_class").text:
                yield inner


def _references(node: Node) -> Iterator[str]:
    """Yield the files and the code that sub-agents and agents used as tools stand in."""
    places = [*node.at("sub_agents").items()]
    places += [_Tool(tool).argument("agent") for tool in node.at("tools").items()]
    places += [
        inner for entry in node.at("nodes").items() for inner in entry.at("sub_agents").items()
    ]
    for place in places:
        reference = place.first("config_path", "code").text
        if reference:
            yield reference


def references_of(root: Node) -> Iterator[str]:
    """Yield the paths and dotted names that a configuration leads to, for whoever reads files."""
    yield from _references(root)
    for tool in root.at("tools").items():
        if "." in _Tool(tool).name:
            yield _Tool(tool).name


def _modules(document: Document) -> list[Module]:
    files = [f for f in document.source.beside if f.name.endswith(".py")]
    found = [parsed(f.data.decode("utf-8", "replace"), f.label, f.name) for f in files]
    return [module for module in found if isinstance(module, Module)]


# Tools.


def _tools(team: list[Node], modules: list[Module], rules: Rules) -> Iterator[Definition]:
    for agent in team:
        for entry in list(agent.at("tools").items())[:MOST_PARTS]:
            tool = _Tool(entry)
            if tool.name:
                yield from _definitions(tool, modules, rules)
        executor = agent.at("code_executor")
        if executor.here:
            yield made("code_executor", (rules.file.adk_tools["built_in_code_execution"],), rules)


def _definitions(tool: _Tool, modules: list[Module], rules: Rules) -> Iterator[Definition]:
    """Make definitions of a tool: known by name, a function in the code, a toolset."""
    inner = tool.argument("func", "function")
    name = inner.first("name", "code").text or inner.text or tool.name
    short = name.rsplit(".", 1)[-1]
    if tool.filter:
        yield from (made(one, (words_of(one),), rules) for one in tool.filter)
    elif short in rules.file.adk_tools:
        yield made(short, (rules.file.adk_tools[short],), rules)
    elif not tool.server.here:
        yield _function(short, modules, rules)


def _function(name: str, modules: list[Module], rules: Rules) -> Definition:
    found = next((m.functions[name] for m in modules if name in m.functions), None)
    if found is None:
        return made(name, (words_of(name),), rules)
    says = ast.get_docstring(found) or words_of(name)
    properties = schema_of(found)
    properties.pop("tool_context", None)
    return made(name, (says,), rules, properties)


def _short_names(team: list[Node]) -> list[str]:
    """Name the functions and classes that tools are made of, each once."""
    tools = [_Tool(entry) for agent in team for entry in agent.at("tools").items()]
    inner = [(tool.argument("func", "function"), tool) for tool in tools if not tool.server.here]
    names = [one.first("name", "code").text or one.text or tool.name for one, tool in inner]
    return list(dict.fromkeys(name.rsplit(".", 1)[-1] for name in names if name))


def _functions(team: list[Node], modules: list[Module]) -> list[tuple[Function, Module]]:
    names = _short_names(team)
    return [(m.functions[name], m) for name in names for m in modules if name in m.functions]


def _unseen(team: list[Node], modules: list[Module], rules: Rules) -> Iterator[str]:
    known = {*rules.file.adk_tools, *(name for m in modules for name in m.functions)}
    names = [name for name in _short_names(team) if name not in known]
    if names:
        yield f"tools whose code was not found are known by name alone: {names_of(names)}"


# What an agent says beside its tools.


def _agent(agent: Node, rules: Rules) -> Iterator[Said]:
    model = agent.first("model", "model_code")
    name = model.text or _Tool(model).argument("model", "model_name").text
    yield from model_said(model, name, _BY, rules)
    for entry in agent.at("tools").items():
        yield from _tool_facts(_Tool(entry), rules)
    for key in ("interrupt_config", "require_confirmation"):
        if agent.at(key).here and not agent.at(key).is_false:
            yield yes(agent.at(key), "facts.o.hitl", key)
    yield from clear_secrets(agent.at("tools"), rules, _BY)


def _tool_facts(tool: _Tool, rules: Rules) -> Iterator[Said]:
    if tool.server.is_mapping:
        yield from used(entry_facts(tool.server, rules, _BY))
        if not tool.filter:
            note = f"{tool.short} has the tools of an MCP server that are not listed here"
            yield yes(tool.node, "facts.t.unlisted", note)
    elif tool.short.endswith("Toolset"):
        note = f"{tool.short} brings tools that are not listed here"
        yield yes(tool.node, "facts.t.unlisted", note)
    if tool.argument("require_confirmation").is_true or tool.short == "get_user_choice":
        yield yes(tool.node, "facts.o.hitl", f"{tool.short} waits for a person")
    if "memory" in tool.short.lower():
        yield yes(tool.node, "memory.persistent", tool.short)
    if "search" in tool.short.lower() and "vertex" in tool.short.lower():
        yield yes(tool.node, "retrieval.index", tool.short)


def _peers(root: Node, team: list[Node], missing: list[str]) -> Iterator[Said]:
    others = [agent.at("name").text for agent in team[1:]] + [_stem(name) for name in missing]
    if not others:
        return
    node, note = root.at("sub_agents"), f"sub-agents: {names_of(others)}"
    yield yes(node, "peers.cooperating", note)
    yield yes(node, "peers.delegates", note)
    for name in others:
        yield from item(("peers", "names"), node, name)


def _stem(reference: str) -> str:
    path = reference.endswith((".yaml", ".yml"))
    return PurePosixPath(reference).stem if path else reference.rsplit(".", 1)[-1]


def _remarks(team: list[Node], missing: list[str], rules: Rules) -> Iterator[str]:
    if missing:
        yield f"sub-agents that stand in code or in files that were not found: {names_of(missing)}"
    hooks = [key for agent in team for key in agent.keys if key.endswith("_callbacks")]
    if hooks:
        shown = names_of(dict.fromkeys(hooks))
        yield f"callbacks may guard or change what it does; their code is not read: {shown}"
    if len(team) + len(missing) >= MOST_PARTS:
        yield f"it has more than {MOST_PARTS} sub-agents; the rest is not read"
    for agent in team:
        yield from beyond(len(list(agent.at("tools").items())), "tools")
        yield from unread(agent, rules.file.keys["adk"], agent.at("name").text)


# A team as a system.


def read_inner(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an agent and its sub-agents as a system."""
    (whole,) = read(document, rules)
    team, missing = _team(document)
    modules, root = _modules(document), document.root
    draft = Draft(root)
    for agent in team:
        if not _is_group(agent):
            draft.members[agent.origin] = _member(agent, modules, rules)
    for reference in missing:
        draft.members[reference] = member(_stem(reference), root)
    files = {PurePosixPath(agent.source).name: agent for agent in team if not agent.path}
    below = {agent.origin: list(_below(agent, files)) for agent in team}
    groups = {agent.origin: _class(agent) for agent in team if _is_group(agent)}
    for key, inner in below.items():
        spans = [_span(one, below, groups) for one in inner]
        for sender, to in _hands(key, groups.get(key, ""), spans):
            draft.hand(sender, to, *(("task",) if sender == key else ()))
    said = (*text(("summary",), root.at("description")), framework(root, "Google ADK", _BY))
    return (draft.found(Found(whole.name, said, remarks=whole.remarks)),)


def _member(agent: Node, modules: list[Module], rules: Rules) -> Found:
    tools, odd = readable_tools(unlike(_tools([agent], modules, rules)))
    name = agent.at("name").text or _stem(agent.source)
    begun = member(name, agent, agent.at("description").text)
    inside = powers(_functions([agent], modules), Code(tuple(modules), rules))
    said = (*begun.said, *_agent(agent, rules), *inside)
    return replace(begun, said=said, tools=tools, remarks=odd)


def _class(agent: Node) -> str:
    return agent.at("agent_class").text.rsplit(".", 1)[-1]


def _is_group(agent: Node) -> bool:
    """Tell whether it only starts others, in turn or at once."""
    return _class(agent) in _GROUPS and not agent.first("instruction", "model", "tools").here


def _below(agent: Node, files: Mapping[str, Node]) -> Iterator[str]:
    """Yield the keys of the agents below an agent, in their order."""
    yield from (inner.origin for inner in _inline(agent))
    for reference in _references(agent):
        name = PurePosixPath(reference).name
        yield files[name].origin if name in files else reference


_Span = tuple[list[str], list[str]]
"""The agents with which a piece of work begins, and those with which it ends."""


def _span(key: str, below: Mapping[str, list[str]], groups: dict[str, str], deep: int = 0) -> _Span:
    inner = below.get(key, []) if key in groups and deep < _DEEPEST else []
    spans = [_span(one, below, groups, deep + 1) for one in inner]
    if not spans:
        return [key], [key]
    chosen = spans if groups[key].startswith("Parallel") else [spans[0], spans[-1]]
    firsts, lasts = (chosen, chosen) if chosen is spans else (chosen[:1], chosen[1:])
    return [one for span in firsts for one in span[0]], [one for span in lasts for one in span[1]]


_DEEPEST = 8


def _hands(key: str, group: str, spans: list[_Span]) -> Iterator[tuple[str, str]]:
    """Yield who hands on to whom: an agent to those below and back, a group in its order."""
    if not group:
        yield from ((key, first) for firsts, _ in spans for first in firsts)
        yield from ((last, key) for _, lasts in spans for last in lasts)
    elif not group.startswith("Parallel"):
        again = spans[:1] if group.startswith("Loop") else []
        for (_, lasts), (firsts, _) in pairwise([*spans, *again]):
            yield from ((last, first) for last in lasts for first in firsts)


KIND = Kind(
    "adk",
    "an agent configuration of Google ADK (root_agent.yaml)",
    "YAML with `name` and `agent_class`, or `name`, `instruction` and `model`, `tools` or"
    " `sub_agents`",
    looks_like,
    read,
    ("yaml", "json"),
    together=read_inner,
)
