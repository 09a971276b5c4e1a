"""Plain layout for the terminal: 80 columns, colour and a word or shape for each meaning."""

import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from threatmodel.errors import first_of

if TYPE_CHECKING:
    from threatmodel.catalogue.build import Built

WIDTH = 80
"""Columns that every table fits in."""

BAND_COLOURS = {
    "critical": "bright_red",
    "high": "red",
    "medium": "yellow",
    "low": "green",
    "none": "white",
}
"""Colour of a band or severity; the word always stands beside it."""


@contextmanager
def whoever_reads() -> Iterator[None]:
    """Go on where a reader has seen enough (`... | head`): what was found decides the exit code."""
    try:
        sys.stdout.flush()
        yield
    except BrokenPipeError:
        to_nowhere()


def to_nowhere() -> None:
    """Print nothing from here on."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def band(name: str, text: str | None = None) -> str:
    """Colour a text by its band."""
    return click.style(text or name, fg=BAND_COLOURS.get(name.lower(), "white"), bold=True)


def heading(text: str) -> str:
    """Set a heading."""
    return f"\n{click.style(text, bold=True)}\n"


def dim(text: str) -> str:
    """Set what matters less."""
    return click.style(text, dim=True)


def bar(value: float, width: int = 10) -> str:
    """Draw a bar for 0 to 1."""
    filled = round(value * width)
    return "█" * filled + "░" * (width - filled)


def clean(text: str) -> str:
    """Take control and direction characters out of a stranger's text before it is printed."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def fit(text: str, width: int) -> str:
    """Clean a text and cut it to a width."""
    text = clean(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def wrapped(text: str, indent: int = 0, first: str = "") -> str:
    """Wrap a sentence to the terminal, indented; `first` stands before its first line."""
    pad = " " * indent
    lines = textwrap.wrap(
        clean(text),
        WIDTH,
        initial_indent=first.ljust(indent) if first else pad,
        subsequent_indent=pad,
        break_on_hyphens=False,
    )
    return "\n".join(lines) + "\n"


def names(items: Sequence[str], indent: int) -> str:
    """List names over as many lines as they need."""
    return wrapped(", ".join(items), indent)


# A progress bar on stderr, once a job takes over two seconds.

T = TypeVar("T")

PATIENCE_SECONDS = 2.0
"""A shorter job shows no bar."""


def with_progress(items: Sequence[T]) -> Iterator[T]:
    """Yield each item; show how many are done, how fast, and how long it will take."""
    started = time.monotonic()
    with Bar("assessing") as bar:
        for done, item in enumerate(items, 1):
            yield item
            late = time.monotonic() - started > PATIENCE_SECONDS
            if bar.advance or (late and done < len(items)):
                bar.tell(done, len(items))


# What commands that build many agents show: a bar while they do, faults at the end.


_SHOWN_OTHERS = 12


def tell_built(place: str, built: "Built") -> int:
    """Say what was built and list every fault; give the exit code."""
    many = f"{built.agents} agent{'' if built.agents == 1 else 's'}"
    click.echo(f"{place}: {many}, {built.rebuilt} built now", err=True)
    tell_passed_over(built.passed_over)
    for outcome in built.faults:
        for fault in outcome.faults:
            click.echo(f"{click.style('error:', fg='red', bold=True)} {fault}", err=True)
    return 2 if built.faults else 0


def tell_passed_over(files: Sequence[str]) -> None:
    """Warn of files of a folder that are no descriptions, if any."""
    if files:
        text = f"no descriptions, passed over: {first_of(files, _SHOWN_OTHERS)}"
        click.echo(wrapped(clean(text), 9, "warning: ").rstrip(), err=True)


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
        more, self.done = done - self.done, done
        self.advance(more)

    def _rate(self) -> str:
        return f"{self.done / max(time.monotonic() - self.started, 0.001):.0f} a second"
