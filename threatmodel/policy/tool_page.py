"""Everything about one tool: its risk, why it needs a policy, the block, and how to enforce it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from threatmodel.classify.classify import load_class_rules
from threatmodel.classify.result import ToolReading
from threatmodel.classify.spoken import third_person
from threatmodel.classify.words import singular, spelt, split_name
from threatmodel.description.agent import Agent
from threatmodel.errors import AivssError, meant
from threatmodel.policy.formats import FORMATS, compile_policy
from threatmodel.policy.guard import CompiledPolicy
from threatmodel.policy.plan import only
from threatmodel.policy.residual import Rescorable
from threatmodel.rules.load import Knowledge
from threatmodel.threats.names import joined
from threatmodel.threats.things import told_effects

_MOST_SIMILAR = 5
BLOCK = "policylayer"
"""The format whose block a page of a tool shows."""


class Assessed(Rescorable, Protocol):
    """An assessed agent, as far as a page looks at it."""

    @property
    def agent(self) -> Agent:
        """As described."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A published attack pattern that abuses the tool."""

    id: str
    """Its name in public directories."""
    says: str
    """What happens, in a sentence."""
    threats: tuple[str, ...]
    """Open threats of this agent that it belongs to."""

    @property
    def title(self) -> str:
        """Its name as people write it."""
        first, *others = ("MCP" if word == "mcp" else word for word in self.id.split("-"))
        return " ".join((f"{first[0].upper()}{first[1:]}", *others))


@dataclass(frozen=True, slots=True)
class Enforced:
    """The tool's block in one format."""

    policy: CompiledPolicy
    """The policy for this tool alone."""
    how: str
    """Where it goes."""


@dataclass(frozen=True, slots=True)
class FrequentQuestion:
    """A frequent question and its answer."""

    question: str
    answer: str
    """The answer, taken from the block where it says."""


@dataclass(frozen=True, slots=True)
class ToolPage:
    """The page about one tool."""

    name: str
    server: str
    """Server that offers it; the agent's own name where nothing else is known."""
    tool_class: str
    """Class of its most dangerous operation."""
    risk: str
    confidence: float
    """How sure the class is, 0 to 1."""
    flags: tuple[str, ...]
    """Sorted flags."""
    signals: tuple[str, ...]
    """Short phrases a reader can act on."""
    does: str
    why: str
    """Why it needs a policy."""
    guards: tuple[str, ...]
    """What the policy enforces on it, a sentence each."""
    patterns: tuple[Pattern, ...]
    """Attack patterns that abuse it."""
    threats: tuple[str, ...]
    """Open threats that abuse it, by score."""
    block: str
    """The hosted block for this tool alone."""
    formats: tuple[Enforced, ...]
    """The block in every format."""
    similar: tuple[str, ...]
    """Tools of the agent that do much the same, most alike first."""
    questions: tuple[FrequentQuestion, ...]


def tool_page(assessed: Assessed, name: str) -> ToolPage:
    """Write the page about one tool; raises AivssError for a tool that the agent lacks."""
    reading = _reading(assessed.readings, name)
    words: Mapping[str, Any] = assessed.knowledge.sections["policy"]["pages"]
    plan = only(assessed.plan, name)
    formats = tuple(
        Enforced(compile_policy(kind, plan, assessed.readings), known.place)
        for kind, known in FORMATS.items()
    )
    block = next(one.policy.text for one in formats if one.policy.format == BLOCK)
    abused = [finding for finding in assessed.model.live if name in finding.tools]
    threats = tuple(finding.id for finding in abused)
    page = words["classes"][reading.told_class]
    server = _server(assessed.agent, name)
    does = in_words(reading, words, descriptions(assessed.agent).get(name, ""))
    return ToolPage(
        name=name,
        server=server,
        tool_class=reading.tool_class,
        risk=reading.risk,
        confidence=reading.confidence,
        flags=reading.flags,
        signals=reading.signals,
        does=does,
        why=page["why"],
        guards=tuple(guard.says for guard in plan.guards if guard.tool == name),
        patterns=tuple(patterns_of(threats, assessed.knowledge)),
        threats=threats,
        block=block,
        formats=formats,
        similar=_similar(reading, assessed.readings),
        questions=tuple(common_questions(reading, server, does, json.loads(block), words)),
    )


