"""How a yes/no answer is written, who gave it, and which fact it states."""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from threatmodel.record import Record

Speaker = Literal["vendor", "operator", "reviewer"]
"""Who makes a statement: who ships the agent, who runs it, who reviews it."""

Word = Literal["yes", "no", "unknown"]
"""An answer in a word; `unknown` says the same as leaving the field out, on purpose."""

Note = Annotated[str, Field(max_length=4000)]
"""Free text for people."""


class Statement(Record):
    """An answer with its origin."""

    value: bool | Word
    """The answer."""

    by: Speaker | None = None
    """Who says so; the file's `stated_by` where left out."""

    note: Note = ""
    """Why, or where it can be seen."""

    proof: Note = ""
    """What proves it, such as a link or a document; without one a vendor's statement may raise a
    score but never lower it."""


Answer = bool | Word | Statement
"""`true`, `false`, `yes`, `no`, `unknown`, or a mapping with value, by, note and proof."""


Reply = Answer | None
"""An answer, or nothing said."""


class States(NamedTuple):
    """Marks a yes/no field: its answer is the value of a fact."""

    fact: str
    """Id of the fact, as in `frameworks/`."""

    inverted: bool = False
    """Whether `true` in the field means the fact is false."""


class Implies(NamedTuple):
    """Marks a field of choices: each choice says some facts are true and others false."""

    choices: dict[str, dict[str, bool]]
    """Choice -> fact id -> value."""


def truth_of(answer: Answer | None) -> bool | None:
    """Read an answer as true, false or unknown (None)."""
    value = answer.value if isinstance(answer, Statement) else answer
    return {True: True, "yes": True, False: False, "no": False}.get(value)
