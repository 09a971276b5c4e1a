"""Entries of the registries of Docker and ToolHive."""

import re
from collections.abc import Iterator

from threatmodel.importers.command import wanted
from threatmodel.importers.command_facts import launch_facts, mount_facts
from threatmodel.importers.document import Document
from threatmodel.importers.places import has_shape
from threatmodel.importers.statements import Node, Statement, text
from threatmodel.importers.table import Listed, kind_of
from threatmodel.rules.importing import Rules, load_rules
from threatmodel.scales import Speaker

# With filters behind the name, such as `{{filesystem.paths|volume|into}}`.
_PARAMETER = re.compile(r"\{\{([\w.-]+)[^}]*\}\}")


def _volumes(root: Node, rules: Rules, by: Speaker) -> Iterator[Statement]:
    for volume in root.at("run", "volumes").items():
        yield from mount_facts(volume, _folders(volume.text, root), rules, by)


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


def _entries(document: Document) -> list[tuple[str, Node]]:
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


def _fixed_version(image: Node, rules: Rules, _: Speaker) -> list[Statement]:
    asked = wanted(image.text, "oci", rules.file.launch.floating)
    return text(("version",), image, asked.version if asked.fixed else "")


def _arguments(entry: Node, rules: Rules, by: Speaker) -> Iterator[Statement]:
    """Look for keys and addresses among the arguments; how it is started is known already."""
    for one in launch_facts(Node("server", entry.source, entry.path), entry.at("args"), rules, by):
        if one.path[0] != "supply":
            yield one


def _folder(folder: Node, rules: Rules, by: Speaker) -> list[Statement]:
    source = folder.text.partition(":")[0] or folder.text
    return mount_facts(folder, iter([source] if source else []), rules, by)


TOOLHIVE = kind_of(
    "toolhive",
    looks_like=lambda document: bool(_entries(document)),
    entries=_entries,
    tools=_tools,
    own={"fixed_version": _fixed_version, "arguments": _arguments, "folder": _folder},
)
