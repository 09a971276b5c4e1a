"""Where the files that ship with the package are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # At run time it would read eight modules for a name.
    from importlib.resources.abc import Traversable

_IN_A_CLONE = {"mcp": "sh install.sh", "dask": "sh install.sh --dev"}
_FROM_A_WHEEL = {"mcp": "mcp>=2", "dask": "aivss-threatmodel[dask]"}


def shipped(name: str) -> Traversable:
    """Find `frameworks/...` or `reports/...`: inside the wheel, else beside the package."""
    packed = Path(__file__).parent / "_data"
    root = packed if packed.is_dir() else Path(__file__).parent.parent
    return root.joinpath(*name.split("/"))


def install_line(part: str) -> str:
    """Say what installs `mcp` or `dask` where the program is: in a clone, or from a wheel."""
    clone = Path(__file__).parent.parent
    if not (clone / "install.sh").is_file():
        return f"pip install '{_FROM_A_WHEEL[part]}'"
    import shlex  # noqa: PLC0415 - start-up never needs it

    return f"cd {shlex.quote(str(clone))} && {_IN_A_CLONE[part]}"
