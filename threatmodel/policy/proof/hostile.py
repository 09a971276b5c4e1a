"""Hostile arguments: values that a check must not let pass, each with what it tries."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from threatmodel.policy.formats.conditions import carried_kinds
from threatmodel.policy.guard import SEARCHED, STRUCTURES, ArgumentCheck
from threatmodel.policy.proof.session import concrete, fitting
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.load import load_knowledge

# Beyond every bound that rules set, and a whole number in every engine.
_FAR = 1_000_000_000

Hostile = Iterator[tuple[str, Any]]
"""What is tried, and the value."""


def hostile(check: ArgumentCheck) -> Hostile:
    """Yield values that the check must not let pass, each with what it tries."""
    yield from _MADE.get(check.operator, _listed)(check)
    for name, value in (("a list", [fitting(check)]), ("a mapping", {"x": fitting(check)})):
        if check.operator not in ("max_items", "contains", "exists", *SEARCHED):
            yield f"{name} instead of a value", value
    if not check.optional:
        yield "null", None


def _listed(check: ArgumentCheck) -> Hostile:
    """Fill the rows of frameworks/policy/hostile.yaml with what the check allows."""
    names = _NAMES.get(check.operator, _of_first)(check)
    for says, value in policy_rules(load_knowledge()).hostile.get(check.operator, ()):
        try:
            yield says, value.format_map(names) if isinstance(value, str) else value
        except KeyError:  # a row that such a check has no words for
            continue


# What a check allows, by the names that stand in braces.


def _of_first(check: ArgumentCheck) -> Mapping[str, str]:
    first = check.values[0] if check.values else "x"
    return {"text": first, "wide": _wide(first)} if isinstance(first, str) and first else {}


def _of_folders(check: ArgumentCheck) -> Mapping[str, str]:
    root = max((str(root).rstrip("/") for root in check.values), key=len)
    named = {} if root == "." else {"folder": root}
    return {"root": root} | named | ({} if "." in check.values else {"elsewhere": "notes.txt"})


def _of_hosts(check: ArgumentCheck) -> Mapping[str, str]:
    """Name a host of the list that no other of it covers, and the part of it that is fixed."""
    hosts = [str(one).lower() for one in check.values]
    below = [host[1:] for host in hosts if host.startswith("*.")]
    alone = (h for h in hosts if h.startswith("*.") or not h.endswith(tuple(below)))
    # The shortest has no other above it.
    own = min(alone, key=len)
    host, fixed = concrete(own), own.removeprefix("*.")
    return {"host": host, "fixed": fixed, "alike": host.removesuffix(fixed) + _cyrillic(fixed)}


def _of_people(check: ArgumentCheck) -> Mapping[str, str]:
    known = str(fitting(check))
    ending = known[known.rindex("@") :] if "@" in known else f"@{known}"
    # Whose mailbox it is at a listed domain, is the business of that domain.
    mailbox = known.removesuffix(ending) if str(check.values[0]).startswith("@") else ""
    alike = mailbox + _cyrillic(known.removeprefix(mailbox))
    return {"known": known, "ending": ending, "alike": alike}


_NAMES: Mapping[str, Callable[[ArgumentCheck], Mapping[str, str]]] = {
    "under": _of_folders,
    "url_host": _of_hosts,
    "host": _of_hosts,
    "recipient": _of_people,
}


# Values that are worked out: of lists, bounds and texts that are searched.


def _values(check: ArgumentCheck) -> Hostile:
    yield from _listed(replace(check, operator="in"))
    first = check.values[0] if check.values else "x"
    if isinstance(first, bool):
        yield "the other truth", not first
        yield "a truth as text", str(first).lower()
        yield "a truth as a number", int(first)


def _words(check: ArgumentCheck) -> Hostile:
    for word in map(str, check.values):
        yield f"{word} itself", word
        if check.operator == "not_named":
            yield f"{word} in capitals", word.upper()
    yield from _listed(check)


def _texts(check: ArgumentCheck) -> Hostile:
    for part in (str(one) for one in check.values):
        yield f"a text with {part!r} in it", f"See {part}0123456789 below."
    yield from _inside(f"See {check.values[0]}0123456789 below.")


def _inside(text: str) -> Hostile:
    yield "a list with such a text", ["plain", text]
    yield "a mapping with such a text further in", {"a": [{"b": text}, 7]}


def _carriers(check: ArgumentCheck) -> Hostile:
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


def _bounds(check: ArgumentCheck) -> Hostile:
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


def _sizes(check: ArgumentCheck) -> Hostile:
    yield from _listed(check)
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


_MADE: Mapping[str, Callable[[ArgumentCheck], Hostile]] = {
    "eq": _values,
    "in": _values,
    "not_named": _words,
    "ref": _words,
    "without_text": _texts,
    "free_of": _carriers,
    "lte": _bounds,
    "gte": _bounds,
    "max_items": _sizes,
}
