"""Formats that know tools by name only: which names they let through, and how they are read."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from threatmodel.policy.formats.coverage import Arranged, Ledger, ToolGuards
from threatmodel.policy.guard import ArgumentCheck, CallVerdict, GuardKind

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
    "schema": "Arguments are not looked at.",
    "default-deny": "A tool that is not listed is not refused.",
    "audit": "Recording is set elsewhere.",
}
"""Why a format that knows names only drops a guard."""


def let_through(
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
            ledger.refuse(tool, f"The tool is refused: {why}.")
    return names


def refused(arranged: Arranged, allowed: list[str]) -> list[str]:
    """List the other tools."""
    return [tool.name for tool in arranged.tools if tool.name not in set(allowed)]


# Formats that can ask a person, but cannot look at arguments or remember earlier calls.

_INSTEAD = "A person is asked about every call instead, and may say yes."


def _matters(check: ArgumentCheck) -> bool:
    """Tell whether a person is rather asked about every call than none held to the check."""
    return check.operator != "max_items" and not check.gives_way


def asks(tool: ToolGuards, ledger: Ledger) -> bool:
    """Tell whether every call of a tool is asked about.

    Asking is stricter than waiting only after something, and laxer than refusing: what the plan
    refuses by argument, sum or order is reported as dropped although a person looks at it.
    """
    # What a format cannot look at is asked about in every call, rather than let through unseen.
    depends = [g for g in tool.arguments if any(_matters(check) for check in g.checks)]
    depends += [*tool.spends, *(guard for guard in tool.flows if guard.kind == "sequence")]
    for guard in depends:
        if guard.otherwise == "approval":
            ledger.weaken(guard, "Every call is asked about, whatever its arguments.", "approval")
        else:
            ledger.drop(guard, _INSTEAD)
    tainted = [guard for guard in tool.flows if guard.kind == "taint"]
    for guard in tainted:
        ledger.weaken(guard, "Every call is asked about, whatever was read before.", "approval")
    if tool.access.kind == "dry-run":
        ledger.weaken(tool.access, "Every call is asked about, rehearsals too.", "approval")
        return True
    if tool.access.kind == "approval":
        ledger.keep(tool.access)
        return True
    if depends or tainted:
        ledger.weaken(tool.access, "Every call is asked about.", "approval")
        return True
    ledger.keep(tool.access)
    return False


# What such a policy says once it is read again: each format's `read(text)` gives one of these.

Decide = Callable[[str, str, str], tuple[CallVerdict, bool]]
"""Server, tool and subject -> verdict, and whether the tool is named for it."""


class NamesRead(NamedTuple):
    """A policy that knows tools by name, as we read it."""

    decide: Decide
    """What becomes of a call."""
    limits: Mapping[str, int] = {}
    """Counter -> most calls a minute; `*` counts all tools together."""
    arguments: Mapping[str, frozenset[str]] = {}
    """Tool -> the only arguments that it may be called with."""
    counted: Callable[[str, str], str] = lambda _, tool: tool
    """Server and tool -> the counter of the tool."""


def by_lists(allowed: list[str] | None, refused: list[str] | None) -> Decide:
    """Decide by two lists; where there is only one, a tool is refused by not being on it."""

    def decide(_server: str, tool: str, _subject: str) -> tuple[CallVerdict, bool]:
        if refused is not None and tool in refused:
            return "refuse", True
        if allowed is None or tool in allowed:
            return "pass", False
        return "refuse", refused is None

    return decide
