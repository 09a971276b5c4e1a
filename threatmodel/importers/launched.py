"""What the command that starts a server shows about it."""

import re
from collections.abc import Iterator

from threatmodel.description.answer import Speaker
from threatmodel.importers.address import address_of, endpoint_facts, link_facts
from threatmodel.importers.credentials import variables
from threatmodel.importers.launch import Launch, Part, take_apart, words_of
from threatmodel.importers.node import Node
from threatmodel.importers.rules import Rules
from threatmodel.importers.said import LONGEST_NAME, Said, answer, cut, item
from threatmodel.importers.secrets import clean_address, is_secret, redacted
from threatmodel.importers.version import Wanted, wanted

_PATH = re.compile(
    r"(?:[~/]|[A-Za-z]:[\\/]|\.{1,2}/|\$\{[^}]*(?i:dir|folder|home|path|root)[^}]*\}).*"
)
_HEADER = re.compile(r"([A-Za-z][\w-]*):\s*(.+)", re.DOTALL)
_PUBLIC_REGISTRIES = ("npm", "pypi", "nuget")
_PUBLIC_IMAGES = ("docker.io", "ghcr.io", "quay.io", "public.ecr.aws", "registry.hub.docker.com")


def launch_facts(command: Node, arguments: Node, rules: Rules, by: Speaker | None) -> list[Said]:
    """Say what a command and its arguments show."""
    launch = take_apart(words_of(command, arguments), rules.file.launch)
    note = f"started with {redacted(launch.program, rules)}" if launch.program else ""
    said = [answer(("supply", "local_server"), command, yes=True, by=by, note=note)]
    if launch.package:
        said.extend(_package(launch, launch.package, rules, by))
    if launch.registry == "oci":
        said.append(answer(("runtime", "container"), command, yes=True, by=by, note=note))
        said.extend(_container(launch, rules, by))
    named = ((name, part.text, part.node) for name, part in launch.variables)
    said.extend(variables(named, rules, by, local=True))
    said.extend(_arguments(launch, rules, by))
    return said


def package_facts(
    node: Node, asked: Wanted, registry: str, rules: Rules, by: Speaker | None
) -> list[Said]:
    """Say which package or image is used and whether its version is fixed."""
    name = redacted(clean_address(asked.name, rules) if "://" in asked.name else asked.name, rules)
    source = cut(f"{name} ({registry})" if registry else name, LONGEST_NAME)
    version = cut(redacted(asked.version, rules), 100)
    field, value = ("version", version) if version else ("name", source)
    said = [Said(("sources", source, field), value, node.origin)]
    if asked.fixed is not None:
        note = f"{source} at {version}" if version else f"{source} without a version"
        said.append(answer(("supply", "pinned"), node, yes=asked.fixed, by=by, note=note))
    if _is_public(asked.name, registry):
        note = f"installed from the registry {registry}"
        said.append(answer(("supply", "marketplace"), node, yes=True, by=by, note=note))
    return said


def _is_public(name: str, registry: str) -> bool:
    """Tell whether a package comes from a registry that anyone can publish to."""
    if registry == "oci":
        host = name.split("/", maxsplit=1)[0]
        return host in _PUBLIC_IMAGES or not re.search(r"[.:]", host)
    return registry in _PUBLIC_REGISTRIES and "://" not in name


def mount_facts(node: Node, folders: Iterator[str], rules: Rules, by: Speaker | None) -> list[Said]:
    """Say which folders of the machine are handed over."""
    said: list[Said] = []
    for folder in folders:
        words = redacted(folder, rules)
        said.extend(item(("data", "reads"), node, f"files below {words}"))
        if folder.rstrip("/") in {
            w.rstrip("/") for w in rules.file.launch.containers.whole_machine
        }:
            note = f"{words} gives the machine away"
            said.append(answer(("facts", "id.local_creds"), node, yes=True, by=by, note=note))
    return said


def _package(launch: Launch, part: Part, rules: Rules, by: Speaker | None) -> list[Said]:
    asked = wanted(part.text, launch.registry, rules.file.launch.floating)
    if is_secret("", asked.name, rules):
        return []
    return package_facts(part.node, asked, launch.registry, rules, by)


def _container(launch: Launch, rules: Rules, by: Speaker | None) -> list[Said]:
    said: list[Said] = []
    for mount in launch.mounts:
        folder = mounted_folder(mount.text)
        if folder:
            said.extend(mount_facts(mount.node, iter([folder]), rules, by))
    if launch.network and launch.network.text == "none":
        path = ("network", "unrestricted_egress")
        said.append(answer(path, launch.network.node, yes=False, by=by, note="no network"))
    elif launch.network and launch.network.text == "host":
        path = ("network", "internal_services")
        said.append(answer(path, launch.network.node, yes=True, by=by, note="the host's network"))
    return said


def mounted_folder(mount: str) -> str:
    """Give the folder of the machine that a mount names; empty for named volumes."""
    if "=" in mount:
        fields = dict(part.partition("=")[::2] for part in mount.split(","))
        return fields.get("src") or fields.get("source") or ""
    drive = re.match(r"[A-Za-z]:[\\/][^:]*", mount)
    folder = drive.group() if drive else re.split(r":(?![^{]*\})", mount)[0]
    return folder if _PATH.fullmatch(folder) or folder.startswith(("$", "%")) else ""


def _arguments(launch: Launch, rules: Rules, by: Speaker | None) -> Iterator[Said]:
    """Look at what the server itself is given: keys, addresses, folders."""
    bridge = bool(launch.package) and _is_bridge(launch, rules)
    option = ""
    for part in launch.arguments:
        name, sign, value = part.text.partition("=")
        if part.text.startswith("-") and not sign:
            option = name
            continue
        given = value if sign and name.startswith("-") else part.text
        label = (name if sign and name.startswith("-") else option) or ""
        yield from _argument(Part(given, part.node), label, rules, by)
        yield from _inner_command(Part(given, part.node), rules, by)
        if bridge and address_of(given):
            yield from endpoint_facts(part.node, given, rules, by)
        elif address_of(given):
            yield from link_facts(part.node, given, rules, by)
        elif launch.package and not label and _PATH.fullmatch(given):
            yield from mount_facts(part.node, iter([given]), rules, by)
        option = ""


def _inner_command(part: Part, rules: Rules, by: Speaker | None) -> Iterator[Said]:
    """Look into an argument that is a command of its own, as proxies and wrappers take it."""
    if " " not in part.text:
        return
    words = [Part(word, part.node) for word in part.text.split()]
    inner = take_apart(words, rules.file.launch)
    if inner.package:
        yield from _package(inner, inner.package, rules, by)
        yield from _arguments(inner, rules, by)


def _argument(part: Part, option: str, rules: Rules, by: Speaker | None) -> list[Said]:
    header = _HEADER.fullmatch(part.text) if "://" not in part.text[:12] else None
    name = header.group(1) if header else option.lstrip("-")
    value = header.group(2) if header else part.text
    if "://" in value:
        return []
    pairs = [(name or "argument", value, part.node)]
    return variables(pairs, rules, by, local=True)


def _is_bridge(launch: Launch, rules: Rules) -> bool:
    asked = wanted(launch.package.text if launch.package else "", launch.registry, ())
    return asked.name in rules.file.launch.bridges
