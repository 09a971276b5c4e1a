"""What the description states: each answered field, control and named fact, as evidence."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from threatmodel.description.agent import Agent
from threatmodel.description.overrides import Answer, Implies, Statement, States, truth_of
from threatmodel.description.part import Part
from threatmodel.description.plain_values import metadata_of
from threatmodel.description.sections import (
    Autonomy,
    Business,
    Credential,
    Data,
    Identity,
    Memory,
    Model,
    Network,
    Observability,
    Peers,
    Retrieval,
    Runtime,
    Supply,
    Users,
)
from threatmodel.errors import Location
from threatmodel.facts.fact import Sighting, Sign
from threatmodel.reading.positions import Places

Path = tuple[str | int, ...]
"""Keys and indexes from the root of the description."""

SignedFact = tuple[str, Sign]
"""Fact id and what shows it."""

SECTIONS: dict[str, type[Part]] = {
    "model": Model,
    "users": Users,
    "autonomy": Autonomy,
    "identity": Identity,
    "data": Data,
    "memory": Memory,
    "retrieval": Retrieval,
    "peers": Peers,
    "supply": Supply,
    "runtime": Runtime,
    "network": Network,
    "observability": Observability,
    "business": Business,
}
"""Sections whose fields state facts; credentials are folded, since there can be several."""


class _Told(NamedTuple):
    """A description, and who makes its statements."""

    agent: Agent
    places: Places
    speaker: str | None
    """Who makes the statements of all its files, as in nearly every description; None where these
    have several, and the place of each has to be looked for."""

    def by(self, path: Path) -> str:
        """Say who makes the statements of the file in which a part stands."""
        where = self.places.of(path)
        return self.agent.speaker_at(where.path if where else "")

    def words(self, path: Path, said: str) -> Sighting:
        """Say where a part stands, and what is said there."""
        return _place(self.places.of(path), path), f"{'.'.join(map(str, path))}: {said}"

    def answered(self, path: Path, answer: Answer) -> Sighting:
        """Say where an answer stands, and what it is."""
        note = answer.note if isinstance(answer, Statement) else ""
        return self.words(path, _SAID[truth_of(answer)] + (f" ({note})" if note else ""))


def stated(agent: Agent) -> Iterator[SignedFact]:
    """Yield what every answered part of the description says."""
    places = agent.places
    speakers = {agent.speaker_at(file) for file in ("", *places.files)}
    told = _Told(agent, places, speakers.pop() if len(speakers) == 1 else None)
    for name, kind in SECTIONS.items():
        section = getattr(agent, name)
        if isinstance(section, Part):
            yield from _section(told, (name,), section, kind)
    yield from _credentials(told)
    if isinstance(agent.controls, dict):
        for control, answer in agent.controls.items():
            yield f"k.{control}", _answer(told, ("controls", control), answer)
    for fact, answer in agent.facts.items():
        yield fact, _answer(told, ("facts", fact), answer)


_MARKED: dict[type[Part], tuple[tuple[str, States | Implies], ...]] = {}


def stating_fields(kind: type[Part]) -> tuple[tuple[str, States | Implies], ...]:
    """List the fields of a section that state facts, with their marks; found once per kind."""
    if kind not in _MARKED:
        _MARKED[kind] = tuple(
            (name, mark)
            for name, hint in kind.hints().items()
            for mark in metadata_of(hint)
            if isinstance(mark, States | Implies)
        )
    return _MARKED[kind]


def place_of(agent: Agent, path: Path) -> str:
    """Say where a part of the description stands: file, line and column, else the keys."""
    return _place(agent.places.of(path), path)


def said_at(agent: Agent, path: Path, says: str) -> Sighting:
    """Word what a part of the description shows."""
    return place_of(agent, path), says


def _place(where: Location | None, path: Path) -> str:
    return str(where) if where else ".".join(str(part) for part in path)


def _section(told: _Told, at: Path, section: Part, kind: type[Part]) -> Iterator[SignedFact]:
    given = section.given
    for name, mark in stating_fields(kind):
        answer = given.get(name)
        if answer is None:
            continue
        if isinstance(mark, States):
            yield mark.fact, _answer(told, (*at, name), answer, inverted=mark.inverted)
        else:
            yield from _choice(told, (*at, name), answer, mark.choices)


def _answer(told: _Told, path: Path, answer: Answer, *, inverted: bool = False) -> Sign:
    truth, by, proof = truth_of(answer), told.speaker or told.by(path), ""
    value = truth if truth is None or not inverted else not truth
    if isinstance(answer, Statement):
        by, proof = answer.by or by, answer.proof
    return Sign("stated", value, partial(told.answered, path, answer), by, "", proof)


_SAID = {True: "yes", False: "no", None: "unknown"}


def _choice(
    told: _Told, path: Path, choice: str, choices: dict[str, dict[str, bool]]
) -> Iterator[SignedFact]:
    by, words = told.speaker or told.by(path), partial(told.words, path, choice)
    for fact, value in choices.get(choice, {}).items():
        yield fact, Sign("stated", value, words, by)


def _credentials(told: _Told) -> Iterator[SignedFact]:
    """Fold the credentials: one that has a weakness is enough, a control needs them all."""
    agent = told.agent
    if not isinstance(agent.credentials, tuple):
        return
    if not agent.credentials:
        yield from _no_credentials(told)
        return
    shown: dict[str, list[Sign]] = {}
    for index, credential in enumerate(agent.credentials):
        for fact, sign in _section(told, ("credentials", index), credential, Credential):
            shown.setdefault(fact, []).append(sign)
    for fact, all_shown in shown.items():
        decisive = not fact.startswith("k.")
        deciding = [e for e in all_shown if e.value is decisive]
        complete = len(all_shown) == len(agent.credentials)
        for sign in deciding or (all_shown if complete else []):
            yield fact, sign


def _no_credentials(told: _Told) -> Iterator[SignedFact]:
    path = ("credentials",)
    words = partial(said_at, told.agent, path, "no credentials")
    none = Sign("stated", value=False, words=words, by=told.speaker or told.by(path))
    for _, mark in stating_fields(Credential):
        facts = [mark.fact] if isinstance(mark, States) else _weaknesses(mark)
        for fact in facts:
            yield fact, none


def _weaknesses(mark: Implies) -> list[str]:
    named = {fact for choice in mark.choices.values() for fact in choice}
    return sorted(fact for fact in named if not fact.startswith("k."))
