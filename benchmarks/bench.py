"""Measure what each job costs: whole runs as ratios to a yardstick, stages per agent and tool.

The machine counts as much as the code: compare ratios, or numbers of one machine on one day.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

from threatmodel.assessment import profiles_of, read_agent_tools
from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent
from threatmodel.facts.find import find_facts
from threatmodel.rules.load import load_knowledge
from threatmodel.score.agent import score_agent
from threatmodel.threats.model import model_threats

ROOT = Path(__file__).parent.parent
AIVSS = Path(sys.executable).parent / "aivss"
YARDSTICK = (sys.executable, "-c", "from pydantic import BaseModel")
EXAMPLE = "agents/confluent.yaml"


def main() -> None:
    """Print one line per whole run, then one per stage."""
    with tempfile.TemporaryDirectory() as folder:
        yardstick = least(lambda: run(YARDSTICK))
        print(f"{'import pydantic':<24} {yardstick:7.3f} s    1.0 x")
        for name, command in {
            "aivss score": (AIVSS, "score", EXAMPLE),
            "report.html": (AIVSS, "report", EXAMPLE, "-o", f"{folder}/report.html"),
            "report.pdf": (AIVSS, "report", EXAMPLE, "-o", f"{folder}/report.pdf"),
        }.items():
            cost = least(lambda command=command: run(command))
            print(f"{name:<24} {cost:7.3f} s {cost / yardstick:6.1f} x")
    for line in stages([load_agent(file) for file in sorted((ROOT / "agents").glob("*.yaml"))]):
        print(line)


def stages(agents: Sequence[Agent]) -> Iterator[str]:
    """Time the stages over all examples, warm, and word one line for each."""
    rules = load_knowledge()
    profile = profiles_of(rules)["agentic"]
    readings = [read_agent_tools(agent) for agent in agents]
    facts = [find_facts(*pair, rules) for pair in zip(agents, readings, strict=True)]
    scored = [score_agent(*pair, rules, profile) for pair in zip(agents, facts, strict=True)]
    parts = list(zip(agents, readings, facts, scored, strict=True))
    tools = sum(map(len, readings))
    cost = least(lambda: [read_agent_tools(agent) for agent in agents])
    yield f"{'classify':<24} {tools / cost:7.0f} tools a second"
    for name, job in {
        "facts": lambda: [find_facts(a, r, rules) for a, r, _, _ in parts],
        "score": lambda: [score_agent(a, f, rules, profile) for a, _, f, _ in parts],
        "score with questions": lambda: [
            score_agent(a, f, rules, profile).score.questions for a, _, f, _ in parts
        ],
        "threat model": lambda: [model_threats(*part, rules) for part in parts],
    }.items():
        yield f"{name:<24} {1e6 * least(job) / len(agents):7.0f} us an agent"


def least(job: Callable[[], object], runs: int = 4) -> float:
    """Do a job that many times after one to warm up; give the least processor seconds."""
    return min([_seconds(job) for _ in range(runs + 1)][1:])


def run(command: Sequence[str | Path]) -> None:
    """Run a program to its end. Raises CalledProcessError if it fails."""
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _seconds(job: Callable[[], object]) -> float:
    began = _spent()
    job()
    return _spent() - began


def _spent() -> float:
    """Processor seconds of this process and of those it has waited for."""
    usages = map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
