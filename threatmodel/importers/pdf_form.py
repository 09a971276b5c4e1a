"""A form of questions that was filled in on screen: its answers, put into the YAML that it carries.

Of PDF (ISO 32000-2) this reads what a form needs: objects one after the other, of which the last
with a number counts, and those packed into streams. What it cannot read is not there.
"""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from threatmodel.errors import InvalidFileError, Location
from threatmodel.importers.statements import LONGEST_NOTE, one_line_cut

MAGIC = b"%PDF-"

_MOST_BYTES = 1 << 24
"""Of all streams, unpacked."""
_MOST_VALUES = 100_000
"""In one object; ours have some dozens."""

_OBJECT = re.compile(rb"(?<!\d)(\d{1,9})\s+\d{1,5}\s+obj\b")
_STREAM = re.compile(rb"\s*stream\r?\n")
_TOKEN = re.compile(
    rb"(?:\s|%[^\r\n]*)*(?:(<<|\[)|(>>|\])|/([^\s()<>\[\]{}/%]*)|<([0-9A-Fa-f\s]*)>"
    rb"|(\()|(\d+)\s+\d+\s+R\b|([-+.\d]+)|([A-Za-z]+))"
)
_TEXT = re.compile(rb"([()])|\\([0-7]{1,3})|\\(\r\n|.)|[^()\\]+", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b""}
_ASK = re.compile(
    r'^( *)(# (\d+)\. .*\n) *([\w.]+): \{value: unknown, by: vendor, note: "", proof: ""\}$',
    re.MULTILINE,
)
# PDFDocEncoding, annex D.3: Latin-1 but for these.
_OWN = (
    "\u2022\u2020\u2021\u2026\u2014\u2013\u0192\u2044\u2039\u203a\u2212\u2030\u201e\u201c\u201d\u2018"
    "\u2019\u201a\u2122\ufb01\ufb02\u0141\u0152\u0160\u0178\u017d\u0131\u0142\u0153\u0161\u017e"
)
_LETTERS = {0x80 + at: letter for at, letter in enumerate(_OWN)} | {0xA0: "\u20ac"}
_READ = ("/ObjStm", "/EmbeddedFile")
"""Streams that are unpacked."""
_YES_NO = {"/0": "true", "/yes": "true", "/1": "false", "/no": "false"}
"""What a button is called: its place among the choices, or the choice."""


class _Ref(NamedTuple):
    number: int


@dataclass(frozen=True, slots=True)
class _Read:
    """One object."""

    value: object
    """Names as text with their slash, strings as bytes, numbers as text."""
    stream: bytes = b""


def filled(data: bytes, name: str) -> str:
    """Give the form of questions that a PDF carries, with what was filled in.

    Raises InvalidFileError where it carries none.
    """
    objects: dict[int, _Read] = {}
    for number, one in _objects(data):
        objects |= {number: one} | _packed(one)
    form = next((text for text in map(_attached, objects.values()) if text), "")
    if not form:
        raise InvalidFileError(
            "the PDF carries no form of questions that can be read",
            Location(name),
            "give the file that was saved, without a password; printing it anew loses its form",
        )
    fields = _fields(objects)
    return _ASK.sub(lambda found: _answered(found, fields), form)


def _objects(data: bytes) -> Iterator[tuple[int, _Read]]:
    at, room = 0, _MOST_BYTES
    while found := _OBJECT.search(data, at):
        value, at = _value(data, found.end())
        stream = b""
        if isinstance(value, dict) and (begins := _STREAM.match(data, at)):
            end = data.find(b"endstream", begins.end())
            at = end if end >= 0 else len(data)
            if value.get("/Type") in _READ and room:
                stream = _unpacked(value, data[begins.end() : at], room)
                room -= len(stream)
        yield int(found[1]), _Read(value, stream)


def _packed(one: _Read) -> dict[int, _Read]:
    """Read the objects of a stream of objects: their numbers and places stand before them."""
    if not isinstance(one.value, dict) or one.value.get("/Type") != "/ObjStm":
        return {}
    first = one.value.get("/First")
    at = int(first) if isinstance(first, str) and first.isdigit() else 0
    numbers = [int(word) for word in one.stream[:at].split()[::2] if word.isdigit()]
    found: dict[int, _Read] = {}
    for number in numbers:
        value, at = _value(one.stream, at)
        found[number] = _Read(value)
    return found


