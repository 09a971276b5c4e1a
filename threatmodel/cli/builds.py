"""What commands that build many agents show: a bar while they do, faults at the end."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from threatmodel.catalogue.build import Built


def tell_built(place: str, built: "Built") -> int:
    """Say what was built and list every fault; give the exit code."""
    click.echo(f"{place}: {built.agents} agents, {built.rebuilt} built now", err=True)
    for outcome in built.faults:
        for fault in outcome.faults:
            click.echo(f"{click.style('error:', fg='red', bold=True)} {fault}", err=True)
    return 2 if built.faults else 0


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
