"""The page of one agent: what its template shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threatmodel.assessment import Assessment
from threatmodel.catalogue.discover import folder_of
from threatmodel.catalogue.entry import WAITING, Entry, ToolSummary, tools_of
from threatmodel.catalogue.slots import notices
from threatmodel.outputs.pages import layers, score, subject, summary, tools
from threatmodel.outputs.pages.decision import Decision, InShort, in_short
from threatmodel.outputs.pages.labels import DECISIONS, KINDS, MADE_WITH, MARKS, STATES
from threatmodel.outputs.pages.questions import FormQuestion, all_questions
from threatmodel.outputs.pages.score import formula
from threatmodel.outputs.pages.system_map import system_says
from threatmodel.outputs.system import system_of
from threatmodel.outputs.text import count
from threatmodel.policy.guard import CompiledPolicy, Residual
from threatmodel.scales import GRAVEST_FIRST
from threatmodel.threats.finding import Finding

if TYPE_CHECKING:
    from threatmodel.catalogue.replies import Reply
    from threatmodel.outputs.system_types import SystemShape

_OPEN_GROUPS = ("Financial", "Destructive", "Execute")
# The most telling answers get a row with what each makes of the score, the next ones a line.
_ANSWERS, _ASKS = 10, 40


@dataclass(frozen=True, slots=True)
class Group:
    """The tools of one class."""

    name: str
    """Class."""
    policy: str
    """What the policy does with them by default."""
    tools: tuple[ToolSummary, ...]
    """Tools by name."""
    open: bool
    """Whether the group is shown unfolded."""


@dataclass(frozen=True, slots=True)
class FormatTab:
    """One policy format in the switch."""

    title: str
    """Product."""
    file: str
    """File below `policies/`."""
    says: str
    """What it holds and what it loses, in a sentence."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What an agent's page shows besides its assessment."""

    replies: tuple[Reply, ...]
    after: Residual | None
    """What the policy leaves; None where there is nothing to guard."""
    decision: Decision | None
    """The conditions for a yes; None where the site leaves them to reports."""
    files: tuple[tuple[str, str], ...]
    """Title and name of further files."""
    policies: tuple[CompiledPolicy, ...]
    """Policies that have files of their own."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Today's score on its scale, and what becomes of it; places and widths are in per cent."""

    today: str
    now: int | None
    """None where too little is known for a score."""
    label: int
    """Middle of a label, kept inside the scale."""
    after: int | None
    after_text: str
    after_says: str
    low: int
    width: int
    middle: int
    """Middle of the range's label, kept inside the scale."""
    told: str


@dataclass(frozen=True, slots=True)
class AgentPage:
    """What the template of an agent's page shows besides entry, claim and score."""

    what: str
    system: SystemShape | None
    system_says: str
    without_tools: str
    kind: str
    kind_line: str
    rules: str
    made_with: str
    digest: str
    notices: tuple[tuple[str, str], ...]
    short: InShort
    decision: Decision | None
    spot: Spot
    threats_lead: str
    formula: tuple[score.Equation, ...]
    base_text: str
    factors: tuple[score.FactorRow, ...]
    answers: tuple[score.AnswerRow, ...]
    answers_lead: str
    axis: score.Axis
    asks: tuple[FormQuestion, ...]
    layers: tuple[layers.LayerLine, ...]
    open: tuple[Finding, ...]
    shared: tuple[Finding, ...]
    waiting: tuple[Finding, ...]
    severities: tuple[tuple[str, int], ...]
    states: Mapping[str, str]
    decisions: Mapping[str, str]
    groups: tuple[Group, ...]
    tools_lead: str
    flags: tuple[tuple[str, str], ...]
    policy: CompiledPolicy | None
    policy_lead: str
    policy_says: str
    formats: tuple[FormatTab, ...]
    replies: tuple[Reply, ...]
    late: tuple[bool, ...]
    waits: tuple[bool, ...]
    tags: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def agent_page(assessment: Assessment, entry: Entry, beside: Beside) -> AgentPage:
    """Work out what the page of an agent shows."""
    after, decision = beside.after, beside.decision
    # First: it may try every open answer, and the questions below are some of those.
    short = decision or in_short(assessment, after)
    found = summary.counts(assessment)
    surface = tools.surface(assessment)
    answers = score.answer_rows(assessment.score)[:_ANSWERS]
    numbers = {row.number for row in answers}
    asked = all_questions(assessment)
    severities = Counter(str(f.severity or "none") for f in assessment.model.open)
    guarded = bool(assessment.plan.guards)
    system = system_of(assessment)
    return AgentPage(
        what=subject.what_it_is(assessment),
        system=system,
        system_says=system_says(system) if system else "",
        without_tools=subject.without_tools(assessment),
        kind=_capital(KINDS[assessment.agent.kind]),
        kind_line=subject.kind_line(assessment),
        rules=assessment.knowledge.rules_version,
        made_with=MADE_WITH,
        digest=assessment.agent.digest,
        notices=notices(entry),
        short=short,
        decision=decision,
        spot=_spot(assessment, after, decision),
        threats_lead=_counts_line(found),
        formula=formula(assessment.score) if assessment.enough_known else (),
        base_text=score.base_text(assessment),
        factors=score.factor_rows(assessment),
        answers=answers,
        answers_lead=_answers_lead(answers, assessment),
        axis=score.axis_of(assessment.score),
        asks=tuple(a for a in asked if a.number not in numbers)[:_ASKS],
        layers=tuple(sorted(layers.layer_lines(assessment), key=lambda row: _order(row.view.id))),
        open=summary.worst_first(assessment.model.open),
        shared=assessment.model.shared,
        waiting=tuple(f for f in assessment.model.findings if f.state == "needs_answer"),
        severities=tuple((s, severities[s]) for s in reversed(list(MARKS)) if severities[s]),
        states=STATES,
        decisions=DECISIONS,
        groups=_groups(surface, tools_of(entry)),
        tools_lead=surface.lead,
        flags=surface.flags,
        policy=assessment.policy if guarded else None,
        policy_lead=_policy_lead(assessment, after) if guarded else "",
        policy_says=_tab(assessment.policy).says if guarded else "",
        formats=tuple(_tab(policy) for policy in beside.policies),
        replies=beside.replies,
        late=tuple(reply.late for reply in entry.replies),
        waits=tuple(reply.state in WAITING for reply in entry.replies),
        tags=tuple((tag, folder_of(tag)) for tag in entry.tags),
        files=beside.files,
    )  # fmt: skip


