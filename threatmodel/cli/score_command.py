"""`aivss score`: the daily command."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from threatmodel.assessment import Assessment, assess
from threatmodel.cli.score_text import score_text, several_text
from threatmodel.cli.streams import FILE, FORMAT, open_agent, show, write_json
from threatmodel.description.agent import Agent
from threatmodel.errors import AivssError
from threatmodel.knowledge.load import load_knowledge
from threatmodel.source_hints import suggestion

ALL = "all"
"""`--profile all`: every profile side by side."""


@click.command("score")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--profile", default="agentic", show_default=True, help="Profile id, or `all`.")
@click.option(
    "--assume", multiple=True, metavar="FACT=true", help="Take a fact as stated; may be repeated."
)
@click.option("--compare", is_flag=True, help="Two files: what differs, and why.")
@click.option("--fail-over", type=float, metavar="N", help="Exit 1 when a score is over N.")
@FORMAT
def command(  # noqa: PLR0913 - one parameter per option
    files: Sequence[Path],
    profile: str,
    assume: Sequence[str],
    *,
    compare: bool,
    fail_over: float | None,
    form: str,
) -> int:
    """Score agents: headline, ten factors with reasons, range, questions."""
    assessments = _assess_all(files, profile, _assumed(assume))
    everything = profile == ALL
    if compare:
        _compare(assessments, form)
    elif form == "json":
        _print_json(assessments, everything=everything)
    elif len(assessments) == 1:
        show(score_text(assessments[0], str(files[0]), everything=everything))
    else:
        show(several_text(assessments, [str(f) for f in files]))
    over = fail_over is not None and any(a.score.value > fail_over for a in assessments)
    return int(over)


def _assess_all(files: Sequence[Path], profile: str, assumed: dict[str, bool]) -> list[Assessment]:
    """Assess each file; every fault of every file is raised together."""
    chosen = "agentic" if profile == ALL else profile
    done: list[Assessment] = []
    faults: list[Exception] = []

    def one(path: Path) -> None:
        try:
            agent = _with(open_agent(path), assumed)
            done.append(assess(agent, profile=chosen, trying=bool(assumed)))
        except (AivssError, ExceptionGroup) as fault:
            faults.append(fault)

    _each(files, one)
    if faults:
        raise ExceptionGroup("some descriptions cannot be scored", faults)
    return done


def _each(files: Sequence[Path], one: Callable[[Path], None]) -> None:
    """Go through the files, with a progress bar on stderr once it takes over two seconds."""
    if len(files) == 1:
        one(files[0])
        return
    from threatmodel.cli.progress import with_progress  # noqa: PLC0415 - one file needs none

    with_progress(files, one)


def _assumed(pairs: Sequence[str]) -> dict[str, bool]:
    """Read `fact=true` pairs; AivssError for anything else."""
    knowledge = load_knowledge()
    known = {*knowledge.facts, *knowledge.controls}
    assumed: dict[str, bool] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in known:
            raise AivssError(f"--assume: there is no fact '{name}'", hint=suggestion(name, known))
        if value not in ("true", "false"):
            raise AivssError(f"--assume {name}: '{value}' is neither true nor false")
        assumed[name] = value == "true"
    return assumed


def _with(agent: Agent, assumed: dict[str, bool]) -> Agent:
    """Lay assumptions over what the description says."""
    return agent.assuming(assumed) if assumed else agent


def _compare(assessments: Sequence[Assessment], form: str) -> None:
    if len(assessments) != 2:  # noqa: PLR2004 - two is what --compare compares
        raise AivssError("--compare takes two files", hint="aivss score --compare A.yaml B.yaml")
    from threatmodel.cli.compare_text import compare_text  # noqa: PLC0415 - only here
    from threatmodel.compare import compare  # noqa: PLC0415 - only here

    found = compare(*assessments)
    if form == "json":
        from threatmodel.outputs.json_parts import schema_id  # noqa: PLC0415

        write_json({"schema": schema_id("compare"), **found.to_json()})
    else:
        show(compare_text(found))


def _print_json(assessments: Sequence[Assessment], *, everything: bool) -> None:
    rows = [_row(assessment, everything=everything) for assessment in assessments]
    write_json(rows[0] if len(rows) == 1 else rows)


def _row(assessment: Assessment, *, everything: bool) -> dict[str, Any]:
    from threatmodel.outputs.json_parts import agent_json, schema_id, score_json  # noqa: PLC0415

    row: dict[str, Any] = {
        "schema": schema_id("score"),
        "agent": agent_json(assessment),
        "score": score_json(assessment.score),
    }
    if everything:
        row["profiles"] = [score_json(score) for score in assessment.profiles]
    return row
