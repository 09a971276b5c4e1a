"""The verdict asked for, in a word and in a few sentences."""

from collections.abc import Sequence
from typing import NamedTuple

from threatmodel.advise import Advice
from threatmodel.assessment import Assessment
from threatmodel.outputs.text import count, one_line, sentence
from threatmodel.policy.guard import Residual
from threatmodel.rules.decision_words import DecisionWords
from threatmodel.score.formula import BANDS, severity
from threatmodel.score.result import Score
from threatmodel.threats.finding import Finding
from threatmodel.threats.names import LONGEST_NAME, in_sentence, joined

LINE = 7.0
"""Score from which an agent is High (AIVSS v0.8); the verdict asked for is a yes below it."""

_FROM = f"from {LINE:.1f} on a risk is high"

UNKNOWN = "Not yet", "Too little is known for a decision: the questions below come first."
"""What is said where too little is known for a score."""


class Hanging(NamedTuple):
    """What a yes hangs on besides its conditions."""

    words: DecisionWords
    confirmations: int
    """How many statements somebody has to confirm."""
    gravest: float
    """Score if the gravest single answer comes out badly; 0 where none undoes the yes."""
    together: float
    """Score if all of those do that undo it."""
    worst: float
    """The score if all that its range is over came out badly."""
    today: float

    @property
    def clause(self) -> str:
        """What a yes is with, besides its conditions; empty where it stands whatever comes."""
        if self.confirmations:
            return count(self.confirmations, self.words.confirmation)
        return "the open answers come out well" if self.worst >= LINE else ""

    @property
    def says(self) -> str:
        """How far they take the score, in a sentence."""
        if not self.confirmations:
            more = f" No open answer alone takes it there; all of them could: {self.worst:.1f}."
            return more if self.clause else ""
        one, every = f"{self.gravest:.1f}", f"{self.together:.1f}"
        told = self.words.alone if one == every else self.words.apart
        over = self.words.over if self.together > self.today else ""
        return f" {told.format(one=one, all=every)}{over}."


def under_conditions(
    score: Score, value: float, days: Sequence[int], hanging: Hanging
) -> tuple[str, str]:
    """Ask for a yes under conditions that take so many days, and say what would undo it."""
    many = count(len(days), "condition")
    asks = (
        f"It scores {score.value:.1f} of 10 today and {value:.1f} under {many}; {_FROM}."
        f"{hanging.says}"
    )
    if len(days) > 1:
        asks += f" {hanging.words.days.format(days=count(sum(days), 'day'))}"
    return f"Yes, under {many}{_joined(hanging, ' and ', ', if ')}", asks


def _joined(hanging: Hanging, confirmed: str, answered: str) -> str:
    """Join what a yes hangs on to it."""
    if not hanging.clause:
        return ""
    return f"{confirmed if hanging.confirmations else answered}{hanging.clause}"


def not_yet(assessment: Assessment, most: Advice, shown: Advice, rows: int) -> tuple[str, str]:
    """Say that no conditions are enough, what the best of them reach, and what stays."""
    asks = (
        f"It scores {most.today:.1f} of 10 today. Nothing known here brings it below {LINE:.1f},"
        f" where high risk begins; the best of it leaves {most.value:.1f}."
    )
    if rows:
        asks += (
            f" {count(rows, 'measure')} below {'takes' if rows == 1 else 'take'} it from"
            f" {most.severity} to {severity(shown.value)}, which is no yes either."
        )
    left = next((f for f in assessment.model.findings if f.id == most.stays), None)
    return "Not yet", asks + (f" What is left then: {happens(left)}" if left else "")


def as_it_is(score: Score, hanging: Hanging) -> tuple[str, str]:
    """Say yes without a condition, and what would undo it."""
    if not hanging.clause:
        return "Yes", f"It scores {score.value:.1f} of 10 as it is; {_FROM}."
    return f"Yes{_joined(hanging, ', with ', ', if ')}", (
        f"It scores {score.value:.1f} of 10 by what is known; {_FROM}.{hanging.says}"
    )


def not_as_it_is(value: float, after: Residual | None) -> tuple[str, str]:
    """Say no without a search for conditions."""
    policy = "" if after is None else f", {after.value:.1f} with the recommended policy"
    return "Not as it is", (
        f"It scores {value:.1f} of 10 today{policy}; {_FROM}."
        " Its report lists the conditions for a yes."
    )


def lower_band(today: float, reached: float) -> float | None:
    """Give the line below which a score is in the band that can be reached; None: it is there."""
    above = [float(lowest) for _, lowest in BANDS if reached < lowest <= today]
    return min(above, default=None)


def left_open(advice: Advice) -> str:
    """Say to which members of a system strangers' text still comes under the conditions."""
    names = joined(tuple(in_sentence(one.member, LONGEST_NAME) for one in advice.left))
    return f" Strangers' text still comes to {names} then." if names else ""


def happens(finding: Finding) -> str:
    """Tell one threat as what happens rather than by its name."""
    return sentence(one_line(finding.attack or finding.title))
