"""Arguments of a tool and the role each plays, read from its JSON Schema however broken."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from threatmodel.classify.cues import compiled
from threatmodel.classify.result import Argument
from threatmodel.classify.rules import ClassRules
from threatmodel.classify.schema import Property, enum_of, nodes
from threatmodel.classify.words import is_version, split_name

# What a tool is about is said at once; further down stand remarks about single arguments.
_LEAD = 300
# Bounded, as a definition comes from a server; no honest argument needs more to say what it is.
_READ_CHARACTERS = 1000
# Sections about arguments stand at the end of long descriptions, so that more is read for them.
_LONGEST = 6000
_BY_TOOL = frozenset(("sql", "output_path"))  # roles that the tool's own description can settle
_OPEN = frozenset(("other", "recipient", "file_path"))
_NAMED_ALIKE = frozenset(("secret",))  # and roles that it can take from a name: a market's token
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
_METHOD = re.compile(rf"\b(?:{'|'.join(sorted(_METHODS))})\b")
_METHOD_NAMES = frozenset(("method", "verb"))
_ASKED_FOR = frozenset(("path", "endpoint", "url", "uri", "route", "api_path", "apipath"))
"""Names of the argument that says what a request asks for."""
_SENT_ALONG = frozenset(("body", "headers", "payload", "json_body", "query_params"))
"""Names of what only a request takes along."""
_REQUEST = re.compile(r"\b(?:requests?|endpoints?|rest|https?)\b", re.IGNORECASE)
# `name (type): what it is`, as docstrings of Python and lists in Markdown have it.
_DOC_LINE = re.compile(
    r"^\s*(?:[-*•]\s*)?[`\"']?([A-Za-z_][\w.]{0,40})[`\"']?\s*(?:\([^)\n]{0,80}\))?\s*[:\-–—]\s*(\S.*)$",
    re.MULTILINE,
)
_ARGS = re.compile(
    r"(?im)^\s*(?:#+\s*|\*\*)?(?:args|arguments|parameters|params|inputs?)\b[^\n]{0,20}$|(?:args|arguments|parameters):"
)

# The name must end the line or be followed by a colon, dash or bracket: prose in a list is no name.
_BULLET = re.compile(
    r"^[ \t]*[-*•][ \t]*[`\"']?([A-Za-z][\w-]{2,60})[`\"']?(?=[ \t]*(?:$|[(:–—-]))", re.MULTILINE
)
_FEWEST = 3  # bullets that make a list of operations: two may be two remarks
_MOST = 80

_NAMED_SO = ("arg", "param", "nput")
"""Parts of the words that begin such a section."""


class ArgumentText(NamedTuple):
    """An argument with the text that describes it; `Argument` says what the other fields hold."""

    path: tuple[str, ...]
    role: str
    """Its role, told more finely than policies need."""
    known_role: str
    """Its role as policies know it."""
    type: str
    required: bool
    is_array: bool
    enum: tuple[str, ...]
    text: str
    meanings: tuple[str, ...] = ()

    @property
    def pointer(self) -> str:
        """Place inside the definition."""
        return "inputSchema.properties." + ".".join(self.path)

    @property
    def key(self) -> str:
        """Its own name, cut to 120 characters."""
        return _key(self.path)[:120]

    @property
    def argument(self) -> Argument:
        """The argument as readings give it."""
        kept = self.path, self.known_role, self.type, self.required, self.is_array
        return Argument(*kept, self.enum, self.meanings)


def read_arguments(
    schema: Mapping[str, Any] | None, description: str | None, rules: ClassRules
) -> tuple[ArgumentText, ...]:
    """Read all arguments, nested ones after the one that holds them."""
    if not isinstance(schema, dict):
        return ()
    about = description or ""
    docs = _documented(about)
    seen = tuple(_seen(node, docs, about, rules) for node in nodes(schema))
    return tuple(_method_of(_beside_its_own(one, seen, rules), seen, about) for one in seen)


def _method_of(one: ArgumentText, seen: Iterable[ArgumentText], about: str) -> ArgumentText:
    """Tell the method of a request from an operation: beside it stands what is asked for."""
    if one.role != "operation" or one.enum or one.key.lower() not in _METHOD_NAMES:
        return one
    names = {other.key.lower() for other in seen}
    said = set(_METHOD.findall(one.text[:_READ_CHARACTERS] or about[:_READ_CHARACTERS]))
    requests = names & _SENT_ALONG or _REQUEST.search(about[:_LEAD])
    if names & _ASKED_FOR and (len(said) > 1 or (not one.text and requests)):
        return one._replace(role="http_method", known_role="http_method")
    return one


def _beside_its_own(
    one: ArgumentText, seen: Iterable[ArgumentText], rules: ClassRules
) -> ArgumentText:
    """Leave out what only mentions the statement that another argument is named after."""
    if one.role not in _BY_TOOL or _named(one.key, one.type, rules) in _BY_TOOL:
        return one
    named = any(_named(other.key, other.type, rules) == one.role for other in seen)
    return one._replace(role="other", known_role="other") if named else one


def _seen(node: Property, docs: Mapping[str, str], about: str, rules: ClassRules) -> ArgumentText:
    key = _key(node.path)
    text = str(node.schema.get("description") or docs.get(key.lower(), ""))
    kind, enum = node.type, enum_of(node.schema) or _switched(node, text)
    role = _named(key, kind, rules)
    if role == "operation" and node.required and not enum and kind == "string":
        enum = _operations(about, rules)
    meanings: tuple[str, ...] = ()
    if enum:
        meanings = _meant(enum, f"{text}\n{about[:_READ_CHARACTERS]}")
        role = _picked(_named(key, "string", rules) if meanings else role, enum, rules)
    elif text:
        role = _settled(role, kind, text[:_READ_CHARACTERS], rules)
    elif role != "other" or node.required:
        # What the tool is about says little of an argument that it can do without.
        # Of an argument that is named for no role, its own name tells together with the tool.
        said = f"{key}: {about[:_LEAD]}" if role in _OPEN else about[:_LEAD]
        settled = _settled(role, kind, said, rules)
        # A name alone may be one to look for; what is called a path is one.
        sifts = settled == "other" and key.endswith("name")
        role = settled if sifts or settled in _BY_TOOL or role in _NAMED_ALIKE else role
    known = rules.wider.get(role, role)
    kept = node.path, role, known, kind, node.required, node.is_array, enum, text
    return ArgumentText(*kept, meanings)


_SWITCHES = re.compile(
    r"\b0\s*(?:/|or|,)\s*1\b|\b1\s*(?:=|:)\s*(?:yes|true|on|force|override|skip|delete)\b"
    r"|\b1 (?:overrides?|forces?|enables?|skips?|deletes?"
    r"|to (?:override|force|enable|skip|delete|ignore|bypass))\b"
)


def _switched(node: Property, text: str) -> tuple[str, ...]:
    """Give the two values of an integer that is a switch by its bounds or its description."""
    if node.type != "integer":
        return ()
    bounds = node.schema.get("minimum"), node.schema.get("maximum")
    is_switch = bounds == (0, 1) or bool(_SWITCHES.search(text[:_READ_CHARACTERS].lower()))
    return ("0", "1") if is_switch else ()


_LONGEST_CODE = 2
_CODED = (
    r"(?<!\w){code}(?!\w)[`'\"]?\s*(?:=|:|->|-|–|—|\(|means\b|for\b)\s*"
    r"[`'\"]?([a-z]+(?:[ _-][a-z]+){{0,2}})"
)
"""How a description says what a code stands for: `1 = peek`, `d (delete)`."""


def _meant(enum: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Give what each allowed value stands for; nothing unless all are codes that are explained."""
    if not enum or any(len(one) > _LONGEST_CODE for one in enum):
        return ()
    found = (re.search(_CODED.format(code=re.escape(one)), text, re.IGNORECASE) for one in enum)
    words = tuple(match[1] for match in found if match)
    return words if len(words) == len(enum) else ()


