"""Measure what each job costs, as a ratio to a yardstick, and compare with the last recorded run.

Processor time, the least of several runs in turn with the yardstick: on one machine a ratio holds
within a tenth or so whatever else runs there. `--record` writes `recorded.json`, so that a change
that makes something slower is seen in review.
"""

import argparse
import compileall
import gc
import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from typing import NamedTuple

from threatmodel.assessment import assess, profiles_of, read_agent_tools
from threatmodel.classify.classify import load_class_rules, read_tool
from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent
from threatmodel.facts.find import find_facts
from threatmodel.outputs.pages.decision import decision_of
from threatmodel.rules.load import load_knowledge
from threatmodel.score.agent import score_agent
from threatmodel.threats.model import model_threats

ROOT = Path(__file__).parent.parent
RECORDED = Path(__file__).parent / "recorded.json"
AIVSS = (sys.executable, "-m", "threatmodel")
IMPORT = (sys.executable, "-c", "from pydantic import BaseModel")
EXAMPLE = "agents/confluent.yaml"
RUNS = 5
AGENTS, TOOLS = 200, 1350
"""Size of the catalogue that is built; as many tools an agent as in the published directories."""

NOTABLE = 1.15
"""A ratio that has grown or shrunk by this is told; less may be the machine."""


class Figure(NamedTuple):
    """What one job costs."""

    name: str
    """The job."""

    shown: str
    """The cost on this machine, with its unit."""

    ratio: float
    """The same in yardsticks, or a plain number where the machine does not count."""


