"""Recorded calls against a policy: which it would refuse, by rule."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.errors import AivssError, InvalidFileError, Location, every
from threatmodel.policy.guard import CompiledPolicy, Plan
from threatmodel.policy.proof import engine_of, fingerprints_of, is_real, plan_as_kept
from threatmodel.policy.proof.reference import planned
from threatmodel.policy.proof.session import SECONDS, Call, CallOutcome, Session
from threatmodel.reading.json import parse_json

# A log of the wrong kind has a fault on each of its million lines; a few show which kind it is.
_MOST_FAULTS = 20
_HOW = 'one JSON object per line, such as {"tool": "x", "arguments": {}}'
_DEFAULT = "default-deny:*"
_UNPLANNED = "no guard of the plan"
_STRICTER = (
    "The format refuses more than the plan does: see what it holds otherwise, and its notes."
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded call."""

    line: int
    """Line of the file, from 1."""
    call: Call
    time: float | None
    """Seconds since some moment; None where the record has no time."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Calls that one rule would stop."""

    guard: str
    """Guard id, or words for what no guard of the plan stops."""
    tool: str
    verdict: str
    """`refuse`, or `hold` for a person."""
    message: str
    """What the caller would read."""
    count: int
    lines: tuple[int, ...]
    """The first lines on which they stand, at most ten."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a policy would have done."""

    format: str
    engine: str
    real: bool
    """Whether it was the product's own engine."""
    total: int
    passed: int
    """Calls that go through."""
    stopped: tuple[Stopped, ...]
    """The others by rule, most first."""
    skipped: int
    """Lines that hold no tool call, such as answers."""
    timed: bool
    """Whether the records carry times; without them rates are not judged."""


def read_calls(text: str, name: str) -> tuple[tuple[Recorded, ...], int]:
    """Read one call per line: MCP JSON-RPC, or `{tool, arguments}`; also count other lines.

    Raises an ExceptionGroup of InvalidFileError for lines that cannot be read.
    """
    found: list[Recorded] = []
    faults: list[InvalidFileError] = []
    skipped = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            recorded = _recorded(
                parse_json(line.encode(errors="surrogatepass"), name).value, number
            )
        except (AivssError, ExceptionGroup, ValueError, TypeError) as error:
            faults.append(_fault(error, Location(name, number, 1)))
            continue
        if recorded is None:
            skipped += 1
        else:
            found.append(recorded)
    if faults:
        more = f"{len(faults) - _MOST_FAULTS} more lines cannot be read"
        rest = [InvalidFileError(more, Location(name))] if len(faults) > _MOST_FAULTS else []
        raise ExceptionGroup(f"{name}: {len(faults)} faults", [*faults[:_MOST_FAULTS], *rest])
    if not found:
        raise InvalidFileError("no recorded call is in it", Location(name), _HOW)
    return tuple(found), skipped


def _fault(error: Exception, where: Location) -> InvalidFileError:
    """Tell the first fault of a line, at its place in the file."""
    if not isinstance(error, AivssError | ExceptionGroup):
        return InvalidFileError(str(error), where, _HOW)
    first = every(error)[0]
    column = first.where.column if first.where else 1
    return InvalidFileError(first.message, where._replace(column=column or 1), _HOW)


def replay(
    plan: Plan,
    compiled: CompiledPolicy,
    readings: Sequence[ToolReading],
    records: Sequence[Recorded],
    skipped: int = 0,
) -> Replayed:
    """Send recorded calls through a policy, in order, in one session."""
    engine, opened = engine_of(plan, compiled, readings)
    meant = planned(plan_as_kept(plan, compiled), fingerprints_of(readings))()
    timed = all(record.time is not None for record in records) and bool(records)
    answers = list(_answers(opened(), meant, records, timed=timed))
    stopped = _by_rule(plan, records, answers)
    real = is_real(engine)
    passed = sum(answer.verdict == "pass" for answer in answers)
    total = len(answers)
    return Replayed(compiled.format, engine, real, total, passed, stopped, skipped, timed)


def _recorded(row: object, number: int) -> Recorded | None:
    if not isinstance(row, dict):
        raise TypeError("not a JSON object")
    if "jsonrpc" in row or "method" in row:
        if row.get("method") != "tools/call":
            return None
        params = row.get("params")
        inner = params if isinstance(params, dict) else {}
    else:
        inner = row
    tool = inner.get("tool", inner.get("name"))
    arguments = inner.get("arguments") or {}
    if not isinstance(tool, str) or not isinstance(arguments, dict):
        raise TypeError("no tool and arguments in it")
    call = Call(tool, arguments, str(row.get("subject", "")), row.get("approved") is True)
    return Recorded(number, call, _seconds(row))


def _seconds(row: Mapping[str, Any]) -> float | None:
    stamp = row.get("time", row.get("timestamp"))
    if isinstance(stamp, int | float) and not isinstance(stamp, bool):
        return float(stamp)
    if isinstance(stamp, str):
        moment = dt.datetime.fromisoformat(stamp)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return aware.timestamp()
    return None


def _answers(
    session: Session, meant: Session, records: Sequence[Recorded], *, timed: bool
) -> Iterator[CallOutcome]:
    """Yield the answers; where the engine names no rule, the plan tells which it was."""
    now = records[0].time if timed else None
    for record in records:
        minutes = 1
        if now is not None and record.time is not None:
            length = SECONDS["minute"]
            minutes = max(0, min(int(record.time // length - now // length), 24 * 60))
            now = max(now, record.time)
        for _ in range(minutes):
            session.wait("minute")
            meant.wait("minute")
        answer, own = session.call(record.call), meant.call(record.call)
        yield answer if answer.by else CallOutcome(answer.verdict, own.by)


def _by_rule(
    plan: Plan, records: Iterable[Recorded], answers: Iterable[CallOutcome]
) -> tuple[Stopped, ...]:
    messages = {guard.id: guard.message for guard in plan.guards} | {_UNPLANNED: _STRICTER}
    listed = {guard.tool for guard in plan.guards}
    found: dict[tuple[str, str, str], list[int]] = {}
    for record, answer in zip(records, answers, strict=True):
        if answer.verdict != "pass":
            unnamed = _UNPLANNED if record.call.tool in listed else _DEFAULT
            guard = answer.by[0] if answer.by else unnamed
            found.setdefault((guard, record.call.tool, answer.verdict), []).append(record.line)
    rows = [
        Stopped(guard, tool, verdict, messages.get(guard, ""), len(lines), tuple(lines[:10]))
        for (guard, tool, verdict), lines in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.guard, row.tool)))
