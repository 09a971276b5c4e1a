"""The tool surface: one matrix of what tools act on and do, flags, and contradictions."""

from collections import Counter
from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.classify.result import ToolReading
from threatmodel.outputs.pages.labels import FLAGS, SYMBOLS, mark
from threatmodel.outputs.text import count, cut, one_line
from threatmodel.scales import GRAVEST_FIRST

_ROWS = 9
_NAMED = 60
# On paper nobody scrolls: of a large set six mild tools of a field are named, and ten grave ones.
_LARGE, _NAMED_OF_LARGE = 100, (6, 10)
_NAME_LETTERS = 60
# A pair of words names a group that mostly has both; columns grow slower than the tools in them.
_SHARE, _GROWTH = 0.8, 0.75
_OTHER, _ALL = "Others", "All"
_LABEL, _WIDTH, _LEAST = 6.6, 54.8, 5.5


@dataclass(frozen=True, slots=True)
class ClassColumn:
    """One class of tools."""

    name: str
    mark: str
    """Style name of its risk; empty for the milder ones."""
    symbol: str
    """Its mark, a glyph of Marks.ttf."""
    policy: str
    """What the policy does with them by default."""
    total: int
    wide: float
    """Width in rem."""


@dataclass(frozen=True, slots=True)
class ThingRow:
    """Tools that act on the same thing."""

    about: str
    """What they act on."""
    cells: tuple[str, ...]
    """Names with the letters of their flags, for each column; empty where there is none."""


@dataclass(frozen=True, slots=True)
class ToolMatrix:
    """All tools as one matrix: what they act on by what they do."""

    columns: tuple[ClassColumn, ...]
    """Classes with tools, most dangerous first."""
    rows: tuple[ThingRow, ...]
    """Things that tools act on, the most tools first."""
    flags: tuple[tuple[str, str], ...]
    """Letters in use and their meaning."""
    lead: str
    """The finding of this section."""
    contradictions: tuple[tuple[str, str], ...]
    """Tool and where label and effect part ways."""


def surface(assessment: Assessment, *, paper: bool = False) -> ToolMatrix:
    """Lay out the tools; a page of paper counts most of a large set's milder ones."""
    readings = assessment.readings
    used = {flag for r in readings for flag in r.flags}
    columns = _columns(assessment)
    large = paper and len(readings) > _LARGE
    return ToolMatrix(
        columns=columns,
        rows=tuple(
            ThingRow(
                about,
                tuple(
                    _cell(
                        [r for r in found if r.tool_class == c.name],
                        _NAMED_OF_LARGE[bool(c.mark)] if large else _NAMED,
                    )
                    for c in columns
                ),
            )
            for about, found in _by_object(readings).items()
        ),
        flags=tuple(FLAGS[f] for f in FLAGS if f in used),
        lead=_lead(readings),
        contradictions=tuple((r.name, text) for r in readings for text in r.contradictions),
    )


def _columns(assessment: Assessment) -> tuple[ClassColumn, ...]:
    totals = Counter[str](reading.tool_class for reading in assessment.readings)
    guarded = _defaults(assessment)
    risks = {"Financial": "critical", "Destructive": "critical", "Execute": "high"}
    shares = {name: totals[name] ** _GROWTH for name in GRAVEST_FIRST if totals[name]}
    rest = _WIDTH - _LABEL - _LEAST * len(shares)
    return tuple(
        ClassColumn(
            name,
            mark(risks[name]) if name in risks else "",
            SYMBOLS[name],
            guarded.get(name, ""),
            totals[name],
            round(_LEAST + rest * share / sum(shares.values()), 1),
        )
        for name, share in shares.items()
    )


def _by_object(readings: tuple[ToolReading, ...]) -> dict[str, list[ToolReading]]:
    """Group tools by a word that several of their objects share, the word of most tools first."""
    left = sorted(readings, key=lambda r: r.name)
    groups: dict[str, list[ToolReading]] = {}
    while len(groups) < _ROWS:
        shared = Counter(word for r in left for word in dict.fromkeys(_object(r)))
        best = min(shared, key=lambda word: (-shared[word], word), default="")
        if shared[best] < 2:  # noqa: PLR2004 - what one tool has is no group
            break
        found = [r for r in left if best in _object(r)]
        groups[_title(best, found)] = found
        left = [r for r in left if best not in _object(r)]
    if left:
        groups[_OTHER if groups else _ALL] = left
    return groups


def _object(reading: ToolReading) -> tuple[str, ...]:
    return next((tuple(e.object.split()) for e in reading.effects if e.object), ())


def _title(word: str, readings: list[ToolReading]) -> str:
    """Name a group by a pair of words that most of it shares, else by its word."""
    pairs = Counter(
        pair for r in readings for pair in zip(_object(r), _object(r)[1:], strict=False)
        if word in pair
    )  # fmt: skip
    pair, times = next(iter(pairs.most_common(1)), ((word,), 0))
    told = " ".join(pair) if times >= _SHARE * len(readings) else word
    return cut(told[0].upper() + told[1:], _NAME_LETTERS)


def _cell(readings: list[ToolReading], most: int) -> str:
    names = [_named(r) for r in readings[:most]]
    left = len(readings) - len(names)
    return ", ".join([*names, f"and {left} more"] if left else names)


def _named(reading: ToolReading) -> str:
    letters = "".join(FLAGS[f][0] for f in FLAGS if f in reading.flags)
    guess = "?" if reading.confidence < 0.5 else ""  # noqa: PLR2004
    name = one_line(reading.name)
    if len(name) > _NAME_LETTERS:
        name = f"{name[: _NAME_LETTERS - 1]}…"
    return f"{name}\u00a0{letters}{guess}" if letters or guess else name


def _defaults(assessment: Assessment) -> dict[str, str]:
    """Say what the policy does with the tools of each class, where it treats all alike."""
    words = {"hide": "hidden", "deny": "refused", "approval": "a person decides", "rate": ""}
    told: dict[str, str] = {}
    for name in GRAVEST_FIRST:
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
    final = sum("t.final" in dict(r.traits) for r in readings)
    if not acting:
        if len(readings) == 1:
            return "The one tool reads and changes nothing."
        return f"All {len(readings)} tools read and change nothing."
    verb = "changes, runs or deletes" if acting == 1 else "change, run or delete"
    text = f"{acting} of {count(len(readings), 'tool')} {verb} something."
    if final:
        text += f" {final} {'does' if final == 1 else 'do'} what cannot simply be taken back."
    return text
