"""The `aivss` command: the only package that prints, writes files or picks exit codes."""

import atexit
import gc
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns 0 when done, 1 when done and a limit that the caller set is passed, 2 when the input
    is wrong, 3 when a needed outside part is missing.
    """
    # A run lives for a fraction of a second and keeps what it makes: collecting costs 8 ms.
    gc.disable()
    # Nor at its end, where Python goes once more through all that was made: 9 % of a PDF's time.
    atexit.register(gc.freeze)
    try:
        # Late, so that `python -m threatmodel` starts before click is read.
        from threatmodel.cli.app import run  # noqa: PLC0415

        return run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:  # click catches it once a command runs
        sys.stderr.write("stopped\n")
        return 2
