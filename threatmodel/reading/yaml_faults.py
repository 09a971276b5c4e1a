"""Plain words for what the YAML parser refuses; loaded only for files that it refuses."""

from yaml.error import MarkedYAMLError, YAMLError

from threatmodel.errors import InvalidFileError, Location
from threatmodel.reading.positions import at_mark

_NEIGHBOURS = "line it up with its neighbours; nothing can follow a closing quote or bracket"
_ESCAPES = (
    r"in double quotes a backslash is written \\; in single quotes it stands for itself;"
    " other characters can stand as they are"
)
_WORDINGS: tuple[tuple[str, str, str], ...] = (
    ("tab character", "a tab stands where spaces belong", "indent with spaces"),
    (
        "mapping values are not allowed",
        "a colon cannot begin a value here",
        'put a text that holds ": " in quotes; check the indentation here and of the line above',
    ),
    (
        "entries are not allowed",
        "a list cannot begin here",
        'put its first "- " on a line of its own',
    ),
    ("'-' indicator", "this is not an item of the list above", 'begin it with "- " or unindent it'),
    ("expected key", "this does not fit the lines above", _NEIGHBOURS),
    ("<block end>", "this does not fit the lines above", _NEIGHBOURS),
    ("node content", "a value belongs here", "put a text that begins like this in quotes"),
    ("<document start>", "the file has ended before this", "remove it, or a bracket too many"),
    ("escape", "this escape is unknown", _ESCAPES),
    ("hexdecimal", "this escape is unknown", _ESCAPES),
    (
        "alphabetic or numeric",
        "a text cannot begin with & or *",
        "put it in quotes; anchors and aliases are not supported",
    ),
    (
        "line break",
        "nothing can follow the sign of a text block on its line",
        "begin the text on the next line",
    ),
    ("tag handle", "tags (!name) are not supported", "remove the tag, or put the text in quotes"),
    ("incompatible YAML", "this version of YAML cannot be read", "remove the %YAML line"),
    ("directive", "this % line has no meaning here", "remove it, or put the text in quotes"),
)
_LEFT_OPEN: tuple[tuple[str, str, str], ...] = (
    ("',' or ']'", "this list is not closed, or lacks a comma", "close it with ]"),
    ("',' or '}'", "this mapping is not closed, or lacks a comma", "close it with }"),
    ("unexpected", "this quote is not closed", "close it with the same quote"),
    (
        "expected ':'",
        "this line is neither `key: value` nor a list item",
        "add a colon and a space after the key; indent the line if it continues a text",
    ),
)


def syntax_fault(
    fault: YAMLError | ValueError | OverflowError, text: str, name: str
) -> InvalidFileError:
    """Word what the parser says; what is left open is shown where it was opened."""
    if not isinstance(fault, MarkedYAMLError) or not fault.problem or not fault.problem_mark:
        return InvalidFileError(f"the file is not YAML: {fault}", Location(name))
    where = at_mark(name, fault.problem_mark)
    for part, message, hint in _LEFT_OPEN:
        if part in fault.problem and fault.context_mark:
            stop = f" (reading stopped at {where.line}:{where.column})"
            return InvalidFileError(message, at_mark(name, fault.context_mark), hint + stop)
    if "cannot start any token" in fault.problem:
        return _strange_start(text, where)
    for part, message, hint in _WORDINGS:
        if part in fault.problem:
            return InvalidFileError(message, where, hint)
    return InvalidFileError(f"the file is not YAML: {fault.problem}", where)


def _strange_start(text: str, where: Location) -> InvalidFileError:
    line = text.splitlines()[where.line - 1]
    character = line[where.column - 1 : where.column]
    if character == "\t":
        return InvalidFileError("a tab stands where spaces belong", where, "indent with spaces")
    return InvalidFileError(
        f"a text cannot begin with {character}", where, "put the text in quotes"
    )
