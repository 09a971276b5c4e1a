"""Catalogues of made-up agents, as large as the published directories, and what building costs."""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

AGENTS, TOOLS = 4_600, 31_000
"""Size of the published directories of agents, with the tools that they list."""

VERBS = ("list", "get", "search", "describe", "read", "create", "update", "send", "delete", "run")
OBJECTS = (
    "issue", "topic", "invoice", "page", "file", "customer", "dataset", "ticket", "message",
    "deployment", "secret", "repository", "calendar_event", "payment", "query", "user", "document",
)  # fmt: skip
NAMES = ("Amber", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Gale", "Harbor", "Iris", "Juniper")
TAGS = ("finance", "support", "kafka", "code", "search", "cloud", "marketing", "health", "legal")
KINDS = ("agent", "mcp-server", "mcp-server", "skill", "multi-agent")


def write_catalogue(folder: Path, agents: int = AGENTS, tools: int = TOOLS, seed: int = 1) -> None:
    """Write descriptions, the same for the same numbers; three in four list tools in a file."""
    dice = random.Random(seed)  # noqa: S311 - made-up data, the same each time
    weights = [dice.paretovariate(1.2) for _ in range(agents)]
    scale = tools / sum(weights)
    left = tools
    for number in range(agents):
        wanted = min(left, max(1, round(weights[number] * scale), 0)) if left else 0
        if number == agents - 1:
            wanted = min(left, 400)
        left -= wanted
        place = folder / f"{number // 100:02d}"
        place.mkdir(parents=True, exist_ok=True)
        _write_agent(place, number, wanted, dice)


def _write_agent(place: Path, number: int, wanted: int, dice: random.Random) -> None:
    name = f"{dice.choice(NAMES)} {dice.choice(OBJECTS).replace('_', ' ')} {number}"
    tools = list(_tools(wanted, dice))
    lines = [
        f"name: {name}",
        f"kind: {dice.choice(KINDS)}",
        "form: product",
        f"summary: Helps people work with {dice.choice(OBJECTS)}s through {wanted} tools.",
        f"vendor: {dice.choice(NAMES)} Ltd",
        f'version: "{dice.randrange(5)}.{dice.randrange(20)}"',
        f"date: 2026-{dice.randrange(1, 12):02d}-{dice.randrange(1, 28):02d}",
        f"tags: [{', '.join(dice.sample(TAGS, dice.randrange(1, 4)))}]",
        "credentials:",
        f"  - {{name: API key, kind: static-key, scope: {dice.choice(('broad', 'least'))}}}",
        f"data: {{confidential: {dice.choice(('yes', 'no', 'unknown'))}}}",
        f"autonomy: {{approvals: {dice.choice(('none', 'unknown', 'unknown'))}}}",
        f"memory: {{persistent: {dice.choice(('yes', 'no', 'unknown'))}, shared: no}}",
        f"network: {{public_endpoint: {dice.choice(('yes', 'no'))}, unrestricted_egress: yes}}",
    ]
    if number % 4:
        file = f"agent-{number}.tools.json"
        (place / file).write_text(json.dumps({"tools": tools}), encoding="utf-8")
        lines.append(f"tools: {{file: {file}}}")
    else:
        lines.append(f"tools: {json.dumps(tools)}")
    (place / f"agent-{number}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _tools(wanted: int, dice: random.Random) -> Iterator[dict[str, object]]:
    taken: set[str] = set()
    while len(taken) < wanted:
        verb, thing = dice.choice(VERBS), dice.choice(OBJECTS)
        name = (
            f"{verb}_{thing}" if f"{verb}_{thing}" not in taken else f"{verb}_{thing}_{len(taken)}"
        )
        if name in taken:
            continue
        taken.add(name)
        arguments: dict[str, object] = {f"{thing}_id": {"type": "string", "description": "Its id"}}
        if verb in ("create", "update", "send"):
            arguments["content"] = {"type": "string", "description": "Text to store"}
        if verb in ("search", "run"):
            arguments["query"] = {"type": "string", "description": "What to look for"}
        yield {
            "name": name,
            "description": f"{verb.capitalize()} a {thing.replace('_', ' ')} of the workspace.",
            "inputSchema": {"type": "object", "properties": arguments, "required": [f"{thing}_id"]},
            "annotations": {"readOnlyHint": verb in VERBS[:5]},
        }


def main() -> None:
    """Build a site, build it again after one change, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--tools", type=int, default=TOOLS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder to keep descriptions and site in")
    chosen = parser.parse_args()
    place = chosen.keep or Path(tempfile.mkdtemp(prefix="aivss-bench-"))
    folder, site = place / "descriptions", place / "site"
    if not folder.exists():
        write_catalogue(folder, chosen.agents, chosen.tools)
    _measure(folder, site, chosen.jobs)
    files = sum(len(names) for _, _, names in os.walk(site))
    size = sum(p.stat().st_size for p in site.rglob("*") if p.is_file())
    print(f"{files:,} files, {size / 2**20:,.0f} MiB")
    if chosen.keep is None:
        shutil.rmtree(place)


def _measure(folder: Path, site: Path, jobs: int) -> None:
    yardstick = _yardstick()
    print(f"yardstick (sum of squares of 5 million numbers): {yardstick:.2f} s")
    run = [sys.executable, "-P", "-m", "threatmodel", "catalog", str(folder), "-o", str(site)]
    run += ["--date", "2026-11-20", "--jobs", str(jobs)]
    _report("full build", run, yardstick)
    _report("nothing changed", run, yardstick)
    changed, answer = folder / "00" / "agent-1.yaml", "controls: {audit_log: yes}\n"
    text = changed.read_text("utf-8")
    changed.write_text(text.replace(answer, "") if answer in text else text + answer, "utf-8")
    _report("one change", run, yardstick)


def _yardstick() -> float:
    """Time plain work, so that figures of busy and of other machines can be compared."""
    started = time.process_time()
    sum(number * number for number in range(5_000_000))
    return time.process_time() - started


def _report(title: str, command: list[str], yardstick: float) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = done.stderr.strip().splitlines()[-1:] or [""]
    print(
        f"{title}: {wall:.1f} s on the clock, {used:.1f} s of processor"
        f" ({used / yardstick:.1f} yardsticks), largest process"
        f" {after.ru_maxrss / 1024:.0f} MiB, exit {done.returncode}; {told[0]}"
    )


if __name__ == "__main__":
    main()
