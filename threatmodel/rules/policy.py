"""The policy rules as people write them in frameworks/policy/, file by file, and as packed rows."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from string import Formatter
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field

from threatmodel.errors import AivssError, suggestion
from threatmodel.reading.record import Record
from threatmodel.rules import guards
from threatmodel.rules.advise import AdviseRules
from threatmodel.rules.ids import Text
from threatmodel.rules.recommended import AccessRule, ArgumentRule, Shapes
from threatmodel.scales import ToolClass

R = TypeVar("R")
Hostile = tuple[tuple[str, str | int], ...]
"""What is tried, and the value."""


def _answering(row: R) -> R:
    """Refuse a rule that names no clause that it answers, or no kind of guard that it wants."""
    for one in (row, *getattr(row, "covers", ())):
        for field in ("clauses", "kinds"):
            if getattr(one, field, None) == ():
                raise ValueError(f"{field} must name one at least")
    return row


class ClassesFile(Record):
    """What a tool gets for its class."""

    classes: dict[ToolClass, guards.Access]
    derived: guards.Derived
    """Departures of the recommended preset."""


class KindsFile(Record):
    """All kinds of guard, in words."""

    kinds: dict[str, Annotated[guards.KindWords, AfterValidator(_answering)]]


class ArgumentsFile(Record):
    """Checks of arguments."""

    limits: tuple[guards.LimitRule, ...]
    """Limits, the first that fits."""
    values: guards.CheckRule
    """Values by argument name."""
    items: guards.CheckRule
    """Length of an array."""


class FlowFile(Record):
    """Guards over the order of calls."""

    taint: guards.Taint
    """Outsider text."""
    sequence: tuple[guards.Order, ...]
    inherit: guards.Inherit


class ResidualFile(Record):
    """What a policy in force is credited with."""

    condition: guards.CreditCondition
    """Condition of all credits."""
    attended_keep: tuple[str, ...]
    """Facts that a tool shows although every call of it waits for a person."""
    credits: tuple[Annotated[guards.Credit, AfterValidator(_answering)], ...]


class ClassPageRecord(Record):
    """What a page says about a tool for its class."""

    does: str
    why: Text
    """Why it needs a policy."""


class PageWords(Record):
    """Words of the page about one tool."""

    classes: dict[ToolClass, ClassPageRecord]
    unclear: Text
    """What is said of a tool of which nothing was recognised."""
    depends: Text
    """What is said of a tool whose argument picks the operation."""
    doing: dict[str, str]
    """Canonical verb -> what a tool does to what it acts on."""
    carried: tuple[str, ...]
    """Verbs of `doing` whose object a later effect may name."""
    reading: tuple[str, ...]
    """Verbs of `doing` that are said of tools that only read."""
    either: tuple[str, ...]
    """Verbs of `doing` that are said of these and of others."""
    own: tuple[ToolClass, ...]
    """Classes of tools whose own verb says what they do."""
    plainly: tuple[str, ...]
    """Verbs of tools of other classes whose own verb does."""
    patterns: dict[str, Text]
    """Attack pattern -> what happens."""
    questions: dict[str, str]
    """Question id -> question."""
    answers: dict[str, str]
    """Answer id -> answer."""


class PagesFile(Record):
    """Pages about single tools."""

    pages: PageWords


class RecommendedArgumentsFile(Record):
    """What the recommended preset lets the arguments of tools hold."""

    arguments_of_effects: Annotated[tuple[ArgumentRule, ...], Field(alias="arguments")]
    """The first that fits an argument."""


class RecommendedFile(Record):
    """What the recommended preset asks of tools, and the words that its rows share."""

    access: tuple[AccessRule, ...]
    """The first that fits a tool."""
    graver: tuple[str, ...]
    """Facts beside which no name lets a tool through, unless the row takes or asks for them."""
    mild_words: tuple[str, ...]
    """Words of values that keep something back."""
    strong_values: tuple[str, ...]
    """Values of arguments that are final, whatever the lexicon says of them."""
    short_forms: dict[str, tuple[str, ...]]
    """Phrase -> what names shorten it to."""
    groups: dict[str, tuple[str, ...]]
    """Name -> phrases that several rows list; a row says `@name` for all of them."""


class ShapesFile(Record):
    """What text may look like."""

    shapes: Shapes


_OF_TEXT, _OF_HOST = frozenset(("text", "wide")), frozenset(("host", "fixed", "alike"))
_BLANKS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("in", "not_named", "ref", "statement"), _OF_TEXT),
    **dict.fromkeys(("url_host", "host"), _OF_HOST),
    **dict.fromkeys(("public_url", "name", "own_host", "max_items"), frozenset[str]()),
    "under": frozenset(("root", "folder", "elsewhere")),
    "recipient": frozenset(("known", "ending", "alike")),
}
"""How a check compares -> what `policy.proof.hostile` puts into braces."""


def _fillable(rows: dict[str, Hostile]) -> dict[str, Hostile]:
    """Refuse ways to compare that no check has, and braces that nothing fills."""
    for kind, one in rows.items():
        if kind not in _BLANKS:
            raise ValueError(f"nothing compares by {kind}; one of {', '.join(sorted(_BLANKS))}")
        texts = (value for _, value in one if isinstance(value, str))
        asked = {blank for text in texts for _, blank, *_ in Formatter().parse(text) if blank}
        for blank in sorted(asked - _BLANKS[kind]):
            known = ", ".join(sorted(_BLANKS[kind])) or "nothing"
            raise ValueError(f"{kind} fills in {known}, not {{{blank}}}")
    return rows


class HostileFile(Record):
    """What a replay tries to get past the checks of arguments."""

    hostile: Annotated[dict[str, Hostile], AfterValidator(_fillable)]
    """How a check compares -> what is tried, and the value."""


class AdviseFile(Record):
    """What `aivss advise` may ask for."""

    advise: AdviseRules


FILES: dict[str, type[Record]] = {
    "advise": AdviseFile,
    "arguments": ArgumentsFile,
    "classes": ClassesFile,
    "flow": FlowFile,
    "hostile": HostileFile,
    "kinds": KindsFile,
    "pages": PagesFile,
    "recommended": RecommendedFile,
    "recommended_arguments": RecommendedArgumentsFile,
    "residual": ResidualFile,
    "shapes": ShapesFile,
}
"""File name without ending -> its record."""


def policy_rows(records: Iterable[Record]) -> dict[str, Any]:
    """Pack the files of frameworks/policy/ into JSON values for the compiled file."""
    rows: dict[str, Any] = {}
    for record in records:
        rows |= record.model_dump(mode="json", exclude_defaults=True)
    short = {f" {long} ": forms for long, forms in rows.pop("short_forms", {}).items()}
    groups = rows.pop("groups", {})
    for row in (*rows.get("access", ()), *rows.get("arguments_of_effects", ())):
        for holder, keys in ((row.get("tools", {}), _PHRASES), (row, ("names", "beside"))):
            for key in keys:
                if key in holder:
                    spread = _combined(_spread(holder[key], groups), groups)
                    holder[key] = _with_short_forms(spread, short)
        if "allow" in row:
            row["allow"] = list(_spread(row["allow"], groups))
    _open(rows.get("access", ()), rows.get("arguments_of_effects", ()))
    return rows


_SCREENING = frozenset({"free", "lte", "name", "public_url", "without_text"})
"""Ways to compare that keep hostile content out, and leave it open what a call does."""


def _open(access: Iterable[dict[str, Any]], arguments: Iterable[dict[str, Any]]) -> None:
    """Write out which argument rules open a tool that any bound opens."""
    bounds = [row["id"] for row in arguments if _bounds(row)]
    for row in access:
        if row.pop("bounded", False):
            row["lifted_by"] = [*row.get("lifted_by", ()), *bounds]


def _bounds(argument: dict[str, Any]) -> bool:
    return not argument.pop("screens", False) and argument["operator"] not in _SCREENING


_PHRASES = ("words", "objects", "without", "beside", "not_beside")


def _spread(phrases: Iterable[str], groups: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Put the phrases of a group in the place of its name; `@here` in a text is none.

    `^@name` stands for those that begin a name.
    """
    for phrase in phrases:
        mark, _, name = phrase.rpartition("@")
        group = groups.get(name) if phrase == f"{mark}@{name}" and mark in ("", "^") else None
        yield from (phrase,) if group is None else (f"{mark}{one}" for one in group)


