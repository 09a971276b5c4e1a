"""A second opinion on judging: from the conditions as written, the slow and obvious way."""

from collections.abc import Mapping
from fractions import Fraction

import networkx as nx

from threatmodel.rules.condition import AtLeast, Node, parse_condition, polarities, value_of
from threatmodel.rules.graph import build_graph
from threatmodel.rules.load import Knowledge
from threatmodel.rules.rows import ThreatRow

Values = Mapping[str, bool | None]
"""Value of each fact and control; left out means unknown."""

Judged = tuple[str, str, str, str]
"""State, impact, likelihood, severity."""


def _in_order(knowledge: Knowledge) -> tuple[str, ...]:
    """List the capabilities so that each comes after those it is made of."""
    parts = build_graph(knowledge).subgraph((*knowledge.facts, *knowledge.capabilities))
    return tuple(name for name in nx.topological_sort(parts) if name in knowledge.capabilities)


class Oracle:
    """Judges as `evaluate.judge` should, without sharing its code; for tests."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Read every condition as it is written."""
        self._knowledge = knowledge
        self._order = _in_order(knowledge)
        self._capabilities = {n: self._read(row.text) for n, row in knowledge.capabilities.items()}
        self._when = {row.id: self._read(row.texts.when) for row in knowledge.threats}
        self._closed = {row.id: self._read(row.texts.closed_by) for row in knowledge.threats}
        self._reduced = {row.id: self._read(row.texts.reduced_by) for row in knowledge.threats}

    def judge(self, values: Values, firm: Values) -> dict[str, Judged]:
        """Judge every threat; `values` with presumed facts, `firm` without."""
        every, known = self._with_capabilities(values), self._with_capabilities(firm)
        return {row.id: self._judged(row, every, known) for row in self._knowledge.threats}

    def _read(self, text: str) -> Node:
        return parse_condition(text, self._knowledge.bits)

    def _with_capabilities(self, values: Values) -> dict[str, bool | None]:
        every = dict(values)
        for name in self._order:
            every[name] = value_of(self._capabilities[name], every)
        return every

    def _judged(self, row: ThreatRow, every: Values, known: Values) -> Judged:
        table = self._knowledge.priority
        state = self._state(row, every, known)
        raised = sum(every.get(name) is True for name in row.raise_if)
        likelihood = table.likelihoods.index(row.likelihood)
        likelihood = min(3, likelihood + (2 if raised >= 3 else 1 if raised else 0))
        if state in {"closed", "reduced", "open_assumed"}:
            met, terms = part_met(self._closed[row.id], every)
            half = bool(terms) and Fraction(met, terms) >= Fraction(1, 2)
            likelihood = max(0, likelihood - (2 if half else 1 if state == "reduced" else 0))
        impact = table.impacts.index(row.impact)
        impact = min(3, impact + any(every.get(name) is True for name in row.raise_impact))
        priority = table.matrix[impact][likelihood]
        return state, table.impacts[impact], table.likelihoods[likelihood], priority

    def _state(self, row: ThreatRow, every: Values, known: Values) -> str:
        applies = value_of(self._when[row.id], every)
        if applies is False:
            return "not_applicable"
        if applies is None or value_of(self._when[row.id], known) is not True:
            return "needs_answer"
        if value_of(self._closed[row.id], every):
            return "closed"
        if value_of(self._reduced[row.id], every):
            return "reduced"
        nodes = (self._closed[row.id], self._reduced[row.id])
        named = {name for node in nodes for name, _ in polarities(node)}
        asked = named & set(self._knowledge.controls)
        absent = all(every.get(name) is False for name in asked)
        return "open_stated" if absent else "open_assumed"


def part_met(node: Node, values: Values) -> tuple[int, int]:
    """Count the terms of a condition that are met, and the terms: of `or`, the best branch."""
    if not isinstance(node, AtLeast):
        return int(value_of(node, values) is True), 1
    counted = [part_met(part, values) for part in node.parts]
    if node.count == len(node.parts):
        return sum(met for met, _ in counted), sum(terms for _, terms in counted)
    return max(counted, key=lambda pair: Fraction(*pair), default=(0, 0))
