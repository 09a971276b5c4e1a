"""Tools in, readings out: what each tool can do and what shows it."""

import marshal
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from threatmodel.classify.evidence import ToolEvidence, gather
from threatmodel.classify.features import features_of, kinds_seen
from threatmodel.classify.operation import kinds_of
from threatmodel.classify.phrases import Text, find_steering
from threatmodel.classify.result import Argument, Effect, ToolReading, fingerprint
from threatmodel.classify.rules import ClassRules, Features, clue_at, shown, thin_of
from threatmodel.classify.schema import schema_texts
from threatmodel.classify.spoken import signals_of, things_of
from threatmodel.classify.tables import compile_rules
from threatmodel.classify.verdict import Base, ClassVerdict, judge, leading_verdict
from threatmodel.classify.words import Words, singular, split_name
from threatmodel.description.agent import Tool
from threatmodel.rules.load import Knowledge, load_knowledge, per_rules

# Where a server's annotations and the rest of a tool's definition part ways.

_DESTROYS = ("class:Destructive", "choice:Destructive", "arg:sql", "arg:command", "arg:code")


def contradictions(
    evidence: ToolEvidence, verdict: ClassVerdict, features: Features
) -> Iterator[str]:
    """Word each claim that what was read does not bear out."""
    hints, shows = evidence.hints, verdict.clues[0]
    reads = verdict.tool_class == "Read"
    read = f"the {shows.source} says {verdict.tool_class} ({shows.text})"
    if hints.read_only and not reads:
        yield f"readOnlyHint claims that nothing changes; {read}"
    if hints.read_only is False and reads:
        yield f"readOnlyHint claims that something changes; {read}"
    if hints.destructive is False and not hints.read_only and not reads:
        clue = next((clue_at(features, key) for key in _DESTROYS if key in features), None)
        if clue is not None:
            yield f"destructiveHint claims that nothing is destroyed; {clue.text} {clue.says}"
    if hints.read_only and hints.destructive:
        yield "readOnlyHint and destructiveHint are both true"


def load_class_rules() -> ClassRules:
    """Give the classifier's rules of the rules in force."""
    return _class_rules(load_knowledge())


@per_rules
def _class_rules(knowledge: Knowledge) -> ClassRules:
    return compile_rules(knowledge.sections["classes"])


def read_tools(tools: Sequence[Tool], rules: ClassRules) -> tuple[ToolReading, ...]:
    """Read every tool, in the order given; a tool that another takes back does nothing final."""
    readings = tuple(_known(tool, rules) for tool in tools)
    names = frozenset(_words(one.name) for one in readings)
    return _of_one_source(tuple(_taken_back(one, names, rules) for one in readings))


_PRIVATE, _READS_PRIVATE = "touches_private_data", "t.read_private"
_READS_WEB, _IN_PAGE = "t.read_public_web", "t.browser"
_FEWER, _SOME, _FEW = 2, 3, 5
_KEEPS = ("Write", "Destructive")
_REACHES = frozenset(("can_exfiltrate", "admin_or_identity"))


def _of_one_source(readings: tuple[ToolReading, ...]) -> tuple[ToolReading, ...]:
    """Take for public what says nothing of its data where other tools of a reader are public.

    Only where nothing is said to be somebody's, and where few tools change anything: who keeps
    records for others has more than a list of bookmarks. Whoever mainly fetches pages of the web
    acts in those pages alone.
    """
    silent = {one.name for one in readings if _PRIVATE in one.flags and not one.owned}
    told = any(_PRIVATE in one.flags and one.name not in silent for one in readings)
    fetched = sum(_shows(one, _READS_WEB) for one in readings)
    in_pages = _FEWER * fetched > len(readings)
    changing = [
        one
        for one in readings
        if one.tool_class != "Read" and not (in_pages and _shows(one, _IN_PAGE))
    ]
    keeps = all(one.tool_class in _KEEPS and _REACHES.isdisjoint(one.flags) for one in changing)
    if told or not keeps or _FEW * len(changing) > len(readings):
        return readings
    # One page of the web in a list of records does not make the records public: either most tools
    # touch nothing private, or some say that what they give is anybody's.
    opened = _SOME * sum(one.opened for one in readings) >= len(readings)
    if not opened and (changing or _FEWER * len(silent) >= len(readings)):
        return readings
    return tuple(_public(one) if one.name in silent else one for one in readings)


def _shows(reading: ToolReading, fact: str) -> bool:
    return any(name == fact for name, _ in reading.traits)


def _public(reading: ToolReading) -> ToolReading:
    return reading._replace(
        flags=tuple(one for one in reading.flags if one != _PRIVATE),
        traits=tuple(one for one in reading.traits if one[0] != _READS_PRIVATE),
    )


_READ: dict[tuple[ClassRules, bytes], ToolReading] = {}
"""Readings by rules and definition: servers are copies of each other, and agents share them."""

_MOST_KEPT = 4096
"""Readings remembered, 20 MB at most; a catalogue of thousands of agents would pile them up."""


def _known(tool: Tool, rules: ClassRules) -> ToolReading:
    """Read a tool, or remember what was read of the same definition: a tenth of the time."""
    # What a person says stands in the reading, so that two tools of one definition would differ.
    if tool.override is not None:
        return read_tool(tool, rules)
    hints = tool.annotations and tuple(tool.annotations.as_dict().values())
    said = tool.name, tool.title, tool.description, tool.server, hints
    try:
        # With keys in their own order, on which the order of arguments hangs.
        definition: tuple[Any, ...] = (*said, tool.input_schema, tool.output_schema)
        key = rules, marshal.dumps(definition, 2)
    except ValueError:  # a schema that it cannot write
        return read_tool(tool, rules)
    if key not in _READ:
        # All at once: knowing the oldest would cost each reading, and only a catalogue of thousands
        # fills it.
        if len(_READ) >= _MOST_KEPT:
            _READ.clear()
        _READ[key] = read_tool(tool, rules)
    return _READ[key]


