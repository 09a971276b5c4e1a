"""Skills and sub-agents, and what their text shows."""

import re
from collections.abc import Iterator
from pathlib import PurePath

from threatmodel.importers.addresses import address_of
from threatmodel.importers.definitions import Definition
from threatmodel.importers.document import Document
from threatmodel.importers.secrets import clean_address, credential, names_secret, shape_of
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    names_of,
    no,
    text,
    yes,
)
from threatmodel.importers.table import kind_of, said
from threatmodel.rules.importing import load_rules
from threatmodel.scales import Speaker

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*(\w*)", re.MULTILINE)
_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console", "powershell", "pwsh", "cmd", "bat"})
_CODE = frozenset({"python", "py", "javascript", "js", "typescript", "ts", "ruby", "perl", "php"})
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]]+")
# What is fetched and run unseen can be another script tomorrow.
_PIPED = re.compile(r"\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b")
# The folders in which the formats of skills and plugins put what is to be run.
_SCRIPT = re.compile(r"(?<![\w/])(?:\./)?(?:scripts|bin|hooks)/[\w./-]+\.\w+")


def _prose_facts(document: Document) -> Iterator[Statement]:
    """Say what instructions show; they are read as data, whatever they ask for."""
    yield from _commands(document)
    yield from _credentials(document)
    seen = next((m for m in _ADDRESS.finditer(document.body) if _clear(m.group())), None)
    if seen:
        note = f"{clean_address(seen.group())} uses no TLS"
        node = _line(document, seen.start())
        yield yes(node, "network.cleartext", note, by=_BY)


def _commands(document: Document) -> Iterator[Statement]:
    # Every second fence ends a block; only the one that begins it names a language.
    fences = list(_FENCE.finditer(document.body))[::2]
    shell = next((f for f in fences if f.group(1).lower() in _SHELLS), None)
    code = next((f for f in fences if f.group(1).lower() in _CODE), None)
    script = _SCRIPT.search(document.body)
    # One of them is enough, the plainest first: the fact is the same, and one line shows it.
    for found, note in (
        (shell, "shell commands among the instructions"),
        (script, "scripts among the instructions"),
        (code, "code among the instructions"),
    ):
        if found:
            node = _line(document, found.start())
            yield yes(node, "facts.t.execute", note, by=_BY)
            break
    piped = _PIPED.search(document.body)
    if piped:
        note = "a script is fetched and run unseen"
        yield no(_line(document, piped.start()), "supply.pinned", note, _BY)


def _credentials(document: Document) -> Iterator[Statement]:
    named: set[str] = set()
    for found in _VARIABLE.finditer(document.body):
        name = found.group()
        if name not in named and names_secret(name):
            named.add(name)
            yield from credential(name, _line(document, found.start()), "local")
    for number, line in enumerate(document.body.splitlines()):
        kind = shape_of(line)
        if kind:
            node = Node(None, document.root.source, (f"line {document.body_line + number}",))
            note = f"{kind} in clear text; its value is left out here"
            yield yes(node, "data.secrets", note, None)
            return


def _clear(url: str) -> bool:
    address = address_of(url)
    return address is not None and address.is_clear and address.is_public


def _line(document: Document, at: int) -> Node:
    """Point at a line of the text."""
    number = document.body_line + document.body[:at].count("\n")
    return Node(None, document.root.source, (f"line {number}",))


# Front matter is written by whoever publishes the skill.
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
# Claude Code names a tool of a server so, in permissions and in `allowed-tools`.
_SERVER_TOOL = re.compile(r"mcp__(.+?)__(.+)")
# Names that a host resolves to a model of its choice: what ran yesterday need not run today.
_ALIASES = frozenset({"sonnet", "opus", "haiku", "default", "best", "fast"})


def _looks_like_skill(document: Document) -> bool:
    """Tell whether Markdown is a skill: called SKILL.md, or described or granted tools on top."""
    root = document.root
    told = bool(root.at("description").text) or any(root.at(key).here for key in _SKILL_ONLY)
    return told or _is_named_skill(document)


