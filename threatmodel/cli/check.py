"""Commands that check: descriptions, what was published, and what each tool can do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from threatmodel.assessment import assess, read_agent_tools
from threatmodel.classify.result import ToolReading
from threatmodel.cli.app import (
    FILE,
    FORMAT,
    OUT,
    PACKS,
    STDIN,
    complain,
    open_agent,
    read_input,
    show,
    write_json,
    write_result,
)
from threatmodel.cli.style import band, clean, dim, fit, heading, wrapped
from threatmodel.description.agent import Agent
from threatmodel.description.system import System, unreached
from threatmodel.errors import AivssError
from threatmodel.outputs.documents import schema_id, tools_json
from threatmodel.outputs.text import count
from threatmodel.scales import GRAVEST_FIRST
from threatmodel.score.audit import audit, read_published
from threatmodel.verify import Verified, verify, verify_data

# `aivss validate`: every fault of a description with its place.


@click.command("validate")
@click.argument("files", nargs=-1, required=True, type=FILE)
@PACKS
def validate_command(files: Sequence[Path]) -> int:
    """Every fault of a description with its place; exit 2 when there is one."""
    worst = 0
    for path in files:
        try:
            agent = open_agent(path)
            if agent.decisions:
                assess(agent)  # a decision on what is not open is a fault of the file
        except (AivssError, ExceptionGroup) as fault:
            worst = max(worst, complain(fault))
        else:
            show(f"{path}: good; {_contents(agent, path)}\n")
    return worst


def _contents(agent: Agent, path: Path) -> str:
    """Count what a description holds; members of a system that no flow reaches are named."""
    tools = count(len(agent.known_tools), "tool")
    for one in agent.agents if isinstance(agent, System) else (agent,):
        counts = Counter((tool.server or "", tool.name) for tool in one.known_tools)
        for name, often in ((name, often) for (_, name), often in counts.items() if often > 1):
            told = f"the name '{fit(name, 60)}' is that of {often} tools; a call can reach either"
            _warn(f"{path}: {told}", "name the `server` of each, or take one out")
    for finding, often in Counter(one.finding for one in agent.decisions).items():
        if often > 1:
            _warn(
                f"{path}: {finding} is decided {often} times; the first holds", "keep one of them"
            )
    if not isinstance(agent, System):
        return tools
    for name, where in unreached(agent):
        told = f"{where}: no flow reaches the member '{name}'" if where else f"no flow: {name}"
        _warn(told, "add the flow that hands it work, or take it out")
    members, flows = count(len(agent.members), "member"), count(len(agent.flows), "flow")
    return f"{members}, {flows}, {tools}"


def _warn(told: str, hint: str) -> None:
    click.echo(f"{click.style('warning:', fg='yellow')} {clean(told)}\n  help: {hint}", err=True)


# `aivss verify`: recompute what a report, badge or site says.

# A terminal holds about as many; the JSON has all.
_SHOWN_FAULTS = 20


@click.command("verify")
@click.argument("path", metavar="FILE", type=FILE)
@click.option("--description", type=FILE, help="Also assess this description again and compare.")
@click.option("--published", is_flag=True, help="FILE holds published scores: a CSV or list.")
@FORMAT
@PACKS
def verify_command(path: Path, description: Path | None, form: str, *, published: bool) -> int:
    """Recompute what a report, attached JSON, badge or site says; exit 1 where it differs."""
    given = read_input() if str(path) == "-" else None
    if published:
        return _published(path, given, form)
    if given is not None and str(description) == "-":
        raise AivssError("standard input is read once", hint="name a file for one of the two")
    fresh = assess(open_agent(description)) if description else None
    found = verify(path, fresh) if given is None else (verify_data(given, STDIN, fresh),)
    if form == "json":
        rows = [
            {"file": v.name, "holds": v.holds, "checks": [asdict(c) for c in v.checks]}
            for v in found
        ]
        write_json({"schema": schema_id("verify"), "files": rows})
    else:
        show("".join(_text(one, alone=len(found) == 1) for one in found))
    return int(not all(one.holds for one in found))


def _published(path: Path, given: bytes | None, form: str) -> int:
    from threatmodel.outputs.audit import (  # noqa: PLC0415 - needs pydantic
        published_json,
        published_text,
    )

    audits = [audit(row) for row in read_published(path if given is None else Path(STDIN), given)]
    if form == "json":
        write_json(published_json(audits))
    else:
        show(published_text(audits))
    return int(any(one.faults for one in audits))


def _text(found: Verified, *, alone: bool) -> str:
    if found.holds and not alone:
        return f"{clean(found.name)}: holds\n"
    lines = [f"{clean(found.name)}: {'holds' if found.holds else 'does not hold'}"]
    # What does not hold comes first: a report has more checks than are shown.
    ordered = sorted(found.checks, key=lambda check: check.holds)
    shown = ordered if alone else [check for check in ordered if not check.holds]
    for check in shown[:_SHOWN_FAULTS]:
        mark = "ok  " if check.holds else "FAIL"
        lines.append(
            f"  {mark} {check.what}" + (f": {clean(check.detail)}" if check.detail else "")
        )
    return "\n".join(lines) + "\n"


# `aivss schema`: the JSON Schema of the description.


@click.command("schema")
@OUT
@PACKS
def schema_command(out: Path | None) -> int:
    """The JSON Schema of the description, with a text for every field."""
    from threatmodel.description.model import schema_text  # noqa: PLC0415 - needs pydantic

    write_result(schema_text(), out)
    return 0


# `aivss tools`: what each tool can do.


@click.command("tools")
@click.argument("file", type=FILE)
@click.option("--evidence", is_flag=True, help="Show what each class rests on.")
@FORMAT
@PACKS
def tools_command(file: Path, form: str, *, evidence: bool) -> int:
    """What each tool can do: class, flags, signals, with evidence."""
    readings = read_agent_tools(open_agent(file))
    if form == "json":
        write_json({"schema": schema_id("tools"), "tools": tools_json(readings)})
        return 0
    if not readings:
        show("No tools are described.\n")
    for name in GRAVEST_FIRST:
        of_class = [r for r in readings if r.tool_class == name]
        if of_class:
            show(heading(f"{name} ({len(of_class)}, risk {of_class[0].risk})"))
            show("".join(_line(r, evidence=evidence) for r in of_class))
    return 0


def _line(reading: ToolReading, *, evidence: bool) -> str:
    sure = "" if reading.confidence >= 0.5 else " ?"  # noqa: PLR2004 - below it is a guess
    brake = " (brake)" if reading.brake else ""
    name = fit(reading.name, 40) + brake + sure
    flags = " ".join(reading.flags)
    told = (
        f"{band(reading.risk, f'{name:<42}')} {dim(flags)}" if flags else band(reading.risk, name)
    )
    lines = f"  {told}\n"
    for signal in reading.signals:
        lines += wrapped(signal, 6, "    -")
    parted = reading.contradictions
    lines += "".join(wrapped(f"contradiction: {text}", 6, "    !") for text in parted)
    lines += "".join(
        wrapped(f"tries to steer the model: {clue.text}", 6, "    !") for clue in reading.steering
    )
    if evidence:
        lines += "".join(
            wrapped(f"{c.pointer}: {clean(c.text)} -> {c.says}", 8, "      .")
            for c in reading.evidence
        )
    return lines
