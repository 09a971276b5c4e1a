"""Prose of the engine as HTML: escaped, with the names of tools set as code."""

import re
from collections.abc import Collection
from html import escape

from threatmodel.outputs.text import visible

_WORD = re.compile(r"`([^`\n]{1,200})`|[A-Za-z_][\w./-]*[\w]|[A-Za-z]")
_LONGEST, _LONG = 40, ' class="l"'
_TELLING = re.compile(r"[-_./0-9]|[a-z][A-Z]")


def as_html(text: str, names: Collection[str] = ()) -> str:
    """Escape prose; words in backquotes and names that no prose would use become code."""
    safe = visible(text)
    parts, at = [], 0
    for found in _WORD.finditer(safe):
        word = found[1] or found[0]
        if found[1] or (word in names and _TELLING.search(word)):
            parts += [
                escape(safe[at : found.start()]),
                f"<code{_LONG if len(word) > _LONGEST else ''}>{escape(word)}</code>",
            ]
            at = found.end()
    return "".join([*parts, escape(safe[at:])])
