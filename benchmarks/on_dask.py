"""A catalogue of made-up agents on Dask: how much of their time workers compute, and what is moved.

Scheduler and workers run on this machine and speak over its loopback, so that the bytes that are
told are those of a network. With more workers than processors each of them computes longer.
"""

import argparse
import logging
import resource
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from distributed import Client, LocalCluster, get_task_stream

AGENTS, TOOLS = 600, 4_050
"""A part of the published directories: large enough that starting is no large part of it."""


def main() -> None:
    """Build the same site with each number of workers, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--tools", type=int, default=TOOLS)
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 4])
    chosen = parser.parse_args()
    made = runpy.run_path(str(Path(__file__).parent / "catalogue.py"))
    with tempfile.TemporaryDirectory(prefix="aivss-bench-") as place:
        folder = Path(place, "descriptions")
        made["write_catalogue"](folder, chosen.agents, chosen.tools)
        for workers in chosen.workers:
            _measure(folder, Path(place, f"site-{workers}"), workers, chosen.agents)


def _measure(folder: Path, site: Path, workers: int, agents: int) -> None:
    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address=None,
        silence_logs=logging.ERROR,  # a busy machine ends workers late, which is no fault
    )
    with cluster, Client(cluster) as client, get_task_stream(client) as stream:
        moved, began, main_process = _moved(), time.monotonic(), _children()
        address = cluster.scheduler_address.replace("tcp://", "dask://")
        command = [sys.executable, "-P", "-m", "threatmodel", "catalog", str(folder)]
        command += ["-o", str(site), "--date", "2026-11-20", "--executor", address]
        subprocess.run(command, check=True, capture_output=True)
        wall, moved = time.monotonic() - began, _moved() - moved
        main_process = _children() - main_process
        largest = max(client.run(_largest).values())
        used = sum(client.run(_used).values())
    computing = sum(_seconds(stream.data, "compute"))
    print(
        f"{workers} workers: {wall:.1f} s on the clock, {used:.1f} s of processor in workers and"
        f" {main_process:.1f} s in the main process; they compute"
        f" {computing / wall / workers:.0%} of the time; {moved / agents / 1e6:.2f} MB moved an"
        f" agent; largest worker {largest / 1024:.0f} MiB"
    )


def _seconds(tasks: Iterable[Mapping[str, Any]], action: str) -> Iterable[float]:
    """Give how long each task did something."""
    for task in tasks:
        for part in task["startstops"]:
            if part["action"] == action:
                yield part["stop"] - part["start"]


def _moved() -> int:
    """Bytes that went over the loopback since the machine started."""
    lines = Path("/proc/net/dev").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.strip().startswith("lo:"))


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _largest() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _used() -> float:
    return time.process_time()


if __name__ == "__main__":
    main()
