"""The conditions as they are told: each step with what is left after it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from threatmodel.advise.choices import Choice
from threatmodel.description.agent import Agent
from threatmodel.score.result import Question

if TYPE_CHECKING:
    from threatmodel.advise.left import Left


@dataclass(frozen=True, slots=True)
class Step:
    """One condition, in the order in which they are best met."""

    choice: Choice
    value: float
    """Headline once this and all steps before it hold."""
    severity: str
    """Its band."""
    closes: tuple[str, ...]
    """Threats that were open before this step and are not after it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The cheapest conditions; `AdviceDocument` says what its fields hold, as published."""

    agent: str
    under: float
    today: float
    severity: str
    reached: bool
    steps: tuple[Step, ...]
    """The conditions: to the line, or else to the lowest headline that is known to be reachable."""
    value: float
    effort: int
    stays: str
    """Threat of the headline that is left; empty where none is open."""
    format: str
    """Format of the policy whose losses count; empty: everything planned is enforced."""
    slowed: tuple[str, ...]
    """Tools that wait for a person under the policy."""
    hidden: tuple[str, ...]
    deployed: Agent = field(repr=False, compare=False)
    """The agent with the conditions stated by its operator."""
    asked: tuple[Question, ...] = ()
    """Open questions that still move the headline once the conditions hold."""
    left: "tuple[Left, ...]" = ()
    """Ways of a system on which strangers' text still comes to a member that does harm with it."""
