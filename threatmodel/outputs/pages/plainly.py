"""Words of a page said plainly, for who does not build such things."""

import re
from collections.abc import Iterable, Iterator

from threatmodel.rules.advise import WordRule

_NAMES = re.compile(r"`[^`]*`|\S*[a-z0-9][-_./][a-z0-9]\S*", re.IGNORECASE)
"""Names of tools and places: what stands in them is no word of the page."""


def said_plainly(texts: Iterable[str], rules: Iterable[WordRule]) -> tuple[tuple[str, str], ...]:
    """Give the words that texts use with what they mean, in the order of the rules."""
    page = " ".join(_NAMES.sub(" ", text) for text in texts)
    return tuple((", ".join(used), rule.means) for rule in rules if (used := [*_used(page, rule)]))


def _used(page: str, rule: WordRule) -> Iterator[str]:
    for word in rule.words:
        if re.search(rf"\b{re.escape(word)}(?:s|es)?\b", page, re.IGNORECASE):
            yield word
