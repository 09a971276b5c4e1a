"""`aivss tools`: what each tool can do."""

from pathlib import Path

import click

from threatmodel.assessment import read_agent_tools
from threatmodel.classify.reading import ToolReading
from threatmodel.cli.streams import FILE, FORMAT, open_agent, show, write_json
from threatmodel.cli.text import band, clean, cut, dim, heading, wrapped
from threatmodel.outputs.json_parts import schema_id, tools_json

ORDER = ("Financial", "Destructive", "Execute", "Write", "Read")
"""Classes, most dangerous first."""


@click.command("tools")
@click.argument("file", type=FILE)
@click.option("--evidence", is_flag=True, help="Show what each class rests on.")
@FORMAT
def command(file: Path, form: str, *, evidence: bool) -> int:
    """What each tool can do: class, flags, signals, with evidence."""
    readings = read_agent_tools(open_agent(file))
    if form == "json":
        write_json({"schema": schema_id("tools"), "tools": tools_json(readings)})
        return 0
    if not readings:
        show("No tools are described.\n")
    for name in ORDER:
        of_class = [r for r in readings if r.tool_class == name]
        if of_class:
            show(heading(f"{name} ({len(of_class)}, risk {of_class[0].risk})"))
            show("".join(_line(r, evidence=evidence) for r in of_class))
    return 0


def _line(reading: ToolReading, *, evidence: bool) -> str:
    sure = "" if reading.confidence >= 0.5 else " ?"  # noqa: PLR2004 - below it is a guess
    brake = " (brake)" if reading.brake else ""
    name = cut(reading.name, 40) + brake + sure
    flags = " ".join(reading.flags)
    lines = f"  {band(reading.risk, f'{name:<42}')} {dim(flags)}\n"
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
