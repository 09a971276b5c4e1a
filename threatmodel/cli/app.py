"""The group of commands, each loaded when it is called, and the one place that catches errors."""

import os
import sys
from collections.abc import Iterator
from importlib import import_module

import click

from threatmodel.errors import AivssError, MissingPartError
from threatmodel.version import VERSION

COMMANDS = {
    "score": "Score agents: headline, ten factors with reasons, range, questions.",
    "calc": "The bare calculator: numbers in, score out.",
    "model": "The threat model, layer by layer.",
    "report": "Write a report: PDF, HTML, Markdown, JSON, SARIF, CSV, Mermaid, TM-BOM.",
    "policy": "The policy for a proxy, and what it cannot hold.",
    "tools": "What each tool can do: class, flags, signals, with evidence.",
    "import": "Make a description from a server, tool list, client config, card, ...",
    "embed": "A badge, card or snippet that carries the score.",
    "catalog": "A static catalogue of many agents.",
    "explain": "What a fact, factor, threat, control or guard means, and why or why not here.",
    "verify": "Recompute what a report, badge or site says.",
    "validate": "Every fault of a description with its place.",
    "schema": "The JSON Schema of the description.",
}
"""Command -> its line in `aivss --help`; each is a module of this package."""

MODULES = {name: f"threatmodel.cli.{name}_command" for name in COMMANDS}
"""Command -> module with its `command`."""


class LazyGroup(click.Group):
    """A group that imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands in the order of use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in MODULES:
            return None
        found = import_module(MODULES[cmd_name]).command
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may have been meant."""
        name = args[0]
        if name not in MODULES:
            from threatmodel.source_hints import suggestion  # noqa: PLC0415 - only for typos

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
        # The reader has seen enough (`aivss score ... | head`); keep the exit from complaining.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (AivssError, ExceptionGroup) as fault:
        return complain(fault)
    return result if isinstance(result, int) else 0


def complain(fault: AivssError | ExceptionGroup[Exception]) -> int:
    """Print every fault for a person; give the exit code."""
    faults = list(_flat(fault))
    strange = [one for one in faults if not isinstance(one, AivssError)]
    if strange:
        raise strange[0]
    for one in faults:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {one}", err=True)
    return 3 if any(isinstance(one, MissingPartError) for one in faults) else 2


def _flat(fault: Exception) -> Iterator[Exception]:
    if isinstance(fault, ExceptionGroup):
        for inner in fault.exceptions:
            yield from _flat(inner)
    else:
        yield fault
