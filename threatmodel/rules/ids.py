"""Ids and closed word lists of the knowledge, as the YAML files spell them."""

import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")

# What is shorter says nothing, and longer texts do not fit the cards of a report.
_SHORTEST, _LONGEST = 3, 1200
Text = Annotated[
    str, StringConstraints(min_length=_SHORTEST, max_length=_LONGEST, strip_whitespace=True)
]
"""Words of this project, never copied from a source."""

FactId = Annotated[str, StringConstraints(pattern=r"^([abd-jl-z]|[a-z]{2})\.[a-z][a-z0-9_]*$")]
"""Id of a fact: family, dot, name, such as `t.delete`."""

ControlId = Annotated[str, StringConstraints(pattern=r"^k\.[a-z][a-z0-9_]*$")]
"""Id of a control, such as `k.rate_limit`."""

CapabilityId = Annotated[str, StringConstraints(pattern=r"^c\.[a-z][a-z0-9_]*$")]
"""Id of a capability, such as `c.send_out`."""

ThreatId = Annotated[str, StringConstraints(pattern=r"^TH-(L[1-7]|XL)-\d\d$")]
"""Id of a threat: its layer and a number that is never given again."""

AnyThreatId = Annotated[
    str, StringConstraints(pattern=r"^TH-(L[1-7]|XL|[A-Z][A-Z0-9]{2,15})-\d\d$")
]
"""Id of a threat, ours or of a pack: there its own name stands in place of the layer."""

MitigationId = Annotated[str, StringConstraints(pattern=r"^mt-[a-z][a-z0-9-]*$")]

ClauseId = Annotated[str, StringConstraints(pattern=r"^pc-[a-z][a-z0-9-]*$")]

ChainId = Annotated[str, StringConstraints(pattern=r"^CH-\d\d$")]

LayerId = Literal["L1", "L2", "L3", "L4", "L5", "L6", "L7", "XL"]
"""The seven MAESTRO layers and the one across them."""

Likelihood = Literal["unlikely", "possible", "likely", "very_likely"]

Entry = Literal["prompt", "content", "peer", "package", "network", "operator", "self"]
"""How an attack begins; `self` needs no attacker, the agent errs."""

Harm = Literal["disclose", "trickle", "reveal", "alter", "destroy", "stop", "spend", "spread"]
"""What it does; `trickle` gives away records a few letters at a time, `reveal` rules and tool names
but no records, `spread` is harm in systems beyond the agent's own tools."""

ProxyLevel = Literal["full", "partial", "detect", "none"]
"""How far a rule on the tool-call path goes against a threat."""

AttackPattern = Literal[
    "compromised-mcp-package",
    "credential-leak-via-errors",
    "indirect-prompt-injection",
    "mcp-rug-pull",
    "mcp-typosquatting",
    "runaway-tool-loops",
    "token-mis-redemption",
    "tool-poisoning",
]
"""The attack patterns that public directories of tool servers name."""

Seen = Literal[
    "annotations", "answers", "auth_block", "card", "config", "docs", "flows", "listing", "probe",
    "product", "runtime", "sbom", "scopes", "tool_count", "tool_schema",
]  # fmt: skip
"""Where a fact can be seen."""


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"named twice: {', '.join(twice)}")
    return values


Names = Annotated[tuple[str, ...], AfterValidator(_distinct)]
"""Ids, each once."""


def _readable(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as fault:
        told = {"fault": str(fault), "hint": "write \\ before a sign that stands for itself: \\("}
        raise PydanticCustomError("pattern", "is no regular expression: {fault}", told) from None
    return pattern


def filled(row: R) -> R:
    """Refuse a rule that leaves empty what it has to say, or says it in another shape."""
    for one in fields(row):
        value = getattr(row, one.name)
        needed = one.init and one.default is MISSING and one.default_factory is MISSING
        if needed and (value in ((), {}) or (isinstance(value, str) and not value.strip())):
            raise ValueError(f"{one.name} must say something")
        holds, must = _SHAPES.get(one.name, _ANY_SHAPE)
        if not holds(value):
            raise ValueError(f"{one.name} {must}")
    return row


def _is_worded(value: str) -> bool:
    return _SHORTEST <= len(value.strip()) <= _LONGEST


_WORDED = (_is_worded, f"must have {_SHORTEST} to {_LONGEST} characters")
_ANY_SHAPE: tuple[Callable[[Any], object], str] = (lambda _: True, "")
_SHAPES: dict[str, tuple[Callable[[Any], object], str]] = {
    "says": _WORDED,
    "name": _WORDED,
    "title": _WORDED,
    "source": _WORDED,
    "url": (re.compile(r"https://\S+").fullmatch, "must begin with https:// and hold no blanks"),
    "steps": (lambda steps: len(steps) > 1, "must be two at least"),
}
"""What fields of one name must hold, in every rule that `filled` checks."""


Pattern = Annotated[str, StringConstraints(min_length=1), AfterValidator(_readable)]
"""A regular expression."""
