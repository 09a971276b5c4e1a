"""One agent as the lists of a catalogue know it; kept between builds, so it is packed."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple


class ThreatSummary(NamedTuple):
    """A threat that is live for an agent, or waits for an answer."""

    id: str
    state: str
    """open, reduced or to answer."""
    severity: str
    """Impact by likelihood; empty where undecided."""
    score: float | None
    """AIVSS of this threat."""


class LayerSummary(NamedTuple):
    """A MAESTRO layer of an agent."""

    id: str
    """L1 to L7, or XL."""
    open: int
    """Threats open or reduced there."""
    worst: str
    """Highest severity among them; empty without any."""
    certain: bool


class ToolSummary(NamedTuple):
    """A tool of an agent."""

    name: str
    """Name as the server lists it."""
    file: str
    """Name of its page without ending."""
    tool_class: str
    """Class of its most dangerous operation."""
    sure: str
    """`1` where the class is more than a guess, else empty."""
    flags: str
    effect: str
    """Most dangerous effect, such as `delete topic`; empty where none was read."""
    fingerprint: str
    """First digits of the sha256 of its definition."""


class ScoreChange(NamedTuple):
    """A change of an agent's score, and what caused it."""

    day: str
    """ISO date of the build that saw it; empty where it had none."""
    before: float | None
    """Score before; None for no data."""
    after: float | None
    """Score after."""
    before_band: str
    """Band before."""
    after_band: str
    """Band after."""
    causes: tuple[str, ...]
    """source, answer, rules, engine."""
    detail: str
    """The same in a sentence."""


class ReplySummary(NamedTuple):
    """How a reply stands."""

    by: str
    """Who replied."""
    kind: str
    """reply or dispute."""
    day: str
    """ISO date of the reply."""
    state: str
    """open, under-review, accepted, declined or withdrawn."""
    deadline: str
    """ISO date; empty without one."""
    late: bool
    """Whether it passed without a decision."""


WAITING = ("open", "under-review")
"""States of a reply in which a deadline runs."""


class Entry(NamedTuple):
    """One agent of a catalogue."""

    id: str
    """Name of its folder below `agents/`."""
    path: str
    """Its description, relative to the folder of descriptions."""
    name: str
    """Name of the agent, on one line."""
    kind: str
    """agent, mcp-server, skill, multi-agent or unknown."""
    summary: str
    """What it is, in a sentence or two; may be cut."""
    vendor: str
    """Who makes it; may be empty."""
    version: str
    """Version; may be empty."""
    tags: tuple[str, ...]
    score: float | None
    """Headline; None where nothing is known."""
    band: str
    """Its band; empty where nothing is known."""
    low: float
    """Lowest headline over the open questions."""
    high: float
    """Highest headline over the open questions."""
    residual: float | None
    """Headline with the policy in force; None without a policy."""
    profile: str
    threat: str
    """Threat of the headline; empty where nothing is open."""
    assessed: str
    """ISO date of the assessment: the description's, else the build that first saw its source."""
    stale_on: str
    """ISO date from which it is stale; empty without a date."""
    stale: bool
    """Whether it was stale at the last build."""
    outdated: str
    """Why the assessment is out of date though not stale; empty where it is not."""
    description: str
    """sha256 of the description's files."""
    rules: str
    """sha256 of the rules."""
    engine: str
    """Version of this program."""
    reviewed: tuple[str, str]
    """Day of the last review, and digest of the tool list as it was then."""
    tool_list: str
    """sha256 over the fingerprints of the tools."""
    facts: str
    """`1`, `0` or `?` for every fact and control, sorted by id."""
    threats: str
    """Live and undecided threats, sorted by id; `threats_of` reads them."""
    layers: str
    """L1 to L7 and XL; `layers_of` reads them."""
    tools: str
    """Tools in the order of the list; `tools_of` reads them."""
    replies: tuple[ReplySummary, ...]
    """Replies, oldest first."""
    history: tuple[ScoreChange, ...]
    """Changes of the score, newest first, at most twenty."""
    inputs: dict[str, tuple[int, int, str]]
    """Files read -> size, time of change in ns, sha256; relative to the folder."""
    setting: str
    """Digest of rules, program, templates and choices that it was made with."""


def entry_of_row(row: list[Any]) -> Entry:
    """Read an entry back from JSON, which is used up; a named tuple is written as a list."""
    row[_TAGS], row[_REVIEWED] = tuple(row[_TAGS]), tuple(row[_REVIEWED])
    row[_REPLIES] = tuple(map(ReplySummary._make, row[_REPLIES]))
    row[_HISTORY] = tuple(map(_moved, row[_HISTORY]))
    return Entry._make(row)


