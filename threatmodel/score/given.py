"""What a person fixed of the score, held to the profile and to the CVSS standard."""

from decimal import Decimal

from threatmodel.description.agent import Agent
from threatmodel.description.given import GivenFactor, GivenScores
from threatmodel.errors import AivssError
from threatmodel.score.cvss_base import CvssBase, read_base
from threatmodel.score.engine import Terms
from threatmodel.score.profiles import Profile

CONTRADICTION = "contradiction:cvss"
"""Id of the finding that a given base is lower than the derived one."""


def terms_of(agent: Agent, profile: Profile) -> Terms:
    """Read the given parts of the score; AivssError where one contradicts itself or a standard."""
    given = agent.scores or GivenScores()
    factors = {
        name: value.value if isinstance(value, GivenFactor) else value
        for name, value in given.factors.items()
    }
    decided = any(decision.finding == CONTRADICTION for decision in agent.decisions)
    return Terms(
        factors=factors,
        cvss=_given_base(given),
        stands=decided,
        threat_multiplier=_threat_multiplier(given, profile),
        mitigation_factor=given.mitigation_factor,
    )


def _given_base(given: GivenScores) -> CvssBase | None:
    if given.cvss is None:
        return None
    if given.cvss.vector:
        return read_base(given.cvss.vector, given.cvss.base)
    if given.cvss.base is None:
        return None
    if not given.cvss.rationale:
        raise AivssError(
            "scores.cvss: a base without a vector needs a rationale",
            hint="say why in `rationale`, or give the CVSS 4.0 vector instead",
        )
    return read_base(str(given.cvss.base))


def _threat_multiplier(given: GivenScores, profile: Profile) -> Decimal:
    if given.threat_multiplier is not None:
        return given.threat_multiplier
    if given.exploit_maturity in (None, "unknown"):
        return profile.threat_multiplier.default
    return profile.threat_multiplier.value(str(given.exploit_maturity))
