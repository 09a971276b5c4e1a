"""Argument checks in Cedar: `like` for patterns, sets for arrays, whole numbers or decimals."""

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_FLOOR, Decimal

from threatmodel.emit import UNSEEN
from threatmodel.policy.formats.text import in_homes
from threatmodel.policy.guard import ITEMS, ArgumentCheck, Scalar

_DECIMAL_PLACES = Decimal("0.0001")
# Cedar's `Long` is a signed number of 64 bits, and it has no other.
_LONGEST = 2**63 - 1
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
_TABLE = str.maketrans(_ESCAPES)
_UNSEEN = re.compile(f"[{UNSEEN}]")
_WIDTHLESS = tuple("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_NOT_IN_PATHS = (
    "..",
    "/./",
    "//",
    "\\",
    "%",
    "\u2024",
    "\u2025",
    "\u2044",
    "\u2215",
    "\uff0e",
    *_WIDTHLESS,
)
_NOT_FIRST = ("-", "_", ".", " ")
_NOT_IN_NAMES = tuple("?,;|$%\"'`\\{}[]<>\n\r\t")
_NOT_IN_URLS = ("@", "\\", " ", "\t", "\n", "\r")
_NOT_IN_HOSTS = ("/", "?", "#", ":", "@", "\\", " ")
_NOT_IN_MAIL = (" ", ",", ";", "<", ">", '"', "\t", "\n", "\r", "\\", "(")
WILD = None
"""Any text, in the parts of a `like`; no text of a description can be taken for it."""


def cedar_check(check: ArgumentCheck) -> str | None:
    """Write a check as an expression; None where the language has no words for it."""
    return _at("context.input", check.path, check)


