"""`aivss report`: one agent's report in any form, or a folder of them."""

import datetime as dt
from pathlib import Path
from typing import Any

import click

from threatmodel.cli.app import FILE, MEMBER, OUT, PACKS, chosen, open_agent, write_result
from threatmodel.cli.style import Bar, tell_built
from threatmodel.errors import AivssError
from threatmodel.outputs import EMBEDS, OUTPUTS, embed, kind_of, render
from threatmodel.reading import read_data


@click.command("report")
@click.argument("file", type=FILE)
@click.option("-o", "--output", "out", type=FILE, help="File to write; its ending picks the form.")
@click.option("--to", "kind", type=click.Choice(list(OUTPUTS)), help="Form, whatever the ending.")
@click.option("--brief", is_flag=True, help="The decision alone, on one page of PDF.")
@click.option("--theme", type=FILE, help="Organisation name, logo, colours, page size (YAML).")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date on the report.")
@click.option("--profile", default="agentic", show_default=True, help="Profile id.")
@click.option("--jobs", type=click.IntRange(1), help="Processes, for a folder.")
@MEMBER
@PACKS
def report_command(file: Path, out: Path | None, kind: str | None, **asked: Any) -> int:  # noqa: ANN401 - click's options
    """Write a report: PDF, HTML, Markdown, JSON, SARIF, CSV, Mermaid or TM-BOM."""
    if file.is_dir():
        return _folder(file, out, _brief(kind) if asked["brief"] else kind or "pdf", asked)
    form = kind or (kind_of(out) if out else None)
    form = _brief(form) if asked["brief"] else form
    if form is None:
        ending = f": no form of a report ends in '{out.suffix}'" if out and out.suffix else ""
        raise AivssError(
            f"which form the report should have is not clear{ending}",
            hint=f"name a file with -o that ends like one, or say --to {'|'.join(OUTPUTS)}",
        )
    from threatmodel.assessment import assess  # noqa: PLC0415 - a catalogue may find nothing to do

    day = asked["date"].date() if asked["date"] else None
    whole = assess(open_agent(file), profile=asked["profile"], date=day)
    assessment = chosen(whole, asked["member"])
    own = b"" if str(file) == "-" else read_data(file)  # attached to the report
    write_result(render(form, assessment, theme=asked["theme"], description=own), out)
    return 0


def _brief(form: str | None) -> str:
    if form in (None, "pdf", "brief"):
        return "brief"
    raise AivssError(f"--brief is a PDF, not {form}", hint="name a file that ends in .pdf with -o")


def _folder(folder: Path, out: Path | None, kind: str, asked: dict[str, Any]) -> int:
    if out is None:
        raise AivssError("a folder of reports needs a folder to write to", hint="-o FOLDER")
    if asked["member"]:
        hint = "name the file of its system, in place of a folder"
        raise AivssError("--member is about one system", hint=hint)
    from threatmodel.catalogue.build import How  # noqa: PLC0415 - only for folders
    from threatmodel.catalogue.fleet import Reports, report_folder  # noqa: PLC0415

    day = asked["date"].date().isoformat() if asked["date"] else ""
    with Bar("writing") as bar:
        reports = Reports(kind, asked["theme"], asked["profile"], day)
        built = report_folder(folder, out, reports, How(asked["jobs"], progress=bar.tell))
    return tell_built(str(out), built)


# `aivss embed`: a badge, card or snippet that carries the score.


@click.command("embed")
@click.argument("file", type=FILE)
@click.option("--as", "kind", required=True, type=click.Choice(list(EMBEDS)), help="Form.")
@click.option("--link", default="", help="Address of the rationale that the embed links to.")
@click.option("--outdated", is_flag=True, help="Mark it as assessed from an older source.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date on the embed.")
@OUT
@PACKS
def embed_command(  # noqa: PLR0913 - one parameter per option
    file: Path,
    kind: str,
    link: str,
    date: dt.datetime | None,
    out: Path | None,
    *,
    outdated: bool,
) -> int:
    """A badge, card or snippet that carries the score; static, escaped, no third-party call."""
    from threatmodel.assessment import assess  # noqa: PLC0415 - a catalogue may find nothing to do

    assessment = assess(open_agent(file), date=date.date() if date else None)
    write_result(embed(kind, assessment, link=link, outdated=outdated), out)
    return 0


# `aivss catalog`: a static catalogue of many agents.

FOLDER = click.Path(path_type=Path)

REPORT_KINDS = [*OUTPUTS, "description", "policies", "conditions"]
"""What can be added to each agent; `policies` are all formats, `conditions` those for a yes."""


@click.command("catalog")
@click.argument("folder", type=FOLDER)
@click.option("-o", "--output", "site", required=True, type=FOLDER, help="Folder of the site.")
@click.option("--title", default="Agent catalogue", show_default=True, help="Name of the site.")
@click.option("--base-url", default="", help="Public address, for embeds, feed and sitemap.")
@click.option(
    "--stale-after",
    default=90,
    show_default=True,
    type=click.IntRange(1, 10_000),
    metavar="DAYS",
    help="Days after which an assessment is stale.",
)
@click.option("--profile", default="agentic", show_default=True, help="Profile id.")
@click.option(
    "--with",
    "also",
    multiple=True,
    type=click.Choice(REPORT_KINDS),
    help="Further part for each agent; may be repeated. Up to 100 agents have conditions unasked.",
)
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Day of the build; else today.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; else one per processor.")
@click.option("--executor", default="", metavar="dask://HOST:PORT", help="Build on Dask.")
@PACKS
def catalog_command(  # noqa: PLR0913 - one parameter per option
    *,
    folder: Path,
    site: Path,
    title: str,
    base_url: str,
    stale_after: int,
    profile: str,
    also: tuple[str, ...],
    date: dt.datetime | None,
    jobs: int | None,
    executor: str,
) -> int:
    """Build a static catalogue of all descriptions below a folder.

    Only what changed is built again, and readers find the old site or the new one, never a mix.
    Descriptions with faults are listed at the end.
    """
    from threatmodel.catalogue.build import How, build_site  # noqa: PLC0415 - loads templates
    from threatmodel.catalogue.job import Choices  # noqa: PLC0415

    day = (date or dt.datetime.now(dt.UTC)).date().isoformat()
    address = f"{base_url.rstrip('/')}/" if base_url else ""
    if address and not address.startswith(("https://", "http://")):
        hint = "it begins with https://, such as https://agents.example.org"
        raise AivssError(f"--base-url: '{base_url}' is no public address", hint=hint)
    choices = Choices(title, address, stale_after, profile, tuple(sorted(set(also))), day)
    with Bar("building") as bar:
        built = build_site(folder, site, choices, How(jobs, executor, bar.tell))
    return tell_built(str(site), built)
