"""All rule files of frameworks/, read and checked one by one."""

from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import TypeVar

from threatmodel.reading import read
from threatmodel.reading.record import Record
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
    """Read the rule files under `root`; raises what `read` raises, for the first bad file."""
    return Sources(
        catalogue=read(CatalogueFile, root / "catalogue.yaml"),
        facts=_all(FactFile, root / "facts"),
        controls=read(ControlFile, root / "controls.yaml"),
        capabilities=read(CapabilityFile, root / "capabilities.yaml"),
        layers=read(LayerFile, root / "layers.yaml"),
        threats=_all(ThreatFile, root / "threats"),
        mitigations=read(MitigationFile, root / "mitigations.yaml"),
        clauses=read(ClauseFile, root / "clauses.yaml"),
        cascades=read(CascadeFile, root / "cascades.yaml"),
        chains=read(ChainFile, root / "chains.yaml"),
        priority=read(PriorityFile, root / "priority.yaml"),
        names=read(NameFile, root / "names.yaml"),
    )


def _all(kind: type[R], folder: Traversable) -> tuple[R, ...]:
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return tuple(read(kind, file) for file in files)
