"""The closed language of sentences: placeholders, agreement and optional parts, read and packed.

- `{tools}`: a placeholder; `{tools:t.delete}` with an argument
- `{#removes|remove}`: agrees with the placeholder before it: one, many
- `{tools#removes|remove}`: agrees with a named placeholder
- `[ with {credential}]`: left out where something in it is not known
- `[{data}|its data]`: the first alternative that is known; nothing where none is
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from threatmodel.errors import meant

_TOKEN = re.compile(
    r"\{(?P<put>[^{}\[\]]*)\}|(?P<sign>[\[\]|])|(?P<stray>[{}])|(?P<text>[^{}\[\]|]+)"
)
_PUT = re.compile(
    r"(?P<name>[a-z_.]+)?(?::(?P<argument>[\w.]+))?(?:#(?P<one>[^|#]*)\|(?P<many>[^|#]*))?"
)

# Alternatives inside alternatives: a pack of strangers must not nest until Python gives up.
_DEEPEST = 8

Packed = list[Any]
"""Parts as JSON: a text, `["put", name, argument]`, `["agree", name, argument, one, many]` or
`["maybe", parts, parts, ...]`."""


class TemplateError(ValueError):
    """A template cannot be read."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Say what is wrong and what to write instead."""
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message, self.hint = message, hint


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The placeholders that a template may use."""

    plain: frozenset[str]
    """Names without an argument."""
    with_argument: Mapping[str, frozenset[str]]
    """Names with an argument -> the arguments."""
    always: frozenset[str]
    """Names that have words whatever is known."""

    def check(self, name: str, argument: str) -> None:
        """Refuse what is not known; TemplateError with the nearest known one."""
        if not argument:
            self._refuse(name, self.plain, "placeholder")
            return
        self._refuse(name, self.with_argument, "placeholder with an argument")
        self._refuse(argument, self.with_argument[name], f"argument of {name}")

    def _refuse(self, name: str, known: Collection[str], what: str) -> None:
        if name not in known:
            raise TemplateError(f"unknown {what} '{name}'", meant(name, known))


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read."""

    parts: Packed
    names: frozenset[str]
    """Placeholders outside brackets."""


def parse_template(text: str, known: Placeholders) -> Template:
    """Read a template; TemplateError where it cannot be read or names what is not known."""
    parts = _Reader(_tokens(text), known).parts(closing="")
    outside = frozenset(
        part[1] for part in parts if isinstance(part, list) and part[0] in ("put", "agree")
    )
    return Template(parts, outside)


@dataclass(slots=True)
class _Reader:
    """Recursive descent over the tokens; it exists for one reading."""

    tokens: Iterator[tuple[str, str]]
    known: Placeholders
    last: tuple[str, str] = ("", "")
    depth: int = 0
    ended_by: str = field(default="", init=False)

    def parts(self, closing: str) -> Packed:
        found: Packed = []
        for kind, text in self.tokens:
            if kind == "text":
                found.append(text)
            elif kind == "put":
                found.append(self._put(text))
            elif text == "[":
                found.append(self._maybe())
            elif text in closing:
                self.ended_by = text
                return found
            else:
                raise TemplateError(f"'{text}' stands alone")
        if closing:
            raise TemplateError("'[' is never closed", "close it with ]")
        return found

    def _maybe(self) -> Packed:
        options: Packed = ["maybe"]
        self.depth += 1
        if self.depth > _DEEPEST:
            raise TemplateError("brackets are nested too deeply", "write a variant instead")
        before = self.last
        self.ended_by = "|"
        while self.ended_by == "|":
            self.last = before
            options.append(self.parts(closing="|]"))
        self.depth -= 1
        self.last = before
        return options

    def _put(self, text: str) -> Packed:
        found = _PUT.fullmatch(text)
        if not found or not text:
            raise TemplateError(f"'{{{text}}}' is no placeholder")
        name, argument, one, many = found.group("name", "argument", "one", "many")
        of = (name, argument or "") if name else self.last
        if not of[0]:
            raise TemplateError(f"'{{{text}}}' agrees with nothing that stands before it")
        self.known.check(*of)
        if one is not None:
            return ["agree", *of, one, many]
        self.last = of
        return ["put", *of]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind == "stray":
            raise TemplateError(f"'{found.group()}' stands alone")
        yield kind, str(found.group(kind))
