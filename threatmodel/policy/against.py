"""An existing policy against the plan: what would change, and where it is looser or stricter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff

from yaml import YAMLError

from threatmodel.classify.result import ToolReading
from threatmodel.errors import InvalidFileError, Location, MissingPartError
from threatmodel.policy.guard import CompiledPolicy, Guard, Plan
from threatmodel.policy.proof import NO_ENGINE, Failure, install_hint, is_read, prove


@dataclass(frozen=True, slots=True)
class Departure:
    """One guard on which two policies part ways."""

    guard: str
    says: str
    """What the plan has it enforce."""
    shown_by: tuple[str, ...]
    """What was tried, each once."""
    threats: tuple[str, ...]
    """Threats that the existing policy leaves open by it; empty where it is stricter."""


@dataclass(frozen=True, slots=True)
class GuardDifference:
    """An existing policy beside the planned one, in one format."""

    format: str
    engine: str
    looser: tuple[Departure, ...]
    """Guards that the existing policy does not enforce, in the order of the plan."""
    stricter: tuple[Departure, ...]
    """Calls that it stops and the plan lets pass."""
    threats: tuple[str, ...]
    """All threats left open by it, sorted."""
    changes: str
    """What would change, as a unified diff; empty where nothing would."""


def against(
    plan: Plan,
    compiled: CompiledPolicy,
    readings: Sequence[ToolReading],
    existing: str,
    name: str,
) -> GuardDifference:
    """Hold an existing policy against the planned one, both in the same format.

    Raises InvalidFileError when `existing` cannot be read as a policy in that format, and
    MissingPartError where nothing here reads the format.
    """
    try:
        proof = prove(plan, replace(compiled, text=existing), readings)
    except (ValueError, LookupError, TypeError, AttributeError, RuntimeError, YAMLError) as error:
        hint = f"it is read as {compiled.title}; say another format with --for"
        raise InvalidFileError(f"not such a policy: {error}", Location(name), hint) from error
    if not is_read(proof.engine):
        # The plan decided, whatever the file says: it would be found to be as strict as planned.
        why = proof.engine.removeprefix(NO_ENGINE)
        raise MissingPartError(
            f"{name} cannot be compared: {why}", hint=install_hint(compiled.format)
        )
    guards = {guard.id: guard for guard in plan.guards}
    stops = [failure for failure in proof.failures if failure.expected == "the call is stopped"]
    passes = [failure for failure in proof.failures if failure not in stops]
    looser = _departures(guards, stops)
    threats = sorted({threat for departure in looser for threat in departure.threats})
    bare = tuple(replace(one, threats=()) for one in _departures(guards, passes))
    changes = unified_diff(
        existing.splitlines(keepends=True),
        compiled.text.splitlines(keepends=True),
        name,
        compiled.file_name,
    )
    text = "".join(changes)
    return GuardDifference(compiled.format, proof.engine, looser, bare, tuple(threats), text)


def _departures(guards: dict[str, Guard], failures: Sequence[Failure]) -> tuple[Departure, ...]:
    tried: dict[str, dict[str, None]] = {}
    for failure in failures:
        tried.setdefault(failure.guard, {})[failure.says] = None
    return tuple(
        Departure(name, guards[name].says, tuple(shown), guards[name].threats)
        for name, shown in tried.items()
    )
