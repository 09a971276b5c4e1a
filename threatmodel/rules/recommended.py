"""One type per rule of the recommended preset: checked when rules are compiled, decoded at start.

The types are plain records, so that a run need not load what checks them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from threatmodel.rules.rows import Checked
from threatmodel.scales import ToolAccess, Window

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPick(Checked):
    """Which tools a rule is about: any entry of a field, every field that is given."""

    classes: Words = ()
    flags: Words = ()
    verbs: Words = ()
    """Canonical verbs of effects."""
    objects: Words = ()
    """Phrases of what the effects of these verbs are on, in the singular; with `$` behind it has to
    end so: `order$` is an order and no order form."""
    leading: bool = False
    """Whether only the effect counts that the tool leads with."""
    unread: bool = False
    """Whether only tools are meant of which no effect was read."""
    words: Words = ()
    """Phrases of the tool's name."""
    without: Words = ()
    """Phrases that must not stand in the tool's name or objects."""
    roles: Words = ()
    """Roles of arguments."""
    required: bool = False
    """Whether only arguments count that a call has to give, or that stand alone."""
    shows: Words = ()
    """Facts that the tool shows of itself."""
    beside: Words = ()
    """Phrases of the name of an argument that the tool has to have."""
    not_beside: Words = ()
    """Phrases of the name of an argument that the tool must not have."""
    only: Words = ()
    """Phrases one of which the name of each of its arguments has to have, but for one id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Checked):
    """How many calls in a window."""

    max: int
    """Largest count, from 1."""
    window: Window

    def __post_init__(self) -> None:
        """Refuse a rate that lets nothing through."""
        if self.max < 1:
            raise ValueError("max counts calls, from 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company(Checked):
    """What the other tools of a server have to be, for a rule that no tool fits by itself."""

    rules: Words
    """Access rules that they fit."""
    objects: Words
    """Phrases of what they act on instead, too common to be told alone."""
    least: int
    """How many of them at least."""
    share: float
    """Of the server's tools of its classes, at least so many; 0 to 1."""
    over: Words
    """Rules that it goes before: those that know a word, which means another thing there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule(Checked):
    """Whether tools of one kind may be called."""

    id: str
    """Name of the row, by which `lifted_by` and explanations speak of it."""
    tools: ToolPick
    because: str
    """Why, as the end of a sentence about the tool."""
    access: ToolAccess = "approval"
    """What they get."""
    rate: Rate | None = None
    """How often; the class's rate where left out."""
    lifted_by: Words = ()
    """Argument rules one of which, where it guards the tool, opens it within that guard."""
    takes: Words = ()
    """`t.` facts that do not count: what the tool does is the opposite of their harm."""
    knows: Words = ()
    """Facts of `graver` beside which it lets a tool through all the same."""
    bounded: bool = False
    """Whether each argument rule opens it that bounds what a call does, besides `lifted_by`."""
    last: bool = False
    """Whether it is about what no other row is about: an operation that names no thing is not."""
    company: Company | None = None
    """What the server's other tools have to be; it then goes before some others."""
    no_brake: bool = False
    """Whether a tool that it fits is no brake, although it stops or cancels."""
    unless_named: bool = False
    """Whether nothing lifts it where the tool's own name says that it destroys or pays."""


