"""`aivss catalog`: a static catalogue of many agents."""

import datetime as dt
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import click

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
    click.echo(f"{site}: {built.agents} agents, {built.rebuilt} built now", err=True)
    return complaints([fault for outcome in built.faults for fault in outcome.faults])


def complaints(faults: list[str]) -> int:
    """Print every fault for a person; give the exit code."""
    for fault in faults:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {fault}", err=True)
    return 2 if faults else 0


class Bar(ExitStack):
    """A progress bar on a terminal's stderr, with rate and remaining time."""

    def __init__(self, label: str) -> None:
        """Say what is being done; the bar appears with the first step."""
        super().__init__()
        self.label, self.done, self.started = label, 0, time.monotonic()
        self.advance: Callable[[int], None] | None = None

    def tell(self, done: int, total: int) -> None:
        """Show how many are done, how fast, and how long the rest will take."""
        if self.advance is None:
            bar: AbstractContextManager[Any] = click.progressbar(
                length=total,
                file=sys.stderr,
                label=self.label,
                show_pos=True,
                hidden=not sys.stderr.isatty(),
                item_show_func=lambda _: self._rate(),
            )
            self.advance = self.enter_context(bar).update
        self.advance(done - self.done)
        self.done = done

    def _rate(self) -> str:
        return f"{self.done / max(time.monotonic() - self.started, 0.001):.0f} a second"
