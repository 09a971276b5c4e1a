"""`aivss report`: one agent's report in any form, or a folder of them."""

import datetime as dt
from pathlib import Path

import click

from threatmodel.assessment import assess
from threatmodel.cli.streams import FILE, open_agent, write
from threatmodel.errors import AivssError
from threatmodel.outputs import OUTPUTS, kind_of, render


@click.command("report")
@click.argument("file", type=FILE)
@click.option("-o", "--output", "out", type=FILE, help="File to write; its ending picks the form.")
@click.option("--to", "kind", type=click.Choice(list(OUTPUTS)), help="Form, whatever the ending.")
@click.option("--theme", type=FILE, help="Organisation name, logo, colours, page size (YAML).")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date on the report.")
@click.option("--profile", default="agentic", show_default=True, help="Profile id.")
@click.option("--jobs", type=int, help="Processes, for a folder.")
def command(  # noqa: PLR0913 - one parameter per option
    file: Path,
    out: Path | None,
    kind: str | None,
    theme: Path | None,
    date: dt.datetime | None,
    profile: str,
    jobs: int | None,
) -> int:
    """Write a report: PDF, HTML, Markdown, JSON, SARIF, CSV, Mermaid or TM-BOM."""
    if file.is_dir():
        return _folder(file, out, kind, jobs)
    form = kind or (kind_of(out) if out else None)
    if form is None:
        raise AivssError(
            "which form the report should have is not clear",
            hint=f"name a file with -o, or say --to {'|'.join(OUTPUTS)}",
        )
    assessment = assess(open_agent(file), profile=profile, date=date.date() if date else None)
    write(render(form, assessment, theme=theme), out)
    return 0


def _folder(folder: Path, out: Path | None, kind: str | None, jobs: int | None) -> int:
    if out is None:
        raise AivssError("a folder of reports needs a folder to write to", hint="-o FOLDER")
    from threatmodel.catalogue.fleet import report_folder  # noqa: PLC0415 - only for folders

    return report_folder(folder, out, kind or "pdf", jobs)