def _unpacked(head: Mapping[object, object], stream: bytes, room: int) -> bytes:
    if head.get("/Filter") not in ("/FlateDecode", ["/FlateDecode"]):
        return stream[:room]
    try:
        return zlib.decompressobj().decompress(stream, room)
    except zlib.error:
        return b""


def _value(data: bytes, at: int) -> tuple[object, int]:
    """Read one value, however deep, without calling itself; None where there is none."""
    open_ones: list[list[object]] = [[]]
    for _ in range(_MOST_VALUES):
        token = _TOKEN.match(data, at)
        if token is None:
            return None, at + 1
        at = token.end()
        if token[1]:
            open_ones.append([])
            continue
        if token[2]:
            inside = open_ones.pop()
            value: object = _paired(inside) if token[2] == b">>" else inside
        elif token[5]:
            value, at = _text(data, at)
        else:
            value = _simple(token)
        if not open_ones:
            return None, at
        open_ones[-1].append(value)
        if len(open_ones) == 1:
            return value, at
    return None, at


def _simple(token: "re.Match[bytes]") -> object:
    if token[3] is not None:
        return f"/{token[3].decode('latin-1')}"
    if token[4] is not None:
        digits = b"".join(token[4].split())
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    return _Ref(int(token[6])) if token[6] else (token[7] or token[8]).decode()


def _paired(inside: list[object]) -> dict[object, object]:
    named = zip(inside[::2], inside[1::2], strict=False)
    return {key: value for key, value in named if isinstance(key, str)}


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    """Read a string in brackets, which may hold pairs of them."""
    parts, deep = [], 1
    while part := _TEXT.match(data, at):
        at, seen = part.end(), part[0]
        deep += (seen == b"(") - (seen == b")")
        if not deep:
            break
        if part[2]:
            seen = bytes([int(part[2], 8) & 0xFF])
        elif part[3]:
            one = part[3].replace(b"\r\n", b"\n")
            seen = _ESCAPED.get(one, one)
        parts.append(seen)
    return b"".join(parts), at


def _words(text: bytes) -> str:
    if text.startswith(b"\xfe\xff"):
        return text[2:].decode("utf-16-be", "replace")
    if text.startswith(b"\xef\xbb\xbf"):
        return text[3:].decode("utf-8", "replace")
    return text.decode("latin-1").translate(_LETTERS)


def _attached(one: _Read) -> str:
    if not isinstance(one.value, dict) or one.value.get("/Type") != "/EmbeddedFile":
        return ""
    text = one.stream.decode("utf-8", "replace")
    return text if "\nstated_by: vendor\n" in text else ""


def _fields(objects: Mapping[int, _Read]) -> dict[str, set[str]]:
    """Gather what each field says: a group of buttons says it itself, or each of its buttons."""
    said: dict[str, set[str]] = {}
    for one in objects.values():
        if isinstance(one.value, dict) and isinstance(name := one.value.get("/T"), bytes):
            for key in ("/V", "/AS"):
                value = _followed(one.value.get(key), objects)
                word = _words(value) if isinstance(value, bytes) else value
                if isinstance(word, str) and word.strip() and word != "/Off":
                    said.setdefault(_words(name), set()).add(word)
    return said


def _followed(value: object, objects: Mapping[int, _Read]) -> object:
    if isinstance(value, _Ref) and value.number in objects:
        return objects[value.number].value
    return value


def _answered(found: "re.Match[str]", fields: Mapping[str, set[str]]) -> str:
    space, asked, number, fact = found.groups()
    told = {_YES_NO.get(word, "unknown") for word in fields.get(f"q{number}", ())}
    value = next(iter(told)) if len(told) == 1 else "unknown"
    how, where = (_quoted(fields.get(f"q{number}-{part}", ())) for part in ("how", "where"))
    entry = f"{{value: {value}, by: vendor, note: {how}, proof: {where}}}"
    return f"{space}{asked}{space}{fact}: {entry}"


def _quoted(words: "set[str] | tuple[()]") -> str:
    return json.dumps(one_line_cut(" ".join(sorted(words)), LONGEST_NOTE), ensure_ascii=False)
