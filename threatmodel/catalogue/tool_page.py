"""The page of one tool: class, evidence, guards and threats; similar tools are put in later."""

from dataclasses import dataclass

from threatmodel.assessment import Assessment
from threatmodel.classify.reading import Argument, ToolReading
from threatmodel.outputs.pages.labels import FLAGS, GUARDS
from threatmodel.outputs.pages.summary import worst_first
from threatmodel.outputs.text import listed
from threatmodel.policy.guard import EVERY, Guard
from threatmodel.threats.finding import Finding

_LEADS = {
    "Financial": "Moves or commits money.",
    "Destructive": "Deletes, revokes or overwrites what cannot be brought back.",
    "Execute": "Runs code, commands or free queries, or starts something that runs.",
    "Write": "Creates, changes, sends or publishes something.",
    "Read": "Retrieves without changing anything.",
}
_ARGUMENTS, _EFFECTS, _THREATS = 12, 4, 12


@dataclass(frozen=True, slots=True)
class ToolPage:
    """What the page of a tool shows, besides its reading."""

    lead: str
    """What its class means."""

    article: str
    """a or an, before the class."""

    effects: str
    """What a call does to what."""

    flags: tuple[tuple[str, str], ...]
    """Letters and words of its flags."""

    arguments: tuple[tuple[str, Argument], ...]
    """Arguments with a role, by their path."""

    guards: tuple[tuple[str, Guard], ...]
    """Heading and guard, the strictest first."""

    threats: tuple[Finding, ...]
    """Open threats that use it, worst first."""

    block: str
    """Its part of the first policy; empty without one."""

    block_title: str
    """Product that reads it."""


def tool_page(assessment: Assessment, reading: ToolReading, block: str, title: str) -> ToolPage:
    """Work out what the page of a tool shows."""
    kinds = list(GUARDS)
    guards = [g for g in assessment.plan.guards if g.tool == reading.name]
    every = [g for g in assessment.plan.guards if g.tool == EVERY]
    effects = tuple(dict.fromkeys(f"{e.verb} {e.object}".strip() for e in reading.effects))
    return ToolPage(
        lead=_LEADS[reading.tool_class],
        article="an" if reading.tool_class[0] in "AEIO" else "a",
        effects=listed(effects[:_EFFECTS]),
        flags=tuple(FLAGS[f] for f in FLAGS if f in reading.flags),
        arguments=tuple((".".join(a.path), a) for a in reading.arguments[:_ARGUMENTS]),
        guards=tuple(
            (GUARDS[g.kind], g)
            for g in sorted(guards, key=lambda g: (kinds.index(g.kind), g.id)) + every
        ),
        threats=worst_first(
            tuple(f for f in assessment.model.open if reading.name in f.tools)
        )[:_THREATS],
        block=block,
        block_title=title,
    )  # fmt: skip
