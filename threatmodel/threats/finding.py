"""One threat as it stands for an agent, and what that rests on."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self

from threatmodel.scales import Priority, Severity, State
from threatmodel.score.cvss_derive import MetricReason


class Grounds(NamedTuple):
    """What a finding rests on."""

    because: tuple[str, ...]
    """Facts that made the condition true, false or undecided."""
    controls: tuple[str, ...]
    """Control facts that hold and close or reduce it."""
    missing: tuple[str, ...]
    """Control facts that would close or reduce it and do not hold."""
    tools: tuple[str, ...]
    """Names of the tools it abuses, in tool order."""


FindingText = Literal["text", "attack"]


@dataclass(frozen=True)
class Finding:
    """One threat as it stands for this agent; `not_applicable` ones are kept, they explain.

    What it rests on and its words are made when they are first asked for: most pages show a few of
    the findings.
    """

    id: str
    """Threat id, such as `TH-L2-06`."""
    finding: str
    """Stable finding id: slug of the agent's name, `/`, threat id."""
    layer: str
    """Home layer, `L1` to `L7` or `XL`."""
    also: tuple[str, ...]
    """Other layers it touches."""
    title: str
    """What goes wrong, in a few words."""
    state: State
    """How it stands."""
    severity: Severity | None
    """AIVSS band of its score; None without a score, and for a score of 0."""
    priority: Priority | None
    """What to do about it, by impact and likelihood; None unless open or reduced."""
    shared: bool
    """Whether any agent of this kind on its host has it, whatever its own tools are."""
    ground: Callable[[], Grounds] = field(repr=False, compare=False)
    """Works out what it rests on."""
    say: Callable[[FindingText, Grounds], str] = field(repr=False, compare=False)
    """Words `text` or `attack` from what it rests on."""
    check: str
    """Question for a reviewer."""
    false_positives: str
    """When this would be a false alarm."""
    mitigations: tuple[str, ...]
    """Mitigation ids, most useful first."""
    refs: dict[str, tuple[str, ...]]
    """Namespace with version -> ids."""
    certain: bool
    """Whether its deciding facts are observed, stated or derived; assumed ones widen the range."""
    mitigation_factor: float
    """1.0, 0.83 or 0.67, from the controls."""
    vector: str
    """Derived CVSS 4.0 base vector; empty where the threat does not apply."""
    metrics: tuple[MetricReason, ...]
    """Reason for each metric of the vector."""
    base: float | None
    """CVSS base of the vector."""
    score: float | None
    """AIVSS of this threat; None unless open or reduced."""
    decision: str = ""
    """`accepted`, `mitigated-elsewhere` or `false-positive`, where a reviewer decided."""
    member: str = ""
    """Member of a system in whose place it is worst; empty for what stands alone."""

    @classmethod
    def waiting(cls, known: dict[str, Any]) -> Self:
        """Make one of some fields; `_fill` is what gives the others, and what that is given.

        They are made once one of them is asked for: an agent has ninety findings, and most of them
        are only counted by how they stand.
        """
        one = cls.__new__(cls)
        object.__setattr__(one, "__dict__", known)
        return one

    @property
    def because(self) -> tuple[str, ...]:
        """Facts that made the condition true, false or undecided."""
        return self._grounds.because

    @property
    def controls(self) -> tuple[str, ...]:
        """Control facts that hold and close or reduce it."""
        return self._grounds.controls

    @property
    def missing(self) -> tuple[str, ...]:
        """Control facts that would close or reduce it and do not hold."""
        return self._grounds.missing

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools it abuses, in tool order."""
        return self._grounds.tools

    @property
    def questions(self) -> tuple[str, ...]:
        """Fact ids that would decide it."""
        return self.because if self.state == "needs_answer" else ()

    @cached_property
    def text(self) -> str:
        """What it means for this agent, in its own tools, data and credentials."""
        return self.say("text", self._grounds)

    @cached_property
    def attack(self) -> str:
        """What a successful attack would look like here, in a sentence; empty where undecided."""
        return self.say("attack", self._grounds)

    @cached_property
    def _grounds(self) -> Grounds:
        return self.ground()

    @property
    def band(self) -> str:
        """AIVSS band of the score as the standard spells it; empty without a score."""
        return (self.severity or "none").capitalize() if self.score is not None else ""


class _Waiting:
    """A field that is not there yet; it fills in all that wait, and steps aside."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, one: Finding | None, owner: type) -> Any:  # noqa: ANN401 - whatever the field holds
        if one is None:
            raise AttributeError(f"a field of each {owner.__name__}, not of the class: {self.name}")
        known = vars(one)
        fill, given = known["_fill"]
        known |= fill(*given)
        return known[self.name]


for _field in fields(Finding):
    if _field.default is MISSING:
        setattr(Finding, _field.name, _Waiting(_field.name))
