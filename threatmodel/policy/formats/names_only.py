"""Formats that know tools by name only: which names they let through."""

from collections.abc import Callable

from threatmodel.policy.formats.coverage import Arranged, Ledger, ToolGuards
from threatmodel.policy.guard import ArgumentCheck, GuardKind

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
            ledger.weaken(tool.access, f"The tool is refused: {why}.")
            ledger.subsume(tool.bounds, "The tool is refused altogether.")
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
