"""The verdict asked for, in a word and in a few sentences."""

from typing import NamedTuple

from threatmodel.advise import Advice
from threatmodel.assessment import Assessment
from threatmodel.outputs.text import count, listed, one_line, sentence
from threatmodel.policy.guard import Residual
from threatmodel.score.formula import BANDS
from threatmodel.score.result import Score
from threatmodel.threats.finding import Finding
from threatmodel.threats.names import LONGEST_NAME, plain

LINE = 7.0
"""Score from which an agent is High (AIVSS v0.8); the verdict asked for is a yes below it."""

_FROM = f"from {LINE:.1f} on a risk is high"

UNKNOWN = "Not yet", "Too little is known for a decision: the questions below come first."
"""What is said where too little is known for a score."""


class Hanging(NamedTuple):
    """What a yes hangs on besides its conditions."""

    answers: int
    """Open answers of which each alone undoes it."""
    assumed: int
    """Assumptions of which each alone undoes it."""
    ends: tuple[float, ...]
    """What each of them makes of the score."""
    worst: float
    """The score if all that its range is over came out badly."""

    @property
    def clause(self) -> str:
        """What has to be so, as the end of a verdict; empty where a yes stands whatever comes."""
        parts = []
        if self.answers:
            comes = "comes" if self.answers == 1 else "come"
            parts.append(f"{count(self.answers, 'open answer')} {comes} out well")
        if self.assumed:
            holds = "holds" if self.assumed == 1 else "hold"
            parts.append(f"{count(self.assumed, 'assumption')} {holds}")
        if not parts and self.worst >= LINE:
            parts.append("the open answers come out well")
        return f"if {listed(tuple(parts))}" if parts else ""

    @property
    def says(self) -> str:
        """How far they take the score, in a sentence."""
        if not self.ends:
            more = f" No open answer alone takes it there; all of them could: {self.worst:.1f}."
            return more if self.clause else ""
        low, high = min(self.ends), max(self.ends)
        to = f"{low:.1f}" if low == high else f"between {low:.1f} and {high:.1f}"
        if len(self.ends) == 1:
            return f" If it comes out badly, it alone takes it to {to}."
        return f" Any of them that comes out badly takes it to {to}."


def under_conditions(score: Score, advice: Advice, rows: int, hanging: Hanging) -> tuple[str, str]:
    """Ask for a yes under conditions, and say what would undo it."""
    many = count(rows, "condition")
    asks = (
        f"By what is known it scores {score.value:.1f} of 10 today and {advice.value:.1f} under"
        f" {many}; {_FROM}.{hanging.says}"
    )
    clause = hanging.clause
    return f"Yes, under {many}{', ' if clause else ''}{clause}", asks


def not_yet(assessment: Assessment, most: Advice, shown: Advice, rows: int) -> tuple[str, str]:
    """Say that no conditions are enough, what the best of them reach, and what stays."""
    asks = (
        f"It scores {most.today:.1f} of 10 today. Nothing known here brings it below {LINE:.1f},"
        f" where high risk begins; the best of it leaves {most.value:.1f}."
    )
    if rows:
        asks += (
            f" {count(rows, 'measure')} below {'takes' if rows == 1 else 'take'} it from"
            f" {most.severity} to {band_of(shown.value)}, which is no yes either."
        )
    left = next((f for f in assessment.model.findings if f.id == most.stays), None)
    return "Not yet", asks + (f" What it then rests on: {one_line(left.title)}." if left else "")


def as_it_is(score: Score, hanging: Hanging) -> tuple[str, str]:
    """Say yes without a condition, and what would undo it."""
    clause = hanging.clause
    if not clause:
        return "Yes", f"It scores {score.value:.1f} of 10 as it is; {_FROM}."
    return f"Yes, {clause}", (
        f"It scores {score.value:.1f} of 10 by what is known; {_FROM}.{hanging.says}"
    )


def not_as_it_is(value: float, after: Residual | None) -> tuple[str, str]:
    """Say no without a search for conditions."""
    policy = "" if after is None else f", {after.value:.1f} with the recommended policy"
    return "Not as it is", (
        f"It scores {value:.1f} of 10 today{policy}; {_FROM}."
        " Its report lists the conditions for a yes."
    )


def band_of(value: float) -> str:
    """Name the band of a score."""
    return next(name for name, lowest in BANDS if value >= lowest)


def lower_band(today: float, reached: float) -> float | None:
    """Give the line below which a score is in the band that can be reached; None: it is there."""
    above = [float(lowest) for _, lowest in BANDS if reached < lowest <= today]
    return min(above, default=None)


def left_open(advice: Advice) -> str:
    """Say to which members of a system strangers' text still comes under the conditions."""
    names = listed(tuple(plain(one.member, LONGEST_NAME) for one in advice.left))
    return f" Strangers' text still comes to {names} then." if names else ""


def happens(finding: Finding) -> str:
    """Tell one threat as what happens rather than by its name."""
    return sentence(one_line(finding.attack or finding.title))
