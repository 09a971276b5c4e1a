"""From an assessment to a catalogue's entry: freshness, and what moved the score."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threatmodel._version import VERSION
from threatmodel.assessment import Assessment
from threatmodel.catalogue.entry import (
    Entry,
    LayerSummary,
    ReplySummary,
    ScoreChange,
    ThreatSummary,
    ToolSummary,
    is_late,
    is_stale,
    pack_layers,
    pack_threats,
    pack_tools,
    tools_of,
)
from threatmodel.catalogue.job import Choices
from threatmodel.description.agent import Agent
from threatmodel.errors import first_of, slug
from threatmodel.outputs.claim import Claim
from threatmodel.outputs.pages.labels import FLAGS, STATES
from threatmodel.outputs.text import count, cut, one_line
from threatmodel.scales import OPEN
from threatmodel.threats.names import joined

if TYPE_CHECKING:
    from threatmodel.catalogue.replies import Reply

KEPT = 20
"""Changes of a score that an entry keeps."""

# An entry is read for every list of a site: texts of strangers are cut once, here.
_SUMMARY, _NAME = 300, 160
_NAMED = 3
# Half a sha256 of each agent: 128 bits tell any two apart, and the index is loaded whole.
_DIGITS = 32
# Below it a class is a guess, as the documents say of `confidence`.
_SURE = 0.5
_SIGNS = {True: "1", False: "0", None: "?"}


@dataclass(frozen=True, slots=True)
class EntryContext:
    """What a build knows of an agent besides its assessment."""

    place: tuple[str, str]
    """Its id and the path of its description."""
    choices: Choices
    replies: tuple[Reply, ...]
    before: Entry | None
    """What the last build knew of it."""


def entry_of(assessment: Assessment, claim: Claim, known: EntryContext) -> Entry:
    """Make the entry of an assessed agent."""
    agent, score, model = assessment.agent, assessment.score, assessment.model
    before, choices = known.before, known.choices
    tools = tool_summaries(assessment)
    prints = "".join(sorted(tool.fingerprint for tool in tools))
    tool_list = hashlib.sha256(prints.encode()).hexdigest()[:_DIGITS]
    assessed = assessment.date
    reviewed = _reviewed(assessed, tool_list, before)
    entry = Entry(
        id=known.place[0],
        path=known.place[1],
        name=cut(one_line(agent.name), _NAME),
        kind=agent.kind,
        summary=cut(one_line(agent.summary or ""), _SUMMARY),
        vendor=one_line(agent.vendor or ""),
        version=one_line(agent.version or ""),
        tags=tuple(sorted({one_line(tag) for tag in agent.tags})),
        score=claim.value,
        band=claim.band,
        low=score.low,
        high=score.high,
        residual=None,
        profile=score.profile,
        threat=score.threat,
        assessed=assessed,
        stale_on=stale_day(assessed, choices.stale_after),
        stale=False,
        outdated=_outdated(reviewed, tool_list),
        description=agent.digest[:_DIGITS],
        rules=assessment.knowledge.digest[:_DIGITS],
        engine=VERSION,
        reviewed=reviewed,
        tool_list=tool_list,
        facts="".join(_SIGNS[fact.value] for fact in assessment.facts.facts.values()),
        threats=pack_threats(
            ThreatSummary(f.id, STATES[f.state], f.severity or "", f.score)
            for f in model.findings
            if f.state in OPEN or f.state == "needs_answer"
        ),
        layers=pack_layers(
            LayerSummary(v.id, v.open, v.worst or "", v.certain) for v in model.layers
        ),
        tools=pack_tools(tools),
        replies=_reply_summaries(known.replies, choices.day),
        history=(),
        inputs={},
        setting="",
    )
    history = _history(assessment, entry, before, choices.day)
    return entry._replace(history=history, stale=is_stale(entry, choices.day))


def tool_summaries(assessment: Assessment) -> tuple[ToolSummary, ...]:
    """Say what lists know of each tool; names that would share a page get a number."""
    taken: Counter[str] = Counter()
    marks = []
    for reading in assessment.readings:
        file = slug(reading.name)
        taken[file] += 1
        effect = next((e for e in reading.effects if e.object), None)
        marks.append(
            ToolSummary(
                name=cut(one_line(reading.name), _NAME),
                file=f"{file}.{taken[file]}" if taken[file] > 1 else file,
                tool_class=reading.tool_class,
                sure="1" if reading.confidence >= _SURE else "",
                flags="".join(FLAGS[f][0] for f in FLAGS if f in reading.flags),
                effect=f"{effect.verb} {effect.object}" if effect else "",
                fingerprint=reading.fingerprint[:16],
            )
        )
    return tuple(marks)


def day_of(agent: Agent, choices: Choices, before: Entry | None) -> dt.date | None:
    """Date an assessment: as the description says, else the build that first saw its source."""
    if agent.date is not None:
        return agent.date
    known = before is not None and before.description == agent.digest[:_DIGITS]
    day = before.assessed if before is not None and known else choices.day
    return dt.date.fromisoformat(day) if day else None


def _reply_summaries(replies: tuple[Reply, ...], day: str) -> tuple[ReplySummary, ...]:
    """Say how each reply stands on a day."""
    return tuple(
        ReplySummary(
            one_line(reply.by),
            reply.kind,
            reply.date.isoformat(),
            reply.state,
            due := reply.deadline.isoformat() if reply.deadline else "",
            is_late(reply.state, due, day),
        )
        for reply in replies
    )


def stale_day(assessed: str, days: int) -> str:
    """Give the ISO date from which an assessment is stale; empty without a date."""
    if not assessed:
        return ""
    try:
        return (dt.date.fromisoformat(assessed) + dt.timedelta(days=days)).isoformat()
    except OverflowError:
        return ""


def _reviewed(assessed: str, tool_list: str, before: Entry | None) -> tuple[str, str]:
    """Keep the tool list that a review saw, until the next review."""
    if before is not None and before.reviewed[0] == assessed:
        return before.reviewed
    return assessed, tool_list


def _outdated(reviewed: tuple[str, str], tool_list: str) -> str:
    if reviewed[1] == tool_list:
        return ""
    return "The tool list has changed since the assessment was made."


def _history(
    assessment: Assessment, entry: Entry, before: Entry | None, day: str
) -> tuple[ScoreChange, ...]:
    if before is None:
        return ()
    if before.score == entry.score and before.band == entry.band:
        return before.history
    causes = _causes(assessment, entry, before)
    moved = ScoreChange(
        day,
        before.score,
        entry.score,
        before.band,
        entry.band,
        tuple(cause for cause, _ in causes),
        " ".join(text for _, text in causes),
    )
    return (moved, *before.history)[:KEPT]


def _causes(assessment: Assessment, entry: Entry, before: Entry) -> list[tuple[str, str]]:
    """Name what changed between two builds: the source, an answer, the rules or the program."""
    causes = []
    if before.tool_list != entry.tool_list:
        causes.append(("source", _tools_moved(before, entry)))
    same_rules = before.rules == entry.rules
    if before.description != entry.description:
        facts = _facts_moved(assessment, before, entry) if same_rules else ""
        if facts or not causes:
            causes.append(("answer", facts or "The description says something else."))
    if not same_rules:
        causes.append(("rules", "The rules have changed."))
    if before.engine != entry.engine:
        causes.append(("engine", f"aivss {before.engine} became {entry.engine}."))
    return causes or [("engine", "The program has changed within its version.")]


def _tools_moved(before: Entry, entry: Entry) -> str:
    old = {tool.name: tool.fingerprint for tool in tools_of(before)}
    new = {tool.name: tool.fingerprint for tool in tools_of(entry)}
    added = sorted(new.keys() - old.keys())
    gone = sorted(old.keys() - new.keys())
    other = sorted(name for name in new.keys() & old.keys() if new[name] != old[name])
    parts = [
        f"{count(len(names), 'tool')} {word} ({_named(names)})"
        for names, word in ((added, "added"), (gone, "removed"), (other, "redefined"))
        if names
    ]
    return f"Tool list: {'; '.join(parts)}." if parts else "The tool list has changed."


def _facts_moved(assessment: Assessment, before: Entry, entry: Entry) -> str:
    names = list(assessment.facts.facts)
    if len(before.facts) != len(names):
        return ""
    words = {"1": "true", "0": "false", "?": "unknown"}
    moved = [
        f"{name} is now {words[now]}, was {words[then]}"
        for name, then, now in zip(names, before.facts, entry.facts, strict=True)
        if then != now
    ]
    if not moved:
        return ""
    return f"Facts: {first_of(moved, _NAMED, '; ')}."


def _named(names: list[str]) -> str:
    return first_of(names, _NAMED) if len(names) > _NAMED else joined(names)