def _combined(phrases: Iterable[str], groups: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Write out what a phrase puts together: `stop|pause @guards$` is each of both with each guard.

    A bar parts the words that may stand in one place, `_` the parts of one of them: `turn_off`.
    """
    for phrase in phrases:
        if "|" not in phrase and " @" not in phrase:
            yield phrase
            continue
        begin = phrase[:1] if phrase[:1] in "=^" else ""
        end = "$" if phrase.endswith("$") else ""
        places = (
            groups[place[1:]] if place[:1] == "@" else place.split("|")
            for place in phrase.strip("=^$").split()
        )
        for words in product(*places):
            plain = " ".join(word.strip("=^$") for word in words)
            yield f"{begin}{plain.replace('_', ' ')}{end}"


def _with_short_forms(phrases: Iterable[str], short: Mapping[str, Iterable[str]]) -> list[str]:
    """Add to phrases how names shorten them, so that no run has to."""
    found: dict[str, None] = {}
    for phrase in phrases:
        found[phrase] = None
        plain = phrase.strip("=$^")
        for long, forms in short.items():
            if long in f" {plain} ":
                for form in forms:
                    short_one = f" {plain} ".replace(long, f" {form} ").strip()
                    found[phrase.replace(plain, short_one)] = None
    return list(found)


def record_of(file_name: str) -> type[Record]:
    """Give the record of a file of frameworks/policy/; AivssError for one that has none."""
    name = file_name.removesuffix(".yaml")
    if name not in FILES:
        says = f"frameworks/policy/{file_name} is no file of policy rules"
        raise AivssError(says, hint=suggestion(name, FILES))
    return FILES[name]
