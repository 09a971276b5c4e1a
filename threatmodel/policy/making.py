"""How one guard is put together: its id, its words and the threats it answers."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypedDict, Unpack

from threatmodel.classify.reading import ToolReading
from threatmodel.policy.guard import EVERY, ArgumentCheck, Guard, GuardKind, RateLimit
from threatmodel.policy.scope import Scope


class Parts(TypedDict, total=False):
    """Fields of a guard that only some kinds have."""

    checks: tuple[ArgumentCheck, ...]
    limit: RateLimit
    after: tuple[str, ...]
    values: tuple[str, ...]
    parameter: str
    message: str
    words: str
    clause: str
    tail: str


def make(
    scope: Scope,
    kind: GuardKind,
    reading: ToolReading | None,
    slots: Mapping[str, str] | None = None,
    **parts: Unpack[Parts],
) -> Guard:
    """Make a guard of one tool, or of all tools without a reading.

    `words` names the row of `kinds.yaml` where it is not the kind's own, `tail` tells guards of one
    kind on one tool apart, `slots` fill the templates.
    """
    words = scope.rules.kinds[parts.get("words", kind)]
    clauses = (parts["clause"],) if "clause" in parts else words.clauses
    tool = reading.name if reading else EVERY
    filled = {"tool": tool, **(slots or {})}
    tail = parts.get("tail", "")
    return Guard(
        id=f"{kind}:{tool}:{tail}" if tail else f"{kind}:{tool}",
        kind=kind,
        tool=tool,
        effect=_effect(reading),
        threats=scope.asked.threats(clauses, tool),
        clause=clauses[0],
        says=words.says.format_map(filled),
        message=parts.get("message") or words.message.format_map(filled),
        checks=parts.get("checks", ()),
        limit=parts.get("limit"),
        after=parts.get("after", ()),
        values=parts.get("values", ()),
        parameter=parts.get("parameter", ""),
    )


def listed(values: Iterable[object], joint: str = "or") -> str:
    """Join values for a sentence: `a, b or c`."""
    words = [str(value) for value in values]
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else "".join(words)


def number(value: float | Decimal) -> str:
    """Write a number without a needless fraction or exponent."""
    exact = Decimal(str(value))
    whole = exact.to_integral_value()
    return format(whole if exact == whole else exact.normalize(), "f")


def _effect(reading: ToolReading | None) -> str:
    if reading is None or not reading.effects:
        return ""
    first = reading.effects[0]
    return f"{first.verb} {first.object}".strip()
