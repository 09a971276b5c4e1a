"""Sentences of whole reports: over every recorded server none sounds as if made by a machine."""

import re

import pytest

from tests.test_corpus_model import agent_of
from threatmodel.assessment import assess

PASSIVE = re.compile(r"\bcan have [^.]{3,200} (?:by|carried|destroyed|moved|removed|committed)\b")


@pytest.mark.long
def test_reports_of_recorded_servers_read_as_written(corpus, say):
    passive, doubled, beginnings = [], [], 0
    for file in sorted((corpus / "mcp").glob("*.json")):
        one = assess(agent_of(file))
        texts = [one.model.summary, *(path.story for path in one.model.paths)]
        texts += [text for f in one.model.open for text in (f.text, f.attack) if text]
        passive += [text for text in texts if PASSIVE.search(text)]
        doubled += [text for text in texts if re.search(r"\b(\w+) \1\b(?! )|[ ,.]{3}|\.\.", text)]
        beginnings = max(beginnings, _most_begun(one.agent.name, texts))
    say(f"passive chains {len(passive)}, broken {len(doubled)}, begun with the name {beginnings}")
    assert passive == []
    assert len(doubled) <= 2, doubled[:5]


def _most_begun(name, texts):
    return sum(text.startswith(name) for text in texts)
