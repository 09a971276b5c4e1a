"""What `aivss advise` may ask for: checked when rules are compiled, decoded at run time."""

from dataclasses import dataclass, field

from threatmodel.rules.rows import Checked

Words = tuple[str, ...]


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
class PageWords(Checked):
    """Words of the page that decides, with placeholders in braces."""

    hides: str
    """Label of the tools that go."""
    hidden: str
    """What becomes of {tools}; {them} is `it` or `them`."""
    it: str
    them: str
    asks: str
    """Label of the tools of which each call waits."""
    asked: str
    """What becomes of {tools}."""
    by: str
    """{tools} that condition {number} holds or takes away, and not the policy."""
    sometimes: str
    """Label of the tools of which some calls wait."""
    value: str
    """{tools} of which a call waits for its values."""
    text: str
    """{tools} of which a call waits for what was read before."""
    either: str
    """{tools} of which a call waits for either."""
    passes: str
    """Label of the tools that nobody is asked for."""
    passed: str
    """What becomes of {tools}; {most} is what is said of their number, or empty."""
    most: str
    """{rate} of all calls together."""
    refused: str
    """What becomes of values out of bounds, where nobody is asked."""
    limits: str
    """Label of what the description limits."""
    undone: str
    """Label of the score that the gravest single answer makes."""
    assumed_no: str
    """Beginning of what is assumed not to be so."""
    assumed_yes: str
    """Beginning of what is assumed to be so."""
    own_words: str
    """What a server says of itself: {text}."""
    no_purpose: str
    """Question where nothing says what it is for."""
    among: str
    """A {number} of tools, with the first of them by name."""
    of_member: str
    """A {tool} of a {member}, where others have one of its name."""


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
    verify: Effort
    """An open answer that must come out well."""
    amounts: Words
    """Facts that tools show of which a limit decides how much harm a call can do."""
    page: PageWords
    """Words of the page that decides."""
    words: tuple[WordRule, ...]
    """What words mean that conditions and questions use."""
