"""What a score asks to be false, wherever in the rules the condition stands."""

from collections.abc import Iterator
from typing import Any

from threatmodel.knowledge.cases import Cases
from threatmodel.knowledge.load import Knowledge
from threatmodel.knowledge.settings import settings_of


def asked_false(knowledge: Knowledge) -> int:
    """Give the bits of names whose falsehood, rather than truth, makes some condition hold.

    Conditions are those of capabilities, threats, conclusions, vectors and estimates.
    """
    packed = (*_vectors(knowledge), *_steps(knowledge))
    literals = (literal for row in packed for case in row["true"] for literal in case)
    mask = knowledge.mask(*{name[1:] for name in literals if name.startswith("!")})
    for cases in _unpacked(knowledge):
        for _, must_not in cases.true_when:
            mask |= must_not
    return mask


def _unpacked(knowledge: Knowledge) -> Iterator[Cases]:
    for capability in knowledge.capabilities.values():
        yield capability.when
    for threat in knowledge.threats:
        yield from (threat.when, threat.closed_by, threat.reduced_by)
    for rule in settings_of(knowledge).rules:
        yield from filter(None, (rule.when, rule.unless))


def _vectors(knowledge: Knowledge) -> Iterator[Any]:
    for rows in knowledge.sections["vectors"].values():
        yield from (row["when"] for row in rows if row["when"])


def _steps(knowledge: Knowledge) -> Iterator[Any]:
    for factors in knowledge.sections["factors"].values():
        for source in factors.values():
            yield from (step["when"] for step in source["steps"])
