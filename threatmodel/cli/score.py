"""The score as text: what a person reads every day."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from threatmodel.assessment import Assessment, assess
from threatmodel.cli.app import (
    FILE,
    FORMAT,
    PACKS,
    POINTS,
    assumed_facts,
    open_agent,
    show,
    write_json,
)
from threatmodel.cli.style import band, bar, clean, dim, fit, heading, with_progress, wrapped
from threatmodel.description.system import System
from threatmodel.errors import AivssError, gathered
from threatmodel.facts.defaults import judging_host
from threatmodel.score.formula import WORST_FIRST
from threatmodel.score.result import FactorLevel, Question, Score

_NAME = 25


def score_text(assessment: Assessment, file: str, *, everything: bool = False) -> str:
    """Lay out one agent's score."""
    score = assessment.score
    parts = [
        _title(assessment, file),
        _headline(assessment),
        _members(assessment),
        _factors(score),
        _formula(score),
        _states(assessment),
        _profiles(assessment) if everything else "",
        _questions("Questions that would narrow it", _with_claims(assessment, score.questions)),
        _apart(score),
        _questions("Depends on how it is run", _with_claims(assessment, score.run_questions)),
        _notes(assessment),
    ]
    return "".join(parts)


def _several_text(assessments: Sequence[Assessment], files: Sequence[str]) -> str:
    """Lay out several agents' scores as a table, in the order given."""
    lines = [click.style(f"{'AIVSS':>5}  {'band':<9}{'range':<13}{'agent':<30}file", bold=True)]
    for assessment, file in zip(assessments, files, strict=True):
        score = assessment.score
        span = f"{score.low:.1f} to {score.high:.1f}"
        shown = band("none", f"{'-':>5}  no data  ")
        if assessment.enough_known:
            shown = band(score.severity, f"{score.value:>5.1f}  {score.severity:<9}")
        lines.append(f"{shown}{span:<13}{fit(assessment.agent.name, 29):<30}{fit(file, 40)}")
    return "\n".join(lines) + "\n"


def _title(assessment: Assessment, file: str) -> str:
    agent = assessment.agent
    words = [w for w in (agent.kind, agent.form) if w != "unknown"]
    about = " · ".join([*words, *([f"version {agent.version}"] if agent.version else []), file])
    return f"{click.style(fit(agent.name, 80), bold=True)}\n{dim(fit(about, 80))}\n\n"


def _headline(assessment: Assessment) -> str:
    score = assessment.score
    known = "" if score.range_exact else " (bounds)"
    top = band("none", "AIVSS no data")
    if assessment.enough_known:
        top = band(score.severity, f"AIVSS {score.value:.1f} {score.severity}")
    lines = [f"{top}   range {score.low:.1f} to {score.high:.1f}{known}   profile {score.profile}"]
    if score.threat:
        title = assessment.knowledge.by_id[score.threat].title
        lines.append(wrapped(f"{score.threat} {title}", 10, "headline").rstrip())
    else:
        lines.append("headline  no threat is known to be open; the questions below decide")
    if score.amended is not None:
        told = f"below its own CVSS base; with mitigation on the uplift alone {score.amended:.1f}"
        lines.append(wrapped(told, 10, "amended").rstrip())
    hinge = assessment.hinge
    if hinge is not None:
        read = f"read as {hinge.reading.tool_class} with confidence {hinge.reading.confidence:.2f}"
        read = f"whose description alone shows that {hinge.shows}" if hinge.shows else read
        told = f"on {hinge.reading.name} alone, {read}; {hinge.value:.1f} without it"
        lines.append(wrapped(told, 10, "hangs").rstrip())
    if score.as_claimed is not None:
        lines.append(f"as claimed {score.as_claimed:.1f}, with unproven vendor statements believed")
    return "\n".join(lines) + "\n"


