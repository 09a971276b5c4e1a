"""The first two pages: what it is, what can go wrong, what helps most."""

from collections import Counter
from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.classify.result import ToolReading
from threatmodel.classify.words import split_name
from threatmodel.outputs.pages.labels import DOES, FORMS, KINDS, MARKS, SENDS
from threatmodel.outputs.text import count, cut, listed, one_line, sentence
from threatmodel.policy.guard import EVERY, Residual
from threatmodel.score.result import Score
from threatmodel.threats.finding import Finding
from threatmodel.threats.names import plural

_WEIGHTS = {"act now": 8, "plan": 4, "watch": 2, "note": 1, None: 0}
_SHOWN = 3
_LINE = 80


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do."""

    title: str
    """What."""

    text: str
    """How, in a sentence; may be empty."""

    effect: str
    """What it changes."""


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


def what_it_is(assessment: Assessment) -> str:
    """Describe the agent in the words of its description, else in what is known of it."""
    agent = assessment.agent
    purpose = getattr(agent.business, "purpose", None)
    if agent.summary or purpose:
        return " ".join(sentence(one_line(t)) for t in (agent.summary, purpose) if t)
    kind = KINDS[agent.kind]
    if not assessment.readings:
        return f"{sentence(kind)} {without_tools(assessment)}"
    tools = count(len(assessment.readings), "tool")
    return f"{sentence(kind)} It offers {tools}{_by_class(assessment)}.{_works_on(assessment)}"


def _works_on(assessment: Assessment) -> str:
    """Name what most of its tools act on; nothing where no thing stands out."""
    own = set(split_name(assessment.agent.name.lower()))
    acted = (next((e.object for e in r.effects if e.object), "") for r in assessment.readings)
    things = Counter(thing for thing in acted if thing and thing not in own)
    often = [plural(thing) for thing, times in things.most_common(3) if times >= _OFTEN]
    return f" They work mostly on {listed(tuple(often))}." if len(often) > 1 else ""


def without_tools(assessment: Assessment) -> str:
    """Say that no tool is listed: what would have to be known, what it moves, how to get it."""
    if isinstance(assessment.agent.tools, tuple):
        return "It has no tools."
    score = assessment.score
    return (
        "Nothing here lists its tools, so what it can read, change or send is unknown: with the"
        f" answers the score can end anywhere from {score.low:.1f} to {score.high:.1f}."
        f" {_ASK_FOR_TOOLS}"
    )


def _by_class(assessment: Assessment) -> str:
    """Say how many tools do what, the harmless first."""
    found = Counter(map(_does, assessment.readings))
    does = [(found[name], does[found[name] > 1]) for name, does in DOES.items() if found[name]]
    if len(does) == 1:
        return f", which {does[0][1]}"
    return ": " + listed(tuple(f"{number} {words}" for number, words in does))


def _does(reading: ToolReading) -> str:
    """Give the class of a tool, and what writes by sending a name of its own."""
    sends = bool(reading.effects) and reading.effects[0].verb in _SENDING
    return SENDS if sends and reading.tool_class == "Write" else reading.tool_class


_SENDING = frozenset({"send", "publish", "share", "phone"})
_OFTEN = 3
"""Tools that act on a thing before it is told as what the server works on."""


def kind_line(assessment: Assessment) -> str:
    """Say what was assessed: kind, form, version, vendor."""
    agent = assessment.agent
    parts = [KINDS[agent.kind], FORMS[agent.form]]
    if agent.version:
        parts.append(f"version {cut(one_line(agent.version), _LINE)}")
    if agent.vendor:
        parts.append(f"made by {cut(one_line(agent.vendor), _LINE)}")
    text = "; ".join(parts)
    return text[0].upper() + text[1:]


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


_ASK_FOR_TOOLS = (
    "To get the list, let aivss import --live ask for it, or add the answer to tools/list."
)


def _list_tools(assessment: Assessment) -> Action | None:
    if isinstance(assessment.agent.tools, tuple) or not assessment.model.open:
        return None
    asked = assessment.score.questions
    settled = sum(question.fact.startswith("t.") for question in asked)
    effect = f"Settles {settled} of the {len(asked)} answers that move the score most."
    return Action("Find out which tools it has.", _ASK_FOR_TOOLS, effect)


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
        sentence(f"it {listed(tuple(told))}") if told else "",
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

_LEAST_LABEL, _MOST_LABEL = 14.0, 88.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Places in percent of the scale's width."""

    now: float
    """The score today."""

    label: float
    """Middle of its label, kept inside the scale."""

    after: float | None
    """The score with the policy; None without one."""

    low: float
    """Start of the range."""

    width: float
    """Width of the range."""

    middle: float
    """Middle of the range's label, kept inside the scale."""

    told: str
    """All of it in words."""


def scale_of(score: Score, after: Residual | None) -> Scale:
    """Place a score on the scale."""
    told = f"Score {score.value:.1f} of 10, {score.severity}"
    if score.high > score.low:
        told += f"; range {score.low:.1f} to {score.high:.1f}"
    if after is not None:
        told += f"; {after.value:.1f} with the policy"
    return Scale(
        now=_percent(score.value),
        label=_inside(score.value),
        after=None if after is None else _percent(after.value),
        low=_percent(score.low),
        width=_percent(score.high - score.low),
        middle=_inside((score.low + score.high) / 2),
        told=f"{told}.",
    )


def _percent(points: float) -> float:
    return round(min(max(points, 0.0), 10.0) * 10, 1)


def _inside(points: float) -> float:
    return min(max(_percent(points), _LEAST_LABEL), _MOST_LABEL)
