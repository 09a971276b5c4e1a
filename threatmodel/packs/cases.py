"""Tests of a pack as people write them: a description in, what must be found out."""

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from threatmodel.description.agent import Agent, Opened
from threatmodel.description.load import agent_of, load_agent
from threatmodel.errors import InvalidFileError, Location, gathered
from threatmodel.files import named_file
from threatmodel.packs.read import refuse_outside
from threatmodel.policy.guard import GuardKind
from threatmodel.reading import check, read_tree
from threatmodel.reading.positions import Tree
from threatmodel.reading.record import Record
from threatmodel.rules.ids import AnyThreatId, Text
from threatmodel.scales import State, ToolClass

FOLDER = "tests"
"""Folder of a pack that holds its tests."""

# A pack may come from strangers: every bound here keeps a run of it short.
MOST_FILES = 64
MOST_CASES = 500

Score = Annotated[float, Field(ge=0, le=10)]


class ScoreBounds(Record):
    """Between what a score must lie."""

    at_least: Score = 0
    """Lowest."""
    at_most: Score = 10
    """Highest."""


class Expected(Record):
    """What must be found; what is left out is not looked at."""

    facts: Annotated[dict[str, bool | Literal["unknown"]], Field(default_factory=dict)]
    """Fact or control -> its value."""
    findings: tuple[AnyThreatId, ...] = ()
    """Threats that must be open or reduced."""
    absent: tuple[AnyThreatId, ...] = ()
    """Threats that must be neither."""
    states: Annotated[dict[AnyThreatId, State], Field(default_factory=dict)]
    """Threat -> its exact state."""
    text: Annotated[dict[AnyThreatId, str], Field(default_factory=dict)]
    """Threat -> words that its text must hold."""
    classes: Annotated[dict[str, ToolClass], Field(default_factory=dict)]
    """Tool -> its class."""
    guards: Annotated[dict[str, tuple[GuardKind, ...]], Field(default_factory=dict)]
    """Tool -> kinds of guard that the recommended policy must put on it; `*` is all tools."""
    no_guards: Annotated[dict[str, tuple[GuardKind, ...]], Field(default_factory=dict)]
    """Tool -> kinds of guard that it must not put on it."""
    gate_broken: tuple[str, ...] = ()
    """Rules of the gate, of this pack, that must be broken."""
    gate_kept: tuple[str, ...] = ()
    """Rules that must not be."""
    score: ScoreBounds | None = None
    """Between what the headline must lie."""

    @model_validator(mode="after")
    def _says_something(self) -> "Expected":
        if not self.model_fields_set:
            raise ValueError("a test that expects nothing cannot fail")
        return self


class CaseSource(Record):
    """One test."""

    name: Annotated[str, StringConstraints(min_length=3, max_length=120)]
    """What it shows, in a few words."""
    says: Text | None = None
    """Why, where that is not plain."""
    file: str | None = None
    """Description beside the test; or write it below `description`."""
    description: dict[str, Any] | None = None
    """The description, as in a file of its own."""
    expect: Expected
    """What must be found."""

    @model_validator(mode="after")
    def _has_one(self) -> "CaseSource":
        if (self.file is None) == (self.description is None):
            raise ValueError("a test has `description` or `file`, one of the two")
        return self


class CaseFile(Record):
    """One file of tests."""

    tests: Annotated[tuple[CaseSource, ...], Field(min_length=1, max_length=MOST_CASES)]


@dataclass(frozen=True, slots=True)
class PackCase:
    """One test, ready to run."""

    name: str
    where: Location | None
    agent: Agent
    expect: Expected
    """What must be found."""


def read_cases(pack: Path) -> tuple[PackCase, ...]:
    """Read the tests of a pack; its rules must be in force, for the names that they use.

    Raises:
        InvalidFileError: There are none.
        ExceptionGroup: Of every fault of every test.
    """
    folder = pack / FOLDER
    files = sorted(folder.glob("*.yaml"), key=lambda file: file.name) if folder.is_dir() else []
    if not files:
        hint = f"write {FOLDER}/first.yaml; docs/packs.md shows how"
        raise InvalidFileError("this pack has no tests", Location(str(pack)), hint)
    if len(files) > MOST_FILES:
        where = Location(str(folder))
        raise InvalidFileError(f"{MOST_FILES} files of tests at most", where, "join some")
    for file in files:
        refuse_outside(file, pack)
    read = gathered(partial(_read_file, file) for file in files)
    return tuple(case for cases in read for case in cases)


def _read_file(file: Path) -> list[PackCase]:
    tree = read_tree(file)
    sources = check(CaseFile, tree).tests
    return gathered(partial(_case, file, tree, n, one) for n, one in enumerate(sources))


def _case(file: Path, tree: Tree, number: int, source: CaseSource) -> PackCase:
    at = ("tests", number)
    if source.file is None:
        agent = _inline(file, tree, number, source.description or {})
    else:
        agent = load_agent(_beside(file, source.file, tree.places.of((*at, "file"))))
    return PackCase(source.name, tree.places.of((*at, "name")), agent, source.expect)


def _inline(file: Path, tree: Tree, number: int, value: dict[str, Any]) -> Agent:
    places = tree.places.at(("tests", number, "description"))
    for key in ("extends", "tools"):
        named = value.get(key)
        if isinstance(named, dict) or (key == "extends" and named is not None):
            hint = "write the description into a file of its own, and name it with `file`"
            raise InvalidFileError(f"{key}: names a file", places.of((key,)), hint)
    digest = sha256(repr(sorted(value)).encode()).hexdigest()
    return agent_of(Opened(value, places, {str(file): "reviewer"}, digest))


def _beside(file: Path, name: str, where: Location | None) -> Path:
    found = named_file(file.parent, name, where)
    if not found.resolve().is_relative_to(file.parent.resolve()):
        hint = "name a file beside the test or below it"
        raise InvalidFileError(f"{name}: outside the folder of the tests", where, hint)
    return found
