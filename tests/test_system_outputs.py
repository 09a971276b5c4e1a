"""What a reader of a system sees: members named in every form, a map with room for twenty."""

import json
import re
from itertools import pairwise
from pathlib import Path

import click
import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from threatmodel.advise import advise
from threatmodel.assessment import assess
from threatmodel.assessment.system import SystemAssessment
from threatmodel.cli.app import app
from threatmodel.cli.score import score_text
from threatmodel.description.agent import Agent
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.description.system import Flow as DescribedFlow
from threatmodel.description.system import Outside, Store, System
from threatmodel.diff import compare
from threatmodel.outputs import OUTPUTS, render
from threatmodel.outputs.charts.columns import PAD
from threatmodel.outputs.charts.map import routed
from threatmodel.outputs.pages.flow import diagram
from threatmodel.outputs.pages.system_map import system_map
from threatmodel.outputs.schemas import schema_text
from threatmodel.outputs.system import help_that_helps, system_of
from threatmodel.snapshot import snapshot_of

AGENTS = Path(__file__).parents[1] / "agents"


def system(name: str, change: tuple[str, str] = ("", "")) -> SystemAssessment:
    text = (AGENTS / f"{name}.yaml").read_text(encoding="utf-8").replace(*change)
    found = assess(load_agent_text(text.encode(), f"{name}.yaml"))
    assert isinstance(found, SystemAssessment)
    return found


@pytest.fixture(scope="module")
def claims() -> SystemAssessment:
    found = assess(load_agent(AGENTS / "insurance-claims.yaml"))
    assert isinstance(found, SystemAssessment)
    return found


REVIEW = "  - {from: assessor, to: reviewer, carries: [text, data]}\n"


def test_a_letter_reaches_the_payment_only_where_nobody_reviews(claims):
    reviewed = {one.name: one.way for one in system_of(claims).members}
    assert reviewed["assessor"] == ["customers", "intake", "case file", "assessor"]
    assert reviewed["payer"] == []
    text = (AGENTS / "insurance-claims.yaml").read_text(encoding="utf-8")
    direct = text.replace(REVIEW, "  - {from: assessor, to: payer, carries: [task]}\n")
    found = assess(load_agent_text(direct.encode(), "claims.yaml"))
    told = {one.name: one for one in system_of(found).members}
    assert told["payer"].way == ["customers", "intake", "case file", "assessor", "payer"]
    assert told["payer"].value > told["payer"].alone
    (path,) = [one.path for one in found.paths if one.member == "payer" and one.way]
    steps = [step.text for step in path.steps]
    assert steps[:4] == [
        "customers can write what intake is handed",
        "intake puts it into case file",
        "assessor reads it from case file",
        "assessor asks payer to act on it",
    ]
    assert path.story == (
        "customers can write what intake is handed. intake puts it into case file, assessor reads"
        " it from case file and assessor asks payer to act on it. payer is made to use"
        " issue_payment: money is gone, or owed."
    )


def test_json_names_members_and_keeps_to_its_schema(claims):
    document = json.loads(render("json", claims))
    jsonschema.validate(document, json.loads(schema_text("assessment")))
    assert [one["name"] for one in document["system"]["members"]] == [
        "intake", "assessor", "reviewer", "payer",
    ]  # fmt: skip
    live = [one for one in document["model"]["threats"] if one["score"] is not None]
    assert {one["member"] for one in live} <= {"intake", "assessor", "payer"}


def test_what_is_no_system_says_nothing_of_members():
    document = json.loads(render("json", assess(load_agent(AGENTS / "confluent.yaml"))))
    assert "system" not in document
    assert not any("member" in one for one in document["model"]["threats"])
    assert not any(one["id"].startswith("sy.") for one in document["facts"])


@pytest.mark.parametrize("kind", ["html", "markdown", "mermaid", "tm-bom", "sarif", "csv"])
def test_every_form_of_a_system_can_be_written(claims, kind):
    assert kind in OUTPUTS
    assert "payer" in str(render(kind, claims))


def test_the_terminal_shows_members_alone_and_in_place(claims):
    text = click.unstyle(score_text(claims, "claims.yaml"))
    assert re.search(r"assessor +8\.\d +9\.\d  strangers' text: customers", text)
    assert "a person: reads what comes, and" in text


def test_the_map_marks_tainted_ways_and_trust_borders(claims):
    drawn = diagram(claims)
    assert [zone.title for zone in drawn.zones] == [
        "Outside", "Strangers' text here", "Stores", "Strangers' text here", "People",
        "No strangers' text",
    ]  # fmt: skip
    risky = {row.way for row in drawn.rows if row.risky}
    assert "customers → intake" in risky
    assert "reviewer → payer" not in risky


