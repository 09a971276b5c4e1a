"""Reference hosts and derivations as the engine reads them."""

from typing import NamedTuple

from threatmodel.knowledge.cases import Cases
from threatmodel.knowledge.load import Knowledge, unpack


class Host(NamedTuple):
    """A host that a product without one is judged with."""

    id: str
    """Id in `frameworks/hosts.yaml`."""

    name: str
    """Short name."""

    says: str
    """What it is."""

    kinds: tuple[str, ...]
    """Kinds of product it is the default for."""

    facts: dict[str, bool]
    """Facts it brings along."""


class Derivation(NamedTuple):
    """One conclusion from facts to a fact."""

    id: str
    """Name of the rule."""

    fact: str
    """Fact it concludes."""

    value: bool
    """Value it concludes."""

    kind: tuple[str, ...]
    """Kinds it is limited to; empty fits all."""

    because: str
    """Why."""

    when: Cases | None
    """Condition; None always holds."""

    unless: Cases | None
    """Condition that stops it when known true."""

    bit: int
    """Bit of the fact it concludes."""

    def holds(self, true: int, false: int) -> bool:
        """Tell whether it holds for known facts."""
        if self.unless is not None and self.unless.holds(true, false):
            return False
        return self.when is None or self.when.holds(true, false) is True


class Settings(NamedTuple):
    """Hosts and derivations."""

    hosts: dict[str, Host]
    """Host id -> host."""

    rules: tuple[Derivation, ...]
    """In order."""


_CACHE: dict[str, Settings] = {}


def settings_of(knowledge: Knowledge) -> Settings:
    """Give the hosts and derivations of the rules; built once per set of rules."""
    if knowledge.digest not in _CACHE:
        _CACHE[knowledge.digest] = _build(knowledge)
    return _CACHE[knowledge.digest]


def _build(knowledge: Knowledge) -> Settings:
    hosts = {
        name: Host(name, row["name"], row["says"], tuple(row["kinds"]), row["facts"])
        for name, row in knowledge.sections["hosts"].items()
    }
    rules = tuple(
        Derivation(
            row["id"],
            row["fact"],
            row["value"],
            tuple(row["kind"]),
            row["because"],
            unpack(row["when"], knowledge) if row["when"] else None,
            unpack(row["unless"], knowledge) if row["unless"] else None,
            1 << knowledge.bits[row["fact"]],
        )
        for row in knowledge.sections["derivations"]
    )
    return Settings(hosts, rules)
