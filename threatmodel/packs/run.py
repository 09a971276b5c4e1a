"""Run the tests of a pack: assess each description and hold it to what is expected."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from threatmodel.assessment import Assessment, assess
from threatmodel.classify.classify import features_seen, load_class_rules
from threatmodel.errors import AivssError, every, first_of, suggestion
from threatmodel.gate import judge_gate
from threatmodel.packs.cases import Expected, PackCase, read_cases
from threatmodel.rules.gate import Gate
from threatmodel.scales import OPEN
from threatmodel.threats.finding import Finding

_WORDS = {True: "true", False: "false", None: "unknown"}
_NO_DAY = dt.date.min
_TOLD, _TOOLS_TOLD = 16, 5


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """What became of one test."""

    case: PackCase
    missed: tuple[str, ...]
    """What was expected and is not so, a sentence each; none: it passed."""


def run_tests(pack: Path) -> tuple[TestOutcome, ...]:
    """Run every test of a pack, whose rules must be in force; raises what `read_cases` raises."""
    return tuple(TestOutcome(case, tuple(_missed(case))) for case in read_cases(pack))


def _missed(case: PackCase) -> Iterator[str]:
    try:
        found = assess(case.agent, trying=True)
    except (AivssError, ExceptionGroup) as fault:
        yield from (f"it cannot be assessed: {one.message}" for one in every(fault))
        return
    for look in _LOOKS:
        yield from look(case.expect, found)


def _facts(expect: Expected, found: Assessment) -> Iterator[str]:
    for name, wanted in expect.facts.items():
        fact = found.facts.facts.get(name)
        if fact is None:
            yield _strange("fact", name, found.facts.facts)
        elif (value := _WORDS[fact.value]) != _said(wanted):
            shown = "; ".join(e.says for e in fact.evidence[:2]) or "nothing shows it"
            yield f"{name} is {value}, not {_said(wanted)}: {shown}"
            if wanted is True and name.startswith("t."):
                yield from _seen(found)


def _seen(found: Assessment) -> Iterator[str]:
    """Say what `features` could have asked for."""
    own = tuple(f":{pack.id}_" for pack in found.knowledge.packs)
    for tool in found.agent.known_tools[:_TOOLS_TOLD]:
        seen = sorted(features_seen(tool, load_class_rules()), key=lambda f: not _is_own(f, own))
        yield f"{tool.name} shows {first_of(seen, _TOLD)}"


def _is_own(feature: str, own: tuple[str, ...]) -> bool:
    return any(mark in feature for mark in own)


def _said(wanted: bool | str) -> str:  # noqa: FBT001 - the value of a fact
    return wanted if isinstance(wanted, str) else _WORDS[wanted]


def _findings(expect: Expected, found: Assessment) -> Iterator[str]:
    known = {finding.id: finding for finding in found.model.findings}
    named = {*expect.findings, *expect.absent, *expect.states, *expect.text}
    yield from (_strange("threat", name, known) for name in sorted(named - known.keys()))
    for name in (*expect.findings, *expect.absent):
        live = name in expect.findings
        if name in known and (known[name].state in OPEN) != live:
            yield _not_as_wished(known[name], live=live)
    for name, state in expect.states.items():
        if name in known and known[name].state != state:
            yield f"{name} is {_plain(known[name].state)}, not {_plain(state)}"
    for name, words in expect.text.items():
        if name in known and words not in known[name].text:
            yield f"the text of {name} does not hold '{words}': {known[name].text}"


def _not_as_wished(finding: Finding, *, live: bool) -> str:
    because = f", because of {', '.join(finding.because)}" if finding.because else ""
    told = "is not found" if live else "is found"
    return f"{finding.id} {told}: its state is {_plain(finding.state)}{because}"


def _plain(state: str) -> str:
    return state.replace("_", " ")


def _tools(expect: Expected, found: Assessment) -> Iterator[str]:
    classes = {reading.name: reading.tool_class for reading in found.readings}
    for name, wanted in expect.classes.items():
        if name not in classes:
            yield _strange("tool", name, classes)
        elif classes[name] != wanted:
            yield f"{name} is read as {classes[name]}, not {wanted}"


def _guards(expect: Expected, found: Assessment) -> Iterator[str]:
    if not expect.guards and not expect.no_guards:
        return
    tools = {reading.name for reading in found.readings} | {"*"}
    kinds = {name: {g.kind for g in found.plan.guards if g.tool == name} for name in tools}
    for expected, wanted in ((expect.guards, True), (expect.no_guards, False)):
        for name, listed in expected.items():
            if name not in tools:
                yield _strange("tool", name, tools)
                continue
            for kind in listed:
                if (kind in kinds[name]) != wanted:
                    has = ", ".join(sorted(kinds[name])) or "none"
                    yield f"{name} {'lacks' if wanted else 'has'} the guard {kind}: it has {has}"


def _gate(expect: Expected, found: Assessment) -> Iterator[str]:
    rules = {rule.id: rule for pack in found.knowledge.packs for rule in pack.gate}
    broken: dict[str, str] = {}
    if rules and (expect.gate_broken or expect.gate_kept):
        breaks = judge_gate(Gate(rule=tuple(rules.values())), [("", found)], _NO_DAY)
        broken = {one.rule: one.why for one in breaks}
    for name in (*expect.gate_broken, *expect.gate_kept):
        if name not in rules:
            yield _strange("gate rule", name, rules)
    yield from (f"{n} is not broken" for n in expect.gate_broken if n in rules and n not in broken)
    yield from (f"{n} is broken: {broken[n]}" for n in expect.gate_kept if n in broken)


def _score(expect: Expected, found: Assessment) -> Iterator[str]:
    value, bounds = found.score.value, expect.score
    if bounds is not None and not bounds.at_least <= value <= bounds.at_most:
        yield f"it scores {value:.1f}, not {bounds.at_least:g} to {bounds.at_most:g}"


def _strange(what: str, name: str, known: Iterable[str]) -> str:
    return f"there is no {what} {name}; {suggestion(name, list(known))}"


_LOOKS: tuple[Callable[[Expected, Assessment], Iterator[str]], ...] = (
    _facts,
    _findings,
    _tools,
    _guards,
    _gate,
    _score,
)
