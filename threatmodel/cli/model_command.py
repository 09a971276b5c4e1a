"""`aivss model`: the threat model, layer by layer."""

from pathlib import Path

import click

from threatmodel.assessment import assess
from threatmodel.cli.model_text import model_text
from threatmodel.cli.streams import FILE, FORMAT, open_agent, show, write_json
from threatmodel.outputs.json_parts import agent_json, model_json, schema_id


@click.command("model")
@click.argument("file", type=FILE)
@click.option("--all", "everything", is_flag=True, help="Also what is closed or does not apply.")
@FORMAT
def command(file: Path, form: str, *, everything: bool) -> int:
    """The threat model, layer by layer: what is open, why, and what to do about it."""
    assessment = assess(open_agent(file))
    if form == "json":
        head = {"schema": schema_id("model"), "agent": agent_json(assessment)}
        write_json(head | {"model": model_json(assessment.model)})
    else:
        show(model_text(assessment, everything=everything))
    return 0