_BY_WORD = frozenset({"not_named", "mild_value"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentRule(Checked):
    """What an argument of one kind may hold without a person."""

    id: str
    """Name of the row."""
    operator: Literal[
        "under", "statement", "url_host", "public_url", "host", "recipient", "in", "eq",
        "mild_value", "not_named", "ref", "name", "lte", "without_text", "free", "read_value",
        "own_host",
    ]  # fmt: skip
    """How it is compared. `mild_value`: a listed value whose verb does no harm, or where the schema
    lists none a plain word that is none of `allow`; `public_url`: an http address outside the own
    network; `not_named`: a plain word that is none of `allow`; `ref`: a branch, tag or commit that
    is no option and none of `allow`; `own_host`: a machine, or at most 256 of them, in a private
    network; `name`: one name, without wildcard or list; `lte`: at most
    `allow`; `without_text`: text in which nothing of `allow` stands;
    `read_value`: a listed
    value whose verb only reads or stops; `free`: no guard, so that no later row makes one."""

    clause: str = "pc-args"
    """Clause it answers."""
    allowed: str
    """What passes, in words."""
    asks: str
    """What a person may fill in."""
    because: str
    """Why the argument decides."""
    tools: ToolPick = ToolPick()
    """Which tools; all where left out."""
    roles: Words = ()
    names: Words = ()
    """Phrases of the argument's own name; with `=` in front all of it, with `^` its beginning."""
    types: Words = ()
    """JSON types; any where left out."""
    beside: Words = ()
    """Phrases of the name of another argument that the tool has to have."""
    listed: bool = False
    """Whether it is only about arguments whose schema lists values, some of them in `allow`."""
    opaque: bool = False
    """Whether it is only about structures of which the schema tells no part."""
    parameter: str = ""
    """Field of the description's `policy:` section that widens it; else `policy.values`."""
    with_parameter: str = ""
    """Operator once that field is filled in; the same where left out."""
    allow: Words = ()
    """What passes while nobody said more; nothing makes no guard."""
    whole_words: Words = ()
    """Words that it must not have as a whole either, which are too short to be sought in text."""
    free_of: Words = ()
    """Kinds of `Shapes.carried` of which the text must not carry any either."""
    least: str = ""
    """Smallest number that passes, where `operator` is `lte`; none where left out."""
    until: str = ""
    """What passes while nobody said more, in words; `allowed` with the values where left out."""
    needed: bool = False
    """Whether a tool that the guard opens waits without the argument: it reaches anything then."""
    given: bool = False
    """Whether a call without the argument waits: the server then takes what is guarded against."""
    left_out: bool = False
    """Whether everyday calls do without the argument, where it is optional."""
    gives_way: bool = False
    """Whether a format that cannot say it rather drops the guard than holds everyday calls."""
    opens: bool = False
    """Whether it guards a tool that would wait otherwise, and opens it whichever rule holds it."""
    screens: bool = False
    """Whether it only keeps hostile content out and bounds nothing that a call does."""
    of_brakes: bool = False
    """Whether it holds for tools that stop as well: it bounds more than how they stop."""
    takes: Words = ()
    """`t.` facts that the tool shows no more once the guard holds it."""
    turns: Mapping[str, str] = field(default_factory=dict)
    """`t.` facts that the tool shows, and what is left of each once the guard holds it."""
    leaves: str = ""
    """Class that is left; the tool's own where left out."""

    def __post_init__(self) -> None:
        """Refuse words that no value is split into: of several, each is compared alone."""
        words = (*self.whole_words, *(self.allow if self.operator in _BY_WORD else ()))
        if not all(word.isalnum() for word in words):
            raise ValueError("each of these is one word, of letters and digits")


_LOOKS_AROUND = re.compile(r"\(\?[=!<]|\\[1-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried(Checked):
    """What a text may carry that nobody should send on or keep by mistake."""

    found: str
    """Pattern that is found in such a text: RE2, so without look-around and references back."""
    example: str
    """A text in which it is found."""

    def __post_init__(self) -> None:
        """Refuse a pattern that some engine cannot read, or that misses its own example."""
        if _LOOKS_AROUND.search(self.found):
            raise ValueError("found is read by RE2: no look-around, no references back")
        if not re.search(self.found, self.example):
            raise ValueError("found is not found in its example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes(Checked):
    """Words of the patterns by which text is told to be harmless."""

    not_reading: Words
    """Words of statements that change, lock or run something."""
    before_parentheses: Words
    """Keywords before which a parenthesis is no call."""
    harmless_calls: Words
    """Functions that reach nothing beyond their arguments."""
    inner_names: Words
    """Last labels of names inside a private network."""
    carried: Mapping[str, Carried]
    """What a text may carry, by its name."""
