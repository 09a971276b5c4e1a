"""Manifests: MCP bundles, plugins of OpenAI, declarative agents of Microsoft 365."""

import re
from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.addresses import address_of, endpoint_facts
from threatmodel.importers.client_config import entry_facts
from threatmodel.importers.command_facts import mount_facts
from threatmodel.importers.definitions import Definition, readable_tools
from threatmodel.importers.document import Document, SourceKind
from threatmodel.importers.secrets import credential, is_placeholder, names_secret
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
from threatmodel.rules.importing import Rules

# Whoever publishes a manifest wrote it: such a word counts where it raises the risk, else as
# claimed.
_BY: Speaker = "vendor"
# A key that is handed on as a variable is counted there, once, by the name that tells what it is.
_SETTING = re.compile(r"\$\{user_config\.([\w-]+)\}")


def looks_like_bundle(document: Document) -> bool:
    """Tell whether an object says which manifest version it is and which server it bundles."""
    root = document.root
    versioned = root.at("manifest_version").here or root.at("dxt_version").here
    return versioned and root.at("server").is_mapping and bool(root.at("name").text)


def read_bundle(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a manifest."""
    root = document.root
    name = root.first("display_name", "name")
    statements = [
        *about(root, name, name.text, "mcp-server", root.at("description")),
        *text(("vendor",), root.at("author", "name")),
        *text(("version",), root.at("version")),
        *text(("sources", "source repository", "url"), root.at("repository", "url")),
        *text(("sources", "documentation", "url"), root.at("documentation")),
        yes(root.at("server"), "supply.local_server", by=_BY),
        yes(root, "runtime.workstation", "a desktop bundle", by=_BY),
        *entry_facts(root.at("server", "mcp_config"), rules, _BY),
        *_settings(root.at("user_config"), _passed(root, rules), rules),
    ]
    listed = root.at("tools")
    tools, remarks = readable_tools(one.value for one in listed.items())
    if root.at("tools_generated").is_true:
        named = [(one.at("name").text, one.at("description").text, one) for one in listed.items()]
        statements.extend(claimed(named, _BY))
        remarks = (*remarks, "further tools appear at run time; the list is not complete")
    # A list of tools that is known to have gaps shows no absence: whatever no tool does stays
    # unknown.
    complete = isinstance(listed.value, list) and not root.at("tools_generated").is_true
    known = tools if complete else None
    return (Found(one_line_cut(name.text), tuple(statements), known, remarks=remarks),)


BUNDLE = SourceKind(
    "mcpb",
    "a manifest of an MCP bundle (MCPB)",
    "a JSON object with `manifest_version`, `name` and `server`",
    looks_like_bundle,
    read_bundle,
)


def _passed(root: Node, rules: Rules) -> frozenset[str]:
    """Name the settings that are passed on as a variable that tells what it is."""
    variables = root.at("server", "mcp_config", "env").pairs()
    texts = [value.text for name, value in variables if names_secret(name, rules)]
    return frozenset(name for text in texts for name in _SETTING.findall(text))


def _settings(settings: Node, passed: frozenset[str], rules: Rules) -> Iterator[Statement]:
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


_KEYS = ("api", "functions", "runtimes")


def looks_like_plugin(document: Document) -> bool:
    """Tell whether an object has a schema version, a name for people and something to call."""
    root = document.root
    named = root.at("name_for_human").text or root.at("name_for_model").text
    return bool(named) and root.at("schema_version").here and any(root.at(k).here for k in _KEYS)


def read_plugin(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a manifest; what can be called stands in its OpenAPI file or in its functions."""
    root = document.root
    name = root.first("name_for_human", "name_for_model")
    statements = [
        *about(
            root,
            name,
            name.text,
            "mcp-server",
            root.first("description_for_human", "description_for_model"),
        ),
        *_login(root.at("auth")),
        *_address(root.at("api", "url"), rules),
        *_confirmations(root),
    ]
    for runtime in root.at("runtimes").items():
        statements.extend(_login(runtime.at("auth")))
        statements.extend(_address(runtime.at("spec", "url"), rules))
    tools, remarks = _functions(root)
    if tools is None:
        remarks = (*remarks, "what it can call stands in its OpenAPI file: give that as well")
    return (Found(one_line_cut(name.text), tuple(statements), tools, remarks=remarks),)


PLUGIN = SourceKind(
    "plugin",
    "a plugin manifest (ai-plugin.json)",
    "a JSON object with `schema_version`, `name_for_human` and `api`, `functions` or `runtimes`",
    looks_like_plugin,
    read_plugin,
)


def _functions(root: Node) -> tuple[tuple[Definition, ...] | None, tuple[str, ...]]:
    functions = root.at("functions")
    if not isinstance(functions.value, list):
        return None, ()
    return readable_tools(_definition(function) for function in functions.items())


def _definition(function: Node) -> Definition:
    definition: Definition = {"name": function.at("name").value}
    for key, part in (("description", "description"), ("inputSchema", "parameters")):
        if function.at(part).here:
            definition[key] = function.at(part).value
    return definition


def _login(auth: Node) -> Iterator[Statement]:
    """Say how the plugin logs in to the service behind it."""
    kind = auth.at("type")
    word = kind.text.lower()
    if word == "none":
        yield yes(kind, "identity.server_accepts_anyone", "auth type none", by=_BY)
    elif "oauth" in word:
        yield from credential("OAuth login", kind, kind="oauth", by=_BY)
    elif "key" in word or word.endswith("_http"):
        yield from credential(f"{kind.text} key", kind, kind="static-key", by=_BY)
    for name, token in auth.at("verification_tokens").pairs():
        # Published examples have `<token>` in this place.
        if token.text and not token.text.startswith("<"):
            yield from credential(f"verification token of {name}", token, "clear", by=_BY)


def _address(url: Node, rules: Rules) -> list[Statement]:
    if address_of(url.text) and not is_placeholder(url.text, rules):
        return endpoint_facts(url, url.text, rules, _BY)
    return []


def _confirmations(root: Node) -> Iterator[Statement]:
    """Say which functions ask a person before they run."""
    asked = [
        function.at("name").text
        for function in root.at("functions").items()
        if function.at("capabilities", "confirmation", "type").text not in {"", "None"}
    ]
    if asked:
        node = root.at("functions")
        yield yes(node, "facts.o.hitl", f"confirmed by a person: {names_of(asked)}", by=_BY)


_SCOPES = ("items_by_sharepoint_ids", "items_by_url", "sites", "urls", "connections", "mailboxes")


def looks_like_agent(document: Document) -> bool:
    """Tell whether an object has a name, instructions and what only declarative agents have."""
    root = document.root
    known = "declarative-agent" in root.at("$schema").text
    parts = any(root.at(k).here for k in ("capabilities", "actions", "conversation_starters"))
    return bool(root.at("name").text) and root.at("instructions").here and (known or parts)


def looks_like_manifest(document: Document) -> bool:
    """Tell whether an object is an app manifest of Microsoft 365."""
    root = document.root
    return bool(root.at("manifestVersion").text) and root.at("name").is_mapping


def read_agent(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a declarative agent; `$[file(...)]` includes are not followed."""
    root = document.root
    statements = [
        *text(("name",), root.at("name")),
        *_agent(root),
        *text(("summary",), root.at("description")),
        *_behaviour(root, rules),
    ]
    remarks = []
    actions = [action.at("file").text for action in root.at("actions").items()]
    if any(actions):
        shown = names_of(action for action in actions if action)
        remarks.append(f"its actions stand in other files: give them as well ({shown})")
    name = one_line_cut(root.at("name").text)
    return (Found(name, tuple(statements), remarks=tuple(remarks)),)


def read_manifest(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an app manifest."""
    del rules
    root = document.root
    name = root.at("name", "short") if root.at("name", "short").text else root.at("name", "full")
    statements = [
        *text(("name",), name),
        *_agent(root),
        *text(("summary",), root.at("description").first("short", "full")),
        *text(("vendor",), root.at("developer", "name")),
        *text(("version",), root.at("version")),
        *text(("sources", "website", "url"), root.at("developer", "websiteUrl")),
    ]
    permissions = root.at("permissions")
    if "messageTeamMembers" in permissions.texts():
        note = "may write to the members of a team"
        statements.append(yes(permissions, "facts.t.send_msg", note, by=_BY))
    agents = root.first("copilotAgents", "copilotExtensions").at("declarativeAgents")
    files = [one.at("file").text for one in agents.items() if one.at("file").text]
    remarks: tuple[str, ...] = ()
    if files:
        remarks = (f"the agent stands in another file: give it as well ({names_of(files)})",)
    return (Found(one_line_cut(name.text), tuple(statements), remarks=remarks),)


AGENT = SourceKind(
    "m365-agent",
    "a declarative agent of Microsoft 365",
    "a JSON object with `name`, `instructions` and `capabilities`, `actions` or"
    " `conversation_starters`",
    looks_like_agent,
    read_agent,
)
MANIFEST = SourceKind(
    "m365-app",
    "an app manifest of Microsoft 365",
    "a JSON object with `manifestVersion` and a mapping `name`",
    looks_like_manifest,
    read_manifest,
)


def _agent(root: Node) -> Iterator[Statement]:
    yield Statement(("kind",), "agent", root.origin)
    yield Statement(("form",), "product", root.origin)
    yield yes(root, "facts.mo.hosted", "Microsoft runs the model", by=_BY)


def _behaviour(root: Node, rules: Rules) -> Iterator[Statement]:
    """Say what the capabilities it names let it do, and with how wide a scope."""
    for capability in root.at("capabilities").items():
        name = capability.at("name").text
        known = rules.file.office_capabilities.get(name)
        if not known:
            continue
        scopes = [s for s in _SCOPES if capability.at(s).here]
        scope = f"limited by {scopes[0]}" if scopes else "everything the user can reach"
        if known.reads:
            yield from item(("data", "reads"), capability, f"{known.reads} ({scope})")
        for fact in known.facts:
            note = f"{name}: {known.reads or known.says}, {scope}"
            yield yes(capability, _question(fact), note, _BY)


def _question(fact: str) -> str:
    """Give the field that states a fact about data, else its entry among the facts."""
    return f"data.{fact[2:]}" if fact.startswith("d.") else f"facts.{fact}"
