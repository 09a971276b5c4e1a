"""`aivss report`: one agent's report in any form, or a folder of them."""

from pathlib import Path
from typing import Any

import click

from threatmodel.assessment import assess
from threatmodel.cli.streams import FILE, open_agent, write
from threatmodel.errors import AivssError
from threatmodel.outputs import OUTPUTS, kind_of, render
from threatmodel.source import read_data


@click.command("report")
@click.argument("file", type=FILE)
@click.option("-o", "--output", "out", type=FILE, help="File to write; its ending picks the form.")
@click.option("--to", "kind", type=click.Choice(list(OUTPUTS)), help="Form, whatever the ending.")
@click.option("--theme", type=FILE, help="Organisation name, logo, colours, page size (YAML).")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date on the report.")
@click.option("--profile", default="agentic", show_default=True, help="Profile id.")
@click.option("--jobs", type=int, help="Processes, for a folder.")
def command(file: Path, out: Path | None, kind: str | None, **asked: Any) -> int:  # noqa: ANN401 - click's options
    """Write a report: PDF, HTML, Markdown, JSON, SARIF, CSV, Mermaid or TM-BOM."""
    if file.is_dir():
        return _folder(file, out, kind or "pdf", asked)
    form = kind or (kind_of(out) if out else None)
    if form is None:
        raise AivssError(
            "which form the report should have is not clear",
            hint=f"name a file with -o, or say --to {'|'.join(OUTPUTS)}",
        )
    day = asked["date"].date() if asked["date"] else None
    assessment = assess(open_agent(file), profile=asked["profile"], date=day)
    write(render(form, assessment, theme=asked["theme"], description=_description(file)), out)
    return 0


def _description(file: Path) -> bytes:
    """Give the description's own bytes, to be attached to the report."""
    return b"" if str(file) == "-" else read_data(file)


def _folder(folder: Path, out: Path | None, kind: str, asked: dict[str, Any]) -> int:
    if out is None:
        raise AivssError("a folder of reports needs a folder to write to", hint="-o FOLDER")
    from threatmodel.catalogue.build import How  # noqa: PLC0415 - only for folders
    from threatmodel.catalogue.fleet import Reports, report_folder  # noqa: PLC0415
    from threatmodel.cli.builds import Bar, tell_built  # noqa: PLC0415

    day = asked["date"].date().isoformat() if asked["date"] else ""
    with Bar("writing") as bar:
        reports = Reports(kind, asked["theme"], asked["profile"], day)
        built = report_folder(folder, out, reports, How(asked["jobs"], progress=bar.tell))
    return tell_built(str(out), built)
