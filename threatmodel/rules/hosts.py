"""Reference hosts and derivations as people write them in frameworks/, and how to pack them."""

from functools import partial
from typing import Annotated

from pydantic import AfterValidator

from threatmodel.reading.record import Record
from threatmodel.rules.faults import gathered
from threatmodel.rules.ids import Text, filled
from threatmodel.rules.resolve import Row, Vocabulary
from threatmodel.rules.rows import Host
from threatmodel.scales import Kind


class HostFile(Record):
    """All reference hosts."""

    hosts: dict[str, Annotated[Host, AfterValidator(filled)]]
    """Host id -> host."""


class DerivationSource(Record):
    """One conclusion from facts to a fact."""

    id: Text
    """Name of the rule, kebab-case, never reused."""
    fact: str
    """Fact it concludes."""
    value: bool
    """Value it concludes."""
    when: str = ""
    """Condition; empty always holds."""
    unless: str = ""
    """Condition under which it does not hold; unknown does not stop it."""
    kind: tuple[Kind, ...] = ()
    """Kinds it is limited to; empty fits all."""
    because: Text
    """Why, in a short phrase."""


class DerivationFile(Record):
    """All derivations, in order."""

    rules: tuple[DerivationSource, ...]
    """Later rules see what earlier ones found."""


def host_rows(file: HostFile) -> Row:
    """Pack the hosts."""
    hosts = file.model_dump(mode="json")["hosts"]
    return {name: {k: v for k, v in host.items() if k != "id"} for name, host in hosts.items()}


def derivation_rows(file: DerivationFile, words: Vocabulary) -> list[Row]:
    """Pack the derivations in order; AivssError on a name that does not exist."""
    return gathered(partial(_row, rule, words) for rule in file.rules)


def _row(rule: DerivationSource, words: Vocabulary) -> Row:
    return {
        "id": rule.id,
        "fact": rule.fact,
        "value": rule.value,
        "kind": list(rule.kind),
        "because": rule.because,
        "when": _packed(rule, "when", words),
        "unless": _packed(rule, "unless", words),
    }


def _packed(rule: DerivationSource, part: str, words: Vocabulary) -> Row | None:
    text: str = getattr(rule, part)
    return words.pack(text, words.all, f"derivation {rule.id}, {part}") if text else None
