"""`aivss policy`: the policy for a proxy, what it cannot hold, and proof on a real engine."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import click

from threatmodel.assessment import Assessment, assess
from threatmodel.cli.app import (
    FILE,
    FORMAT,
    MEMBER,
    OUT,
    PACKS,
    chosen,
    open_agent,
    show,
    write_json,
    write_result,
)
from threatmodel.cli.policy_text import (
    against_text,
    losses_text,
    page_text,
    pins_text,
    proof_text,
    replay_text,
)
from threatmodel.cli.style import clean, wrapped
from threatmodel.description.system import System
from threatmodel.errors import AivssError, suggestion
from threatmodel.outputs.documents import policy_json, schema_id
from threatmodel.policy.formats import FORMATS, compile_policy, headed
from threatmodel.policy.guard import CompiledPolicy, Plan
from threatmodel.policy.plan import only
from threatmodel.policy.proof import Proof, prove
from threatmodel.reading import read_data
from threatmodel.reading.positions import text_of
from threatmodel.scales import Preset

SERIOUS = ("plan", "act now")
"""Priorities that `--strict` does not let a loss leave open."""


Way = tuple[str, Path | None]
"""The form asked for, and the file named; none for standard output."""


_WHICH = "say --for KIND; `aivss policy --list` names the kinds"


@click.command("policy")
@click.argument("file", type=FILE, required=False)
@click.option("--for", "kind", type=click.Choice(list(FORMATS)), help="Proxy or client.")
@click.option("--tool", help="Only this tool.")
@click.option(
    "--preset",
    type=click.Choice(["recommended", "published", "strict"]),
    default="recommended",
    show_default=True,
    help="`published` is the class defaults exactly; `strict` reads and what is needed.",
)
@click.option("--server", help="Name that the client or gateway gives to the server.")
@click.option("--pins", is_flag=True, help="The sha256 of each tool definition, as guards pin it.")
@click.option("--list", "listing", is_flag=True, help="Every format.")
@click.option(
    "--strict",
    is_flag=True,
    help="Exit 1 when a loss leaves a serious threat open, or with --test nothing is proven.",
)
@click.option("--test", is_flag=True, help="Replay generated calls through a real engine.")
@click.option(
    "--prove", "seek", is_flag=True, help="Search up to three calls that reach what must be held."
)
@click.option("--replay", type=FILE, help="Recorded calls (JSON lines): which would be refused.")
@click.option(
    "--against", type=FILE, help="A policy in use: what would change, where it is looser."
)
@click.option("--explain", is_flag=True, help="With --tool: everything about that tool.")
@MEMBER
@FORMAT
@OUT
@PACKS
def policy_command(file: Path | None, form: str, out: Path | None, **asked: Any) -> int:  # noqa: ANN401 - click's options
    """The policy for a proxy on stdout or -o, and on stderr what it cannot hold."""
    if asked["listing"]:
        show("".join(f"{name:<14}{f.title} ({f.file_name})\n" for name, f in FORMATS.items()))
        return 0
    if file is None:
        raise AivssError("a description is needed", hint="aivss policy FILE --for KIND")
    whole = assess(open_agent(file), preset=cast("Preset", asked["preset"]))
    assessment = chosen(whole, asked["member"])
    _check_tool(assessment, asked["tool"])
    if asked["explain"]:
        return _explain(assessment, asked["tool"], form, out)
    if asked["pins"]:
        write_result(pins_text(assessment), out)
        return 0
    if asked["kind"] is None:
        raise AivssError("which proxy the policy is for is not clear", hint=_WHICH)
    plan = only(assessment.plan, asked["tool"]) if asked["tool"] else assessment.plan
    plan = _for_server(assessment, plan, asked["kind"], asked["server"])
    compiled = compile_policy(asked["kind"], plan, assessment.readings)
    held = _held_against(assessment, plan, compiled, (form, out), asked)
    if held is not None:
        return held
    proof = _proof(assessment, plan, compiled) if asked["test"] else None
    _print(assessment, compiled, plan, proof, (form, out))
    if isinstance(whole.agent, System):
        from threatmodel.cli.system_text import unseen_text  # noqa: PLC0415 - only for systems

        click.echo(unseen_text(whole, asked["member"]), err=True, nl=False)
    failed = proof is not None and bool(proof.failures)
    lax = asked["strict"] and not _strictly(assessment, compiled, proof)
    return int(failed or lax)


def _held_against(
    assessment: Assessment,
    plan: Plan,
    compiled: CompiledPolicy,
    way: Way,
    asked: dict[str, Any],
) -> int | None:
    """Hold the policy against calls, harm or a policy in use, as asked; None where nothing is."""
    if asked["replay"]:
        return _replay(assessment, plan, compiled, asked["replay"], way)
    if asked["seek"]:
        return _search(assessment, plan, compiled, way)
    if asked["against"]:
        return _against(assessment, plan, compiled, asked["against"], way)
    return None


def _strictly(assessment: Assessment, compiled: CompiledPolicy, proof: Proof | None) -> bool:
    """Tell whether a format leaves no serious threat open, and what was tested is proven."""
    serious = _serious(assessment, compiled)
    if serious:
        click.echo(f"strict: left open by this format: {', '.join(serious)}", err=True)
    unproven = proof is not None and not proof.real
    if proof is not None and unproven:
        click.echo(f"strict: nothing is proven here ({proof.engine})", err=True)
    return not serious and not unproven


def _check_tool(assessment: Assessment, tool: str | None) -> None:
    names = [reading.name for reading in assessment.readings]
    if tool is not None and tool not in names:
        raise AivssError(f"there is no tool '{tool}'", hint=suggestion(tool, names))


def _serious(assessment: Assessment, compiled: CompiledPolicy) -> list[str]:
    """Find the high and critical threats that the plan handles and this format leaves open."""
    from threatmodel.policy.residual import residual_of  # noqa: PLC0415 - only for --strict

    serious = {f.id for f in assessment.model.live if f.priority in SERIOUS}
    planned, left = residual_of(assessment, None).states, residual_of(assessment, compiled).states
    return sorted(
        threat
        for threat in serious
        if left[threat].startswith("open") and not planned[threat].startswith("open")
    )


def _proof(assessment: Assessment, plan: Plan, compiled: CompiledPolicy) -> Proof:
    program = shutil.which("intercept") or ""
    return prove(plan, compiled, assessment.readings, assessment.model.paths, program)


def _for_server(assessment: Assessment, plan: Plan, kind: str, server: str | None) -> Plan:
    """Give the server the name that the client knows it by; say loudly where it is a guess."""
    if server:
        return replace(plan, name=server, servers=())
    if FORMATS[kind].keyed and not plan.servers:
        told = f"the server is called `{plan.name}` here, a guess from the agent's name"
        _warn(f"{told}; --server NAME gives the one your client uses")
    elif FORMATS[kind].keyed and isinstance(assessment.agent, System):
        _warn("servers are called as their members are here; call these as your client calls them")
    return plan


def _warn(told: str) -> None:
    click.echo(f"{click.style('warning:', fg='yellow', bold=True)} {told}", err=True)


def _print(
    assessment: Assessment,
    compiled: CompiledPolicy,
    plan: Plan,
    proof: Proof | None,
    way: Way,
) -> None:
    form, out = way
    if form == "json":
        row: dict[str, Any] = {"schema": schema_id("policy"), "policy": policy_json(compiled)}
        row["guards"] = [asdict(guard) for guard in plan.guards]
        row["parameters"] = [asdict(parameter) for parameter in plan.parameters]
        if proof is not None:
            row["proof"] = asdict(proof)
        write_json(row, out)
        return
    write_result(_headed(assessment, compiled, plan), out)
    click.echo(losses_text(compiled, plan), err=True, nl=False)
    if proof is not None:
        click.echo(proof_text(proof), err=True, nl=False)


def _headed(assessment: Assessment, compiled: CompiledPolicy, plan: Plan) -> str:
    agent, rules = assessment.agent, assessment.knowledge.rules_version
    return headed(compiled, plan, agent.name, agent.digest, rules)


def _explain(assessment: Assessment, tool: str | None, form: str, out: Path | None) -> int:
    if tool is None:
        raise AivssError("--explain is about one tool", hint="add --tool NAME")
    from threatmodel.policy.tool_page import tool_page  # noqa: PLC0415

    page = tool_page(assessment, tool)
    _told({"schema": schema_id("tool"), **asdict(page)}, page_text(page), (form, out))
    return 0


def _told(row: dict[str, Any], text: str, way: Way) -> None:
    """Give an answer in the form asked for: to a person where no file is named."""
    form, out = way
    if form == "json":
        write_json(row, out)
    elif out is None:
        show(text)
    else:
        write_result(click.unstyle(text), out)  # colours are for people


def _replay(
    assessment: Assessment, plan: Plan, compiled: CompiledPolicy, calls: Path, way: Way
) -> int:
    from threatmodel.policy.replay import read_calls, replay  # noqa: PLC0415

    records, skipped = read_calls(_text_of(calls), str(calls))
    found = replay(plan, compiled, assessment.readings, records, skipped)
    _told({"schema": schema_id("replay"), **asdict(found)}, replay_text(found), way)
    return 0


def _search(assessment: Assessment, plan: Plan, compiled: CompiledPolicy, way: Way) -> int:
    from threatmodel.policy.proof.search import search, search_lines  # noqa: PLC0415 - only for --prove

    harm = replace(assessment, preset="recommended").plan
    found = search(harm, plan, compiled, assessment.readings)
    text = "".join(
        wrapped(clean(line), *((4, "  ") if line[:1] == " " else ()))
        for line in search_lines(found)
    )
    form, out = way
    if form == "text" and out is not None:
        # As with --test: a file that is named gets the policy, never what was found about it.
        _print(assessment, compiled, plan, None, way)
        way = form, None
    _told({"schema": schema_id("search"), **asdict(found)}, text, way)
    return int(bool(found.ways))


def _against(
    assessment: Assessment, plan: Plan, compiled: CompiledPolicy, existing: Path, way: Way
) -> int:
    from threatmodel.policy.against import against  # noqa: PLC0415

    compiled = replace(compiled, text=_headed(assessment, compiled, plan))  # as it was written
    found = against(plan, compiled, assessment.readings, _text_of(existing), str(existing))
    _told({"schema": schema_id("against"), **asdict(found)}, against_text(found), way)
    return 0


def _text_of(path: Path) -> str:
    return text_of(read_data(path), str(path))
