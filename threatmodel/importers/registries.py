"""Entries of registries of tool servers, and server cards."""

import re
from collections.abc import Iterator

from threatmodel.importers.addresses import address_of, endpoint_facts, link_facts
from threatmodel.importers.command import Wanted, is_fixed, wanted
from threatmodel.importers.command_facts import (
    launch_facts,
    mount_facts,
    mounted_folder,
    package_facts,
)
from threatmodel.importers.definitions import readable_tools
from threatmodel.importers.document import Document
from threatmodel.importers.places import has_shape
from threatmodel.importers.secrets import credential, names_secret, variables
from threatmodel.importers.statements import Node, Statement, text, yes
from threatmodel.importers.table import Listed, kind_of
from threatmodel.rules.importing import load_rules
from threatmodel.scales import Speaker

_SCHEMA = "/server.schema.json"
_MOUNTS = ("-v", "--volume", "--mount")


def _looks_like_entry(document: Document) -> bool:
    """Tell whether packages or remotes are listed the way the registry does, once or often."""
    entries = _entries(document.root)
    return bool(entries) and all(_is_entry(entry) for entry in entries)


def looks_like_card(document: Document) -> bool:
    """Tell whether an entry also says what only cards say: tools, or how remotes authenticate."""
    root = document.root
    remotes = any(remote.at("authentication").here for remote in root.at("remotes").items())
    return _looks_like_entry(document) and (remotes or isinstance(root.at("tools").value, list))


def _entries(root: Node) -> list[Node]:
    """Take entries out of the envelopes that the registry's API puts around them."""
    listed = list(root.at("servers").items()) or [root]
    return [one.at("server") if one.at("server", "name").text else one for one in listed]


def _is_entry(entry: Node) -> bool:
    if not entry.at("name").text:
        return False
    lists = any(isinstance(entry.at(key).value, list) for key in ("packages", "remotes"))
    return lists or entry.at("$schema").text.endswith(_SCHEMA)


def _namespace(name: Node, __: Speaker) -> list[Statement]:
    """Read who publishes it from the namespace, which the registry has checked."""
    return text(("vendor",), name, _vendor(name.text))


def _vendor(name: str) -> str:
    space, sign, _ = name.partition("/")
    parts = space.split(".")
    if not sign or len(parts) < 2:  # noqa: PLR2004 - a domain has two parts
        return ""
    if parts[:2] == ["io", "github"] and len(parts) > 2:  # noqa: PLR2004
        return parts[2]
    return ".".join(reversed(parts))


def _package(package: Node, by: Speaker) -> Iterator[Statement]:
    kind = package.first("registryType", "registry_type", "registry_name").text.lower()
    registry = "oci" if kind.startswith("docker") else kind
    identifier = package.first("identifier", "name")
    if identifier.text:
        asked = _asked(package, identifier.text, registry)
        yield from package_facts(identifier, asked, registry, by)
    yield yes(package, "supply.local_server", by=by)
    if registry == "oci":
        yield yes(package, "runtime.container", by=by)
    for key in ("environmentVariables", "environment_variables"):
        for variable in package.at(key).items():
            yield from _given(variable, by, local=True)
    for key in ("runtimeArguments", "runtime_arguments", "packageArguments", "package_arguments"):
        for argument in package.at(key).items():
            yield from _argument(argument, by)


def _asked(package: Node, identifier: str, registry: str) -> Wanted:
    """Say which version is asked for; an image carries it in its name, a hash fixes it for good."""
    floating = load_rules().file.launch.floating
    version = package.at("version").text
    if registry == "oci" or not version:
        asked = wanted(identifier, registry, floating)
        version = asked.version or version
        identifier = asked.name
    fixed = is_fixed(version, registry, floating)
    if package.first("fileSha256", "file_sha256").text:
        fixed = True
    return Wanted(identifier, version, fixed)


def _remote(remote: Node, by: Speaker) -> Iterator[Statement]:
    url = remote.at("url")
    yield from endpoint_facts(url, url.text, by)
    for header in remote.at("headers").items():
        yield from _given(header, by, local=False)
    kind = remote.at("authentication", "type")
    if kind.text.lower() == "none":
        yield yes(kind, "identity.server_accepts_anyone", "authentication none", by=by)
    elif kind.text:
        yield yes(kind, "controls.server_auth", kind.text, by=by)


