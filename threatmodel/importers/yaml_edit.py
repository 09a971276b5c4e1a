"""Changes to a YAML text that leave a person's comments, quotes and order where they are.

ruamel.yaml keeps the comment lines *before* a key with the value that comes before it, so whoever
adds or removes a key has to hand those lines on; that is what this module is for.
"""

import io
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.tokens import CommentToken
from ruamel.yaml.util import load_yaml_guess_indent

from threatmodel.importers.statements import RECORD_LISTS, TEXT_LISTS, Path
from threatmodel.importers.write import round_trip, styled
from threatmodel.reading.positions import Value

_LAST = "imported"
_BEFORE_KEY = 1
"""Slot in which ruamel.yaml keeps the comment lines before a key that follows a flow value."""

_BEFORE_FIRST = 3
"""Slot in which ruamel.yaml keeps the comment lines between a key and its value's first entry."""


class Edit:
    """One description that is being changed."""

    def __init__(self, text: str) -> None:
        """Open a text that was checked before: a mapping at its top."""
        self._yaml = round_trip()
        # It writes one indent throughout: with the person's own, untouched lines stay as they are.
        _, step, offset = load_yaml_guess_indent(text)
        if step and offset is not None:
            self._yaml.indent(mapping=step if not offset else 2, sequence=step, offset=offset)
        self._top: CommentedMap = self._yaml.load(text)

    def text(self) -> str:
        """Give the changed text."""
        out = io.StringIO()
        self._yaml.dump(self._top, out)
        return out.getvalue()

    def put(self, path: Path, value: Value) -> None:
        """Write a value at a path; sections, records and items on the way are made."""
        for kept in RECORD_LISTS:
            if path[: len(kept)] == kept != path:
                self._put_in_record(kept, path, value)
                return
        for kept in TEXT_LISTS:
            if path[: len(kept)] == kept:
                self._put_in_list(kept, value)
                return
        self._put_below(path, value)

    def remove(self, path: Path) -> None:
        """Remove a value, and what is left empty by that; comment lines around it stay."""
        holders: list[tuple[Any, Any]] = [(self._top, path[0])]
        for step in path[1:]:
            inner = holders[-1][0][holders[-1][1]]
            holders.append(
                (inner, _index(inner, step) if isinstance(inner, CommentedSeq) else step)
            )
        lines = ""
        while holders:
            holder, key = holders.pop()
            lines = _drop(holder, key, lines)
            if len(holder) and not _only_name(holder, path):
                break
        if lines:
            _give_first(holders, lines)

    def _put_below(self, path: Path, value: Value, start: CommentedMap | None = None) -> None:
        """Write a value below the deepest mapping that is there; from the top, or from a record."""
        node, depth = self._top if start is None else start, 0
        while depth < len(path) - 1 and isinstance(node.get(path[depth]), CommentedMap):
            node, depth = node[path[depth]], depth + 1
        for key in reversed(path[depth + 1 :]):
            value = {key: value}
        _put(node, path[depth], value)

    def _put_in_list(self, kept: Path, value: Value) -> None:
        items = self._at(kept)
        if isinstance(items, CommentedSeq) and items:
            _append(items, value)
        else:
            self._put_below(kept, [value])

    def _put_in_record(self, kept: Path, path: Path, value: Value) -> None:
        name, rest = path[len(kept)], path[len(kept) + 1 :]
        records = self._at(kept)
        at = _index(records, name) if isinstance(records, CommentedSeq) else None
        if at is not None:
            self._put_below(rest, value, records[at])
            return
        record: dict[str, Value] = {"name": name}
        for key in reversed(rest[1:]):
            value = {key: value}
        if rest != ("name",):
            record[rest[0]] = value
        self._put_in_list(kept, record)

    def _at(self, path: Path) -> Any:  # noqa: ANN401 - whatever stands there
        node: Any = self._top
        for key in path:
            node = node.get(key) if isinstance(node, CommentedMap) else None
        return node


def _put(holder: CommentedMap, key: str, value: Value) -> None:
    """Set a key; a mapping is changed entry by entry, so that comments inside it stay."""
    old = holder.get(key)
    if isinstance(old, CommentedMap) and isinstance(value, dict) and old:
        for gone in [k for k in old if k not in value]:
            _give_lines(holder, key, _drop(old, gone, ""))
        for inner, part in value.items():
            if inner not in old or old[inner] != part:
                _put(old, inner, part)
    elif key in holder:
        lines = _take_lines(holder, key)
        holder[key] = styled(value)
        _give_lines(holder, key, lines)
    else:
        _add(holder, key, value)


def _add(holder: CommentedMap, key: str, value: Value) -> None:
    """Add a key at the end, at the top before the provenance of the import."""
    keys = list(holder)
    # Hundreds of lines of provenance that nobody edits stay below what people read.
    at = keys.index(_LAST) if _LAST in keys else len(keys)
    before = keys[at - 1] if at else None
    lines = _take_lines(holder, before) if before is not None else ""
    holder.insert(at, key, styled(value))
    _give_lines(holder, key, lines)