def test_a_map_of_twenty_members_has_no_two_boxes_in_one_place():
    rows = "".join(f"  - {{name: member {n}, tools: []}}\n" for n in range(20))
    ends = [(n, m) for n in range(20) for m in (2 * n + 1, 2 * n + 2) if m < 20]
    flows = "".join(f"  - {{from: member {n}, to: member {m}}}\n" for n, m in ends)
    text = f"name: S\nmembers:\n{rows}outside: [{{name: world}}]\nflows:\n{flows}"
    text += "  - {from: world, to: member 0}\n"
    found = assess(load_agent_text(text.encode(), "s.yaml"))
    figure = diagram(found).figure
    frames = re.findall(r'class="k-paper" fill="[^"]*"/>', figure)
    corners = re.findall(r'<path d="(M[\d.]+ [\d.]+h[\d.]+v[\d.]+h-[\d.]+Z)" fill-rule', figure)
    assert len(frames) >= 21
    assert len(corners) == len(set(corners)) == 21


HOSTILE = "<script>alert(1)</script>"


def test_names_of_strangers_are_text_in_every_form():
    found = system("insurance-claims", ("customers", HOSTILE.replace("/", "")))
    for kind in ("html", "markdown", "mermaid"):
        assert "<script>alert" not in str(render(kind, found))


def test_advice_for_a_system_names_members_and_holds_for_each(claims):
    found = advise(claims, 7.0)
    assert found.reached
    assert found.value < 7.0
    assert {step.choice.says.split(":")[0] for step in found.steps} == {
        "intake", "assessor", "payer",
    }  # fmt: skip
    assert found.steps[-1].value == found.value


def test_where_text_is_handed_over_every_sink_waits_since_no_gateway_sees_the_flow():
    chain = """
name: S
form: deployment
members:
  - {name: clerk, tools: []}
  - name: runner
    tools: [{name: run_command, description: Run a shell command and return its output.}]
outside: [{name: customers}]
flows:
  - {from: customers, to: clerk, carries: [text]}
  - {from: clerk, to: runner, carries: [task]}
"""
    found = assess(load_agent_text(chain.encode(), "s.yaml"))
    access = {
        guard.kind
        for guard in found.members[1].plan.guards
        if guard.tool == "run_command" and guard.kind in {"allow", "approval", "deny", "hide"}
    }
    assert "allow" not in access
    checked = chain.replace("carries: [task]}", "carries: [task], checked_by: [schema]}")
    fine = assess(load_agent_text(checked.encode(), "s.yaml"))
    assert "sy.outsider_text" not in fine.members[1].facts.facts


LETTINGS = """
name: Lettings
form: deployment
members:
  - {name: post, kind: agent}
  - name: desk
    tools:
      - {name: get_tenancy, description: Return a tenancy.}
      - {name: search_flats, description: Search the flats that are free.}
      - {name: create_ticket, description: Create a ticket for a repair.}
      - {name: add_note, description: Add a note to a tenancy.}
      - {name: update_rent, description: Change the rent of a tenancy.}
      - {name: cancel_tenancy, description: Cancel a tenancy.}
      - {name: assign_contractor, description: Assign a contractor to a ticket.}
      - {name: set_door_code, description: Set the code of a door.}
      - {name: run_backup, description: Start the backup.}
outside: [{name: tenants}]
flows:
  - {from: tenants, to: post, carries: [text]}
  - {from: post, to: desk, carries: [text]}
"""


def waiting(text: str, member: int) -> set[str]:
    plan = assess(load_agent_text(text.encode(), "s.yaml")).members[member].plan
    return {guard.tool for guard in plan.guards if guard.kind in {"approval", "deny", "hide"}}


def test_at_a_tainted_member_what_binds_waits_and_what_only_reads_or_notes_does_not():
    binding = {"update_rent", "cancel_tenancy", "assign_contractor", "set_door_code", "run_backup"}
    assert waiting(LETTINGS, 1) >= binding
    free = {"get_tenancy", "search_flats", "create_ticket", "add_note"}
    assert free.isdisjoint(waiting(LETTINGS, 1))
    checked = LETTINGS.replace("to: desk, carries: [text]", "to: desk, carries: [fixed]")
    # Of whoever opens a door, or changes what is not known to be small, a person is asked anyway.
    assert waiting(checked, 1) & binding == {"update_rent", "assign_contractor", "set_door_code"}


