"""Assessments that outputs are judged by: an example, one that says nothing, hostile ones."""

import datetime as dt
from functools import cache, lru_cache
from pathlib import Path

from threatmodel.assessment import Assessment, assess
from threatmodel.description.agent import Agent, Source, Tool
from threatmodel.description.load import load_agent
from threatmodel.description.overrides import Decision

AGENTS = Path(__file__).parents[2] / "agents"


@cache
def confluent() -> Assessment:
    """Assess the worked example."""
    return assess(load_agent(AGENTS / "confluent.yaml"))


@cache
def nothing_known(name: str = "An agent") -> Assessment:
    """Assess a description that says nothing but a name."""
    return assess(Agent(name=name))


@cache
def decided() -> Assessment:
    """Assess the worked example with decisions on two of its findings."""
    plain = confluent()
    reviewed = [finding.id for finding in plain.model.open[:2]]
    decisions = (
        Decision(
            finding=reviewed[0],
            decision="accepted",
            reason="The cluster holds test data only.",
            owner="Platform team",
            expires=dt.date(2027, 5, 20),
        ),
        Decision(
            finding=reviewed[1], decision="false-positive", reason="Tried it.", owner="Red team"
        ),
    )
    return assess(plain.agent.changed({"decisions": decisions}))


@lru_cache(maxsize=64)
def hostile(words: str) -> Assessment:
    """Assess a description in which everything that others write is `words`."""
    return assess(
        Agent(
            name=words[:300] or "x",
            kind="mcp-server",
            summary=words[:4000],
            vendor=words,
            version=words,
            sources=(Source(name=words, url=words, version=words),),
            tools=tuple(
                Tool(name=f"{verb}_{words}{n}", description=words, title=words)
                for n, verb in enumerate(("delete", "send", "read", "run", ""))
            ),
            data={"reads": (words,), "written_by_outsiders": (words,)},
            peers={"names": (words,), "cooperating": True},
            model={"name": words},
            credentials=({"name": words},),
            decisions=(
                Decision(
                    finding="TH-L2-06",
                    decision="accepted",
                    reason=words[:4000] or "x",
                    owner=words or "x",
                ),
            ),
            facts={"t.delete": {"value": True, "note": words[:4000]}},
        )
    )
