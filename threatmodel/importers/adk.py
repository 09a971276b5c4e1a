"""Agent configurations of Google's Agent Development Kit (ADK)."""

import ast
from collections.abc import Iterator
from itertools import islice

from threatmodel.importers.adk_team import (
    MOST_MENTIONS,
    ToolEntry,
    below_each,
    class_of,
    hands_between,
    is_group,
    looks_like,
    modules_of,
    stem_of,
    team_of,
)
from threatmodel.importers.command_facts import entry_facts
from threatmodel.importers.definitions import Definition, readable_tools, unlike
from threatmodel.importers.document import Document
from threatmodel.importers.group import Draft, member
from threatmodel.importers.langgraph.code import powers
from threatmodel.importers.langgraph.files import Code
from threatmodel.importers.parts import (
    MOST_PARTS,
    beyond,
    clear_secrets,
    framework,
    identifier_words,
    made,
    model_statements,
    sub_agents,
    unread,
    used,
)
from threatmodel.importers.python_body import arguments_of
from threatmodel.importers.python_code import Function, Module
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    names_of,
    one_line_cut,
    text,
    yes,
)
from threatmodel.importers.table import kind_of
from threatmodel.rules.importing import load_rules


def read(document: Document) -> tuple[Found, ...]:
    """Read an agent with those of its sub-agents and tools that were read with it."""
    root = document.root
    team, missing = team_of(document)
    modules = modules_of(document)
    tools, odd = readable_tools(unlike(_tools(team, modules)))
    name = one_line_cut(root.at("name").text)
    kind = "multi-agent" if len(team) > 1 or missing else "agent"
    statements = [
        *about(root, root.at("name"), name, kind, root.at("description")),
        framework(root, "Google ADK"),
        *(statement for agent in team for statement in _agent(agent)),
        *_peers(root, team, missing),
        *powers(_functions(team, modules), Code(tuple(modules))),
    ]
    remarks = [*odd, *_remarks(team, missing), *_unseen(team, modules)]
    return (Found(name, tuple(statements), tools, remarks=tuple(remarks)),)


# Tools.


def _tools(team: list[Node], modules: list[Module]) -> Iterator[Definition]:
    for agent in team:
        for entry in list(agent.at("tools").items())[:MOST_PARTS]:
            tool = ToolEntry(entry)
            if tool.name:
                yield from _definitions(tool, modules)
        executor = agent.at("code_executor")
        if executor.here:
            yield made("code_executor", (load_rules().file.adk_tools["built_in_code_execution"],))


def _definitions(tool: ToolEntry, modules: list[Module]) -> Iterator[Definition]:
    """Make definitions of a tool: known by name, a function in the code, a toolset."""
    inner = tool.argument("func", "function")
    name = inner.first("name", "code").text or inner.text or tool.name
    short = name.rsplit(".", 1)[-1]
    if tool.filter:
        yield from (made(one, (identifier_words(one),)) for one in tool.filter)
    elif short in load_rules().file.adk_tools:
        yield made(short, (load_rules().file.adk_tools[short],))
    elif not tool.server.here:
        yield _function(short, tool.node.at("description").text, modules)


def _function(name: str, told: str, modules: list[Module]) -> Definition:
    found = next((m.functions[name] for m in modules if name in m.functions), None)
    if found is None:
        return made(name, (told or identifier_words(name),))
    says = ast.get_docstring(found) or identifier_words(name)
    properties = arguments_of(found)
    properties.pop("tool_context", None)
    return made(name, (says,), properties)


def _short_names(team: list[Node]) -> list[str]:
    """Name the functions and classes that tools are made of, each once."""
    tools = [ToolEntry(entry) for agent in team for entry in agent.at("tools").items()]
    inner = [(tool.argument("func", "function"), tool) for tool in tools if not tool.server.here]
    names = [one.first("name", "code").text or one.text or tool.name for one, tool in inner]
    return list(dict.fromkeys(name.rsplit(".", 1)[-1] for name in names if name))


def _functions(team: list[Node], modules: list[Module]) -> list[tuple[Function, Module]]:
    names = _short_names(team)
    return [(m.functions[name], m) for name in names for m in modules if name in m.functions]


def _unseen(team: list[Node], modules: list[Module]) -> Iterator[str]:
    known = {*load_rules().file.adk_tools, *(name for m in modules for name in m.functions)}
    names = [name for name in _short_names(team) if name not in known]
    if names:
        yield f"tools whose code was not found are known by name alone: {names_of(names)}"


# What an agent says beside its tools.


def _agent(agent: Node) -> Iterator[Statement]:
    model = agent.first("model", "model_code")
    name = model.text or ToolEntry(model).argument("model", "model_name").text
    yield from model_statements(model, name)
    for entry in agent.at("tools").items():
        yield from _tool_facts(ToolEntry(entry))
    for key in ("interrupt_config", "require_confirmation"):
        if agent.at(key).here and not agent.at(key).is_false:
            yield yes(agent.at(key), "facts.o.hitl", key)
    yield from clear_secrets(agent.at("tools"))


def _tool_facts(tool: ToolEntry) -> Iterator[Statement]:
    if tool.server.is_mapping:
        yield from used(entry_facts(tool.server))
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


def _peers(root: Node, team: list[Node], missing: list[str]) -> Iterator[Statement]:
    others = [agent.at("name").text for agent in team[1:]] + [stem_of(name) for name in missing]
    yield from sub_agents(
        root.at("sub_agents"), others, f"sub-agents: {names_of(others)}", "operator"
    )


def _remarks(team: list[Node], missing: list[str]) -> Iterator[str]:
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
        yield from unread(agent, load_rules().file.keys["adk"], agent.at("name").text)


# A team as a system.

_CUT = f"agents are named, or hand on, more than {MOST_MENTIONS} times; the rest is not read"


def read_inner(document: Document) -> tuple[Found, ...]:
    """Read an agent and its sub-agents as a system."""
    (whole,) = read(document)
    team, missing = team_of(document)
    modules, root = modules_of(document), document.root
    draft = Draft(root)
    for agent in team:
        if not is_group(agent):
            draft.members[agent.origin] = _member(agent, modules)
    for reference in missing:
        draft.members[reference] = member(stem_of(reference), root)
    below, whole_below = below_each(team)
    groups = {agent.origin: class_of(agent) for agent in team if is_group(agent)}
    hands = hands_between(below, groups)
    for sender, to, is_task in islice(hands, MOST_MENTIONS):
        draft.hand(sender, to, *(("task",) if is_task else ()))
    if not whole_below or next(hands, None):
        draft.remarks.append(_CUT)
    statements = (*text(("summary",), root.at("description")), framework(root, "Google ADK"))
    return (draft.found(Found(whole.name, statements, remarks=whole.remarks)),)


def _member(agent: Node, modules: list[Module]) -> Found:
    name = agent.at("name").text or stem_of(agent.source)
    inside = powers(_functions([agent], modules), Code(tuple(modules)))
    says, tools = (*_agent(agent), *inside), _tools([agent], modules)
    return member(name, agent, agent.at("description").text, says, tools)


KIND = kind_of("adk", read=read, looks_like=looks_like, together=read_inner)
