"""Calls that are replayed, what is expected of them, and what every engine offers to a replay."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, ClassVar, Literal

from threatmodel.policy.guard import ITEMS, ArgumentCheck, CallVerdict, Guard, Scalar
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
    arguments: Arguments = field(default_factory=dict)
    subject: str = ""
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


# Where the programs that enforce policies are found: in a folder that a person names, or ours.

ENGINES_VARIABLE = "AIVSS_ENGINES"
"""Environment variable that names the folder of engines."""


def engine_file(name: str) -> Path | None:
    """Give a file or folder of an engine; None where it is not at hand.

    Looked for below the folder that `AIVSS_ENGINES` names, else below `build/engines` of a
    checkout, where `sh install.sh --dev` puts them.
    """
    named = os.environ.get(ENGINES_VARIABLE)
    folder = Path(named) if named else Path(__file__).parents[3] / "build" / "engines"
    file = folder / name
    return file if file.exists() else None


def version_of(package: str) -> str:
    """Give the version of an installed package; empty where it is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


# Arguments of calls: everyday ones, and ones that a check lets pass.

_BY_TYPE: dict[str, Any] = {
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "object": {"note": "plain"},
    "array": ["plain"],
    "null": None,
}


def everyday(kind: str, enum: Sequence[str] = ()) -> Any:  # noqa: ANN401 - JSON
    """Give a harmless value of a JSON type."""
    if enum:
        return int(enum[0]) if kind == "integer" and enum[0].isdecimal() else enum[0]
    return _BY_TYPE.get(kind, "plain")


def fitting(check: ArgumentCheck) -> Any:  # noqa: ANN401 - JSON
    """Give a value that the check lets pass."""
    first = check.values[0] if check.values else ""
    if check.operator in ("lte", "gte", "lt", "gt"):
        return _number(check, first)
    if check.operator == "without_text":
        marks = [str(mark) for mark in check.values]
        return next((one for one in _PLAIN if not any(m in one for m in marks)), _PLAIN[-1])
    made = _FITTING.get(check.operator)
    return made(first) if made else first


_PLAIN = ("A plain text", "plain", "7")
"""Harmless texts, from the most telling to the least: which signs a check bars is its own."""

_FITTING: dict[str, Callable[[Scalar], Any]] = {
    "under": lambda root: f"{str(root).rstrip('/')}/notes/today.txt".removeprefix("./"),
    "url_host": lambda host: f"https://{concrete(host)}/a/b?c=1",
    "public_url": lambda _: "https://www.example.com/a/b?c=1",
    "not_named": lambda _: "plain",
    "ref": lambda _: "feature/plain-1",
    "name": lambda _: "plain-1",
    "own_host": lambda _: "192.168.10.15",
    "free_of": lambda _: _PLAIN[1],
    "host": lambda host: concrete(host),  # noqa: PLW0108 - it stands further down
    "recipient": lambda who: f"ann{who}" if str(who).startswith("@") else who,
    "statement": lambda kind: f"{kind} 1",
    "max_items": lambda _: [{"note": "plain"}],
}


def with_value(arguments: dict[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Put a value at a path, into the first item of each array on the way."""
    put: dict[str, Any] = _put(arguments, path, value)
    return put


def without_argument(arguments: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """Leave the argument at a path out, at its outermost key."""
    return {key: value for key, value in arguments.items() if key != path[0]}


def _put(value: Any, path: Sequence[str], leaf: Any) -> Any:  # noqa: ANN401 - JSON
    if not path:
        return leaf
    if path[0] == ITEMS:
        items = value if isinstance(value, list) and value else [None]
        return [_put(items[0], path[1:], leaf), *items[1:]]
    # What is no mapping gives way: a check may speak of keys below a text.
    known = value if isinstance(value, dict) else {}
    return {**known, path[0]: _put(known.get(path[0]), path[1:], leaf)}


def concrete(host: Scalar) -> str:
    """Give a host that a name with a star stands for."""
    return str(host).lower().replace("*.", "files.", 1)


def _number(check: ArgumentCheck, bound: Scalar) -> Any:  # noqa: ANN401 - JSON
    # The bound itself from below, so that it also keeps to a cap of nothing on the same argument.
    least = float(bound) if check.operator == "gte" else min(1.0, float(bound))
    if check.type == "string":
        return format(least, "g")
    return int(least) if least.is_integer() and check.type != "number" else least
