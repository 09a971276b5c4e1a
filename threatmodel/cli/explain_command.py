"""`aivss explain`: what an id means, and why or why not here."""

from dataclasses import asdict
from pathlib import Path

import click

from threatmodel.assessment import assess
from threatmodel.cli.streams import FILE, FORMAT, open_agent, show, write_json
from threatmodel.cli.text import heading, wrapped
from threatmodel.explain import Explanation, explain
from threatmodel.outputs.json_parts import schema_id


@click.command("explain")
@click.argument("identifier", metavar="ID")
@click.argument("file", type=FILE, required=False)
@FORMAT
def command(identifier: str, file: Path | None, form: str) -> int:
    """What a fact, factor, threat, control, mitigation, clause, layer or guard means.

    With a description: its value or state there, what shows it, and why it does or does not apply.
    """
    found = explain(identifier, assess(open_agent(file)) if file else None)
    if form == "json":
        write_json({"schema": schema_id("explain"), **asdict(found)})
    else:
        show(_text(found))
    return 0


def _text(found: Explanation) -> str:
    text = heading(f"{found.id}  {found.kind}").lstrip("\n") + wrapped(found.title)
    for label, lines in found.parts:
        text += heading(label)
        mark = ("- ", 2) if len(lines) > 1 else ("", 0)
        text += "".join(wrapped(line, mark[1], mark[0]) for line in lines)
    return text
