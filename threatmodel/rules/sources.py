"""All rule files of frameworks/, read and checked one by one, and where a fault of them stands."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import PurePath
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field

from threatmodel.errors import AivssError, Location, gathered
from threatmodel.reading import read, read_tree
from threatmodel.reading.positions import Steps, Tree, Value
from threatmodel.reading.record import Record
from threatmodel.rules.ids import ChainId, Likelihood, ProxyLevel, Text, ThreatId, filled
from threatmodel.rules.rows import Chain, Namespace
from threatmodel.rules.threats import (
    CapabilityFile,
    ClauseFile,
    ControlFile,
    FactFile,
    LayerFile,
    MitigationFile,
    ThreatFile,
)
from threatmodel.scales import Priority, Severity

# Cascades, chains, priority and namespaces as a person writes them in frameworks/.


class CascadeSource(Record):
    """What follows from one threat."""

    enables: tuple[ThreatId, ...] = ()
    """Threats that it opens."""
    amplifies: tuple[ThreatId, ...] = ()
    """Threats that it makes worse."""
    hides: tuple[ThreatId, ...] = ()
    """Threats that it covers up."""


class CascadeFile(Record):
    """All cascades."""

    cascades: dict[ThreatId, CascadeSource]
    """What follows, by threat."""
    loops: tuple[tuple[ThreatId, ...], ...]
    """Known groups of threats that feed each other, each sorted."""


class Combination(Record):
    """A combination of capabilities that has a name of its own, such as `lethal_trifecta`."""

    threat: ThreatId
    """The threat that carries it."""
    source: Text
    """Who named it, when."""
    legs: tuple[str, ...] = ()
    """What it is made of."""


class ChainFile(Record):
    """All chains and named combinations."""

    chains: dict[ChainId, Annotated[Chain, AfterValidator(filled)]]
    combinations: dict[str, Combination]


class PrioritySteps(Record):
    """How facts and controls move likelihood and impact."""

    raise_one: Annotated[int, Field(ge=1)]
    """True `raise_if` items for one step up."""
    raise_two: Annotated[int, Field(ge=2)]
    """True `raise_if` items for two steps up."""
    reduced: Annotated[int, Field(ge=0, le=3)]
    """Steps down when `reduced_by` holds."""
    half_closed: Annotated[int, Field(ge=0, le=3)]
    """Steps down when at least half of `closed_by` holds."""


class PriorityFile(Record):
    """What to do first."""

    impacts: tuple[Severity, Severity, Severity, Severity]
    """Steps of impact, mildest first."""
    likelihoods: tuple[Likelihood, Likelihood, Likelihood, Likelihood]
    """Steps of likelihood, rarest first."""
    priorities: tuple[Priority, Priority, Priority, Priority]
    """Steps of priority, the least pressing first."""
    matrix: dict[Severity, tuple[Priority, Priority, Priority, Priority]]
    """Priority by impact (row) and likelihood (column)."""
    steps: PrioritySteps
    """Moves along the two scales."""
    states: dict[str, Text]
    """What each state of a threat means."""
    proxy_levels: dict[ProxyLevel, Text]
    """What each proxy level means."""


class CatalogueFile(Record):
    """Version of the rules, and the frameworks they refer to."""

    rules_version: str
    """Version of the rules; changes when a result can change."""
    namespaces: dict[str, Annotated[Namespace, AfterValidator(filled)]]
    """Public frameworks, by short name."""
    factors: dict[Literal["nd", "au", "id", "a2a"], Text]
    """Labels of the agentic factors."""


class NameFile(Record):
    """Official names of ids in public frameworks."""

    names: dict[str, dict[str, Text]]
    """Name by id, by namespace."""


# The files together.

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Sources:
    """The rules as people write them."""

    catalogue: CatalogueFile
    """Version and namespaces."""
    facts: tuple[FactFile, ...]
    """One file per family, sorted by file name."""
    controls: ControlFile
    capabilities: CapabilityFile
    layers: LayerFile
    threats: tuple[ThreatFile, ...]
    """One file per layer, sorted by file name."""
    mitigations: MitigationFile
    clauses: ClauseFile
    cascades: CascadeFile
    chains: ChainFile
    priority: PriorityFile
    names: NameFile


def read_sources(root: Traversable) -> Sources:
    """Read the rule files under `root`; raises every fault of every file."""
    single: dict[str, tuple[type[Record], str]] = {
        "catalogue": (CatalogueFile, "catalogue.yaml"),
        "controls": (ControlFile, "controls.yaml"),
        "capabilities": (CapabilityFile, "capabilities.yaml"),
        "layers": (LayerFile, "layers.yaml"),
        "mitigations": (MitigationFile, "mitigations.yaml"),
        "clauses": (ClauseFile, "clauses.yaml"),
        "cascades": (CascadeFile, "cascades.yaml"),
        "chains": (ChainFile, "chains.yaml"),
        "priority": (PriorityFile, "priority.yaml"),
        "names": (NameFile, "names.yaml"),
    }
    steps: dict[str, Callable[[], Any]] = {
        part: partial(read, kind, root / name) for part, (kind, name) in single.items()
    }
    steps["facts"] = partial(_all, FactFile, root / "facts")
    steps["threats"] = partial(_all, ThreatFile, root / "threats")
    return Sources(**dict(zip(steps, gathered(steps.values()), strict=True)))


def _all(kind: type[R], folder: Traversable) -> tuple[R, ...]:
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return tuple(gathered(partial(read, kind, file) for file in files))


# The place of a fault, which is what a person must mend.

_NAME = re.compile(r"[\w.-]*\w")
_QUOTED = re.compile(r"'([^']*)'")
_ID, _WORD, _TEXT = 4, 1, 3
"""What it counts that a value stands under an id or a word of a complaint, or holds its name."""


def with_places(faults: Iterable[AivssError], files: Iterable[Traversable]) -> Iterator[AivssError]:
    """Give faults with their places, none twice.

    A check says what it looked at by names ("threat TH-L4-01, when: ..."): the place is the value
    under most of those names that also holds the name complained about, in the file that it names.
    """
    trees: list[Tree] = []
    told: set[str] = set()
    for fault in faults:
        if str(fault) in told:
            continue
        told.add(str(fault))
        if fault.where:
            yield fault
            continue
        trees = trees or [read_tree(file) for file in files]
        yield AivssError(fault.message, _place(fault.message, trees), fault.hint)


def _place(message: str, trees: Sequence[Tree]) -> Location | None:
    head, _, rest = message.partition(": ")
    about = frozenset(_NAME.findall(head))
    asked = frozenset(n for n in _NAME.findall(rest or head) if not (n.isalpha() or n.isdigit()))
    asked |= frozenset(_QUOTED.findall(rest))
    best, place = (0, 0), None
    for tree in [one for one in trees if _is_named(one, about)] or trees:
        for path, names, text in _values(tree.value):
            keys = [name for name in names if name in about]
            score = sum(_WORD if key.isalpha() else _ID for key in keys)
            if text and not asked.isdisjoint((text, *_NAME.findall(text))):
                score += _TEXT
            if score and (score, -len(path)) > best:  # of equal ones what stands higher up
                best, place = (score, -len(path)), tree.places.of(path)
    return place


def _is_named(tree: Tree, about: frozenset[str]) -> bool:
    top = tree.places.of(())
    return top is not None and PurePath(top.path).name in about


Walked = tuple[Steps, tuple[str, ...], str]
"""A value's way, the names on it, and its text where it has one."""


def _values(value: Value, path: Steps = (), names: tuple[str, ...] = ()) -> Iterator[Walked]:
    """Walk a file from the top; an item of a list goes by its `id`."""
    yield path, names, value if isinstance(value, str) else ""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _values(inner, (*path, key), (*names, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            named = (str(inner["id"]),) if isinstance(inner, dict) and "id" in inner else ()
            yield from _values(inner, (*path, number), (*names, *named))
