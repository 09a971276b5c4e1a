"""`aivss catalog`: a static catalogue of many agents."""

import datetime as dt
from pathlib import Path

import click

from threatmodel.cli.builds import Bar, tell_built
from threatmodel.outputs import OUTPUTS

FOLDER = click.Path(path_type=Path)
"""A folder."""

KINDS = [*OUTPUTS, "description"]
"""Files that can be added to each agent."""


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
    type=click.Choice(KINDS),
    help="Further file for each agent; may be repeated.",
)
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Day of the build; else today.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; else one per processor.")
@click.option("--executor", default="", metavar="dask://HOST:PORT", help="Build on Dask.")
def command(  # noqa: PLR0913 - one parameter per option
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
    from threatmodel.catalogue.choices import Choices  # noqa: PLC0415

    day = (date or dt.datetime.now(dt.UTC)).date().isoformat()
    address = f"{base_url.rstrip('/')}/" if base_url else ""
    choices = Choices(title, address, stale_after, profile, tuple(sorted(set(also))), day)
    with Bar("building") as bar:
        built = build_site(folder, site, choices, How(jobs, executor, bar.tell))
    return tell_built(str(site), built)