def _members(assessment: Assessment) -> str:
    """Lay out a system's members; nothing for what is none."""
    if not isinstance(assessment.agent, System):
        return ""
    from threatmodel.cli.system_text import members_text  # noqa: PLC0415 - only for systems

    return members_text(assessment)


def _factors(score: Score) -> str:
    return heading(f"Ten factors, sum {score.factor_sum:.2f}") + "".join(
        map(_factor, score.factors)
    )


def _factor(factor: FactorLevel) -> str:
    span = f"{factor.low:.1f}-{factor.high:.1f}" if factor.low != factor.high else ""
    head = f"{fit(factor.name, _NAME):<{_NAME}} {factor.value:.2f} {bar(factor.value)} {span:<7} "
    mark = "given: " if factor.basis == "given" else ""
    return wrapped(mark + "; ".join(factor.reasons), len(head), head)


def _formula(score: Score) -> str:
    cvss = score.cvss
    vector = f"\n{dim(fit(cvss.vector, 80))}" if cvss.vector else ""
    note = f"\n{wrapped(cvss.note).rstrip()}" if cvss.note else ""
    numbers = (
        f"CVSS {cvss.base:.1f} ({cvss.basis})  AARS {score.aars:.2f}  "
        f"threat x{score.threat_multiplier:g}  mitigation x{score.mitigation_factor:g}"
    )
    return heading("Formula") + numbers + vector + note + "\n"


