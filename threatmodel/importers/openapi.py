"""OpenAPI descriptions, 2.0 to 3.1: every operation is a tool."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from threatmodel.importers.addresses import address_of, endpoint_facts
from threatmodel.importers.definitions import Definition, readable_tools
from threatmodel.importers.secrets import credential
from threatmodel.importers.statements import Node, Statement, yes
from threatmodel.importers.table import kind_of
from threatmodel.reading.positions import Value
from threatmodel.scales import CredentialKind, Speaker

_VERBS = ("get", "head", "options", "query", "post", "put", "patch", "delete", "trace")
_MOST_EXPANDED = 12
"""Levels to which references are followed; schemas may refer to themselves."""
_MOST_WRITTEN = 200_000
"""Parts of schemas that are written out; a few that refer to each other could fill a disk."""
_KINDS: dict[str, CredentialKind] = {
    "apikey": "static-key",
    "basic": "password",
    "http": "static-key",
    "oauth2": "oauth",
    "openidconnect": "oauth",
}


@dataclass(slots=True)
class _Book:
    """A description, and how much of it may still be written out."""

    root: Node
    left: int = _MOST_WRITTEN


def operations(root: Node) -> Iterator[Definition]:
    """Make a tool of every operation of an OpenAPI description."""
    book = _Book(root)
    for path, methods in root.at("paths").pairs():
        shared = list(methods.at("parameters").items())
        for verb in _VERBS:
            if methods.at(verb).is_mapping:
                yield _tool(book, (verb, path), methods.at(verb), shared)


def _tool(book: _Book, call: tuple[str, str], operation: Node, shared: list[Node]) -> Definition:
    verb, path = call
    made = re.sub(r"\W+", "_", path).strip("_")
    about = [operation.at("summary").text, operation.at("description").text]
    tool: Definition = {
        "name": operation.at("operationId").text or f"{verb}_{made}",
        "title": f"{verb.upper()} {path}",
        "description": "\n".join(dict.fromkeys(part for part in about if part)),
    }
    parameters = [_resolved(book.root, p) for p in [*shared, *operation.at("parameters").items()]]
    tool["inputSchema"] = _schema(
        book, parameters, _resolved(book.root, operation.at("requestBody"))
    )
    return tool


def _schema(book: _Book, parameters: list[Node], body: Node) -> Value:
    properties: dict[str, Value] = {}
    required: dict[str, Value] = {}
    for parameter in parameters:
        name = parameter.at("name").text
        if not name:
            continue
        schema = parameter.at("schema") if parameter.at("schema").here else parameter
        properties[name] = _parameter(book, schema, parameter)
        if parameter.at("required").is_true:
            required[name] = name
    # The first kind of content alone: the others are other spellings of the same body.
    for _, media in body.at("content").pairs():
        schema = _resolved(book.root, media.at("schema"))
        inner = _expanded(book, schema, 0)
        if isinstance(inner, dict) and isinstance(inner.get("properties"), dict):
            properties.update(inner["properties"])  # type: ignore[arg-type]
            required.update({n: n for n in schema.at("required").texts()})
        elif schema.here:
            properties["body"] = inner
        break
    return {"type": "object", "properties": properties, "required": list(required.values())}


def _parameter(book: _Book, schema: Node, parameter: Node) -> Value:
    if schema is parameter:
        body = parameter.at("type")
        return {"type": body.text or "string", "description": parameter.at("description").text}
    value = _expanded(book, schema, 0)
    words = parameter.at("description").text
    if isinstance(value, dict) and words:
        return {"description": words, **value}
    return value


def _resolved(root: Node, node: Node) -> Node:
    """Follow a reference inside the file; others are left as they are, never fetched."""
    seen = 0
    while node.at("$ref").text.startswith("#/") and seen < _MOST_EXPANDED:
        steps = node.at("$ref").text[2:].split("/")
        # RFC 6901 in this order: `~01` is a tilde and a one, and no slash.
        node = root.at(*(step.replace("~1", "/").replace("~0", "~") for step in steps))
        seen += 1
    return node


def _expanded(book: _Book, node: Node, level: int) -> Value:
    """Write a schema out; what refers to itself ends where the levels or the room ends."""
    book.left -= 1
    node = _resolved(book.root, node)
    if level >= _MOST_EXPANDED or book.left < 0:
        return {}
    if isinstance(node.value, dict):
        return {key: _expanded(book, inner, level + 1) for key, inner in node.pairs()}
    if isinstance(node.value, list):
        return [_expanded(book, inner, level + 1) for inner in node.items()]
    return node.value


def _servers(root: Node, by: Speaker) -> Iterator[Statement]:
    for server in root.at("servers").items():
        if address_of(server.at("url").text):
            yield from endpoint_facts(server.at("url"), server.at("url").text, by)
    schemes, host = root.at("schemes").texts(), root.at("host")
    if host.text and schemes:
        # Version 2 lists all schemes of one host: whoever can take the open one is not stopped by
        # the other.
        weakest = "http" if "http" in schemes else schemes[0]
        yield from endpoint_facts(host, f"{weakest}://{host.text}", by)


def _logins(root: Node, by: Speaker) -> Iterator[Statement]:
    schemes = root.at("components", "securitySchemes")
    old = root.at("securityDefinitions")
    for name, scheme in (*schemes.pairs(), *old.pairs()):
        kind = _KINDS.get(scheme.at("type").text.lower(), "unknown")
        basic = scheme.at("scheme").text.lower() == "basic"
        yield from credential(name, scheme, kind="password" if basic else kind, by=by)
    required = root.at("security")
    # An empty requirement among several means that none is needed.
    if isinstance(required.value, list) and any(n.value == {} for n in required.items()):
        note = "calls without login are accepted"
        yield yes(required, "identity.server_accepts_anyone", note, by=by)


KIND = kind_of(
    "openapi",
    own={"hosts": _servers, "logins": _logins},
    tools=lambda root: readable_tools(operations(root)),
)
