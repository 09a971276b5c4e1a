"""Manifests: MCP bundles, plugins of OpenAI, declarative agents of Microsoft 365."""

import re
from collections.abc import Iterator

from threatmodel.importers.addresses import address_of, endpoint_facts
from threatmodel.importers.command_facts import mount_facts
from threatmodel.importers.definitions import Definition, readable_tools
from threatmodel.importers.secrets import credential, is_placeholder, names_secret
from threatmodel.importers.statements import Node, Statement, item, names_of, yes
from threatmodel.importers.table import Listed, kind_of
from threatmodel.rules.importing import load_rules
from threatmodel.scales import Speaker

# A key that is handed on as a variable is counted there, once, by the name that tells what it is.
_SETTING = re.compile(r"\$\{user_config\.([\w-]+)\}")


def _passed(root: Node) -> frozenset[str]:
    """Name the settings that are passed on as a variable that tells what it is."""
    variables = root.at("server", "mcp_config", "env").pairs()
    texts = [value.text for name, value in variables if names_secret(name)]
    return frozenset(name for text in texts for name in _SETTING.findall(text))


def _settings(root: Node, by: Speaker) -> Iterator[Statement]:
    """Look at what the person who installs the bundle is asked for."""
    passed = _passed(root)
    for name, setting in root.at("user_config").pairs():
        if name in passed:
            continue
        if setting.at("sensitive").is_true or names_secret(name):
            yield from credential(setting.at("title").text or name, setting, "local", by=by)
        if setting.at("type").text in {"directory", "file"}:
            default = setting.at("default")
            folders = default.texts() or ((default.text,) if default.text else ())
            shown = folders or ("a folder that the user picks",)
            yield from mount_facts(setting, iter(shown), by)


BUNDLE = kind_of("mcpb", own={"settings": _settings})


def _functions(root: Node) -> Listed:
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


def _login(auth: Node, by: Speaker) -> Iterator[Statement]:
    """Say how the plugin logs in to the service behind it."""
    kind = auth.at("type")
    word = kind.text.lower()
    if word == "none":
        yield yes(kind, "identity.server_accepts_anyone", "auth type none", by=by)
    elif "oauth" in word:
        yield from credential("OAuth login", kind, kind="oauth", by=by)
    elif "key" in word or word.endswith("_http"):
        yield from credential(f"{kind.text} key", kind, kind="static-key", by=by)
    for name, token in auth.at("verification_tokens").pairs():
        # Published examples have `<token>` in this place.
        if token.text and not token.text.startswith("<"):
            yield from credential(f"verification token of {name}", token, "clear", by=by)


def _address(url: Node, by: Speaker) -> list[Statement]:
    if address_of(url.text) and not is_placeholder(url.text):
        return endpoint_facts(url, url.text, by)
    return []


def _runtime(runtime: Node, by: Speaker) -> Iterator[Statement]:
    yield from _login(runtime.at("auth"), by)
    yield from _address(runtime.at("spec", "url"), by)


def _confirmations(functions: Node, by: Speaker) -> Iterator[Statement]:
    """Say which functions ask a person before they run."""
    asked = [
        function.at("name").text
        for function in functions.items()
        if function.at("capabilities", "confirmation", "type").text not in {"", "None"}
    ]
    if asked:
        yield yes(functions, "facts.o.hitl", f"confirmed by a person: {names_of(asked)}", by=by)


PLUGIN = kind_of(
    "plugin",
    own={
        "login": _login,
        "real_address": _address,
        "runtime": _runtime,
        "confirmations": _confirmations,
    },
    tools=_functions,
)


_SCOPES = ("items_by_sharepoint_ids", "items_by_url", "sites", "urls", "connections", "mailboxes")


def _capability(capability: Node, by: Speaker) -> Iterator[Statement]:
    """Say what a capability lets it do, and with how wide a scope."""
    name = capability.at("name").text
    known = load_rules().file.office_capabilities.get(name)
    if not known:
        return
    scopes = [s for s in _SCOPES if capability.at(s).here]
    scope = f"limited by {scopes[0]}" if scopes else "everything the user can reach"
    if known.reads:
        yield from item(("data", "reads"), capability, f"{known.reads} ({scope})")
    for fact in known.facts:
        note = f"{name}: {known.reads or known.says}, {scope}"
        yield yes(capability, _question(fact), note, by)


def _question(fact: str) -> str:
    """Give the field that states a fact about data, else its entry among the facts."""
    return f"data.{fact[2:]}" if fact.startswith("d.") else f"facts.{fact}"


AGENT = kind_of("m365-agent", own={"capability": _capability})
MANIFEST = kind_of("m365-app")
