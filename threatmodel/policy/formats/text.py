"""Patterns of what may stand in a text: folders, addresses, hosts, people and numbers of a list.

Only what RE2, Python and JavaScript share: no look-around, no flags, no possessive counts; each
pattern is anchored and states what is allowed, so that whatever it does not foresee is refused.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

_LOOKALIKES = (
    "\u00ad\u200b-\u200f\u2024\u2025\u2026\u2044\u2060\u2215\u29f8\ufe52\ufeff\uff0e\uff0f\uff3c"
)
"""Dots, slashes and backslashes in disguise, and letters without width, which some servers fold
into the plain ones or drop."""

_CONTROLS = "\x01-\x1f\x7f"
"""Control characters as they are: not every engine reads them escaped inside a pattern."""

_NOT_IN_SEGMENT = rf"/\\%{_CONTROLS}{_LOOKALIKES}"
_SEGMENT = rf"(?:[^.{_NOT_IN_SEGMENT}][^{_NOT_IN_SEGMENT}]*)"
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_PORT = "(?::[0-9]{1,5})?"
_REST = rf"(?:[/?#][^\\ {_CONTROLS}]*)?"
_MAILBOX = r"[A-Za-z0-9](?:[A-Za-z0-9._%+-]*[A-Za-z0-9])?"
NUMBER = r"^[0-9]+(?:\.[0-9]+)?$"
"""A plain number that is not negative, written as text."""

NEVER = "^$a"
"""Matches nothing."""

_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}/-]")


def under(folders: Iterable[str]) -> str:
    """Match a path below a folder, without `..`, hidden, empty or encoded segments.

    Names that begin with a dot are settings, hooks, keys and workflows more often than work.

    The folder `.` stands for the one that the server works in: relative paths, without a colon,
    which would make a drive or an address of them. A `*` stands for one segment, `~` for a home.
    """
    every = in_homes(folders)
    roots = list(_roots(folder.rstrip("/") for folder in every if folder != "."))
    if "." in every:
        roots.append(rf"\.|(?:\./)?{_SEGMENT.replace('[^', '[^:~')}")
    return f"^(?:{'|'.join(roots)})(?:/{_SEGMENT})*/?$"


_HOMES = ("~", "/home/*", "/Users/*")
"""Where the folders of a person lie: as a shell writes it, on Linux, on macOS."""


def in_homes(folders: Iterable[str]) -> list[str]:
    """Write each folder of a home, such as `~/work`, as the places where homes lie."""
    every: list[str] = []
    for folder in folders:
        at_home = folder == "~" or folder.startswith("~/")
        every += [f"{home}{folder[1:]}" for home in _HOMES] if at_home else [folder]
    return every


def _roots(folders: Iterable[str]) -> Iterator[str]:
    """Write folders as alternatives; those with one beginning up to a star share it."""
    behind: dict[str, list[str]] = {}
    for folder in folders:
        head, star, tail = folder.partition("/*/")
        if star:
            behind.setdefault(head, []).append("/".join(map(_step, tail.split("/"))))
        else:
            yield escape("/").join(map(_step, folder.split("/")))
    for head, tails in behind.items():
        yield f"{escape(head)}/{_SEGMENT}/(?:{'|'.join(tails)})"


def _step(step: str) -> str:
    return _SEGMENT if step == "*" else escape(step)


def url_on(hosts: Iterable[str]) -> str:
    """Match an http or https address on a host, without user information or backslashes."""
    return f"^https?://(?:{_hosts(hosts)}){_PORT}{_REST}$"


def at_most(most: Decimal) -> str:
    """Match a plain decimal number from 0 to `most`, written as text."""
    if most < 0:
        return NEVER
    whole = str(int(most))
    below = [
        f"{whole[:at]}[0-{int(digit) - 1}][0-9]{{{len(whole) - at - 1}}}"
        for at, digit in enumerate(whole)
        if digit > "0" and not (at == 0 and digit == "1" and len(whole) > 1)
    ]
    if len(whole) > 1:
        below.append(f"[0-9]{{1,{len(whole) - 1}}}")
    exact = rf"{whole}(?:\.0+)?"
    if not below:
        return f"^(?:{exact})$"
    return rf"^(?:(?:{'|'.join(below)})(?:\.[0-9]+)?|{exact})$"


def host_of(hosts: Iterable[str]) -> str:
    """Match a host of the list, with or without a port."""
    return f"^(?:{_hosts(hosts)}){_PORT}$"


def recipient(allowed: Iterable[str]) -> str:
    """Match an address of the list, or a mailbox at an `@domain` of the list."""
    return f"^(?:{'|'.join(map(_recipient, allowed))})$"


def escape(text: str) -> str:
    """Quote text for a pattern, the same in every engine."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], text)


def _hosts(hosts: Iterable[str]) -> str:
    """Write hosts as alternatives; `*.` in front stands for one or more labels."""
    found = []
    for host in hosts:
        plain = host.lower().removesuffix(".")
        if plain.startswith("*."):
            found.append(rf"(?:{_LABEL}\.)+{escape(plain[2:])}")
        else:
            found.append(escape(plain))
    return "|".join(found)


def _recipient(allowed: str) -> str:
    return _MAILBOX + escape(allowed) if allowed.startswith("@") else escape(allowed)