def test_policy_names_the_flows_that_no_gateway_sees_and_takes_one_member():
    file = str(AGENTS / "insurance-claims.yaml")
    asked = ["policy", file, "--for", "cedar", "--member", "payer"]
    run = CliRunner().invoke(app, asked, standalone_mode=False)
    assert run.return_value == 0
    assert "issue_payment" in run.stdout
    assert "read_letter" not in run.stdout
    assert "no gateway sees 2 flows: reviewer to payer and payer to customers" in " ".join(
        run.stderr.split()
    )


def routes_of(assessment: SystemAssessment):
    found = system_map(system_of(assessment))
    return found, routed(found.zones, found.flows)


def crossed(routes, points) -> set[str]:
    """Name the boxes that a line goes through; touching an edge is no crossing."""
    found = set()
    for (x, y), (to_x, to_y) in pairwise(points):
        left, right = sorted((x, to_x))
        top, bottom = sorted((y, to_y))
        for key, (upper, tall) in routes.stack.place.items():
            edge = routes.lefts[routes.columns.column[key]] + PAD
            beside = right <= edge + 0.5 or left >= edge + routes.box_wide - 0.5
            if not beside and bottom > upper + 0.5 and top < upper + tall - 0.5:
                found.add(key)
    return found


@st.composite
def drawn_systems(draw):
    count = draw(st.integers(2, 20))
    names = [f"m{n}" for n in range(count)]
    members = tuple(Agent(name=name, tools=()) for name in names)
    ends = st.tuples(st.sampled_from([*names, "o", "s"]), st.sampled_from([*names, "o", "s"]))
    pairs = draw(st.lists(ends.filter(lambda e: e[0] != e[1]), min_size=1, max_size=40))
    return System(
        name="S",
        kind="multi-agent",
        members=members,
        stores=(Store(name="s"),),
        outside=(Outside(name="o"),),
        flows=tuple(DescribedFlow(sender=a, to=b, carries=("text",)) for a, b in pairs),
    )


@settings(max_examples=25, deadline=None)
@given(drawn_systems())
def test_an_arrow_crosses_no_box_and_joins_the_two_that_it_names(system):
    found, routes = routes_of(assess(system))
    assert routes.lefts[-1] <= 1100
    for n, flow in enumerate(found.flows):
        points = routes.points(n)
        assert crossed(routes, points) == set()
        for key, (x, y) in ((flow.start, points[0]), (flow.end, points[-1])):
            top, tall = routes.stack.place[key]
            left = routes.lefts[routes.columns.column[key]] + PAD
            assert top <= y <= top + tall
            assert left - 0.5 <= x <= left + routes.box_wide + 0.5


def test_lines_that_run_side_by_side_never_lie_on_each_other(claims):
    _, routes = routes_of(claims)
    seen: set[tuple[object, ...]] = set()
    for n in range(len(routes.columns.flows)):
        for (x, y), (to_x, to_y) in pairwise(routes.points(n)):
            if abs(x - to_x) < 0.1 and abs(y - to_y) > 8:
                assert (round(x), round(min(y, to_y))) not in seen
                seen.add((round(x), round(min(y, to_y))))


def test_tm_bom_of_a_system_is_valid_and_defines_what_it_names(claims, schemas):
    data = json.loads(str(render("tm-bom", claims)))
    form = json.loads((schemas / "tm-bom.schema.json").read_text())
    jsonschema.validate(data, form, format_checker=jsonschema.FormatChecker())
    zones = [zone["symbolic_name"] for zone in data["trust_zones"]]
    assert len(zones) == len(set(zones))
    named = {
        part: {one["symbolic_name"]: one["title"] for one in data[part]}
        for part in ("actors", "components", "data_stores")
    }
    assert set(named["actors"].values()) == {"customers", "reviewer"}
    assert set(named["data_stores"].values()) == {"case file"}
    assert set(named["components"].values()) == {"intake", "assessor", "payer"}
    for threat in data["threats"]:
        assert set(threat["components_affected"]) <= set(named["components"])


def test_a_report_has_a_page_for_each_member(claims):
    page = str(render("html", claims))
    for member in system_of(claims).members:
        assert re.search(rf'<article class="member[ a-z]*" id="member-\d-{member.name}"', page)
    assert "Its own findings to act on" in page
    assert "Its guards" in page
    assert "No gateway sees 2 flows, and their checks are not part of this" in page


