"""What the policy does when it is a condition, in plain words, and what nobody has stated yet."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from threatmodel.advise import Advice
from threatmodel.assessment import Assessment
from threatmodel.classify.result import ToolReading
from threatmodel.description.overrides import Limit, PolicyWishes
from threatmodel.outputs.text import count, listed
from threatmodel.policy.guard import EVERY, Guard, RateLimit
from threatmodel.policy.rules import policy_rules
from threatmodel.threats.names import LONGEST_NAME, named, plain

_NAMED = 3
_SLOW = ("hour", "day")
"""Windows whose limit says how much work the calls are for whoever approves them."""

_DANGER = ("Read", "Write", "Execute", "Destructive", "Financial")
_OPEN = {
    "policy.recipients": "To whom may it write?",
    "policy.domains": "Which hosts may it call?",
}
"""Parameter without which no call of its kind passes -> what somebody has to say."""

_ONLY = {
    "topics": "topics",
    "paths": "folders",
    "domains": "hosts",
    "recipients": "addresses that it writes to",
    "statements": "kinds of statement",
    "subjects": "callers",
}
"""List of the description -> what it names."""


@dataclass(frozen=True, slots=True)
class Holds:
    """What becomes of the tools under the policy."""

    number: int
    """Number of the condition that the policy is."""
    lines: tuple[tuple[str, str], ...]
    """What it does, in a word, and to which tools."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The agents behind one policy, and what becomes of their tools under the conditions."""

    agents: tuple[Assessment, ...]
    hidden: tuple[str, ...]
    slowed: tuple[str, ...]
    """Tools of which every call waits for a person."""

    @property
    def readings(self) -> list[ToolReading]:
        """Every tool, the most dangerous first."""
        found = (reading for one in self.agents for reading in one.readings)
        return sorted(found, key=lambda r: (-_DANGER.index(r.tool_class), -len(r.flags), r.name))

    @property
    def guards(self) -> Iterator[Guard]:
        """Every guard."""
        return (guard for one in self.agents for guard in one.plan.guards)

    @property
    def wishes(self) -> Iterator[PolicyWishes]:
        """What their descriptions say of limits."""
        return (one.agent.policy for one in self.agents if one.agent.policy is not None)

    def ranked(self, names: Iterable[str]) -> tuple[str, ...]:
        """Put the most dangerous tools first."""
        some = frozenset(names)
        return tuple(dict.fromkeys(r.name for r in self.readings if r.name in some))

    @property
    def free(self) -> tuple[str, ...]:
        """Tools that can be called without a person."""
        held = {*self.hidden, *self.slowed}
        return self.ranked(r.name for r in self.readings if r.name not in held)

    @property
    def idle(self) -> str:
        """What is wished for and names nothing that is there, as the plans say it."""
        found = (p for one in self.agents for p in one.plan.parameters if not p.guards)
        return " ".join(p.says for p in found if p.name in ("policy.limits", "policy.values"))

    def guarded(self, kind: str, otherwise: str = "") -> tuple[str, ...]:
        """Name the free tools with a guard of a kind."""
        found = (g.tool for g in self.guards if g.kind == kind and otherwise in ("", g.otherwise))
        return tuple(one for one in self.ranked(found) if one in self.free)


def behind(agents: Sequence[Assessment], advice: Advice) -> Behind:
    """Take the agents that the policy stands in front of."""
    return Behind(tuple(agents), tuple(advice.hidden), tuple(advice.slowed))


def holds_of(number: int, tools: Behind) -> Holds:
    """Say in a few lines what the policy hides, holds and lets pass."""
    lines = [
        ("Hides", _hides(tools)),
        ("Asks a person", _asks(tools)),
        ("Lets pass", _passes(tools)),
        ("Limits stated", _limits(tools)),
    ]
    return Holds(number, tuple((label, text) for label, text in lines if text))


def _hides(tools: Behind) -> str:
    hidden = tools.ranked(tools.hidden)
    if not hidden:
        return ""
    them = "it" if len(hidden) == 1 else "them"
    return f"{some(hidden)}: the model does not see {them} and cannot call {them}."


def _asks(tools: Behind) -> str:
    slowed, others = tools.ranked(tools.slowed), []
    if unusual := tools.guarded("argument", "approval"):
        others.append(f"{_some_of(unusual)} where a value is out of bounds")
    if after := tools.guarded("taint"):
        others.append(f"{some(after)} once the model has read what strangers wrote")
    whole = f"{some(slowed)}: each call waits until a person says yes." if slowed else ""
    also = f"{'Also ' if slowed else ''}{', and '.join(others)}." if others else ""
    return f"{whole} {also}".strip()


def _passes(tools: Behind) -> str:
    free = tools.free
    if not free:
        return ""
    whole = next((g.limit for g in tools.guards if g.kind == "rate" and g.tool == EVERY), None)
    most = f", at most {_rate(whole)} in all" if whole and len(tools.agents) == 1 else ""
    refused = " A value outside its bounds is refused." if tools.guarded("argument", "deny") else ""
    return f"{_some_of(free)} without asking{most}.{refused}"