def descriptions(agent: Agent) -> dict[str, str]:
    """Give what is written of each tool by its name; of several of one name the first."""
    return {one.name: one.description or "" for one in reversed(agent.known_tools)}


_NAMED_WORDS, _OWN_WORDS = 2, 3
_JOINING = frozenset(("and", "by", "if", "is", "not", "or", "that"))
"""Words of a thing that was cut out of a longer sentence."""


def in_words(reading: ToolReading, words: Mapping[str, Any], text: str) -> str:
    """Say what one tool does: to what it acts on where that is named, else what its class means.

    `text` is its description, which shows how things are spelt. Of several operations among which a
    call chooses, the worst is told as one of them.
    """
    name, picked = " ".join(reading.name.split()), _picked(reading)
    if not picked:
        return _said(reading, name, words, text)
    worst = _said(reading, "it", words, text)
    return str(words["depends"].format(tool=name, argument=picked, values=worst))


def _picked(reading: ToolReading) -> str:
    """Name the argument that picks the operation, where its values decide the class."""
    place = "" if reading.tool_class == "Read" else next((c.pointer for c in reading.evidence), "")
    tops = (one for one in reading.arguments if len(one.path) == 1 and one.role == "operation")
    return next((one.path[0] for one in tops if place.endswith(f".{one.path[0]}")), "")


def _said(reading: ToolReading, name: str, words: Mapping[str, Any], text: str) -> str:
    verb, *to = reading.does or ("",)
    plainly = reading.told_class in words["own"] or _leads(reading) in words["plainly"]
    if verb and plainly and len(" ".join(to).split()) <= _OWN_WORDS:
        return " ".join((name, third_person(verb), *filter(None, to))) + "."
    effects = [one for one in told_effects(reading) if one.object != (reading.product or None)]
    things = [effect.object for effect in effects if effect.object]
    own = {singular(word) for word in split_name(reading.name)}
    for effect in effects if reading.told_class != "Financial" else ():
        carries = effect.verb in words["carried"] and bool(things)
        thing = things[0] if carries and not effect.object else effect.object
        told = thing.split()
        # What only reads changes nothing, whatever its words could mean, and the other way round.
        reads = (effect.verb in words["reading"]) == (reading.told_class == "Read")
        fits = effect.verb in words["doing"] and (reads or effect.verb in words["either"])
        if fits and _tells(told, own):
            values = load_class_rules().several(" ".join(spelt(word, text) for word in told))
            return str(words["doing"][effect.verb].format(tool=name, values=values))
    if reading.told_class != "Financial" and (spoken := _by_name(split_name(reading.name))):
        return f"{name} {spoken}."
    unclear = [c.source for c in reading.evidence] == ["default"] and reading.told_class == "Write"
    says = words["unclear"] if unclear else words["classes"][reading.told_class]["does"]
    return str(says.format(tool=name))


def _by_name(words: Sequence[str]) -> str:
    """Read a name that is a verb and a thing as a sentence; empty where it is none."""
    rules = load_class_rules()
    verb, *rest = words or ("",)
    thing = [word for word in rest if word not in rules.grammar.determiners]
    sure = any(one.firm and one.words == (one.base,) for one in rules.verbs.of(verb))
    if not sure or not _tells(thing, set(thing)) or len(thing) > _OWN_WORDS:
        return ""
    return f"{third_person(verb)} {rules.several(' '.join(thing))}"


def _leads(reading: ToolReading) -> str:
    return reading.effects[0].verb if reading.effects else ""


