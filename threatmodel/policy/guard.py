"""Guards: what a proxy must enforce, before any format."""

from dataclasses import dataclass
from typing import Literal

from threatmodel.scales import Preset, Window

GuardKind = Literal[
    "allow",
    "rate",
    "deny",
    "hide",
    "approval",
    "argument",
    "spend",
    "subject",
    "taint",
    "sequence",
    "pin",
    "schema",
    "repeat",
    "dry-run",
    "default-deny",
    "audit",
]
"""The sixteen kinds of guard."""

Operator = Literal[
    "eq",
    "neq",
    "in",
    "not_in",
    "lt",
    "lte",
    "gt",
    "gte",
    "regex",
    "exists",
    "contains",
    "max_items",
    "under",
    "url_host",
    "host",
    "recipient",
    "statement",
    "public_url",
    "not_named",
    "ref",
    "own_host",
    "name",
    "without_text",
    "free_of",
]
"""How an argument is compared; regular expressions are RE2 without look-around, whole-string.
`under` (a folder of the list), `url_host`, `host`, `recipient` and `statement` compare text with
a list, `public_url`, `not_named` and `ref` with what it must not be, `name` with the shape of
one name, `own_host` with what machines of a private network are called; `formats/text.py` says
how. `without_text`: text in which none of the list stands; `free_of`: text that carries none of
these kinds, which `Shapes.carried` tells by a pattern; of a structure every key and every text
inside it counts, unless it is blank."""

SEARCHED: frozenset[Operator] = frozenset({"without_text", "free_of"})
"""Operators that search a text for a few things, so that it may still say anything else."""

STRUCTURES = frozenset({"object", "array"})
"""JSON types whose values hold others."""

Otherwise = Literal["deny", "approval"]
"""What becomes of a call whose arguments do not pass: refused, or held for a person."""

CallVerdict = Literal["pass", "hold", "refuse"]
"""What becomes of a call: it goes through, waits for a person, is refused."""

Scalar = str | int | float | bool
"""A JSON scalar."""

CALLABLE: frozenset[GuardKind] = frozenset({"allow", "approval", "dry-run"})
"""Kinds under which a call can go through."""

EVERY = "*"
"""The tool of a guard over all tools."""


ITEMS = "[]"
"""Step of a path into every item of an array."""


def key_of(path: tuple[str, ...]) -> str:
    """Give the argument's own name: the last key of its path."""
    return next((key for key in reversed(path) if key != ITEMS), "")


@dataclass(frozen=True, slots=True)
class ArgumentCheck:
    """What one argument must satisfy for the call to pass; a missing argument fails."""

    path: tuple[str, ...]
    """Keys from the root of the arguments; `[]` stands for every item of an array."""
    operator: Operator
    """How it is compared."""
    value: Scalar | tuple[Scalar, ...]
    """What it is compared with."""
    optional: bool = False
    """Whether a call passes in which the argument is missing or null."""
    type: str = "any"
    """JSON type that the schema gives the argument, or its items; `any` where it does not say."""
    absent: bool = False
    """Whether everyday calls leave it out: what a format demands that cannot say "out or fine"."""
    gives_way: bool = False
    """Whether a format that cannot say it rather drops the check than holds everyday calls."""

    @property
    def values(self) -> tuple[Scalar, ...]:
        """What it is compared with, always several."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How much may happen in a window."""

    max: float
    """Largest count or sum."""
    window: Window
    """Length of the window."""
    counter: str
    """Name of the counter; guards of one tool that name the same counter share it."""
    sum_of: tuple[str, ...] = ()
    """Path of what is summed, or of the array whose items count; empty counts calls."""


