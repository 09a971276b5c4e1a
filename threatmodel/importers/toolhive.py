"""ToolHive registry entries: images and addresses with declared permissions."""

from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.command import wanted
from threatmodel.importers.command_facts import (
    endpoint_facts,
    launch_facts,
    mount_facts,
    package_facts,
)
from threatmodel.importers.document import Document
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.secrets import credential, variables
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Found,
    Said,
    answer,
    cut,
    item,
    names_of,
    text,
)
from threatmodel.importers.tools import Definition
from threatmodel.rules.importing import Rules

_BY: Speaker = "vendor"
_LISTED = "listed in a registry"
_SIGNS = ("permissions", "env_vars", "tier", "provenance", "target_port", "repository_url")


def looks_like(document: Document) -> bool:
    """Tell whether there is an image or address with a transport and what only ToolHive writes."""
    return bool(_entries(document))


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read one entry, or each of a whole registry."""
    return tuple(_one(name, entry, rules) for name, entry in _entries(document))


KIND = Kind(
    "toolhive",
    "a ToolHive registry entry",
    "YAML or JSON with `image` or `url`, `transport`, and `permissions`, `env_vars` or `tier`",
    looks_like,
    read,
)


def _entries(document: Document) -> list[tuple[str, Node]]:
    root = document.root
    if _is_entry(root):
        return [(_name(root), root)]
    listed = [*root.at("servers").pairs(), *root.at("remote_servers").pairs()]
    return listed if listed and all(_is_entry(entry) for _, entry in listed) else []


def _is_entry(node: Node) -> bool:
    runs = bool(node.at("image").text or node.at("url").text) and bool(node.at("transport").text)
    return runs and any(node.at(sign).here for sign in _SIGNS)


def _name(root: Node) -> str:
    if root.at("name").text:
        return root.at("name").text
    place = root.at("image").text or root.at("url").text
    return wanted(place, "oci", ()).name.rsplit("/", 1)[-1]


def _one(name: str, entry: Node, rules: Rules) -> Found:
    named = entry.at("name") if entry.at("name").text else entry.first("image", "url")
    said = [
        *text(("name",), named, name, LONGEST_NAME),
        Said(("kind",), "mcp-server", entry.origin),
        Said(("form",), "product", entry.origin),
        *text(("summary",), entry.at("description")),
        *text(("vendor",), entry.at("author"), most=LONGEST_NAME),
        *text(("sources", "source repository", "url"), entry.at("repository_url")),
        *text(("sources", "website", "url"), entry.at("homepage")),
        *_runs(entry, rules),
        *_variables(entry, rules),
        *_permissions(entry.at("permissions"), rules),
        *_provenance(entry.at("provenance")),
    ]
    for tag in entry.at("tags").items():
        said.extend(item(("tags",), tag))
    return Found(cut(name, LONGEST_NAME), tuple(said), _tools(entry), remarks=_status(entry))


def _tools(entry: Node) -> tuple[Definition, ...] | None:
    tools = entry.at("tools")
    names = dict.fromkeys(tools.texts())
    return tuple({"name": name} for name in names) if isinstance(tools.value, list) else None


def _status(entry: Node) -> tuple[str, ...]:
    if entry.at("status").text.lower() in {"", "active"}:
        return ()
    return (f"the registry lists it as {entry.at('status').text}",)


def _runs(entry: Node, rules: Rules) -> Iterator[Said]:
    image, url = entry.at("image"), entry.at("url")
    if image.text:
        asked = wanted(image.text, "oci", rules.file.launch.floating)
        yield from text(("version",), image, asked.version if asked.fixed else "", 100)
        yield from package_facts(image, asked, "oci", rules, _BY)
        yield answer(("supply", "marketplace"), entry, yes=True, by=_BY, note=_LISTED)
        yield answer(("runtime", "container"), image, yes=True, by=_BY)
        yield answer(("supply", "local_server"), image, yes=True, by=_BY)
        yield from _arguments(entry, rules)
    if url.text:
        yield from endpoint_facts(url, url.text, rules, _BY)
    for header in entry.at("headers").items():
        if header.at("secret").is_true:
            yield from credential(header.at("name").text or "header", header, by=_BY)
    if entry.at("oauth_config").is_mapping:
        yield from credential("OAuth login", entry.at("oauth_config"), kind="oauth", by=_BY)


def _arguments(entry: Node, rules: Rules) -> Iterator[Said]:
    """Look for keys and addresses among the arguments; how it is started is known already."""
    for one in launch_facts(Node("server", entry.source, entry.path), entry.at("args"), rules, _BY):
        if one.path[0] != "supply":
            yield one


def _variables(entry: Node, rules: Rules) -> Iterator[Said]:
    for variable in entry.at("env_vars").items():
        name = variable.at("name").text
        if variable.at("secret").is_true:
            yield from credential(name or "secret", variable, "local", by=_BY)
        elif name and not variable.at("secret").is_false:
            pairs = [(name, variable.at("default").text, variable)]
            yield from variables(pairs, rules, _BY, local=True)


def _permissions(permissions: Node, rules: Rules) -> Iterator[Said]:
    """Say what the entry allows; ToolHive enforces it where it runs the server."""
    outbound = permissions.at("network", "outbound")
    hosts = outbound.at("allow_host").texts()
    path = ("network", "unrestricted_egress")
    if outbound.at("insecure_allow_all").is_true:
        node = outbound.at("insecure_allow_all")
        yield answer(path, node, yes=True, by=_BY, note="every outbound host is allowed")
    elif hosts:
        note = f"allowed hosts: {names_of(hosts)}"
        yield answer(path, outbound.at("allow_host"), yes=False, by=_BY, note=note)
    if permissions.at("privileged").is_true:
        path = ("facts", "id.local_creds")
        node = permissions.at("privileged")
        yield answer(path, node, yes=True, by=_BY, note="the container is privileged")
    for key in ("read", "write"):
        for folder in permissions.at(key).items():
            if folder.text:
                source = folder.text.partition(":")[0] or folder.text
                yield from mount_facts(folder, iter([source]), rules, _BY)


def _provenance(provenance: Node) -> Iterator[Said]:
    signer = provenance.at("signer_identity")
    if provenance.at("sigstore_url").text and signer.text:
        note = f"signed by {cut(signer.text, 200)}"
        yield answer(("controls", "signed_artifacts"), signer, yes=True, by=_BY, note=note)
