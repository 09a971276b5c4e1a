"""The score as text: what a person reads every day."""

from collections.abc import Sequence

import click

from threatmodel.assessment import Assessment
from threatmodel.cli.text import band, bar, cut, dim, heading, wrapped
from threatmodel.facts.completion import host_of
from threatmodel.score.engine import OPEN
from threatmodel.score.headline import FactorLevel, Question, Score

_NAME, _REASON = 25, 32


def score_text(assessment: Assessment, file: str, *, everything: bool = False) -> str:
    """Lay out one agent's score."""
    score = assessment.score
    parts = [
        _title(assessment, file),
        _headline(assessment),
        _factors(score),
        _formula(score),
        _states(assessment),
        _profiles(assessment) if everything else "",
        _questions(score.questions),
        _notes(assessment),
    ]
    return "".join(parts)


def several_text(assessments: Sequence[Assessment], files: Sequence[str]) -> str:
    """Lay out several agents' scores as a table, in the order given."""
    lines = [click.style(f"{'AIVSS':>5}  {'band':<9}{'range':<13}{'agent':<30}file", bold=True)]
    for assessment, file in zip(assessments, files, strict=True):
        score = assessment.score
        span = f"{score.low:.1f} to {score.high:.1f}"
        shown = band(score.severity, f"{score.value:>5.1f}  {score.severity:<9}")
        lines.append(f"{shown}{span:<13}{cut(assessment.agent.name, 29):<30}{cut(file, 40)}")
    return "\n".join(lines) + "\n"


def _title(assessment: Assessment, file: str) -> str:
    agent = assessment.agent
    words = [w for w in (agent.kind, agent.form) if w != "unknown"]
    about = " · ".join([*words, *([f"version {agent.version}"] if agent.version else []), file])
    return f"{click.style(cut(agent.name, 80), bold=True)}\n{dim(cut(about, 80))}\n\n"


def _headline(assessment: Assessment) -> str:
    score = assessment.score
    known = "" if score.range_exact else " (bounds)"
    top = band(score.severity, f"AIVSS {score.value:.1f} {score.severity}")
    lines = [f"{top}   range {score.low:.1f} to {score.high:.1f}{known}   profile {score.profile}"]
    if score.threat:
        title = assessment.knowledge.by_id[score.threat].title
        lines.append(wrapped(f"{score.threat} {title}", 10, "headline").rstrip())
    else:
        lines.append("headline  no threat is known to be open; the questions below decide")
    if score.amended is not None:
        lines.append(
            wrapped(
                f"below its own CVSS base; with mitigation on the uplift alone {score.amended:.1f}",
                10,
                "amended",
            ).rstrip()
        )
    if score.as_claimed is not None:
        lines.append(f"as claimed {score.as_claimed:.1f}, with unproven vendor statements believed")
    return "\n".join(lines) + "\n"


def _factors(score: Score) -> str:
    rows = "".join(_factor(f) for f in score.factors)
    return heading(f"Ten factors, sum {score.factor_sum:.2f}") + rows


def _factor(factor: FactorLevel) -> str:
    span = f"{factor.low:.1f}-{factor.high:.1f}" if factor.low != factor.high else ""
    head = f"{cut(factor.name, _NAME):<{_NAME}} {factor.value:.2f} {bar(factor.value)} {span:<7} "
    mark = "given: " if factor.basis == "given" else ""
    return wrapped(mark + "; ".join(factor.reasons), len(head), head)


def _formula(score: Score) -> str:
    cvss = score.cvss
    vector = f"\n{dim(cut(cvss.vector, 80))}" if cvss.vector else ""
    note = f"\n{wrapped(cvss.note).rstrip()}" if cvss.note else ""
    numbers = (
        f"CVSS {cvss.base:.1f} ({cvss.basis})  AARS {score.aars:.2f}  "
        f"threat x{score.threat_multiplier:g}  mitigation x{score.mitigation_factor:g}"
    )
    return heading("Formula") + numbers + vector + note + "\n"


def _states(assessment: Assessment) -> str:
    verdicts = assessment.scored.outcome.verdicts.values()
    live = [v for v in verdicts if v.state in OPEN]
    steps = ("critical", "high", "medium", "low")
    counts = [(step, sum(v.severity == step for v in live)) for step in steps]
    shown = ", ".join(band(s, f"{n} {s}") for s, n in counts if n) or "none"
    waiting = sum(v.state == "needs_answer" for v in verdicts)
    closed = sum(v.state == "closed" for v in verdicts)
    return (
        heading("Threats")
        + f"open {len(live)}: {shown}; closed {closed}; need an answer {waiting}\n"
        + dim("`aivss model FILE` shows each of them")
        + "\n"
    )


def _profiles(assessment: Assessment) -> str:
    rows = "".join(
        f"{s.profile:<20}{band(s.severity, f'{s.value:>4.1f} {s.severity:<9}')}"
        f"CVSS {s.cvss.base:>4.1f}  factors {s.factor_sum:>5.2f}  "
        f"range {s.low:.1f} to {s.high:.1f}\n"
        for s in assessment.profiles
    )
    return heading("Profiles side by side") + rows


def _questions(questions: Sequence[Question]) -> str:
    if not questions:
        return ""
    rows = "".join(
        wrapped(q.text, 33, f"{i:>2} {q.fact:<20}{q.if_true:>4.1f} {q.if_false:>4.1f}")
        for i, q in enumerate(questions, 1)
    )
    return (
        heading("Questions that would narrow it" + " " * 1)
        + dim(f"{'':<3}{'fact':<20}{'yes':>4} {'no':>4}\n")
        + rows
    )


def _notes(assessment: Assessment) -> str:
    score, host = assessment.score, host_of(assessment.agent, assessment.knowledge)
    notes = [score.profile_note, *score.warnings]
    if host is not None:
        notes.insert(0, f"Judged with the reference host: {host.name}.")
    notes += [f"Contradiction: {c.text}" for c in assessment.contradictions]
    return heading("Notes") + "".join(wrapped(note, 2, "-") for note in notes)
