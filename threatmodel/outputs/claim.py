"""What an embed says about a score, with a digest that `aivss verify` checks."""

import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from threatmodel.assessment import Assessment
from threatmodel.errors import slug
from threatmodel.outputs import Options
from threatmodel.outputs.text import cut, one_line

# Embeds have a fixed size, and the digest must be over the name as they show it.
_NAME_LETTERS = 120

FILLS = {
    "None": "#ffffff",
    "Low": "#f3e0ae",
    "Medium": "#e0a030",
    "High": "#b93f1c",
    "Critical": "#6e0f2b",
}
"""Band of a score -> its colour, the mildest first."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A score as an embed carries it."""

    agent: str
    """Name of the agent, on one line, cut when very long."""
    value: float | None
    """Score, 0 to 10; None where nothing is known."""
    band: str
    """Band of the score; empty where nothing is known."""
    low: float
    """Lowest score over the open questions."""
    high: float
    """Highest score over the open questions."""
    profile: str
    date: str
    """ISO date; empty where none is stated."""
    vector: str
    """Canonical vector; recomputing it gives the score."""
    description: str
    """sha256 of the description; empty for an agent made in code."""
    rules: str
    """sha256 of the rules."""
    link: str
    """Address of the rationale."""

    @property
    def fields(self) -> dict[str, str | float | None]:
        """All of the above by name."""
        return {name: getattr(self, name) for name in _NAMES}

    @property
    def digest(self) -> str:
        """The sha256 over the canonical JSON of the fields above."""
        text = json.dumps(self.fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def record(self) -> str:
        """All fields and the digest as JSON, ASCII only."""
        return json.dumps({**self.fields, "digest": self.digest}, ensure_ascii=True)

    @property
    def rank(self) -> int:
        """How grave the band is, 0 to 4."""
        return list(FILLS).index(self.band or "None")

    @property
    def words(self) -> str:
        """The score in words, such as `8.3 High`."""
        return "no data" if self.value is None else f"{self.value:.1f} {self.band}"


_NAMES = tuple(field.name for field in fields(Claim))


def claim_of(assessment: Assessment, options: Options) -> Claim:
    """Say what an embed says about an assessment."""
    score = assessment.score
    known = assessment.enough_known
    return Claim(
        agent=cut(one_line(assessment.agent.name), _NAME_LETTERS),
        value=score.value if known else None,
        band=score.severity if known else "",
        low=score.low,
        high=score.high,
        profile=score.profile,
        date=assessment.date,
        vector=score.vector,
        description=assessment.agent.digest,
        rules=assessment.knowledge.digest,
        link=options.link or f"{slug(assessment.agent.name)}.html",
    )


_SCORE = re.compile(r"\d{1,2}\.\d\s*(?:None|Low|Medium|High|Critical)\b|no data")
_ESCAPED = re.compile(r"\\u00([0-9a-f]{2})")
_TAG = re.compile(r"<[^>]*>")
_TOLD = re.compile(r'(?:aria-label|alt|title)="([^"]*)"')
# Of what is larger, a report, only the headline is the agent's score: its findings have others.
_EMBED_BYTES = 32_768


def shown_otherwise(markup: str, said: Mapping[str, object]) -> str:
    """Tell a score that an embed shows to people and does not carry for programs; else empty.

    `said` are the fields of its claim. Whoever alters one of the two makes the other a witness.
    """
    value, named = said.get("value"), _scores(str(said.get("agent")))
    words = "no data"
    if isinstance(value, int | float):
        # A claim can hold any number, also one too large to be written with a point.
        words = f"{value:.1f} {said.get('band')}" if 0 <= value <= 10 else "no such score"  # noqa: PLR2004 - the scale
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), markup)
    # Tags go before entities are read: a name may hold what looks like one.
    text = html.unescape(" ".join((*_TOLD.findall(plain), _TAG.sub(" ", plain))))
    # "No data" counts where it is what should be shown: sentences may say it of something else.
    found = [
        one for one in _scores(text) if one == words or (one not in named and one != "no data")
    ]
    shown = (found if len(markup) < _EMBED_BYTES else found[:1]) or ["no score"]
    other = next((one for one in shown if one != words), "")
    return f"people read {other}, and programs {words}" if other else ""


def _scores(text: str) -> list[str]:
    return [" ".join(one.split()) for one in _SCORE.findall(text)]


def safe_link(link: str) -> str:
    """Give a link that only leads to a web page: other schemes lead nowhere."""
    head = (
        link.split("/", maxsplit=1)[0].split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].lower()
    )
    return link if ":" not in head or head in ("http:", "https:") else "#"
