"""What the command that starts a server shows about it."""

import re
from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.addresses import address_of, endpoint_facts, link_facts
from threatmodel.importers.command import Launch, Wanted, Word, command_words, take_apart, wanted
from threatmodel.importers.secrets import clean_address, is_secret, redacted, variables
from threatmodel.importers.statements import (
    Node,
    Statement,
    answer,
    item,
    no,
    one_line_cut,
    yes,
)
from threatmodel.rules.importing import Rules

# A variable counts where its name says that it is a folder: `${TOKEN}` is no path.
_PATH = re.compile(
    r"(?:[~/]|[A-Za-z]:[\\/]|\.{1,2}/|\$\{[^}]*(?i:dir|folder|home|path|root)[^}]*\}).*"
)
_HEADER = re.compile(r"([A-Za-z][\w-]*):\s*(.+)", re.DOTALL)
_PUBLIC_REGISTRIES = ("npm", "pypi", "nuget")
_PUBLIC_IMAGES = ("docker.io", "ghcr.io", "quay.io", "public.ecr.aws", "registry.hub.docker.com")


def launch_facts(
    command: Node, arguments: Node, rules: Rules, by: Speaker | None
) -> list[Statement]:
    """Say what a command and its arguments show."""
    launch = take_apart(command_words(command, arguments), rules.file.launch)
    note = f"started with {redacted(launch.program, rules)}" if launch.program else ""
    statements = [yes(command, "supply.local_server", note, by=by)]
    if launch.package:
        statements.extend(_package(launch, launch.package, rules, by))
    if launch.registry == "oci":
        statements.append(yes(command, "runtime.container", note, by=by))
        statements.extend(_container(launch, rules, by))
    named = ((name, part.text, part.node) for name, part in launch.variables)
    statements.extend(variables(named, rules, by, local=True))
    statements.extend(_arguments(launch, rules, by))
    return statements


def package_facts(
    node: Node, asked: Wanted, registry: str, rules: Rules, by: Speaker | None
) -> list[Statement]:
    """Say which package or image is used and whether its version is fixed."""
    name = redacted(clean_address(asked.name, rules) if "://" in asked.name else asked.name, rules)
    source = one_line_cut(f"{name} ({registry})" if registry else name)
    version = one_line_cut(redacted(asked.version, rules), 100)
    field, value = ("version", version) if version else ("name", source)
    statements = [Statement(("sources", source, field), value, node.origin)]
    if asked.fixed is not None:
        note = f"{source} at {version}" if version else f"{source} without a version"
        statements.append(answer(("supply", "pinned"), node, yes=asked.fixed, by=by, note=note))
    if _is_public(asked.name, registry):
        note = f"installed from the registry {registry}"
        statements.append(yes(node, "supply.marketplace", note, by=by))
    return statements


def image_facts(node: Node, image: str, rules: Rules, by: Speaker | None) -> list[Statement]:
    """Say which image a container runs."""
    asked = wanted(image, "oci", rules.file.launch.floating)
    return [
        *package_facts(node, asked, "oci", rules, by),
        yes(node, "runtime.container", by=by),
    ]


def _is_public(name: str, registry: str) -> bool:
    """Tell whether a package comes from a registry that anyone can publish to."""
    if registry == "oci":
        host = name.split("/", maxsplit=1)[0]
        return host in _PUBLIC_IMAGES or not re.search(r"[.:]", host)
    return registry in _PUBLIC_REGISTRIES and "://" not in name


def mount_facts(
    node: Node, folders: Iterator[str], rules: Rules, by: Speaker | None
) -> list[Statement]:
    """Say which folders of the machine are handed over."""
    statements: list[Statement] = []
    for folder in folders:
        words = redacted(folder, rules)
        statements.extend(item(("data", "reads"), node, f"files below {words}"))
        if folder.rstrip("/") in {
            w.rstrip("/") for w in rules.file.launch.containers.whole_machine
        }:
            statements.append(
                yes(node, "facts.id.local_creds", f"{words} gives the machine away", by=by)
            )
    return statements


def _package(launch: Launch, part: Word, rules: Rules, by: Speaker | None) -> list[Statement]:
    asked = wanted(part.text, launch.registry, rules.file.launch.floating)
    if is_secret("", asked.name, rules):
        return []
    return package_facts(part.node, asked, launch.registry, rules, by)


def _container(launch: Launch, rules: Rules, by: Speaker | None) -> list[Statement]:
    statements: list[Statement] = []
    for mount in launch.mounts:
        folder = mounted_folder(mount.text)
        if folder:
            statements.extend(mount_facts(mount.node, iter([folder]), rules, by))
    if launch.network and launch.network.text == "none":
        note = "no network"
        statements.append(no(launch.network.node, "network.unrestricted_egress", note, by))
    elif launch.network and launch.network.text == "host":
        note = "the host's network"
        statements.append(yes(launch.network.node, "network.internal_services", note, by))
    return statements


def mounted_folder(mount: str) -> str:
    """Give the folder of the machine that a mount names; empty for named volumes."""
    if "=" in mount:
        fields = dict(part.partition("=")[::2] for part in mount.split(","))
        return fields.get("src") or fields.get("source") or ""
    drive = re.match(r"[A-Za-z]:[\\/][^:]*", mount)
    folder = drive.group() if drive else re.split(r":(?![^{]*\})", mount)[0]
    return folder if _PATH.fullmatch(folder) or folder.startswith(("$", "%")) else ""


def _arguments(launch: Launch, rules: Rules, by: Speaker | None) -> Iterator[Statement]:
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
        yield from _argument(Word(given, part.node), label, rules, by)
        yield from _inner_command(Word(given, part.node), rules, by)
        if bridge and address_of(given):
            yield from endpoint_facts(part.node, given, rules, by)
        elif address_of(given):
            yield from link_facts(part.node, given, rules, by)
        elif launch.package and not label and _PATH.fullmatch(given):
            yield from mount_facts(part.node, iter([given]), rules, by)
            yield from _roots(part.node, given, rules)
        option = ""


def _roots(node: Node, folder: str, rules: Rules) -> list[Statement]:
    """Take a folder that the server was given as the one its policy keeps to."""
    whole = {one.rstrip("/") for one in rules.file.launch.containers.whole_machine}
    plain = folder.startswith("/") and redacted(folder, rules) == folder and "$" not in folder
    if not plain or not folder.strip("/") or folder.rstrip("/") in whole:
        return []
    return item(("policy", "paths"), node, folder)


def _inner_command(part: Word, rules: Rules, by: Speaker | None) -> Iterator[Statement]:
    """Look into an argument that is a command of its own, as proxies and wrappers take it."""
    if " " not in part.text:
        return
    words = [Word(word, part.node) for word in part.text.split()]
    inner = take_apart(words, rules.file.launch)
    if inner.package:
        yield from _package(inner, inner.package, rules, by)
        yield from _arguments(inner, rules, by)


def _argument(part: Word, option: str, rules: Rules, by: Speaker | None) -> list[Statement]:
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
