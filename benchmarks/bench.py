"""Measure what each job costs, as a ratio to a yardstick timed on the same machine."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
AIVSS = Path(sys.executable).parent / "aivss"
YARDSTICK = (sys.executable, "-c", "import pydantic")
EXAMPLE = "agents/confluent.yaml"


def main() -> None:
    """Print one line per job: median seconds of a cold start, and the ratio to the yardstick."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = {
            "aivss score": (AIVSS, "score", EXAMPLE),
            "report.html": (AIVSS, "report", EXAMPLE, "-o", f"{folder}/report.html"),
            "report.pdf": (AIVSS, "report", EXAMPLE, "-o", f"{folder}/report.pdf"),
        }
        yardstick = seconds(YARDSTICK)
        print(f"{'import pydantic':<20} {yardstick:7.3f} s   1.0 x")
        for name, command in jobs.items():
            cost = seconds(command)
            print(f"{name:<20} {cost:7.3f} s {cost / yardstick:5.1f} x")


def seconds(command: tuple[str | Path, ...], runs: int = 7) -> float:
    """Run a command that many times after one to warm the disk; give the median wall time."""
    return statistics.median([once(command) for _ in range(runs + 1)][1:])


def once(command: tuple[str | Path, ...]) -> float:
    """Run a command; give its wall time. Raises CalledProcessError if it fails."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
