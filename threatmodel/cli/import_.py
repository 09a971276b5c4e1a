"""Commands that make a description: from whatever is at hand, or by five questions."""

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import click

from threatmodel.assessment import assess
from threatmodel.cli.app import PACKS, complain, read_input, show, write_result
from threatmodel.cli.style import clean, wrapped
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.emit import quoted
from threatmodel.errors import AivssError, Location, MissingPartError, distinct_slugs, first_of
from threatmodel.files import shipped
from threatmodel.importers.companions import with_code
from threatmodel.importers.document import SourceInput
from threatmodel.importers.merge import Imported
from threatmodel.importers.run import import_live, import_sources, kind_ids, sources_in
from threatmodel.importers.save import Saved, save
from threatmodel.importers.write import to_yaml
from threatmodel.reading import read_data
from threatmodel.scales import KINDS


class _Import(click.Command):
    """Tells of the two dashes where the command of a server stands without them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line."""
        try:
            return super().parse_args(ctx, [*args])
        except click.NoSuchOption as fault:
            if not _names_command(args, fault.option_name):
                raise
            told = f"No such option {fault.option_name!r}.\n{_DASHES}"
            raise click.NoSuchOption(fault.option_name, told, ctx=ctx) from None


_DASHES = "The command of a server stands after two dashes: aivss import -- npx -y server"


def _names_command(words: list[str], option: str) -> bool:
    """Tell whether a program stands before an option of its own, as in `npx -y`."""
    at = next((n for n, word in enumerate(words) if word.startswith(option)), 0)
    free = (word for before, word in pairwise(["", *words[:at]]) if before[:1] != "-")
    named = (word for word in free if word[:1] not in {*"-/."} and not {".", ":"} & {*word})
    return any(not Path(word).exists() for word in named)


@click.command("import", cls=_Import)
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@click.option(
    "-o", "--output", "out", type=click.Path(path_type=Path), help="Description to write."
)
@click.option("--as", "kind", type=click.Choice(kind_ids()), help="Kind of the sources.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="All servers or agents as one system.",
)
@click.option("--live", is_flag=True, help="Ask the servers of a config for their tools, too.")
@click.option("--yes", is_flag=True, help="With --live: start commands without asking.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Seconds a live server has.",
)
@click.option("--env", "names", multiple=True, metavar="NAME", help="Variable for a live server.")
@PACKS
def import_command(  # noqa: PLR0913 - one parameter per option
    sources: Sequence[str],
    out: Path | None,
    kind: str | None,
    timeout: float,
    names: Sequence[str],
    *,
    everything: bool,
    live: bool,
    yes: bool,
) -> int:
    r"""A description from a server, tool list, client config, card, package, ...

    Several sources merge into one description. A running server: its address, or its command
    after two dashes; of your variables it gets those named with --env. No tool is ever called.

    \b
    aivss import tools.json -o agent.yaml
    aivss import https://localhost:8080/mcp -o agent.yaml
    aivss import -o agent.yaml -- npx -y some-server
    """
    files, words = _split(sources)
    inputs = [_input(name, timeout) for name in files]
    if words:
        inputs.append(_started(words, names, timeout))
    if not inputs:
        raise AivssError("nothing to import", hint="name a file, an address, or -- COMMAND")
    silent: list[MissingPartError] = []
    if live:
        found, silent = _asked(inputs, timeout, _variables(names), everything=everything, yes=yes)
    else:
        found = import_sources(inputs, kind, together=everything)
    if len(found) > 1 and not (out and out.is_dir()):
        place = f" that is there with -o in place of {out}" if out else " with -o"
        raise AivssError(
            f"{len(found)} servers or agents give {len(found)} descriptions",
            hint=f"name a folder{place}, or make one system of them with --all",
        )
    if out is None:
        show(to_yaml(found[0]))
    else:
        _save_all(found, out)
    return complain(ExceptionGroup("", silent)) if silent else 0