_FINAL = "t.final"


def _taken_back(reading: ToolReading, names: frozenset[Words], rules: ClassRules) -> ToolReading:
    """Leave out that a deed is final where the server has the inverse of it by name."""
    words = _words(reading.name)
    if reading.tool_class != "Destructive" or not any(
        first in words and tuple(sorted({*words} - {first} | {second})) in names
        for first, second in (pair.split() for pair in rules.grammar.inverses)
    ):
        return reading
    return reading._replace(traits=tuple(one for one in reading.traits if one[0] != _FINAL))


@lru_cache(maxsize=8192)
def _words(name: str) -> Words:
    return tuple(sorted({singular(word) for word in split_name(name)} - {"to", "from"}))


def read_tool(tool: Tool, rules: ClassRules) -> ToolReading:
    """Read one tool; whatever its definition holds, this gives a reading and never raises."""
    evidence = gather(tool, rules)
    base = leading_verdict(evidence, rules)
    features = features_of(evidence, base, rules)
    verdict = judge(base, features, evidence, rules)
    # In this order: flags may ask for the class, traits for flags, and signals for all of them.
    features[f"class:{verdict.tool_class}"] = verdict.clues[0]
    flags, brakes = shown(rules.flags, features), shown(rules.brakes, features)
    features |= {f"flag:{flag}": clues[0] for flag, clues in (flags | brakes).items()}
    traits = shown(rules.traits, features)
    features |= {f"trait:{trait}": clues[0] for trait, clues in traits.items()}
    thin = thin_of(traits, features, rules)
    otherwise = shown(rules.otherwise, features)
    traits |= otherwise
    features |= {f"trait:{trait}": clues[0] for trait, clues in otherwise.items()}
    thin = sorted({*thin, *otherwise})
    features |= {f"thin:{fact}": traits[fact][0] for fact in thin}
    if rules.spots:
        from threatmodel.classify.spots import spotted  # noqa: PLC0415 - only with packs

        traits |= spotted(tool, evidence, rules.spots)
    product, spoken = things_of(tool.name, base, evidence)
    named = spoken if spoken and " ".join(spoken.object) != (product or None) else None
    signals, does = signals_of(named, tool.description or "", base, features, rules)
    steering = find_steering(_texts(tool, evidence), rules)
    if steering:
        traits["t.steering"] = steering
    return ToolReading(
        name=tool.name,
        tool_class=verdict.tool_class,
        risk=rules.risk[verdict.tool_class],
        confidence=verdict.confidence,
        flags=tuple(sorted(flags)),
        brake=bool(brakes),
        owned=bool(shown(rules.owned, features)),
        opened=bool(shown(rules.opened, features)),
        signals=signals,
        effects=_effects(base, evidence, rules),
        arguments=_arguments(evidence),
        traits=tuple(sorted(traits.items())),
        contradictions=tuple(contradictions(evidence, verdict, features)),
        steering=steering,
        evidence=verdict.clues,
        fingerprint=fingerprint(tool),
        product=product,
        does=does,
        thin=tuple(thin),
    )


def features_seen(tool: Tool, rules: ClassRules) -> tuple[str, ...]:
    """Name what a rule could ask about a tool, its class first; for authors of rules."""
    evidence = gather(tool, rules)
    base = leading_verdict(evidence, rules)
    verdict = judge(base, features_of(evidence, base, rules), evidence, rules)
    return (f"class:{verdict.tool_class}", *kinds_seen(evidence, base))


def _effects(base: Base, evidence: ToolEvidence, rules: ClassRules) -> tuple[Effect, ...]:
    told, routed = evidence.prose.operations, evidence.routed or ()
    # What a router's verbs stand before is cut from its text; its first sentence names the thing.
    named = base.operations if base.basis != "choices" else (*told, *base.operations)
    every = [*named, *evidence.choices, *told, *routed]
    every.sort(key=lambda one: -rules.rank[one.tool_class])
    found = (Effect(one.does, " ".join(one.object)[:80]) for one in every)
    if "http_method" in evidence.roles and (thing := _requested(evidence, rules)):
        # What a request is made of is no thing that it acts on; by its methods it deletes too.
        also = ("delete",) if "deletes_too" in evidence.cues else ()
        found = (Effect(verb, thing) for verb in (*also, *(one.does for one in every)))
    return tuple(dict.fromkeys(found))


def _requested(evidence: ToolEvidence, rules: ClassRules) -> str:
    """Name what a tool of HTTP methods acts on by its name; empty where that names no thing."""
    things = tuple(map(singular, split_name(evidence.tool.name)[1:]))
    return " ".join(things) if kinds_of(things, rules)[1] else ""


def _arguments(evidence: ToolEvidence) -> tuple[Argument, ...]:
    return tuple(
        seen.argument
        for seen in evidence.arguments
        if seen.known_role != "other" or seen.is_array or seen.enum
    )


def _texts(tool: Tool, evidence: ToolEvidence) -> Iterator[Text]:
    """Give every text of the definition that a model reads."""
    yield ("name", "name", tool.name)
    title = tool.title or (tool.annotations.title if tool.annotations else None)
    if title:
        yield ("title", "title", title)
    if tool.description:
        yield ("description", "description", tool.description)
    told = set()
    for seen in evidence.arguments:
        if seen.text:
            told.add(seen.text)
            yield ("schema", seen.pointer + ".description", seen.text)
    for pointer, text in schema_texts(tool):
        # A text of an argument is found again in the schema as a whole; one steering text is one
        # sign.
        if text not in told:
            yield ("schema", pointer, text)
