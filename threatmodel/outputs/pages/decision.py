"""The page that decides: the verdict asked for, its conditions, the worst that can happen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from threatmodel.advise import Advice, advise
from threatmodel.advise.choices import POLICY, Step
from threatmodel.assessment import Assessment
from threatmodel.outputs.claim import enough_known
from threatmodel.outputs.pages.labels import mark
from threatmodel.outputs.text import count, listed, one_line, sentence
from threatmodel.policy.guard import Residual
from threatmodel.score.result import Question, Score
from threatmodel.threats.finding import Finding
from threatmodel.threats.names import LONGEST_NAME, named, plain

LINE = 7.0
"""Score from which an agent is High (AIVSS v0.8); the verdict asked for is a yes below it."""

_STORIES = 3
_NAMED = 3
_SHOWN, _FALLS = 10, 6


@dataclass(frozen=True, slots=True)
class Stair:
    """One condition as a step of the staircase."""

    number: int
    """1 for what is best met first."""

    says: str
    who: str
    value: float
    """Score once it and all before it hold."""

    style: str
    """Style name of that score's band."""

    width: float
    """Length of its bar, per cent of the scale."""

    joined: bool = False
    """Whether it lowers the score only together with the next one."""


@dataclass(frozen=True, slots=True)
class InShort:
    """The decision without its conditions, which take a search."""

    verdict: str
    """Yes, Yes with conditions or open answers, Not as it is, Not yet."""

    asks: str
    """The verdict in a sentence."""

    stories: tuple[str, ...]
    """The worst that can happen, in two sentences each."""

    unknown: tuple[str, ...]
    """What is not known and would change the score."""


@dataclass(frozen=True, slots=True)
class Decision(InShort):
    """What the review board is asked."""

    advice: Advice | None
    """The conditions; None where too little is known for a score."""

    stairs: tuple[Stair, ...]
    """The conditions, in the order in which they are best met."""

    joined: bool
    """Whether some of them lower the score only together."""

    left_out: int
    """Conditions that are not told: no set is enough, and these lower nothing by themselves."""

    today: Stair
    """The score as it is, as the first step."""

    policy: str
    """What the policy does alone; empty where it is no condition."""


def decision_of(assessment: Assessment) -> Decision:
    """Work out what the first minute needs."""
    known = enough_known(assessment)
    advice = advise(assessment, LINE) if known else None
    today = _stair(0, "Today", "", assessment.score.value, assessment.score.severity)
    every = tuple(_climbed(today, advice.steps if advice else ()))
    few = advice is None or advice.reached or len(every) <= _SHOWN
    stairs = every if few else tuple(stair for stair in every if not stair.joined)[-_FALLS:]
    held = advice is not None and advice.reached and bool(advice.steps)
    moving = _lifting(assessment, advice.asked) if advice and held else _moving(assessment)
    verdict, asks = _verdict(assessment, advice, moving)
    asks += _left(advice) if advice else ""
    return Decision(
        verdict=verdict,
        asks=asks,
        advice=advice,
        stairs=stairs,
        joined=any(stair.joined for stair in stairs),
        left_out=len(every) - len(stairs),
        today=today,
        policy=_policy(assessment, advice) if advice else "",
        stories=_stories(assessment),
        unknown=_unknown(moving, " under the conditions" if held else ""),
    )


def _climbed(today: Stair, steps: Sequence[Step]) -> Iterator[Stair]:
    """Make a stair of each condition; those that lower nothing alone are joined to the next."""
    before = today.value
    for n, step in enumerate(steps, 1):
        one = _stair(n, step.choice.says, step.choice.who, step.value, step.severity)
        yield replace(one, joined=step.value >= before and n < len(steps))
        before = step.value


def _stair(number: int, says: str, who: str, value: float, band: str) -> Stair:
    return Stair(number, says, who, value, mark(band), round(value * 10, 1))


def _verdict(
    assessment: Assessment, advice: Advice | None, moving: Sequence[Question] = ()
) -> tuple[str, str]:
    score = assessment.score
    if advice is None:
        return "Not yet", "Too little is known for a decision: the questions below come first."
    if advice.reached and not advice.steps:
        return _as_it_is(score)
    many = count(len(advice.steps), "condition")
    if advice.reached:
        asks = (
            f"By what is known it scores {score.value:.1f} of 10 today and {advice.value:.1f} under"
            f" {many}; from {LINE:.1f} on a risk is high."
        )
        if over := sum(question.high >= LINE for question in moving):
            few = "it stands below" if over == 1 else "they stand below"
            below = f"the {_STORIES} gravest stand below" if over > _STORIES else few
            asks += f" {count(over, 'open answer')} could lift it over that line again: {below}."
            return f"Yes, under {many}, if the open answers come out well", asks
        return f"Yes, under {many}", asks
    asks = (
        f"It scores {score.value:.1f} of 10 today. No conditions known here bring it below"
        f" {LINE:.1f}, where high risk begins; the lowest is {advice.value:.1f}, under {many}."
        f"{_stays(assessment, advice)}"
    )
    return "Not yet", asks


