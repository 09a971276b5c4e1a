"""What an address shows: whether it is remote, public, without TLS."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from threatmodel.importers.secrets import (
    clean_address,
    credential,
    is_placeholder,
    is_secret,
    names_secret,
)
from threatmodel.importers.statements import Node, Statement, yes
from threatmodel.scales import Speaker

# Without a dot, as services of a compose file or a cluster: nobody outside resolves such a name.
_LABEL = re.compile(r"[a-z][a-z0-9_-]*")
# One letter at least: `10.0.0.1` is an address of the network and no name.
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


def link_facts(node: Node, url: str, by: Speaker | None) -> list[Statement]:
    """Say what any link of an agent or server shows: TLS, and secrets in the address."""
    address = address_of(url)
    if address is None:
        return []
    statements = list(_secrets(node, url))
    if address.is_clear:
        note = f"{clean_address(url)} uses no TLS"
        statements.append(yes(node, "network.cleartext", note, by=by))
    return statements


def endpoint_facts(node: Node, url: str, by: Speaker | None) -> list[Statement]:
    """Say what the address of a server shows: where it runs and who can reach it."""
    address, shown = address_of(url), clean_address(url)
    statements = link_facts(node, url, by)
    if address is None or address.is_loopback:
        return statements
    statements.append(yes(node, "supply.remote_server", shown, by=by))
    if address.is_public:
        statements.append(yes(node, "network.public_endpoint", shown, by=by))
    return statements


def _secrets(node: Node, url: str) -> list[Statement]:
    """Find secrets in an address: a password, a parameter, a step of the path."""
    parts = urlsplit(url.strip())
    statements: list[Statement] = []
    if parts.password and not is_placeholder(parts.password):
        statements.extend(credential("password in an address", node, "clear", "password"))
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if is_secret(name, value):
            statements.extend(credential(name, node, "clear"))
        elif names_secret(name):
            statements.extend(credential(name, node))
    if "[redacted]" in clean_address(url):
        statements.extend(credential("key in an address", node, "clear"))
    return statements


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