def _given(node: Node, by: Speaker, *, local: bool) -> Iterator[Statement]:
    """Look at a variable or header that whoever installs the server has to give."""
    name, value = node.at("name").text, node.first("value", "default").text
    if node.first("isSecret", "is_secret").is_true and not names_secret(name):
        yield from credential(name or "secret", node, "local" if local else "", by=by)
    yield from variables([(name, value, node)], by, local=local)
    if address_of(value):
        yield from link_facts(node, value, by)
    yield from _filled_in(node, by, local=local)


def _filled_in(node: Node, by: Speaker, *, local: bool) -> Iterator[Statement]:
    """Look at the blanks of a value, such as `Bearer {token}`; the whole goes by one name."""
    name = node.at("name").text
    for blank, variable in node.at("variables").pairs():
        if not variable.first("isSecret", "is_secret").is_true:
            continue
        assigned = node.at("value").text.partition("=")[0]
        shown = assigned if name.startswith("-") and assigned.isidentifier() else blank
        secret = shown if name.startswith("-") or not name else name
        if not (names_secret(name) and not name.startswith("-")):
            yield from credential(secret, variable, "local" if local else "", by=by)


def _argument(argument: Node, by: Speaker) -> Iterator[Statement]:
    name = argument.at("name").text
    if name in _MOUNTS:
        value = argument.first("value", "default")
        folder = mounted_folder(value.text)
        yield from mount_facts(value, iter([folder] if folder else []), by)
        return
    yield from _given(argument, by, local=True)


ENTRY = kind_of(
    "server-json",
    looks_like=_looks_like_entry,
    entries=lambda document: [("", entry) for entry in _entries(document.root)],
    own={"namespace": _namespace, "package": _package, "remote": _remote},
)
CARD = kind_of("server-card", looks_like=looks_like_card, read=ENTRY.read)


def _card_tools(root: Node) -> Listed:
    """Give the tools of a card; `dynamic` in their place says that they come at run time."""
    listed = [item.value for item in root.at("tools").items()]
    tools, remarks = readable_tools(value for value in listed if isinstance(value, dict))
    return (tools if tools and len(tools) == len(listed) else None), remarks


SERVER_CARD = kind_of("mcp-card", tools=_card_tools)


# The registries of Docker and ToolHive.

# With filters behind the name, such as `{{filesystem.paths|volume|into}}`.
_PARAMETER = re.compile(r"\{\{([\w.-]+)[^}]*\}\}")


def _volumes(root: Node, by: Speaker) -> Iterator[Statement]:
    for volume in root.at("run", "volumes").items():
        yield from mount_facts(volume, _folders(volume.text, root), by)


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


DOCKER = kind_of("docker", own={"volumes": _volumes})


def _toolhive_entries(document: Document) -> list[tuple[str, Node]]:
    """Give the one entry, or each of a whole registry."""
    root, shape = document.root, load_rules().tables["toolhive"].shape
    if has_shape(root, shape):
        return [(_name(root), root)]
    listed = [*root.at("servers").pairs(), *root.at("remote_servers").pairs()]
    return listed if listed and all(has_shape(entry, shape) for _, entry in listed) else []


def _name(root: Node) -> str:
    if root.at("name").text:
        return root.at("name").text
    place = root.at("image").text or root.at("url").text
    return wanted(place, "oci", ()).name.rsplit("/", 1)[-1]


def _tools(entry: Node) -> Listed:
    tools = entry.at("tools")
    names = dict.fromkeys(tools.texts())
    return [{"name": name} for name in names] if isinstance(tools.value, list) else None, ()


def _fixed_version(image: Node, _: Speaker) -> list[Statement]:
    asked = wanted(image.text, "oci", load_rules().file.launch.floating)
    return text(("version",), image, asked.version if asked.fixed else "")


def _arguments(entry: Node, by: Speaker) -> Iterator[Statement]:
    """Look for keys and addresses among the arguments; how it is started is known already."""
    for one in launch_facts(Node("server", entry.source, entry.path), entry.at("args"), by):
        if one.path[0] != "supply":
            yield one


def _folder(folder: Node, by: Speaker) -> list[Statement]:
    source = folder.text.partition(":")[0] or folder.text
    return mount_facts(folder, iter([source] if source else []), by)


TOOLHIVE = kind_of(
    "toolhive",
    looks_like=lambda document: bool(_toolhive_entries(document)),
    entries=_toolhive_entries,
    tools=_tools,
    own={"fixed_version": _fixed_version, "arguments": _arguments, "folder": _folder},
)
