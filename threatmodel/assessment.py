"""The whole pipeline, top to bottom."""

from dataclasses import dataclass

from threatmodel.classify.reading import ToolReading
from threatmodel.description.agent import Agent
from threatmodel.facts.fact import Facts
from threatmodel.knowledge.load import Knowledge
from threatmodel.policy.guard import CompiledPolicy, Plan, Residual
from threatmodel.score.headline import Score
from threatmodel.threats.finding import ThreatModel


@dataclass(frozen=True, slots=True)
class Assessment:
    """One agent, assessed; all that any output needs."""

    agent: Agent
    """As described."""

    knowledge: Knowledge
    """The rules it was assessed by."""

    date: str
    """ISO date printed on reports; empty where none is stated."""

    readings: tuple[ToolReading, ...]
    """What each tool can do."""

    facts: Facts
    """What is true of it."""

    model: ThreatModel
    """What can go wrong."""

    score: Score
    """How bad it could get."""

    profiles: tuple[Score, ...]
    """The headline under every profile, the chosen one included."""

    plan: Plan
    """What a proxy must enforce."""

    policies: tuple[CompiledPolicy, ...]
    """The plan in every format."""

    residuals: tuple[Residual, ...]
    """What is left, per format; the plan itself first."""
