"""Name the member where the words about one agent alone need not."""

import re

from threatmodel.threats.names import LONGEST_NAME, plain

_UNNAMED = re.compile(r"\b[Tt]his (?:agent|server|skill)\b")


def naming(text: str, member: str) -> str:
    """Put a member's name in the place of `this agent`, `this server` and `this skill`."""
    name = plain(member, LONGEST_NAME)
    return _UNNAMED.sub(lambda _: name, text)
