"""Small tables of the rules: named combinations, public frameworks, severity."""

from typing import NamedTuple


class Combination(NamedTuple):
    """A combination of capabilities that has a name of its own."""

    id: str
    """Such as `lethal_trifecta`."""

    threat: str
    """The threat that carries it."""

    source: str
    """Who named it, when."""

    legs: tuple[str, ...]
    """What it is made of."""


class Namespace(NamedTuple):
    """A public framework, pinned to one version."""

    id: str
    """Short name in `refs`."""

    title: str
    """Its name."""

    version: str
    """The version that the ids belong to."""

    url: str
    """Where it is published."""

    note: str
    """What to know about the ids."""


class SeverityRows(NamedTuple):
    """How impact and likelihood make severity."""

    impacts: tuple[str, ...]
    """Steps, mildest first."""

    likelihoods: tuple[str, ...]
    """Steps, rarest first."""

    severities: tuple[str, ...]
    """Steps, mildest first."""

    matrix: tuple[tuple[str, ...], ...]
    """Severity by impact (row) and likelihood (column)."""

    steps: dict[str, int]
    """raise_one, raise_two: true items needed; reduced, half_closed: steps down."""

    states: dict[str, str]
    """Meaning of each state."""

    proxy_levels: dict[str, str]
    """Meaning of each proxy level."""
