"""What travels along flows, as people write it in frameworks/system.yaml, and how to pack it."""

from string import Formatter
from typing import get_args

from pydantic import PositiveInt

from threatmodel.errors import AivssError
from threatmodel.reading.record import Record
from threatmodel.rules.ids import Text
from threatmodel.rules.resolve import Row, Vocabulary
from threatmodel.rules.system import BLANKS, Begins, Carried, Check


class LabelSource(Record):
    """Something that travels along flows."""

    says: Text
    """What it is, as a noun phrase."""
    fact: str
    """Fact of a member that it reaches."""
    source: Text
    """Condition under which a member starts it."""
    begins: tuple[Begins, ...]
    """Where else it starts."""
    carried_by: tuple[Carried, ...]
    """What a flow carries that takes it along."""
    stopped_by: tuple[Check, ...]
    """Checks that stop it."""


class ActSource(Record):
    """An act that one member may be allowed and another not."""

    fact: str
    """Fact of the tools that do it."""
    does: Text
    """What they do, as a verb phrase."""


class TrySource(Record):
    """A check that may be asked for at a flow."""

    check: Check
    who: Text
    """Who sees to it, as a role."""
    effort: PositiveInt
    """Working days; judgement."""
    do: Text
    """What to do, with {from} and {to} for the ends of the flow."""


class SystemFile(Record):
    """frameworks/system.yaml."""

    labels: dict[str, LabelSource]
    """What travels."""
    carries: dict[Carried, Text]
    """How a sentence names what a flow carries."""
    checks: dict[Check, Text]
    """What each check means."""
    acts: tuple[ActSource, ...]
    """Acts, gravest first."""
    settles: tuple[str, ...]
    """Facts that the flows settle."""
    tries: tuple[TrySource, ...]
    """Checks that may be asked for, cheapest first."""
    says: dict[str, Text]
    """How sentences tell what the flows show."""


def system_rows(file: SystemFile, words: Vocabulary) -> Row:
    """Pack the rules of systems; AivssError for a name that does not exist or is left out."""
    for given, wanted in ((file.carries, get_args(Carried)), (file.checks, get_args(Check))):
        if set(given) != set(wanted):
            raise AivssError(f"system.yaml: {', '.join(sorted(set(wanted) ^ set(given)))} missing")
    blanks = BLANKS | {f"tries.{one.check}": "from to" for one in file.tries}
    _check_blanks(file.says | {f"tries.{one.check}": one.do for one in file.tries}, blanks)
    row: Row = file.model_dump(mode="json")
    for name, label in file.labels.items():
        row["labels"][name]["source"] = words.pack(label.source, words.facts, f"label {name}")
    return row


def _check_blanks(says: dict[str, str], blanks: dict[str, str]) -> None:
    for name in sorted(says.keys() | blanks.keys()):
        asked = {blank for _, blank, *_ in Formatter().parse(says.get(name, "")) if blank}
        if name not in says or name not in blanks or sorted(asked) != blanks[name].split():
            wanted = blanks.get(name) or "nothing"
            raise AivssError(f"system.yaml: {name}: should be there and fill in {wanted}")
