"""Skills (SKILL.md) and sub-agents: Markdown with front matter and instructions."""

import re
from collections.abc import Iterator
from pathlib import PurePath

from threatmodel.description.overrides import Speaker
from threatmodel.importers.client_config import entry_facts, is_entry
from threatmodel.importers.document import Document
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.statements import LONGEST_NAME, Found, Said, answer, cut, names_of, text
from threatmodel.importers.text_facts import prose_facts
from threatmodel.importers.tools import Definition
from threatmodel.rules.importing import Rules

_BY: Speaker = "vendor"
_SKILL_ONLY = ("allowed-tools", "user-invocable", "disable-model-invocation", "compatibility")
_AGENT_ONLY = (
    "tools",
    "disallowedTools",
    "permissionMode",
    "mcpServers",
    "maxTurns",
    "color",
    "model",
)
_GRANT = re.compile(r"([\w:.*-]+)(\([^)]*\))?")
_SERVER_TOOL = re.compile(r"mcp__(.+?)__(.+)")
_ALIASES = frozenset({"sonnet", "opus", "haiku", "default", "best", "fast"})


def looks_like_skill(document: Document) -> bool:
    """Tell whether Markdown is a skill: called SKILL.md, or with a name or description on top."""
    root = document.root
    return bool(root.at("name").text or root.at("description").text) or _is_named_skill(document)


def looks_like_subagent(document: Document) -> bool:
    """Tell whether Markdown is a sub-agent: with a name on top, and nothing that makes a skill."""
    root = document.root
    if not root.at("name").text or _is_named_skill(document):
        return False
    if any(root.at(key).here for key in _SKILL_ONLY):
        return False
    return document.source.name != "-" or any(root.at(key).here for key in _AGENT_ONLY)


def read_skill(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a skill; without `allowed-tools` it may use whatever its host has."""
    root = document.root
    grants = root.first("allowed-tools", "allowed_tools")
    tools = _tools(grants, rules)
    remarks = [] if grants.here else ["no `allowed-tools`: it may use every tool of its host"]
    said = [
        *_about(document, "skill"),
        answer(("supply", "skills"), root, yes=True, by=_BY, note="it is a skill"),
        *prose_facts(document, rules, _BY),
    ]
    if grants.here:
        said.extend(_approved(grants))
    return (Found(_name(document), tuple(said), tools, remarks=tuple(remarks)),)


def read_subagent(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a sub-agent; without `tools` it inherits all of its host's."""
    root = document.root
    grants = root.at("tools")
    remarks = [] if grants.here else ["no `tools`: it inherits every tool of its host"]
    said = [
        *_about(document, "agent"),
        *_model(root.at("model")),
        *_settings(root, rules),
        *prose_facts(document, rules, _BY),
    ]
    found = Found(_name(document), tuple(said), _tools(grants, rules), remarks=tuple(remarks))
    return (found,)


SKILL = Kind(
    "skill",
    "a skill (SKILL.md)",
    "Markdown with `name` and `description` between `---` lines at its top",
    looks_like_skill,
    read_skill,
    ("markdown",),
)
SUBAGENT = Kind(
    "subagent",
    "a sub-agent",
    "Markdown with `name` and `tools` (or another key of sub-agents) between `---` lines",
    looks_like_subagent,
    read_subagent,
    ("markdown",),
)


def _is_named_skill(document: Document) -> bool:
    return document.source.name.upper().endswith("SKILL.MD")


def _name(document: Document) -> str:
    """Take the name given, else that of the folder, which is how a skill is called."""
    given = document.root.at("name").text
    folder = PurePath(document.source.name).parent.name
    return cut(given or folder or document.source.label, LONGEST_NAME)


def _about(document: Document, kind: str) -> Iterator[Said]:
    root = document.root
    yield from text(("name",), root.at("name"), _name(document), LONGEST_NAME)
    yield Said(("kind",), kind, root.origin)
    yield Said(("form",), "product", root.origin)
    yield from text(("summary",), root.at("description"))
    version = root.at("version") if root.at("version").text else root.at("metadata", "version")
    yield from text(("version",), version, most=100)
    author = root.at("author") if root.at("author").text else root.at("metadata", "author")
    yield from text(("vendor",), author, most=LONGEST_NAME)


def _tools(grants: Node, rules: Rules) -> tuple[Definition, ...] | None:
    """Give the tools that are granted; None where everything is, or nothing is said."""
    names = _granted(grants)
    if not grants.here or "*" in names or grants.text.lower() == "all":
        return None
    tools: dict[str, Definition] = {}
    for grant in names:
        found = _GRANT.fullmatch(grant)
        name = found.group(1) if found else grant
        tool: Definition = {"name": name}
        server = _SERVER_TOOL.fullmatch(name)
        if server:
            tool = {"name": server.group(2), "server": server.group(1)}
        elif name in rules.file.built_in_tools:
            tool["description"] = rules.file.built_in_tools[name]
        tools.setdefault(name, tool)
    return tuple(tools.values())


def _granted(grants: Node) -> tuple[str, ...]:
    """Split a list, which may be one text with commas or spaces; brackets belong to a grant."""
    if isinstance(grants.value, list):
        return grants.texts()
    parts = re.findall(r"[^\s,(]+(?:\([^)]*\))?", grants.text)
    return tuple(str(part) for part in parts)


def _approved(grants: Node) -> Iterator[Said]:
    """Say that what a skill is allowed to use is used without asking again."""
    names = _granted(grants)
    if names:
        note = f"used without asking: {names_of(names)}"
        yield answer(("autonomy", "auto_approve"), grants, yes=True, by=_BY, note=note)


def _model(model: Node) -> Iterator[Said]:
    if not model.text or model.text == "inherit":
        return
    yield from text(("model", "name"), model, most=200)
    if model.text.lower() in _ALIASES:
        note = f"{model.text} names whichever version is current"
        yield answer(("model", "version_pinned"), model, yes=False, by=_BY, note=note)


def _settings(root: Node, rules: Rules) -> Iterator[Said]:
    mode = root.at("permissionMode")
    if mode.text in {"bypassPermissions", "acceptEdits", "dontAsk"}:
        path = ("autonomy", "auto_approve")
        yield answer(path, mode, yes=True, by=_BY, note=f"permission mode {mode.text}")
    if root.at("memory").text:
        yield answer(("memory", "persistent"), root.at("memory"), yes=True, by=_BY)
    if root.at("skills").here:
        yield answer(("supply", "skills"), root.at("skills"), yes=True, by=_BY)
    for _, server in root.at("mcpServers").pairs():
        if is_entry(server):
            yield from entry_facts(server, rules, _BY)
