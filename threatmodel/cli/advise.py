"""`aivss advise`: the cheapest conditions for a yes, step by step."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import click

from threatmodel.advise import Advice
from threatmodel.advise.choices import POLICY, PROMISED, Step, is_policy
from threatmodel.advise.extras import advise_with_cures
from threatmodel.advise.system import opened_together, together
from threatmodel.assessment import Assessment, assess
from threatmodel.assessment.system import SystemAssessment
from threatmodel.cli.app import (
    FILE,
    OUT,
    PACKS,
    form_option,
    open_agent,
    show,
    write_json,
    write_result,
)
from threatmodel.cli.style import band, clean, dim, fit, heading, names, wrapped
from threatmodel.description.agent import Agent
from threatmodel.description.overrides import PolicyWishes, Statement
from threatmodel.description.part import Part
from threatmodel.description.system import System
from threatmodel.emit import JsonData, yaml_text
from threatmodel.errors import AivssError, distinct_slugs
from threatmodel.facts.defaults import judging_host
from threatmodel.outputs.advice import (
    ASKED,
    ASKED_SO,
    LEFT,
    advice_json,
    advice_markdown,
    asked_text,
    left_text,
    open_span,
    verdict,
)
from threatmodel.outputs.text import count
from threatmodel.policy.formats import FORMATS, compile_policy, headed, refused_instead
from threatmodel.rules.load import Knowledge

# The staircase as text.


def _advice_text(
    advice: Advice, opened: tuple[str, ...], assessment: Assessment, kind: str = ""
) -> str:
    """Lay out the conditions for a terminal; `kind` is the format that holds the policy."""
    today = f"{advice.today:.1f} {advice.severity}" if assessment.enough_known else "no data"
    told = wrapped(f"{today} today; {verdict(advice, assessment)}")
    parts = [f"{click.style(fit(advice.agent, 80), bold=True)}\n"]
    parts.append(told.replace(today, band(advice.severity, today), 1))
    if more := open_span(advice, assessment):
        parts.append(wrapped(more))
    if advice.steps:
        parts.append(heading("Conditions, in the order in which they are best met"))
    parts += [_step(number, step) for number, step in enumerate(advice.steps, 1)]
    parts += _policy_part(advice, _held_calls(assessment, kind))
    stays = (advice.stays,) if advice.stays else ()
    for title, threats in (
        ("What the score then rests on", stays),
        ("Open only because these agents share a session", opened),
    ):
        if threats:
            parts.append(heading(title))
            rows = (f"{i} {assessment.knowledge.by_id[i].title}" for i in threats)
            parts += [wrapped(one, 4, "  -") for one in rows]
    if over := asked_text(advice):
        parts += [heading(ASKED), wrapped(ASKED_SO)]
        parts += [wrapped(clean(one), 4, "  -") for one in over]
    if advice.left:
        parts.append(heading(LEFT))
        parts += [wrapped(clean(left_text(one)), 4, "  -") for one in advice.left]
    return "".join(parts)


def _step(number: int, step: Step) -> str:
    after, days = f"{step.value:.1f}", count(step.choice.effort, "day")
    line = wrapped(step.choice.says, 10, f"{number:>2}  {after}")
    told = line.replace(after, band(step.severity, after), 1)
    return f"{told}          {dim(f'{step.choice.who}, about {days}')}\n"


def _held_calls(assessment: Assessment, kind: str) -> str:
    """Say what becomes of the calls that the plan holds: some formats ask nobody."""
    if kind and not isinstance(assessment, SystemAssessment):
        compiled = compile_policy(kind, assessment.plan, assessment.readings)
        held = {guard.id for guard in assessment.plan.guards if guard.kind == "approval"}
        if held and held <= refused_instead(compiled):
            return f"Refused, as {compiled.title} asks nobody"
    return "Waits for a person"


def _policy_part(advice: Advice, held: str) -> list[str]:
    if not advice.slowed and not advice.hidden:
        return []
    parts = [heading("What the policy does")]
    for title, tools in ((held, advice.slowed), ("Hidden", advice.hidden)):
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
@form_option("Text, JSON or Markdown.", "markdown")
@OUT
@PACKS
def advise_command(
    files: tuple[Path, ...], under: float, kind: str | None, form: str, out: Path | None
) -> int:
    """The cheapest conditions that bring an agent under a score, step by step.

    Several files are taken as one session. With -o a deployment is written that promises the
    conditions, and with --for the policy to match beside it. Exit 1: no known set of conditions
    does, or too little is known to tell.
    """
    agents = [open_agent(file) for file in files]
    alone = [assess(agent) for agent in agents]
    whole = alone[0] if len(alone) == 1 else assess(together(alone), trying=True)
    opened = opened_together(whole, alone) if len(alone) > 1 else ()
    advice = advise_with_cures(whole, under, kind or "")
    if out is not None:
        _write_deployment(advice, files, out, whole)
    if form == "json":
        write_json(advice_json(advice, opened, whole))
    elif form == "markdown":
        write_result(advice_markdown(advice, opened, whole), None)
    else:
        show(_advice_text(advice, opened, whole, kind or ""))
    return 0 if advice.reached and whole.enough_known else 1


# The file of the deployment that conditions promise, and the policies to match beside it.


def _deployment_yaml(advice: Advice, product: Path, out: Path, assessment: Assessment) -> str:
    """Write a deployment that extends the product with the conditions, each to be verified."""
    folder = out.parent.resolve()
    if not product.resolve().is_relative_to(folder):
        hint = f"write it into {product.parent} or a folder above it"
        raise AivssError("a deployment can only extend a file beside or below it", hint=hint)
    data: dict[str, JsonData] = {
        "name": f"{assessment.agent.name}, under conditions"[:300],
        "extends": product.resolve().relative_to(folder).as_posix(),
        "form": "deployment",
        **_hosted(assessment.agent, assessment.knowledge),
        **({"date": assessment.date} if assessment.date else {}),
        **_conditions(advice.deployed, assessment),
    }
    head = (
        f"# Conditions under which the score is {advice.value:.1f}, as `aivss advise` found them.\n"
        f"{_WITH_POLICY if any(is_policy(step.choice.id) for step in advice.steps) else ''}"
        "# Each fact is a promise of whoever runs it: verify it, then say in its note how.\n"
    )
    return head + yaml_text(data)


_WITH_POLICY = (
    "# The policy is one of the conditions and stands in no description: that score is with it in\n"
    "# front of all tools, and `aivss score` of this file alone, without it, says more.\n"
)


def _hosted(agent: Agent, knowledge: Knowledge) -> dict[str, JsonData]:
    """Name the host that a product is assessed on, so that its deployment is too."""
    host = None if isinstance(agent, System) else judging_host(agent, knowledge)
    return {"host": host.id} if host else {}


def _conditions(deployed: Agent, assessed: Assessment) -> dict[str, JsonData]:
    """Give what is promised beyond what the description says."""
    if isinstance(deployed, System) and isinstance(assessed, SystemAssessment):
        return _of_system(deployed, assessed)
    before = assessed.agent
    asked: dict[str, JsonData] = {}
    if deployed.policy is not None and deployed.policy != before.policy:
        wishes = {"tools": deployed.policy.tools, "approve": deployed.policy.approve}
        asked = {key: list(value) for key, value in wishes.items() if value}
        if deployed.policy.limits != (before.policy or PolicyWishes()).limits:
            asked["limits"] = [_written(limit) for limit in deployed.policy.limits]
    stated: dict[str, JsonData] = {
        fact: {"value": bool(answer.value), "by": "operator", "note": PROMISED}
        for fact, answer in deployed.facts.items()
        if isinstance(answer, Statement) and answer.note == PROMISED
    }
    return {**({"facts": stated} if stated else {}), **({"policy": asked} if asked else {})}


def _of_system(deployed: System, assessed: SystemAssessment) -> dict[str, JsonData]:
    """Give the members of which something is promised, and all flows where one gets a check."""
    rows: list[JsonData] = []
    for member, before in zip(deployed.agents, assessed.alone, strict=True):
        promised = _hosted(before.agent, before.knowledge) | _conditions(member, before)
        if promised:
            rows.append({"name": member.name, **promised})
    changed = deployed.flows != assessed.system.flows
    flows: list[JsonData] = [_written(flow) for flow in deployed.flows] if changed else []
    return {**({"members": rows} if rows else {}), **({"flows": flows} if flows else {})}


def _written(part: Part) -> dict[str, JsonData]:
    """Give a flow or a limit as a file has it."""
    said = {part.key_of(name): value for name, value in part.as_dict().items()}
    return {
        key: list(value) if isinstance(value, tuple) else _number(value)
        for key, value in said.items()
        if value not in (None, "")
    }


def _number(value: object) -> JsonData:
    """Give a number as YAML has it: as a whole one where it is."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value  # type: ignore[return-value]


