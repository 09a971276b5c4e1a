"""CrewAI configurations: `agents.yaml` and `tasks.yaml`."""

from collections.abc import Iterator
from pathlib import PurePath

from threatmodel.description.overrides import Speaker
from threatmodel.importers.document import Document
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Found,
    Said,
    answer,
    claimed,
    cut,
    item,
    names_of,
    text,
)
from threatmodel.rules.importing import Rules

_BY: Speaker = "operator"
_PERSONA = ("role", "goal", "backstory")
_REMARK = (
    "tools and delegation of a crew usually stand in its code: this file alone can only show too"
    " little of what it can do"
)


def looks_like_agents(document: Document) -> bool:
    """Tell whether every entry has a role, a goal or a backstory, at least two of them."""
    entries = _entries(document.root)
    return bool(entries) and all(
        sum(bool(entry.at(key).here) for key in _PERSONA) > 1 for _, entry in entries
    )


def looks_like_tasks(document: Document) -> bool:
    """Tell whether every entry has a description and an expected output."""
    entries = _entries(document.root)
    return bool(entries) and all(
        entry.at("description").here and "expected_output" in entry.keys for _, entry in entries
    )


def read_agents(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read the agents of a crew."""
    del rules
    entries = _entries(document.root)
    said = [*_crew(document, entries)]
    for name, entry in entries:
        if len(entries) > 1:
            said.extend(item(("peers", "names"), entry, name))
        said.extend(_agent(entry))
    roles = names_of(entry.at("role").text for _, entry in entries if entry.at("role").text)
    said.extend(text(("summary",), document.root, f"Agents with the roles {roles}"))
    said.extend(_tools(entries))
    return (Found(_name(document), tuple(said), remarks=(_REMARK,)),)


def read_tasks(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read the tasks of a crew."""
    del rules
    entries = _entries(document.root)
    agents = {entry.at("agent").text: entry for _, entry in entries if entry.at("agent").text}
    said = [*_crew(document, list(agents.items()))]
    if len(entries) > 1:
        note = f"tasks: {names_of(name for name, _ in entries)}"
        path = ("autonomy", "multi_step")
        said.append(answer(path, document.root, yes=True, by=_BY, note=note))
    for name, entry in entries:
        said.extend(_task(name, entry))
    said.extend(_tools(entries))
    return (Found(_name(document), tuple(said), remarks=(_REMARK,)),)


AGENTS = Kind(
    "crew-agents",
    "the agents of a CrewAI crew (agents.yaml)",
    "YAML that maps names to `role`, `goal` and `backstory`",
    looks_like_agents,
    read_agents,
)
TASKS = Kind(
    "crew-tasks",
    "the tasks of a CrewAI crew (tasks.yaml)",
    "YAML that maps names to `description` and `expected_output`",
    looks_like_tasks,
    read_tasks,
)


def _entries(root: Node) -> list[tuple[str, Node]]:
    entries = list(root.pairs())
    return entries if all(entry.is_mapping for _, entry in entries) else []


def _name(document: Document) -> str:
    """Name a crew after its project: the folder around `config`, else the file."""
    folders = [part for part in PurePath(document.source.name).parts[:-1] if part not in {"/", ""}]
    named = [part for part in folders if part not in {"config", "src", "crews", ".", ".."}]
    return cut(named[-1] if named else document.source.label, LONGEST_NAME)


def _crew(document: Document, agents: list[tuple[str, Node]]) -> Iterator[Said]:
    root, several = document.root, len(agents) > 1
    yield from text(("name",), root, _name(document), LONGEST_NAME)
    yield Said(("kind",), "multi-agent" if several else "agent", root.origin)
    yield Said(("form",), "product", root.origin)
    yield answer(("supply", "framework"), root, yes=True, by=_BY, note="CrewAI")
    if several:
        note = f"agents: {names_of(name for name, _ in agents)}"
        yield answer(("peers", "cooperating"), root, yes=True, by=_BY, note=note)


def _tools(entries: list[tuple[str, Node]]) -> list[Said]:
    """Say what the tools that are named can do; the list is hardly ever complete."""
    tools = [(t.text, "", t) for _, entry in entries for t in entry.at("tools").items()]
    return claimed(tools, _BY)


def _agent(entry: Node) -> Iterator[Said]:
    switches = (
        ("allow_delegation", ("peers", "delegates")),
        ("memory", ("memory", "persistent")),
        ("multimodal", ("model", "multimodal")),
        ("allow_code_execution", ("facts", "t.execute")),
    )
    for key, path in switches:
        if entry.at(key).is_true:
            yield answer(path, entry.at(key), yes=True, by=_BY)
    yield from text(("model", "name"), entry.at("llm"), most=200)


def _task(name: str, entry: Node) -> Iterator[Said]:
    if entry.at("human_input").is_true:
        note = f"a person checks the task {name}"
        yield answer(("facts", "o.hitl"), entry.at("human_input"), yes=True, by=_BY, note=note)
    if entry.at("output_file").text:
        note = f"the task {name} writes its result to a file"
        yield answer(
            ("facts", "t.file_write"), entry.at("output_file"), yes=True, by=_BY, note=note
        )
