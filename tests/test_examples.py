"""The examples teach: every threat fires for one agent and stays quiet for another."""

from collections import Counter
from pathlib import Path

import pytest

from threatmodel.assessment import assess
from threatmodel.description.load import load_agent
from threatmodel.rules.load import load_knowledge
from threatmodel.scales import OPEN

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "agents").glob("*.yaml"))
AGENTS = [*EXAMPLES, *sorted((ROOT / "tests" / "agents").glob("*.yaml"))]
QUIET = {"closed", "needs_answer", "not_applicable"}


@pytest.fixture(scope="module")
def states():
    found = {}
    for path in AGENTS:
        verdicts = assess(load_agent(path)).scored.outcome.verdicts
        found[path.stem] = {threat: verdict.state for threat, verdict in verdicts.items()}
    return found


def test_every_threat_fires_for_some_agent(states):
    fired = {t for one in states.values() for t, state in one.items() if state in OPEN}
    assert set(load_knowledge().by_id) - fired == set()


def test_every_threat_stays_quiet_for_some_agent(states):
    quiet = {t for one in states.values() for t, state in one.items() if state in QUIET}
    assert set(load_knowledge().by_id) - quiet == set()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_at_most_a_quarter_of_the_open_threats_asks_for_action_now(path, say):
    verdicts = assess(load_agent(path)).scored.outcome.verdicts.values()
    live = Counter(v.priority for v in verdicts if v.state in OPEN)
    say(f"{path.stem}: {dict(live)}")
    assert live["act now"] <= live.total() / 4


def test_the_weather_tool_has_nothing_critical():
    verdicts = assess(load_agent(ROOT / "agents" / "weather.yaml")).scored.outcome.verdicts
    assert all(v.priority != "act now" for v in verdicts.values() if v.state in OPEN)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_points_editors_at_the_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../frameworks/agent.schema.json"


def test_the_confluent_model_names_what_is_dangerous_there():
    model = assess(load_agent(ROOT / "agents" / "confluent.yaml")).model
    said = " ".join(f"{f.text} {f.attack}" for f in model.open)
    for name in ("delete-topics", "create-flink-statement", "consume-messages"):
        assert name in said
    assert "Confluent Cloud API key" in said
    assert "record" in said


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
def test_the_headline_names_the_finding_that_a_report_begins_with(path):
    assessment = assess(load_agent(path))
    first = assessment.model.open[0].id if assessment.model.open else None
    named = assessment.score.threat
    assert not named or named == first
