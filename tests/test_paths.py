"""Promises of the attack paths: from a way in over open threats to damage, few, told, breakable."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threatmodel.assessment import assess
from threatmodel.description.agent import Agent, Tool
from threatmodel.description.load import load_agent
from threatmodel.files import shipped
from threatmodel.rules.evaluate import places_of
from threatmodel.rules.load import load_knowledge
from threatmodel.rules.rows import Cascade
from threatmodel.threats.paths import cheapest_break, find_paths
from threatmodel.threats.routes import Ends, Route, ends_of, reach_of, routes
from threatmodel.threats.wording import wording_of

KNOWLEDGE = load_knowledge()
RULES = KNOWLEDGE.sections["wording"]["paths"]
OPEN = ("open_stated", "open_assumed", "reduced")
EXAMPLES = sorted(f.name for f in shipped("agents").iterdir() if f.name.endswith(".yaml"))
SERVERS = (
    "github-mcp-server",
    "mcp-server-kubernetes",
    "xero-mcp",
    "playwright-mcp",
    "server-slack",
)


@pytest.fixture(scope="module", params=EXAMPLES)
def model(request):
    return assess(load_agent(Path(str(shipped("agents") / request.param)))).model


@pytest.fixture(scope="module")
def confluent():
    return assess(load_agent(Path(str(shipped("agents") / "confluent.yaml")))).model


@given(st.sets(st.sampled_from(sorted(KNOWLEDGE.by_id))), st.booleans())
def test_whether_a_way_is_left_is_told_from_bits_as_from_the_ways(some, others):
    live = KNOWLEDGE.by_id.keys() - some if others else some
    ways = routes(KNOWLEDGE, dict.fromkeys(live, 5.0), ends_of(RULES))
    led = {(way.entry, way.impact) for way in ways}
    bits = sum(1 << place for threat, place in places_of(KNOWLEDGE).items() if threat in live)
    for pair in itertools.product(RULES["entries"], RULES["impacts"]):
        assert reach_of(KNOWLEDGE).leads(bits, *pair) == (pair in led), pair


@pytest.mark.parametrize("part", ["entries", "impacts"])
def test_paths_begin_and_end_with_threats_that_exist_once(part):
    named = [threat for row in RULES[part].values() for threat in row["threats"]]
    assert set(named) <= set(KNOWLEDGE.by_id)
    assert len(named) == len(set(named))


def test_ways_in_and_damage_are_what_the_threats_say_they_are():
    text = shipped("frameworks/wording/paths.yaml").read_text(encoding="utf-8")
    for name, row in (RULES["entries"] | RULES["impacts"]).items():
        block = text.split(f"\n  {name}:\n")[1]
        kind = re.search(r"(entry|harm): (\w+)", block)
        for threat in row["threats"]:
            found = KNOWLEDGE.by_id[threat]
            assert kind[2] in (found.entry, *found.harm), (name, threat)


def test_every_damage_can_be_reached():
    ends = ends_of(RULES)
    found = routes(KNOWLEDGE, dict.fromkeys(KNOWLEDGE.by_id, 5.0), ends)
    assert {route.impact for route in found} == set(RULES["impacts"])
    assert {route.entry for route in found} == set(RULES["entries"])


def test_every_mitigation_has_a_price_and_every_stop_is_a_clause():
    assert set(RULES["costs"]) == set(KNOWLEDGE.mitigations)
    assert set(RULES["stops"]) <= set(KNOWLEDGE.clauses)
    assert RULES["gate"] in KNOWLEDGE.by_id


def test_a_path_goes_over_open_threats_only_from_a_way_in_to_damage(model):
    live = {f.id for f in model.findings if f.state in OPEN}
    for path in model.paths:
        kinds = [step.kind for step in path.steps]
        threats = [step.id for step in path.steps if step.kind == "threat"]
        assert kinds[0] == "entry"
        assert kinds[-1] == "impact"
        assert set(threats) <= live
        assert len(threats) == len(set(threats)) <= RULES["longest"]
        assert path.break_at in threats
        assert path.ends_at in threats
        assert all(step.text for step in path.steps)


def test_each_step_enables_the_next_or_a_named_story_says_so(model):
    enables = {(e.source, e.target) for e in KNOWLEDGE.cascades if e.kind == "enables"}
    for path in model.paths:
        threats = tuple(step.id for step in path.steps if step.kind == "threat")
        member, _, name = path.id.rpartition("/")
        if name in KNOWLEDGE.chains:
            chain = KNOWLEDGE.chains[name]
            title = f"{member}: {chain.name[0].lower()}{chain.name[1:]}" if member else chain.name
            assert (path.title, threats) == (title, chain.steps)
        else:
            assert set(itertools.pairwise(threats)) <= enables


def test_paths_are_few_ranked_and_unlike(model):
    assert len(model.paths) <= RULES["shown"]
    assert [p.score for p in model.paths] == sorted((p.score for p in model.paths), reverse=True)
    assert len({p.id for p in model.paths}) == len(model.paths)
    for one, other in itertools.combinations(model.paths, 2):
        if (one.steps[1].id, one.impact) == (other.steps[1].id, other.impact):
            assert one.score != other.score


def test_the_break_names_what_does_it(model):
    for path in model.paths:
        row = KNOWLEDGE.by_id[path.break_at]
        assert path.break_by in row.mitigations
        if path.guard:
            assert path.guard in row.clauses
            assert path.guard in KNOWLEDGE.mitigations[path.break_by].clauses


def test_confluent_is_led_from_a_record_to_a_deleted_topic(confluent):
    path = confluent.paths[0]
    assert path.title == "Planted text to destroyed data"
    assert "consume-messages" in path.steps[0].text
    assert next(s for s in path.steps if s.kind == "capability").tools[0] == "delete-topics"
    assert (path.break_at, path.guard) == ("TH-L2-06", "pc-hide")
    assert confluent.summary.startswith("A stranger hides an instruction")
    assert "delete-topics" in confluent.summary
    assert "Confluent Cloud API key" in confluent.summary


@pytest.mark.parametrize("name", SERVERS)
def test_servers_have_paths_that_name_their_tools(corpus, name):
    listing = json.loads((corpus / "mcp" / f"{name}.json").read_text(encoding="utf-8"))
    keys = ("name", "description", "inputSchema")
    tools = tuple(Tool(**{k: t[k] for k in keys if k in t}) for t in listing["tools"])
    found = assess(Agent(name=name, kind="mcp-server", tools=tools)).model
    named = {tool for path in found.paths for step in path.steps for tool in step.tools}
    assert found.paths
    assert named <= {tool.name for tool in tools}
    assert any(tool in step.text for p in found.paths for step in p.steps for tool in step.tools)


def test_closing_the_last_step_ends_the_path():
    tools = (
        Tool(name="read_mail", description="Reads an email from the inbox."),
        Tool(name="delete_mail", description="Deletes an email for good."),
    )
    made = Agent(name="Mail", kind="agent", tools=tools)
    before = assess(made).model
    assert "data-lost" in {path.impact for path in before.paths}
    controls = ("k.tool_allowlist", "k.human_approval", "k.no_alt_path")
    closed = made.changed({"facts": dict.fromkeys(controls, True)})
    assert "data-lost" not in {path.impact for path in assess(closed).model.paths}


def test_an_agent_without_open_threats_has_no_paths():
    nothing = dict.fromkeys(KNOWLEDGE.facts, False)
    assert assess(Agent(name="Stone", kind="agent", tools=(), facts=nothing)).model.paths == ()


IDS = st.sampled_from(list("ABCDEFGH"))


@settings(max_examples=2 * settings().max_examples)
@given(edges=st.sets(st.tuples(IDS, IDS), max_size=40), longest=st.integers(2, 8))
def test_loops_end_and_no_path_is_too_long(edges, longest):
    rules = replace(
        KNOWLEDGE, cascades=tuple(Cascade(a, b, "enables") for a, b in sorted(edges)), chains={}
    )
    ends = Ends({"A": "in", "B": "in"}, {"G": "out", "H": "out"}, longest)
    for route in routes(rules, dict.fromkeys("ABCDEFGH", 1.0), ends):
        assert len(set(route.threats)) == len(route.threats) <= longest
        assert set(itertools.pairwise(route.threats)) <= edges
        assert route.threats[0] in ends.entries
        assert route.threats[-1] in ends.impacts


def test_amplifying_and_hiding_are_no_steps():
    rules = replace(
        KNOWLEDGE, cascades=(Cascade("A", "G", "amplifies"), Cascade("A", "H", "hides")), chains={}
    )
    ends = Ends({"A": "in"}, {"G": "out", "H": "out"}, 5)
    assert routes(rules, dict.fromkeys("AGH", 1.0), ends) == []


def test_a_clause_that_stops_the_act_is_the_cheapest_break():
    known = (0, 0)
    threats = ("TH-L1-02", "TH-L3-01", "TH-L2-06")
    free = cheapest_break(threats, "TH-L3-01", KNOWLEDGE, known, gated=False)
    assert (free.threat, free.guard, free.cost) == ("TH-L2-06", "pc-hide", 0)
    gated = cheapest_break(threats, "TH-L3-01", KNOWLEDGE, known, gated=True)
    assert gated.cost == 1


def test_a_clause_that_only_slows_is_no_stop():
    found = cheapest_break(("TH-L2-07",), "", KNOWLEDGE, (0, 0), gated=False)
    assert found.guard == "pc-args"


def test_a_mitigation_that_stops_beats_one_that_only_narrows():
    found = cheapest_break(("TH-L7-11",), "", KNOWLEDGE, (0, 0), gated=False)
    assert (found.mitigation, found.guard) == ("mt-safe-render", "")


def test_what_makes_a_step_worse_is_a_note(confluent):
    titles = {row.title for row in KNOWLEDGE.threats}
    worse = [
        re.fullmatch(r"“(.+)” makes “(.+)” worse: .+", note)
        for path in confluent.paths
        for note in path.notes
    ]
    assert any(worse)
    assert all(found[1] in titles and found[2] in titles for found in worse if found)


def test_no_step_of_a_path_is_told_beside_it_as_what_makes_another_worse(confluent):
    whole = assess(load_agent(Path(str(shipped("agents") / "confluent.yaml"))))
    wording = wording_of(whole.agent, whole.readings, whole.facts, KNOWLEDGE)
    found = find_paths(KNOWLEDGE, confluent.findings, wording)
    live = {one.id: one for one in confluent.live}
    ends = ends_of(KNOWLEDGE.sections["wording"]["paths"])
    edges = [one for one in KNOWLEDGE.cascades if live.keys() >= {one.source, one.target}]
    beside = (one for one in edges if one.kind != "enables" and one.target in ends.impacts)
    of_a_layer = (one for one in beside if live[one.source].layer != "XL")
    edge = max(of_a_layer, key=lambda one: live[one.source].score)
    steps, impact = (edge.source, edge.target), ends.impacts[edge.target]
    (told,) = replace(found, picked=[(Route("outsider-text", steps, impact), 5.0)]).told()
    assert not [note for note in told.notes if note.startswith(f"“{live[edge.source].title}”")]


def test_a_path_tells_that_nothing_would_show_who_did_it(confluent):
    says = "afterwards nobody may be able to show who asked for it"
    assert all(path.notes[-1].startswith(says) for path in confluent.paths)