def policy_file(policy: CompiledPolicy) -> str:
    """Name the file of a policy below `policies/`."""
    return f"{policy.format}{policy.file_name[policy.file_name.rindex('.') :]}"


def _spot(assessment: Assessment, after: Residual | None, decision: Decision | None) -> Spot:
    """Place today's score, and what it is with the conditions, else with the policy."""
    found, known = assessment.score, assessment.enough_known
    told = f"Score {found.value:.1f} of 10, {found.severity}" if known else "No score yet"
    if found.high > found.low:
        told += f"; range {found.low:.1f} to {found.high:.1f}"
    then, says = (after.value, "with the policy") if after and known else (None, "")
    if decision is not None and decision.then:
        then, says = decision.then
    if then is not None:
        told += f"; {then:.1f} {says}"
    low = _percent(found.low)
    return Spot(
        today=f"{found.value:.1f}" if known else "no data",
        now=_percent(found.value) if known else None,
        label=_inside(found.value, 6),
        after=None if then is None else _percent(then),
        after_text="" if then is None else f"{then:.1f}",
        after_says=says,
        low=low,
        width=_percent(found.high) - low,
        middle=_inside((found.low + found.high) / 2, 18),
        told=f"{told}.",
    )


def _percent(points: float) -> int:
    return round(min(max(points, 0.0), 10.0) * 10)


def _inside(points: float, room: int) -> int:
    return min(max(_percent(points), room), 100 - room)


def _order(layer: str) -> str:
    return "L9" if layer == "XL" else layer


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _counts_line(found: summary.Counts) -> str:
    text = f"{count(found.live, 'open threat')}"
    if found.words:
        text += f": {found.words}"
    if found.waiting:
        text += f"; {found.waiting} more {'needs' if found.waiting == 1 else 'need'} an answer"
    if found.closed:
        text += f"; {found.closed} closed by controls in place"
    return f"{text}."


def _answers_lead(answers: tuple[score.AnswerRow, ...], assessment: Assessment) -> str:
    if not answers:
        return ""
    found = assessment.score
    together = f"All answers together: {found.low:.1f} to {found.high:.1f}."
    spans = [row.question.high - row.question.low for row in answers]
    if len(spans) > 1 and spans[0] > 2 * spans[1]:
        return f"One answer outweighs all others: {answers[0].question.text} {together}"
    return f"{count(len(answers), 'answer')} would move it. {together}"


def _groups(surface: tools.ToolMatrix, marks: list[ToolSummary]) -> tuple[Group, ...]:
    told = {column.name: column.policy for column in surface.columns}
    return tuple(
        Group(
            name,
            told.get(name, ""),
            mine,
            open=name in _OPEN_GROUPS,
        )
        for name in GRAVEST_FIRST
        if (mine := tuple(sorted((t for t in marks if t.tool_class == name), key=lambda t: t.name)))
    )


def _policy_lead(assessment: Assessment, after: Residual | None) -> str:
    text = f"{count(len(assessment.plan.guards), 'guard')} in front of the tools"
    if after is None:
        return f"{text}; what is not listed is refused."
    found = assessment.score
    return f"{text} bring {found.value:.1f} to {after.value:.1f}, if nothing goes round the proxy."


def _tab(policy: CompiledPolicy) -> FormatTab:
    weaker = sum(loss.outcome == "weakened" for loss in policy.losses)
    lost = len(policy.losses) - weaker
    kept = count(len(policy.kept), "guard")
    says = f"{policy.title}: {kept} as planned, {weaker} stricter or coarser, {lost} lost."
    return FormatTab(policy.title, policy_file(policy), says)
