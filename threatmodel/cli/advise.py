"""`aivss advise`: the cheapest conditions for a yes, step by step."""

from pathlib import Path

import click

from threatmodel.advise import Advice, advise
from threatmodel.advise.together import opened_together, together
from threatmodel.assessment import Assessment, assess
from threatmodel.cli.app import FILE, OUT, PACKS, open_agent, show, write, write_json
from threatmodel.cli.deployment import write_deployment
from threatmodel.cli.style import band, clean, cut, dim, heading, names, wrapped
from threatmodel.outputs.advice import advice_json, advice_markdown, verdict
from threatmodel.outputs.text import count
from threatmodel.policy.formats import FORMATS

# The staircase as text.


def advice_text(advice: Advice, opened: tuple[str, ...], assessment: Assessment) -> str:
    """Lay out the conditions for a terminal."""
    today = f"{advice.today:.1f} {advice.severity}"
    told = wrapped(f"{today} today; {verdict(advice)}")
    parts = [f"{click.style(cut(advice.agent, 80), bold=True)}\n"]
    parts.append(told.replace(today, band(advice.severity, today), 1))
    if advice.steps:
        parts.append(heading("Conditions, in the order in which they are best met"))
    for number, step in enumerate(advice.steps, 1):
        after = f"{step.value:.1f}"
        line = wrapped(step.choice.says, 10, f"{number:>2}  {after}")
        parts.append(line.replace(after, band(step.severity, after), 1))
        parts.append(f"          {dim(f'{step.choice.who}, effort {step.choice.effort}')}\n")
    parts += _policy_part(advice)
    stays = (advice.stays,) if advice.stays else ()
    for title, threats in (
        ("What the score then rests on", stays),
        ("Open only because these agents share a session", opened),
    ):
        if threats:
            parts.append(heading(title))
            rows = (f"{i} {assessment.knowledge.by_id[i].title}" for i in threats)
            parts += [wrapped(one, 4, "  -") for one in rows]
    return "".join(parts)


def _policy_part(advice: Advice) -> list[str]:
    if not advice.slowed and not advice.hidden:
        return []
    parts = [heading("What the policy does")]
    for title, tools in (("Waits for a person", advice.slowed), ("Hidden", advice.hidden)):
        if tools:
            parts.append(wrapped(f"{title}: {count(len(tools), 'tool')}"))
            parts.append(dim(names([clean(tool) for tool in tools[:12]], 2)))
            if len(tools) > len(tools[:12]):
                parts.append(dim(f"  and {len(tools) - 12} more\n"))
    return parts


@click.command("advise")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option(
    "--under", type=click.FloatRange(0.1, 10), default=7.0, show_default=True, help="The line."
)
@click.option(
    "--for", "kind", type=click.Choice(list(FORMATS)), help="Count what this format cannot hold."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text, JSON or Markdown.",
)
@OUT
@PACKS
def advise_command(
    files: tuple[Path, ...], under: float, kind: str | None, form: str, out: Path | None
) -> int:
    """The cheapest conditions that bring an agent under a score, step by step.

    Several files are taken as one session. With -o a deployment is written that promises the
    conditions, and with --for the policy to match beside it. Exit 1: no known set of conditions
    does.
    """
    agents = [open_agent(file) for file in files]
    alone = [assess(agent) for agent in agents]
    whole = alone[0] if len(alone) == 1 else assess(together(alone), trying=True)
    opened = opened_together(whole, alone) if len(alone) > 1 else ()
    advice = advise(whole, under, kind or "")
    if out is not None:
        write_deployment(advice, files, out, whole)
    if form == "json":
        write_json(advice_json(advice, opened))
    elif form == "markdown":
        write(advice_markdown(advice, opened), None)
    else:
        show(advice_text(advice, opened, whole))
    return 0 if advice.reached else 1
