"""What tables of sources are made of: places, signs that hold there, words that show them."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from threatmodel.importers.statements import Node, names_of

# Places: `a.b`, `list[].x`, `map<>`, `**`, `'words'`.


@lru_cache(maxsize=4096)
def _ways(place: str) -> tuple[bool, tuple[tuple[str, ...], ...]]:
    """Take a place apart: whether a text is wanted, and the steps of each alternative."""
    wants_text = "||" in place
    parts = [part.strip() for part in place.split("||" if wants_text else "|")]
    return wants_text, tuple(tuple(part.split(".")) if part.strip(".") else () for part in parts)


def places(node: Node, place: str) -> list[Node]:
    """Give the values at a place; of alternatives the first that is there.

    Between `|` it is there if it is anything, and the first stands where none is; between `||` it
    must be text, and the last stands where none is.
    """
    wants_text, ways = _ways(place)
    found = [_down(node, way) for way in ways]
    for one in found:
        if any(inner.text if wants_text else inner.here for inner in one):
            return one
    return found[-1 if wants_text else 0]


def _down(node: Node, steps: Iterable[str]) -> list[Node]:
    found = [node]
    for step in steps:
        key, each = step.removesuffix("[]").removesuffix("<>"), step[-2:]
        if step.startswith("'"):
            found = [Node(step.strip("'"), node.source, node.path)]
        elif step == "**":
            found = [inner for one in found for inner in one.all()]
        else:
            found = [_at(one, key) for one in found] if key else found
            if each == "[]":
                found = [inner for one in found for inner in one.items()]
            elif each == "<>":
                found = [inner for one in found for _, inner in one.pairs()]
    return found


def _at(node: Node, key: str) -> Node:
    """Go down by a key; `^Key` may be written `key` as well."""
    return node.first(key[1:], f"{key[1].lower()}{key[2:]}") if key[0] == "^" else node.at(key)


def place(node: Node, way: str) -> Node:
    """Give the one value at a place."""
    return next(iter(places(node, way)), Node(None, node.source, node.path))


# Signs: `name`, `!name`, `url?`, `on:true`, `type = a, b`, `type ^= trigger-`.

_SIGN = re.compile(
    r"(?P<no>!?)(?P<place>[^=?:~]*?)\s*"
    r"(?:(?P<sort>\?|:true|:false|:list|:mapping)|(?P<lower>~?)(?P<how>[\^*]?=)\s*(?P<words>.*))?"
)
_SORTS: Mapping[str, Callable[[Node], bool]] = {
    "": lambda node: bool(node.text),
    "?": lambda node: node.here,
    ":true": lambda node: node.is_true,
    ":false": lambda node: node.is_false,
    ":list": lambda node: isinstance(node.value, list),
    ":mapping": lambda node: node.is_mapping,
}
_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda text, word: text == word,
    "^=": lambda text, word: text.startswith(word),
    "*=": lambda text, word: word in text,
}


@lru_cache(maxsize=4096)
def _asked(sign: str) -> tuple[bool, str, Callable[[Node], bool]]:
    """Take a sign apart: whether it must not hold, its place, and what is asked there."""
    found = _SIGN.fullmatch(sign)
    if found is None:
        raise ValueError(sign)
    match, words = _MATCHES.get(found["how"] or ""), (found["words"] or "").split(",")
    if match is None:
        return bool(found["no"]), found["place"].strip(), _SORTS[found["sort"] or ""]

    def says_one(node: Node) -> bool:
        told = node.text.lower() if found["lower"] else node.text
        return any(match(told, word.strip()) for word in words)

    return bool(found["no"]), found["place"].strip(), says_one


def holds(node: Node, sign: str) -> bool:
    """Tell whether a sign holds of a value."""
    wrong, where, asks = _asked(sign)
    return any(map(asks, places(node, where))) is not wrong


def fitting(node: Node, way: str, *shape: str) -> list[Node]:
    """Give the values at a place of which all signs hold."""
    return [one for one in places(node, way) if has_shape(one, shape)]


def has_shape(node: Node, shape: Iterable[str | tuple[str, ...]]) -> bool:
    """Tell whether all signs hold; of several in brackets, one."""
    return all(
        holds(node, one) if isinstance(one, str) else any(holds(node, sign) for sign in one)
        for one in shape
    )


# Words: the text of a place stands in braces.

_BRACES = re.compile(r"\{([^{}]*)\}")


def filled(words: str, node: Node) -> str:
    """Put the texts of places into words; of a list the names in it."""
    return _BRACES.sub(lambda found: _shown(node, found.group(1)), words)


def _shown(node: Node, way: str) -> str:
    found = places(node, way)
    return names_of(one.text for one in found if one.text) if "[]" in way else found[0].text
