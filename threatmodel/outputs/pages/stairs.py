"""The conditions as steps of a staircase, and what each of the worst cases meets on it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from threatmodel.advise.binding import SharedStep
from threatmodel.advise.choices import Choice, is_policy
from threatmodel.advise.endings import Ending
from threatmodel.outputs.pages.labels import mark, width
from threatmodel.outputs.text import count, sentence
from threatmodel.rules.decision_words import DecisionWords
from threatmodel.threats.names import LONGEST_NAME, in_sentence, joined, listed


@dataclass(frozen=True, slots=True)
class Stair:
    """One condition as a step of the staircase."""

    number: int
    """1 for what is best met first."""
    says: str
    who: str
    value: float
    """Score once it and all before it hold."""
    style: str
    """Style name of that score's band."""
    width: float
    """Length of its bar, per cent of the scale."""
    effort: int = 0
    """Working days; 0 where nothing is to be done."""
    joined: bool = False
    """Whether it lowers the score only together with the next one."""
    why: str = ""
    """Why it is asked for although it lowers no score; empty where it lowers one."""

    @property
    def days(self) -> str:
        """What it takes, in words; empty where nothing is to be done."""
        return f"about {count(self.effort, 'day')}" if self.effort else ""


def stair(number: int, says: str, who: str, value: float, band: str) -> Stair:
    """Make one step."""
    return Stair(number, says, who, value, mark(band), width(value))


def climbed(today: Stair, rows: Sequence[SharedStep]) -> Iterator[Stair]:
    """Make a stair of each condition; those that lower nothing alone are joined to the next."""
    before = today.value
    for n, row in enumerate(rows, 1):
        one = stair(n, says_of(row), row.choice.who, row.value, row.severity)
        lower = any(other.value < row.value for other in rows[n:])
        joined = row.value >= before and lower
        yield replace(one, effort=row.effort, joined=joined)
        before = row.value


def says_of(row: SharedStep) -> str:
    """Say what is asked, of the members of a system by name."""
    if not row.members:
        return row.choice.says
    names = listed([in_sentence(one, LONGEST_NAME) for one in row.members])
    return f"{names}: {row.choice.says}"


def numbers_of(rows: Sequence[SharedStep]) -> dict[str, int]:
    """Give the number under which each condition stands."""
    return {one: n for n, row in enumerate(rows, 1) for one in row.ids}


class Stop(NamedTuple):
    """What stops one of the worst cases."""

    says: str
    """Whether it is stopped or asked of a person, and by which condition; or that it is not."""
    more: str = ""
    """What makes it harder, and what would stop it."""


def stop_of(
    ending: Ending | None, numbers: dict[str, int], words: DecisionWords, *, enough: bool
) -> Stop:
    """Say which condition stops one of the worst cases or has a person asked, or that none does.

    `enough` says that the conditions are enough for a yes.
    """
    if ending is None:
        return Stop("")
    noun = "condition" if enough else "measure"
    accepts = words.accepted if enough else ""
    more = _harder(ending, numbers, noun)
    if not ending.by:
        return Stop(f"{words.not_stopped}{accepts}.", more)
    stopped = f"{words.asked_of if ending.asked else words.stopped} {_by(ending, numbers, noun)}"
    if not ending.left:
        return Stop(f"{stopped}.")
    return Stop(f"{stopped}, {words.but}", f"{ending.left}{accepts}. {more}".strip())


def _by(ending: Ending, numbers: dict[str, int], noun: str) -> str:
    """Name what stops it; the policy by what it is, as that is one of the conditions too."""
    policy = next((one for one in ending.by if is_policy(one)), None)
    others = [one for one in ending.by if one != policy]
    if policy is None or policy not in numbers:
        return f"by {_numbered(ending.by, numbers, noun)}"
    told = f"by the policy ({noun} {numbers[policy]})"
    return f"{told} and {_numbered(others, numbers, noun)}" if others else told


def _harder(ending: Ending, numbers: dict[str, int], noun: str) -> str:
    told = ""
    if ending.hinder:
        who = _numbered(ending.hinder, numbers, noun)
        told = f"{sentence(who)[:-1]} {'make' if ' and ' in who else 'makes'} it harder. "
    if ending.besides is not None:
        told += _cure("What would stop it", ending.besides)
    elif ending.eases is not None:
        more = "still harder" if ending.hinder else "harder"
        told += _cure(f"What would make it {more}", ending.eases)
    return told.strip()


def _cure(does: str, choice: Choice) -> str:
    days = count(choice.effort, "day")
    return f"{does}, about {days} of the {choice.who}: {choice.says}"


def _numbered(ids: Iterable[str], numbers: dict[str, int], noun: str) -> str:
    found = sorted({numbers[one] for one in ids if one in numbers})
    return f"{noun}{'s' if len(found) > 1 else ''} {joined(tuple(map(str, found)))}"
