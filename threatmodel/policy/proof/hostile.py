"""Hostile arguments: values that a check must not let pass, each with what it tries."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from threatmodel.policy.formats.conditions import carried_kinds
from threatmodel.policy.guard import SEARCHED, STRUCTURES, ArgumentCheck
from threatmodel.policy.proof.session import concrete, fitting

# Beyond every bound that rules set, and a whole number in every engine.
_FAR = 1_000_000_000


def hostile(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    """Yield values that the check must not let pass, each with what it tries."""
    yield from _HOSTILE.get(check.operator, _none)(check)
    for name, value in (("a list", [fitting(check)]), ("a mapping", {"x": fitting(check)})):
        if check.operator not in ("max_items", "contains", "exists", *SEARCHED):
            yield f"{name} instead of a value", value
    if not check.optional:
        yield "null", None


def _none(_check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    return iter(())


def _values(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    first = check.values[0] if check.values else "x"
    yield "a value that is not on the list", "aivss-not-on-the-list"
    yield "a number that is not on the list", 987654321
    if isinstance(first, str) and first:
        yield "a listed value with a space", f"{first} "
        yield "a listed value and a new line", f"{first}\nx"
        yield "a listed value in full-width letters", _wide(first)
        yield "a listed value with an invisible letter", f"{first}\u200b"
        yield "two values in one text", f"{first},aivss-not-on-the-list"
    if isinstance(first, bool):
        yield "the other truth", not first
        yield "a truth as text", str(first).lower()
        yield "a truth as a number", int(first)


def _paths(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    roots = [str(root).rstrip("/") for root in check.values]
    root = max(roots, key=len)
    yield "another folder", "/etc/passwd"
    yield "parent segments", f"{root}/../../../etc/passwd"
    yield "parent segments in the middle", f"{root}/a/../../../etc/passwd"
    yield "parent segments at the end", f"{root}/.."
    if root != ".":
        yield "a folder whose name begins alike", f"{root}x/secret"
    yield "encoded parent segments", f"{root}/%2e%2e/%2e%2e/etc/passwd"
    yield "backslashes", f"{root}\\..\\..\\etc\\passwd"
    yield "full-width dots", f"{root}/\uff0e\uff0e/\uff0e\uff0e/etc/passwd"
    yield "two-dot leaders", f"{root}/\u2025/etc/passwd"
    yield "a full-width slash", f"{root}/..\uff0f..\uff0fetc"
    if "." not in check.values:
        yield "a relative path", "notes.txt"
    yield "a parent segment without width", f"{root}/.\u200b./etc/passwd"
    yield "a home folder", "~/.ssh/id_rsa"
    yield "an address", f"file://{root}/a"
    yield "nothing", ""
    yield "a number", 7


def _own_host(check: ArgumentCheck) -> tuple[str, str]:
    """Give a host of the list that no other of it covers, and the part of it that is fixed."""
    hosts = [str(one).lower() for one in check.values]
    below = [host[1:] for host in hosts if host.startswith("*.")]
    alone = (h for h in hosts if h.startswith("*.") or not h.endswith(tuple(below)))
    # The shortest has no other above it.
    own = min(alone, key=len)
    return concrete(own), own.removeprefix("*.")


def _urls(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    host, fixed = _own_host(check)
    yield "another host", "https://attacker.example.net/"
    yield "a metadata address", "http://169.254.169.254/latest/meta-data/"
    yield "a host that begins alike", f"https://{host}.attacker.net/"
    yield "a host that ends alike", f"https://attacker{fixed}/"
    yield "a host as user", f"https://{host}@attacker.net/"
    yield "a host and password as user", f"https://{host}:443@attacker.net/"
    yield "a host in the path", f"https://attacker.net/{host}/"
    yield "a host in the query", f"https://attacker.net?{host}/"
    yield "a host in the fragment", f"https://attacker.net#{host}/"
    yield "a host after a backslash", f"https://attacker.net\\{host}/"
    yield "a look-alike letter", f"https://{host.removesuffix(fixed)}{_cyrillic(fixed)}/"
    yield "another scheme", f"ftp://{host}/"
    yield "a script", f"javascript:alert('{host}')"
    yield "no scheme", f"//{host}/"
    yield "a new line", f"https://{host}/\nHost: attacker.net"
    yield "a number", 7


_SENT_ALONG = {
    "a mail address": "d=ann@example.com",
    "an encoded mail address": "d=ann%40example.com",
    "a mail address that is encoded twice": "d=ann%2540example.com",
    "an encoded block": "d=c2VjcmV0IQ==",
    "an encoded block with one sign of padding": "d=c2VjcmV0ISE=",
    "an encoded block before another argument": "d=c2VjcmV0ISE=&q=1",
    "an encoded block with encoded padding": "d=c2VjcmV0IQ%3D%3d",
    "an encoded block with padding that is encoded twice": "d=c2VjcmV0IQ%253D",
    "an encoded block without a name": "c2VjcmV0LXdvcmRzLW9mLWFubg==",
}
"""What a query may carry away -> as it stands there."""


def _inner_urls(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    del check
    yield "a metadata address", "http://169.254.169.254/latest/meta-data/"
    yield "the machine itself", "http://localhost:8080/"
    yield "the machine by number", "http://127.0.0.1/"
    yield "the machine by one number", "http://2130706433/"
    yield "the machine in the newer way", "http://[::1]/"
    yield "a name inside the network", "http://metadata.google.internal/"
    yield "a short name", "http://intranet/"
    yield "a host as user", "https://www.example.com@10.0.0.1/"
    yield "a file", "file:///etc/passwd"
    yield "a script", "javascript:alert(1)"
    for says, sent in _SENT_ALONG.items():
        yield f"{says} sent along", f"https://www.example.com/?{sent}"
    yield "a number", 7


def _named(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    for word in map(str, check.values):
        yield f"{word} itself", word
        yield f"{word} in capitals", word.upper()
    yield "a word in front of another", f"{check.values[0]}All"
    yield "a name with a group", f"{check.values[0]}.v1"
    yield "two names", f"plain,{check.values[0]}"
    yield "nothing", ""
    yield "a number", 7


def _refs(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    for name in map(str, check.values):
        yield f"{name} itself", name
    yield "an option", "--output=/etc/cron.d/x"
    yield "an option of one letter", "-f"
    yield "two names", "plain other"
    yield "a file of a commit", "HEAD:.env"
    yield "nothing", ""
    yield "a number", 7


def _names(_check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    yield "everything", "*"
    yield "nearly everything", "a*"
    yield "two names", "plain,other"
    yield "a name of the system's", ".security"
    yield "all of them", "_all"
    yield "an option", "--all"
    yield "nothing", ""
    yield "a number", 7


def _strange_hosts(_check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    yield "a host of somebody else", "192.0.2.7"
    yield "a name of somebody else", "www.example.com"
    yield "a whole network", "10.0.0.0/8"
    yield "the machine's own metadata", "169.254.169.254"
    yield "an option", "-iL"
    yield "a further command", "192.168.10.15; id"
    yield "two hosts", "192.168.10.15,192.0.2.7"


def _hosts(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    host, fixed = _own_host(check)
    yield "another host", "attacker.net"
    yield "a host that begins alike", f"{host}.attacker.net"
    yield "a host that ends alike", f"attacker{fixed}"
    yield "a look-alike letter", f"{host.removesuffix(fixed)}{_cyrillic(fixed)}"
    yield "a host as user", f"{host}@attacker.net"
    yield "a path", f"attacker.net/{host}"
    yield "an address", "169.254.169.254"
    yield "two hosts", f"attacker.net,{host}"
    yield "a number", 7


def _recipients(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    known = str(fitting(check))
    ending = known[known.rindex("@") :] if "@" in known else f"@{known}"
    yield "someone else", "eve@attacker.net"
    yield "two people", f"eve@attacker.net,{known}"
    yield "two people with a space", f"{known} eve@attacker.net"
    yield "a name in front", f"{known} <eve@attacker.net>"
    yield "two at signs", f"eve@attacker.net{ending}"
    yield "a longer domain", f"{known}.attacker.net"
    # Whose mailbox it is at a listed domain, is the business of that domain.
    mailbox = known.removesuffix(ending) if str(check.values[0]).startswith("@") else ""
    yield "a look-alike letter", mailbox + _cyrillic(known.removeprefix(mailbox))
    yield "no mailbox", ending
    yield "a new line", f"{known}\nBcc: eve@attacker.net"
    yield "a number", 7


def _statements(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    kind = str(check.values[0])
    yield "another statement", "DROP TABLE accounts"
    yield "a second statement", f"{kind} 1; DROP TABLE accounts"
    yield "a comment", f"{kind} 1 -- '"
    yield "a comment in front", f"/* {kind} */ DROP TABLE accounts"
    yield "a comment inside", f"{kind} /* x */ 1"
    yield "a copy into a table", f"{kind} * INTO t FROM accounts"
    yield "a lock", f"{kind} * FROM accounts FOR UPDATE"
    yield "a function with effects", f"{kind} pg_read_file('/etc/passwd')"
    yield "such a function in quotes", f'{kind} "pg_read_file"(1)'
    yield "such a function of a schema", f"{kind} public.count(1)"
    yield "a second statement without a sign between", f"{kind} 1 DROP TABLE accounts"
    yield "a word that begins alike", f"{kind}X 1"
    yield "full-width letters", f"{_wide(kind)} 1"
    yield "nothing", ""
    yield "a number", 7


def _texts(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    for part in (str(one) for one in check.values):
        yield f"a text with {part!r} in it", f"See {part}0123456789 below."
    yield from _inside(f"See {check.values[0]}0123456789 below.")


def _inside(text: str) -> Iterator[tuple[str, Any]]:
    yield "a list with such a text", ["plain", text]
    yield "a mapping with such a text further in", {"a": [{"b": text}, 7]}


def _carriers(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    # Structures are walked the same way whatever is sought: where a text is expected, one kind
    # tells whether they are. All kinds in each would double the calls of a replay.
    walked = check.type in {*STRUCTURES, "any"}
    tried = False
    for kind, known in zip(check.values, carried_kinds(check), strict=True):
        yield f"a text with {kind} in it", known.example
        longer = f"{'See below. ' * 20}\n{known.example}"
        if re.search(known.found, longer):  # some are a text as a whole
            yield f"a long text with {kind} in it", longer
        if known.example.strip() and (walked or not tried):
            tried = True
            yield from _inside(known.example)


def _bounds(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    bound = float(check.values[0])
    beyond = bound + 1 if check.operator in ("lte", "lt") else bound - 1
    if check.type == "string":
        yield "a value beyond the bound", format(beyond, "f")
        yield "a negative value", "-1"
        yield "an exponent", "1e9"
    else:
        whole = int(beyond) if check.type != "number" and beyond.is_integer() else beyond
        yield "a value beyond the bound", whole
        yield "a value far beyond", _FAR if check.operator in ("lte", "lt") else -_FAR
        yield "a number as text", "0.5"
    yield "a truth", True
    yield "a word", "plenty"


def _sizes(check: ArgumentCheck) -> Iterator[tuple[str, Any]]:
    del check
    yield "an array as text", "[]"
    yield "a mapping", {"0": "plain"}


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _cyrillic(text: str) -> str:
    """Swap the first Latin letter that has a Cyrillic double."""
    doubles = {"a": "\u0430", "e": "\u0435", "o": "\u043e", "c": "\u0441", "p": "\u0440"}
    for position, letter in enumerate(text):
        if letter in doubles:
            return text[:position] + doubles[letter] + text[position + 1 :]
    return text + "\u0430"


_HOSTILE: dict[str, Callable[[ArgumentCheck], Iterator[tuple[str, Any]]]] = {
    "eq": _values,
    "in": _values,
    "under": _paths,
    "public_url": _inner_urls,
    "not_named": _named,
    "ref": _refs,
    "name": _names,
    "own_host": _strange_hosts,
    "without_text": _texts,
    "free_of": _carriers,
    "url_host": _urls,
    "host": _hosts,
    "recipient": _recipients,
    "statement": _statements,
    "lte": _bounds,
    "gte": _bounds,
    "max_items": _sizes,
}
