"""Measure what a policy of fifty tools costs, warm, in the first seven formats."""

import statistics
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from threatmodel.assessment import Assessment, assess
from threatmodel.description.load import load_agent
from threatmodel.policy.formats import FORMATS, compile_policy
from threatmodel.policy.plan import plan_policy

EXAMPLE = Path(__file__).parent.parent / "agents" / "confluent.yaml"
TOOLS = 50
FIRST = tuple(islice(FORMATS, 7))


def main() -> None:
    """Print milliseconds per job, the median of some runs."""
    agent = load_agent(EXAMPLE)
    assessed = assess(agent.model_copy(update={"tools": agent.known_tools[:TOOLS]}))
    model, readings = assessed.model, assessed.readings
    plan = assessed.plan
    print(f"plan {milliseconds(lambda: planned(assessed)):8.2f} ms, {len(plan.guards)} guards")
    for kind in FORMATS:
        cost = milliseconds(lambda kind=kind: compile_policy(kind, plan, readings))
        print(f"{kind:<14} {cost:8.2f} ms")
    total = milliseconds(lambda: [compile_policy(kind, plan, readings) for kind in FIRST])
    print(
        f"first seven    {total:8.2f} ms for {len(readings)} tools, {len(model.open)} threats open"
    )


def planned(assessed: Assessment) -> object:
    """Plan once more."""
    return plan_policy(assessed.agent, assessed.readings, assessed.model, assessed.knowledge)


def milliseconds(job: Callable[[], object], runs: int = 15) -> float:
    """Run a job that many times after one to warm up; give the median wall time."""
    job()
    return statistics.median(once(job) for _ in range(runs)) * 1000


def once(job: Callable[[], object]) -> float:
    """Run a job; give its wall time in seconds."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