def _write_deployment(
    advice: Advice, files: tuple[Path, ...], out: Path, assessment: Assessment
) -> None:
    """Write the deployment, and beside it the policies of a format that was asked for."""
    if len(files) > 1 or str(files[0]) == "-":
        raise AivssError("a deployment extends one file", hint="name one file when writing with -o")
    if out.resolve() == files[0].resolve():
        raise AivssError("that would replace the product itself", hint="name another file with -o")
    write_result(_deployment_yaml(advice, files[0], out, assessment), out)
    click.echo(f"wrote {out}", err=True)
    if not advice.format:
        return
    deployed = assess(open_agent(out), trying=True)
    for part, one in _behind(advice, deployed):
        policy = compile_policy(advice.format, one.plan, one.readings)
        beside = out.with_name(f"{out.stem}{part}.{policy.file_name.rsplit('/', 1)[-1]}")
        agent, rules = one.agent, one.knowledge.rules_version
        write_result(headed(policy, one.plan, agent.name, agent.digest, rules), beside)
        click.echo(f"wrote {beside}", err=True)


def _behind(advice: Advice, deployed: Assessment) -> Iterator[tuple[str, Assessment]]:
    """Yield what gets a policy of its own, and what its file is called after."""
    if not isinstance(deployed, SystemAssessment):
        yield "", deployed
        return
    asked = {step.choice.id for step in advice.steps}
    behind = [m for m in deployed.members if f"{m.agent.name}/{POLICY}" in asked]
    slugs = distinct_slugs(member.agent.name for member in behind)
    yield from ((f".{slug}", member) for slug, member in zip(slugs, behind, strict=True))
