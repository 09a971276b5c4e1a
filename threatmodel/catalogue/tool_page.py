"""The page of one tool: class, evidence, guards and threats; similar tools are put in later."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threatmodel.assessment import Assessment
from threatmodel.classify.result import Argument, ToolReading
from threatmodel.emit import json_text
from threatmodel.outputs.pages.labels import FLAGS, GUARDS
from threatmodel.outputs.pages.summary import worst_first
from threatmodel.outputs.text import one_line
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.formats.policylayer import block_of
from threatmodel.policy.guard import EVERY, CompiledPolicy, Guard
from threatmodel.policy.tool_page import (
    BLOCK,
    FrequentQuestion,
    Pattern,
    common_questions,
    descriptions,
    in_words,
    patterns_of,
)
from threatmodel.threats.finding import Finding
from threatmodel.threats.names import joined

_ARGUMENTS, _EFFECTS, _THREATS = 12, 4, 12


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the pages of all tools of an agent share, sorted once."""

    guards: dict[str, list[Guard]]
    """Tool, or `*`, -> guards, the strictest first."""
    threats: dict[str, list[Finding]]
    """Tool -> open threats that use it, worst first."""
    words: Mapping[str, Any]
    """What the rules say about classes and patterns."""
    texts: Mapping[str, str]
    """Tool -> its description."""
    document: Mapping[str, Any]
    """The policy of the agent, read: the block of a tool is cut out of it."""
    reader: str
    """Product that reads it."""


def shelf_of(assessment: Assessment) -> Shelf:
    """Sort guards and threats by tool."""
    kinds = {kind: number for number, kind in enumerate(GUARDS)}
    guards: dict[str, list[Guard]] = {}
    for guard in sorted(assessment.plan.guards, key=lambda g: (kinds[g.kind], g.id)):
        guards.setdefault(guard.tool, []).append(guard)
    threats: dict[str, list[Finding]] = {}
    for finding in worst_first(assessment.model.live):
        for tool in finding.tools:
            threats.setdefault(tool, []).append(finding)
    words: Mapping[str, Any] = assessment.knowledge.sections["policy"]["pages"]
    shown = _blocks(assessment)
    texts = descriptions(assessment.agent)
    return Shelf(guards, threats, words, texts, json.loads(shown.text), shown.title)


def _blocks(assessment: Assessment) -> CompiledPolicy:
    """Give the policy whose blocks a page shows: it is at hand already where it is the first."""
    shown = assessment.policy
    if shown.format == BLOCK:
        return shown
    return compile_policy(BLOCK, assessment.plan, assessment.readings)


@dataclass(frozen=True, slots=True)
class ToolView:
    """What the template of a tool's page shows besides its reading."""

    lead: str
    why: str
    article: str
    effects: str
    flags: tuple[tuple[str, str], ...]
    arguments: tuple[tuple[str, Argument], ...]
    guards: tuple[tuple[str, Guard], ...]
    threats: tuple[Finding, ...]
    patterns: tuple[Pattern, ...]
    block: str
    block_title: str
    questions: tuple[FrequentQuestion, ...]


def tool_view(assessment: Assessment, reading: ToolReading, shelf: Shelf) -> ToolView:
    """Work out what the page of a tool shows; `policy.tool_page` says the same of one tool."""
    effects = tuple(dict.fromkeys(f"{e.verb} {e.object}".strip() for e in reading.effects))
    guards = [*shelf.guards.get(reading.name, ()), *shelf.guards.get(EVERY, ())]
    threats = shelf.threats.get(reading.name, [])
    words = shelf.words["classes"][reading.told_class]
    does = in_words(reading, shelf.words, shelf.texts.get(reading.name, ""))
    block = block_of(shelf.document, reading.name)
    return ToolView(
        lead=does,
        why=words["why"],
        article="an" if reading.tool_class[0] in "AEIO" else "a",
        effects=joined(effects[:_EFFECTS]),
        flags=tuple(FLAGS[f] for f in FLAGS if f in reading.flags),
        arguments=tuple((".".join(a.path), a) for a in reading.arguments[:_ARGUMENTS]),
        guards=tuple((GUARDS[guard.kind], guard) for guard in guards),
        threats=tuple(threats[:_THREATS]),
        patterns=tuple(patterns_of([threat.id for threat in threats], assessment.knowledge)),
        block=json_text(block),
        block_title=shelf.reader,
        questions=tuple(
            common_questions(reading, one_line(assessment.agent.name), does, block, shelf.words)
        ),
    )
