"""What a folder holds that can be imported: an archive of strangers has it among much else."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from threatmodel.importers.companions import with_code
from threatmodel.importers.document import SourceInput
from threatmodel.importers.run import kind_found

_ENDINGS = frozenset((".json", ".yaml", ".yml", ".md", ".toml", ".py"))
_PASSED_OVER = frozenset((".git", ".venv", "venv", "node_modules", "__pycache__"))
_MOST_FILES = 300
_MOST_BYTES = 512 * 1024


def sources_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield files below a folder that are of a known kind, with its id.

    Nothing is run and no link followed; large files and more than the first hundreds are passed
    over.
    """
    for path in islice(_files(folder), _MOST_FILES):
        try:
            source = with_code(SourceInput(str(path), path.read_bytes()))
        except OSError:
            continue
        if kind := kind_found(source):
            yield path, kind


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
        for name in sorted(names):
            path = Path(place, name)
            known = path.suffix.lower() in _ENDINGS and path.is_file() and not path.is_symlink()
            if known and path.stat().st_size <= _MOST_BYTES:
                yield path