def test_nothing_false_is_said_of_who_writes_to_whom(claims):
    intake, assessor = claims.members[:2]
    said = " ".join(f.text for f in intake.model.findings)
    assert "assessor writes" not in said.lower()
    assert "assessor sends" not in said.lower()
    assert "assessor is sent" in said
    told = " ".join(f.text for f in assessor.model.open)
    assert "is sent results of" not in told
    asked = {q.fact for one in claims.members for q in one.score.questions}
    assert not asked & {"ma.multi_agent", "ma.delegates", "ma.third_party_peer"}


TWICE = """
name: S
form: deployment
members:
  - name: clerk
    tools: [{name: send_email, description: Send an email to any address.}]
  - name: runner
    tools: [{name: send_email, description: Send an email to any address.}]
outside: [{name: customers}]
flows:
  - {from: customers, to: runner, carries: [text]}
"""


def test_one_policy_for_all_members_is_as_strict_as_the_strictest_of_theirs():
    found = assess(load_agent_text(TWICE.encode(), "s.yaml"))
    kinds = {
        one.agent.name: next(g.kind for g in one.plan.guards if g.id.endswith(":send_email"))
        for one in found.members
    }
    assert kinds["runner"] == "approval"
    access = [g.kind for g in found.plan.guards if g.kind in {"allow", "approval"}]
    assert access == ["approval"]
    left = found.rescore(frozenset(), found.readings)
    assert left.value == found.score.value


def test_a_member_is_known_by_the_digest_of_its_system(claims):
    assert {one.agent.digest for one in claims.members} == {claims.agent.digest}


def run(*asked: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(asked), standalone_mode=False)
    return done.return_value, done.stdout, done.stderr


def test_an_id_is_explained_for_each_member(tmp_path):
    (tmp_path / "lettings.yaml").write_text(LETTINGS, encoding="utf-8")
    file = str(tmp_path / "lettings.yaml")
    told = " ".join(run("explain", "sy.outsider_text", file)[1].split())
    assert "desk: True, derived. Text that outsiders write: tenants to post to desk" in told
    claims = str(AGENTS / "insurance-claims.yaml")
    assert "payer: Nothing shows it." in " ".join(
        run("explain", "sy.outsider_text", claims)[1].split()
    )
    told = " ".join(run("explain", "sy.outsider_text", file, "--member", "desk")[1].split())
    assert "In each place" not in told


def test_a_diff_of_systems_names_members_and_flows(claims, tmp_path):
    text = (AGENTS / "insurance-claims.yaml").read_text(encoding="utf-8")
    direct = tmp_path / "direct.yaml"
    direct.write_text(text.replace(REVIEW, "  - {from: assessor, to: payer, carries: [task]}\n"))
    report = tmp_path / "claims.json"
    report.write_text(str(render("json", claims)), encoding="utf-8")
    file = str(AGENTS / "insurance-claims.yaml")
    told = json.loads(run("diff", file, str(direct), "--format", "json")[1])["changes"]
    member = next(one for one in told if one["kind"] == "member" and one["id"] == "payer")
    assert member["worse"]
    assert {"sy.outsider_text", "sy.lends_rights"} <= set(member["by"])
    assert [one["id"] for one in told if one["kind"] == "flow"] == [
        "assessor to payer", "assessor to reviewer",
    ]  # fmt: skip
    assert json.loads(run("diff", file, str(report), "--format", "json")[1])["changes"] == []


MARKED = r"""
name: '<b>S</b>{from}'
members:
  - name: '<script>alert(1)</script>'
    summary: '<img src=x onerror=alert(1)>'
    tools: [{name: '<i>t</i>', description: Delete a record for good.}]
  - {name: ']]>"&{{7*7}}{% x %}', tools: []}
  - {name: '|x|`y`[z](javascript:a)', kind: person}
  - {name: "a\u202eb", tools: []}
stores: [{name: "end\"]\n  click A"}]
outside: [{name: '-->subgraph{key}'}]
flows:
  - {from: '-->subgraph{key}', to: '<script>alert(1)</script>', note: '</title><script>'}
  - {from: '<script>alert(1)</script>', to: ']]>"&{{7*7}}{% x %}', carries: [task]}
  - {from: ']]>"&{{7*7}}{% x %}', to: '|x|`y`[z](javascript:a)'}
  - {from: '|x|`y`[z](javascript:a)', to: "a\u202eb"}
  - {from: "a\u202eb", to: "end\"]\n  click A"}
"""