def _looks_like_subagent(document: Document) -> bool:
    """Tell whether Markdown is a sub-agent: with a name on top, and nothing that makes a skill."""
    root = document.root
    if not root.at("name").text or _is_named_skill(document):
        return False
    if any(root.at(key).here for key in _SKILL_ONLY):
        return False
    if any(root.at(key).here for key in _AGENT_ONLY):
        return True
    # A name alone tops any Markdown; with a description it is a skill where no file is named.
    return bool(root.at("description").text) and document.source.name != "-"


def _read_skill(document: Document) -> tuple[Found, ...]:
    """Read a skill; without `allowed-tools` it may use whatever its host has."""
    root = document.root
    grants = root.first("allowed-tools", "allowed_tools")
    tools = _tools(grants)
    remarks = [] if grants.here else ["no `allowed-tools`: it may use every tool of its host"]
    statements = [
        *_about(document, "skill"),
        yes(root, "supply.skills", "it is a skill", by=_BY),
        *_prose_facts(document),
    ]
    if grants.here:
        statements.extend(_approved(grants))
    return (Found(_name(document), tuple(statements), tools, remarks=tuple(remarks)),)


def _read_subagent(document: Document) -> tuple[Found, ...]:
    """Read a sub-agent; without `tools` it inherits all of its host's."""
    root = document.root
    grants = root.at("tools")
    remarks = [] if grants.here else ["no `tools`: it inherits every tool of its host"]
    statements = [
        *_about(document, "agent"),
        *_model(root.at("model")),
        *said("subagent", [root]),
        *_prose_facts(document),
    ]
    found = Found(_name(document), tuple(statements), _tools(grants), remarks=tuple(remarks))
    return (found,)


SKILL = kind_of("skill", read=_read_skill, looks_like=_looks_like_skill)
SUBAGENT = kind_of("subagent", read=_read_subagent, looks_like=_looks_like_subagent)


def _is_named_skill(document: Document) -> bool:
    return document.source.name.upper().endswith("SKILL.MD")


def _name(document: Document) -> str:
    """Take the name given, else that of a skill's folder, else that of the file."""
    folder = PurePath(document.source.name).parent.name if _is_named_skill(document) else ""
    return document.named(document.root.at("name").text or folder)


def _about(document: Document, kind: str) -> Iterator[Statement]:
    root = document.root
    yield from about(root, root.at("name"), _name(document), kind, root.at("description"))
    version = root.at("version") if root.at("version").text else root.at("metadata", "version")
    yield from text(("version",), version)
    author = root.at("author") if root.at("author").text else root.at("metadata", "author")
    yield from text(("vendor",), author)


def _tools(grants: Node) -> tuple[Definition, ...] | None:
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
        elif name in load_rules().file.built_in_tools:
            tool["description"] = load_rules().file.built_in_tools[name]
        tools.setdefault(name, tool)
    return tuple(tools.values())


def _granted(grants: Node) -> tuple[str, ...]:
    """Split a list, which may be one text with commas or spaces; brackets belong to a grant."""
    if isinstance(grants.value, list):
        return grants.texts()
    parts = re.findall(r"[^\s,(]+(?:\([^)]*\))?", grants.text)
    return tuple(str(part) for part in parts)


def _approved(grants: Node) -> Iterator[Statement]:
    """Say that what a skill is allowed to use is used without asking again."""
    names = _granted(grants)
    if names:
        note = f"used without asking: {names_of(names)}"
        yield yes(grants, "autonomy.auto_approve", note, by=_BY)


def _model(model: Node) -> Iterator[Statement]:
    if not model.text or model.text == "inherit":
        return
    yield from text(("model", "name"), model)
    if model.text.lower() in _ALIASES:
        note = f"{model.text} names whichever version is current"
        yield no(model, "model.version_pinned", note, _BY)
