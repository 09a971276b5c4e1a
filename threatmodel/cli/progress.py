"""A progress bar on stderr, once a job takes over two seconds."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

T = TypeVar("T")

PATIENCE_SECONDS = 2.0
"""A shorter job shows no bar."""


def with_progress(items: Sequence[T], one: Callable[[T], None]) -> None:
    """Do `one` for each item; show how many are done, how fast, and how long it will take."""
    started = time.monotonic()
    for index, item in enumerate(items):
        if time.monotonic() - started > PATIENCE_SECONDS:
            _rest_with_bar(items[index:], one, done=index, total=len(items))
            return
        one(item)


def _rest_with_bar(items: Sequence[T], one: Callable[[T], None], *, done: int, total: int) -> None:
    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=total, file=sys.stderr, label="assessing", show_pos=True, hidden=hidden
    ) as progress:
        progress.update(done)
        for item in items:
            one(item)
            progress.update(1)