def cedar_string(text: str) -> str:
    """Quote text as a Cedar string."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    plain = text.translate(_TABLE)
    if plain.isascii() and plain.isprintable():
        return plain
    hidden = (not one.isprintable() or _UNSEEN.match(one) for one in plain)
    return "".join(f"\\u{{{ord(c):x}}}" if odd else c for c, odd in zip(plain, hidden, strict=True))


def _like(value: str, *parts: str | None) -> str:
    """Write a `like`: `WILD` stands for any text, a star in a part for itself."""
    inner = "".join("*" if p is WILD else _escaped(p).replace("*", "\\*") for p in parts)
    return f'{value} like "{inner}"'


def _at(place: str, path: Sequence[str], check: ArgumentCheck) -> str | None:
    if not path:
        return _compare(place, check)
    if path[0] == ITEMS:
        return _items(place, path[1:], check)
    key = cedar_string(path[0])
    rest = _at(f"{place}[{key}]", path[1:], check)
    if rest is None:
        return None
    if check.optional:
        return f"if {place} has {key} then ({rest}) else true"
    return f"{place} has {key} && ({rest})"


def _items(place: str, rest: Sequence[str], check: ArgumentCheck) -> str | None:
    """Compare the items of a set as a whole: only lists of plain values can be."""
    if rest or check.operator != "in" or check.type == "number":
        return None
    return f"[{_values(check)}].containsAll({place})"


def _compare(place: str, check: ArgumentCheck) -> str | None:
    write = _COMPARISONS.get(check.operator)
    return write(place, check) if write else None


def _values(check: ArgumentCheck) -> str:
    return ", ".join(_literal(value, check.type) for value in check.values)


def _literal(value: Scalar, kind: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return cedar_string(value)
    return _decimal(value) if kind == "number" else str(int(value))


def _decimal(value: float) -> str:
    exact = Decimal(str(value)).quantize(_DECIMAL_PLACES, ROUND_FLOOR)
    whole, _, part = format(exact.normalize(), "f").partition(".")
    return f'decimal("{whole}.{part or 0}")'


def _one_of(place: str, check: ArgumentCheck) -> str:
    if check.type in ("object", "array"):  # a structure is none of the values of a list
        return "false"
    return f"[{_values(check)}].contains({place})"


def _bound(place: str, check: ArgumentCheck) -> str | None:
    value = check.values[0]
    if isinstance(value, str) or check.type == "string" or abs(value) > _LONGEST:
        return None
    names = {"lte": "lessThanOrEqual", "gte": "greaterThanOrEqual"}
    if check.type == "number":
        return f"{place}.{names[check.operator]}({_decimal(value)})"
    return f"{place} {'<=' if check.operator == 'lte' else '>='} {_whole(value, check.operator)}"


def _whole(value: float, operator: str) -> int:
    down = Decimal(str(value)).to_integral_value(ROUND_FLOOR)
    return int(down) + (operator == "gte" and down != Decimal(str(value)))


def _under(place: str, check: ArgumentCheck) -> str | None:
    every = in_homes(str(root) for root in check.values if root != ".")
    # A policy may have 10,000 characters, and `~` is what shells resolve, not servers.
    roots = [root.rstrip("/") for root in every if not root.startswith("~")]
    if not roots and "." not in check.values:
        return "false"
    if any(root.split("/").count("*") > 1 for root in roots):
        return None  # `like` counts no segments: two stars could not be told from a longer way
    inside = [_below_folder(place, root) for root in roots]
    if "." in check.values:  # the folder that the server works in: relative paths
        parts = (("/", WILD), ("~", WILD), (WILD, ":", WILD))
        away = [f'{place} == ""', *(_like(place, *part) for part in parts)]
        inside.append(_all_of(*(f"!({one})" for one in away)))
    return _all_of(_any_of(inside), *_none(place, _NOT_IN_PATHS), f"!({_like(place, WILD, '/.')})")


def _below_folder(place: str, root: str) -> str:
    """Demand a folder or what is below it; a star in it is one segment, so none may be between."""
    before, star, after = f"{root}/".partition("/*/")
    if not star:
        return f"{place} == {cedar_string(root)} || {_like(place, f'{root}/', WILD)}"
    head, tail = f"{before}/", f"/{after}".rstrip("/")
    if not tail:  # anything below it; what it may not hold is told for the whole path
        return _all_of(_like(place, head, WILD), f"{place} != {cedar_string(head)}")
    whole = f"({_like(place, head, WILD, tail)} || {_like(place, head, WILD, f'{tail}/', WILD)})"
    return _all_of(whole, f"!({_like(place, head, WILD, '/', WILD, tail, WILD)})")


def _url(place: str, check: ArgumentCheck) -> str:
    inside = []
    for host in _hosts(check):
        for scheme in ("https://", "http://"):
            inside += _url_on(place, scheme, host)
    return _all_of(_any_of(inside), *_none(place, _NOT_IN_URLS))


def _url_on(place: str, scheme: str, host: str) -> list[str]:
    if not host.startswith("*."):
        exact = scheme + host
        ends = [_like(place, f"{exact}{mark}", WILD) for mark in "/?#"]
        return [f"{place} == {cedar_string(exact)}", *ends]
    ending = host[1:]
    whole = _all_of(_like(place, scheme, WILD, ending), *_none_after(place, scheme, _NOT_IN_HOSTS))
    # With a path, the host is what stands before the first slash: the rest may hold nothing else
    # that ends a host, nor the ending once more.
    marks = [mark for mark in _NOT_IN_HOSTS if mark != "/"]
    deeper = f"!({_like(place, scheme, WILD, '/', WILD, f'{ending}/', WILD)})"
    path = _like(place, scheme, WILD, f"{ending}/", WILD)
    return [whole, _all_of(path, deeper, *_none_after(place, scheme, marks))]


def _host(place: str, check: ArgumentCheck) -> str:
    inside = [
        _like(place, WILD, host[1:])
        if host.startswith("*.")
        else f"{place} == {cedar_string(host)}"
        for host in _hosts(check)
    ]
    return _all_of(_any_of(inside), *_none(place, _NOT_IN_HOSTS))


def _recipient(place: str, check: ArgumentCheck) -> str:
    inside = []
    for allowed in map(str, check.values):
        if allowed.startswith("@"):
            inside.append(
                f"{_like(place, WILD, allowed)} && !({_like(place, WILD, '@', WILD, allowed)})"
            )
        else:
            inside.append(f"{place} == {cedar_string(allowed)}")
    return _all_of(_any_of(inside), *_none(place, _NOT_IN_MAIL), f"!({_like(place, '@', WILD)})")


def _name(place: str, _check: ArgumentCheck) -> str:
    """Demand one name: stricter than the pattern, as a star cannot be told by its place."""
    begins = [f"!({_like(place, mark, WILD)})" for mark in _NOT_FIRST]
    no_star = f'!({place} like "*\\**")'
    return _all_of(f'{place} != ""', no_star, *begins, *_none(place, _NOT_IN_NAMES))


def _none(place: str, parts: Sequence[str]) -> list[str]:
    return [f"!({_like(place, WILD, part, WILD)})" for part in parts]


def _none_after(place: str, scheme: str, parts: Sequence[str]) -> list[str]:
    return [f"!({_like(place, scheme, WILD, part, WILD)})" for part in parts]


def _hosts(check: ArgumentCheck) -> list[str]:
    return [str(host).lower().removesuffix(".") for host in check.values]


def _any_of(parts: Sequence[str]) -> str:
    return "(" + " || ".join(parts) + ")"


def _all_of(*parts: str) -> str:
    return "(" + " && ".join(parts) + ")"


_COMPARISONS: dict[str, Callable[[str, ArgumentCheck], str | None]] = {
    "in": _one_of,
    "eq": lambda place, check: f"{place} == {_values(check)}",
    "lte": _bound,
    "gte": _bound,
    "under": _under,
    "url_host": _url,
    "host": _host,
    "recipient": _recipient,
    "name": _name,
    "without_text": lambda place, check: _all_of(*_none(place, list(map(str, check.values)))),
    "exists": lambda _, check: "true" if check.value is True else None,
}
