"""`aivss validate`: every fault of a description with its place."""

from collections.abc import Sequence
from pathlib import Path

import click

from threatmodel.cli.app import complain
from threatmodel.cli.streams import FILE, open_agent
from threatmodel.errors import AivssError


@click.command("validate")
@click.argument("files", nargs=-1, required=True, type=FILE)
def command(files: Sequence[Path]) -> int:
    """Every fault of a description with its place; exit 2 when there is one."""
    worst = 0
    for path in files:
        try:
            agent = open_agent(path)
        except (AivssError, ExceptionGroup) as fault:
            worst = max(worst, complain(fault))
        else:
            tools = len(agent.known_tools)
            click.echo(f"{path}: good; {tools} tool{'' if tools == 1 else 's'}")
    return worst
