"""A name made fit for ids, file names and addresses."""

import hashlib
from collections.abc import Iterable
from itertools import chain, count

LONGEST = 80
SHORT = 40
"""What fits into the names of policies and of servers behind a proxy."""


def slug(name: str, longest: int = LONGEST) -> str:
    """Keep the ASCII letters, in lower case, and digits of a name, joined by single hyphens.

    A name without any gives `agent-` and eight hexadecimal digits of its SHA-256, so that names in
    other scripts stay apart. Never longer than `longest` characters (at least 14), never empty.
    """
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in name.lower())
    found = "-".join(kept.split())[:longest].strip("-")
    return found or "agent-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]


def distinct(names: Iterable[str], longest: int = LONGEST) -> list[str]:
    """Give every name a slug of its own: `shop`, `shop-2` in the order given, letter case aside."""
    found: list[str] = []
    for name in names:
        plain = slug(name, longest)
        numbered = (f"{plain}-{number}" for number in count(2))
        found.append(next(one for one in chain((plain,), numbered) if one not in found))
    return found
