"""The report as Markdown that reads well in a pull request, and the data flow as Mermaid."""

from functools import lru_cache

from jinja2 import Environment, StrictUndefined, Template

from threatmodel.assessment import Assessment
from threatmodel.files import shipped
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.pages import findings, flow, layers, policy, subject, summary
from threatmodel.outputs.pages.labels import DECISIONS, MADE_WITH, PROFILES
from threatmodel.outputs.pages.questions import all_questions
from threatmodel.outputs.pages.score import formula, headline_finding
from threatmodel.outputs.text import code, count, long_date, plain, sentence

_ASKED = 10
_BARS = {"low": "▁", "medium": "▃", "high": "▅", "critical": "▇"}


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the report."""
    del options
    cards = findings.cards(assessment)
    told = {f.id for card in cards for f in (card.finding, *(part for _, part in card.parts))}
    rest = tuple(f for f in assessment.model.open if f.id not in told)
    return _template().render(
        assessment=assessment,
        score=assessment.score,
        known=assessment.enough_known,
        what=subject.what_it_is(assessment),
        found=summary.counts(assessment),
        worst=headline_finding(assessment),
        hinge=summary.hinge_text(assessment),
        actions=summary.actions(assessment),
        formula=formula(assessment.score),
        cards=cards,
        rest=rest,
        by_control=findings.by_control(assessment, rest),
        layers=layers.layer_lines(assessment),
        policy=policy.policy_view(assessment),
        formats=policy.format_rows(assessment),
        asks=all_questions(assessment),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    # Nothing is escaped unasked, as it is for HTML: each text of a stranger goes through `plain` or
    # `code`, which keep it from being read as Markdown.
    made = Environment(  # noqa: S701
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    made.filters |= {
        "plain": plain,
        "code": code,
        "count": count,
        "sentence": sentence,
        "long_date": long_date,
        "points": "{:.1f}".format,
        "level": "{:.2f}".format,
        "scored": lambda f: "" if f.score is None else f" {f.score:.1f}",
    }
    made.globals |= {
        "asked": _ASKED,
        "bars": _BARS,
        "decisions": DECISIONS,
        "made_with": MADE_WITH,
        "profiles": PROFILES,
    }
    return made.from_string(shipped("reports/report.md.j2").read_text("utf-8"))


def mermaid(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write data flow and trust zones as a flowchart, which Markdown viewers draw themselves."""
    del options
    return flow.flowchart(assessment)
