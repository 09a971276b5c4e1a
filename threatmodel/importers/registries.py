"""Entries of the MCP registry and server cards."""

from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.addresses import address_of, endpoint_facts, link_facts
from threatmodel.importers.command import Wanted, is_fixed, wanted
from threatmodel.importers.command_facts import mount_facts, mounted_folder, package_facts
from threatmodel.importers.definitions import readable_tools
from threatmodel.importers.document import Document, SourceKind
from threatmodel.importers.secrets import credential, names_secret, variables
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    one_line_cut,
    text,
    yes,
)
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import Rules

# An entry of a registry is what the publisher says of itself.
_BY: Speaker = "vendor"
_SCHEMA = "/server.schema.json"
_MOUNTS = ("-v", "--volume", "--mount")


def looks_like_entry(document: Document) -> bool:
    """Tell whether packages or remotes are listed the way the registry does, once or often."""
    entries = _entries(document.root)
    return bool(entries) and all(_is_entry(entry) for entry in entries)


def looks_like_card(document: Document) -> bool:
    """Tell whether an entry also says what only cards say: tools, or how remotes authenticate."""
    root = document.root
    remotes = any(remote.at("authentication").here for remote in root.at("remotes").items())
    return looks_like_entry(document) and (remotes or isinstance(root.at("tools").value, list))


