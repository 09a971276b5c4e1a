"""Calls that are replayed, and what is expected of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from threatmodel.policy.guard import CallVerdict, Guard
from threatmodel.scales import Window

Arguments = Mapping[str, Any]
"""Arguments of a call: JSON values."""

SECONDS: dict[Window, int] = {"minute": 60, "hour": 3600, "day": 86400}
"""Length of each window."""


def next_window(now: int, window: Window) -> int:
    """Give the second at which the next window begins: counters start again on the clock's edge."""
    return (now // SECONDS[window] + 1) * SECONDS[window]


def same_json(value: object, other: object) -> bool:
    """Compare JSON values as JSON does: in Python true is 1, in JSON it is not."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    return value == other


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call and what the proxy knows about it."""

    tool: str
    """Tool name."""
    arguments: Arguments = field(default_factory=dict)
    subject: str = ""
    """Who calls."""
    approved: bool = False
    """Whether a person said yes to it."""
    definition: str = ""
    """sha256 of the tool's definition as listed now; the reviewed one where empty."""
    after: Window | None = None
    """A window that goes by before the call."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What became of a call."""

    verdict: CallVerdict
    """Whether it went through."""
    by: tuple[str, ...] = ()
    """Guards that stopped it, where the engine tells."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Usage that went before, as if so many calls had been made."""

    guard: str
    """Guard whose counter is filled."""
    amount: float
    """Count or sum used up."""


@dataclass(frozen=True, slots=True)
class ReplayCase:
    """Some ways to make a call; the last call of each is judged."""

    guard: str
    """Guard it is about; a path's id where it is about an attack path."""
    says: str
    """What it tries."""
    expects: Literal["pass", "stop"]
    """`pass`: one of the ways goes through. `stop`: none does."""
    ways: tuple[tuple[Call, ...], ...]
    """The ways, each a list of calls in one fresh session."""
    fill: Fill | None = None
    """Usage before the calls."""
    armed: bool = False
    """Whether the calls before the last must go through for the last to mean anything."""
    named: bool = False
    """Whether a guard of the tool must be told as the one that stopped it."""


# What every engine offers to the replay.


class Session(ABC):
    """One session of one agent behind one policy, from its first call on."""

    __slots__ = ()

    exact: ClassVar[bool] = False
    """Whether an answer names every guard that stops a call, not only one, or the tool's."""
    costly: ClassVar[bool] = False
    """Whether opening one takes so long that calls which are stopped may share one."""

    @abstractmethod
    def call(self, call: Call) -> CallOutcome:
        """Make a call."""

    def fill(self, guard: Guard, amount: float) -> bool:
        """Use up some of a guard's counter at once; False where only calls can."""
        del guard, amount
        return False

    def wait(self, window: Window) -> bool:
        """Let a window go by; False where the clock cannot be moved."""
        del window
        return False

    def close(self) -> None:
        """End the session; most have nothing to end."""
        return


Opener = Callable[[], Session]
"""Opens a fresh session behind a policy that was read once."""
