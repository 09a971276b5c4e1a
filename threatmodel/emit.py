"""YAML, TOML and quoted text, written plainly: data in, the same bytes out every time."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from threatmodel.files import indented_json

JsonData = Mapping[str, "JsonData"] | Sequence["JsonData"] | str | int | float | bool | None

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ /.-]*[A-Za-z0-9_/]|[A-Za-z]")
_SPECIAL = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
UNSEEN = (
    "\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff"
)
"""What hides or reorders text that is shown, as the class of a regular expression lists it.

Joiners, and what tells emoji from letters, are seen in text; where a name counts, joiners are not.
"""

_UNSEEN_IN_NAMES = re.compile(f"[{UNSEEN}\u200c\u200d]")
_dumped = json.JSONEncoder(ensure_ascii=False).encode
# `\u` takes four digits, so that characters beyond the first plane need `\U` and eight.
_WIDE = 0xFFFF


def yaml_text(data: JsonData) -> str:
    """Write block YAML 1.2 that every YAML 1.1 reader reads alike."""
    lines: list[str] = []
    _yaml(data, "", "", lines)
    return "\n".join(lines) + "\n"


# Patterns and names repeat from format to format, and from check to check.
@lru_cache(maxsize=2048)
def quoted(text: str) -> str:
    r"""Quote text in double quotes, as YAML, TOML and CEL read it; the invisible as `\uXXXX`."""

    def spelled(found: re.Match[str]) -> str:
        code = ord(found[0])
        return f"\\u{code:04x}" if code <= _WIDE else f"\\U{code:08x}"

    return _UNSEEN_IN_NAMES.sub(spelled, _dumped(text))


def json_text(data: JsonData) -> str:
    """Write indented JSON in which nothing is invisible."""
    return escaped(indented_json(data)) + "\n"


def json_quoted(value: object) -> str:
    """Write a value on one line of JSON, YAML or Rego, invisible characters escaped."""
    return escaped(_dumped(value))


def escaped(dumped: str) -> str:
    """Escape in JSON what no one sees: zero width, turned direction, controls, lone surrogates."""
    if dumped.isascii() and "\x7f" not in dumped:  # most are
        return dumped
    return _UNSEEN_IN_NAMES.sub(lambda found: json.dumps(found[0]).strip('"'), dumped)


def toml_table(header: str, values: Mapping[str, JsonData]) -> str:
    """Write one TOML table: texts, numbers, truths and lists of texts."""
    rows = [header, *(f"{key} = {_toml(value)}" for key, value in values.items())]
    return "\n".join(rows) + "\n"


def _toml(value: JsonData) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value)


def _yaml(data: JsonData, lead: str, indent: str, lines: list[str]) -> None:
    if isinstance(data, Mapping) and data:
        for key, value in data.items():
            _entry(f"{lead}{_scalar(key)}:", value, indent, lines)
            lead = indent
    elif isinstance(data, list | tuple) and data:
        for value in data:
            _item(f"{lead}- ", value, f"{indent}  ", lines)
            lead = indent
    else:
        lines.append(lead + _scalar(data))


def _entry(key: str, value: JsonData, indent: str, lines: list[str]) -> None:
    if isinstance(value, Mapping | list | tuple) and value:
        lines.append(key)
        deeper = f"{indent}  "
        _yaml(value, deeper, deeper, lines)
    else:
        lines.append(f"{key} {_scalar(value)}")


def _item(lead: str, value: JsonData, indent: str, lines: list[str]) -> None:
    if isinstance(value, list | tuple) and value:
        lines.append(lead.rstrip())
        _yaml(value, indent, indent, lines)
    else:
        _yaml(value, lead, indent, lines)


def _scalar(value: JsonData) -> str:
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _SPECIAL
        return value if plain and "  " not in value else quoted(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    return json.dumps(value)
