"""A system as text: its members alone and in place, the way to its score, what helps most."""

from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.cli.style import band, fit, heading, wrapped
from threatmodel.errors import AivssError, suggestion
from threatmodel.outputs.system import help_that_helps, made_by, system_of, unseen_flows
from threatmodel.outputs.system_types import MemberShape, SystemShape
from threatmodel.threats.names import listed

_NAME = 24


def in_place(assessment: Assessment, name: str) -> Assessment:
    """Give a member of a system in its place."""
    members = assessment.members if isinstance(assessment, SystemAssessment) else ()
    named = {one.agent.name: one for one in members}
    if name not in named:
        hint = suggestion(name, named) if named else "it describes one agent, not a system"
        raise AivssError(f"--member: there is no agent '{name}' among the members", hint=hint)
    return named[name]


def unseen_text(assessment: Assessment, member: str | None) -> str:
    """Say which flows no gateway sees, so that no policy can hold them; empty for one agent."""
    found = unseen_flows(assessment, member)
    if not found:
        return ""
    many = "flow" if len(found) == 1 else "flows"
    told = f"no gateway sees {len(found)} {many}: {listed(found, 6)}. What checks them is outside"
    return wrapped(f"{told} this policy.", 4, "  - ")


def members_text(assessment: Assessment) -> str:
    """Lay out the members of a system; nothing for what is none."""
    system = system_of(assessment)
    if system is None:
        return ""
    head = f"{'member':<{_NAME}} {'alone':>5} {'in place':>8}  what reaches it\n"
    rows = "".join(_row(member) for member in system.members)
    return heading("Members") + head + rows + _told(system)


def _row(member: MemberShape) -> str:
    name = f"{fit(member.name, _NAME):<{_NAME}}"
    if member.value is None or member.alone is None:
        return wrapped("a person: reads what comes, and decides", 42, f"{name} {'':>5} {'':>8}  ")
    place = band(member.severity, f"{member.value:>8.1f}")
    none = "no strangers' text" if member.known else "strangers' text: not known"
    own = "strangers' text, by its own tools or users" if member.takes_in else none
    told = f"strangers' text: {' to '.join(member.way)}" if member.way else own
    return wrapped(told, 42, f"{name} {member.alone:>5.1f} {place}  ")


def _told(system: SystemShape) -> str:
    text = wrapped(f"{system.weakest} has the highest score, {made_by(system)}", 10, "weakest")
    helps = help_that_helps(system)
    if helps is None:
        return text + wrapped("no single check at a flow changes that", 10, "helps")
    freed = f"; strangers' text then reaches {listed(helps.freed)} no more" if helps.freed else ""
    told = f"a check by {helps.check} from {helps.sender} to {helps.to}: {helps.says}"
    return text + wrapped(f"{told}; highest score then {helps.value:.1f}{freed}", 10, "helps")
