"""Plugin manifests: OpenAI's `ai-plugin.json` and the API plugins of Microsoft 365."""

from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.command_facts import address_of, endpoint_facts
from threatmodel.importers.document import Document
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.secrets import credential, is_placeholder
from threatmodel.importers.statements import LONGEST_NAME, Found, Said, answer, cut, names_of, text
from threatmodel.importers.tools import Definition, readable_tools
from threatmodel.rules.importing import Rules

_BY: Speaker = "vendor"
_KEYS = ("api", "functions", "runtimes")


def looks_like(document: Document) -> bool:
    """Tell whether an object has a schema version, a name for people and something to call."""
    root = document.root
    named = root.at("name_for_human").text or root.at("name_for_model").text
    return bool(named) and root.at("schema_version").here and any(root.at(k).here for k in _KEYS)


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a manifest; what can be called stands in its OpenAPI file or in its functions."""
    root = document.root
    name = root.first("name_for_human", "name_for_model")
    said = [
        *text(("name",), name, most=LONGEST_NAME),
        Said(("kind",), "mcp-server", root.origin),
        Said(("form",), "product", root.origin),
        *text(("summary",), root.first("description_for_human", "description_for_model")),
        *_login(root.at("auth")),
        *_address(root.at("api", "url"), rules),
        *_confirmations(root),
    ]
    for runtime in root.at("runtimes").items():
        said.extend(_login(runtime.at("auth")))
        said.extend(_address(runtime.at("spec", "url"), rules))
    tools, remarks = _functions(root)
    if tools is None:
        remarks = (*remarks, "what it can call stands in its OpenAPI file: give that as well")
    return (Found(cut(name.text, LONGEST_NAME), tuple(said), tools, remarks=remarks),)


KIND = Kind(
    "plugin",
    "a plugin manifest (ai-plugin.json)",
    "a JSON object with `schema_version`, `name_for_human` and `api`, `functions` or `runtimes`",
    looks_like,
    read,
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


def _login(auth: Node) -> Iterator[Said]:
    """Say how the plugin logs in to the service behind it."""
    kind = auth.at("type")
    word = kind.text.lower()
    if word == "none":
        path = ("identity", "server_accepts_anyone")
        yield answer(path, kind, yes=True, by=_BY, note="auth type none")
    elif "oauth" in word:
        yield from credential("OAuth login", kind, kind="oauth", by=_BY)
    elif "key" in word or word.endswith("_http"):
        yield from credential(f"{kind.text} key", kind, kind="static-key", by=_BY)
    for name, token in auth.at("verification_tokens").pairs():
        if token.text and not token.text.startswith("<"):
            yield from credential(f"verification token of {name}", token, "clear", by=_BY)


def _address(url: Node, rules: Rules) -> list[Said]:
    if address_of(url.text) and not is_placeholder(url.text, rules):
        return endpoint_facts(url, url.text, rules, _BY)
    return []


def _confirmations(root: Node) -> Iterator[Said]:
    """Say which functions ask a person before they run."""
    asked = [
        function.at("name").text
        for function in root.at("functions").items()
        if function.at("capabilities", "confirmation", "type").text not in {"", "None"}
    ]
    if asked:
        node = root.at("functions")
        note = f"confirmed by a person: {names_of(asked)}"
        yield answer(("facts", "o.hitl"), node, yes=True, by=_BY, note=note)
