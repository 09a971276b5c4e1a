"""Room below the line: conditions besides the cheapest ones, so that a yes hangs on few answers."""

from collections.abc import Iterable, Iterator

from threatmodel.advise import told
from threatmodel.advise.bound import ALONE, Bound, bind
from threatmodel.advise.search import Passes, cheapest
from threatmodel.advise.trial import Trial
from threatmodel.score.result import Question

_EXACT = 1e-9
"""Room for the error of tenths in floating point."""


def with_room(bound: Bound) -> Bound:
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
