"""Attack paths as calls: where the policy stops each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from threatmodel.policy.proof.calls import Call, Case
from threatmodel.policy.proof.sessions import Opener
from threatmodel.policy.proof.ways import Setting, ways_to_call
from threatmodel.threats.finding import AttackPath


@dataclass(frozen=True, slots=True)
class PathProof:
    """One attack path behind a policy."""

    path: str
    """Path id."""

    calls: int
    """Tool calls it takes."""

    stopped_at: str
    """Tool whose call is stopped; empty where the policy lets all of them pass."""

    by: tuple[str, ...]
    """Guards that stop it."""


def path_cases(
    setting: Setting, paths: Iterable[AttackPath], meant: Opener
) -> tuple[tuple[PathProof, ...], tuple[Case, ...]]:
    """Play the calls of each path; the first that the plan stops, the engine must stop too."""
    told: list[PathProof] = []
    cases: list[Case] = []
    for path in paths:
        calls = tuple(_calls(setting, path))
        stopped, by = _stopped(calls, meant)
        tool = calls[stopped].tool if stopped is not None else ""
        told.append(PathProof(path.id, len(calls), tool, by))
        if stopped is not None and by:
            says = f"attack path {path.id}"
            cases.append(Case(by[0], says, "stop", (calls[: stopped + 1],)))
    return tuple(told), tuple(cases)


def _calls(setting: Setting, path: AttackPath) -> Iterator[Call]:
    """Yield one call of each tool that a path uses, in its order."""
    tools = {tool.name: tool for tool in setting.arranged.tools}
    seen: set[str] = set()
    for step in path.steps:
        for name in step.tools:
            if name in tools and name not in seen:
                seen.add(name)
                yield ways_to_call(setting, tools[name])[0][-1]


def _stopped(calls: tuple[Call, ...], meant: Opener) -> tuple[int | None, tuple[str, ...]]:
    session = meant()
    for number, call in enumerate(calls):
        answer = session.call(call)
        if answer.verdict != "pass":
            return number, answer.by
    return None, ()
