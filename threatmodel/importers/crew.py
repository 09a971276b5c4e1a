"""CrewAI configurations: `agents.yaml` and `tasks.yaml`."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

from threatmodel.importers.document import Document
from threatmodel.importers.group import Draft, member
from threatmodel.importers.parts import framework
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    claimed,
    item,
    names_of,
    one_line_cut,
    text,
    yes,
)
from threatmodel.importers.table import kind_of, said

_PERSONA = ("role", "goal", "backstory")
_REMARK = (
    "tools and delegation of a crew usually stand in its code: this file alone can only show too"
    " little of what it can do"
)
_ORDER = (
    "tasks without `context` get the result of the one before, as in a crew that works in order;"
    " the code may say otherwise"
)


def _looks_like_agents(document: Document) -> bool:
    """Tell whether every entry has a role, a goal or a backstory, at least two of them."""
    entries = _entries(document.root)
    return bool(entries) and all(
        sum(bool(entry.at(key).here) for key in _PERSONA) > 1 for _, entry in entries
    )


def _looks_like_tasks(document: Document) -> bool:
    """Tell whether every entry has a description and an expected output."""
    entries = _entries(document.root)
    return bool(entries) and all(
        entry.at("description").here and "expected_output" in entry.keys for _, entry in entries
    )


def _read_agents(document: Document) -> tuple[Found, ...]:
    """Read the agents of a crew."""
    entries = _entries(document.root)
    statements = [*_crew(document, entries)]
    for name, entry in entries:
        if len(entries) > 1:
            statements.extend(item(("peers", "names"), entry, name))
        statements.extend(said("crew-agents", [entry]))
    roles = names_of(entry.at("role").text for _, entry in entries if entry.at("role").text)
    statements.extend(text(("summary",), document.root, f"Agents with the roles {roles}"))
    statements.extend(_tools(entries))
    return (Found(_name(document), tuple(statements), remarks=(_REMARK,)),)


def _read_tasks(document: Document) -> tuple[Found, ...]:
    """Read the tasks of a crew."""
    entries = _entries(document.root)
    agents = {entry.at("agent").text: entry for _, entry in entries if entry.at("agent").text}
    statements = [*_crew(document, list(agents.items()))]
    if len(entries) > 1:
        note = f"tasks: {names_of(name for name, _ in entries)}"
        statements.append(yes(document.root, "autonomy.multi_step", note))
    for name, entry in entries:
        statements.extend(_task(name, entry))
    statements.extend(_tools(entries))
    return (Found(_name(document), tuple(statements), remarks=(_REMARK,)),)


def _agents_together(document: Document) -> tuple[Found, ...]:
    """Read the agents as members, and to whom they may hand tasks."""
    draft, entries = Draft(document.root), _entries(document.root)
    for name, entry in entries:
        says = (*said("crew-agents", [entry]), *_tools([(name, entry)]))
        draft.members[name] = member(name, entry, entry.at("role").text, says)
    for name, entry in entries:
        for other in draft.members if entry.at("allow_delegation").is_true else ():
            draft.ask(name, other, "it may delegate")
    return _system(document, draft, (_REMARK,))


def _tasks_together(document: Document) -> tuple[Found, ...]:
    """Read who works on what, whose results they are given, and what a person checks."""
    draft, entries = Draft(document.root), _entries(document.root)
    done: dict[str, str] = {}
    before: list[str] = []
    for name, entry in entries:
        agent = entry.at("agent").text
        if not agent:
            continue
        begun = draft.members.setdefault(agent, member(agent, entry.at("agent")))
        statements = (*begun.statements, *_written(name, entry), *_tools([(name, entry)]))
        draft.members[agent] = replace(begun, statements=statements)
        done[name] = _checked(draft, name, entry)
        for start in entry.at("context").texts() or before:
            draft.hand(done.get(start, ""), agent, note=f"for the task {name}")
        before = [name]
    free = [name for name, entry in entries if not entry.at("agent").text]
    remarks = [_ORDER, _REMARK]
    remarks += [f"the code says who works on these tasks: {names_of(free)}"] if free else []
    return _system(document, draft, tuple(remarks))


def _checked(draft: Draft, name: str, entry: Node) -> str:
    """Give the part that has the result of a task: its agent, or the person who checks it."""
    agent, asked = entry.at("agent").text, entry.at("human_input")
    if not asked.is_true:
        return agent
    key = f"person {name}"
    draft.person(key, f"person for {name}", f"checks the result of the task {name}", asked)
    draft.hand(agent, key)
    return key


def _system(document: Document, draft: Draft, remarks: tuple[str, ...]) -> tuple[Found, ...]:
    statements = (framework(document.root, "CrewAI"),)
    return (draft.found(Found(_name(document), statements, remarks=remarks)),)


AGENTS = kind_of(
    "crew-agents", read=_read_agents, looks_like=_looks_like_agents, together=_agents_together
)
TASKS = kind_of(
    "crew-tasks", read=_read_tasks, looks_like=_looks_like_tasks, together=_tasks_together
)


def _entries(root: Node) -> list[tuple[str, Node]]:
    entries = list(root.pairs())
    return entries if all(entry.is_mapping for _, entry in entries) else []


def _name(document: Document) -> str:
    """Name a crew after its project: the folder around `config`, else the file."""
    folders = [part for part in PurePath(document.source.name).parts[:-1] if part not in {"/", ""}]
    named = [part for part in folders if part not in {"config", "src", "crews", ".", ".."}]
    return one_line_cut(named[-1] if named else document.source.label)


def _crew(document: Document, agents: list[tuple[str, Node]]) -> Iterator[Statement]:
    root, several = document.root, len(agents) > 1
    yield from about(root, root, _name(document), "multi-agent" if several else "agent")
    yield yes(root, "supply.framework", "CrewAI")
    if several:
        yield yes(root, "peers.cooperating", f"agents: {names_of(name for name, _ in agents)}")


def _tools(entries: list[tuple[str, Node]]) -> list[Statement]:
    """Say what the tools that are named can do; the list is hardly ever complete."""
    tools = [(t.text, "", t) for _, entry in entries for t in entry.at("tools").items()]
    return claimed(tools)


def _task(name: str, entry: Node) -> Iterator[Statement]:
    if entry.at("human_input").is_true:
        yield yes(entry.at("human_input"), "facts.o.hitl", f"a person checks the task {name}")
    yield from _written(name, entry)


def _written(name: str, entry: Node) -> Iterator[Statement]:
    if entry.at("output_file").text:
        note = f"the task {name} writes its result to a file"
        yield yes(entry.at("output_file"), "facts.t.file_write", note)
