"""Secrets: found by the name they go by, by their look and by their randomness; never passed on."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from threatmodel.importers.statements import Node, Statement, answer, one_line_cut
from threatmodel.rules.importing import load_rules
from threatmodel.scales import CredentialKind, Speaker

REDACTED = "[redacted]"
"""Stands where a secret stood."""

NAME_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
"""The words of an identifier, such as `sendMessage` or `API_KEY2`."""

# Random as a key, and harmless: ids of projects, tenants and documents look like this.
_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RUN = re.compile(r"[A-Za-z0-9_~+/=-]+")
_SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off", "0", "1"})
# A hexadecimal digit has four bits at most, too few for the measure below; 32 of them are 128.
_HEX_KEY = re.compile(r"(?i)(?=.*\d)(?=.*[a-f])[0-9a-f]{32,}")


def names_secret(name: str) -> bool:
    """Tell whether a variable, option, header or parameter of this name holds a secret."""
    secrets = load_rules().file.secrets
    words = [word.lower() for word in NAME_WORDS.findall(name)]
    # `API_KEY_2` and `TOKEN_PROD` are named for the word before.
    while len(words) > 1 and words[-1] in secrets.trailers:
        words.pop()
    ends = tuple(words[-2:])
    if not words or ends in secrets.harmless:
        return False
    return words[-1] in secrets.words or ends in secrets.pairs


def is_placeholder(value: str) -> bool:
    """Tell whether a value only stands for one that comes from elsewhere, or says nothing."""
    bare = re.sub(r"(?i)\A(?:bearer|basic|token|apikey)\s+", "", value.strip().strip("\"'"))
    return not bare or load_rules().placeholder.fullmatch(bare) is not None


def is_secret(name: str, value: str) -> bool:
    """Tell whether a value given under a name is a secret in clear text."""
    if is_placeholder(value):
        return False
    if shape_of(value):
        return True
    if names_secret(name):
        return value.strip().lower() not in _SWITCHES and not _is_bare_address(value)
    return looks_random(value)


def shape_of(value: str) -> str:
    """Name the kind of secret that a text holds; empty where it shows none."""
    for name, pattern in load_rules().shapes:
        found = pattern.search(value)
        if found and not is_placeholder(found.group()) and not _templated(found.group()):
            return name
    return ""


def looks_random(value: str) -> bool:
    """Tell whether a text is long and mixed as only keys are; paths and names are not."""
    secrets = load_rules().file.secrets
    value = value.strip()
    if not _RUN.fullmatch(value) or _UUID.fullmatch(value) or len(value) < secrets.random_length:
        return False
    if _HEX_KEY.fullmatch(value):
        return True
    # A path is long and mixed as well.
    if value.count("/") > 1 or not _mixed(value):
        return False
    return _bits(value) >= secrets.random_bits


def redacted(text: str) -> str:
    """Take every secret that can be told by its look out of a text."""
    for _, pattern in load_rules().shapes:
        text = pattern.sub(
            lambda found: found.group() if _templated(found.group()) else REDACTED, text
        )
    return text


def shown_name(name: str) -> str:
    """Give a name from a list of names, unless it is a secret that stands where a name should."""
    return REDACTED if is_secret("", name) else redacted(name)


def clean_address(url: str) -> str:
    """Keep scheme, host and path of an address; what else it holds may be a secret."""
    try:
        parts = urlsplit(url.strip())
        host = parts.netloc.rsplit("@", 1)[-1]
    except ValueError:
        return REDACTED
    # A password with an unescaped `/`, `?` or `#` ends the host early and stands as its port.
    port = "" if host.endswith("]") else host.partition("]")[2] or host.partition(":")[2]
    if port.strip(":") and not port.strip(":").isdigit() and not _templated(port.strip(":")):
        return REDACTED
    steps = [
        REDACTED if looks_random(step) or shape_of(step) else step for step in parts.path.split("/")
    ]
    return redacted(urlunsplit((parts.scheme, host, "/".join(steps), "", "")))


def _is_bare_address(value: str) -> bool:
    """Tell whether a value is an address without a password in it."""
    return "://" in value and "@" not in value


def _templated(found: str) -> bool:
    return "${" in found or "{{" in found or "$" in found[:1]


def _mixed(value: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit)
    return all(any(kind(character) for character in value) for kind in kinds)


def _bits(value: str) -> float:
    """Shannon entropy, bits per character."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)


# Credentials that a source asks for or holds; their values are never passed on.

_SEEN = {
    "clear": "it stands there in clear text; its value is left out here",
    "local": "given to a local process",
}
_PASSWORDS = ("password", "passwd", "pwd", "passphrase")


def credential(
    name: str,
    node: Node,
    seen: Literal["clear", "local", ""] = "",
    kind: CredentialKind | None = None,
    by: Speaker | None = None,
) -> list[Statement]:
    """Say that a credential is used.

    It is seen `clear` where it stands in the source in clear text, `local` where it can be read
    where the agent runs, as variables of a local process can.
    """
    name = one_line_cut(name)
    path = ("credentials", name)
    statements = [Statement((*path, "kind"), kind or _kind(name), node.origin)]
    if seen:
        statements.append(
            answer((*path, "stored_locally"), node, yes=True, by=by, note=_SEEN[seen])
        )
    return statements


def variables(
    pairs: Iterable[tuple[str, str, Node]], by: Speaker | None, *, local: bool
) -> list[Statement]:
    """Say which of some variables, headers or options are credentials."""
    statements: list[Statement] = []
    for name, value, node in pairs:
        if is_secret(name, value):
            statements.extend(credential(name, node, "clear", by=by))
        elif names_secret(name):
            statements.extend(credential(name, node, "local" if local else "", by=by))
    return statements


def needed(node: Node) -> list[Statement]:
    """Say which names of a list of variables are credentials."""
    pairs = ((item.text, "", item) for item in node.items())
    return variables(pairs, None, local=True)


def _kind(name: str) -> CredentialKind:
    return "password" if name.lower().endswith(_PASSWORDS) else "static-key"
