"""Cheap conditions besides the cheapest ones: each ends one of the worst that can happen."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from threatmodel.advise import Advice, advise
from threatmodel.advise.bound import ALONE, Bound, bind, extended
from threatmodel.advise.ends import Ending, WorstCase, ending, story_left
from threatmodel.advise.room import with_room
from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.policy.rules import policy_rules
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


def stories_of(assessment: Assessment) -> tuple[str, ...]:
    """Tell the paths that `worst_of` would choose, in two sentences each."""
    return tuple(lead.tell() for lead in _gravest(assessment, assessment.model.leads))


P = TypeVar("P", AttackPath, Lead)


def _gravest(assessment: Assessment, paths: Iterable[P]) -> tuple[P, ...]:
    """Choose paths, each with an end of its own, the gravest loss first."""
    found: dict[str, P] = {}
    for path in paths:
        found.setdefault(path.impact, path)
    return tuple(_by_gravity(assessment, found.values())[:_STORIES])


def _by_gravity(assessment: Assessment, paths: Iterable[P]) -> list[P]:
    """Sort paths by what is lost on them, the gravest first."""
    rules, known = policy_rules(assessment.knowledge).advise, assessment.facts.firm[0]
    bits = assessment.knowledge.bits
    first = {loss for loss, fact in rules.gravest.items() if known >> bits[fact] & 1}

    def gravity(path: P) -> tuple[bool, int]:
        return path.impact not in first, rules.losses.index(path.impact)

    return sorted(paths, key=gravity)


def left_besides(assessment: Assessment, bound: Bound, worst: Sequence[WorstCase]) -> str:
    """Tell the gravest case besides the worst ones that the conditions leave; empty: none known."""
    members = _members(assessment)
    besides = (p for p in _by_gravity(assessment, assessment.model.paths) if p not in worst)
    told = (story_left(bound, path, members.get(path.id, ALONE)) for path in besides)
    return next(filter(None, told), "")


def story_of(assessment: Assessment, bound: Bound, told: WorstCase) -> str:
    """Tell one of the worst cases as the conditions leave it; empty where they end it."""
    return story_left(bound, told, _members(assessment).get(told.id, ALONE))


def with_cures(
    assessment: Assessment, bound: Bound, worst: Sequence[WorstCase]
) -> tuple[Bound, list[Ending | None]]:
    """Ask also for what is cheap and spares answers, or ends one of the worst cases.

    What becomes of those is given too.
    """
    cheap, members = policy_rules(assessment.knowledge).advise.cheap, _members(assessment)
    ends, first = [], (bound := with_room(bound))
    added: list[tuple[str, str]] = []
    for told in worst:
        member = members.get(told.id, ALONE)
        found = ending(bound, told, member)
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
