"""`aivss catalog`: a static catalogue of many agents."""

import datetime as dt
import sys
import time
from pathlib import Path

import click

from threatmodel.errors import AivssError


@click.command("catalog")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "site",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of the site.",
)
@click.option("--title", default="Agent catalogue", show_default=True, help="Name of the site.")
@click.option("--base-url", default="", help="Public address, for feeds, sitemap and embeds.")
@click.option("--stale-after", default=90, show_default=True, type=click.IntRange(1), help="Days.")
@click.option("--profile", default="agentic", show_default=True, help="Profile id.")
@click.option(
    "--with",
    "also",
    multiple=True,
    metavar="KIND",
    help="Further file per agent: pdf, html, sarif, ... or description; may be repeated.",
)
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Day of the build; default: today.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; default: one per processor.")
@click.option("--executor", default="", metavar="dask://HOST:PORT", help="Build on a Dask cluster.")
def command(  # noqa: PLR0913 - one parameter per option
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

    Only what changed is built again. Readers find the old site or the new one, never a mix.
    """
    from threatmodel.catalogue.build import How, build_site  # noqa: PLC0415 - loads templates
    from threatmodel.catalogue.choices import Choices  # noqa: PLC0415

    day = (date or dt.datetime.now(dt.UTC)).date().isoformat()
    address = f"{base_url.rstrip('/')}/" if base_url else ""
    choices = Choices(title, address, stale_after, profile, tuple(sorted(set(also))), day)
    started = time.monotonic()
    with Bar() as bar:
        built = build_site(folder, site, choices, How(jobs, executor, bar))
    seconds = time.monotonic() - started
    click.echo(f"{site}: {built.agents} agents, {built.rebuilt} built, {seconds:.1f} s", err=True)
    for outcome in built.faults:
        for fault in outcome.faults:
            click.echo(f"{click.style('error:', fg='red', bold=True)} {fault}", err=True)
    return 2 if built.faults else 0


class Bar:
    def __enter__(self):
        return self

    def __exit__(self, *a):
        return None

    def __call__(self, done, total):
        sys.stderr.write(f"\r{done}/{total}")
