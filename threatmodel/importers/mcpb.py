"""Manifests of MCP bundles (MCPB, formerly DXT): servers that desktop assistants install."""

import re
from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.client_config import entry_facts
from threatmodel.importers.command_facts import mount_facts
from threatmodel.importers.document import Document
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.secrets import credential, names_secret
from threatmodel.importers.statements import LONGEST_NAME, Found, Said, answer, claimed, cut, text
from threatmodel.importers.tools import readable_tools
from threatmodel.rules.importing import Rules

_BY: Speaker = "vendor"
_SETTING = re.compile(r"\$\{user_config\.([\w-]+)\}")


def looks_like(document: Document) -> bool:
    """Tell whether an object says which manifest version it is and which server it bundles."""
    root = document.root
    versioned = root.at("manifest_version").here or root.at("dxt_version").here
    return versioned and root.at("server").is_mapping and bool(root.at("name").text)


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a manifest."""
    root = document.root
    name = root.first("display_name", "name")
    said = [
        *text(("name",), name, most=LONGEST_NAME),
        Said(("kind",), "mcp-server", root.origin),
        Said(("form",), "product", root.origin),
        *text(("summary",), root.at("description")),
        *text(("vendor",), root.at("author", "name"), most=LONGEST_NAME),
        *text(("version",), root.at("version"), most=100),
        *text(("sources", "source repository", "url"), root.at("repository", "url")),
        *text(("sources", "documentation", "url"), root.at("documentation")),
        answer(("supply", "local_server"), root.at("server"), yes=True, by=_BY),
        answer(("runtime", "workstation"), root, yes=True, by=_BY, note="a desktop bundle"),
        *entry_facts(root.at("server", "mcp_config"), rules, _BY),
        *_settings(root.at("user_config"), _passed(root, rules), rules),
    ]
    listed = root.at("tools")
    tools, remarks = readable_tools(one.value for one in listed.items())
    if root.at("tools_generated").is_true:
        said.extend(claimed([_ability(one) for one in listed.items()], _BY))
        remarks = (*remarks, "further tools appear at run time; the list is not complete")
    complete = isinstance(listed.value, list) and not root.at("tools_generated").is_true
    known = tools if complete else None
    return (Found(cut(name.text, LONGEST_NAME), tuple(said), known, remarks=remarks),)


KIND = Kind(
    "mcpb",
    "a manifest of an MCP bundle (MCPB)",
    "a JSON object with `manifest_version`, `name` and `server`",
    looks_like,
    read,
)


def _ability(node: Node) -> tuple[str, str, Node]:
    return node.at("name").text, node.at("description").text, node


def _passed(root: Node, rules: Rules) -> frozenset[str]:
    """Name the settings that are passed on as a variable that tells what it is."""
    variables = root.at("server", "mcp_config", "env").pairs()
    texts = [value.text for name, value in variables if names_secret(name, rules)]
    return frozenset(name for text in texts for name in _SETTING.findall(text))


def _settings(settings: Node, passed: frozenset[str], rules: Rules) -> Iterator[Said]:
    """Look at what the person who installs the bundle is asked for."""
    for name, setting in settings.pairs():
        if name in passed:
            continue
        if setting.at("sensitive").is_true or names_secret(name, rules):
            yield from credential(setting.at("title").text or name, setting, "local", by=_BY)
        if setting.at("type").text in {"directory", "file"}:
            default = setting.at("default")
            folders = default.texts() or ((default.text,) if default.text else ())
            shown = folders or ("a folder that the user picks",)
            yield from mount_facts(setting, iter(shown), rules, _BY)