def _left(advice: Advice) -> str:
    """Say to which members of a system strangers' text still comes under the conditions."""
    names = listed(tuple(plain(one.member, LONGEST_NAME) for one in advice.left))
    if not names:
        return ""
    return f" Strangers' text still comes to {names} then: aivss advise tells the ways."


def _stays(assessment: Assessment, advice: Advice) -> str:
    """Say what no condition takes away, as what happens rather than by its name."""
    left = next((f for f in assessment.model.findings if f.id == advice.stays), None)
    return f" What stays: {_happens(left)}" if left else ""


def _happens(finding: Finding) -> str:
    return sentence(one_line(finding.attack or finding.title))


def _policy(assessment: Assessment, advice: Advice) -> str:
    """Say what becomes of the tools under the conditions, the most dangerous ones by name."""
    if not any(step.choice.id.rpartition("/")[2] == POLICY for step in advice.steps):
        return ""
    parts = []
    if advice.hidden:
        parts.append(f"{_some(assessment, advice.hidden)} {_are(advice.hidden)} hidden")
    if advice.slowed:
        parts.append(f"a person approves {_some(assessment, advice.slowed)}")
    parts.append("the other tools can be called with the values that the policy lets pass")
    told = sentence(f"under the conditions {listed(tuple(parts))}")
    settle = _to_name(assessment)
    return f"{told} {sentence(f'to be settled before that: {listed(settle)}')}" if settle else told


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _to_name(assessment: Assessment) -> tuple[str, ...]:
    """List what somebody has to name before calls of that kind pass at all."""
    names = dict.fromkeys(p.name for p in assessment.plan.parameters if p.closed)
    return tuple(_FIELDS[name] for name in names if name in _FIELDS)


def _some(assessment: Assessment, names: Sequence[str]) -> str:
    """Name the most dangerous tools, and count the others."""
    order = {r.name: (-_DANGER.index(r.tool_class), -len(r.flags)) for r in assessment.readings}
    ranked = sorted(names, key=lambda name: (order.get(name, (0, 0)), name))
    first = [named(name) for name in ranked[:_NAMED]]
    more = len(names) - len(first)
    return listed((*first, f"{more} more") if more else tuple(first))


_DANGER = ("Read", "Write", "Execute", "Destructive", "Financial")
_FIELDS = {
    "approvers": "who approves",
    "policy.recipients": "to whom it may write",
    "policy.domains": "which hosts it may call",
}


def _stories(assessment: Assessment) -> tuple[str, ...]:
    """Tell the worst paths, each with an end of its own."""
    told: dict[str, str] = {}
    for path in assessment.model.paths:
        told.setdefault(path.impact, path.story)
    found = tuple(told.values())[:_STORIES]
    if found:
        return found
    return tuple(_happens(f) for f in assessment.model.open[:_STORIES])


def _moving(assessment: Assessment) -> list[Question]:
    """Give the questions that move the score as it is, the ones to ask first in front."""
    score = assessment.score
    asked = [q for q in (*score.questions, *score.run_questions) if q.moves]
    return sorted(asked, key=lambda q: _urgency(assessment, q))


def _lifting(assessment: Assessment, asked: Iterable[Question]) -> list[Question]:
    """Put those questions in front whose answers lift the score over the line again, and most."""
    return sorted(
        asked, key=lambda q: (min(LINE - q.high, 0.0), q.high < LINE, _urgency(assessment, q))
    )


def _urgency(assessment: Assessment, asked: Question) -> tuple[bool, float, str]:
    """Rank a question: what a documented default stands in for can wait, silence cannot."""
    assumed = assessment.facts.facts[asked.fact].basis == "assumed"
    return assumed, -(asked.high - asked.low), asked.fact


def _unknown(moving: Sequence[Question], when: str = "") -> tuple[str, ...]:
    return tuple(
        f"{q.text} If yes it scores {q.if_true:.1f}{when}, if no {q.if_false:.1f}."
        for q in moving[:_STORIES]
    )


def in_short(assessment: Assessment, after: Residual | None) -> InShort:
    """Say what can be said of the decision without a search for conditions."""
    verdict, asks = _short_verdict(assessment, after)
    return InShort(verdict, asks, _stories(assessment), _unknown(_moving(assessment)))


def _short_verdict(assessment: Assessment, after: Residual | None) -> tuple[str, str]:
    value = assessment.score.value
    if not enough_known(assessment):
        return _verdict(assessment, None)
    if value < LINE:
        return _as_it_is(assessment.score)
    policy = "" if after is None else f", {after.value:.1f} with the recommended policy"
    return "Not as it is", (
        f"It scores {value:.1f} of 10 today{policy}; from {LINE:.1f} on a risk is high."
        " Its report lists the conditions for a yes."
    )


def _as_it_is(score: Score) -> tuple[str, str]:
    if score.high < LINE:
        return (
            "Yes",
            f"It scores {score.value:.1f} of 10 as it is; from {LINE:.1f} on a risk is high.",
        )
    return "Yes, if the open answers come out well", (
        f"It scores {score.value:.1f} of 10 by what is known. Open answers could take it to"
        f" {score.high:.1f}; from {LINE:.1f} on a risk is high."
    )
