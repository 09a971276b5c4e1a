"""The policy section: what is enforced, how one format says it, and what is lost."""

from dataclasses import dataclass
from itertools import takewhile

from threatmodel.assessment import Assessment
from threatmodel.errors import first_of
from threatmodel.outputs.pages.labels import GUARDS, mark
from threatmodel.outputs.pages.summary import enforced
from threatmodel.outputs.text import count, cut, sentence
from threatmodel.policy.guard import EVERY, CompiledPolicy, Guard, Loss, Parameter, Residual
from threatmodel.policy.residual import force_of
from threatmodel.threats.names import joined

_TOOLS_NAMED = 4
_SAYS_LETTERS, _SAYS_MOST = 180, 400
"""Letters of the guard that stands for its kind, and from where on it is cut."""
_FEW, _BLANKS, _VALUES = 2, 12, 8
PAGE_HOLDS = 80_000
"""Characters of a policy that a page shows; longer ones are named."""


@dataclass(frozen=True, slots=True)
class GuardGroup:
    """Guards of one kind."""

    title: str
    count: int
    says: str
    """What they enforce: the sentence of the first, and how many are like it."""
    tools: str
    """Names of the tools; cut when many."""


@dataclass(frozen=True, slots=True)
class LossRow:
    """Guards that the format cannot express, and that end alike."""

    title: str
    """What was planned, and for how many tools."""
    outcome: str
    """weakened or dropped."""
    instead: str


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
    callable: int
    """Tools that can still be called, at once or with a person."""
    residual: Residual
    mark: str
    """Style name of its band."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A value of the policy that only a person knows."""

    name: str
    says: str
    """What it is, with at most a few tools named."""
    default: str
    """What is in force until then."""


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The policy, in the first format."""

    groups: tuple[GuardGroup, ...]
    lead: str
    """The finding of this section."""
    policy: CompiledPolicy | None
    """The policy; None without tools."""
    losses: tuple[LossRow, ...]
    """What the format cannot hold."""
    blanks: tuple[Blank, ...]
    """Values to fill in before use."""


def policy_view(assessment: Assessment) -> PolicyView:
    """Lay out the plan and its first format."""
    policy = next(iter(assessment.policies), None)
    guards = {guard.id: guard for guard in assessment.plan.guards}
    return PolicyView(
        groups=guard_groups(assessment.plan.guards),
        lead=_lead(assessment, policy),
        policy=policy,
        losses=_losses(policy.losses, guards) if policy else (),
        blanks=_blanks(assessment.plan.parameters)[:_BLANKS],
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
            _callable(assessment, policy),
            left[policy.format],
            mark(left[policy.format].severity),
        )
        for policy in assessment.policies
        if policy.format in left
    )


def _callable(assessment: Assessment, policy: CompiledPolicy) -> int:
    access = force_of(assessment.plan, policy).access
    return sum(access.get(r.name, "deny") not in ("deny", "hide") for r in assessment.readings)


def copyable(assessment: Assessment) -> tuple[CompiledPolicy, ...]:
    """Give the policies that a page holds whole."""
    return tuple(policy for policy in assessment.policies if len(policy.text) <= PAGE_HOLDS)


def too_long(assessment: Assessment) -> tuple[CompiledPolicy, ...]:
    """Give the policies that a page only names."""
    return tuple(policy for policy in assessment.policies if len(policy.text) > PAGE_HOLDS)


def ways_round(after: Residual | None) -> tuple[str, ...]:
    """Join the ways round that differ in the tool alone."""
    tools: dict[str, list[str]] = {}
    for way in after.ways_round if after else ():
        tool, _, does = way.partition(" ")
        tools.setdefault(does, []).append(tool)
    return tuple(
        f"{_named(tuple(found))}{': each' if len(found) > 1 else ''} {does}"
        for does, found in tools.items()
    )


def residual_says(assessment: Assessment) -> str:
    """Say what the first policy does to the score; empty without one."""
    after, score = enforced(assessment), assessment.score
    if after is None:
        return ""
    today = f"{score.value:.1f} today"
    if after.value == score.value:
        return f"{today}, and the same with the policy: the worst threat is out of a proxy's reach."
    return f"{today}, {after.value:.1f} with the policy."


def guard_groups(guards: tuple[Guard, ...]) -> tuple[GuardGroup, ...]:
    """Join guards of one kind, the strictest kind first."""
    groups = []
    for kind, title in GUARDS.items():
        mine = [g for g in guards if g.kind == kind]
        if mine:
            says = tuple(dict.fromkeys(g.says for g in mine))
            more = f" And {len(says) - 1} like it." if len(says) > 1 else ""
            tools = tuple(dict.fromkeys(g.tool for g in mine if g.tool != EVERY))
            short = next((one for one in says if len(one) <= _SAYS_LETTERS), min(says, key=len))
            if kind == "allow" and len({g.because for g in mine}) > 1:
                short = short.partition(":")[0]  # the reason of one is none of the others'
            text = cut(sentence(short), _SAYS_MOST) + more
            groups.append(GuardGroup(title, len(mine), text, _named(tools)))
    return tuple(groups)


def _blanks(parameters: tuple[Parameter, ...]) -> tuple[Blank, ...]:
    """Join values of one kind that are held to the same until they are filled in."""
    alike: dict[tuple[str, str], list[Parameter]] = {}
    for one in parameters:
        alike.setdefault((one.says.split(":")[0], one.default), []).append(one)
    by_name: dict[str, list[Blank]] = {}
    for (asks, default), found in alike.items():
        alone = len(found) == 1
        says = _few_tools(found[0].says) if alone else f"{asks}: an entry each in `policy:`."
        name = _joined([one.name for one in found])
        by_name.setdefault(name, []).append(Blank(name, says, default))
    return tuple(_once(found) for found in by_name.values())


def _once(found: list[Blank]) -> Blank:
    """Give one row to a value that several tools hold, each to something else."""
    if len(found) == 1:
        return found[0]
    says = f"{found[0].says.rpartition(', for ')[0]}, for each of {len(found)} tools."
    return Blank(found[0].name, says, "another for each tool, as the policy says")


def _joined(names: list[str]) -> str:
    """Name several values, what they begin with once; of many, the first."""
    if len(names) == 1:
        return names[0]
    levels = zip(*(name.split(".")[:-1] for name in names), strict=False)
    same = takewhile(lambda level: len({*level}) == 1, levels)
    head = "".join(f"{level[0]}." for level in same)
    told = [name.removeprefix(head) for name in names]
    return f"{head[:-1]}: {first_of(told, _VALUES)}" if head else first_of(told, _VALUES)


def _few_tools(says: str) -> str:
    """Count the tools at the end of a sentence where they are many; the policy names them."""
    head, ends, tools = says.rpartition(", for ")
    named = tools.count(", ") + 2 if " and " in tools else 1
    return f"{head}, for {named} tools." if ends and named > _FEW else says


def _named(tools: tuple[str, ...]) -> str:
    if len(tools) > _TOOLS_NAMED:
        return first_of(tools, _TOOLS_NAMED)
    return joined(tools) or "all tools"


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


def _losses(losses: tuple[Loss, ...], guards: dict[str, Guard]) -> tuple[LossRow, ...]:
    """Join losses of one kind of guard that end alike; dropped ones first."""
    found: dict[tuple[str, str, str], list[Loss]] = {}
    for loss in losses:
        guard = guards.get(loss.guard)
        kind = GUARDS[guard.kind] if guard else loss.guard
        found.setdefault((loss.outcome, kind, loss.instead), []).append(loss)
    return tuple(
        LossRow(_title(kind, alike, guards), outcome, instead)
        for (outcome, kind, instead), alike in sorted(found.items(), key=lambda item: item[0])
    )


def _title(kind: str, losses: list[Loss], guards: dict[str, Guard]) -> str:
    tools = {guards[loss.guard].tool for loss in losses if loss.guard in guards} - {EVERY}
    where = count(len(tools), "tool") if tools else "all tools"
    return f"{kind}: {next(iter(tools)) if len(tools) == 1 else where}"
