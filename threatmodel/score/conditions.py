"""Every condition that a score depends on, wherever in the rules it stands."""

from collections.abc import Iterator
from typing import Any

from threatmodel.knowledge.cases import Cases
from threatmodel.knowledge.load import Knowledge, unpack
from threatmodel.knowledge.settings import settings_of


def every_condition(knowledge: Knowledge) -> Iterator[Cases]:
    """Yield the conditions of capabilities, threats, conclusions, vectors and estimates."""
    for capability in knowledge.capabilities.values():
        yield capability.when
    for threat in knowledge.threats:
        yield from (threat.when, threat.closed_by, threat.reduced_by)
    for rule in settings_of(knowledge).rules:
        yield from filter(None, (rule.when, rule.unless))
    for packed in (*_vectors(knowledge), *_steps(knowledge)):
        yield unpack(packed, knowledge)


def _vectors(knowledge: Knowledge) -> Iterator[Any]:
    for rows in knowledge.sections["vectors"].values():
        yield from (row["when"] for row in rows if row["when"])


def _steps(knowledge: Knowledge) -> Iterator[Any]:
    for factors in knowledge.sections["factors"].values():
        for source in factors.values():
            yield from (step["when"] for step in source["steps"])
