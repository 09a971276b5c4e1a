"""The group of commands, each loaded when it is called, and the one place that catches errors."""

import math
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from threatmodel._version import VERSION
from threatmodel.cli.style import to_nowhere, whoever_reads
from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.errors import AivssError, MissingPartError, every, suggestion, visible
from threatmodel.files import refused_by_system, write_whole
from threatmodel.reading.positions import MAX_BYTES
from threatmodel.rules.load import load_knowledge
from threatmodel.scales import YES_NO

if TYPE_CHECKING:
    from threatmodel.assessment import Assessment

COMMANDS = {
    "score": "Score agents: headline, ten factors with reasons, range, questions.",
    "calc": "The bare calculator: numbers in, score out.",
    "model": "The threat model, layer by layer.",
    "report": "Write a report: PDF, HTML, Markdown, JSON, SARIF, CSV, Mermaid, TM-BOM.",
    "policy": "The policy for a proxy, and what it cannot hold.",
    "advise": "The cheapest conditions that bring a score under a line.",
    "diff": "What changed between two descriptions, reports or git revisions, and why.",
    "gate": "Named rules over descriptions: exit 1 where one is broken.",
    "tools": "What each tool can do: class, flags, signals, with evidence.",
    "import": "Make a description from a server, tool list, client config, card, ...",
    "embed": "A badge, card or snippet that carries the score.",
    "catalog": "A static catalogue of many agents.",
    "init": "A first description and first rules, by five questions.",
    "test": "The tests of a rule pack: descriptions in, what must be found out.",
    "explain": "What a fact, factor, threat, control or guard means, and why or why not here.",
    "verify": "Recompute what a report, badge or site says.",
    "validate": "Every fault of a description with its place.",
    "schema": "The JSON Schema of the description.",
}
"""Command -> its line in `aivss --help`; each is `NAME_command` in a module of this package."""

_SHARED = {
    "explain": "model",
    "embed": "report",
    "catalog": "report",
    "test": "gate",
    "validate": "check",
    "verify": "check",
    "schema": "check",
    "tools": "check",
    "import": "import_",
    "init": "import_",
}
"""Command -> module of this package that holds it, where that is not its own name."""


class LazyGroup(click.Group):
    """A group that imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the order of use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"threatmodel.cli.{_SHARED.get(cmd_name, cmd_name)}")
        found = getattr(module, f"{cmd_name}_command")
        if not isinstance(found, click.Command):
            return None
        # A raw docstring holds click's mark for lines that stay as they are as two characters.
        found.help = (found.help or "").replace("\\b\n", "\b\n")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may have been meant."""
        name = args[0]
        if name not in COMMANDS:
            ctx.fail(f"there is no command '{name}'; {suggestion(name, COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done; 1 done, and a limit you set is passed; 2 the input is wrong; "
    "3 something outside is missing.",
)
@click.version_option(VERSION, prog_name="aivss")
def app() -> None:
    """Tell how risky an AI agent is, why, and what to put in front of it.

    `aivss score agents/confluent.yaml` is the daily command.
    """


def run(argv: list[str]) -> int:
    """Run the command line; see `threatmodel.cli.main` for the exit codes."""
    try:
        result = app.main(argv, prog_name="aivss", standalone_mode=False)
    except click.ClickException as fault:
        fault.show()
        return 2
    except click.Abort:
        click.echo("stopped", err=True)
        return 2
    except BrokenPipeError:
        to_nowhere()
        return 0
    except (AivssError, ExceptionGroup) as fault:
        return complain(fault)
    except OSError as fault:
        if not fault.filename:
            to_nowhere()  # a full disk behind standard output would complain once more at exit
        return complain(refused_by_system(fault))
    return result if isinstance(result, int) else 0


def complain(fault: AivssError | ExceptionGroup[Exception]) -> int:
    """Print every fault for a person; give the exit code."""
    faults = every(fault)
    for one in faults:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {one}", err=True)
    return 3 if any(isinstance(one, MissingPartError) for one in faults) else 2


# Where commands read from and write to: files, standard input and output, whole or not at all.

FILE = click.Path(path_type=Path, allow_dash=True)
"""A file to read; `-` is standard input."""


