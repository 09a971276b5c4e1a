"""Put what was found of each member together: facts, findings, layers and open questions."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import Protocol, TypeVar

from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Fact, Facts, Told
from threatmodel.rules.cases import Masks
from threatmodel.rules.system import SystemRules
from threatmodel.scales import GRAVITY, OPEN
from threatmodel.score.agent import Scored
from threatmodel.score.result import Outcome, Question
from threatmodel.threats.finding import Finding, FindingText, Grounds
from threatmodel.threats.names import LONGEST_NAME, in_sentence, listed, naming
from threatmodel.threats.result import LayerView, ThreatModel


class Placed(Protocol):
    """A member, assessed in its place."""

    @property
    def agent(self) -> Agent:
        """As described."""

    @property
    def facts(self) -> Facts:
        """What is true of it there."""

    @property
    def scored(self) -> Scored:
        """Its score there."""

    @property
    def model(self) -> ThreatModel:
        """What can go wrong there."""


P = TypeVar("P", bound=Placed)


_STATES = ("not_applicable", "closed", "needs_answer")


def worst_of(placed: Sequence[P]) -> P:
    """Give the member with the highest score, the first of several."""
    return max(placed, key=lambda one: one.scored.score.value)


def merged_facts(found: Sequence[Facts]) -> Facts:
    """Tell what holds somewhere in the system; a fact is false where it is false of each member."""
    return Facts(
        said=_masks([facts.said for facts in found]),
        claimed=_masks([facts.claimed for facts in found]),
        asked=reduce(int.__or__, (facts.asked for facts in found)),
        firm=_masks([facts.firm for facts in found]),
        full=_masks([facts.full for facts in found]),
        shaky=reduce(int.__or__, (facts.shaky for facts in found)),
        brought=reduce(int.__and__, (facts.brought for facts in found)),
        readings=tuple(reading for facts in found for reading in facts.readings),
        tell=partial(_told, found),
    )


def _told(found: Sequence[Facts]) -> Told:
    ids = sorted({i for facts in found for i in facts.facts})
    contradictions = {c.id: c for facts in reversed(found) for c in facts.contradictions}
    return Told(
        {i: _fact([facts.facts[i] for facts in found if i in facts.facts]) for i in ids},
        tuple(contradictions[i] for i in sorted(contradictions)),
    )


def _fact(found: Sequence[Fact]) -> Fact:
    """Pick the fact that tells most: true of a member, else unknown of one, else false of all."""
    return next(
        (one for value in (True, None) for one in found if one.value is value),
        found[0],
    )


def _masks(found: Sequence[Masks]) -> Masks:
    true = reduce(int.__or__, (one for one, _ in found))
    return true, reduce(int.__and__, (other for _, other in found)) & ~true


def merged_outcome(placed: Sequence[Placed]) -> Outcome:
    """Give each threat as it stands where it is worst; the headline is the worst member's."""
    first = worst_of(placed).scored.outcome
    worst = {threat: _worst(placed, threat) for threat in first.verdicts}
    rated = {
        threat: one.scored.outcome.rated[threat]
        for threat, one in worst.items()
        if threat in one.scored.outcome.rated
    }
    verdicts = {threat: one.scored.outcome.verdicts[threat] for threat, one in worst.items()}
    return replace(
        first,
        rate=partial(dict, rated),
        judge=partial(dict, verdicts),
        known=_masks([one.scored.outcome.known for one in placed]),
        shared=frozenset(t for t, one in worst.items() if t in one.scored.outcome.shared),
    )


def merged_findings(placed: Sequence[Placed], slug: str) -> tuple[Finding, ...]:
    """Give each threat as it stands in the member where it is worst."""
    found = []
    for at, first in enumerate(placed[0].model.findings):
        member = _worst(placed, first.id)
        one = member.model.findings[at]
        name = member.agent.name
        say = partial(_named_words, one, name)
        found.append(replace(one, finding=f"{slug}/{one.id}", member=name, say=say))
    return tuple(found)


def _named_words(finding: Finding, member: str, part: FindingText, _: Grounds) -> str:
    return naming(finding.text if part == "text" else finding.attack, member)


def _worst(placed: Sequence[P], threat: str) -> P:
    """Find the member in whose place a threat is worst; ties go to the first."""

    def rank(one: P) -> tuple[int, float]:
        outcome = one.scored.outcome
        state = outcome.verdicts[threat].state
        if state in OPEN:
            # A threat of its own before a shared one, however they score: only the former makes a
            # headline.
            own = threat not in outcome.shared
            return 4 + own, float(outcome.rated[threat].result.value)
        return _STATES.index(state), 0.0

    return max(placed, key=rank)


def merged_layers(
    placed: Sequence[Placed], findings: Sequence[Finding], rules: SystemRules
) -> tuple[LayerView, ...]:
    """Give each layer as the member sees it for whom most goes wrong there."""
    return tuple(_layer(placed, at, findings, rules) for at in range(len(placed[0].model.layers)))


def _layer(
    placed: Sequence[Placed], at: int, findings: Sequence[Finding], rules: SystemRules
) -> LayerView:
    views = [one.model.layers[at] for one in placed]
    told = max(views, key=lambda view: (view.certain, GRAVITY[view.worst], view.open))
    member = placed[views.index(told)].agent.name
    live = [f for f in findings if f.layer == told.id and f.state in OPEN and not f.shared]
    worst = max((f.severity for f in live), key=lambda s: GRAVITY[s], default=None)
    words = naming(told.text, member)
    text = rules.say("seen_from", member=in_sentence(member, LONGEST_NAME), text=words)
    if len(placed) == 1:
        return replace(told, open=len(live), worst=worst)
    return replace(told, text=text, open=len(live), worst=worst, member=member)


MemberQuestions = tuple[str, float, tuple[Question, ...]]
"""Member, its score in its place, and its questions."""


def merged_questions(placed: Sequence[MemberQuestions]) -> tuple[Question, ...]:
    """Ask what is open of several members once, with the headline if all of them answer alike.

    Those that move the headline come first, then those that move a member most.
    """
    asked: dict[str, dict[str, Question]] = {}
    for name, _, questions in placed:
        for one in questions:
            asked.setdefault(one.fact, {})[name] = one
    values = {name: value for name, value, _ in placed}
    found = [
        (_merged(of, values), max(q.high - q.low for q in of.values())) for of in asked.values()
    ]
    found.sort(key=lambda pair: _rank(*pair))
    return tuple(one for one, _ in found)


def _merged(of: dict[str, Question], values: dict[str, float]) -> Question:
    """Give the headline for both answers: the highest of those who answer and of the others."""
    others = [value for name, value in values.items() if name not in of]
    first, members = next(iter(of.values())), tuple(of) if len(values) > 1 else ()
    return first._replace(
        text=question_to(members, first.text),
        if_true=max([one.if_true for one in of.values()] + others),
        if_false=max([one.if_false for one in of.values()] + others),
        threats=tuple(dict.fromkeys(threat for one in of.values() for threat in one.threats)),
        members=members,
    )


def _rank(one: Question, moves: float) -> tuple[float, float, float, int, str]:
    headline = -round(one.high - one.low, 1)
    return headline, -round(moves, 1), -one.high, -len(one.threats), one.fact


def question_to(members: Sequence[str], question: str) -> str:
    """Name those who are asked in front of a question; it stands by itself for one agent."""
    names = listed([in_sentence(name, LONGEST_NAME) for name in members]) if members else ""
    return f"{names}: {question}" if names else question
