"""What `aivss policy` prints: losses, proofs, replays and the page of a tool, as text."""

from collections.abc import Iterable

from threatmodel.assessment import Assessment
from threatmodel.cli.style import band, clean, heading, wrapped
from threatmodel.errors import first_of
from threatmodel.outputs.text import count
from threatmodel.policy.against import GuardDifference
from threatmodel.policy.formats import open_in, refused_instead
from threatmodel.policy.guard import CompiledPolicy, Guard, Loss, Parameter, Plan
from threatmodel.policy.proof import NOTHING, Proof
from threatmodel.policy.replay import Replayed
from threatmodel.policy.tool_page import ToolPage
from threatmodel.threats.names import listed

# Losses and proof of a policy as text.

_MOST = 30
"""Rows shown; the JSON has them all."""

_WAITS, _REFUSED, _HIDDEN = "waits for a person", "refused, as nobody is asked here", "hidden"
_IN_ORDER = (_WAITS, _REFUSED, _HIDDEN)
_STOPPED = {"approval": _WAITS, "dry-run": _WAITS, "hide": _HIDDEN, "deny": _HIDDEN}
_PLAIN = {
    "approval": "the description asks for a person",
    "dry-run": "a rehearsal passes",
    "hide": "the description needs it for nothing",
    "deny": "the description lets no call of it through",
}
"""What is told of a guard that has no reason of its own."""
_LET = "To let one of these through, name it under `allow:` of the `policy:` section."


def losses_text(compiled: CompiledPolicy, plan: Plan) -> str:
    """Say what a format holds, what it holds otherwise, and what a person has to fill in."""
    weakened = [loss for loss in compiled.losses if loss.outcome == "weakened"]
    dropped = [loss for loss in compiled.losses if loss.outcome == "dropped"]
    head = f"{compiled.title}: {len(compiled.kept)} of {len(plan.guards)} guards as planned, "
    lines = [f"{head}{len(weakened)} stricter than planned, {len(dropped)} not held\n"]
    lines += _grouped("stricter", weakened, plan) + _grouped("not held", dropped, plan)
    lines += _stopped(compiled, plan)
    parameters = open_in(compiled, plan)
    lines += [wrapped(f"{p.name}: {p.default}. {p.says}", 4, "  ? ") for p in parameters]
    lines += _to_fill_in(parameters)
    lines += [wrapped(f"note: {note}", 4, "  - ") for note in compiled.notes]
    return "".join(lines)


def _stopped(compiled: CompiledPolicy, plan: Plan) -> list[str]:
    """List the tools that wait for a person and those that are hidden, each with its reason."""
    refused = refused_instead(compiled)
    why: dict[tuple[str, str], list[str]] = {}
    for guard in plan.guards:
        if guard.kind in _STOPPED:
            told = _STOPPED[guard.kind]
            told = _REFUSED if told == _WAITS and guard.id in refused else told
            why.setdefault((told, guard.because or _PLAIN[guard.kind]), []).append(guard.tool)
    lines = [
        wrapped(clean(f"{told}: {', '.join(why[told, reason])} ({reason})"), 4, "  = ")
        for told, reason in sorted(why, key=lambda row: _IN_ORDER.index(row[0]))
    ]
    return [*lines, wrapped(_LET, 4, "    ")] if lines else []


def _to_fill_in(parameters: Iterable[Parameter]) -> list[str]:
    """Write the fields that a person may fill in as the part of the description they go into."""
    names = dict.fromkeys(p.name for p in parameters if p.guards)
    fields = [name.removeprefix("policy.") for name in names if name.startswith("policy.")]
    values = [field.removeprefix("values.") for field in fields if field.startswith("values.")]
    rows = [f"  {field}: []" for field in fields if not field.startswith("values.")]
    rows += ["  values:", *(f"    {clean(value)}: []" for value in values)] if values else []
    told = "  these fields in the description, each with what may pass:\n"
    return [told, "    policy:\n", *(f"    {row}\n" for row in rows)] if rows else []


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
    silent = [guard for guard, by in proof.decided if by == NOTHING]
    lines.append(f"  {len(proof.decided) - len(silent)} guards decided, {len(silent)} by nothing\n")
    if silent:
        lines.append(wrapped(clean(first_of(silent, _MOST)), 4, "  ?"))
    for failure in proof.failures[:_MOST]:
        text = f"FAILED {failure.guard}: {failure.says}; expected {failure.expected}"
        lines.append(wrapped(clean(text), 4, "  ! "))
    return "".join(lines)


def replay_text(found: Replayed) -> str:
    """Say which recorded calls would be refused, by rule, with counts."""
    real = "" if found.real else ", which proves nothing"
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
        lines_word = "Line" if len(stopped.lines) == 1 else "Lines"
        lines.append(wrapped(clean(f"{text}: {stopped.message} {lines_word} {where}."), 4, "  - "))
    return "".join(lines)


def against_text(found: GuardDifference) -> str:
    """Say where a policy in use is looser or stricter than the plan, and what would change."""
    head = (
        f"{found.format}, read by {found.engine}: looser in {count(len(found.looser), 'guard')}, "
    )
    lines = [f"{head}stricter in {len(found.stricter)}\n"]
    for mark, departures in (("looser", found.looser), ("stricter", found.stricter)):
        for departure in departures[:_MOST]:
            text = f"{mark}: {departure.says} Shown by: {listed(departure.shown_by)}."
            left = f" Leaves open: {listed(departure.threats, 6)}." if mark == "looser" else ""
            lines.append(wrapped(clean(text + left), 4, "  - "))
    lines.append(found.changes)
    return "".join(lines)


def pins_text(assessment: Assessment) -> str:
    """List what `pin` guards compare: a line for each tool, as sha256sum writes it."""
    head = (
        "# sha256 of each reviewed tool definition: the JSON of name, description, inputSchema,\n"
        "# outputSchema and annotations, keys sorted, no spaces, everything beyond ASCII escaped,\n"
        "# null where the server gives nothing. A gateway refuses a tool whose digest differs.\n"
    )
    rows = sorted((reading.name, reading.fingerprint) for reading in assessment.readings)
    return head + "".join(f"{digest}  {clean(name)}\n" for name, digest in rows)


# The page about one tool as text.


def page_text(page: ToolPage) -> str:
    """Lay out the page: what it does, risk, why a policy, the block, formats, questions."""
    name = clean(page.name)
    parts = [
        f"{name}  {band(page.risk, f'{page.tool_class}, {page.risk} risk')}\n",
        wrapped(page.does),
        "".join(wrapped(signal, 2, "- ") for signal in page.signals),
        heading("Why a policy"),
        wrapped(page.why),
        heading("Attacks that abuse it"),
        "".join(
            wrapped(f"{p.title}: {p.says} {', '.join(p.threats)}", 2, "- ") for p in page.patterns
        )
        or "none of the published patterns\n",
        heading("What the policy does"),
        "".join(wrapped(guard, 2, "- ") for guard in page.guards),
        heading("policy.json, for this tool"),
        page.block.rstrip() + "\n",
        heading("In each format"),
        "".join(wrapped(f"{e.policy.title}: {e.how}", 2, "- ") for e in page.formats),
    ]
    if page.similar:
        parts += [heading("Similar tools here"), wrapped(", ".join(page.similar))]
    for answered in page.questions:
        parts += [heading(answered.question), wrapped(answered.answer)]
    return "".join(parts)
