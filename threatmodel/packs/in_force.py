"""Rule packs in force: named by an option, by a configuration, or by code."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from threatmodel.errors import InvalidFileError, Location, gathered
from threatmodel.outputs.theme import use_theme
from threatmodel.outputs.theme_file import load_theme
from threatmodel.packs.read import THEME, read_pack
from threatmodel.packs.rows import knowledge_with
from threatmodel.reading import read_data
from threatmodel.reading.positions import Tree
from threatmodel.reading.toml import parse_toml
from threatmodel.rules.load import put_in_force

if TYPE_CHECKING:
    from threatmodel.outputs.theme import Theme
    from threatmodel.rules.load import Knowledge

MOST = 16
"""Packs in force at once."""

CONFIGS = ("aivss.toml", "pyproject.toml")
"""Files, where we stand, that may name packs."""


def use_packs(*folders: Path | str) -> None:
    """Let packs hold from now on, in this process and the workers that it forks; none: no pack.

    Raises:
        AivssError: One fault of a pack.
        ExceptionGroup: Of every fault of every pack.
    """
    if not folders:
        put_in_force(None)
        use_theme(None)
        return
    named = list(dict.fromkeys(_folder(folder) for folder in folders))
    if len(named) > MOST:
        raise InvalidFileError(f"{MOST} packs at most", Location(str(named[-1])), "join some")
    shown = [_shown(folder) for folder in named]
    knowledge, theme = gathered((partial(_knowledge, shown), partial(_theme, shown)))
    put_in_force(cast("Knowledge", knowledge))
    use_theme(cast("Theme | None", theme))


def _folder(name: Path | str) -> Path:
    try:
        found = Path(os.path.realpath(name))  # unlike `resolve`, it ends for a link to itself
        there = found.is_dir()
    except (OSError, ValueError):
        there = False
    if not there:
        hint = "name the folder of a pack, not a file of it"
        raise InvalidFileError("there is no such folder", Location(str(name)), hint)
    return found


def _knowledge(folders: Iterable[Path]) -> object:
    return knowledge_with(gathered(partial(read_pack, folder) for folder in folders))


@contextmanager
def packs_in_force(*folders: Path | str) -> Iterator[None]:
    """Let packs hold inside a `with`; afterwards none holds."""
    use_packs(*folders)
    try:
        yield
    finally:
        use_packs()


def _shown(folder: Path) -> Path:
    """Name a folder as short as it can be from where we stand."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _theme(folders: Iterable[Path]) -> object:
    files = [folder / THEME for folder in folders if (folder / THEME).is_file()]
    if len(files) > 1:
        raise InvalidFileError("two packs have a theme", Location(str(files[1])), "keep one")
    return load_theme(files[0], inside=True) if files else None


# Packs that a configuration names.


def packs_of(config: Path) -> tuple[Path, ...]:
    """Read which packs a configuration names, by folders relative to it.

    It is `packs` at the top of aivss.toml, or in `[tool.aivss]` of pyproject.toml.

    Raises:
        InvalidFileError: The file cannot be read, or `packs` is no list of folders.
    """
    way = ("tool", "aivss") if config.name == "pyproject.toml" else ()
    tree = parse_toml(read_data(config), str(config))
    listed = _at(tree, (*way, "packs"))
    if listed is None:
        return ()
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        where = tree.places.of((*way, "packs"))
        hint = 'packs = ["rules/acme"]'
        raise InvalidFileError("`packs` is a list of folders", where, hint)
    return tuple(config.parent / str(one) for one in listed)


def _at(tree: Tree, way: Iterable[str]) -> object:
    value: object = tree.value
    for step in way:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def packs_here() -> tuple[Path, ...]:
    """Read which packs the configuration where we stand names; see `packs_of`."""
    files = (Path(name) for name in CONFIGS if Path(name).is_file())
    return next((named for file in files if (named := packs_of(file))), ())
