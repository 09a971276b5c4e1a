"""The `aivss` command: the only package that prints, writes files or picks exit codes."""

import gc
import sys
from collections.abc import Sequence
from types import ModuleType


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns 0 when done, 1 when done and a limit that the caller set is passed, 2 when the input
    is wrong, 3 when a needed outside part is missing.
    """
    # A run lives for a fraction of a second and keeps what it makes: collecting costs 8 ms.
    gc.disable()
    _leave_plugins_out()
    # Late, so that `python -m threatmodel` starts before click is read.
    from threatmodel.cli.app import run  # noqa: PLC0415

    return run(list(sys.argv[1:] if argv is None else argv))


def _leave_plugins_out() -> None:
    """Keep pydantic from searching every installed package for plugins that could see the input.

    We use none, and the search alone takes 20 ms. PYDANTIC_DISABLE_PLUGINS comes too late for
    that: the module has imported `importlib.metadata`, and with it the mail parser, by then.
    """
    loader = ModuleType("pydantic.plugin._loader")
    vars(loader)["get_plugins"] = tuple
    sys.modules.setdefault(loader.__name__, loader)
