"""What `aivss advise` may ask for: checked when rules are compiled, decoded at run time."""

from dataclasses import dataclass, field

from threatmodel.rules.decision_words import DecisionWords
from threatmodel.rules.recommended import Words
from threatmodel.rules.rows import Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort(Checked):
    """Who does something, and what it takes."""

    who: str
    """Who does it, as a role."""
    effort: int
    """Working days, from 1; judgement."""
    do: str = ""
    """What to do, in a sentence; empty where a question says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRule(Checked):
    """A condition that somebody can make true."""

    fact: str
    """Fact or control."""
    value: bool
    """What it must be."""
    who: str
    """Who does it, as a role."""
    effort: int
    """Working days, from 1; judgement."""
    do: str
    """What to do, in a sentence."""
    also: dict[str, bool] = field(default_factory=dict)
    """Facts and controls that are so, or not so, once it is met, since they are the same truth."""
    needs: Words = ()
    """Facts one of which may hold, else the condition is about something that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRule(Checked):
    """A power of tools that can be held or done without."""

    shows: Words
    """Facts one of which such a tool shows."""
    hold: int
    """What it costs to have a person approve each call, in the unit of the others."""
    without: int
    """What it costs to do without."""
    what: str
    """The tools, such as `the tools that delete`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordRule(Checked):
    """Words of one meaning, for who does not build such things."""

    words: Words
    """The words, in the singular."""
    means: str
    """What they mean, without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoesRule(Checked):
    """What tools are for, as the middle of a sentence."""

    classes: Words = ()
    """Classes of such tools."""
    verbs: Words = ()
    """Verbs of their first effect; without classes and verbs it is about all others."""
    says: str
    """What they let somebody do, before what they do it to."""
    shows: Words = ()
    """Facts that they show besides a verb."""
    whole: bool = False
    """Whether that says it, and what they do it to would only mislead."""
    own: bool = False
    """Whether a few such tools are told by the verbs of their own names."""
    firm: bool = False
    """Whether the verb of a name has to be one of these and no noun, else its text is asked."""
    but: Words = ()
    """Kinds of things that are not named after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRule(Checked):
    """When a call waits for a person because of its values."""

    operators: Words
    """How an argument is compared, as guards name it."""
    says: str
    """When it waits, with the {limit}, as the end of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankRule(Checked):
    """What the policy needs, and somebody has to fill in before a yes."""

    who: str
    """Who says it, as a role."""
    asks: str
    """The question, perhaps about {tools}."""
    held: str
    """What holds until then where no such call passes by itself, as the end of a sentence."""
    free: str
    """What holds until then where such calls pass."""
    wish: str = ""
    """Wish of a description that answers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRule(Checked):
    """Who can say whether what nobody has stated is so."""

    who: str
    """Who can, as a role."""
    families: Words = ()
    """Families of facts, such as `d`; empty: every family that no other row has."""
    look: str
    """How they see that something holds of which nothing else says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TogetherRule(Checked):
    """What is confirmed in place of several facts, none of which may be so."""

    says: str
    """A sentence that is so where none of them is."""
    look: str
    """How somebody sees that it holds."""
    facts: Words
    """The first of them is the widest: without it the sentence would ask for too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeRule(Checked):
    """What several facts have in common, none of which may be so; told where there are many."""

    says: str
    """A sentence with {parts}."""
    look: str
    """How somebody sees that it holds."""
    parts: dict[str, str]
    """What must be so of each fact, as a part of the sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeyondRule(Checked):
    """What is confirmed of data of which tools show some: nobody could say that there is none."""

    fact: str
    kinds: Words
    """Kinds of things one of which they look up."""
    says: str
    """What must be so: that there is no more than that."""
    look: str
    """How somebody sees that it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviseRules(Checked):
    """Everything that may be asked for."""

    policy: Effort
    """The recommended policy, whole."""
    conditions: tuple[ConditionRule, ...]
    """What somebody can make true."""
    powers: tuple[PowerRule, ...]
    """What can be held or done without."""
    cheap: int
    """Most working days of what is asked for besides, where it stops one of the worst cases."""
    shown: int
    """Statements to confirm that stand on the page that decides; the others stand after it."""
    many: int
    """Open answers that may undo a yes before something is asked for that spares some of them."""
    spares: int
    """Fewest answers that it has to spare."""
    room: int
    """Most working days of all that is asked for besides to spare them."""
    either: tuple[Words, ...]
    """Facts of which one is always so: nobody could say that none of them is."""
    verify: Effort
    """An open answer that must come out well."""
    ceiling: BlankRule
    """What is asked where {tools} have no limit at all."""
    daily: BlankRule
    """What is asked where the only limit of {tools} is for a single call."""
    agreed: tuple[BlankRule, ...]
    """What the policy holds values to, in the order in which it is asked."""
    confirm: tuple[ConfirmRule, ...]
    """Who can say whether what nobody has stated is so."""
    beyond: tuple[BeyondRule, ...]
    """What is confirmed of data of which some is plainly there."""
    dull: Words
    """Things that tools work on whose names say the least, in the singular: they are told last."""
    together: tuple[TogetherRule, ...]
    """What is confirmed in one sentence."""
    themes: tuple[ThemeRule, ...]
    """What is confirmed in one line where more than `many` facts undo a yes."""
    gravest: dict[str, str]
    """Damage that comes before all other where a fact holds, such as equipment that moves."""
    losses: Words
    """Damage in the order of how bad it is, as keys of the impacts of paths."""
    amounts: Words
    """Facts that tools show of which a limit decides how much harm a call can do."""
    does: tuple[DoesRule, ...]
    """What tools are for, in the order in which it is told; the first row that fits a tool."""
    outside: tuple[OutsideRule, ...]
    """When a call waits because of its values, the most telling first."""
    page: DecisionWords
    """Words of the page that decides."""
    words: tuple[WordRule, ...]
    """What words mean that conditions and questions use."""
