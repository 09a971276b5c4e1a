"""Sentences of whole reports: over every server none sounds as if made by a machine."""

import re
from pathlib import Path

import pytest

from tests.support.prose import faults, things
from tests.test_corpus_model import agent_of
from threatmodel.assessment import assess
from threatmodel.classify.words import plural
from threatmodel.description.load import load_agent

ROOT = Path(__file__).parents[1]
DESCRIBED = sorted([*ROOT.glob("agents/*.yaml"), *ROOT.glob("tests/trades/*.yaml")])
POINTED = re.compile(r"what (?:it is|they are) pointed at")


@pytest.mark.parametrize("file", DESCRIBED, ids=lambda file: file.stem)
def test_reports_of_described_agents_read_as_written(file):
    assert list(faults(assess(load_agent(file)))) == []


@pytest.mark.long
def test_reports_of_recorded_servers_read_as_written(corpus, say):
    every = [assess(agent_of(file)) for file in sorted((corpus / "mcp").glob("*.json"))]
    found = [f"{one.agent.name}: {fault}" for one in every for fault in faults(one)]
    say(f"{len(every)} reports, {len(found)} faults of wording")
    assert found == []


@pytest.mark.long
def test_what_tools_handle_is_named_by_their_own_nouns(corpus, say):
    named = 0
    for file in sorted((corpus / "mcp").glob("*.json")):
        one = assess(agent_of(file))
        words = {w for tool in one.agent.known_tools for w in re.split(r"[-_ ]", tool.name.lower())}
        known = words | {plural(word) for word in words} | {"pages"}
        for thing in things(one):
            if POINTED.search(thing):
                continue
            named += 1
            head = thing.split(" ")[-1].lower()
            assert head in known or any(head[:-1] in word for word in words), (
                one.agent.name,
                thing,
            )
    say(f"{named} things named")
