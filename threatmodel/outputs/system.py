"""A system in outputs: its part of a document, and the flows that no policy can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment

if TYPE_CHECKING:
    from threatmodel.outputs.system_types import HelpShape, SystemShape


def system_of(assessment: Assessment) -> SystemShape | None:
    """Give a system's members and flows; None for an agent that is no system."""
    if not isinstance(assessment, SystemAssessment):
        return None
    from threatmodel.outputs.system_types import system_shape  # noqa: PLC0415 - pydantic takes 90 ms

    return system_shape(assessment)


def unseen_flows(assessment: Assessment, member: str | None = None) -> tuple[str, ...]:
    """Name the flows that no gateway sees, so that no policy can hold them: none is a tool call.

    Args:
        assessment: Nothing is named for what is no system.
        member: A member at either end; None for every flow.
    """
    if not isinstance(assessment, SystemAssessment):
        return ()
    net = assessment.wired.net
    called = {name for name in net.agents if not net.asks(name)}
    return tuple(
        f"{flow.sender} to {flow.to}"
        for flow in assessment.system.flows
        if member in (None, flow.sender, flow.to) and not called & {flow.sender, flow.to}
    )


def system_json(assessment: Assessment) -> dict[str, object]:
    """Give the part of a document that only a system has; nothing for an agent that is none."""
    found = system_of(assessment)
    return {"system": found.model_dump(mode="json")} if found else {}


def made_by(system: SystemShape) -> str:
    """Say over which places the weakest member has its score, or by what else."""
    if system.way:
        return f"by way of {' to '.join(system.way)}"
    member = next((one for one in system.members if one.name == system.weakest), None)
    if member is None or member.value == member.alone:
        return "by itself"
    return f"in its place in the system ({member.alone:.1f} alone)"


def help_that_helps(system: SystemShape) -> HelpShape | None:
    """Give the check that helps most, unless it lowers nothing and frees no member."""
    helps = system.helps
    top = max((one.value or 0.0 for one in system.members), default=0.0)
    return helps if helps and (helps.value < top or helps.freed) else None
