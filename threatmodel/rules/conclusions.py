"""What rules conclude from facts, as people write it: factors, CVSS rows, hosts, derivations."""

from decimal import Decimal
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from threatmodel.errors import AivssError
from threatmodel.reading.record import Record
from threatmodel.rules.ids import Entry, Harm, Text, filled
from threatmodel.rules.resolve import Row, Vocabulary
from threatmodel.rules.rows import BASE_METRICS, Host
from threatmodel.scales import Kind

Metric = Literal["AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"]
"""A CVSS 4.0 base metric."""


class StepSource(Record):
    """One reason to move a factor."""

    when: Text
    """Condition over facts, capabilities and controls."""
    add: Annotated[Decimal, Field(ge=-1, le=1)]
    """What it adds, in tenths or finer."""
    because: Text
    """Why, in a short phrase."""


class FactorSource(Record):
    """How one factor is estimated."""

    start: Annotated[Decimal, Field(ge=0, le=1)]
    """Value before any step."""
    steps: tuple[StepSource, ...]
    """Steps, each counted when its condition holds."""


class SameAs(Record):
    """Factors that take their values from another profile's."""

    profile: str
    """Profile whose factors are estimated."""
    factors: dict[str, str]
    """Factor id here -> factor id there."""


class FactorFile(Record):
    """The estimates of the factors of some profiles."""

    profiles: Annotated[tuple[str, ...], Field(min_length=1)]
    """Profile ids."""
    names: dict[str, Text] = Field(default_factory=dict)
    """Name -> condition that it stands for in the steps."""
    factors: dict[str, FactorSource] = Field(default_factory=dict)
    """Factor id -> estimate."""
    same_as: SameAs | None = None
    """Where the values come from instead."""


class VectorRowSource(Record):
    """One way a metric gets its value."""

    value: Annotated[str, Field(pattern="^[A-Z]$")]
    """CVSS value."""
    entry: tuple[Entry, ...] = ()
    """Entries it is limited to; empty fits all."""
    harm: tuple[Harm, ...] = ()
    """Harms any of which it needs; empty fits all."""
    when: str = ""
    """Condition over facts and capabilities; empty always holds."""
    mild: bool = False
    """Whether it fits only where none of VC, VI and VA is H."""
    because: Text
    """Why, in a short phrase."""


class VectorFile(Record):
    """The rows of all eleven metrics."""

    metrics: dict[Metric, Annotated[tuple[VectorRowSource, ...], Field(min_length=1)]]
    """Metric -> rows; the first that fits counts, the last must fit always."""


def factor_rows(files: tuple[FactorFile, ...], words: Vocabulary) -> Row:
    """Pack the estimates by profile; AivssError on a name that does not exist."""
    own = {profile: _factors(file, words) for file in files for profile in file.profiles}
    for file in files:
        if file.same_as is not None:
            there = own.get(file.same_as.profile, {})
            strange = sorted(set(file.same_as.factors.values()) - set(there))
            if strange:
                raise AivssError(f"factors of {file.profiles[0]}: unknown {', '.join(strange)}")
            taken = {
                here: there[name] | {"of": name} for here, name in file.same_as.factors.items()
            }
            own |= dict.fromkeys(file.profiles, taken)
    return own


def _factors(file: FactorFile, words: Vocabulary) -> Row:
    return words.after(file.names, partial(_estimates, file, words.naming(file.names)))[0]


def _estimates(file: FactorFile, words: Vocabulary) -> Row:
    return {
        factor: {
            "of": factor,
            "start": str(source.start),
            "steps": [words.row(one, f"factor {factor}", when=words.all) for one in source.steps],
        }
        for factor, source in file.factors.items()
    }


def vector_rows(file: VectorFile, words: Vocabulary) -> Row:
    """Pack the metric rows; AivssError where a metric has no row that always fits."""
    packed: Row = {}
    for metric, rows in file.metrics.items():
        for strange in sorted({row.value for row in rows} - set(BASE_METRICS[metric])):
            hint = f"its values are {', '.join(BASE_METRICS[metric])}"
            raise AivssError(f"metrics, {metric}: it has no value '{strange}'", hint=hint)
        if rows[-1].when or rows[-1].entry or rows[-1].harm or rows[-1].mild:
            says = f"metric {metric}: the last row, '{rows[-1].because}', must fit always"
            raise AivssError(says, hint="leave `when`, `entry`, `harm` and `mild` out of it")
        if metric[0] != "S" and any(row.mild for row in rows):
            raise AivssError(f"metric {metric}: only rows of SC, SI and SA can be `mild`")
        packed[metric] = [words.row(row, f"metric {metric}", when=words.facts) for row in rows]
    return packed


# Reference hosts and derivations.


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

    names: dict[str, Text] = Field(default_factory=dict)
    """Name -> condition that it stands for in the rules."""
    rules: tuple[DerivationSource, ...]
    """Later rules see what earlier ones found."""


def host_rows(file: HostFile) -> Row:
    """Pack the hosts."""
    hosts = file.model_dump(mode="json")["hosts"]
    return {name: {k: v for k, v in host.items() if k != "id"} for name, host in hosts.items()}


def derivation_rows(file: DerivationFile, words: Vocabulary) -> list[Row]:
    """Pack the derivations in order; AivssError on a name that does not exist.

    Facts are concluded before capabilities, which stand here for what they are made of.
    """
    named = words.naming({**words.capabilities, **file.names})
    every = named.all
    drawn = (
        partial(named.row, rule, f"derivation {rule.id}", when=every, unless=every)
        for rule in file.rules
    )
    return words.after(file.names, *drawn)
