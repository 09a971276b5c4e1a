"""Where the files that ship with the package are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # At run time it would read eight modules for a name.
    from importlib.resources.abc import Traversable


def shipped(name: str) -> Traversable:
    """Find `frameworks/...` or `reports/...`: inside the wheel, else beside the package."""
    packed = Path(__file__).parent / "_data"
    root = packed if packed.is_dir() else Path(__file__).parent.parent
    return root.joinpath(*name.split("/"))
