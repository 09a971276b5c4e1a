"""Verbs in scripts that do not part words the way Latin names do."""

import re
from functools import lru_cache

from threatmodel.classify.lexicon import VerbForm
from threatmodel.classify.rules import ClassRules

_REACH = 60


def find_in_script(text: str, rules: ClassRules) -> VerbForm | None:
    """Find the first verb of another script near the start of a text."""
    if text.isascii():
        return None
    match = _verbs(rules).search(text[:_REACH].lower())
    return rules.scripts[match.group()] if match else None


@lru_cache(maxsize=4)
def _verbs(rules: ClassRules) -> re.Pattern[str]:
    """All of them, longer ones first so that the fullest reading wins."""
    words = sorted(rules.scripts, key=lambda word: (-len(word), word))
    return re.compile("|".join(re.escape(word) for word in words))