def main() -> None:
    """Print one line per figure; with `--record`, keep the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="keep this run as the one to beat")
    record = parser.parse_args().record
    compileall.compile_dir(ROOT / "threatmodel", quiet=1)  # as after an installation
    before = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    found: dict[str, float] = {}
    print(f"{'':<34}{'here':>14}{'ratio':>10}{'recorded':>10}")
    for figure in chain(runs(), stages(), catalogue()):
        found[figure.name] = round(figure.ratio, 3)
        print(line(figure, before), flush=True)
    if record:
        RECORDED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def line(figure: Figure, before: Mapping[str, float]) -> str:
    """Word a figure beside the recorded one, and say where they part ways."""
    then = before.get(figure.name)
    told = f"{figure.name:<34}{figure.shown:>14}{figure.ratio:>10.2f}"
    if then is None:
        return f"{told}{'none':>10}"
    change = figure.ratio / then if then else 1.0
    mark = "  slower" if change > NOTABLE else "  quicker" if change * NOTABLE < 1 else ""
    return f"{told}{then:>10.2f}{mark}{f' by {abs(change - 1):.0%}' if mark else ''}"


def runs() -> Iterator[Figure]:
    """Time whole commands; the yardstick is an import of pydantic, which each of them needs."""
    with tempfile.TemporaryDirectory() as folder:
        for name, command in {
            "aivss score, cold": ("score", EXAMPLE),
            "aivss model, cold": ("model", EXAMPLE),
            "report.html, cold": ("report", EXAMPLE, "-o", f"{folder}/report.html"),
            "report.pdf, cold": ("report", EXAMPLE, "-o", f"{folder}/report.pdf"),
        }.items():
            cost, yardstick = in_turn(lambda it=command: run(*AIVSS, *it), lambda: run(*IMPORT))
            yield Figure(f"{name}, x import pydantic", f"{1e3 * cost:.0f} ms", cost / yardstick)


def stages() -> Iterator[Figure]:
    """Time the stages over all examples, warm; ratios are yardsticks for a thousand agents."""
    agents = [load_agent(file) for file in sorted((ROOT / "agents").glob("*.yaml"))]
    rules = load_knowledge()
    profile = profiles_of(rules)["agentic"]
    readings = [read_agent_tools(agent) for agent in agents]
    facts = [find_facts(*pair, rules) for pair in zip(agents, readings, strict=True)]
    scored = [score_agent(*pair, rules, profile) for pair in zip(agents, facts, strict=True)]
    parts = list(zip(agents, readings, facts, scored, strict=True))
    tools = sum(map(len, readings))
    rules_of_tools = load_class_rules()
    seen_first = [tool for agent in agents for tool in agent.known_tools]
    # One by one: a reading is remembered, and the cost is that of the first time.
    cost, yardstick = in_turn(
        lambda: [read_tool(tool, rules_of_tools) for tool in seen_first], plain_work
    )
    yield Figure(
        "classify, 1,000 tools", f"{tools / cost:.0f} a second", 1e3 * cost / tools / yardstick
    )
    for name, job in {
        "facts": lambda: [find_facts(a, r, rules) for a, r, _, _ in parts],
        "score": lambda: [score_agent(a, f, rules, profile) for a, _, f, _ in parts],
        "score with questions": lambda: [
            score_agent(a, f, rules, profile).score.questions for a, _, f, _ in parts
        ],
        "threat model": lambda: [model_threats(*part, rules) for part in parts],
        "threat model in words": lambda: [worded(*part) for part in parts],
        "all residuals": lambda: [residuals(agent) for agent in agents],
        "policy": lambda: [planned(agent) for agent in agents],
        "page that decides": lambda: [decided(agent) for agent in agents],
    }.items():
        cost, yardstick = in_turn(job, plain_work)
        one = cost / len(agents)
        yield Figure(f"{name}, 1,000 agents", f"{1e6 * one:.0f} us each", 1e3 * one / yardstick)


def worded(*part: object) -> None:
    """Make a threat model with the words of what is open, layers and paths."""
    model = model_threats(*part, load_knowledge())  # type: ignore[arg-type]
    for finding in model.open:
        _ = finding.text
    _ = model.summary


def residuals(agent: Agent) -> None:
    """Work out what every policy format leaves."""
    _ = assess(agent).residuals


def planned(agent: Agent) -> None:
    """Plan a policy and write it in the first format."""
    _ = assess(agent).policy


def decided(agent: Agent) -> None:
    """Work out the page that decides, with its search for conditions."""
    assessment = assess(agent)
    decision_of(assessment)
    assessment.forget()


def catalogue() -> Iterator[Figure]:
    """Build a catalogue of made-up agents, build it again, and again after one change."""
    made = runpy.run_path(str(Path(__file__).parent / "catalogue.py"))
    # In memory where there is such a folder: a disk adds 1 to 7 ms an agent, by what else writes.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - only its speed
    with tempfile.TemporaryDirectory(dir=memory) as place:
        folder, site = Path(place, "descriptions"), Path(place, "site")
        made["write_catalogue"](folder, AGENTS, TOOLS)
        build = ("catalog", str(folder), "-o", str(site), "--date", "2026-11-20", "--jobs", "1")
        cost, yardstick = once(lambda: run(*AIVSS, *build))
        yield Figure(
            "catalogue, an agent", f"{1e3 * cost / AGENTS:.1f} ms", cost / AGENTS / yardstick
        )
        for name, job in {
            "catalogue, nothing changed": lambda: run(*AIVSS, *build),
            "catalogue, one change": lambda: run_changed(next(folder.rglob("*.yaml")), *build),
        }.items():
            cost, yardstick = in_turn(job, plain_work)
            yield Figure(name, f"{1e3 * cost:.0f} ms", cost / yardstick)
        files = [path.stat().st_size for path in site.rglob("*") if path.is_file()]
        own = sum(path.is_file() for path in (site / "agents").rglob("*")) / AGENTS
        yield Figure("catalogue, files an agent", f"{own:.1f}", own)
        yield Figure(
            "catalogue, kB an agent", f"{sum(files) / AGENTS / 1e3:.0f}", sum(files) / AGENTS / 1e3
        )


def plain_work() -> None:
    """Do work that no change of ours makes slower."""
    sum(number * number for number in range(1_000_000))


def in_turn(job: Callable[[], object], yardstick: Callable[[], object]) -> tuple[float, float]:
    """Do both by turns, after a run to warm up; give the least of each."""
    pairs = [(_seconds(job), _seconds(yardstick)) for _ in range(RUNS + 1)][1:]
    return min(cost for cost, _ in pairs), min(cost for _, cost in pairs)


def once(job: Callable[[], object]) -> tuple[float, float]:
    """Do a long job once; it meets quick and slow moments, and so do yardsticks on both sides.

    Against the least of them, or against a single one, its ratio moves by a fifth.
    """
    before = [_seconds(plain_work) for _ in range(RUNS)]
    cost = _seconds(job)
    return cost, median([*before, *(_seconds(plain_work) for _ in range(RUNS))])


def run_changed(description: Path, *command: str) -> None:
    """Build again after one description has gained an answer, or lost it."""
    answer, text = "controls: {audit_log: yes}\n", description.read_text("utf-8")
    there = text.endswith(answer)
    description.write_text(text.removesuffix(answer) if there else text + answer, "utf-8")
    run(*AIVSS, *command)


def run(*command: str) -> None:
    """Run a program to its end. Raises CalledProcessError if it fails."""
    quiet = subprocess.DEVNULL
    subprocess.run(command, cwd=ROOT, check=True, stdout=quiet, stderr=quiet)


def _seconds(job: Callable[[], object]) -> float:
    gc.collect()
    began = _spent()
    job()
    return _spent() - began


def _spent() -> float:
    """Processor seconds of this process and of those it has waited for."""
    usages = map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
