"""Where the programs that enforce policies are found: in a folder that a person names, or ours."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ENGINES_VARIABLE = "AIVSS_ENGINES"
"""Environment variable that names the folder of engines."""


def engine_file(name: str) -> Path | None:
    """Give a file or folder of an engine; None where it is not at hand.

    Looked for below the folder that `AIVSS_ENGINES` names, else below `build/engines` of a
    checkout, where `sh install.sh --dev` puts them.
    """
    named = os.environ.get(ENGINES_VARIABLE)
    folder = Path(named) if named else Path(__file__).parents[3] / "build" / "engines"
    file = folder / name
    return file if file.exists() else None


def version_of(package: str) -> str:
    """Give the version of an installed package; empty where it is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