def _append(items: CommentedSeq, value: Value) -> None:
    lines = _take_lines(items, len(items) - 1)
    items.append(styled(value))
    _give_lines(items, len(items) - 1, lines)


def _drop(holder: Any, key: Any, lines: str) -> str:  # noqa: ANN401 - of ruamel's
    """Remove an entry; give back the comment lines that no entry before it could take."""
    lines = _all_lines(holder, key) + lines
    keys = list(range(len(holder))) if isinstance(holder, CommentedSeq) else list(holder)
    at = keys.index(key)
    holder.pop(key)
    if not at:
        return lines
    _give_lines(holder, keys[at - 1], lines)
    return ""


def _give_first(holders: list[tuple[Any, Any]], lines: str) -> None:
    """Put comment lines before the first entry of what an entry holds."""
    if not holders:
        return
    holder, key = holders[-1]
    slots = holder.ca.items.get(key)
    if slots and len(slots) > _BEFORE_FIRST and slots[_BEFORE_FIRST]:
        slots[_BEFORE_FIRST].append(CommentToken(lines, CommentMark(0), None))
    elif isinstance(holder, CommentedMap):
        _add_lines(holder, key, lines)
    else:
        _give_lines(holder, key, lines)


def _index(items: CommentedSeq, name: str) -> Any:  # noqa: ANN401 - None where there is none
    for at, item in enumerate(items):
        if item == name or (isinstance(item, CommentedMap) and item.get("name") == name):
            return at
    return None


def _only_name(holder: Any, path: Path) -> bool:  # noqa: ANN401 - a mapping or a list of ruamel's
    """Tell whether only the name is left of a record that the import made."""
    kept = any(path[: len(place)] == place for place in RECORD_LISTS)
    return kept and isinstance(holder, CommentedMap) and list(holder) == ["name"]


def _last(holder: Any, key: Any) -> tuple[Any, Any]:  # noqa: ANN401 - as above
    """Find the entry that ends an entry's text: itself, or the last one inside it."""
    value = holder[key]
    while isinstance(value, CommentedMap | CommentedSeq) and value and not _is_flow(value):
        holder, key = value, len(value) - 1 if isinstance(value, CommentedSeq) else list(value)[-1]
        value = holder[key]
    return holder, key


def _is_flow(value: Any) -> bool:  # noqa: ANN401 - as above
    return bool(value.fa.flow_style())


def _take_lines(holder: Any, key: Any) -> str:  # noqa: ANN401 - as above
    """Take away the comment lines behind an entry; a comment on its own line's end stays."""
    return _cut_lines(*_last(holder, key))


def _all_lines(holder: Any, key: Any) -> str:  # noqa: ANN401 - as above
    """Take away the comment lines in and behind an entry."""
    value, lines = holder[key], _pre_lines(holder, key, _BEFORE_KEY)
    lines += _cut_lines(holder, key) + _pre_lines(holder, key, _BEFORE_FIRST)
    if isinstance(value, CommentedMap | CommentedSeq) and not _is_flow(value):
        inner = range(len(value)) if isinstance(value, CommentedSeq) else list(value)
        lines += "".join(_all_lines(value, one) for one in inner)
    return lines


def _pre_lines(holder: Any, key: Any, slot: int) -> str:  # noqa: ANN401 - as above
    """Give the comment lines that are kept before a key, or before the first entry behind it."""
    slots = holder.ca.items.get(key) or []
    tokens = slots[slot] if len(slots) > slot else None
    return "".join(" " * token.start_mark.column + token.value for token in tokens or ())


def _cut_lines(holder: Any, key: Any) -> str:  # noqa: ANN401 - as above
    slots = holder.ca.items.get(key)
    slot = 0 if isinstance(holder, CommentedSeq) else 2
    if not slots or not slots[slot]:
        return ""
    # The rest of the own line is the entry's comment; what follows belongs to the next entry.
    own, _, lines = slots[slot].value.partition("\n")
    slots[slot].value = own + "\n"
    if not own.strip():
        slots[slot] = None
    return str(lines)


def _give_lines(holder: Any, key: Any, lines: str) -> None:  # noqa: ANN401 - as above
    """Put comment lines behind an entry."""
    if lines:
        _add_lines(*_last(holder, key), lines)


def _add_lines(holder: Any, key: Any, lines: str) -> None:  # noqa: ANN401 - as above
    slot = 0 if isinstance(holder, CommentedSeq) else 2
    slots = holder.ca.items.setdefault(key, [None, None, None, None])
    if slots[slot]:
        slots[slot].value = slots[slot].value.rstrip("\n") + "\n" + lines
    else:
        slots[slot] = CommentToken("\n" + lines, CommentMark(0), None)
