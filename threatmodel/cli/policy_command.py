"""`aivss policy`: the policy for a proxy, what it cannot hold, and proof on a real engine."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from threatmodel.assessment import Assessment, Preset, assess
from threatmodel.cli.policy_text import losses_text, proof_text
from threatmodel.cli.streams import FILE, FORMAT, OUT, open_agent, show, write, write_json
from threatmodel.errors import AivssError
from threatmodel.outputs.json_parts import policy_json, schema_id
from threatmodel.policy.formats import FORMATS, compile_policy
from threatmodel.policy.guard import CompiledPolicy, Plan
from threatmodel.policy.plan import only
from threatmodel.policy.proof import Proof, prove
from threatmodel.source import read_data
from threatmodel.source_hints import suggestion
from threatmodel.tree import text_of

SERIOUS = ("high", "critical")
"""Severities that `--strict` does not let a loss leave open."""


@click.command("policy")
@click.argument("file", type=FILE, required=False)
@click.option("--for", "kind", type=click.Choice(list(FORMATS)), help="Proxy or client.")
@click.option("--tool", help="Only this tool.")
@click.option(
    "--preset",
    type=click.Choice(["derived", "published"]),
    default="derived",
    show_default=True,
    help="`published` is the class defaults exactly.",
)
@click.option("--list", "listing", is_flag=True, help="Every format.")
@click.option("--strict", is_flag=True, help="Exit 1 when a loss leaves a serious threat open.")
@click.option("--test", is_flag=True, help="Replay generated calls through a real engine.")
@click.option("--replay", type=FILE, help="Recorded calls (JSON lines): which would be refused.")
@click.option(
    "--against", type=FILE, help="A policy in use: what would change, where it is looser."
)
@click.option("--explain", is_flag=True, help="With --tool: everything about that tool.")
@FORMAT
@OUT
def command(file: Path | None, form: str, out: Path | None, **asked: Any) -> int:  # noqa: ANN401 - click's options
    """The policy for a proxy on stdout or -o, and on stderr what it cannot hold."""
    if asked["listing"]:
        show("".join(f"{name:<14}{f.title} ({f.file_name})\n" for name, f in FORMATS.items()))
        return 0
    if file is None:
        raise AivssError("a description is needed", hint="aivss policy FILE --for KIND")
    assessment = assess(open_agent(file), preset=_preset(asked["preset"]))
    _check_tool(assessment, asked["tool"])
    if asked["explain"]:
        return _explain(assessment, asked["tool"], form, out)
    if asked["kind"] is None:
        raise AivssError("which proxy the policy is for is not clear", hint="--for KIND; --list")
    plan = only(assessment.plan, asked["tool"]) if asked["tool"] else assessment.plan
    compiled = compile_policy(asked["kind"], plan, assessment.readings)
    if asked["replay"]:
        return _replay(assessment, plan, compiled, asked["replay"], form)
    if asked["against"]:
        return _against(assessment, plan, compiled, asked["against"], form)
    proof = _proof(assessment, plan, compiled) if asked["test"] else None
    _print(compiled, plan, proof, form, out)
    failed = proof is not None and bool(proof.failures)
    serious = _serious(assessment, compiled) if asked["strict"] else []
    if serious:
        click.echo(f"strict: left open by this format: {', '.join(serious)}", err=True)
    return int(failed or bool(serious))


def _preset(name: str) -> Preset:
    return "published" if name == "published" else "derived"


def _check_tool(assessment: Assessment, tool: str | None) -> None:
    names = [reading.name for reading in assessment.readings]
    if tool is not None and tool not in names:
        raise AivssError(f"there is no tool '{tool}'", hint=suggestion(tool, names))


def _serious(assessment: Assessment, compiled: CompiledPolicy) -> list[str]:
    """Find the high and critical threats that the plan handles and this format leaves open."""
    from threatmodel.policy.residual import residual_of  # noqa: PLC0415 - only for --strict

    serious = {f.id for f in assessment.model.open if f.severity in SERIOUS}
    planned, left = residual_of(assessment, None).states, residual_of(assessment, compiled).states
    return sorted(
        threat
        for threat in serious
        if left[threat].startswith("open") and not planned[threat].startswith("open")
    )


def _proof(assessment: Assessment, plan: Plan, compiled: CompiledPolicy) -> Proof:
    program = shutil.which("intercept") or ""
    return prove(plan, compiled, assessment.readings, assessment.model.paths, program)


def _print(
    compiled: CompiledPolicy, plan: Plan, proof: Proof | None, form: str, out: Path | None
) -> None:
    if form == "json":
        row: dict[str, Any] = {"schema": schema_id("policy"), "policy": policy_json(compiled)}
        row["guards"] = [asdict(guard) for guard in plan.guards]
        row["parameters"] = [asdict(parameter) for parameter in plan.parameters]
        if proof is not None:
            row["proof"] = asdict(proof)
        write_json(row, out)
        return
    write(compiled.text, out)
    click.echo(losses_text(compiled, plan), err=True, nl=False)
    if proof is not None:
        click.echo(proof_text(proof), err=True, nl=False)


def _explain(assessment: Assessment, tool: str | None, form: str, out: Path | None) -> int:
    if tool is None:
        raise AivssError("--explain is about one tool", hint="add --tool NAME")
    from threatmodel.cli.tool_page_text import page_text  # noqa: PLC0415 - only here
    from threatmodel.policy.tool_page import tool_page  # noqa: PLC0415

    page = tool_page(assessment, tool)
    if form == "json":
        write_json({"schema": schema_id("tool"), **asdict(page)}, out)
    else:
        show(page_text(page))
    return 0


def _replay(
    assessment: Assessment, plan: Plan, compiled: CompiledPolicy, calls: Path, form: str
) -> int:
    from threatmodel.cli.policy_text import replay_text  # noqa: PLC0415 - only here
    from threatmodel.policy.replay import read_calls, replay  # noqa: PLC0415

    records, skipped = read_calls(_text_of(calls), str(calls))
    found = replay(plan, compiled, assessment.readings, records, skipped)
    if form == "json":
        write_json({"schema": schema_id("replay"), **asdict(found)})
    else:
        show(replay_text(found))
    return 0


def _against(
    assessment: Assessment, plan: Plan, compiled: CompiledPolicy, existing: Path, form: str
) -> int:
    from threatmodel.cli.policy_text import against_text  # noqa: PLC0415 - only here
    from threatmodel.policy.against import against  # noqa: PLC0415

    found = against(plan, compiled, assessment.readings, _text_of(existing), str(existing))
    if form == "json":
        write_json({"schema": schema_id("against"), **asdict(found)})
    else:
        show(against_text(found))
    return 0


def _text_of(path: Path) -> str:
    return text_of(read_data(path), str(path))
