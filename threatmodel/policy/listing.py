"""Formats that know tools by name only: which names they let through."""

from collections.abc import Callable

from threatmodel.policy.arranged import Arranged
from threatmodel.policy.guard import GuardKind
from threatmodel.policy.ledger import Ledger

NOBODY = "aivss-none"
"""A name that no tool and no group has: a list that must not be empty, and lets nothing through."""

BY_NAME: dict[GuardKind, str] = {
    "rate": "Calls are not counted per tool.",
    "argument": "Arguments are not looked at.",
    "spend": "Arguments are not looked at.",
    "subject": "Who calls is set elsewhere.",
    "taint": "There is no memory of earlier calls.",
    "sequence": "There is no memory of earlier calls.",
    "repeat": "Calls are not counted.",
    "pin": "Definitions are not compared.",
    "default-deny": "A tool that is not listed is not refused.",
    "audit": "Recording is set elsewhere.",
}
"""Why a format that knows names only drops a guard."""


def through(
    arranged: Arranged, ledger: Ledger, writable: Callable[[str], bool] = lambda _: True
) -> list[str]:
    """List the tools that may be called; what waits for a person or cannot be named may not."""
    names = []
    for tool in arranged.tools:
        kind = tool.access.kind
        if not tool.callable:
            ledger.keep(tool.access)
        elif kind == "allow" and writable(tool.name):
            ledger.keep(tool.access)
            names.append(tool.name)
        else:
            why = "its name cannot be written here" if kind == "allow" else "nobody can be asked"
            ledger.weaken(tool.access, f"The tool is refused: {why}.")
            ledger.subsume(tool.bounds, "The tool is refused altogether.")
    return names


def refused(arranged: Arranged, allowed: list[str]) -> list[str]:
    """List the other tools."""
    return [tool.name for tool in arranged.tools if tool.name not in set(allowed)]
