"""Client configurations: which MCP servers an assistant starts or calls, and how."""

from collections.abc import Iterator
from pathlib import PurePath

from threatmodel.errors import InvalidFileError
from threatmodel.importers.command_facts import entry_facts, is_entry
from threatmodel.importers.document import Document
from threatmodel.importers.group import Draft, member
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    names_of,
    one_line_cut,
    yes,
)
from threatmodel.importers.table import kind_of
from threatmodel.rules.importing import Rules

_PLACES = (
    ("mcpServers",),
    ("mcp", "servers"),
    ("mcp", "mcpServers"),
    ("servers",),
    ("mcp_servers",),
    ("context_servers",),
    ("mcp",),
)
_COMMENTS = ("_", "$", "//")


def looks_like(document: Document) -> bool:
    """Tell whether servers stand where clients look for them, or nothing but servers."""
    return _servers(document.root) is not None


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read each server as a product of its own."""
    return tuple(_one(document, name, entry, rules) for name, entry in _entries(document))


def read_system(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read all servers that are switched on as members beside the assistant that holds them."""
    entries = list(_entries(document))
    off = [name for name, entry in entries if entry.at("disabled").is_true]
    on = [(name, entry) for name, entry in entries if name not in off]
    top, label = document.root, document.source.label
    draft = Draft(top, form="deployment")
    draft.members[""] = member("assistant", top, f"The host that {label} configures.")
    for name, entry in on:
        draft.members[f"server {name}"] = _one(document, name, entry, rules)
        draft.ask("", f"server {name}")
    remarks = ["the tools that the assistant itself has stand in no such file"]
    remarks += [f"servers that are switched off are left out: {names_of(off)}"] if off else []
    statements = (
        () if len(on) == 1 else (yes(top, "supply.several_servers", names_of(n for n, _ in on)),)
    )
    return (draft.found(Found(f"Assistant with {label}", statements, remarks=tuple(remarks))),)


KIND = kind_of("config", read=read, looks_like=looks_like, together=read_system)


def _entries(document: Document) -> Iterator[tuple[str, Node]]:
    servers = _servers(document.root)
    entries = [] if servers is None else [(n, e) for n, e in servers.pairs() if is_entry(e)]
    if not entries:
        raise InvalidFileError(
            "the configuration names no server",
            document.fault_at,
            "expected `mcpServers` with at least one server that has `command` or `url`",
        )
    yield from entries


def _servers(root: Node) -> Node | None:
    for place in _PLACES:
        node = root.at(*place)
        inner = [value for _, value in node.pairs()]
        if node.is_mapping and (place[-1] == "mcpServers" or any(map(is_entry, inner))):
            return node
    named = [value for name, value in root.pairs() if not name.startswith(_COMMENTS)]
    return root if named and all(map(is_entry, named)) else None


def _one(document: Document, name: str, entry: Node, rules: Rules) -> Found:
    name = one_line_cut(name) or "server"
    statements = [
        *about(entry, entry, name, "mcp-server"),
        *entry_facts(entry, rules, "operator"),
        *_project(document, rules),
    ]
    off = entry.at("disabled").is_true
    return Found(name, tuple(statements), remarks=("the server is switched off",) if off else ())


def _project(document: Document, rules: Rules) -> list[Statement]:
    """Say that opening a project is enough to start the servers, where the file lies in one."""
    path, config = PurePath(document.source.name), rules.file.config
    if path.name in config.project_files or path.parent.name in config.project_folders:
        return [yes(document.root, "supply.project_config", "lies in a project")]
    return []
