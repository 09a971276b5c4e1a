"""What every engine offers to the replay."""

from collections.abc import Callable
from typing import Protocol

from threatmodel.policy.guard import Guard, Window
from threatmodel.policy.proof.calls import Answer, Call


class Session(Protocol):
    """One session of one agent behind one policy, from its first call on."""

    exact: bool
    """Whether an answer names every guard that stops a call, not only one, or the tool's."""

    costly: bool
    """Whether opening one takes so long that calls which are stopped may share one."""

    def call(self, call: Call) -> Answer:
        """Make a call."""

    def fill(self, guard: Guard, amount: float) -> bool:
        """Use up some of a guard's counter at once; False where only calls can."""

    def wait(self, window: Window) -> bool:
        """Let a window go by; False where the clock cannot be moved."""

    def close(self) -> None:
        """End the session."""


Opener = Callable[[], Session]
"""Opens a fresh session behind a policy that was read once."""
