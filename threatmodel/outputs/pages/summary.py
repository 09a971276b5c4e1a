"""The first two pages: what it is, what can go wrong, what helps most."""

from collections import Counter
from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.labels import MARKS
from threatmodel.outputs.pages.subject import ASK_FOR_TOOLS
from threatmodel.outputs.text import count, one_line, sentence
from threatmodel.policy.guard import EVERY, Residual
from threatmodel.score.result import Score
from threatmodel.threats.finding import Finding
from threatmodel.threats.names import joined

# Each step twice the one below: two findings to plan weigh as much as one to act on now.
_WEIGHTS = {"act now": 8, "plan": 4, "watch": 2, "note": 1, None: 0}
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do."""

    title: str
    text: str
    """How, in a sentence; may be empty."""
    effect: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many threats stand how."""

    live: int
    """Open or reduced today."""
    open: int
    """Open today, without the reduced ones."""
    reduced: int
    """Open, but made harder or smaller by a control."""
    waiting: int
    """Threats that need an answer."""
    closed: int
    """Threats that controls in place close."""
    words: str
    """Open ones by severity, such as `7 high, 13 medium`; empty where none is open."""
    shared: int
    """Open threats that any agent of this kind on its host has; not among the others."""


def counts(assessment: Assessment) -> Counts:
    """Count the threats."""
    live = assessment.model.open
    states = Counter(f.state for f in assessment.model.findings if not f.shared)
    severities = Counter(str(f.severity) for f in live)
    parts = [f"{severities[s]} {s}" for s in reversed(list(MARKS)) if severities[s]]
    reduced = states["reduced"]
    return Counts(
        len(live),
        len(live) - reduced,
        reduced,
        states["needs_answer"],
        states["closed"],
        ", ".join(parts),
        len(assessment.model.shared),
    )


def hinge_text(assessment: Assessment) -> str:
    """Say that the headline hangs on one tool that may be misread; empty where it does not."""
    hinge = assessment.hinge
    if hinge is None:
        return ""
    read, name = hinge.reading, one_line(hinge.reading.name)
    told = f"`{name}` is read as {read.tool_class} with confidence {read.confidence:.2f}"
    if hinge.shows:
        told = f"nothing but a phrase in the description of `{name}` shows that {hinge.shows}"
    return (
        f"The score hangs on one tool: {told}. Without it the score would be {hinge.value:.1f}."
        " Look at that tool first."
    )


