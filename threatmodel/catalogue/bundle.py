"""The finished files of one agent as one file, until each is written with all that it shows."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


def bundled(files: Mapping[str, bytes]) -> Iterable[bytes]:
    """Give the parts of a bundle: a line that tells names and sizes, then the files."""
    sizes = [(name, len(data)) for name, data in files.items()]
    return (json.dumps(sizes).encode() + b"\n", *files.values())


def read_bundle(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give name and content of each file of a bundle."""
    with path.open("rb") as file:
        for name, size in json.loads(file.readline()):
            yield name, file.read(size)