def _save_all(found: Sequence[Imported], out: Path) -> None:
    """Write every description before any is told: who reads the words may stop listening."""
    saved: list[tuple[Imported, Path, Saved]] = []
    try:
        for one, path in _targets(found, out):
            saved.append((one, path, save(path, one)))
    finally:
        for each in saved:
            _tell(*each)


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell sources from a command: what stands after `--` on the command line is the command."""
    if "--" not in sys.argv:
        return list(words), []
    after = sys.argv[sys.argv.index("--") + 1 :]
    return list(words[: len(words) - len(after)]), after


def _input(name: str, timeout: float) -> SourceInput:
    if name == "-":
        return SourceInput("-", read_input())
    if name.startswith(("http://", "https://")):
        from threatmodel.importers.live import record_url  # noqa: PLC0415 - needs an extra

        return record_url(name, timeout=timeout).source
    if Path(name).is_dir():
        raise AivssError(f"{name}: this is a folder", hint=_inside(Path(name)))
    return with_code(SourceInput(name, read_data(Path(name))))


_SHOWN_SOURCES = 8


def _inside(folder: Path) -> str:
    """Name the files of a folder that can be imported: archives hold one or two among hundreds."""
    found = [f"{path} ({kind})" for path, kind in sources_in(folder)]
    if not found:
        return "name a file in it; none that is known was found there"
    return f"name a file in it, such as {first_of(found, _SHOWN_SOURCES)}"


def _started(words: Sequence[str], names: Sequence[str], timeout: float) -> SourceInput:
    from threatmodel.importers.live import record_command  # noqa: PLC0415 - needs an extra

    recorded = record_command(words, env=_variables(names), timeout=timeout)
    _echo(recorded.stderr)
    return recorded.source


def _variables(names: Sequence[str]) -> dict[str, str]:
    """Take the variables that a person passes on; a name that is not set is a slip."""
    for name in names:
        if name not in os.environ:
            raise AivssError(f"--env {name}: this variable is not set", hint=f"export {name}=...")
    return {name: os.environ[name] for name in names}


def _asked(
    inputs: Sequence[SourceInput],
    timeout: float,
    env: dict[str, str],
    *,
    everything: bool,
    yes: bool,
) -> tuple[tuple[Imported, ...], list[MissingPartError]]:
    """Import a configuration and what those of its servers answer that a person lets us start.

    Beside it are the errors of servers that do not answer; raises them where none does.
    """
    from threatmodel.importers.live import record_found  # noqa: PLC0415 - needs an extra

    def confirm(what: str) -> bool:
        return yes or click.confirm(f"Start or call {what} and list its tools?", err=True)

    if len(inputs) > 1:
        raise AivssError("--live takes one configuration", hint="give the other sources later")
    found = record_found(inputs[0], confirm, environment=os.environ, env=env, timeout=timeout)
    answers, silent = {}, []
    for name, answer in found:
        if isinstance(answer, MissingPartError):
            silent.append(answer)
            continue
        _echo(answer.stderr)
        answers[name] = answer.source
    if silent and not answers:
        raise ExceptionGroup("", [*{str(one): one for one in silent}.values()])
    return import_live(inputs[0], answers, together=everything), silent


def _echo(stderr: str) -> None:
    """Show what a server wrote to its standard error."""
    for line in stderr.splitlines():
        click.echo(f"  | {clean(line)}", err=True)


def _targets(found: Sequence[Imported], out: Path) -> list[tuple[Imported, Path]]:
    if not out.is_dir():
        return [(found[0], out)]
    names = distinct_slugs(one.name for one in found)
    return [(one, out / f"{name}.yaml") for one, name in zip(found, names, strict=True)]


def _tell(one: Imported, path: Path, saved: Saved) -> None:
    """Say what was written, what changed, and which questions matter most."""
    for file in saved.files:
        click.echo(f"wrote {file}", err=True)
    if not saved.files:
        click.echo(f"{path} is up to date", err=True)
    for difference in saved.differences:
        click.echo(wrapped(str(difference), 2, "- ").rstrip(), err=True)
    if one.adds_only and one.name and one.name != load_agent(path).name:
        told = f"the answers are about '{one.name}', this description is about another name: look"
        click.echo(
            wrapped(clean(f"{told} whether they belong together"), 2, "! ").rstrip(), err=True
        )
    for remark in one.remarks:
        click.echo(wrapped(clean(remark), 2, "! ").rstrip(), err=True)
    questions = assess(load_agent(path)).score.questions
    if questions:
        click.echo("Open questions, the one that matters most first:", err=True)
    for question in questions:
        text = f"{question.text} ({question.fact}; yes {question.if_true}, no {question.if_false})"
        click.echo(wrapped(text, 4, "  ? ").rstrip(), err=True)


_ANSWERS = ("yes", "no", "unknown")
_APPROVALS = ("none", "some", "high-impact", "all", "unknown")


# `aivss init`: five questions, a first description and first rules.


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default="agent.yaml")
@click.option("--yes", "quiet", is_flag=True, help="Ask nothing; answers stay unknown.")
@click.option("--name", help="Name of the agent.")
@click.option("--kind", type=click.Choice(KINDS), help="What it is.")
def init_command(file: Path, name: str | None, kind: str | None, *, quiet: bool) -> int:
    """Write a first description and first rules: FILE (default agent.yaml) and aivss.toml beside.

    Asks five questions; what you do not know stays unknown. Nothing that is there is replaced.
    """
    rules = file.parent / "aivss.toml"
    if file.exists():
        hint = "name another one, or remove it"
        raise AivssError("this file is there already", Location(str(file)), hint)
    name = name or _ask("Name of the agent", "My agent", quiet=quiet)
    kind = kind or _ask("What is it", "agent", KINDS, quiet=quiet)
    text = (
        shipped("reports/init/agent.yaml")
        .read_text("utf-8")
        .format(
            name=quoted(name),
            kind=kind,
            form="product" if kind in ("mcp-server", "skill") else "deployment",
            outsiders=_ask("Can people from outside prompt it", "unknown", _ANSWERS, quiet=quiet),
            unattended=_ask(
                "Does it ever run with nobody watching", "unknown", _ANSWERS, quiet=quiet
            ),
            approvals=_ask("Which calls does a person approve", "unknown", _APPROVALS, quiet=quiet),
        )
    )
    load_agent_text(text.encode(), str(file))
    write_result(text, file)
    told = f"wrote {file}"
    if not rules.exists():
        write_result(shipped("reports/init/aivss.toml").read_bytes(), rules)
        told += f" and {rules}"
    gate = f"aivss gate {file}" + (f" --config {rules}" if rules.parent != Path() else "")
    show(f"{told}\nnext: aivss score {file}, {gate}\n")
    return 0


def _ask(question: str, default: str, choices: tuple[str, ...] = (), *, quiet: bool) -> str:
    if quiet:
        return default
    kind = click.Choice(choices) if choices else None
    return str(click.prompt(question, default=default, type=kind, err=True))
