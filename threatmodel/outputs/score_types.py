"""The shape of a score in JSON, of an agent's and of a bare calculation's."""

from pydantic import Field

from threatmodel.outputs.document_types import Document, some_of
from threatmodel.outputs.documents import FACTOR, QUESTION, SCORE
from threatmodel.score.result import CvssPart, FactorLevel, Question, Score


@some_of(CvssPart, *CvssPart._fields)
class CvssShape(Document):
    """The CVSS 4.0 base of the headline."""


@some_of(FactorLevel, *FACTOR)
class FactorShape(Document):
    """One of the ten factors."""


class RangeShape(Document):
    """The headline over the unknown facts."""

    low: float
    """Lowest."""
    high: float
    """Highest."""
    exact: bool
    """False where it is only bounded."""


@some_of(Question, *QUESTION)
class QuestionShape(Document):
    """A question whose answer moves the score."""

    members: list[str] = Field(default_factory=list)
    """Members of a system that it is asked of; left out for one agent."""


@some_of(Score, *SCORE)
class ScoreShape(Document):
    """The headline and everything it is made of."""

    severity: str
    """None, Low, Medium, High or Critical."""
    cvss: CvssShape
    """The base."""
    factors: list[FactorShape]
    """The ten factors in the profile's order."""
    range: RangeShape
    """Over the unknown facts."""
    questions: list[QuestionShape]
    """Those of the range, best first."""
    run_questions: list[QuestionShape]
    """Those about how it is run, which no product can answer; best first."""


# The fields that a bare calculation knows.

_OF_AGENTS = (
    "range", "questions", "run_questions", "threat", "floor", "shared", "as_claimed", "waterfall",
)  # fmt: skip


@some_of(CvssPart, "vector", "base", "basis")
class CalcCvss(Document):
    """The CVSS base of a calculation."""


@some_of(FactorLevel, "id", "name", "value")
class CalcFactor(Document):
    """A factor of a calculation."""


@some_of(Score, *(name for name in SCORE if name not in _OF_AGENTS))
class CalcScore(Document):
    """The fields of a score that a bare calculation knows."""

    severity: str
    """None, Low, Medium, High or Critical."""
    cvss: CalcCvss
    """The base."""
    factors: list[CalcFactor]
    """Empty where only their sum was given."""
