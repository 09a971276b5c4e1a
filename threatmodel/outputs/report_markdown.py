"""The report as Markdown that reads well in a pull request, and the data flow as Mermaid."""

from collections.abc import Iterator

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.pages import findings, flow, layers, policy, subject, summary
from threatmodel.outputs.pages.labels import DECISIONS, MADE_WITH, PROFILES
from threatmodel.outputs.pages.questions import all_questions
from threatmodel.outputs.pages.score import formula, headline_finding
from threatmodel.outputs.text import code, count, long_date, plain, sentence
from threatmodel.threats.finding import Finding

_ASKED = 10
_BARS = {"low": "▁", "medium": "▃", "high": "▅", "critical": "▇"}


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the report."""
    del options
    parts = (
        _head(assessment),
        _score(assessment),
        _findings(assessment),
        _layers(assessment),
        _policy(assessment),
        _questions(assessment),
        _decisions(assessment),
        _foot(assessment),
    )
    return "\n\n".join("\n".join(part) for part in (tuple(p) for p in parts) if part) + "\n"


def mermaid(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write data flow and trust zones as a flowchart, which Markdown viewers draw themselves."""
    del options
    return flow.flowchart(assessment)


def _head(assessment: Assessment) -> Iterator[str]:
    score, found = assessment.score, summary.counts(assessment)
    yield f"# {plain(assessment.agent.name, 300)}: AIVSS {score.value:.1f} {score.severity}"
    yield ""
    yield plain(subject.what_it_is(assessment))
    yield ""
    span = f", {score.low:.1f} to {score.high:.1f} over the open questions"
    yield (
        f"**{score.value:.1f} of 10, {score.severity}**{span if score.high > score.low else ''}."
        f" {count(found.live, 'threat')} open{f' ({found.words})' if found.words else ''},"
        f" {found.waiting} to answer, {found.closed} closed."
    )
    worst = headline_finding(assessment)
    if worst is not None:
        yield ""
        yield f"The score is that of {code(worst.id)}: {plain(worst.title)}."
    hinge = summary.hinge_text(assessment)
    if hinge:
        yield from ("", hinge)
    actions = summary.actions(assessment)
    if actions:
        yield ""
        yield "What helps most:"
        yield ""
        for number, action in enumerate(actions, 1):
            text = " ".join(plain(t) for t in (action.text, action.effect) if t)
            yield f"{number}. **{plain(action.title)}** {text}"


def _score(assessment: Assessment) -> Iterator[str]:
    score = assessment.score
    yield "## Score"
    yield ""
    for line in formula(score):
        terms = " ".join(text for text, _ in line.terms)
        yield f"- {line.name} = {plain(terms)} = **{line.result}**"
    yield ""
    yield "| Factor | Value | Range | Reason |"
    yield "|---|--:|---|---|"
    for level in score.factors:
        span = f"{level.low:.2f} to {level.high:.2f}" if level.high > level.low else ""
        reasons = plain("; ".join(level.reasons), 300)
        yield f"| {plain(level.name)} | {level.value:.2f} | {span} | {reasons} |"
    yield ""
    yield "| Profile | Score | Band |"
    yield "|---|--:|---|"
    for other in assessment.profiles:
        name = plain(PROFILES.get(other.profile, other.profile))
        yield f"| {name} | {other.value:.1f} | {other.severity} |"


def _findings(assessment: Assessment) -> Iterator[str]:
    yield "## Findings"
    yield ""
    cards = findings.cards(assessment)
    if not cards:
        yield "No threat is open."
    for card in cards:
        yield from _card(card)
    told = {f.id for card in cards for f in (card.finding, *(part for _, part in card.parts))}
    rest = tuple(f for f in assessment.model.open if f.id not in told)
    if rest:
        yield f"<details><summary>{len(rest)} more open, by what answers them first</summary>"
        yield ""
        yield "| Control | Findings |"
        yield "|---|---|"
        for says, answers in findings.by_control(assessment, rest):
            listed = "; ".join(_in_short(f) for f in answers)
            yield f"| {plain(sentence(says))} | {listed} |"
        yield ""
        yield "</details>"


