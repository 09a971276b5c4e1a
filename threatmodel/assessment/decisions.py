"""Decisions on findings, held to what is found: none may be expired, none may hang in the air."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from threatmodel.description.agent import Agent
from threatmodel.errors import InvalidFileError
from threatmodel.facts.fact import Contradiction, Facts
from threatmodel.scales import OPEN
from threatmodel.score.agent import CONTRADICTION, Scored


def contradictions_of(facts: Facts, scored: Scored) -> tuple[Contradiction, ...]:
    """List what contradicts what: facts, and a given base below the worst derived path."""
    found = list(facts.contradictions)
    given = scored.engine.terms.cvss
    if given is not None and scored.score.cvss.note:
        found.append(Contradiction(CONTRADICTION, "cvss", scored.score.cvss.note))
    return tuple(sorted(found, key=lambda c: c.id))


def check_decisions(agent: Agent, facts: Facts, scored: Scored, date: dt.date | None) -> None:
    """Refuse expired and orphaned decisions; raises ExceptionGroup with every one of them.

    Without a date nothing can be told to be expired.
    """
    faults = tuple(_faults(agent, facts, scored, date)) if agent.decisions else ()
    if faults:
        raise ExceptionGroup("decisions that do not hold", faults)


def _faults(
    agent: Agent, facts: Facts, scored: Scored, date: dt.date | None
) -> Iterator[InvalidFileError]:
    # A decision may rest on a contradiction as well as on a threat: that a lower base stands is
    # one.
    disputed = {c.id for c in contradictions_of(facts, scored)}
    for index, decision in enumerate(agent.decisions):
        where = agent.places.of(("decisions", index))
        name = f"decisions.{index}: the decision on {decision.finding}"
        if date is not None and decision.expires is not None and decision.expires < date:
            yield InvalidFileError(
                f"{name} expired on {decision.expires}",
                agent.places.of(("decisions", index, "expires")) or where,
                f"{decision.owner} decides again and sets a later day, or the entry goes",
            )
        verdict = scored.outcome.verdicts.get(decision.finding)
        if verdict is None and decision.finding not in disputed:
            yield InvalidFileError(
                f"{name} is orphaned: nothing contradicts there any more", where, "remove the entry"
            )
        # What is accepted once must not stay accepted unseen: a threat that closed and opens again
        # would be covered by a yes that nobody gave to it.
        elif verdict is not None and verdict.state not in OPEN:
            stands = verdict.state.replace("_", " ")
            yield InvalidFileError(
                f"{name} is orphaned: that threat is not open, its state is {stands}",
                where,
                "remove the entry; `aivss explain` says why the threat is not open",
            )