class _Points(click.FloatRange):
    """A number within bounds; what is no number is within none, though no comparison says so."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found: float = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value} is not in the range 0<=x<=10.", param, ctx)
        return found


POINTS = _Points(0, 10)
"""A score that is a limit."""

F = TypeVar("F", bound=Callable[..., Any])


def form_option(told: str, *more: str) -> Callable[[F], F]:
    """Give `--format text|json`, with what else a command can write."""
    forms = click.Choice(["text", "json", *more])
    return click.option("--format", "form", type=forms, default="text", help=told)


FORMAT = form_option("Text or JSON.")


def _put_packs_in_force(ctx: click.Context, _: click.Parameter, named: Sequence[Path]) -> None:
    """Let the packs of the configuration, then those of the command line, hold for this command."""
    asked = ctx.params.get("config")
    # A search of bytes first: reading TOML and loading packs would cost every run, and few have
    # any.
    if named or any(map(_may_name_packs, [asked] if asked else CONFIGS)):
        from threatmodel.packs.in_force import packs_here, packs_of, use_packs  # noqa: PLC0415

        # Rules hold for a process: a program that runs two commands must not keep those of the
        # first.
        ctx.call_on_close(use_packs)
        configured = packs_of(asked) if asked else packs_here()
        use_packs(*configured, *named)
        if configured:
            listed = ", ".join(str(folder) for folder in configured)
            # Told, as a file that lies in the folder has changed what a score means.
            click.echo(visible(f"packs named by the configuration: {listed}"), err=True)


def _may_name_packs(config: Path) -> bool:
    try:
        return _PACKS_KEY.search(config.read_bytes()) is not None
    except OSError:
        return False


# Looked for before the file is parsed: most projects have a pyproject.toml without any packs.
_PACKS_KEY = re.compile(rb"packs[\"']?\s*=")

CONFIGS = (Path("aivss.toml"), Path("pyproject.toml"))
"""Configurations where we stand; `packs` in them names rule packs."""

PACKS = click.option(
    "--pack",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    expose_value=False,
    callback=_put_packs_in_force,
    help="Rule pack of an organisation, beside our rules; may be repeated.",
)
"""`--pack FOLDER`; a command with it assesses by the rules of packs too."""

OUT = click.option(
    "-o", "--output", "out", type=FILE, help="File to write, whole or not at all; default: stdout."
)
"""`-o FILE`."""


MEMBER = click.option("--member", metavar="NAME", help="Only this member of a system.")
"""`--member NAME`."""


def chosen(assessment: "Assessment", member: str | None) -> "Assessment":
    """Give a member of a system in its place; the whole where none is named."""
    if member is None:
        return assessment
    from threatmodel.cli.system_text import in_place  # noqa: PLC0415 - only for systems

    return in_place(assessment, member)


STDIN = "<stdin>"
"""What complaints call standard input."""


def read_input() -> bytes:
    """Read standard input, one byte more than the largest size at most."""
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def open_agent(path: Path) -> Agent:
    """Read a description from a file, or from standard input for `-`."""
    return load_agent_text(read_input(), STDIN) if str(path) == "-" else load_agent(path)


def write_result(data: bytes | str, out: Path | None) -> None:
    """Write a result to a file, or to standard output."""
    raw = data.encode() if isinstance(data, str) else data
    if out is None or str(out) == "-":
        if isinstance(data, bytes) and sys.stdout.isatty():
            raise AivssError("this would print bytes to the terminal", hint="name a file with -o")
        with whoever_reads():
            sys.stdout.buffer.write(raw)
            sys.stdout.buffer.flush()
        return
    write_whole(out, raw)


def show(text: str) -> None:
    """Print text for a person: in colour on a terminal, plain in a pipe or with NO_COLOR."""
    with whoever_reads():
        click.echo(text, nl=False, color=False if os.environ.get("NO_COLOR") else None)


def write_json(value: Any, out: Path | None = None) -> None:  # noqa: ANN401 - JSON values
    """Write JSON: two spaces, keys in the order given, nothing invisible, a newline at the end."""
    from threatmodel.emit import json_text  # noqa: PLC0415 - most commands write text

    write_result(json_text(value), out)


def assumed_facts(pairs: Sequence[str]) -> dict[str, bool]:
    """Read `fact=yes` pairs; AivssError for anything else."""
    knowledge = load_knowledge()
    known = {*knowledge.facts, *knowledge.controls}
    assumed: dict[str, bool] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in known:
            raise AivssError(f"--assume: there is no fact '{name}'", hint=suggestion(name, known))
        answer = YES_NO.get(value.strip().lower())
        if answer is None:
            hint = f"--assume {name}=yes, or --assume {name}=no"
            raise AivssError(f"--assume {name}: '{value}' is neither yes nor no", hint=hint)
        if assumed.setdefault(name, answer) is not answer:
            raise AivssError(f"--assume {name}: both yes and no", hint="assume one of the two")
    return assumed
