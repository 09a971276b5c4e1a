"""WeasyPrint without what no report of ours uses: parts that it loads, and rules that it asks."""

import contextlib
import ctypes.util
import sys
from collections.abc import Callable, Iterator
from copy import copy
from importlib import import_module
from types import ModuleType
from typing import Any

_UNUSED = {
    "fontTools.subset": (),
    "fontTools.varLib": (),
    "fontTools.varLib.instancer": ("instantiateVariableFont",),
    "fontTools.ttLib.woff2": (),
    "tinyhtml5": (),
}
"""Modules that WeasyPrint imports for fonts that vary or are packed, for HTML that is no XML, and
for machines where HarfBuzz cannot cut a font down -> the functions that it takes from them. Loading
them takes as long as laying out a page or two; what is asked for after all, is loaded then."""


class _Later(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the module has)
        # The import machinery asks a module for such names, which must not load it.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


def _called_later(module: str, name: str) -> Callable[..., Any]:
    def call(*given: object, **named: object) -> Any:  # noqa: ANN401
        return getattr(import_module(module), name)(*given, **named)

    return call


def _nowhere(name: str) -> None:  # noqa: ARG001 (in place of a search, which is given one)
    return None


@contextlib.contextmanager
def by_soname() -> Iterator[None]:
    """Let libraries be opened by their file names alone.

    WeasyPrint tries file names last. What it tries before has Python search for a library, which
    starts the linker and the compiler some fifty times: 0.16 s of processor time.
    """
    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = _nowhere
    try:
        yield
    finally:
        ctypes.util.find_library = search


@contextlib.contextmanager
def unused_later() -> Iterator[None]:
    """Put what is not used off until it is; what is loaded already stays as it is."""
    font_tools = import_module("fontTools")
    put_off = {name: _Later(name) for name in _UNUSED if name not in sys.modules}
    for name, module in put_off.items():
        for function in _UNUSED[name]:
            setattr(module, function, _called_later(name, function))
    sys.modules.update(put_off)
    if "fontTools.subset" in put_off:
        vars(font_tools)["subset"] = put_off["fontTools.subset"]
    try:
        yield
    finally:
        for name in put_off:
            sys.modules.pop(name, None)
        if "fontTools.subset" in put_off:
            del vars(font_tools)["subset"]


def without_notes(sheet: Any) -> Any:  # noqa: ANN401 (a library without types)
    """Give the style sheet of every page without the marks of footnotes, of which we have none.

    Six of its rules are for a mark of each element, whatever that is: of seven styles worked out,
    six are never asked for, a tenth of the time of a layout. The mark of a list stays, for items.
    A WeasyPrint that keeps its rules in another way gets the sheet as it is: the same bytes, later.
    """
    try:
        every, named = sheet.matcher.other_selectors, sheet.matcher.lower_local_name_selectors
        marks = [entry for entry in every if entry[3] == "marker"]
        others = [entry for entry in every if entry[3] is None]
        named = named | {"li": [*named.get("li", ()), *marks]}
    except (AttributeError, TypeError, IndexError):
        return sheet
    made = copy(sheet)
    made.matcher = copy(sheet.matcher)
    made.matcher.other_selectors, made.matcher.lower_local_name_selectors = others, named
    return made
