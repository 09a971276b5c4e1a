"""The verdict asked for, in a word and in a few sentences."""

from collections.abc import Sequence
from decimal import Decimal
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

_FROM = f"high risk begins at {LINE:.1f}"

YES, CONDITIONS, CONFIRMED = "Yes", "Yes, with conditions", "Yes, once confirmed"
NOT_YET, NOT_BARE = "Not yet", "Not without conditions"
"""The verdicts, in the words that stand out. What each needs is said in the sentences after it."""

UNKNOWN = (
    f"{NOT_YET}: too little is known",
    "Nobody can decide on this before the questions below are answered.",
)
"""What is said where too little is known for a score."""


class Hanging(NamedTuple):
    """What a yes hangs on besides its conditions."""

    words: DecisionWords
    confirmations: int
    """How many statements somebody has to confirm."""
    gravest: float
    """Score if the gravest single statement is not so; 0 where none undoes the yes."""
    together: float
    """Score if none of them is."""
    worst: float
    """The score if all that its range is over came out badly."""
    blank: bool = False
    """Whether somebody fills in besides what nobody has stated."""

    def starts(self, conditions: int) -> str:
        """Say what it takes until it may be used, as the end of a sentence; empty: nothing."""
        words = self.words
        parts = (
            _counted(conditions, words.met, words.all_met),
            _counted(self.confirmations, words.ticked, words.all_ticked),
            words.blank if self.blank else "",
        )
        return joined(tuple(filter(None, parts)))

    def assumes(self, scores: int) -> str:
        """Say what so many scores take for true, and how far they rise where it is not so."""
        if not self.confirmations:
            more = f" {self.words.open.format(line=LINE, all=self.worst)}"
            return more if self.worst >= LINE else ""
        words, one = self.words, self.confirmations == 1
        told = words.alone if one else words.apart
        which = words.both_scores if scores > 1 else words.one_score
        return f" {which} {told.format(one=self.gravest, all=self.together)}"


def _counted(many: int, one: str, several: str) -> str:
    return one if many == 1 else several.format(many=many) if many else ""


def _risk(band: str) -> str:
    return "no risk" if band == severity(Decimal(0)) else f"a {band.lower()} risk"


def under_conditions(
    score: Score, value: float, days: Sequence[int], hanging: Hanging
) -> tuple[str, str]:
    """Ask for a yes under conditions that take so many days; say what is so today, what then."""
    asks = (
        f"Today it scores {score.value:.1f} of 10, {_risk(score.severity)} ({_FROM}),"
        f" and may not be used. It may be used once {hanging.starts(len(days))}; it then scores"
        f" {value:.1f}.{hanging.assumes(2)}"
    )
    if len(days) > 1:
        asks += f" {hanging.words.days.format(days=count(sum(days), 'day'))}"
    return CONDITIONS, asks


def not_yet(assessment: Assessment, most: Advice, shown: Advice, rows: int) -> tuple[str, str]:
    """Say that no conditions are enough, what the best of them reach, and what stays."""
    asks = (
        f"Today it scores {most.today:.1f} of 10, {_risk(most.severity)}. Nothing known"
        f" here brings it below {LINE:.1f}, where high risk begins; the best of it leaves"
        f" {most.value:.1f}."
    )
    if rows:
        asks += (
            f" {count(rows, 'measure')} below {'takes' if rows == 1 else 'take'} it from"
            f" {most.severity} to {severity(shown.value)}, which is no yes either."
        )
    left = next((f for f in assessment.model.findings if f.id == most.stays), None)
    return NOT_YET, asks + (f" What is left then: {happens(left)}" if left else "")


def as_it_is(score: Score, hanging: Hanging) -> tuple[str, str]:
    """Say yes without a condition; say what is so today, and what the yes needs."""
    asks = f"Today it scores {score.value:.1f} of 10, {_risk(score.severity)} ({_FROM})."
    if needs := hanging.starts(0):
        asks += f" It may be used once {needs}."
    return CONFIRMED if hanging.confirmations else YES, f"{asks}{hanging.assumes(1)}"


def not_as_it_is(value: float, after: Residual | None) -> tuple[str, str]:
    """Say that there is no yes today, without a search for conditions."""
    policy = "" if after is None else f", {after.value:.1f} with the recommended policy"
    return NOT_BARE, (
        f"Today it scores {value:.1f} of 10{policy} ({_FROM}), and may not be used."
        " Its report says under which conditions it may be, if any are known."
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
