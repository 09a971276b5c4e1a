"""Words and numbers of reports: what is cut says so, formulas recompute, dates read as dates."""

import dataclasses

import pytest

from tests.outputs import specimen
from threatmodel.assessment import assess
from threatmodel.description.agent import Agent, Tool
from threatmodel.outputs import report_html
from threatmodel.outputs.pages import flow
from threatmodel.outputs.pages.labels import short_place
from threatmodel.outputs.pages.layers import lead
from threatmodel.outputs.pages.policy import guard_groups
from threatmodel.outputs.pages.questions import all_questions
from threatmodel.outputs.pages.score import formula
from threatmodel.outputs.pages.subject import what_it_is
from threatmodel.outputs.pages.summary import actions, scale_of
from threatmodel.outputs.pages.tools import surface
from threatmodel.outputs.text import (
    address,
    as_html,
    code,
    cut,
    in_lines,
    long_date,
    parted,
    plain,
    sentence,
)
from threatmodel.policy.guard import Guard
from threatmodel.threats.names import joined


def test_what_is_cut_says_how_much_is_left_out():
    assert cut("abcdef", 4) == "abcd… (+2 characters)"
    assert cut("abcd", 4) == "abcd"


def test_names_that_are_wider_than_their_room_may_break_between_their_words():
    told = "<code>read_all_mail</code> of <code>ask.listAll</code>"
    assert parted(told, 13) == told
    parts = "<code>read_<wbr/>all_<wbr/>mail</code> of <code>ask.<wbr/>list<wbr/>All</code>"
    assert parted(told, 10) == parts


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("2026-11-20", "20 November 2026"),
        ("2026-01-05", "5 January 2026"),
        ("", ""),
        ("2026-13-01", "2026-13-01"),
        ("soon", "soon"),
    ],
)
def test_dates_are_written_as_people_do(iso, words):
    assert long_date(iso) == words


def test_a_sentence_gets_a_capital_unless_it_begins_with_a_name():
    assert sentence("check the values") == "Check the values."
    assert sentence("delete-topics is called") == "delete-topics is called."
    assert sentence("createTopic is called!") == "createTopic is called!"
    assert sentence(" ") == ""


def test_lists_read_as_in_a_sentence():
    assert joined(()) == ""
    assert joined(("a",)) == "a"
    assert joined(("a", "b", "c")) == "a, b and c"


def test_lines_break_between_words_and_never_at_a_hyphen():
    assert in_lines("TH-L1-01, TH-L2-02, TH-L3-03", 20) == "TH-L1-01, TH-L2-02,\nTH-L3-03"


def test_prose_sets_names_of_tools_as_code_and_words_as_words():
    names = {"delete-topics", "read"}
    html = as_html("delete-topics can read <b> and `x y`", names)
    assert html == "<code>delete-topics</code> can read &lt;b&gt; and <code>x y</code>"


def test_a_long_name_may_break():
    name = "tool_" * 12
    assert as_html(f"`{name}`") == f'<code class="l">{name}</code>'


@pytest.mark.parametrize(
    ("place", "short"),
    [
        ("agents/a.yaml:27:3", "a.yaml:27"),
        ("tools[3].inputSchema", "tools[3].inputSchema"),
        ("a.yaml", "a.yaml"),
    ],
)
def test_places_are_short(place, short):
    assert short_place(place) == short


@pytest.mark.parametrize("profile", ["agentic", "owasp-0.8", "owasp-0.8-amended", "owasp-0.5"])
def test_the_formula_ends_in_the_score(profile):
    score = next(s for s in specimen.confluent().profiles if s.profile == profile)
    last = formula(score)[-1]
    assert last.result == f"{score.value:.1f}"
    assert f"{score.cvss.base:.1f}" in " ".join(text for text, _ in last.terms)


def test_the_factor_sum_is_written_with_the_digits_it_has():
    score = dataclasses.replace(specimen.confluent().score, factor_sum=4.75)
    assert "4.75 / 10" in [text for text, _ in formula(score)[0].terms]


def test_labels_stay_inside_the_scale():
    base = specimen.confluent().score
    for value in (0.0, 10.0):
        scale = scale_of(dataclasses.replace(base, value=value, low=value, high=value))
        assert 10 < scale.label < 90
        assert scale.after is None


def test_where_nothing_is_known_no_number_stands_for_a_score():
    """The picture of the score said `0.0 of 10, None`, and the formula came to 0.0."""
    html = report_html.render(specimen.nothing_known())
    assert "No score yet; range" in html
    assert "0.0 of 10" not in html
    assert 'class="formula"' not in html
    assert "too little is known for a score" in html.partition('id="residual"')[2][:400]


