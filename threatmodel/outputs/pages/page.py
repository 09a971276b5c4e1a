"""Everything the report templates show, as one value."""

from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.assessment import Assessment
from threatmodel.classify.reading import ToolReading
from threatmodel.outputs.pages import (
    appendix,
    findings,
    flow,
    layers,
    paths,
    policy,
    questions,
    score,
    summary,
    tools,
)
from threatmodel.outputs.pages.formula import Line, formula
from threatmodel.outputs.pages.labels import PROFILES, mark
from threatmodel.outputs.pages.scale import Scale, Strip, scale_of, strip_of
from threatmodel.outputs.text import long_date, one_line
from threatmodel.outputs.theme import Theme
from threatmodel.outputs.version import MADE_WITH
from threatmodel.policy.guard import CompiledPolicy, Residual
from threatmodel.score.headline import Score
from threatmodel.threats.finding import Finding, MetricReason

CONTENTS = (
    ("", "summary", "Summary"),
    ("1", "score", "Score"),
    ("2", "tools", "Tool surface"),
    ("3", "flow", "Data flow"),
    ("4", "layers", "Seven layers"),
    ("5", "findings", "Findings to act on"),
    ("6", "paths", "Attack paths"),
    ("7", "policy", "Policy"),
    ("8", "residual", "Before and after"),
    ("9", "decisions", "Decisions"),
    ("10", "questions", "Open questions"),
    ("11", "signoff", "Sign-off"),
    ("A", "all", "All findings"),
    ("B", "facts", "Facts and evidence"),
    ("C", "references", "References"),
    ("D", "method", "Method and check"),
)
"""Number, anchor and title of each section."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents."""

    number: str
    """Its number; empty for the summary."""

    id: str
    """Its anchor."""

    title: str
    """Its heading."""


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One profile beside the others."""

    name: str
    """Its name."""

    score: Score
    """The headline under it."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the templates of the report show; charts are SVG that is safe to include."""

    theme: Theme
    style: str
    title: str
    about: str
    date: str
    date_text: str
    made_with: str
    foot: str
    kind: str
    profile: str
    mark: str
    contents: tuple[Entry, ...]
    scale: Scale
    what: str
    counts: summary.Counts
    dangers: tuple[Finding, ...]
    actions: tuple[summary.Action, ...]
    actions_title: str
    after: Residual | None
    strip_today: tuple[Strip, ...]
    strip: tuple[Strip, ...]
    layer_bars: tuple[layers.Bar, ...]
    formula: tuple[Line, ...]
    waterfall: Markup
    radar: Markup
    base_title: str
    base_text: str
    metrics: tuple[MetricReason, ...]
    factors: tuple[score.FactorRow, ...]
    answers: tuple[score.AnswerRow, ...]
    axis: score.Axis
    profiles: tuple[ProfileRow, ...]
    readings: tuple[ToolReading, ...]
    tools: tools.Surface
    flow: flow.Diagram
    layers: tuple[layers.LayerRow, ...]
    layers_lead: str
    cards: tuple[findings.Card, ...]
    paths: tuple[paths.PathView, ...]
    policy: policy.PolicyView
    formats: tuple[policy.FormatRow, ...]
    residual_figure: Markup
    asks: tuple[questions.Ask, ...]
    more_asks: int
    open_rows: tuple[findings.Row, ...]
    other_rows: tuple[tuple[str, tuple[findings.Row, ...]], ...]
    facts: tuple[appendix.FactRow, ...]
    untrue: str
    untrue_count: int
    unknown: tuple[str, ...]
    frameworks: tuple[appendix.Framework, ...]
    attached: str


def page_of(assessment: Assessment, theme: Theme, style: str) -> Page:
    """Work out everything that the report shows."""
    name = one_line(assessment.agent.name)
    headline = assessment.score
    asks, more = questions.shown_questions(assessment)
    after = summary.enforced(assessment)
    actions, counted = summary.actions(assessment), summary.counts(assessment)
    words = {1: "One action that helps", 2: "Two actions that help"}
    finding = score.headline_finding(assessment)
    foot = [f"AIVSS {headline.value:.1f} {headline.severity}", MADE_WITH]
    foot[1] += f", rules {assessment.knowledge.rules_version}"
    return Page(
        theme=theme,
        style=style,
        title=f"{name}: agent risk report",
        about=f"OWASP AIVSS score, MAESTRO threat model and proxy policy of {name}",
        date=assessment.date,
        date_text=long_date(assessment.date),
        made_with=MADE_WITH,
        foot="  ·  ".join([*foot, theme.classification] if theme.classification else foot),
        kind=summary.kind_line(assessment),
        profile=PROFILES.get(headline.profile, headline.profile),
        mark=mark(headline.severity),
        contents=tuple(Entry(*entry) for entry in CONTENTS),
        scale=scale_of(headline, after),
        what=summary.what_it_is(assessment),
        counts=counted,
        dangers=summary.dangers(assessment),
        actions=actions,
        actions_title=words.get(len(actions), "Three actions that help most"),
        after=after,
        strip_today=strip_of((counted.open, counted.reduced, counted.closed)),
        strip=strip_of((after.open, after.reduced, after.closed)) if after else (),
        layer_bars=layers.bars(assessment),
        formula=formula(headline),
        waterfall=score.waterfall_of(headline),
        radar=score.radar_of(headline),
        base_title=score.base_title(assessment),
        base_text=score.base_text(assessment),
        metrics=finding.metrics if finding else (),
        factors=tuple(score.factor_rows(assessment)),
        answers=tuple(score.answer_rows(headline)),
        axis=score.axis_of(headline),
        profiles=tuple(ProfileRow(PROFILES.get(s.profile, s.profile), s) for s in assessment.profiles),
        readings=assessment.readings,
        tools=tools.surface(assessment),
        flow=flow.diagram(assessment),
        layers=layers.layer_rows(assessment),
        layers_lead=layers.lead(assessment),
        cards=findings.cards(assessment),
        paths=paths.path_views(assessment),
        policy=policy.policy_view(assessment),
        formats=policy.format_rows(assessment),
        residual_figure=policy.residual_figure(assessment),
        asks=asks,
        more_asks=more,
        open_rows=findings.rows(assessment, "open_stated", "open_assumed", "reduced"),
        other_rows=_others(assessment),
        facts=appendix.true_facts(assessment),
        untrue=appendix.false_facts(assessment),
        untrue_count=sum(f.value is False for f in assessment.facts.facts.values()),
        unknown=appendix.unknown_facts(assessment),
        frameworks=appendix.frameworks(assessment),
        attached=", ".join(attachment_names(assessment)),
    )  # fmt: skip


def attachment_names(assessment: Assessment) -> tuple[str, ...]:
    """Name the files attached to the PDF, the description left out."""
    policies = tuple(policy_name(policy) for policy in assessment.policies)
    return ("assessment.json", "questions.yaml", *policies)


def policy_name(policy: CompiledPolicy) -> str:
    """Name the attached file of a policy; formats share customary names."""
    return f"{policy.format}.{policy.file_name}"


def _others(assessment: Assessment) -> tuple[tuple[str, tuple[findings.Row, ...]], ...]:
    groups = (
        ("To answer", ("needs_answer",)),
        ("Closed by controls in place", ("closed",)),
        ("Does not apply", ("not_applicable",)),
    )
    found = ((title, findings.rows(assessment, *states)) for title, states in groups)
    return tuple((title, rows) for title, rows in found if rows)
