"""What `aivss advise` may ask for: checked when rules are compiled, decoded at run time."""

from dataclasses import dataclass

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Who does something, and what it takes."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - pydantic reads it from the class

    who: str
    """Who does it, as a role."""

    effort: int
    """Working days, from 1; judgement."""

    do: str = ""
    """What to do, in a sentence; empty where a question says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRule:
    """A condition that somebody can make true."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - as above

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

    needs: Words = ()
    """Facts one of which may hold, else the condition is about something that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRule:
    """A power of tools that can be held or done without."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - as above

    shows: Words
    """Facts one of which such a tool shows."""

    hold: int
    """What it costs to have a person approve each call, in the unit of the others."""

    without: int
    """What it costs to do without."""

    what: str
    """The tools, such as `the tools that delete`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviseRules:
    """Everything that may be asked for."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - as above

    policy: Effort
    """The recommended policy, whole."""

    conditions: tuple[ConditionRule, ...]
    """What somebody can make true."""

    powers: tuple[PowerRule, ...]
    """What can be held or done without."""

    verify: Effort
    """An open answer that must come out well."""