_TAGS, _REVIEWED, _REPLIES, _HISTORY = map(
    Entry._fields.index, ("tags", "reviewed", "replies", "history")
)


def pack_threats(marks: Iterable[ThreatSummary]) -> str:
    """Write threats on one line: codes of state, severity and score sort as a reader expects."""
    return ";".join(f"{code_of(mark)}{mark.id}" for mark in marks)


def code_of(mark: ThreatSummary) -> str:
    """Code state, severity and score in five letters; open, severe and high come first."""
    points = "100" if mark.score is None else f"{100 - round(mark.score * 10):03d}"
    return f"{_STATES[mark.state]}{_SEVERITIES[mark.severity]}{points}"


def mark_of(code: str, id_: str) -> ThreatSummary:
    """Read a code back."""
    score = None if code[0] == "c" else (100 - int(code[2:5])) / 10
    return ThreatSummary(id_, _STATE_WORDS[code[0]], _SEVERITY_WORDS[code[1]], score)


def threats_of(entry: Entry) -> list[ThreatSummary]:
    """Give the live and undecided threats of an agent, by id."""
    return [mark_of(one, one[CODE:]) for one in entry.threats.split(";")] if entry.threats else []


def live_severities(entry: Entry) -> dict[str, int]:
    """Count the live threats of an agent by severity, the worst first."""
    return _severities(entry.threats).copy()


@lru_cache(maxsize=1 << 13)
def _severities(threats: str) -> dict[str, int]:
    """Count once for all lists."""
    text = f";{threats}"
    return {
        word: text.count(f";a{code}") + text.count(f";b{code}")
        for code, word in _SEVERITY_WORDS.items()
        if word
    }


def pack_layers(marks: Iterable[LayerSummary]) -> str:
    """Write layers on one line."""
    return ";".join(
        f"{mark.id} {mark.open} {mark.worst or '-'} {int(mark.certain)}" for mark in marks
    )


def layers_of(entry: Entry) -> list[LayerSummary]:
    """Give the layers of an agent."""
    return [_layer(one) for one in entry.layers.split(";")]


@lru_cache(maxsize=1 << 12)
def _layer(text: str) -> LayerSummary:
    id_, number, worst, certain = text.split(" ")
    return LayerSummary(id_, int(number), "" if worst == "-" else worst, certain == "1")


def pack_tools(marks: Iterable[ToolSummary]) -> str:
    """Write tools one per line; their names have neither tabs nor line breaks."""
    return "\n".join("\t".join((*mark[:3], "1" if mark.sure else "", *mark[4:])) for mark in marks)


def tools_of(entry: Entry) -> list[ToolSummary]:
    """Give the tools of an agent, in the order of its list."""
    if not entry.tools:
        return []
    return [ToolSummary._make(line.split("\t")) for line in entry.tools.split("\n")]


CODE = 5
"""Letters of a threat's code, before its id."""

_STATES = {"open": "a", "reduced": "b", "to answer": "c"}
_SEVERITIES = {"critical": "a", "high": "b", "medium": "c", "low": "d", "": "e"}
_STATE_WORDS = {code: word for word, code in _STATES.items()}
_SEVERITY_WORDS = {code: word for word, code in _SEVERITIES.items()}


def _moved(row: Any) -> ScoreChange:  # noqa: ANN401 - JSON values
    moved = ScoreChange._make(row)
    return moved._replace(causes=tuple(moved.causes))


def is_stale(entry: Entry, day: str) -> bool:
    """Tell whether an entry is stale on a day."""
    return bool(day and entry.stale_on) and day >= entry.stale_on


def is_late(state: str, deadline: str, day: str) -> bool:
    """Tell whether a deadline has passed without a decision."""
    return state in WAITING and bool(deadline) and bool(day) and day > deadline


# What changed between two builds.


class SiteChange(NamedTuple):
    """One change between two builds."""

    day: str
    """ISO date of the build that saw it; empty where it had none."""
    kind: str
    """added, removed, score, outdated, stale, reply or renewed."""
    id: str
    """Id of the agent."""
    name: str
    """Its name."""
    before: float | None
    """Score before; None for no data."""
    after: float | None
    """Score after."""
    causes: tuple[str, ...]
    """Causes of a changed score: source, rules, engine, answer."""
    text: str
    """What changed, in a sentence."""


def read_change(row: list[Any]) -> SiteChange:
    """Read a change back from JSON."""
    change = SiteChange._make(row)
    return change._replace(causes=tuple(change.causes))
