"""What the description states: each answered field, control and named fact, as evidence."""

from collections.abc import Iterator
from typing import NamedTuple

from threatmodel.description.agent import Agent
from threatmodel.description.overrides import Answer, Implies, Statement, States, truth_of
from threatmodel.description.part import Part
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
from threatmodel.description.taking import metadata_of
from threatmodel.errors import Location
from threatmodel.facts.fact import Evidence
from threatmodel.reading.positions import Places

Path = tuple[str | int, ...]
"""Keys and indexes from the root of the description."""

Found = tuple[str, Evidence]
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
    """A description and where its parts stand, looked up once for all of its answers."""

    agent: Agent
    places: Places
    speakers: dict[str, str]

    def origin(self, path: Path) -> tuple[str, str]:
        """Say where a part stands, and who makes the statements of that file."""
        where = self.places.of(path)
        file = where.path if where else ""
        if file not in self.speakers:
            self.speakers[file] = self.agent.speaker_at(file)
        return _place(where, path), self.speakers[file]


def stated(agent: Agent) -> Iterator[Found]:
    """Yield what every answered part of the description says."""
    told = _Told(agent, agent.places, {})
    for name, kind in SECTIONS.items():
        section = getattr(agent, name)
        if isinstance(section, Part):
            yield from _section(told, (name,), section, kind)
    yield from _credentials(told)
    if isinstance(agent.controls, dict):
        for control, answer in agent.controls.items():
            yield from _answer(told, ("controls", control), f"k.{control}", answer)
    for fact, answer in agent.facts.items():
        yield from _answer(told, ("facts", fact), fact, answer)


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


def _place(where: Location | None, path: Path) -> str:
    return str(where) if where else ".".join(str(part) for part in path)


def _section(told: _Told, at: Path, section: Part, kind: type[Part]) -> Iterator[Found]:
    for name, mark in stating_fields(kind):
        value = getattr(section, name)
        if value is None:
            continue
        match mark:
            case States(fact, inverted):
                yield from _answer(told, (*at, name), fact, value, inverted=inverted)
            case Implies(choices):
                yield from _choice(told, (*at, name), value, choices)


def _answer(
    told: _Told, path: Path, fact: str, answer: Answer, *, inverted: bool = False
) -> Iterator[Found]:
    truth = truth_of(answer)
    value = truth if truth is None or not inverted else not truth
    said = {True: "yes", False: "no", None: "unknown"}[truth]
    place, by = told.origin(path)
    note = proof = ""
    if isinstance(answer, Statement):
        by, note, proof = answer.by or by, answer.note, answer.proof
    words = f"{'.'.join(str(p) for p in path)}: {said}" + (f" ({note})" if note else "")
    yield fact, Evidence("stated", value, place, words, by=by, proof=proof)


def _choice(
    told: _Told, path: Path, choice: str, choices: dict[str, dict[str, bool]]
) -> Iterator[Found]:
    place, by = told.origin(path)
    for fact, value in choices.get(choice, {}).items():
        words = f"{'.'.join(str(p) for p in path)}: {choice}"
        yield fact, Evidence("stated", value, place, words, by=by)


def _credentials(told: _Told) -> Iterator[Found]:
    """Fold the credentials: one that has a weakness is enough, a control needs them all."""
    agent = told.agent
    if not isinstance(agent.credentials, tuple):
        return
    if not agent.credentials:
        yield from _no_credentials(told)
        return
    shown: dict[str, list[Evidence]] = {}
    for index, credential in enumerate(agent.credentials):
        for fact, evidence in _section(told, ("credentials", index), credential, Credential):
            shown.setdefault(fact, []).append(evidence)
    for fact, all_shown in shown.items():
        decisive = not fact.startswith("k.")
        deciding = [e for e in all_shown if e.value is decisive]
        complete = len(all_shown) == len(agent.credentials)
        for evidence in deciding or (all_shown if complete else []):
            yield fact, evidence


def _no_credentials(told: _Told) -> Iterator[Found]:
    place, by = told.origin(("credentials",))
    for _, mark in stating_fields(Credential):
        facts = [mark.fact] if isinstance(mark, States) else _weaknesses(mark)
        for fact in facts:
            yield fact, Evidence("stated", value=False, place=place, says="no credentials", by=by)


def _weaknesses(mark: Implies) -> list[str]:
    named = {fact for choice in mark.choices.values() for fact in choice}
    return sorted(fact for fact in named if not fact.startswith("k."))
