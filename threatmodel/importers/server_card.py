"""MCP server cards as proposals to the protocol have them: what a server would say at its start."""

from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.command_facts import endpoint_facts
from threatmodel.importers.document import Document
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.statements import LONGEST_NAME, Found, Said, answer, cut, text
from threatmodel.importers.tools import readable_tools
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import Rules

_BY: Speaker = "vendor"


def looks_like(document: Document) -> bool:
    """Tell whether an object introduces a server and says how it is reached or who may call."""
    root = document.root
    reached = any(root.at(key).is_mapping for key in ("transport", "authentication"))
    return root.at("serverInfo").is_mapping and reached


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a card; `dynamic` in place of tools says that they are only known at run time."""
    root = document.root
    info = root.at("serverInfo")
    name = info.first("title", "name")
    said = [
        *text(("name",), name, name.text or document.source.label, LONGEST_NAME),
        Said(("kind",), "mcp-server", root.origin),
        Said(("form",), "product", root.origin),
        *text(("summary",), root.at("description")),
        *text(("version",), info.at("version"), most=100),
        *text(("sources", "documentation", "url"), root.at("documentationUrl")),
        *_reached(root.at("transport"), rules),
        *_login(root.at("authentication")),
    ]
    listed = [item.value for item in root.at("tools").items()]
    tools, remarks = readable_tools(value for value in listed if isinstance(value, dict))
    complete = bool(tools) and len(tools) == len(listed)
    server: dict[str, Value] = {}
    if root.at("instructions").text:
        server["instructions"] = root.at("instructions").value
    title = cut(name.text or document.source.label, LONGEST_NAME)
    return (Found(title, tuple(said), tools if complete else None, server, remarks),)


KIND = Kind(
    "mcp-card",
    "an MCP server card with `serverInfo`",
    "a JSON object with `serverInfo` and `transport` or `authentication`",
    looks_like,
    read,
)


def _reached(transport: Node, rules: Rules) -> Iterator[Said]:
    if transport.at("type").text == "stdio":
        yield answer(("supply", "local_server"), transport, yes=True, by=_BY)
    url = transport.first("endpoint", "url")
    if "://" in url.text:
        yield from endpoint_facts(url, url.text, rules, _BY)
    elif transport.at("type").text not in {"", "stdio"}:
        yield answer(("supply", "remote_server"), transport, yes=True, by=_BY)


def _login(authentication: Node) -> Iterator[Said]:
    required = authentication.at("required")
    if required.is_false:
        path = ("identity", "server_accepts_anyone")
        yield answer(path, required, yes=True, by=_BY, note="authentication is not required")
    elif required.is_true:
        schemes = ", ".join(authentication.at("schemes").texts()[:5])
        yield answer(("controls", "server_auth"), required, yes=True, by=_BY, note=schemes)
