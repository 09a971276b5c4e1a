"""Everything the report templates show, section by section, by the names templates use."""

from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath

from threatmodel.assessment import Assessment
from threatmodel.description.system import System
from threatmodel.facts.defaults import judging_host
from threatmodel.outputs import Options
from threatmodel.outputs.claim import claim_of
from threatmodel.outputs.pages import (
    appendix,
    decision,
    findings,
    flow,
    layers,
    policy,
    score,
    subject,
    summary,
    tools,
)
from threatmodel.outputs.pages.findings import numbered
from threatmodel.outputs.pages.labels import MADE_WITH, PROFILES, mark
from threatmodel.outputs.pages.member import MOST_PAGES, member_pages
from threatmodel.outputs.pages.questions import all_questions, shown_questions
from threatmodel.outputs.pages.score import formula
from threatmodel.outputs.pages.summary import scale_of
from threatmodel.outputs.pages.system_map import system_says
from threatmodel.outputs.system import system_of
from threatmodel.outputs.text import count, cut, long_date, one_line
from threatmodel.outputs.theme import Theme
from threatmodel.policy.guard import CompiledPolicy
from threatmodel.scales import PRIORITIES
from threatmodel.threats.names import in_sentence

CONTENTS = (
    ("", "summary", "Decision"),
    ("1", "score", "Score"),
    ("2", "tools", "Tool surface"),
    ("3", "flow", "Data flow"),
    ("4", "layers", "Seven layers"),
    ("5", "findings", "Findings to act on"),
    ("6", "paths", "Attack paths"),
    ("7", "policy", "Policy"),
    ("8", "residual", "Before and after"),
    ("9", "questions", "Open questions"),
    ("A", "all", "All findings and frameworks"),
    ("B", "facts", "What is known"),
    ("", "decisions", "Decisions and sign-off"),
)
"""Number, anchor and title of each section."""

_NAME = 160
_HEAD_LETTERS = 70

_MEMBERS = ("10", "members", "Members")

Part = dict[str, object]
"""Names and values for one section; a template that names anything else fails."""


def page_of(assessment: Assessment, theme: Theme, style: str) -> Part:
    """Work out everything that the report shows; `style` is the style sheet to inline."""
    return {
        "theme": theme,
        "style": style,
        **_head(assessment, theme),
        **_summary(assessment),
        **_score(assessment),
        **_model(assessment, full=bool(style)),
        **_system(assessment),
        **_policy(assessment, full=bool(style)),
        **_appendix(assessment),
    }


def policy_name(compiled: CompiledPolicy) -> str:
    """Name the attached file of a policy; formats share customary names."""
    return f"{compiled.format}.{compiled.file_name}"


def _head(assessment: Assessment, theme: Theme) -> Part:
    name, headline = cut(one_line(assessment.agent.name), _NAME), assessment.score
    shown = f"{headline.value:.1f} {headline.severity}" if assessment.enough_known else "no data"
    foot = [
        f"AIVSS {shown}",
        f"{MADE_WITH}, rules {assessment.knowledge.rules_version}",
    ]
    return {
        "name": name,
        "head": in_sentence(name, _HEAD_LETTERS),
        "known": assessment.enough_known,
        "title": f"{name}: agent risk report",
        "about": f"OWASP AIVSS score, MAESTRO threat model and proxy policy of {name}",
        "date": assessment.date,
        "date_text": long_date(assessment.date),
        "claim": claim_of(assessment, Options()).record,
        "made_with": MADE_WITH,
        "foot": "  ·  ".join([*foot, theme.classification] if theme.classification else foot),
        "kind": subject.kind_line(assessment),
        "host": judging_host(assessment.agent, assessment.knowledge),
        "profile": PROFILES.get(headline.profile, headline.profile),
        "mark": mark(headline.severity),
        "contents": _contents_of(assessment),
    }


def _summary(assessment: Assessment) -> Part:
    decided, after = decision.decision_of(assessment), summary.enforced(assessment)
    then = decided.then or ((after.value, "with the policy") if after else None)
    return {
        "what": subject.what_it_is(assessment),
        "signs_in": subject.signs_in(assessment),
        "handles": subject.handles(assessment),
        "without_tools": subject.without_tools(assessment),
        "counts": summary.counts(assessment),
        "decision": decided,
        "scale": scale_of(assessment.score, then, known=assessment.enough_known),
        "hinge": summary.hinge_text(assessment),
        "after": after,
        "layer_bars": layers.bars(assessment),
    }


def _score(assessment: Assessment) -> Part:
    headline = assessment.score
    finding, factors = score.headline_finding(assessment), score.factor_rows(assessment)
    return {
        "formula": formula(headline),
        "waterfall": score.waterfall_of(headline),
        "waterfall_says": score.waterfall_says(headline),
        "radar": score.radar_of(headline),
        "radar_says": score.radar_says(headline),
        "given": any(level.basis == "given" for level in headline.factors),
        "ranged": any(level.high > level.low for level in headline.factors),
        "base_title": score.base_title(assessment),
        "base_text": score.base_text(assessment),
        "metrics": finding.metrics if finding else (),
        "factors": factors,
        "asked_factors": any(row.question for row in factors),
        "answers": score.answer_rows(headline),
        "axis": score.axis_of(headline),
        "profiles": tuple((PROFILES.get(s.profile, s.profile), s) for s in assessment.profiles),
    }


