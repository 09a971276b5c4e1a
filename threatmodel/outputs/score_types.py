"""The shape of a score in JSON, of an agent's and of a bare calculation's."""

from pydantic import Field

from threatmodel.outputs.document_types import Document
from threatmodel.score.result import WaterfallTerm


class CvssShape(Document):
    """The CVSS 4.0 base of the headline."""

    vector: str
    """Base vector; empty where only a base was given."""
    base: float
    """0 to 10."""
    basis: str
    """given or derived."""
    derived: float
    """Base of the worst derived path, also where one was given."""
    note: str
    """What to know about it."""


class FactorShape(Document):
    """One of the ten factors."""

    id: str
    """Factor id in the profile."""
    name: str
    """Its name in the profile."""
    value: float
    """0 to 1."""
    low: float
    """Value if every unknown fact of its rules were false."""
    high: float
    """Value if every unknown fact of its rules were true."""
    basis: str
    """given or estimated."""
    by: str
    """Who set it; empty for an estimate."""
    estimate: float
    """What the rules estimate."""
    reasons: list[str]
    """Rationale, or the facts that moved the estimate."""
    facts: list[str]
    """Ids of those facts."""


class RangeShape(Document):
    """The headline over the unknown facts."""

    low: float
    """Lowest."""
    high: float
    """Highest."""
    exact: bool
    """False where it is only bounded."""


class QuestionShape(Document):
    """A question whose answer moves the score."""

    fact: str
    """Fact id."""
    text: str
    """The question."""
    low: float
    """Lowest headline an answer leads to."""
    high: float
    """Highest headline an answer leads to."""
    if_true: float
    """Headline if the answer is yes."""
    if_false: float
    """Headline if the answer is no."""
    threats: list[str]
    """Threats that wait for it."""
    members: list[str] = Field(default_factory=list)
    """Members of a system that it is asked of; left out for one agent."""


class ScoreShape(Document):
    """The headline and everything it is made of."""

    value: float
    """0 to 10, one decimal."""
    severity: str
    """None, Low, Medium, High or Critical."""
    profile: str
    """Profile id."""
    vector: str
    """Canonical vector; `aivss calc --vector` recomputes the value."""
    cvss: CvssShape
    """The base."""
    factors: list[FactorShape]
    """The ten factors in the profile's order."""
    factor_sum: float
    """0 to 10."""
    aars: float
    """Agentic uplift before mitigation."""
    threat_multiplier: float
    """Exploit maturity."""
    mitigation_factor: float
    """What the controls in place take off."""
    range: RangeShape
    """Over the unknown facts."""
    questions: list[QuestionShape]
    """Those of the range, best first."""
    run_questions: list[QuestionShape]
    """Those about how it is run, which no product can answer; best first."""
    threat: str
    """Threat id of the headline; empty where no threat of its own is open."""
    floor: float
    """Highest score among the threats that any agent of this kind shares on its host."""
    shared: list[str]
    """Open threats that are shared so; the headline is over the others."""
    amended: float | None
    """Amended value where the result is below its own base."""
    as_claimed: float | None
    """Headline if unproven vendor statements are believed, where that changes it."""
    waterfall: list[WaterfallTerm]
    """What each term contributes."""
    warnings: list[str]
    """Values off the standard's tables, and the like."""


# The fields that a bare calculation knows.


class CalcCvss(Document):
    """The CVSS base of a calculation."""

    vector: str
    """Base vector; empty where only a base was given."""
    base: float
    """0 to 10."""
    basis: str
    """Always given."""


class CalcFactor(Document):
    """A factor of a calculation."""

    id: str
    """Factor id in the profile."""
    name: str
    """Its name."""
    value: float
    """0 to 1."""


class CalcScore(Document):
    """The fields of a score that a bare calculation knows."""

    value: float
    """0 to 10, one decimal."""
    severity: str
    """None, Low, Medium, High or Critical."""
    profile: str
    """Profile id."""
    vector: str
    """Canonical vector of the inputs."""
    cvss: CalcCvss
    """The base."""
    factors: list[CalcFactor]
    """Empty where only their sum was given."""
    factor_sum: float
    """0 to 10."""
    aars: float
    """Agentic uplift before mitigation."""
    threat_multiplier: float
    """Exploit maturity."""
    mitigation_factor: float
    """What controls take off."""
    amended: float | None
    """Amended value where the result is below its own base."""
    warnings: list[str]
    """What is off the standard's tables."""
