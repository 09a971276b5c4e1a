"""The policy section: what is enforced, how one format says it, and what is lost."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.outputs.charts.before_after import before_after
from threatmodel.outputs.pages.labels import GUARDS, mark
from threatmodel.outputs.pages.summary import enforced
from threatmodel.outputs.text import count, cut, listed
from threatmodel.policy.guard import CompiledPolicy, Guard, Loss, Residual

_LINES, _LINE_LETTERS = 34, 160
_TOOLS_NAMED = 6


@dataclass(frozen=True, slots=True)
class GuardGroup:
    """Guards of one kind."""

    title: str
    """Heading."""

    count: int
    """How many guards."""

    says: tuple[str, ...]
    """What they enforce; each sentence once, the most common first."""

    tools: str
    """Names of the tools; cut when many."""


@dataclass(frozen=True, slots=True)
class LossRow:
    """A guard that the format cannot express."""

    says: str
    """What was planned."""

    tool: str
    """Tool it guards; empty for all."""

    loss: Loss
    """What happens instead."""


@dataclass(frozen=True, slots=True)
class FormatRow:
    """One format compared with the others."""

    title: str
    """Product."""

    kept: int
    """Guards as planned."""

    weaker: int
    """Guards that are stricter or coarser than planned."""

    lost: int
    """Guards that are not enforced."""

    residual: Residual
    """What is left."""

    mark: str
    """Style name of its band."""


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The policy, in the first format."""

    groups: tuple[GuardGroup, ...]
    """What is planned."""

    lead: str
    """The finding of this section."""

    policy: CompiledPolicy | None
    """The policy; None without tools."""

    excerpt: str
    """Its first lines."""

    more: int
    """How many lines are left out."""

    losses: tuple[LossRow, ...]
    """What the format cannot hold."""


def policy_view(assessment: Assessment) -> PolicyView:
    """Lay out the plan and its first format."""
    policy = next(iter(assessment.policies), None)
    guards = {guard.id: guard for guard in assessment.plan.guards}
    lines = policy.text.splitlines() if policy else []
    return PolicyView(
        groups=_groups(assessment.plan.guards),
        lead=_lead(assessment, policy),
        policy=policy,
        excerpt="\n".join(cut(line, _LINE_LETTERS) for line in lines[:_LINES]),
        more=max(0, len(lines) - _LINES),
        losses=tuple(
            _loss(loss, guards.get(loss.guard)) for loss in (policy.losses if policy else ())
        ),
    )


def format_rows(assessment: Assessment) -> tuple[FormatRow, ...]:
    """Compare the formats."""
    left = {residual.format: residual for residual in assessment.residuals}
    return tuple(
        FormatRow(
            policy.title,
            len(policy.kept),
            sum(loss.outcome == "weakened" for loss in policy.losses),
            sum(loss.outcome == "dropped" for loss in policy.losses),
            left[policy.format],
            mark(left[policy.format].severity),
        )
        for policy in assessment.policies
        if policy.format in left
    )


def residual_figure(assessment: Assessment) -> str:
    """Draw the score before and after; empty without a policy."""
    after = enforced(assessment)
    if after is None:
        return ""
    score = assessment.score
    return before_after((score.value, score.low, score.high), after.value, after.amended)


def _groups(guards: tuple[Guard, ...]) -> tuple[GuardGroup, ...]:
    groups = []
    for kind, title in GUARDS.items():
        mine = [g for g in guards if g.kind == kind]
        if mine:
            says = tuple(dict.fromkeys(g.says for g in mine))
            tools = tuple(dict.fromkeys(g.tool for g in mine if g.tool != "*"))
            groups.append(GuardGroup(title, len(mine), says[:3], _named(tools)))
    return tuple(groups)


def _named(tools: tuple[str, ...]) -> str:
    if len(tools) > _TOOLS_NAMED:
        return f"{', '.join(tools[:_TOOLS_NAMED])} and {len(tools) - _TOOLS_NAMED} more"
    return listed(tools) or "all tools"


def _lead(assessment: Assessment, policy: CompiledPolicy | None) -> str:
    planned = len(assessment.plan.guards)
    if policy is None or not planned:
        return ""
    weaker = sum(loss.outcome == "weakened" for loss in policy.losses)
    lost = len(policy.losses) - weaker
    text = f"{count(planned, 'guard')} planned. {policy.title} holds {len(policy.kept)} of them"
    text += f", {weaker} more strictly or more coarsely" if weaker else ""
    text += f", and loses {lost}." if lost else " and loses none."
    return text


def _loss(loss: Loss, guard: Guard | None) -> LossRow:
    tool = guard.tool if guard and guard.tool != "*" else ""
    return LossRow(guard.says if guard else loss.guard, tool, loss)