def test_markdown_text_is_inert():
    assert plain("a|b *c* <d> [e](f)") == "a\\|b \\*c\\* &lt;d&gt; \\[e\\](f)"
    assert plain("https://x.org www.x.org") == "https\\://x.org www\\.x.org"
    assert plain("- item") == "\\- item"
    assert code("a`b|c") == "``a`b\\|c``"
    assert code("") == "`  `"
    assert address("a b)(c\n") == "a%20b%29%28c"


def test_many_tools_and_long_names_are_counted_not_lost():
    tools = (*(Tool(name=f"get_item_{n}") for n in range(150)), Tool(name="x" * 90))
    found = surface(assess(Agent(name="A", tools=tools)))
    cells = [cell for row in found.rows for cell in row.cells if cell]
    assert "and 90 more" in cells[0]
    assert any("…" in cell for cell in cells)
    assert sum(column.total for column in found.columns) == 151


def test_tools_stand_with_others_that_act_on_the_same_thing():
    names = ("list_topics", "create_topic", "delete_topic", "list_tags", "add_tag", "who_am_i")
    tools = tuple(Tool(name=name) for name in names)
    found = surface(assess(Agent(name="A", tools=tools)))
    rows = {row.about: " ".join(row.cells) for row in found.rows}
    assert next(iter(rows)) == "Topic"
    assert all(name in rows["Topic"] for name in names[:3])
    assert "list_tags" in rows["Tag"]
    assert "who_am_i" in rows["Others"]


def test_a_tool_that_only_reads_is_said_to_change_nothing():
    one = assess(Agent(name="A", tools=(Tool(name="get_weather", description="Get the weather."),)))
    assert surface(one).lead == "The one tool reads and changes nothing."
    two = Agent(name="A", tools=(Tool(name="get_weather"), Tool(name="list_cities")))
    assert surface(assess(two)).lead == "All 2 tools read and change nothing."


def test_unknown_tools_are_asked_for_first():
    one = assess(Agent(name="A", kind="mcp-server", facts={"i.public_endpoint": True}))
    told = what_it_is(one)
    assert told.startswith("MCP server. Nothing here lists its tools, so what it can read, change")
    assert f"from {one.score.low:.1f} to {one.score.high:.1f}. To get the list" in told
    first = actions(one)[0]
    assert first.title == "Find out which tools it has."
    assert first.effect.startswith("Settles ")
    none = assess(Agent(name="A", kind="mcp-server", tools=(), facts={"t.write": True}))
    assert what_it_is(none) == "MCP server. It has no tools."
    assert actions(none)[:1] != (first,)


def test_an_agent_without_summary_is_described_by_its_tools():
    agent = Agent(name="A", kind="mcp-server", tools=(Tool(name="get_weather"),))
    assert what_it_is(assess(agent)) == "Lets a language model look up weather (1 tool)."
    names = ("get_weather", "list_cities", "delete_city")
    more = Agent(name="A", kind="mcp-server", tools=tuple(Tool(name=name) for name in names))
    assert what_it_is(assess(more)) == (
        "Lets a language model look up weather and cities (2 tools) and delete cities (1)."
    )


def test_nothing_open_asks_for_answers_instead_of_actions():
    silent = specimen.nothing_known()
    assert actions(silent) == ()
    assert lead(silent).startswith("No layer is mapped")
    numbers = [ask.number for ask in all_questions(silent)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_guard_that_is_told_for_its_kind_is_told_whole():
    long = "One argument must be a path " + "in a folder of some name or other, " * 8
    plan = [
        Guard(f"argument:{n}", "argument", f"t{n}", "", (), "pc-args", says, "")
        for n, says in enumerate((long, "The limit must be 5."))
    ]
    (group,) = guard_groups(tuple(plan))
    assert group.says == "The limit must be 5. And 1 like it."


def test_what_lies_behind_the_tools_is_named_thing_by_thing():
    said = {
        "get_employee": "Get an employee. Also creates a new resource of the specified type.",
        "list_invoices": "List invoices.",
    }
    tools = tuple(Tool(name=name, description=text) for name, text in said.items())
    drawn = flow.diagram(assess(Agent(name="A", kind="mcp-server", tools=tools)))
    boxes = {box.key: box.details for zone in drawn.zones for box in zone.nodes}
    assert boxes["data"] == ("employees", "invoices")


def test_what_is_run_is_told_by_the_name_where_the_description_speaks_of_something_else():
    text = "Execute a Query Language statement to find artifacts."
    one = assess(
        Agent(name="Probe", kind="mcp-server", tools=(Tool(name="run_job", description=text),))
    )
    assert "run jobs" in what_it_is(one)


def test_signing_in_looks_nothing_up():
    tools = (
        Tool(name="connect_oauth", description="Connect using an OAuth token."),
        Tool(name="list_queues", description="List the queues."),
    )
    told = what_it_is(assess(Agent(name="Probe", kind="mcp-server", tools=tools)))
    assert "connect or sign in" in told
    assert "token" not in told
