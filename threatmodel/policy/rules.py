"""The rules of frameworks/policy/ as the planner reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.policy.guard import Operator
from threatmodel.rules.advise import AdviseRules
from threatmodel.rules.decode import record
from threatmodel.rules.load import Knowledge, per_rules
from threatmodel.rules.recommended import AccessRule, ArgumentRule, Rate, Shapes, ToolPick

# Which tools a rule is about, and what puts a control in place: picks, covers and credits.


@dataclass(frozen=True, slots=True)
class Pick:
    """Picks tools that fit any of these."""

    classes: frozenset[str]
    """Classes."""

    flags: frozenset[str]
    """Flags."""

    roles: frozenset[str]
    """Roles of arguments."""

    effects: frozenset[str]
    """Verbs of effects."""

    def fits(self, reading: ToolReading) -> bool:
        """Tell whether a tool is picked."""
        return (
            reading.tool_class in self.classes
            or not self.flags.isdisjoint(reading.flags)
            or any(argument.role in self.roles for argument in reading.arguments)
            or any(effect.verb in self.effects for effect in reading.effects)
        )


@dataclass(frozen=True, slots=True)
class Cover:
    """Tools that must be guarded, and how."""

    pick: Pick
    """Which tools."""

    changing: bool
    """Whether only tools that change something count."""

    kinds: frozenset[str]
    """Kinds one of which guards each."""

    arguments: bool
    """Whether each argument of the roles must be guarded."""

    round: str
    """What an unguarded tool can do."""

    def fits(self, reading: ToolReading) -> bool:
        """Tell whether a tool must be guarded."""
        return self.pick.fits(reading) and not (self.changing and reading.tool_class == "Read")


@dataclass(frozen=True, slots=True)
class Credit:
    """A control that guards can put in place."""

    control: str
    """Control id."""

    set_wide: tuple[str, ...]
    """Kinds over all tools that must be in force."""

    covers: tuple[Cover, ...]
    """Tools that must be guarded."""


def pick_of(row: Mapping[str, Any]) -> Pick:
    """Read which tools a rule is about."""
    return Pick(*(frozenset(row.get(key, ())) for key in ("classes", "flags", "roles", "effects")))


def credit_of(row: Mapping[str, Any]) -> Credit:
    """Read what puts a control in place."""
    covers = tuple(_cover(cover) for cover in row.get("covers", ()))
    return Credit(row["control"], tuple(row.get("set_wide", ())), covers)


def _cover(row: Mapping[str, Any]) -> Cover:
    changing, arguments = row.get("changing", False), row.get("arguments", False)
    return Cover(pick_of(row), changing, frozenset(row["kinds"]), arguments, row["round"])


@dataclass(frozen=True, slots=True)
class Access:
    """Whether and how often a tool may be called."""

    access: str
    """allow, hide, deny or approval."""

    rate: Rate | None
    """How often."""

    message: str
    """What a refused caller reads; empty for the kind's."""

    because: str = ""
    """Why, as the end of a sentence; empty where the class says it."""

    rule: str = ""
    """Id of the access rule that decided; empty for the class, a brake or a wish."""


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind of guard in words."""

    clauses: tuple[str, ...]
    """Clauses it answers, its own first."""

    says: str
    """Template of the sentence."""

    message: str
    """Template of the refusal."""


@dataclass(frozen=True, slots=True)
class CheckRule:
    """How an argument is checked."""

    clause: str
    """Clause it answers."""

    operator: Operator
    """How it is compared."""

    allowed: str
    """Template of what is allowed."""


@dataclass(frozen=True, slots=True)
class LimitRule:
    """How a limit on an argument is read."""

    roles: frozenset[str]
    """Roles of the argument; empty fits any."""

    check: CheckRule
    """How it is checked."""

    alternatives: bool
    """Whether the other arguments of the role are bounded with it."""

    required: bool
    """Whether the argument must be given."""


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """Everything in frameworks/policy/."""

    classes: dict[str, Access]
    """Class -> access."""

    brake: Access
    """What a brake gets."""

    needed: Access
    """What a critical tool gets that the purpose needs."""

    access: tuple[AccessRule, ...]
    """What tools get for what they reach; the first that fits."""

    arguments: tuple[ArgumentRule, ...]
    """What arguments may hold; the first that fits."""

    mild_words: frozenset[str]
    """Words of values that keep something back."""

    strong_values: tuple[str, ...]
    """Values of arguments that are final."""

    counted_items: frozenset[str]
    """Roles of arrays whose items count."""

    item_rate: Rate
    """How many items in a window."""

    most_items: dict[str, int]
    """Class -> how many items one call may carry."""

    uncounted: tuple[ToolPick, ...]
    """Tools whose items are the parts of one thing."""

    overall: Rate
    """All calls together."""

    repeat: Rate
    """The same call again."""

    kinds: dict[str, KindWords]
    """Kind -> words."""

    limits: tuple[LimitRule, ...]
    """Limits."""

    values: CheckRule
    """Values by argument name."""

    items: CheckRule
    """Length of an array."""

    taint_sources: frozenset[str]
    """Flags of tools that bring in outsider text."""

    taint_sinks: Pick
    """Tools that it must not reach."""

    taint_also: tuple[ToolPick, ...]
    """Tools that it must not reach, besides."""

    taint_everyday: tuple[ToolPick, ...]
    """Sinks that are not held."""

    taint_exempt: Pick
    """Sinks that are let through where they are sources too."""

    taint_handed: tuple[ToolPick, ...]
    """What else waits where other members hand such text over."""

    taint_handed_within: frozenset[str]
    """Argument rules within which that stays free."""

    sequences: tuple[tuple[frozenset[str], frozenset[str]], ...]
    """Verbs that come first, verbs that wait."""

    inherit_from: frozenset[str]
    """Verbs of tools whose guards are passed on."""

    inherit_to: frozenset[str]
    """Verbs of tools that inherit."""

    inherit_but: frozenset[str]
    """Access rules that are not passed on."""

    condition_threat: str
    """Threat of a way around the proxy."""

    condition_holds: str
    """What is said when it is closed."""

    condition_fails: str
    """What is said when it is open."""

    attended_keep: frozenset[str]
    """Facts that a tool shows although every call of it waits for a person."""

    credits: tuple[Credit, ...]
    """Controls."""

    shapes: Shapes
    """What text may look like."""

    advise: AdviseRules
    """What `aivss advise` may ask for."""


@per_rules
def policy_rules(knowledge: Knowledge) -> PolicyRules:
    """Give the policy rules of the knowledge."""
    return rules_of(knowledge.sections["policy"])


def rules_of(rows: Mapping[str, Any]) -> PolicyRules:
    """Turn packed rows (`policy_rows`) into rules."""
    derived, flow = rows["derived"], rows["taint"]
    return PolicyRules(
        classes={name: record(Access, row) for name, row in rows["classes"].items()},
        brake=record(Access, derived["brake"]),
        needed=record(Access, derived["needed"]),
        access=tuple(record(AccessRule, row) for row in rows["access"]),
        arguments=tuple(record(ArgumentRule, row) for row in rows["arguments_of_effects"]),
        mild_words=frozenset(rows["mild_words"]),
        strong_values=tuple(rows["strong_values"]),
        counted_items=frozenset(derived["counted_items"]),
        item_rate=record(Rate, derived["item_rate"]),
        most_items=derived["most_items"],
        uncounted=tuple(record(ToolPick, row) for row in derived["uncounted"]),
        overall=record(Rate, derived["overall"]),
        repeat=record(Rate, derived["repeat"]),
        kinds={name: record(KindWords, row) for name, row in rows["kinds"].items()},
        limits=tuple(
            record(LimitRule, row, check=record(CheckRule, row)) for row in rows["limits"]
        ),
        values=record(CheckRule, rows["values"]),
        items=record(CheckRule, rows["items"]),
        taint_sources=frozenset(flow["sources"]),
        taint_sinks=pick_of(flow["sinks"]),
        taint_also=tuple(record(ToolPick, row) for row in flow.get("also", ())),
        taint_everyday=tuple(record(ToolPick, row) for row in flow["everyday"]),
        taint_exempt=pick_of(flow["exempt"]),
        taint_handed=tuple(record(ToolPick, row) for row in flow["handed"]["tools"]),
        taint_handed_within=frozenset(flow["handed"]["lifted_by"]),
        sequences=tuple((frozenset(r["first"]), frozenset(r["then"])) for r in rows["sequence"]),
        inherit_from=frozenset(rows["inherit"]["source"]),
        inherit_to=frozenset(rows["inherit"]["to"]),
        inherit_but=frozenset(rows["inherit"]["but"]),
        condition_threat=rows["condition"]["threat"],
        condition_holds=rows["condition"]["holds"],
        condition_fails=rows["condition"]["fails"],
        attended_keep=frozenset(rows["attended_keep"]),
        credits=tuple(credit_of(row) for row in rows["credits"]),
        shapes=record(Shapes, rows["shapes"]),
        advise=record(AdviseRules, rows["advise"]),
    )