def read_entry(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an entry or a card, or every entry of a list of the registry."""
    return tuple(_one(entry, rules) for entry in _entries(document.root))


def _one(root: Node, rules: Rules) -> Found:
    name = one_line_cut(root.first("title", "name").text)
    statements = [
        *about(root, root.first("title", "name"), name, "mcp-server", root.at("description")),
        *text(("vendor",), root.at("name"), _vendor(root.at("name").text)),
        *_version(root),
        *text(("sources", "source repository", "url"), root.at("repository", "url")),
        *text(("sources", "website", "url"), root.at("websiteUrl")),
    ]
    for package in root.at("packages").items():
        statements.extend(_package(package, rules))
    for remote in root.at("remotes").items():
        statements.extend(_remote(remote, rules))
    listed = root.at("tools")
    tools, remarks = readable_tools(item.value for item in listed.items())
    known = tools if isinstance(listed.value, list) else None
    return Found(name, tuple(statements), known, remarks=(*remarks, *_status(root)))


ENTRY = SourceKind(
    "server-json",
    "an entry of the MCP registry (server.json)",
    "a JSON object with `name` and a list `packages` or `remotes`",
    looks_like_entry,
    read_entry,
)
CARD = SourceKind(
    "server-card",
    "an MCP server card",
    "a JSON object with `name`, `remotes` and `tools` or `remotes[].authentication`",
    looks_like_card,
    read_entry,
)


def _entries(root: Node) -> list[Node]:
    """Take entries out of the envelopes that the registry's API puts around them."""
    listed = list(root.at("servers").items()) or [root]
    return [one.at("server") if one.at("server", "name").text else one for one in listed]


def _is_entry(entry: Node) -> bool:
    if not entry.at("name").text:
        return False
    lists = any(isinstance(entry.at(key).value, list) for key in ("packages", "remotes"))
    return lists or entry.at("$schema").text.endswith(_SCHEMA)


def _version(root: Node) -> list[Statement]:
    version = root.at("version")
    return text(("version",), version if version.text else root.at("version_detail", "version"))


def _vendor(name: str) -> str:
    """Read who publishes it from the namespace, which the registry has checked."""
    space, sign, _ = name.partition("/")
    parts = space.split(".")
    if not sign or len(parts) < 2:  # noqa: PLR2004 - a domain has two parts
        return ""
    if parts[:2] == ["io", "github"] and len(parts) > 2:  # noqa: PLR2004
        return parts[2]
    return ".".join(reversed(parts))


def _status(root: Node) -> tuple[str, ...]:
    status = root.at("status").text
    return (f"the registry lists it as {status}",) if status in {"deprecated", "deleted"} else ()


def _package(package: Node, rules: Rules) -> Iterator[Statement]:
    kind = package.first("registryType", "registry_type", "registry_name").text.lower()
    registry = "oci" if kind.startswith("docker") else kind
    identifier = package.first("identifier", "name")
    if identifier.text:
        asked = _asked(package, identifier.text, registry, rules)
        yield from package_facts(identifier, asked, registry, rules, _BY)
    yield yes(package, "supply.local_server", by=_BY)
    if registry == "oci":
        yield yes(package, "runtime.container", by=_BY)
    for key in ("environmentVariables", "environment_variables"):
        for variable in package.at(key).items():
            yield from _given(variable, rules, local=True)
    for key in ("runtimeArguments", "runtime_arguments", "packageArguments", "package_arguments"):
        for argument in package.at(key).items():
            yield from _argument(argument, rules)


def _asked(package: Node, identifier: str, registry: str, rules: Rules) -> Wanted:
    """Say which version is asked for; an image carries it in its name, a hash fixes it for good."""
    floating = rules.file.launch.floating
    version = package.at("version").text
    if registry == "oci" or not version:
        asked = wanted(identifier, registry, floating)
        version = asked.version or version
        identifier = asked.name
    fixed = is_fixed(version, registry, floating)
    if package.first("fileSha256", "file_sha256").text:
        fixed = True
    return Wanted(identifier, version, fixed)


def _remote(remote: Node, rules: Rules) -> Iterator[Statement]:
    url = remote.at("url")
    yield from endpoint_facts(url, url.text, rules, _BY)
    for header in remote.at("headers").items():
        yield from _given(header, rules, local=False)
    kind = remote.at("authentication", "type")
    if kind.text.lower() == "none":
        yield yes(kind, "identity.server_accepts_anyone", "authentication none", by=_BY)
    elif kind.text:
        yield yes(kind, "controls.server_auth", kind.text, by=_BY)


def _given(node: Node, rules: Rules, *, local: bool) -> Iterator[Statement]:
    """Look at a variable or header that whoever installs the server has to give."""
    name, value = node.at("name").text, node.first("value", "default").text
    if node.first("isSecret", "is_secret").is_true and not names_secret(name, rules):
        yield from credential(name or "secret", node, "local" if local else "", by=_BY)
    yield from variables([(name, value, node)], rules, _BY, local=local)
    if address_of(value):
        yield from link_facts(node, value, rules, _BY)
    yield from _filled_in(node, rules, local=local)


def _filled_in(node: Node, rules: Rules, *, local: bool) -> Iterator[Statement]:
    """Look at the blanks of a value, such as `Bearer {token}`; the whole goes by one name."""
    name = node.at("name").text
    for blank, variable in node.at("variables").pairs():
        if not variable.first("isSecret", "is_secret").is_true:
            continue
        assigned = node.at("value").text.partition("=")[0]
        shown = assigned if name.startswith("-") and assigned.isidentifier() else blank
        secret = shown if name.startswith("-") or not name else name
        if not (names_secret(name, rules) and not name.startswith("-")):
            yield from credential(secret, variable, "local" if local else "", by=_BY)


def _argument(argument: Node, rules: Rules) -> Iterator[Statement]:
    name = argument.at("name").text
    if name in _MOUNTS:
        value = argument.first("value", "default")
        folder = mounted_folder(value.text)
        yield from mount_facts(value, iter([folder] if folder else []), rules, _BY)
        return
    yield from _given(argument, rules, local=True)


def looks_like_server_card(document: Document) -> bool:
    """Tell whether an object introduces a server and says how it is reached or who may call."""
    root = document.root
    reached = any(root.at(key).is_mapping for key in ("transport", "authentication"))
    return root.at("serverInfo").is_mapping and reached


def read_server_card(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a card; `dynamic` in place of tools says that they are only known at run time."""
    root = document.root
    info = root.at("serverInfo")
    name = info.first("title", "name")
    statements = [
        *about(
            root, name, name.text or document.source.label, "mcp-server", root.at("description")
        ),
        *text(("version",), info.at("version")),
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
    title = one_line_cut(name.text or document.source.label)
    return (Found(title, tuple(statements), tools if complete else None, server, remarks),)


SERVER_CARD = SourceKind(
    "mcp-card",
    "an MCP server card with `serverInfo`",
    "a JSON object with `serverInfo` and `transport` or `authentication`",
    looks_like_server_card,
    read_server_card,
)


def _reached(transport: Node, rules: Rules) -> Iterator[Statement]:
    if transport.at("type").text == "stdio":
        yield yes(transport, "supply.local_server", by=_BY)
    url = transport.first("endpoint", "url")
    if "://" in url.text:
        yield from endpoint_facts(url, url.text, rules, _BY)
    elif transport.at("type").text not in {"", "stdio"}:
        yield yes(transport, "supply.remote_server", by=_BY)


def _login(authentication: Node) -> Iterator[Statement]:
    required = authentication.at("required")
    if required.is_false:
        note = "authentication is not required"
        yield yes(required, "identity.server_accepts_anyone", note, by=_BY)
    elif required.is_true:
        schemes = ", ".join(authentication.at("schemes").texts()[:5])
        yield yes(required, "controls.server_auth", schemes, by=_BY)
