"""What travels along the flows of a system, and what stops it."""

from typing import Any, Literal, NamedTuple

from threatmodel.rules.cases import Cases
from threatmodel.rules.load import Knowledge, unpack

Carried = Literal["task", "text", "data", "secrets", "fixed"]
"""What a flow carries: a task for the receiver, free text, records, credentials, or only values
out of a fixed set, such as a yes or no."""

Check = Literal["schema", "filter", "person", "redaction", "identity", "record"]
"""What checks a flow; `frameworks/system.yaml` says what each of them means and stops."""

Begins = Literal["outside", "written_by_outsiders", "private", "secrets"]
"""Why a store or an outside party starts a label: it is outside and not trusted, or it says so."""


class Label(NamedTuple):
    """Something that travels along flows; `LabelSource` says what its fields hold."""

    id: str
    """Its id, such as `outsider-text`."""
    says: str
    fact: str
    source: Cases
    begins: frozenset[str]
    carried_by: frozenset[str]
    """What takes it along."""
    stopped_by: frozenset[str]


class Try(NamedTuple):
    """A check that may be asked for at a flow; `TrySource` says what its fields hold."""

    check: str
    who: str
    effort: int
    do: str


class SystemRules(NamedTuple):
    """The rules of systems; `SystemFile` says what its fields hold."""

    labels: tuple[Label, ...]
    """What travels, in the file's order."""
    carries: dict[str, str]
    checks: dict[str, str]
    acts: dict[str, str]
    """Fact of a tool -> what it does, gravest first."""
    settles: tuple[str, ...]
    """Facts that do not hold where the flows show nothing of them and nobody states them."""
    tries: tuple[Try, ...]
    says: dict[str, str]
    """Name of a sentence -> its words, with names in braces for what is filled in."""

    def say(self, sentence: str, **names: str) -> str:
        """Fill in a sentence; what is filled in is never read as a pattern."""
        return self.says[sentence].format(**names)


BLANKS = {
    "same_key": "holders key",
    "label": "label way",
    "act": "act way",
    "shared": "way",
    "settled": "",
    "outside_writes": "from to",
    "store_written": "from",
    "member_reads": "from",
    "puts": "from to",
    "reads": "from to",
    "asks": "from to",
    "hands": "from to",
    "uses": "actor end tools",
    "obeys": "actor end",
    "seen_from": "member text",
}
"""Name of a sentence -> what is filled in, sorted."""


def system_rules_of(knowledge: Knowledge) -> SystemRules:
    """Decode the rules of systems."""
    rows: dict[str, Any] = knowledge.sections["system"]
    labels = tuple(
        Label(
            name,
            row["says"],
            row["fact"],
            unpack(row["source"], knowledge),
            frozenset(row["begins"]),
            frozenset(row["carried_by"]),
            frozenset(row["stopped_by"]),
        )
        for name, row in sorted(rows["labels"].items())
    )
    acts = {row["fact"]: row["does"] for row in rows["acts"]}
    settles = tuple(rows["settles"])
    tries = tuple(Try(**row) for row in rows["tries"])
    return SystemRules(labels, rows["carries"], rows["checks"], acts, settles, tries, rows["says"])