@dataclass(frozen=True, slots=True)
class Guard:
    """One thing to enforce on one tool."""

    id: str
    """Stable id: kind, `:`, tool, and what tells it apart."""
    kind: GuardKind
    """What it does."""
    tool: str
    """Tool it guards; `*` for all."""
    effect: str
    """Verb and object it answers, such as `delete topic`; empty for set-wide guards."""
    threats: tuple[str, ...]
    """Threat ids it answers."""
    clause: str
    """Policy clause id."""
    says: str
    """What it enforces, in a sentence."""
    message: str
    """What a refused caller reads; names what is allowed."""
    checks: tuple[ArgumentCheck, ...] = ()
    """Argument checks, all of which must hold."""
    limit: RateLimit | None = None
    """Rate or spend limit."""
    after: tuple[str, ...] = ()
    """Tools whose use arms a taint guard, or one of which must come first in a sequence."""
    values: tuple[str, ...] = ()
    """Who may call (subject), or `tool=sha256` of the reviewed definitions (pin)."""
    named: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Tool -> all arguments that its schema names, of tools whose schema names them all; sorted."""
    parameter: str = ""
    """Name of the parameter a person must fill in; empty where the guard is complete."""
    otherwise: Otherwise = "deny"
    """What becomes of a call that does not pass the checks of an argument guard."""
    because: str = ""
    """Why it is there, as the end of a sentence; empty where the threats say it."""
    rule: str = ""
    """Id of the rule it was made by; empty for those that every plan has."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value only a person can know, with a safe default."""

    name: str
    """Name, such as `policy.domains`."""
    says: str
    """What to fill in, and where in the description (`policy:` section)."""
    default: str
    """The safe default in force until then."""
    guards: tuple[str, ...]
    """Guard ids that use it, or that stand in for it until it is filled in."""
    closed: bool = False
    """Whether no call of its kind passes by itself until somebody fills it in."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All guards for one agent."""

    preset: Preset
    """Which of the three it is."""
    guards: tuple[Guard, ...]
    """Sorted by tool, kind, id."""
    parameters: tuple[Parameter, ...]
    """Sorted by name."""
    name: str = "agent"
    """Name of the agent as letters, digits and hyphens, for formats that name their server."""
    servers: tuple[tuple[str, str], ...] = ()
    """Tool name and server, where the description says which server offers it; sorted. Several
    servers may offer a tool of one name, and its guards hold at each."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A guard that a format cannot express as planned."""

    guard: str
    """Guard id."""
    outcome: Literal["weakened", "dropped"]
    """Weakened is only ever towards the stricter side; dropped is not enforced at all."""
    instead: str
    """What happens instead, in a sentence."""
    threats: tuple[str, ...]
    """Threats that this leaves as they were."""
    becomes: GuardKind | Literal[""] = ""
    """Kind that a weakened guard is enforced as instead, such as `deny`; empty for its own."""


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """One plan in one format."""

    format: str
    """Format id, such as `policylayer`."""
    title: str
    """Name of the product for people."""
    file_name: str
    """Customary name of the file."""
    text: str
    """The policy, byte for byte."""
    kept: tuple[str, ...]
    """Guard ids expressed as planned."""
    losses: tuple[Loss, ...]
    """All others, sorted by guard id."""
    notes: tuple[str, ...] = ()
    """What to know when deploying it."""


@dataclass(frozen=True, slots=True)
class Residual:
    """What is left once one format is in force."""

    format: str
    """Format id; empty for the plan itself, if everything were enforced."""
    controls: tuple[str, ...]
    """Control facts credited."""
    open: int
    """Threats of its own still open; what it shares with any agent on its host is not counted."""
    reduced: int
    """Threats of its own reduced."""
    closed: int
    """Threats of its own closed."""
    value: float
    """Headline with the policy in force."""
    severity: str
    """Its band."""
    threat: str
    """Threat of that headline."""
    amended: float | None
    """Amended value where the result is below its own CVSS base."""
    ways_round: tuple[str, ...]
    """Sentences: tools that reach a guarded effect unguarded, and so why it is not credited."""
    condition: str
    """What must hold for all of this, such as no way around the proxy."""
    states: dict[str, str]
    """Threat id -> state with the policy in force."""
    gone: tuple[str, ...] = ()
    """Facts that were known to hold and hold no more, sorted."""
    factors: tuple[tuple[str, float, float], ...] = ()
    """Factor id, value before, value after, of those that moved."""