def _limits(tools: Behind) -> str:
    told = [text for wishes in tools.wishes for text in _stated(wishes, tools.idle)]
    more = len(told) - _NAMED * 2
    shown = (*told[: _NAMED * 2], f"{more} more") if more > 0 else tuple(told)
    return f"{listed(shown)}." if shown else ""


def _stated(wishes: PolicyWishes, idle: str) -> Iterator[str]:
    yield from (_limit(one) for one in wishes.limits if not _is_idle(one, idle))
    for name, values in wishes.values.items():
        if f"`{name}`" not in idle:
            yield f"{named(name)} only {_values(values)}"
    for field, what in _ONLY.items():
        if values := getattr(wishes, field):
            yield f"{what}: only {_values(values)}"


def _is_idle(limit: Limit, idle: str) -> bool:
    """Tell whether a limit names no tool, or no argument of it, that is there."""
    missing = f"`{limit.tool}` has no argument `{limit.argument}`"
    return f"`{limit.tool}` is not a tool" in idle or missing in idle


def _limit(limit: Limit) -> str:
    most = f"{limit.max.normalize():,f}"
    if limit.argument is None:
        return f"{named(limit.tool)} at most {most} times {_window(limit.window)}"
    return f"{named(limit.argument)} of {named(limit.tool)} at most {most} {_window(limit.window)}"


def _window(window: str) -> str:
    return {"call": "in one call", "hour": "an hour"}.get(window, f"a {window}")


def _values(values: Sequence[str]) -> str:
    shown = tuple(plain(one, LONGEST_NAME) for one in values[:_NAMED])
    more = len(values) - len(shown)
    return listed((*shown, f"{more} more") if more else shown, "or")


def _rate(limit: RateLimit) -> str:
    return f"{count(int(limit.max), 'call')} {_window(limit.window)}"


def some(names: Sequence[str]) -> str:
    """Name the first tools, and count the others."""
    first = tuple(named(name) for name in names[:_NAMED])
    more = len(names) - len(first)
    return listed((*first, f"{more} more") if more else first)


def _some_of(names: Sequence[str]) -> str:
    """Count tools, the first ones by name."""
    if len(names) <= _NAMED:
        return some(names)
    return f"{len(names)} tools, {some(names[:_NAMED])} among them,"


def unsaid(tools: Behind, number: int) -> Iterator[str]:
    """Ask for what no description says, and what decides how much the conditions are worth.

    `number` is the condition that the policy is; 0 where it is none.
    """
    if number:
        yield from _of_policy(tools, number)
    yield from _of_amounts(tools)
    if any(one.agent.credentials in (None, "unknown") for one in tools.agents):
        yield "With which key or account does it sign in? Not stated."
    yield "Who owns the risk, and until when does a yes hold? To be written beside the signature."


def _of_policy(tools: Behind, number: int) -> Iterator[str]:
    open_ones = {p.name for one in tools.agents for p in one.plan.parameters if p.closed}
    if tools.slowed or tools.guarded("argument", "approval") or tools.guarded("taint"):
        yield (
            f"Who approves, for condition {number}? Nobody is named; until somebody is, the calls"
            f" that wait stay refused. How many wait in a day is not known either{_caps(tools)}."
        )
    for name, asks in _OPEN.items():
        if name in open_ones:
            yield f"{asks} Not stated; until it is, no such call passes by itself."


def _caps(tools: Behind) -> str:
    """Say how many of the calls that wait the policy lets through at most."""
    caps = [
        f"{named(g.tool)} at most {_rate(g.limit)}"
        for g in tools.guards
        if g.kind == "rate" and g.tool in tools.slowed and g.limit and g.limit.window in _SLOW
    ]
    return f"; the policy lets {listed(tuple(caps[:_NAMED]))} through" if caps else ""


def _of_amounts(tools: Behind) -> Iterator[str]:
    """Name the tools of which a limit decides, and none is stated."""
    rules = policy_rules(tools.agents[0].knowledge).advise
    counted = [
        reading.name
        for reading in tools.readings
        if reading.name not in tools.hidden
        and not reading.brake
        and any(fact in rules.amounts for fact, _ in reading.traits)
    ]
    daily = {g.tool for g in tools.guards if g.kind == "spend"}
    limits = [limit for wishes in tools.wishes for limit in wishes.limits]
    stated = [limit for limit in limits if not _is_idle(limit, tools.idle)]
    daily |= {limit.tool for limit in stated if limit.window != "call"}
    once = {limit.tool for limit in stated} - daily
    if bare := tuple(name for name in dict.fromkeys(counted) if name not in daily | once):
        yield f"How much at most, for {some(bare)}? No limit is stated."
    if often := tuple(name for name in dict.fromkeys(counted) if name in once):
        yield f"How much in a day, for {some(often)}? A limit is stated for a single call alone."
