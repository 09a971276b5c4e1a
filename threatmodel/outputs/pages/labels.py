"""The words and style names that reports use for states, bands, classes and flags."""

import re
from collections.abc import Iterable, Iterator

from threatmodel._version import VERSION
from threatmodel.facts.fact import Fact
from threatmodel.rules.advise import WordRule

MADE_WITH = f"aivss {VERSION}"
"""Name and version of this program."""

MARKS = {"none": "none", "low": "low", "medium": "med", "high": "high", "critical": "crit"}
"""Severity or band, lower case -> name in the style sheet."""

STATES = {
    "open_stated": "open",
    "open_assumed": "open",
    "reduced": "reduced",
    "closed": "closed",
    "needs_answer": "to answer",
    "not_applicable": "does not apply",
}
"""State of a threat -> word."""

DECISIONS = {
    "accepted": "accepted",
    "mitigated-elsewhere": "mitigated elsewhere",
    "false-positive": "false positive",
}
"""Decision -> words."""

_OURS = "frameworks"
_RULES = {
    f"{_OURS}/hosts.yaml": "so on its host",
    f"{_OURS}/derivations.yaml": "follows from other facts",
}
"""File of ours that adds facts -> what a reader is told of where they come from."""

KINDS = {
    "agent": "agent",
    "mcp-server": "MCP server",
    "skill": "skill",
    "multi-agent": "group of agents",
    "unknown": "agent or server, kind not stated",
}
"""Kind of agent -> words."""

FORMS = {
    "product": "product, as its vendor ships it",
    "deployment": "deployment, one installation",
    "unknown": "product or deployment: not stated",
}
"""Form -> words."""

FLAGS = {
    "reads_untrusted_content": ("U", "text from outsiders"),
    "touches_private_data": ("P", "private data"),
    "can_exfiltrate": ("S", "can send data out"),
    "runs_code": ("C", "runs code"),
    "admin_or_identity": ("A", "settings and identity"),
}
"""Flag -> letter and words."""

SYMBOLS = {
    "Financial": "◆",
    "Destructive": "▮",
    "Execute": "●",
    "Write": "□",
    "Read": "■",
}
"""Tool class -> mark, a glyph of Marks.ttf."""

PROFILES = {
    "agentic": "agentic",
    "owasp-0.8": "OWASP AIVSS v0.8",
    "owasp-0.8-amended": "OWASP AIVSS v0.8, amended",
    "owasp-0.5": "OWASP AIVSS v0.5",
}
"""Profile -> name; other ids stand for themselves."""

GUARDS = {
    "hide": "Hidden",
    "deny": "Refused",
    "approval": "A person decides",
    "argument": "Arguments checked",
    "spend": "Spend capped",
    "subject": "Callers limited",
    "taint": "Held after outsiders' text",
    "sequence": "Order enforced",
    "dry-run": "Preview only",
    "rate": "Rate limited",
    "repeat": "Repeats stopped",
    "pin": "Definition pinned",
    "schema": "Unnamed arguments refused",
    "audit": "Recorded",
    "default-deny": "All else refused",
    "allow": "Allowed",
}
"""Kind of guard -> heading, in the order of a policy's strictness."""


FAMILIES = {
    "t": "Tools",
    "d": "Data",
    "id": "Keys and rights",
    "in": "Who and what prompts it",
    "au": "Autonomy",
    "m": "Memory",
    "ma": "Other agents",
    "mo": "Model",
    "e": "Ways out",
    "i": "Where it runs",
    "s": "Where it comes from",
    "o": "Watching",
    "b": "Business",
    "k": "Controls in place",
}
"""Family of facts -> what they are about, in the order of the report."""

ACTORS = {
    "outsider-text": "Record",
    "person": "Person",
    "upstream-agent": "Other agent",
    "peer": "Other agent",
    "package": "Package",
    "stranger": "Stranger",
    "own-error": "Model",
    "capability": "Tool",
    "impact": "Harm",
    "L1": "Model",
    "L2": "Data",
    "L3": "Tool call",
    "L4": "System",
    "L5": "Watch",
    "L6": "Rights",
    "L7": "Other side",
    "XL": "Chain",
}
"""Way in, kind of step or layer -> what acts or is acted on in a step of an attack path."""


def mark(word: str | None) -> str:
    """Give the style name of a severity or band."""
    return MARKS.get((word or "none").lower(), "none")


def width(value: float) -> float:
    """Give the length of a score's bar, per cent of the scale."""
    return round(value * 10, 1)


def short_place(place: str, home: str = "") -> str:
    """Shorten `folder/file.yaml:27:3` to `file.yaml:27`, in `home` to `line 27`; pointers stay."""
    file, colon, rest = place.partition(":")
    line = rest.split(":")[0]
    if not colon or not line.isdigit():
        return place
    return f"line {line}" if file == home else f"{file.rsplit('/', 1)[-1]}:{line}"


def seen_at(fact: Fact, home: str) -> str:
    """Say where a fact was seen; of one that our own rules add, which of them did."""
    first = fact.first.place if fact.first else ""
    ours = fact.basis if first.startswith(f"{_OURS}/") else ""
    return _RULES.get(first) or ours or short_place(first, home)


_NAMES = re.compile(r"`[^`]*`|\S*[a-z0-9][-_./][a-z0-9]\S*", re.IGNORECASE)
"""Names of tools and places: what stands in them is no word of the page."""


def said_plainly(texts: Iterable[str], rules: Iterable[WordRule]) -> tuple[tuple[str, str], ...]:
    """Give the words that texts use with what they mean, in the order of the rules."""
    page = " ".join(_NAMES.sub(" ", text) for text in texts)
    return tuple((", ".join(used), rule.means) for rule in rules if (used := [*_used(page, rule)]))


def _used(page: str, rule: WordRule) -> Iterator[str]:
    for word in rule.words:
        if re.search(rf"\b{re.escape(word)}(?:s|es)?\b", page, re.IGNORECASE):
            yield word