def _in_short(f: Finding) -> str:
    points = "" if f.score is None else f" {f.score:.1f}"
    return f"{code(f.id)} {plain(f.title)} ({f.priority or 'undecided'}, {f.severity}{points})"


def _card(card: findings.Card) -> Iterator[str]:
    f = card.finding
    points = "" if f.score is None else f" {f.score:.1f}"
    decided = f", {DECISIONS.get(f.decision, f.decision)}" if f.decision else ""
    yield f"### {_BARS.get(f.severity or '', '')} {plain(f.title)}"
    yield ""
    told = f"{f.priority or 'undecided'}, {f.severity or 'no severity'}{points}"
    yield f"{code(f.id)} {card.layer}, {told}, {card.state}{decided}"
    yield ""
    yield plain(f.text)
    yield ""
    for reason in card.reasons:
        place = f" {code(reason.place)}" if reason.place else ""
        yield f"- {plain(reason.text)}{place}"
    for fix in card.fixes:
        yield f"- **Do:** {plain(fix)}"
    if card.parts:
        also = "; ".join(f"{code(part.id)} {plain(part.title)}" for _, part in card.parts)
        yield f"- **That also answers:** {also}."
    yield ""


def _layers(assessment: Assessment) -> Iterator[str]:
    yield "## Seven layers"
    yield ""
    yield "| Layer | State | Open | Worst | |"
    yield "|---|---|--:|---|---|"
    for row in layers.layer_lines(assessment):
        view = row.view
        state = f"mapped: {view.because}" if view.certain else "not certain"
        text = plain(view.text, 400)
        yield f"| {view.id} {view.name} | {state} | {view.open} | {view.worst or ''} | {text} |"


def _policy(assessment: Assessment) -> Iterator[str]:
    found = policy.policy_view(assessment)
    if not found.policy:
        return
    yield "## Policy"
    yield ""
    yield plain(found.lead)
    yield ""
    tools = count(len(assessment.readings), "tool")
    for row in policy.format_rows(assessment):
        after = row.residual
        yield (
            f"- {plain(row.title)}: {row.kept} guards as planned, {row.weaker} stricter or coarser,"
            f" {row.lost} lost; {row.callable} of {tools} can be called; {after.open} threats open,"
            f" **{after.value:.1f} {after.severity}** left"
        )
    if found.losses:
        yield ""
        yield f"What {plain(found.policy.title)} holds otherwise:"
        yield ""
    for loss in found.losses:
        verb = "stricter or coarser" if loss.outcome == "weakened" else "lost"
        yield f"- {verb}: {plain(loss.title)}. {plain(loss.instead)}"


def _questions(assessment: Assessment) -> Iterator[str]:
    asks = all_questions(assessment)
    if not asks:
        return
    yield "## Open questions"
    yield ""
    for ask in asks[:_ASKED]:
        moves = f" (score if yes / no: {ask.moves})" if ask.moves else ""
        yield f"- [ ] {plain(ask.text)} {code(ask.fact)}{moves}"
    if len(asks) > _ASKED:
        yield f"- and {len(asks) - _ASKED} more"


def _decisions(assessment: Assessment) -> Iterator[str]:
    if not assessment.agent.decisions:
        return
    yield "## Decisions"
    yield ""
    yield "| Finding | Decision | Reason | Owner | Until |"
    yield "|---|---|---|---|---|"
    for d in assessment.agent.decisions:
        until = long_date(d.expires.isoformat()) if d.expires else "no end stated"
        yield (
            f"| {code(d.finding)} | {DECISIONS[d.decision]} | {plain(d.reason)} |"
            f" {plain(d.owner)} | {until} |"
        )


def _foot(assessment: Assessment) -> Iterator[str]:
    date = f"{long_date(assessment.date)}, " if assessment.date else ""
    rules = assessment.knowledge.rules_version
    yield f"{date}{MADE_WITH}, rules {rules}. Recompute:"
    yield ""
    yield f"    aivss calc --vector {assessment.score.vector}"