def worst_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Order by priority, then score, then id: what to fix first. A Critical one is never late."""
    return tuple(sorted(findings, key=lambda f: (-_weight(f), -(f.score or 0.0), f.id)))


def _weight(finding: Finding) -> int:
    critical = _WEIGHTS["plan"] if finding.severity == "critical" else 0
    return max(_WEIGHTS[finding.priority], critical)


def enforced(assessment: Assessment) -> Residual | None:
    """Give what is left where the whole plan is enforced, as conditions count it; None without."""
    return next(iter(assessment.residuals), None)


def actions(assessment: Assessment) -> tuple[Action, ...]:
    """Choose the three actions that help most: unknown tools, the policy, what it cannot do."""
    found = [_list_tools(assessment), _policy(assessment), *_mitigations(assessment)]
    return tuple(action for action in found if action is not None)[:_SHOWN]


def _list_tools(assessment: Assessment) -> Action | None:
    if isinstance(assessment.agent.tools, tuple) or not assessment.model.open:
        return None
    asked = assessment.score.questions
    settled = sum(question.fact.startswith("t.") for question in asked)
    effect = f"Settles {settled} of the {len(asked)} answers that move the score most."
    return Action("Find out which tools it has.", ASK_FOR_TOOLS, effect)


def _policy(assessment: Assessment) -> Action | None:
    after = enforced(assessment)
    guards = assessment.plan.guards
    if after is None or not guards or not assessment.model.open:
        return None
    guarded = {(guard.kind, guard.tool) for guard in guards if guard.tool != EVERY}
    kinds = Counter[str](kind for kind, _ in guarded)
    words = {
        "hide": "hides {}",
        "deny": "refuses {}",
        "approval": "asks before {}",
        "rate": "caps {}",
        "argument": "checks arguments of {}",
    }
    told = [
        text.format(count(kinds[kind], "tool"))
        for kind, text in words.items()
        if kinds[kind]
    ]  # fmt: skip
    if not told and any(guard.kind == "rate" for guard in guards):
        told = ["caps all calls together"]
    today = counts(assessment)
    amended = f" ({after.amended:.1f} if the base may not shrink)" if after.amended else ""
    value = assessment.score.value
    change = f"{value:.1f} becomes {after.value:.1f}{amended}"
    if after.value == value:
        change = f"The score stays at {value:.1f}: the worst threat is out of a proxy's reach"
    return Action(
        "Put the recommended policy in front of it.",
        sentence(f"it {joined(tuple(told))}") if told else "",
        f"Leaves {after.open} of {today.live} threats open, {after.reduced} reduced. {change}.",
    )


def _mitigations(assessment: Assessment) -> list[Action]:
    knowledge = assessment.knowledge
    planned = {guard.clause for guard in assessment.plan.guards}
    gain: Counter[str] = Counter()
    helped: dict[str, list[Finding]] = {}
    for finding in assessment.model.open:
        for rank, id_ in enumerate(finding.mitigations):
            row = knowledge.mitigations[id_]
            if row.clauses and planned.intersection(row.clauses):
                continue
            gain[id_] += _WEIGHTS[finding.priority] * (3 if rank == 0 else 2 if rank == 1 else 1)
            helped.setdefault(id_, []).append(finding)
    best = sorted(gain, key=lambda id_: (-gain[id_], id_))[:_SHOWN]
    return [
        Action(
            sentence(knowledge.mitigations[id_].says),
            "",
            f"Helps against {count(len(helped[id_]), 'open threat')}, first of all"
            f" {worst_first(tuple(helped[id_]))[0].id}.",
        )
        for id_ in best
    ]


# Places on the 0 to 10 scale of the first page, and the before-and-after strip.

_LEAST_LABEL, _MOST_LABEL = 14.0, 85.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Places in percent of the scale's width."""

    now: float
    """The score today."""
    label: float
    """Middle of its label, kept inside the scale."""
    after: float | None
    """The score once something is done; None where nothing is asked for."""
    after_text: str
    """That score, and with what it is so, such as `5.9` and `with the conditions`; else empty."""
    after_says: str
    low: float
    """Start of the range."""
    width: float
    middle: float
    """Middle of the range's label, kept inside the scale."""
    told: str
    """All of it in words."""


def scale_of(score: Score, after: tuple[float, str] | None = None, *, known: bool = True) -> Scale:
    """Place a score on the scale; without enough `known` only its range is told.

    `after` is the score once something is done, and with what.
    """
    value, says = after if after and known else (None, "")
    told = f"Score {score.value:.1f} of 10, {score.severity}" if known else "No score yet"
    if score.high > score.low:
        told += f"; range {score.low:.1f} to {score.high:.1f}"
    if value is not None:
        told += f"; {value:.1f} {says}"
    return Scale(
        now=_percent(score.value),
        label=_inside(score.value),
        after=None if value is None else _percent(value),
        after_text="" if value is None else f"{value:.1f}",
        after_says=says,
        low=_percent(score.low),
        width=_percent(score.high - score.low),
        middle=_inside((score.low + score.high) / 2),
        told=f"{told}.",
    )


def _percent(points: float) -> float:
    return round(min(max(points, 0.0), 10.0) * 10, 1)


def _inside(points: float) -> float:
    return min(max(_percent(points), _LEAST_LABEL), _MOST_LABEL)
