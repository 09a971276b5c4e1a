"""Where the files that ship with the package are."""

from importlib.resources.abc import Traversable
from pathlib import Path


def shipped(name: str) -> Traversable:
    """Find `frameworks/...` or `reports/...`: inside the wheel, else beside the package."""
    packed = Path(__file__).parent / "_data"
    root = packed if packed.is_dir() else Path(__file__).parent.parent
    return root.joinpath(*name.split("/"))
