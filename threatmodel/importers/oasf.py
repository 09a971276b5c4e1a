"""Records of the Open Agentic Schema Framework (OASF), 0.7 to 1.1."""

from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.a2a_card import card_facts
from threatmodel.importers.client_config import entry_facts
from threatmodel.importers.command import wanted
from threatmodel.importers.command_facts import address_of, package_facts
from threatmodel.importers.document import Document
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.secrets import variables
from threatmodel.importers.statements import LONGEST_NAME, Found, Said, answer, cut, item, text
from threatmodel.rules.importing import Rules

_BY: Speaker = "vendor"
_SIGNS = ("skills", "modules", "domains", "locators")
_IMAGES = ("docker_image", "container_image")


def looks_like(document: Document) -> bool:
    """Tell whether a record names its schema version and has skills, modules or locators."""
    root = document.root
    signs = any(isinstance(root.at(sign).value, list) for sign in _SIGNS)
    return bool(root.at("schema_version").text and root.at("name").text) and signs


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a record."""
    root = document.root
    name = cut(root.at("name").text, LONGEST_NAME)
    said = [
        *text(("name",), root.at("name"), most=LONGEST_NAME),
        Said(("kind",), _kind(root), root.at("modules").origin),
        Said(("form",), "product", root.origin),
        *text(("summary",), root.at("description")),
        *text(("vendor",), next(root.at("authors").items(), root.at("authors")), most=LONGEST_NAME),
        *text(("version",), root.at("version"), most=100),
    ]
    for key in ("skills", "domains"):
        for entry in root.at(key).items():
            said.extend(item(("tags",), entry.at("name")))
    for locator in root.at("locators").items():
        said.extend(_locator(locator, rules))
    for module in root.at("modules").items():
        said.extend(_module(module, rules))
    return (Found(name, tuple(said)),)


KIND = Kind(
    "oasf",
    "an OASF record",
    "a JSON object with `schema_version`, `name` and `skills`, `modules`, `domains` or `locators`",
    looks_like,
    read,
)


def _names(root: Node) -> list[str]:
    return [module.at("name").text.lower() for module in root.at("modules").items()]


def _kind(root: Node) -> str:
    """Say what is described: a record that only wraps an MCP server is that server."""
    names = _names(root)
    servers = [name for name in names if name.endswith("/mcp")]
    return (
        "mcp-server"
        if servers and len(servers) == len(names) and not root.at("skills").here
        else "agent"
    )


def _locator(locator: Node, rules: Rules) -> Iterator[Said]:
    if locator.at("type").text not in _IMAGES:
        return
    for url in (locator.at("url"), *locator.at("urls").items()):
        if url.text:
            image = url.text.partition("://")[2] or url.text
            asked = wanted(image, "oci", rules.file.launch.floating)
            yield from package_facts(url, asked, "oci", rules, _BY)
            yield answer(("runtime", "container"), url, yes=True, by=_BY)


def _module(module: Node, rules: Rules) -> Iterator[Said]:
    name, data = module.at("name").text.lower(), module.at("data")
    if name.endswith("/mcp"):
        for connection in (*data.at("connections").items(), *data.at("servers").items()):
            yield from entry_facts(connection, rules, _BY)
            yield from _variables(connection, rules)
    elif name.endswith("/a2a"):
        card = data.at("card_data")
        if card.is_mapping:
            yield from card_facts(card, rules)
        else:
            yield answer(("peers", "a2a"), module, yes=True, by=_BY)
    elif name.endswith(("model", "language_model")):
        for model in data.at("models").items():
            yield from _model(model, rules)
    elif "skills" in name:
        yield answer(("supply", "skills"), module, yes=True, by=_BY)


def _model(model: Node, rules: Rules) -> Iterator[Said]:
    yield from text(("model", "name"), model.at("model"), most=200)
    address = address_of(model.at("api_base").text)
    if address and address.is_public:
        yield answer(("facts", "mo.hosted"), model.at("api_base"), yes=True, by=_BY)
    elif address and address.is_loopback:
        yield answer(("facts", "mo.self_hosted"), model.at("api_base"), yes=True, by=_BY)
    yield from _variables(model, rules)


def _variables(node: Node, rules: Rules) -> Iterator[Said]:
    pairs = (
        (variable.at("name").text, variable.at("default_value").text, variable)
        for variable in node.at("env_vars").items()
    )
    yield from variables(pairs, rules, _BY, local=True)
