"""All rule files of frameworks/, read and checked one by one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from threatmodel.reading import read
from threatmodel.reading.record import Record
from threatmodel.rules.faults import gathered
from threatmodel.rules.threats import (
    CapabilityFile,
    CascadeFile,
    CatalogueFile,
    ChainFile,
    ClauseFile,
    ControlFile,
    FactFile,
    LayerFile,
    MitigationFile,
    NameFile,
    PriorityFile,
    ThreatFile,
)

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Sources:
    """The rules as people write them."""

    catalogue: CatalogueFile
    """Version and namespaces."""

    facts: tuple[FactFile, ...]
    """One file per family, sorted by file name."""

    controls: ControlFile
    """Controls."""

    capabilities: CapabilityFile
    """Capabilities."""

    layers: LayerFile
    """Layers."""

    threats: tuple[ThreatFile, ...]
    """One file per layer, sorted by file name."""

    mitigations: MitigationFile
    """Mitigations."""

    clauses: ClauseFile
    """Clauses."""

    cascades: CascadeFile
    """Cascades."""

    chains: ChainFile
    """Chains."""

    priority: PriorityFile
    """Priority."""

    names: NameFile
    """Official names."""


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
