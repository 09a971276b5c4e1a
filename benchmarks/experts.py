"""Set our plan, score and marks beside what an expert wrote who has not seen our rules.

A folder holds two files a server. `NAME.tools.json` has its `tools` as the server lists them.
`NAME.expert.json` has `score` (0 to 10), `layers` (L1 to L7: `mapped` or not), `classes` (tool ->
class), `guards` that the expert would not sign without (`tool`, `kind`, and `bad`: calls that must
not go through), `must_stay` and `also_fine` (tools), and `calls` (`tool`, `arguments`, `kind`:
ordinary or hostile). A guard counts where the tool waits or none of its bad calls goes through.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from threatmodel.assessment import Assessment, assess
from threatmodel.description.agent import Agent
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.proof import engine_of
from threatmodel.policy.proof.session import Call
from threatmodel.score.formula import severity

_FIELDS = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")


class Check(NamedTuple):
    """One thing that the expert said, and whether ours agrees."""

    of: str
    """Row of the table."""
    agrees: bool
    says: str
    """What it is about, for a list of misses."""


def main() -> None:
    """Print one line a server and the shares over all; with `--misses` each miss as well."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path, nargs="+")
    arguments.add_argument("--misses", action="store_true", help="list what differs")
    told = arguments.parse_args()
    every: list[Check] = []
    for file in sorted(f for folder in told.folder for f in folder.glob("*.tools.json")):
        checks = list(checks_of(file))
        every += checks
        print(f"{file.name.removesuffix('.tools.json'):32} {shares(checks)}")
        for check in (c for c in checks if told.misses and not c.agrees):
            print(f"    {check.of}: {check.says}"[:300])
    print(f"{'all':32} {shares(every)}")


def shares(checks: list[Check]) -> str:
    """Say per row how many agree of how many."""
    seen = Counter(check.of for check in checks)
    agree = Counter(check.of for check in checks if check.agrees)
    return "  ".join(f"{row} {agree[row]}/{count}" for row, count in seen.items())


def checks_of(file: Path) -> Iterator[Check]:
    """Compare one server with what the expert wrote."""
    expert = json.loads(file.with_name(file.name.replace(".tools.", ".expert.")).read_text("utf-8"))
    ours = assess(agent_of(file))
    waits, verdict = waiting(ours), verdicts(ours)
    for guard in expert["guards"]:
        tool = guard["tool"]
        passed = [bad for bad in guard["bad"] if tool not in waits and verdict(tool, bad) == "pass"]
        limited = guard["kind"] == "rate" and any(
            one.kind == "rate" and one.tool == tool for one in ours.plan.guards
        )
        yield Check("guards", limited or not passed, f"{tool} {passed}")
    for tool in expert["must_stay"]:
        yield Check("must stay", tool not in waits, tool)
    wanted = {guard["tool"] for guard in expert["guards"]} | set(expert.get("also_fine", ()))
    for tool in sorted(waits):
        yield Check("held", tool in wanted, tool)
    for call in expert["calls"]:
        passes = verdict(call["tool"], call["arguments"]) == "pass"
        agrees = passes == (call["kind"] == "ordinary")
        yield Check(call["kind"], agrees, f"{call['tool']} {json.dumps(call['arguments'])}")
    yield from _readings(ours, expert)


def _readings(ours: Assessment, expert: Mapping[str, Any]) -> Iterator[Check]:
    for reading in ours.readings:
        wanted = expert["classes"][reading.name]
        says = f"{reading.name} is {reading.tool_class}, to the expert {wanted}"
        yield Check("classes", reading.tool_class == wanted, says)
    score, theirs = ours.score.value, expert["score"]
    says = f"{score}, to the expert {theirs}"
    yield Check("band", severity(score) == severity(theirs), says)
    for layer in (one for one in ours.model.layers if one.id in expert["layers"]):
        mapped = expert["layers"][layer.id] == "mapped"
        yield Check("layers", layer.certain == mapped, f"{layer.id} mapped: {layer.certain}")


def agent_of(file: Path) -> Agent:
    """Describe a server by its list of tools alone."""
    listed = json.loads(file.read_text("utf-8"))["tools"]
    tools = [{key: tool[key] for key in _FIELDS if tool.get(key) is not None} for tool in listed]
    name = file.name.split(".")[0]
    return Agent.of({"name": name, "kind": "mcp-server", "form": "product", "tools": tools})


def waiting(ours: Assessment) -> set[str]:
    """Give the tools of which no call goes through without a person."""
    allowed = {guard.tool for guard in ours.plan.guards if guard.kind == "allow"}
    return {reading.name for reading in ours.readings} - allowed


def verdicts(ours: Assessment) -> Callable[[str, Mapping[str, Any]], str]:
    """Give what decides a call in a session of its own: OPA, on the policy as written."""
    policy = compile_policy("rego", ours.plan, ours.readings)
    _, opener = engine_of(ours.plan, policy, ours.readings)

    def verdict(tool: str, arguments: Mapping[str, Any]) -> str:
        session = opener()
        try:
            return session.call(Call(tool, arguments)).verdict
        finally:
            session.close()

    return verdict


if __name__ == "__main__":
    main()