def _contents_of(assessment: Assessment) -> tuple[tuple[str, str, str], ...]:
    """Give the sections of a report; a system has its members before the appendix."""
    at = next(n for n, (number, *_) in enumerate(CONTENTS) if number == "A")
    members = (_MEMBERS,) if isinstance(assessment.agent, System) else ()
    return (*CONTENTS[:at], *members, *CONTENTS[at:])


def _system(assessment: Assessment) -> Part:
    """Give what only a system shows."""
    system = system_of(assessment)
    pages = member_pages(assessment, system)
    members = len(system.members) if system else 0
    lead = f"The {MOST_PAGES} weakest of {members} members." if members > len(pages) else ""
    return {
        "system": system,
        "system_says": system_says(system) if system else "",
        "members": pages,
        "members_lead": lead or f"{count(members, 'member')}, each in its place.",
        "anchors": {page.member.name: page.anchor for page in pages},
    }


def _model(assessment: Assessment, *, full: bool) -> Part:
    asks, more = shown_questions(assessment)
    return {
        "tools": tools.surface(assessment, paper=not full),
        "all_tools": len(assessment.readings),
        "flow": flow.diagram(assessment),
        "layers": layers.layer_lines(assessment),
        "layers_lead": layers.lead(assessment),
        "full": full,
        "home": PurePath(assessment.facts.home).name,
        "cards": findings.every_card(assessment) if full else findings.cards(assessment),
        "filters": findings.filters(assessment),
        "heat": heat(assessment),
        "answered": findings.answered(assessment),
        "shared": assessment.model.shared,
        "paths": layers.path_views(assessment),
        "paths_lead": layers.paths_lead(assessment),
        "asks": asks,
        "every_ask": all_questions(assessment),
        "more_asks": more,
    }


def _policy(assessment: Assessment, *, full: bool) -> Part:
    return {
        "policy": policy.policy_view(assessment),
        "policies": policy.copyable(assessment) if full else (),
        "long_policies": policy.too_long(assessment),
        "formats": policy.format_rows(assessment),
        "residual_says": policy.residual_says(assessment),
        "ways_round": policy.ways_round(summary.enforced(assessment)),
    }


def _appendix(assessment: Assessment) -> Part:
    return {
        "crosswalk": appendix.crosswalk(assessment),
        "columns": appendix.COLUMNS,
        "other_counts": _other_counts(assessment),
        "known_facts": appendix.known(assessment),
        "fact_counts": appendix.counted(assessment),
        "formats_attached": len(assessment.policies),
    }


def _other_counts(assessment: Assessment) -> str:
    states = Counter(finding.state for finding in assessment.model.findings)
    return (
        f"{states['needs_answer']} more wait for an answer, {states['closed']} are closed by"
        f" controls in place, {states['not_applicable']} do not apply."
    )


# Open findings on a heat map, by how bad and how likely they are.


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One field of the heat map."""

    word: str
    """What to do about what lies here."""
    heat: int
    """0 for note to 3 for act now."""
    found: tuple[tuple[int, str], ...]
    """Numbers and threat ids of the findings that lie here."""


@dataclass(frozen=True, slots=True)
class Heat:
    """Findings by how bad and how likely they are."""

    likely: tuple[str, ...]
    """Columns: likelihoods, the least first."""
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]
    """Rows: impacts, the worst first, each with a field for each likelihood."""
    says: str


def heat(assessment: Assessment) -> Heat:
    """Place the agent's own open findings by impact and likelihood."""
    table, verdicts = assessment.knowledge.priority, assessment.scored.outcome.verdicts
    placed: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for id_, number in numbered(assessment).items():
        placed.setdefault((verdicts[id_].impact, verdicts[id_].likelihood), []).append(
            (number, id_)
        )
    rows = tuple(
        (
            impact.capitalize(),
            tuple(
                HeatCell(word, PRIORITIES.index(word), tuple(placed.get((impact, likely), ())))
                for likely, word in zip(table.likelihoods, words, strict=True)
            ),
        )
        for impact, words in zip(table.impacts, table.matrix, strict=True)
    )
    likely = tuple(name.replace("_", " ").capitalize() for name in table.likelihoods)
    return Heat(likely, rows[::-1], _heat_says(assessment))


def _heat_says(assessment: Assessment) -> str:
    found = assessment.model.open
    if not found:
        return "No threat of its own is open."
    first = sum(finding.priority == "act now" for finding in found)
    verb = "calls" if first == 1 else "call"
    if not first:
        return f"None of the {count(len(found), 'open threat')} calls for action today."
    return f"{first} of {count(len(found), 'open threat')} {verb} for action now."
