"""Plugins and extensions of coding assistants, and the hooks and permissions of their settings."""

from collections.abc import Iterator
from dataclasses import replace

from threatmodel.importers.command_facts import asks_no_more, entry_facts, is_entry
from threatmodel.importers.document import Document
from threatmodel.importers.secrets import redacted
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    names_of,
    one_line_cut,
    text,
    yes,
)
from threatmodel.importers.table import kind_of
from threatmodel.rules.importing import Rules
from threatmodel.scales import Speaker

_PARTS = ("mcpServers", "hooks", "skills", "commands", "agents", "lspServers", "settings")
_ABOUT = (
    *("$schema", "name", "displayName", "description", "version", "author", "homepage"),
    *("repository", "license", "keywords", "logo", "icon", "primaryColor", "contextFileName"),
    *("excludeTools", "userConfig", "outputStyles", "category", "tags", "strict"),
)


def looks_like_plugin(document: Document) -> bool:
    """Tell whether an object has a name, a plugin's parts or file name, and nothing else."""
    keys = set(document.root.keys)
    known = keys <= {*_PARTS, *_ABOUT} and bool(document.root.at("name").text)
    called = document.source.name.endswith(("plugin.json", "extension.json"))
    return known and (called or bool(keys & set(_PARTS)))


def looks_like_settings(document: Document) -> bool:
    """Tell whether an object has hooks by event, or permissions, as settings have."""
    root = document.root
    events = [value for _, value in root.at("hooks").pairs()]
    hooks = bool(events) and all(isinstance(event.value, list) for event in events)
    rules = root.at("permissions")
    return hooks or any(rules.at(key).here for key in ("allow", "deny", "ask", "defaultMode"))


def read_plugin(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a plugin; parts that are paths lie in other files."""
    (found,) = _PLUGIN.read(document, rules)
    root = document.root
    elsewhere = [key for key in _PARTS if root.at(key).text or root.at(key).texts()]
    remarks = (f"these parts lie in other files: {names_of(elsewhere)}",) if elsewhere else ()
    return (replace(found, remarks=remarks),)


def read_settings(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read hooks and permissions of an assistant's settings."""
    root = document.root
    name = f"Assistant with {document.source.label}"
    statements = [
        *text(("name",), root, name),
        Statement(("kind",), "agent", root.origin),
        Statement(("form",), "deployment", root.origin),
        *text(("summary",), root.at("description")),
        *_hooks(root.at("hooks"), rules, "operator"),
        *_permissions(root.at("permissions"), rules),
    ]
    if root.at("enableAllProjectMcpServers").is_true:
        node = root.at("enableAllProjectMcpServers")
        statements.append(yes(node, "supply.project_config", "servers of any project"))
    return (Found(name, tuple(statements)),)


def _servers(servers: Node, rules: Rules, by: Speaker) -> Iterator[Statement]:
    entries = [entry for _, entry in servers.pairs() if is_entry(entry)]
    if len(entries) > 1:
        yield yes(servers, "supply.several_servers", by=by)
    for entry in entries:
        yield from entry_facts(entry, rules, by)


def _hooks(hooks: Node, rules: Rules, by: Speaker) -> Iterator[Statement]:
    """Say that commands run at events without the model or a person asking for them."""
    events = hooks.at("hooks") if hooks.at("hooks").is_mapping else hooks
    for event, matchers in events.pairs():
        for matcher in matchers.items():
            for hook in matcher.at("hooks").items():
                if not hook.at("command").text:
                    continue
                note = f"runs at {one_line_cut(event, 60)}: {_shown(hook, rules)}"
                node = hook.at("command")
                yield yes(node, "facts.t.execute", note, by=by)
                yield yes(node, "autonomy.auto_approve", "hooks run without being asked", by=by)


def _shown(hook: Node, rules: Rules) -> str:
    return one_line_cut(redacted(hook.at("command").text, rules), 120)


def _permissions(permissions: Node, rules: Rules) -> Iterator[Statement]:
    mode, allowed = permissions.at("defaultMode"), permissions.at("allow")
    if asks_no_more(mode):
        yield yes(mode, "autonomy.auto_approve", f"permission mode {mode.text}")
    elif allowed.texts():
        note = f"approved in advance: {redacted(names_of(allowed.texts()), rules)}"
        yield yes(allowed, "autonomy.auto_approve", note)


_PLUGIN = kind_of("host-plugin", own={"servers": _servers, "hooks": _hooks})
PLUGIN = kind_of("host-plugin", read=read_plugin, looks_like=looks_like_plugin)
SETTINGS = kind_of("settings", read=read_settings, looks_like=looks_like_settings)
