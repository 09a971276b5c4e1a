"""Plain layout for the terminal: 80 columns, colour and a word or shape for each meaning."""

import textwrap
from collections.abc import Sequence

import click

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


def cut(text: str, width: int) -> str:
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
