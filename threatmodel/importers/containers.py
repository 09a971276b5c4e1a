"""Entries of the registries of Docker and ToolHive."""

import re
from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.addresses import endpoint_facts
from threatmodel.importers.command import wanted
from threatmodel.importers.command_facts import image_facts, launch_facts, mount_facts
from threatmodel.importers.definitions import Definition
from threatmodel.importers.document import Document, SourceKind
from threatmodel.importers.secrets import credential, variables
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    item,
    names_of,
    no,
    one_line_cut,
    text,
    yes,
)
from threatmodel.rules.importing import Rules

# An entry describes what its maker publishes, not what an operator runs.
_BY: Speaker = "vendor"
_EGRESS = "network.unrestricted_egress"
_TYPES = ("server", "remote", "poci")
# With filters behind the name, such as `{{filesystem.paths|volume|into}}`.
_PARAMETER = re.compile(r"\{\{([\w.-]+)[^}]*\}\}")


def looks_like_docker(document: Document) -> bool:
    """Tell whether a server has one of the registry's types, and an image or an address."""
    root = document.root
    runs = bool(root.at("image").text) or root.at("remote").is_mapping
    described = any(root.at(key).is_mapping for key in ("about", "meta", "source"))
    return root.at("type").text in _TYPES and bool(root.at("name").text) and runs and described


