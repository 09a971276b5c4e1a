"""The conditions as steps of a staircase, and what each of the worst cases meets on it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from threatmodel.advise.bound import Row
from threatmodel.advise.choices import Choice
from threatmodel.advise.ends import Ending
from threatmodel.outputs.pages.labels import mark, width
from threatmodel.outputs.text import count, listed, sentence
from threatmodel.rules.advise import Effort
from threatmodel.threats.names import LONGEST_NAME, in_sentence
from threatmodel.threats.names import listed as counted


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

    @property
    def days(self) -> str:
        """What it takes, in words; empty where nothing is to be done."""
        return f"about {count(self.effort, 'day')}" if self.effort else ""


def stair(number: int, says: str, who: str, value: float, band: str) -> Stair:
    """Make one step."""
    return Stair(number, says, who, value, mark(band), width(value))


def climbed(today: Stair, rows: Sequence[Row]) -> Iterator[Stair]:
    """Make a stair of each condition; those that lower nothing alone are joined to the next."""
    before = today.value
    for n, row in enumerate(rows, 1):
        one = stair(n, says_of(row), row.choice.who, row.value, row.severity)
        lower = any(other.value < row.value for other in rows[n:])
        joined = row.value >= before and lower
        yield replace(one, effort=row.effort, joined=joined)
        before = row.value


def capped(last: Stair, asked: Iterable[tuple[Effort, str]]) -> Iterator[Stair]:
    """Make a stair of each limit that nobody has set; none of them lowers a score."""
    for n, (rule, says) in enumerate(asked, last.number + 1):
        yield replace(last, number=n, says=says, who=rule.who, effort=rule.effort)


def says_of(row: Row) -> str:
    """Say what is asked, of the members of a system by name."""
    if not row.members:
        return row.choice.says
    names = counted([in_sentence(one, LONGEST_NAME) for one in row.members])
    return f"{names}: {row.choice.says}"


def numbers_of(rows: Sequence[Row]) -> dict[str, int]:
    """Give the number under which each condition stands."""
    return {one: n for n, row in enumerate(rows, 1) for one in row.ids}


class Stop(NamedTuple):
    """What stops one of the worst cases."""

    says: str
    """Which condition stops it, or that none does; empty where that is not known."""
    more: str = ""
    """What makes it harder, and what would stop it."""


def stop_of(ending: Ending | None, numbers: dict[str, int], *, enough: bool) -> Stop:
    """Say which condition stops one of the worst cases, or that none does.

    `enough` says that the conditions are enough for a yes.
    """
    if ending is None:
        return Stop("")
    noun = "condition" if enough else "measure"
    stopped = f"Stopped by {_numbered(ending.by, numbers, noun)}" if ending.by else ""
    if stopped and not ending.left:
        return Stop(f"{stopped}.")
    accepts = ": a yes accepts it." if enough else "."
    more = _harder(ending, numbers, noun)
    if stopped:
        return Stop(f"{stopped}, but for this:", f"{ending.left}{accepts} {more}")
    return Stop(f"No {noun} here stops this{accepts}", more)


def _harder(ending: Ending, numbers: dict[str, int], noun: str) -> str:
    told = ""
    if ending.hinder:
        who = _numbered(ending.hinder, numbers, noun).removesuffix(" together")
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
    if len(found) == 1:
        return f"{noun} {found[0]}"
    return f"{noun}s {listed(tuple(str(number) for number in found))} together"