def _states(assessment: Assessment) -> str:
    outcome, score = assessment.scored.outcome, assessment.score
    verdicts = outcome.verdicts.values()
    live = [r.result.severity for r in outcome.rated.values() if r.threat not in outcome.shared]
    counts = [(name, live.count(name)) for name in WORST_FIRST[:-1]]
    shown = ", ".join(band(s, f"{n} {s.lower()}") for s, n in counts if n) or "none"
    most = f", up to {score.floor:.1f}" if score.floor else ""
    shared = f"shared with any agent on its host {len(score.shared)}{most}\n"
    waiting = sum(v.state == "needs_answer" for v in verdicts)
    closed = sum(v.state == "closed" for v in verdicts)
    return (
        heading("Threats")
        + f"open {len(live)}: {shown}; closed {closed}; need an answer {waiting}\n"
        + (shared if score.shared else "")
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


def _with_claims(assessment: Assessment, questions: Sequence[Question]) -> list[Question]:
    """Say beside a question what a vendor answered, where only proof of it would settle it."""
    facts, found = assessment.facts.facts, []
    for one in questions:
        claimed = facts[one.fact].claimed if one.fact in facts else None
        answer = "yes" if claimed else "no"
        told = f" (Its vendor says {answer}, without proof.)" if claimed is not None else ""
        found.append(one._replace(text=f"{one.text}{told}") if told else one)
    return found


def _questions(title: str, questions: Sequence[Question]) -> str:
    if not questions:
        return ""
    wide = max(20, *(len(q.fact) + 1 for q in questions))
    rows = "".join(
        wrapped(q.text, wide + 13, f"{i:>2} {q.fact:<{wide}}{q.if_true:>4.1f} {q.if_false:>4.1f}")
        for i, q in enumerate(questions, 1)
    )
    return heading(title) + dim(f"{'':<3}{'fact':<{wide}}{'yes':>4} {'no':>4}\n") + rows


def _apart(score: Score) -> str:
    """Say why the range is wide where no question beside it moves the score by itself."""
    if score.low == score.high or not score.questions or any(q.moves for q in score.questions):
        return ""
    return dim("   No single answer moves it: the ends of the range take several.\n")


def _notes(assessment: Assessment) -> str:
    score, host = assessment.score, judging_host(assessment.agent, assessment.knowledge)
    notes = [score.profile_note, *score.warnings]
    if host is not None:
        notes.insert(0, f"Judged with the reference host: {host.name}.")
    notes += [f"Contradiction: {c.text}" for c in assessment.contradictions]
    notes += [
        f"Assessed with the rule pack {pack.id} {pack.version} (sha256 {pack.digest[:12]})."
        for pack in assessment.knowledge.packs
    ]
    return heading("Notes") + "".join(wrapped(note, 2, "-") for note in notes)


# `aivss score`: the daily command.

ALL = "all"
"""`--profile all`: every profile side by side."""


@click.command("score")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--profile", default="agentic", show_default=True, help="Profile id, or `all`.")
@click.option(
    "--assume",
    multiple=True,
    metavar="FACT=yes",
    help="Take a fact as stated, `yes` or `no`; may be repeated.",
)
@click.option("--compare", is_flag=True, help="Two files: what differs, and why.")
@click.option("--fail-over", type=POINTS, metavar="N", help="Exit 1 when a score is over N.")
@FORMAT
@PACKS
def score_command(  # noqa: PLR0913 - one parameter per option
    files: Sequence[Path],
    profile: str,
    assume: Sequence[str],
    *,
    compare: bool,
    fail_over: float | None,
    form: str,
) -> int:
    """Score agents: headline, ten factors with reasons, range, questions."""
    assessments = _assess_all(files, profile, assumed_facts(assume))
    everything = profile == ALL
    if compare:
        _compare(assessments, form)
    elif form == "json":
        _print_json(assessments, everything=everything)
    elif len(assessments) == 1:
        show(score_text(assessments[0], str(files[0]), everything=everything))
    else:
        show(_several_text(assessments, [str(f) for f in files]))
    return 0 if fail_over is None else int(_is_over(assessments, fail_over))


def _is_over(assessments: Sequence[Assessment], limit: float) -> bool:
    """Tell whether a score is over a limit, and say aloud where one that is not shows nothing."""
    for one in assessments:
        if not one.enough_known:
            told = f"{clean(one.agent.name)}: too little is known of it to be held to a limit"
            click.echo(wrapped(told, 9, "warning: ").rstrip(), err=True)
    return any(one.score.value > limit for one in assessments)


def _assess_all(files: Sequence[Path], profile: str, assumed: dict[str, bool]) -> list[Assessment]:
    """Assess each file; every fault of every file is raised together."""
    chosen = "agentic" if profile == ALL else profile

    def one(path: Path) -> Assessment:
        agent = open_agent(path)
        laid = agent.assuming(assumed) if assumed else agent
        return assess(laid, profile=chosen, trying=bool(assumed))

    return gathered(partial(one, path) for path in with_progress(files))


def _compare(assessments: Sequence[Assessment], form: str) -> None:
    if len(assessments) != 2:  # noqa: PLR2004 - two is what --compare compares
        raise AivssError("--compare takes two files", hint="aivss score --compare A.yaml B.yaml")
    from threatmodel.cli.diff import diff_text  # noqa: PLC0415 - only here
    from threatmodel.diff import compare  # noqa: PLC0415
    from threatmodel.outputs.diff import diff_json  # noqa: PLC0415
    from threatmodel.snapshot import snapshot_of  # noqa: PLC0415

    found = compare(*(snapshot_of(one) for one in assessments))
    if form == "json":
        write_json(diff_json(found))
    else:
        show(diff_text(found))


def _print_json(assessments: Sequence[Assessment], *, everything: bool) -> None:
    rows = [_row(assessment, everything=everything) for assessment in assessments]
    write_json(rows[0] if len(rows) == 1 else rows)


def _row(assessment: Assessment, *, everything: bool) -> dict[str, Any]:
    from threatmodel.outputs.documents import agent_json, schema_id, score_json  # noqa: PLC0415
    from threatmodel.outputs.system import system_json  # noqa: PLC0415

    row: dict[str, Any] = {
        "schema": schema_id("score"),
        "agent": agent_json(assessment),
        "score": score_json(assessment.score),
    }
    if everything:
        row["profiles"] = [score_json(score) for score in assessment.profiles]
    return row | system_json(assessment)
