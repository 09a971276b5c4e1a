"""`aivss init`: five questions, a first description and first rules."""

from pathlib import Path

import click

from threatmodel.cli.app import show, write_result
from threatmodel.description.load import load_agent_text
from threatmodel.errors import AivssError, Location
from threatmodel.files import shipped
from threatmodel.policy.formats.emit import quoted
from threatmodel.scales import KINDS

_ANSWERS = ("yes", "no", "unknown")
_APPROVALS = ("none", "some", "high-impact", "all", "unknown")


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
    show(f"{told}\nnext: aivss score {file}, aivss gate {file} --config {rules}\n")
    return 0


def _ask(question: str, default: str, choices: tuple[str, ...] = (), *, quiet: bool) -> str:
    if quiet:
        return default
    kind = click.Choice(choices) if choices else None
    return str(click.prompt(question, default=default, type=kind, err=True))
