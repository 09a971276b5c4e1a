"""The tool surface: classes, a matrix by what tools act on, flags, and contradictions."""

from collections import Counter
from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.classify.result import ToolReading
from threatmodel.outputs.pages.labels import CLASSES, FLAGS, SYMBOLS, mark
from threatmodel.outputs.text import count, one_line

_COLUMNS = 7
_NAMED = 120
_LINE, _NAME_LETTERS = 84, 60
_ROW_MARKS = 6


@dataclass(frozen=True, slots=True)
class ClassRow:
    """The tools of one class."""

    name: str
    """Class."""

    mark: str
    """Style name of its risk; empty for the milder ones."""

    policy: str
    """What the policy does with them by default."""

    total: int
    """How many."""

    cells: tuple[str, ...]
    """Count and marks for each column of the matrix."""

    counts: tuple[int, ...]
    """Tools in each column."""

    names: str
    """Names with the letters of their flags, in lines and columns."""


@dataclass(frozen=True, slots=True)
class Surface:
    """All tools."""

    columns: tuple[str, ...]
    """What the columns of the matrix stand for: objects that tools act on."""

    rows: tuple[ClassRow, ...]
    """Classes, most dangerous first."""

    totals: tuple[int, ...]
    """Tools in each column."""

    flags: tuple[tuple[str, str], ...]
    """Letters in use and their meaning."""

    lead: str
    """The finding of this section."""

    contradictions: tuple[tuple[str, str], ...]
    """Tool and where label and effect part ways."""


def surface(assessment: Assessment) -> Surface:
    """Lay out the tools."""
    readings = assessment.readings
    columns = _columns(readings)
    guarded = _defaults(assessment)
    rows = tuple(_row(name, readings, columns, guarded) for name in CLASSES)
    used = {flag for r in readings for flag in r.flags}
    return Surface(
        columns=tuple(columns),
        rows=rows,
        totals=tuple(sum(row.counts[n] for row in rows) for n in range(len(columns))),
        flags=tuple(FLAGS[f] for f in FLAGS if f in used),
        lead=_lead(readings),
        contradictions=tuple((r.name, text) for r in readings for text in r.contradictions),
    )


def _columns(readings: tuple[ToolReading, ...]) -> list[str]:
    objects = Counter(_object(r) for r in readings)
    named = sorted((o for o in objects if o != _OTHER), key=lambda o: (-objects[o], o))
    if len(named) + (_OTHER in objects) > _COLUMNS:
        return [*named[: _COLUMNS - 1], _OTHER]
    return [*named, *([_OTHER] if _OTHER in objects else [])]


_OTHER = "other"


def _object(reading: ToolReading) -> str:
    return next((e.object for e in reading.effects if e.object), _OTHER)


def _row(
    name: str, readings: tuple[ToolReading, ...], columns: list[str], policy: dict[str, str]
) -> ClassRow:
    mine = sorted((r for r in readings if r.tool_class == name), key=lambda r: r.name)
    placed = Counter(o if (o := _object(r)) in columns else _OTHER for r in mine)
    risk = {"Financial": "critical", "Destructive": "critical", "Execute": "high"}.get(name)
    counts = tuple(placed[c] for c in columns)
    cells = tuple(_marks(number, SYMBOLS[name]) for number in counts)
    return ClassRow(
        name,
        mark(risk) if risk else "",
        policy.get(name, ""),
        len(mine),
        cells,
        counts,
        _in_columns(mine),
    )


def _marks(number: int, symbol: str) -> str:
    if not number:
        return ""
    return f"{number} {symbol * min(number, _ROW_MARKS)}{'…' if number > _ROW_MARKS else ''}"


def _in_columns(readings: list[ToolReading]) -> str:
    """Set names in lines of `_LINE` letters, as many columns as fit."""
    names = [_named(r) for r in readings[:_NAMED]]
    wide = max((len(n) for n in names), default=0) + 2
    columns = max(_LINE // wide, 1)
    lines = -(-len(names) // columns)
    rows = ("".join(n.ljust(wide) for n in names[line::lines]).rstrip() for line in range(lines))
    text = "\n".join(rows)
    left = len(readings) - len(names)
    return f"{text}\nand {left} more" if left > 0 else text


def _named(reading: ToolReading) -> str:
    letters = "".join(FLAGS[f][0] for f in FLAGS if f in reading.flags)
    guess = "?" if reading.confidence < 0.5 else ""  # noqa: PLR2004
    name = one_line(reading.name)
    if len(name) > _NAME_LETTERS:
        name = f"{name[: _NAME_LETTERS - 1]}…"
    return f"{name} {letters}{guess}".rstrip()


def _defaults(assessment: Assessment) -> dict[str, str]:
    """Say what the policy does with the tools of each class, where it treats all alike."""
    words = {"hide": "hidden", "deny": "refused", "approval": "a person decides", "rate": ""}
    told: dict[str, str] = {}
    for name in CLASSES:
        tools = [r.name for r in assessment.readings if r.tool_class == name]
        kinds = [
            {g.kind for g in assessment.plan.guards if g.tool == tool} & set(words)
            for tool in tools
        ]
        common = set.intersection(*kinds) if kinds else set()
        limits = {g.limit.max for g in assessment.plan.guards if g.tool in tools and g.limit}
        if "rate" in common and len(limits) == 1:
            told[name] = f"{limits.pop():g} calls a minute each"
        elif tools and not any(kinds):
            told[name] = "allowed" if assessment.plan.guards else ""
        else:
            told[name] = ", ".join(words[k] for k in sorted(common) if words[k])
    return told


def _lead(readings: tuple[ToolReading, ...]) -> str:
    if not readings:
        return ""
    acting = sum(r.tool_class != "Read" for r in readings)
    worst = [r for r in readings if r.tool_class in CLASSES[:2]]
    if not acting:
        if len(readings) == 1:
            return "The one tool reads and changes nothing."
        return f"All {len(readings)} tools read and change nothing."
    verb = "changes, runs or deletes" if acting == 1 else "change, run or delete"
    text = f"{acting} of {count(len(readings), 'tool')} {verb} something."
    if worst:
        text += f" {len(worst)} cannot be undone or {'moves' if len(worst) == 1 else 'move'} money."
    return text
