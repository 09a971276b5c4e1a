"""Conditions for a yes as JSON and Markdown; one type builds the document and its schema."""

from typing import Any, Literal

from pydantic import Field

from threatmodel.advise import Advice, Step
from threatmodel.advise.choices import Choice, Left
from threatmodel.assessment import Assessment
from threatmodel.outputs.document_types import Document, SchemaDocument, some_of
from threatmodel.outputs.documents import schema_id
from threatmodel.outputs.text import code, count, plain
from threatmodel.score.result import Question


class Condition(Document):
    """One condition, in the order in which they are best met."""

    condition: str
    """`policy`, a fact or control id, or `hold:` or `without:` and what the tools show; in a system
    after the member's name, and `flow:` with its number and a check for a check at a flow."""
    kind: Literal["policy", "control", "verify", "hold", "without", "flow"]
    """What kind it is; `verify` is an open answer that must come out well, `flow` a check at a
    flow."""
    who: str
    """Who does it, as a role."""
    effort: int
    """Working days; judgement, as in frameworks/policy/advise.yaml."""
    says: str
    """What to do."""
    tools: list[str]
    """Tools that are held or go, sorted."""
    value: float
    """Headline once this and all before it hold."""
    severity: str
    """Its band."""
    closes: list[str]
    """Threats that were open before it and are not after it."""


@some_of(Left, *Left._fields)
class LeftShape(Document):
    """A way on which strangers' text still comes to a member that does harm with it."""

    closing: str
    """The cheapest check that closes it; empty where no single check does."""


@some_of(Question, "fact", "text", "if_true", "if_false")
class AskedShape(Document):
    """An open question, with the headline under the conditions after each answer."""

    text: str
    """The question; in a system after the member's name."""


@some_of(
    Advice,
    *("agent", "under", "today", "severity", "reached", "known", "high", "value", "effort"),
    *("format", "conditions", "stays", "slowed", "hidden", "opened_together", "asked", "left"),
)
class AdviceDocument(SchemaDocument):
    """What `aivss advise --format json` prints."""

    known: bool
    """Whether enough is known for a score to say something."""
    high: float
    """What the headline as it is can still rise to with the answers to open questions."""
    conditions: list[Condition]
    """The cheapest conditions."""
    opened_together: list[str]
    """Threats that are open only because several agents share a session."""
    asked: list[AskedShape]
    """Open questions that still move the headline once the conditions hold, the product's first."""
    left: list[LeftShape] = Field(default_factory=list)
    """Ways of a system that the conditions leave open; left out for one agent."""


def advice_json(advice: Advice, opened: tuple[str, ...], assessment: Assessment) -> dict[str, Any]:
    """Give the conditions as JSON values; the assessment is that of the agent as it is."""
    document = AdviceDocument.of(
        advice,
        schema=schema_id("advice"),
        known=assessment.enough_known,
        high=assessment.score.high,
        conditions=[_condition(step) for step in advice.steps],
        opened_together=opened,
        asked=[AskedShape.of(one) for one in advice.asked],
        left=[
            LeftShape.of(one, closing=one.closing.says if one.closing else "")
            for one in advice.left
        ],
    )
    unsaid = None if advice.left else {"left"}
    return document.model_dump(mode="json", by_alias=True, exclude=unsaid)


def left_text(one: Left) -> str:
    """Tell a way that stays open, and what closes it."""
    worst = f"worst path there: {one.harm[:1].lower()}{one.harm[1:]}"
    told = f"{' to '.join(one.way)}: strangers' text still comes to {one.member} ({worst})."
    if one.closing is None:
        return f"{told} No single check closes it."
    days = count(one.closing.effort, "day")
    return f"{told} To close it: {one.closing.says} ({one.closing.who}, about {days})"


def _condition(step: Step) -> Condition:
    choice = step.choice
    return Condition.of(
        choice,
        condition=choice.id,
        kind=_kind(choice),
        tools=sorted(choice.hold | choice.without),
        value=step.value,
        severity=step.severity,
        closes=step.closes,
    )


def _kind(choice: Choice) -> Literal["policy", "control", "verify", "hold", "without", "flow"]:
    if choice.check:
        return "flow"
    if choice.states:
        return "verify" if choice.verify else "control"
    if choice.hold:
        return "hold"
    return "without" if choice.without else "policy"


LEFT = "Ways that the conditions leave open"


def verdict(advice: Advice, assessment: Assessment) -> str:
    """Say what the conditions reach, as the end of a sentence."""
    if not assessment.enough_known:
        return "too little is known for a decision, and the questions of `aivss score` come first"
    many, days = count(len(advice.steps), "condition"), count(advice.effort, "day")
    if advice.reached and not advice.steps:
        return f"under {advice.under:g} as it is"
    if advice.reached:
        return f"{advice.value:.1f}, under {advice.under:g}, with {many}, about {days}"
    return (
        f"no known set of conditions brings it under {advice.under:g}; "
        f"{many} reach {advice.value:.1f}"
    )


def open_span(advice: Advice, assessment: Assessment) -> str:
    """Say how far the answers to open questions could lift the headline; empty below the line."""
    high = assessment.score.high
    if not assessment.enough_known or advice.steps or high < advice.under:
        return ""
    return f"By what is known: the open questions could lift it to {high:.1f}."


ASKED = "Answers that lift it over the line"
ASKED_SO = "The scores above take each of them to come out well."


def asked_text(advice: Advice) -> list[str]:
    """Tell the open questions of which one answer undoes the conditions, the worst first."""
    over = sorted(
        (one for one in advice.asked if one.high >= advice.under),
        key=lambda one: (-one.high, one.fact),
    )
    return [
        f"{one.text} If {'yes' if one.if_true > one.if_false else 'no'}: {one.high:.1f}"
        for one in over
    ]


def advice_markdown(advice: Advice, opened: tuple[str, ...], assessment: Assessment) -> str:
    """Give the conditions as Markdown, for a ticket or a pull request."""
    lines = [
        f"## Conditions for {plain(advice.agent)}",
        "",
        f"{advice.today:.1f} {advice.severity} today; {verdict(advice, assessment)}.",
        "",
    ]
    if more := open_span(advice, assessment):
        lines += [more, ""]
    if advice.steps:
        lines += ["| | Condition | Who | Days | Score after |", "|---|---|---|---|---|"]
    for number, step in enumerate(advice.steps, 1):
        cells = (plain(step.choice.says), step.choice.who, step.choice.effort, f"{step.value:.1f}")
        lines.append(f"| {number} | {' | '.join(str(cell) for cell in cells)} |")
    stays = (advice.stays,) if advice.stays else ()
    for title, threats in (("The score then rests on", stays), ("Open only together", opened)):
        if threats:
            lines += ["", f"{title}: {', '.join(code(threat) for threat in threats)}."]
    if over := asked_text(advice):
        lines += ["", f"{ASKED}. {ASKED_SO}", "", *(f"- {plain(one)}" for one in over)]
    if advice.left:
        lines += ["", f"{LEFT}:", "", *(f"- {plain(left_text(one))}" for one in advice.left)]
    return "\n".join(lines) + "\n"