def _operations(description: str, rules: ClassRules) -> tuple[str, ...]:
    """List the operations that a description spells out point by point, each with a verb ahead."""
    named = dict.fromkeys(_BULLET.findall(description[:_LONGEST]))
    found = tuple(one for one in named if split_name(one)[:1] and split_name(one)[0] in rules.verbs)
    return found[:_MOST] if len(found) >= _FEWEST else ()


def _picked(role: str, enum: tuple[str, ...], rules: ClassRules) -> str:
    """Give the role of an argument that takes one of a few values: no path, and no command line."""
    if _METHODS.issuperset(enum) and "POST" in enum:
        return "http_method"
    if role == "command":
        return "operation"
    return "other" if rules.wider.get(role, role) == "path" else role


def _key(path: tuple[str, ...]) -> str:
    if path and path[-1] != "[]":
        return path[-1]  # nearly all
    return next((part for part in reversed(path) if part != "[]"), "")


def _settled(role: str, kind: str, text: str, rules: ClassRules) -> str:
    """Let a description settle the role that a name leaves open."""
    if kind not in {"string", "any"} or role not in rules.settles:
        return role
    return _by_text(role, text.lower(), rules)


@lru_cache(maxsize=8192)
def _by_text(role: str, text: str, rules: ClassRules) -> str:
    settles = rules.settles[role]
    if not compiled(settles.near).search(text):
        return role
    for settle in settles.rows:
        if compiled(settle.near).search(text) and compiled(settle.says).search(text):
            if settle.unless and compiled(settle.unless).search(text):
                continue
            return settle.role
    return role


@lru_cache(maxsize=8192)
def _named(key: str, kind: str, rules: ClassRules) -> str:
    words = tuple(word for word in split_name(key) if not is_version(word))
    for role in rules.names.get(words, ()):
        if kind in role.types or kind == "any":
            return role.id
    for length in (3, 2, 1):
        if len(words) > length:
            for role in rules.ends.get(words[-length:], ()):
                if kind in role.types or kind == "any":
                    return role.id
    return "other"


def _documented(description: str) -> dict[str, str]:
    """Read what an `Args:` section of the description says about each argument."""
    lower = description.lower()
    named = any(part in lower for part in _NAMED_SO)  # a tenth of what the pattern takes
    start = _ARGS.search(description) if named else None
    if start is None:
        return {}
    return {
        name.lower(): text
        for name, text in _DOC_LINE.findall(description[start.end() :][:_LONGEST])
    }
