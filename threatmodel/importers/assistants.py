"""What assistants are set up with: servers that they start or call, plugins, hooks, permissions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

from threatmodel.errors import InvalidFileError
from threatmodel.importers.command_facts import asks_no_more, entry_facts, is_entry
from threatmodel.importers.document import Document
from threatmodel.importers.group import Draft, member
from threatmodel.importers.secrets import redacted
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
from threatmodel.scales import Speaker

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


def read(document: Document) -> tuple[Found, ...]:
    """Read each server as a product of its own."""
    return tuple(_one(document, name, entry) for name, entry in _entries(document))


def _read_system(document: Document) -> tuple[Found, ...]:
    """Read all servers that are switched on as members beside the assistant that holds them."""
    entries = list(_entries(document))
    off = [name for name, entry in entries if _is_off(entry)]
    on = [(name, entry) for name, entry in entries if name not in off]
    top, label = document.root, document.source.label
    draft = Draft(top, form="deployment")
    draft.members[""] = member("assistant", top, f"The host that {label} configures.")
    for name, entry in on:
        draft.members[f"server {name}"] = _one(document, name, entry)
        draft.ask("", f"server {name}")
    remarks = ["the tools that the assistant itself has stand in no such file"]
    remarks += [f"servers that are switched off are left out: {names_of(off)}"] if off else []
    statements = (
        () if len(on) == 1 else (yes(top, "supply.several_servers", names_of(n for n, _ in on)),)
    )
    return (draft.found(Found(f"Assistant with {label}", statements, remarks=tuple(remarks))),)


CONFIG = kind_of("config", read=read, looks_like=looks_like, together=_read_system)


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


def _one(document: Document, name: str, entry: Node) -> Found:
    name = one_line_cut(name) or "server"
    statements = [
        *about(entry, entry, name, "mcp-server"),
        *entry_facts(entry, "operator"),
        *_project(document),
    ]
    remarks = ("the server is switched off",) if _is_off(entry) else ()
    return Found(name, tuple(statements), remarks=remarks)


def _is_off(entry: Node) -> bool:
    return entry.at("disabled").is_true or entry.at("enabled").is_false


def _project(document: Document) -> list[Statement]:
    """Say that opening a project is enough to start the servers, where the file lies in one."""
    path, config = PurePath(document.source.name), load_rules().file.config
    if path.name in config.project_files or path.parent.name in config.project_folders:
        return [yes(document.root, "supply.project_config", "lies in a project")]
    return []


# Plugins, and the hooks and permissions of settings.

_PARTS = ("mcpServers", "hooks", "skills", "commands", "agents", "lspServers", "settings")
_ABOUT = (
    *("$schema", "name", "displayName", "description", "version", "author", "homepage"),
    *("repository", "license", "keywords", "logo", "icon", "primaryColor", "contextFileName"),
    *("excludeTools", "userConfig", "outputStyles", "category", "tags", "strict"),
)


def _looks_like_plugin(document: Document) -> bool:
    """Tell whether an object has a name, a plugin's parts or file name, and nothing else."""
    keys = set(document.root.keys)
    known = keys <= {*_PARTS, *_ABOUT} and bool(document.root.at("name").text)
    called = document.source.name.endswith(("plugin.json", "extension.json"))
    return known and (called or bool(keys & set(_PARTS)))


def _looks_like_settings(document: Document) -> bool:
    """Tell whether an object has hooks by event, or permissions, as settings have."""
    root = document.root
    events = [value for _, value in root.at("hooks").pairs()]
    hooks = bool(events) and all(isinstance(event.value, list) for event in events)
    rules = root.at("permissions")
    return hooks or any(rules.at(key).here for key in ("allow", "deny", "ask", "defaultMode"))


def _read_plugin(document: Document) -> tuple[Found, ...]:
    """Read a plugin; parts that are paths lie in other files."""
    (found,) = _PLUGIN.read(document)
    root = document.root
    elsewhere = [key for key in _PARTS if root.at(key).text or root.at(key).texts()]
    remarks = (f"these parts lie in other files: {names_of(elsewhere)}",) if elsewhere else ()
    return (replace(found, remarks=remarks),)


def _read_settings(document: Document) -> tuple[Found, ...]:
    """Read hooks and permissions of an assistant's settings."""
    root = document.root
    name = f"Assistant with {document.source.label}"
    statements = [
        *text(("name",), root, name),
        Statement(("kind",), "agent", root.origin),
        Statement(("form",), "deployment", root.origin),
        *text(("summary",), root.at("description")),
        *_hooks(root.at("hooks"), "operator"),
        *_permissions(root.at("permissions")),
    ]
    if root.at("enableAllProjectMcpServers").is_true:
        node = root.at("enableAllProjectMcpServers")
        statements.append(yes(node, "supply.project_config", "servers of any project"))
    return (Found(name, tuple(statements)),)


def _plugin_servers(servers: Node, by: Speaker) -> Iterator[Statement]:
    entries = [entry for _, entry in servers.pairs() if is_entry(entry)]
    if len(entries) > 1:
        yield yes(servers, "supply.several_servers", by=by)
    for entry in entries:
        yield from entry_facts(entry, by)


def _hooks(hooks: Node, by: Speaker) -> Iterator[Statement]:
    """Say that commands run at events without the model or a person asking for them."""
    events = hooks.at("hooks") if hooks.at("hooks").is_mapping else hooks
    for event, matchers in events.pairs():
        for matcher in matchers.items():
            for hook in matcher.at("hooks").items():
                if not hook.at("command").text:
                    continue
                note = f"runs at {one_line_cut(event, 60)}: {_shown(hook)}"
                node = hook.at("command")
                yield yes(node, "facts.t.execute", note, by=by)
                yield yes(node, "autonomy.auto_approve", "hooks run without being asked", by=by)


def _shown(hook: Node) -> str:
    return one_line_cut(redacted(hook.at("command").text), 120)


def _permissions(permissions: Node) -> Iterator[Statement]:
    mode, allowed = permissions.at("defaultMode"), permissions.at("allow")
    if asks_no_more(mode):
        yield yes(mode, "autonomy.auto_approve", f"permission mode {mode.text}")
    elif allowed.texts():
        note = f"approved in advance: {redacted(names_of(allowed.texts()))}"
        yield yes(allowed, "autonomy.auto_approve", note)


_PLUGIN = kind_of("host-plugin", own={"servers": _plugin_servers, "hooks": _hooks})
PLUGIN = kind_of("host-plugin", read=_read_plugin, looks_like=_looks_like_plugin)
SETTINGS = kind_of("settings", read=_read_settings, looks_like=_looks_like_settings)
