"""Several agents in one session: what one brings in, another can act on."""

from collections.abc import Iterable, Sequence

from threatmodel.assessment import Assessment
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.overrides import Answer, Statement
from threatmodel.errors import slug

# What the name of an agent may have at most; several joined would be longer.
_LONGEST_NAME = 300


def together(assessments: Sequence[Assessment]) -> Agent:
    """Give one agent with the tools of all, and the worst that is said of any.

    Tools of one name keep it for the first agent and get the agent's name in front for the others.
    """
    first = assessments[0].agent
    tools: list[Tool] = []
    taken: set[str] = set()
    for one in assessments:
        for tool in one.agent.known_tools:
            name = tool.name if tool.name not in taken else f"{slug(one.agent.name)}.{tool.name}"
            taken.add(name)
            tools.append(tool.changed({"name": name}))
    kinds = [one.agent.kind for one in assessments]
    made = Agent(
        name=" with ".join(one.agent.name for one in assessments)[:_LONGEST_NAME],
        kind=next((kind for kind in kinds if kind != "mcp-server"), "mcp-server"),
        facts=_worst_said(assessments),
        policy=first.policy,
    )
    listed = all(isinstance(one.agent.tools, tuple) for one in assessments)
    return made.changed({"tools": tuple(tools) if listed else None})


def _worst_said(assessments: Sequence[Assessment]) -> dict[str, Answer]:
    knowledge = assessments[0].knowledge
    found: dict[str, Answer] = {}
    for row in (*knowledge.facts.values(), *knowledge.controls.values()):
        if "tool_schema" in getattr(row, "seen_in", ()):
            continue
        bit = 1 << row.bit
        worse = [bool(one.facts.said[0 if row.raises else 1] & bit) for one in assessments]
        better = [bool(one.facts.said[1 if row.raises else 0] & bit) for one in assessments]
        if any(worse) or all(better):
            found[row.id] = Statement(value=row.raises is any(worse), by="reviewer")
    return found


def opened_together(whole: Assessment, assessments: Iterable[Assessment]) -> tuple[str, ...]:
    """List the threats that are open only when these agents share a session, sorted by id."""
    alone = {f.id for one in assessments for f in one.model.open}
    return tuple(sorted(f.id for f in whole.model.open if f.id not in alone))