def _tells(thing: Sequence[str], own: set[str]) -> bool:
    """Tell whether words name a thing: a few from a description, any number from the name."""
    short = len(thing) <= _NAMED_WORDS or own.issuperset(thing)
    rules = load_class_rules()
    nameless = _JOINING | rules.grammar.nameless
    # "Mentioned" is said of a thing and names none.
    said = [word for word in thing[-1:] if word.endswith("ed") and word not in rules.nouns]
    return bool(thing) and short and not said and not set(thing) & nameless


def _reading(readings: Sequence[ToolReading], name: str) -> ToolReading:
    for reading in readings:
        if reading.name == name:
            return reading
    hint = meant(name, [reading.name for reading in readings])
    raise AivssError(f"the agent has no tool '{name}'", hint=hint)


def _server(agent: Agent, name: str) -> str:
    found = (tool.server for tool in agent.known_tools if tool.name == name)
    return next(found, None) or agent.name


def patterns_of(threats: Sequence[str], knowledge: Knowledge) -> Iterator[Pattern]:
    """Name the published attack patterns behind open threats."""
    says: Mapping[str, str] = knowledge.sections["policy"]["pages"]["patterns"]
    by_pattern: dict[str, list[str]] = {}
    for threat in threats:
        for pattern in knowledge.by_id[threat].attack:
            by_pattern.setdefault(pattern, []).append(threat)
    for pattern in sorted(by_pattern):
        yield Pattern(pattern, says[pattern], tuple(by_pattern[pattern]))


def _similar(reading: ToolReading, readings: Sequence[ToolReading]) -> tuple[str, ...]:
    """Rank the tools of the same class by what they do and to what."""
    own = {(effect.verb, effect.object) for effect in reading.effects}
    verbs = {verb for verb, _ in own}
    ranked = []
    for other in readings:
        if other.name == reading.name or other.tool_class != reading.tool_class:
            continue
        done = {(effect.verb, effect.object) for effect in other.effects}
        alike = 2 * len(own & done) + len(verbs & {verb for verb, _ in done})
        alike += len({what for _, what in own if what} & {what for _, what in done})
        if alike:
            ranked.append((-alike, other.name))
    return tuple(name for _, name in sorted(ranked)[:_MOST_SIMILAR])


def common_questions(
    reading: ToolReading,
    server: str,
    does: str,
    block: Mapping[str, Any],
    words: Mapping[str, Any],
) -> Iterator[FrequentQuestion]:
    """Answer what everybody asks about a tool; `block` is its hosted block, read."""
    name, answers = reading.name, words["answers"]
    said = [one for one in reading.signals if f" {one[:1].lower()}{one[1:]}." not in does]
    signals = (s if at == 0 else f"{s[0].lower()}{s[1:]}" for at, s in enumerate(said))
    told = f"{does} {joined(tuple(signals))}".strip()
    risk = {"tool": name, "allowed": reading.risk.lower(), "values": reading.tool_class}
    found = {
        "does": told if told.endswith(".") else f"{told}.",
        "server": answers["server"].format(tool=name, values=server),
        "risk": answers["risk"].format_map(risk),
        "enforce": answers["enforce"],
        "limit": _limited(name, block, answers),
        "block": _blocked(name, block, answers),
    }
    for key, answer in found.items():
        yield FrequentQuestion(words["questions"][key].format(tool=name), answer)


def _limited(name: str, block: Mapping[str, Any], answers: Mapping[str, str]) -> str:
    rules = block.get("tools", {}).get(name)
    if rules is None or "deny_if" in rules:
        return answers["unreachable"]
    limits = rules.get("limits", ())
    told = [answers["limited"].format(max=one["max"], window=one["window"]) for one in limits]
    return " ".join(told) or answers["free"]


def _blocked(name: str, block: Mapping[str, Any], answers: Mapping[str, str]) -> str:
    if name in block.get("hide", ()):
        return answers["hidden"]
    denials = block.get("tools", {}).get(name, {}).get("deny_if", ())
    return answers["denied"].format(values=denials[0]["on_deny"]) if denials else answers["open"]
