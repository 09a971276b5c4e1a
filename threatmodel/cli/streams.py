"""Where commands read from and write to: files, standard input and output, whole or not at all."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.errors import AivssError
from threatmodel.files import write_whole
from threatmodel.tree import MAX_BYTES

FILE = click.Path(path_type=Path, allow_dash=True)
"""A file to read; `-` is standard input."""

FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Text or JSON."
)
"""`--format text|json`."""

OUT = click.option(
    "-o", "--output", "out", type=FILE, help="File to write, whole or not at all; default: stdout."
)
"""`-o FILE`."""


def open_agent(path: Path) -> Agent:
    """Read a description from a file, or from standard input for `-`."""
    if str(path) == "-":
        return load_agent_text(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
    return load_agent(path)


def write(data: bytes | str, out: Path | None) -> None:
    """Write a result to a file, or to standard output."""
    raw = data.encode() if isinstance(data, str) else data
    if out is None or str(out) == "-":
        if isinstance(data, bytes) and sys.stdout.isatty():
            raise AivssError("this would print bytes to the terminal", hint="name a file with -o")
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
        return
    write_whole(out, raw)


def show(text: str) -> None:
    """Print text for a person: in colour on a terminal, plain in a pipe or with NO_COLOR."""
    click.echo(text, nl=False, color=False if os.environ.get("NO_COLOR") else None)


def write_json(value: Any, out: Path | None = None) -> None:  # noqa: ANN401 - JSON values
    """Write JSON: two spaces, keys in the order given, nothing invisible, a newline at the end."""
    from threatmodel.policy.written import json_text  # noqa: PLC0415 - most commands write text

    write(json_text(value), out)
