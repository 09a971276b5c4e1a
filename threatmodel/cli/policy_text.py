"""Losses and proof of a policy as text."""

from threatmodel.cli.text import clean, wrapped
from threatmodel.policy.against import Difference
from threatmodel.policy.guard import CompiledPolicy, Guard, Loss, Plan
from threatmodel.policy.proof import Proof
from threatmodel.policy.replay import Replayed
from threatmodel.threats.names import listed

_MOST = 30
"""Rows shown; the JSON has them all."""


def losses_text(compiled: CompiledPolicy, plan: Plan) -> str:
    """Say what a format holds, what it holds otherwise, and what a person has to fill in."""
    weakened = [loss for loss in compiled.losses if loss.outcome == "weakened"]
    dropped = [loss for loss in compiled.losses if loss.outcome == "dropped"]
    head = f"{compiled.title}: {len(compiled.kept)} of {len(plan.guards)} guards as planned, "
    lines = [f"{head}{len(weakened)} stricter than planned, {len(dropped)} not held\n"]
    lines += _grouped("stricter", weakened, plan) + _grouped("not held", dropped, plan)
    lines += [
        wrapped(f"fill in {p.name}: {p.says} {p.default}", 4, "  ? ") for p in plan.parameters
    ]
    lines += [wrapped(f"note: {note}", 4, "  - ") for note in compiled.notes]
    return "".join(lines)


def _grouped(mark: str, losses: list[Loss], plan: Plan) -> list[str]:
    """Put losses of one kind and one reason on one line, with the tools they are about."""
    guards = {guard.id: guard for guard in plan.guards}
    groups: dict[tuple[str, str], list[Loss]] = {}
    for loss in losses:
        groups.setdefault((guards[loss.guard].kind, loss.instead), []).append(loss)
    return [_line(mark, kind, instead, [guards[x.guard] for x in group], group)
            for (kind, instead), group in groups.items()]  # fmt: skip


def _line(mark: str, kind: str, instead: str, guards: list[Guard], losses: list[Loss]) -> str:
    tools = list(dict.fromkeys(g.tool for g in guards if g.tool != "*"))
    if len(guards) == 1:
        what = guards[0].says
    else:
        what = f"{kind} guards of {listed([clean(tool) for tool in tools])}."
    threats = sorted({threat for loss in losses for threat in loss.threats})
    left = f" Left as they were: {listed(threats, 6)}." if threats else ""
    return wrapped(f"{mark}: {what} {instead}{left}", 4, "  - ")


def proof_text(proof: Proof) -> str:
    """Say what a replay showed."""
    lines = [wrapped(f"{proof.format}: {proof.says}")]
    lines.append(f"  engine {proof.engine}; {proof.cases} cases, {proof.calls} calls replayed\n")
    for failure in proof.failures[:_MOST]:
        text = f"FAILED {failure.guard}: {failure.says}; expected {failure.expected}"
        lines.append(wrapped(clean(text), 4, "  ! "))
    return "".join(lines)


def replay_text(found: Replayed) -> str:
    """Say which recorded calls would be refused, by rule, with counts."""
    real = "" if found.real else " (our own reading of the format)"
    lines = [
        f"{found.passed} of {found.total} recorded calls pass; decided by {found.engine}{real}\n"
    ]
    if found.skipped:
        lines.append(f"{found.skipped} lines hold no call\n")
    if not found.timed:
        lines.append("no times recorded: limits count as if all happened at once\n")
    for stopped in found.stopped:
        text = f"{stopped.count} x {stopped.tool}, {stopped.verdict} by {stopped.guard}"
        where = listed([str(line) for line in stopped.lines], 6)
        lines.append(wrapped(clean(f"{text}: {stopped.message} Lines {where}."), 4, "  - "))
    return "".join(lines)


def against_text(found: Difference) -> str:
    """Say where a policy in use is looser or stricter than the plan, and what would change."""
    head = f"{found.format}, read by {found.engine}: looser in {len(found.looser)} guards, "
    lines = [f"{head}stricter in {len(found.stricter)}\n"]
    for mark, departures in (("looser", found.looser), ("stricter", found.stricter)):
        for departure in departures[:_MOST]:
            text = f"{mark}: {departure.says} Shown by: {listed(departure.shown_by)}."
            left = f" Leaves open: {listed(departure.threats, 6)}." if mark == "looser" else ""
            lines.append(wrapped(clean(text + left), 4, "  - "))
    lines.append(found.changes)
    return "".join(lines)
