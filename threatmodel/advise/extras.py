"""Conditions besides the cheapest ones: each spares answers, or ends one of the worst cases."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from threatmodel.advise import Advice, advise, told
from threatmodel.advise.binding import ALONE, Bound, bind, extended
from threatmodel.advise.cases import WorstCase
from threatmodel.advise.endings import Ending, ToldCase, case_left, ending
from threatmodel.advise.search import Passes, cheapest
from threatmodel.advise.trial import Trial
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.policy.rules import policy_rules
from threatmodel.score.result import Question
from threatmodel.threats.result import AttackPath, Lead

# A board reads one page: three worst cases fit on it, with what stops each.
_STORIES = 3


def advise_with_cures(assessment: Assessment, under: float, kind: str = "") -> Advice:
    """Find the cheapest conditions as `advise` does, and ask besides for what is cheap."""
    found = advise(assessment, under, kind)
    if not found.reached or not found.steps:
        return found
    return with_cures(assessment, bind(assessment, found), worst_of(assessment))[0].advice


def worst_of(assessment: Assessment) -> tuple[WorstCase, ...]:
    """Choose paths, each with an end of its own, the gravest loss first; else the worst threats."""
    return _gravest(assessment, assessment.model.paths) or assessment.model.open[:_STORIES]


def told_as_it_is(assessment: Assessment) -> tuple[ToldCase, ...]:
    """Tell the paths that `worst_of` would choose, in two sentences each; empty: it has none."""
    leads = _gravest(assessment, assessment.model.leads)
    return tuple(ToldCase(lead.tell(), lead.worst) for lead in leads)


P = TypeVar("P", AttackPath, Lead)


def _gravest(assessment: Assessment, paths: Iterable[P]) -> tuple[P, ...]:
    """Choose paths, each with a loss of its own, the gravest first."""
    impacts = assessment.knowledge.sections["wording"]["paths"]["impacts"]
    found: dict[str, P] = {}
    for path in _by_gravity(assessment, paths):
        found.setdefault(impacts[path.impact].get("like", path.impact), path)
    return tuple(found.values())[:_STORIES]


def _by_gravity(assessment: Assessment, paths: Iterable[P]) -> list[P]:
    """Sort paths by what is lost on them, the gravest first."""
    rules, known = policy_rules(assessment.knowledge).advise, assessment.facts.firm[0]
    bits = assessment.knowledge.bits
    first = {loss for loss, fact in rules.gravest.items() if known >> bits[fact] & 1}

    def gravity(path: P) -> tuple[bool, int]:
        return path.impact not in first, rules.losses.index(path.impact)

    return sorted(paths, key=gravity)


def left_besides(assessment: Assessment, bound: Bound, worst: Sequence[WorstCase]) -> ToldCase:
    """Tell the gravest case besides the worst ones that the conditions leave; empty: none known."""
    members = _members(assessment)
    besides = (p for p in _by_gravity(assessment, assessment.model.paths) if p not in worst)
    told = (case_left(bound, path, members.get(path.id, ALONE)) for path in besides)
    return next((one for one in told if one.story), ToldCase())


def left_of(assessment: Assessment, bound: Bound, told: WorstCase) -> ToldCase:
    """Tell one of the worst cases as the conditions leave it."""
    return case_left(bound, told, _members(assessment).get(told.id, ALONE))


def with_cures(
    assessment: Assessment, bound: Bound, worst: Sequence[WorstCase]
) -> tuple[Bound, list[Ending | None]]:
    """Ask also for what is cheap and spares answers, or ends one of the worst cases.

    What becomes of those is given too.
    """
    cheap, members = policy_rules(assessment.knowledge).advise.cheap, _members(assessment)
    ends, first = [], (bound := _with_room(bound))
    added: list[tuple[str, str]] = []
    for case in worst:
        member = members.get(case.id, ALONE)
        found = ending(bound, case, member)
        cure = found.besides if found else None
        if cure and cure.effort <= cheap and cure.states:
            bound = extended(bound, member, cure.id)
            added.append((member, cure.id))
        ends.append(found)
    if not added:
        return bound, ends
    found_last = endings(assessment, bound, worst)
    # A cure of one case may end another one too, and spare what was asked for against that.
    used = {one for end in found_last if end for one in end.by}
    kept = [(m, one) for m, one in added if (f"{m}/{one}" if m else one) in used]
    if kept == added:
        return bound, found_last
    bound = first
    for member, one in kept:
        bound = extended(bound, member, one)
    return bound, endings(assessment, bound, worst)


def endings(
    assessment: Assessment, bound: Bound, worst: Sequence[WorstCase]
) -> list[Ending | None]:
    """Tell of each of the worst cases what ends it."""
    members = _members(assessment)
    return [ending(bound, told, members.get(told.id, ALONE)) for told in worst]


def _members(assessment: Assessment) -> dict[str, str]:
    """Give the member that each path of a system ends at."""
    paths = assessment.paths if isinstance(assessment, SystemAssessment) else ()
    return {one.path.id: one.member for one in paths}


_EXACT = 1e-9
"""Room for the error of tenths in floating point."""


def _with_room(bound: Bound) -> Bound:
    """Ask for more where a yes hangs on answers that nobody could all give, or on many.

    Members of a system are left as they are.
    """
    part = bound.parts.get(ALONE)
    if part is None:
        return bound
    trial, under, asked = part.trial, bound.advice.under, bound.advice.asked
    held = first = frozenset(part.steps)
    held = _possible(trial, held, _undoing(asked, under), under)
    if held != first:
        asked = trial.asked(held)
    held = _fewer(trial, held, _undoing(asked, under), under)
    held = _needed(trial, first, held, under)
    if held == first:
        return bound
    return bind(trial.assessment, told(trial, held, under, reached=True))


def _undoing(asked: Iterable[Question], under: float) -> frozenset[str]:
    """Give the facts of which one answer alone undoes a yes."""
    return frozenset(one.fact for one in asked if one.high >= under)


def _possible(
    trial: Trial, held: frozenset[str], undoing: frozenset[str], under: float
) -> frozenset[str]:
    """Leave one way open where one of several facts is always so, and each would undo the yes."""
    for facts in trial.rules.advise.either:
        if undoing.issuperset(facts):
            ways = [more for fact in facts if (more := _bearing(trial, held, fact, under))]
            held |= min(ways, key=lambda some: _effort(trial, some), default=frozenset())
    return held


def _bearing(trial: Trial, held: frozenset[str], fact: str, under: float) -> frozenset[str] | None:
    """Find the cheapest with which a fact may be so; None: nothing is cheap enough."""
    return _cheapest(
        trial, held, lambda more: trial.value_if(held | more, [(fact, True)]) < under - _EXACT
    )


def _fewer(
    trial: Trial, held: frozenset[str], undoing: frozenset[str], under: float
) -> frozenset[str]:
    """Ask for the least that leaves few answers; else for what leaves the fewest, if it pays."""
    rules, best, fewest = trial.rules.advise, held, len(undoing)
    for more in _lower(trial, held):
        if fewest <= rules.many:
            break
        left = len(_undoing(trial.asked(held | more), under))
        if left <= fewest - rules.spares:
            best, fewest = held | more, left
    return best


def _needed(
    trial: Trial, first: frozenset[str], held: frozenset[str], under: float
) -> frozenset[str]:
    """Leave out again what spares no answer, since something asked for after it does."""
    for one in sorted(held - first, key=lambda one: (-trial.choices[one].effort, one)):
        fewer = held - {one}
        if trial.assessed(fewer).value < under - _EXACT:
            undoing = _undoing(trial.asked(fewer), under)
            if undoing <= _undoing(trial.asked(held), under):
                held = fewer
    return held


def _lower(trial: Trial, held: frozenset[str]) -> Iterator[frozenset[str]]:
    """Give, for ever lower scores, the cheapest that reaches it besides."""
    value = trial.assessed(held).value
    while True:
        reach = value - 0.1 + _EXACT
        more = _cheapest(
            trial,
            held,
            lambda more, reach=reach: trial.value(held | more) <= reach,  # type: ignore[misc]
            lambda more, reach=reach: trial.assessed(held | more).value <= reach,  # type: ignore[misc]
        )
        if not more:
            return
        yield more
        value = trial.assessed(held | more).value


def _cheapest(
    trial: Trial, held: frozenset[str], passes: Passes, surely: Passes = lambda _: True
) -> frozenset[str] | None:
    """Find the cheapest of what can be done besides, within the days that there are for it."""
    most = trial.rules.advise.room
    efforts = {
        one.id: one.effort
        for one in trial.choices.values()
        if one.id not in held and not one.verify and one.effort <= most
    }
    return cheapest(efforts, passes, surely, most)


def _effort(trial: Trial, some: Iterable[str]) -> int:
    return sum(trial.choices[one].effort for one in some)
