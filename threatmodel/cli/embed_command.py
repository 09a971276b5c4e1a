"""`aivss embed`: a badge, card or snippet that carries the score."""

import datetime as dt
from pathlib import Path

import click

from threatmodel.assessment import assess
from threatmodel.cli.streams import FILE, OUT, open_agent, write
from threatmodel.outputs.embeds import EMBEDS, embed


@click.command("embed")
@click.argument("file", type=FILE)
@click.option("--as", "kind", required=True, type=click.Choice(list(EMBEDS)), help="Form.")
@click.option("--link", default="", help="Address of the rationale that the embed links to.")
@click.option("--outdated", is_flag=True, help="Mark it as assessed from an older source.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date on the embed.")
@OUT
def command(  # noqa: PLR0913 - one parameter per option
    file: Path,
    kind: str,
    link: str,
    date: dt.datetime | None,
    out: Path | None,
    *,
    outdated: bool,
) -> int:
    """A badge, card or snippet that carries the score; static, escaped, no third-party call."""
    assessment = assess(open_agent(file), date=date.date() if date else None)
    write(embed(kind, assessment, link=link, outdated=outdated), out)
    return 0
