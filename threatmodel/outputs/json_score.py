"""The shape of the score in JSON; JSON Schemas are made from it."""

from threatmodel.outputs.document import Document
from threatmodel.score.headline import WaterfallTerm


class SourceShape(Document):
    """Where something in the description comes from."""

    name: str
    """Title of the document, package or page."""

    url: str | None
    """Address, never fetched."""

    version: str | None
    """Version or date that was read."""


class AgentShape(Document):
    """Which agent was assessed."""

    name: str
    """Its name."""

    kind: str
    """agent, mcp-server, skill, multi-agent or unknown."""

    form: str
    """product, deployment or unknown."""

    version: str | None
    """Version that was looked at."""

    vendor: str | None
    """Who makes it."""

    summary: str | None
    """What it is."""

    tags: list[str]
    """Words to find it by."""

    date: str | None
    """Day of the assessment, ISO."""

    digest: str
    """sha256 of the description's files; empty for an agent made in code."""

    sources: list[SourceShape]
    """What the description was made from."""


class MadeAgentShape(AgentShape):
    """Which agent was assessed, by which program and rules."""

    aivss: str
    """Version of the program."""

    rules: str
    """Version of the rules."""

    rules_digest: str
    """sha256 of the rules."""


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
    """Best first."""

    threat: str
    """Threat id of the headline; empty where nothing is open."""

    amended: float | None
    """Amended value where the result is below its own base."""

    as_claimed: float | None
    """Headline if unproven vendor statements are believed, where that changes it."""

    waterfall: list[WaterfallTerm]
    """What each term contributes."""

    warnings: list[str]
    """Values off the standard's tables, and the like."""
