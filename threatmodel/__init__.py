"""Compile an agent description into a score, a threat model and the policies that mitigate it.

The names below are the stable Python interface; each is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threatmodel._version import VERSION
    from threatmodel.assessment import Assessment, assess
    from threatmodel.catalogue.build import How, build_site
    from threatmodel.catalogue.job import Choices
    from threatmodel.description.agent import Agent
    from threatmodel.description.load import load_agent, load_agent_text
    from threatmodel.errors import AivssError
    from threatmodel.outputs import EMBEDS, OUTPUTS, embed, render
    from threatmodel.score.result import Score
    from threatmodel.threats.result import ThreatModel

__all__ = [
    "EMBEDS",
    "OUTPUTS",
    "VERSION",
    "Agent",
    "AivssError",
    "Assessment",
    "Choices",
    "How",
    "Score",
    "ThreatModel",
    "assess",
    "build_site",
    "embed",
    "load_agent",
    "load_agent_text",
    "render",
]

_PLACES = {
    "Agent": "description.agent",
    "AivssError": "errors",
    "Assessment": "assessment",
    "Choices": "catalogue.job",
    "EMBEDS": "outputs",
    "How": "catalogue.build",
    "OUTPUTS": "outputs",
    "Score": "score.result",
    "ThreatModel": "threats.result",
    "VERSION": "_version",
    "assess": "assessment",
    "build_site": "catalogue.build",
    "embed": "outputs",
    "load_agent": "description.load",
    "load_agent_text": "description.load",
    "render": "outputs",
}


def __getattr__(name: str) -> object:
    """Import a name of the interface when it is first used (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module 'threatmodel' has no attribute '{name}'")
    found: object = getattr(import_module(f"threatmodel.{_PLACES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the interface too."""
    return sorted({*globals(), *__all__})
