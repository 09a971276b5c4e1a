"""What the command that starts a server shows about it."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from threatmodel.description.overrides import Speaker
from threatmodel.importers.command import Launch, Wanted, Word, command_words, take_apart, wanted
from threatmodel.importers.secrets import (
    clean_address,
    credential,
    is_placeholder,
    is_secret,
    names_secret,
    redacted,
    variables,
)
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Node,
    Statement,
    answer,
    cut,
    item,
    no,
    yes,
)
from threatmodel.rules.importing import Rules

# What an address shows: whether it is remote, public, without TLS.

_LABEL = re.compile(r"[a-z][a-z0-9_-]*")
_NAME = re.compile(r"(?i)(?=.*[a-z])[a-z0-9_-]+(\.[a-z0-9_-]+)+")
_INSIDE = ("localhost", "local", "internal", "lan", "home", "corp", "intranet", "test", "svc")
_OUTER = ("example", "invalid")


@dataclass(frozen=True, slots=True)
class Address:
    """An address, as far as it can be read."""

    scheme: str
    """Scheme, lower case."""
    host: str
    """Host name or number, lower case; empty where it is a template."""

    @property
    def is_loopback(self) -> bool:
        """Whether it never leaves the machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        number = _number(self.host)
        return number is not None and (number.is_loopback or number.is_unspecified)

    @property
    def is_public(self) -> bool:
        """Whether the host is one that the internet can name."""
        number = _number(self.host)
        if number is not None:
            return number.is_global
        last = self.host.rsplit(".", 1)[-1]
        return _NAME.fullmatch(self.host) is not None and last not in (*_INSIDE, *_OUTER)

    @property
    def is_inside(self) -> bool:
        """Whether it only has a meaning inside a private network."""
        number = _number(self.host)
        if number is not None:
            return number.is_private and not self.is_loopback
        _, dot, last = self.host.rpartition(".")
        if not dot:  # names without a dot are those of containers and of a local network
            return _LABEL.fullmatch(self.host) is not None and not self.is_loopback
        return last in _INSIDE and last not in {"test", "localhost"}

    @property
    def is_clear(self) -> bool:
        """Whether it leaves the machine without TLS."""
        return self.scheme in {"http", "ws"} and bool(self.host) and not self.is_loopback


def address_of(url: str) -> Address | None:
    """Read an address; None where the text is none."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    if not parts.scheme or "://" not in url:
        return None
    return Address(parts.scheme.lower(), "" if re.search(r"[${}<>]", host) else host)


def link_facts(node: Node, url: str, rules: Rules, by: Speaker | None) -> list[Statement]:
    """Say what any link of an agent or server shows: TLS, and secrets in the address."""
    address = address_of(url)
    if address is None:
        return []
    statements = list(_secrets(node, url, rules))
    if address.is_clear:
        note = f"{clean_address(url, rules)} uses no TLS"
        statements.append(yes(node, "network.cleartext", note, by=by))
    return statements


def endpoint_facts(node: Node, url: str, rules: Rules, by: Speaker | None) -> list[Statement]:
    """Say what the address of a server shows: where it runs and who can reach it."""
    address, shown = address_of(url), clean_address(url, rules)
    statements = link_facts(node, url, rules, by)
    if address is None or address.is_loopback:
        return statements
    statements.append(yes(node, "supply.remote_server", shown, by=by))
    if address.is_public:
        statements.append(yes(node, "network.public_endpoint", shown, by=by))
    return statements


def _secrets(node: Node, url: str, rules: Rules) -> list[Statement]:
    """Find secrets in an address: a password, a parameter, a step of the path."""
    parts = urlsplit(url.strip())
    statements: list[Statement] = []
    if parts.password and not is_placeholder(parts.password, rules):
        statements.extend(credential("password in an address", node, "clear", "password"))
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if is_secret(name, value, rules):
            statements.extend(credential(name, node, "clear"))
        elif names_secret(name, rules):
            statements.extend(credential(name, node))
    if "[redacted]" in clean_address(url, rules):
        statements.extend(credential("key in an address", node, "clear"))
    return statements


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


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
    source = cut(f"{name} ({registry})" if registry else name, LONGEST_NAME)
    version = cut(redacted(asked.version, rules), 100)
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