def test_hostile_names_of_every_part_stay_text_in_every_form(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(MARKED, encoding="utf-8")
    found = assess(load_agent(file))
    page = str(render("html", found))
    for live in ("<script>alert", "<img src=x", "<i>t</i>", "\u202e", "<b>S</b>"):
        assert live not in page
    assert "{{7*7}}" in page
    lines = str(render("mermaid", found)).splitlines()
    assert not any(line.strip().startswith(("click", "-->")) for line in lines)
    assert "\u202e" not in str(render("markdown", found))
    assert "javascript:a)" not in str(render("markdown", found)).replace("\\", "\0")
    assert b"%PDF" in render("pdf", found)[:8]
    for asked in (["score"], ["model"], ["advise"], ["policy", "--for", "cedar"]):
        status, told, _ = run(asked[0], str(file), *asked[1:])
        assert status in (0, 1)
        assert "\u202e" not in told
    out = tmp_path / "deployed.yaml"
    run("advise", str(file), "--under", "3", "-o", str(out))
    assert [one.name for one in load_agent(out).members] == [
        one.name for one in load_agent(file).members
    ]


UNLISTED = b"""name: Desk
kind: multi-agent
form: product
members:
  - {name: assistant, kind: agent, tools: []}
  - {name: mail, kind: mcp-server, tools: unknown}
flows:
  - {from: mail, to: assistant}
"""


def test_a_member_without_a_tool_list_is_not_told_to_be_free_of_strangers_text():
    found = assess(load_agent_text(UNLISTED, "desk.yaml"))
    told = click.unstyle(score_text(found, "desk.yaml"))
    row = told[told.index("\nmail") :]
    assert "not" in row[: row.index("weakest")]
    assert "known" in row[: row.index("weakest")]
    assert "No strangers' text" not in row
    view = system_of(found)
    assert view is not None
    assert {m.name: m.known for m in view.members} == {"assistant": False, "mail": False}
    alone = assess(load_agent_text(UNLISTED.partition(b"flows:")[0], "desk.yaml"))
    view = system_of(alone)
    assert view is not None
    assert {m.name: m.known for m in view.members} == {"assistant": True, "mail": False}


def test_no_check_is_said_to_help_that_lowers_nothing_and_frees_nobody():
    view = system_of(assess(load_agent_text(LETTINGS.encode(), "lettings.yaml")))
    assert view is not None
    top = max(m.value or 0.0 for m in view.members)
    assert view.helps is not None
    useless = view.helps.model_copy(update={"value": top, "freed": []})
    assert help_that_helps(view.model_copy(update={"helps": useless})) is None
    better = view.helps.model_copy(update={"value": top - 1})
    assert help_that_helps(view.model_copy(update={"helps": better})) == better


def test_a_deployment_says_that_its_score_counts_the_policy(tmp_path):
    file = tmp_path / "insurance.yaml"
    file.write_bytes((AGENTS / "insurance-claims.yaml").read_bytes())
    out = tmp_path / "under.yaml"
    asked = ["advise", str(file), "--under", "7", "-o", str(out)]
    assert CliRunner().invoke(app, asked).exit_code in (0, 1)
    assert "without it, says more" in out.read_text(encoding="utf-8")


CHECKED = """
name: S
members: [{name: a, tools: []}, {name: b, tools: []}]
flows: [%s]
"""


@pytest.mark.parametrize(
    ("old", "new", "worse"),
    [
        ("checked_by: [person, schema]", "checked_by: [schema]", True),
        ("checked_by: [person]", "checked_by: [record]", True),
        ("checked_by: [person]", "carries: [task]", True),
        ("checked_by: [schema]", "checked_by: [person, schema]", False),
        ("carries: [task]", "checked_by: [person]", False),
        (None, "checked_by: [person]", True),
        ("checked_by: [person]", None, False),
    ],
)
def test_a_flow_that_is_new_or_lacks_a_check_that_it_had_is_told_as_worse(old, new, worse):
    before, after = (
        snapshot_of(assess(load_agent_text((CHECKED % flow).encode(), "s.yaml")))
        for flow in (f"{{from: a, to: b, {one}}}" if one else "" for one in (old, new))
    )
    (change,) = compare(before, after).of("flow")
    assert change.worse is worse


def test_a_system_whose_members_tools_are_not_known_is_not_said_to_have_none():
    text = (
        "name: Pair\nkind: multi-agent\nmembers: [{name: a%s}, {name: b, tools: []}]\nflows: []\n"
    )
    for tools, says in (("", "Nothing here lists its tools"), (", tools: []", "It has no tools.")):
        found = assess(load_agent_text((text % tools).encode(), "pair.yaml"))
        assert says in str(render("markdown", found)).splitlines()[2]