def read_docker(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an entry."""
    root = document.root
    name = root.at("about", "title") if root.at("about", "title").text else root.at("name")
    statements = [
        *about(root, name, name.text, "mcp-server", root.at("about", "description")),
        *text(("sources", "source repository", "url"), root.at("source", "project")),
        *text(("sources", "source repository", "version"), root.at("source", "commit"), most=100),
        yes(root, "supply.marketplace", "listed in a registry", by=_BY),
        *_runs(root, rules),
        *_config(root.at("config"), rules),
        *_run(root, rules),
    ]
    for tag in root.at("meta", "tags").items():
        statements.extend(item(("tags",), tag))
    dynamic = root.at("dynamic", "tools").is_true
    remarks = ("its tools are only known at run time",) if dynamic else ()
    return (Found(one_line_cut(name.text), tuple(statements), remarks=remarks),)


DOCKER = SourceKind(
    "docker",
    "an entry of Docker's MCP registry (server.yaml)",
    "YAML with `name`, `type: server`, `remote` or `poci`, and `image` or `remote`",
    looks_like_docker,
    read_docker,
)


def _runs(root: Node, rules: Rules) -> Iterator[Statement]:
    image, url = root.at("image"), root.at("remote", "url")
    if image.text:
        yield from image_facts(image, image.text, rules, _BY)
        yield yes(image, "supply.local_server", by=_BY)
    if url.text:
        yield from endpoint_facts(url, url.text, rules, _BY)
    headers = root.at("remote", "headers").named_texts()
    yield from variables(headers, rules, _BY, local=False)
    for login in root.at("oauth").items():
        name = login.at("provider").text or "OAuth login"
        yield from credential(f"{name} (OAuth)", login, kind="oauth", by=_BY)


def _config(config: Node, rules: Rules) -> Iterator[Statement]:
    """Look at what has to be configured; examples are no values."""
    for secret in config.at("secrets").items():
        name = secret.first("env", "name").text
        yield from credential(name or "secret", secret, "local", by=_BY)
    pairs = ((v.at("name").text, v.at("value").text, v) for v in config.at("env").items())
    yield from variables(pairs, rules, _BY, local=True)


def _run(root: Node, rules: Rules) -> Iterator[Statement]:
    run = root.at("run")
    if run.at("disableNetwork").is_true:
        yield no(run.at("disableNetwork"), _EGRESS, "no network", _BY)
    yield from () if run.at("disableNetwork").is_true else _hosts(run.at("allowHosts"))
    for volume in run.at("volumes").items():
        yield from mount_facts(volume, _folders(volume.text, root), rules, _BY)


def _hosts(allowed: Node) -> Iterator[Statement]:
    """Say that only some hosts are allowed."""
    if allowed.texts():
        yield no(allowed, _EGRESS, f"allowed hosts: {names_of(allowed.texts())}", _BY)


def _folders(volume: str, root: Node) -> Iterator[str]:
    """Give the folders of a volume; a parameter stands for its defaults, or for itself."""
    parameter = _PARAMETER.search(volume)
    if not parameter:
        folder = volume.partition(":")[0]
        if folder.startswith(("/", "~", ".")):
            yield folder
        return
    name = parameter.group(1).rsplit(".", 1)[-1]
    default = root.at("config", "parameters", "properties", name, "default")
    texts = default.texts() or ((default.text,) if default.text else ())
    yield from texts or (f"a folder given as {name}",)


_LISTED = "listed in a registry"
_SIGNS = ("permissions", "env_vars", "tier", "provenance", "target_port", "repository_url")


def looks_like_toolhive(document: Document) -> bool:
    """Tell whether there is an image or address with a transport and what only ToolHive writes."""
    return bool(_entries(document))


def read_toolhive(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read one entry, or each of a whole registry."""
    return tuple(_one(name, entry, rules) for name, entry in _entries(document))


TOOLHIVE = SourceKind(
    "toolhive",
    "a ToolHive registry entry",
    "YAML or JSON with `image` or `url`, `transport`, and `permissions`, `env_vars` or `tier`",
    looks_like_toolhive,
    read_toolhive,
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
    statements = [
        *about(entry, named, name, "mcp-server", entry.at("description")),
        *text(("vendor",), entry.at("author")),
        *text(("sources", "source repository", "url"), entry.at("repository_url")),
        *text(("sources", "website", "url"), entry.at("homepage")),
        *_runs_as(entry, rules),
        *_variables(entry, rules),
        *_permissions(entry.at("permissions"), rules),
        *_provenance(entry.at("provenance")),
    ]
    for tag in entry.at("tags").items():
        statements.extend(item(("tags",), tag))
    return Found(one_line_cut(name), tuple(statements), _tools(entry), remarks=_status(entry))


def _tools(entry: Node) -> tuple[Definition, ...] | None:
    tools = entry.at("tools")
    names = dict.fromkeys(tools.texts())
    return tuple({"name": name} for name in names) if isinstance(tools.value, list) else None


def _status(entry: Node) -> tuple[str, ...]:
    if entry.at("status").text.lower() in {"", "active"}:
        return ()
    return (f"the registry lists it as {entry.at('status').text}",)


def _runs_as(entry: Node, rules: Rules) -> Iterator[Statement]:
    image, url = entry.at("image"), entry.at("url")
    if image.text:
        asked = wanted(image.text, "oci", rules.file.launch.floating)
        yield from text(("version",), image, asked.version if asked.fixed else "")
        *package, runs = image_facts(image, image.text, rules, _BY)
        yield from (*package, yes(entry, "supply.marketplace", _LISTED, by=_BY), runs)
        yield yes(image, "supply.local_server", by=_BY)
        yield from _arguments(entry, rules)
    if url.text:
        yield from endpoint_facts(url, url.text, rules, _BY)
    for header in entry.at("headers").items():
        if header.at("secret").is_true:
            yield from credential(header.at("name").text or "header", header, by=_BY)
    if entry.at("oauth_config").is_mapping:
        yield from credential("OAuth login", entry.at("oauth_config"), kind="oauth", by=_BY)


def _arguments(entry: Node, rules: Rules) -> Iterator[Statement]:
    """Look for keys and addresses among the arguments; how it is started is known already."""
    for one in launch_facts(Node("server", entry.source, entry.path), entry.at("args"), rules, _BY):
        if one.path[0] != "supply":
            yield one


def _variables(entry: Node, rules: Rules) -> Iterator[Statement]:
    for variable in entry.at("env_vars").items():
        name = variable.at("name").text
        if variable.at("secret").is_true:
            yield from credential(name or "secret", variable, "local", by=_BY)
        elif name and not variable.at("secret").is_false:
            pairs = [(name, variable.at("default").text, variable)]
            yield from variables(pairs, rules, _BY, local=True)


def _permissions(permissions: Node, rules: Rules) -> Iterator[Statement]:
    """Say what the entry allows; ToolHive enforces it where it runs the server."""
    outbound, privileged = permissions.at("network", "outbound"), permissions.at("privileged")
    anywhere = outbound.at("insecure_allow_all")
    if anywhere.is_true:
        yield yes(anywhere, _EGRESS, "every outbound host is allowed", _BY)
    yield from () if anywhere.is_true else _hosts(outbound.at("allow_host"))
    if privileged.is_true:
        yield yes(privileged, "facts.id.local_creds", "the container is privileged", _BY)
    for key in ("read", "write"):
        for folder in permissions.at(key).items():
            if folder.text:
                source = folder.text.partition(":")[0] or folder.text
                yield from mount_facts(folder, iter([source]), rules, _BY)


def _provenance(provenance: Node) -> Iterator[Statement]:
    signer = provenance.at("signer_identity")
    if provenance.at("sigstore_url").text and signer.text:
        yield yes(
            signer,
            "controls.signed_artifacts",
            f"signed by {one_line_cut(signer.text, 200)}",
            by=_BY,
        )
