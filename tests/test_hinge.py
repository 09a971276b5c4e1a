"""A headline that one misread tool could make says so, and what it would be without that tool."""

from threatmodel.assessment import assess
from threatmodel.cli.score import score_text
from threatmodel.description.agent import Agent, Tool
from threatmodel.outputs import Options, report_html, report_markdown

SURE = Tool(name="get_weather", description="Return the weather of a place.")
VAGUE = Tool(name="payment_thing")
PLAIN = Tool(name="refund_payment", description="Refund a payment to the card of a customer.")


def assessed(*tools):
    return assess(Agent(name="Shop", kind="mcp-server", tools=tools))


def test_the_tool_is_named_with_its_confidence_and_the_score_without_it():
    one = assessed(SURE, VAGUE)
    assert one.hinge.reading.name == "payment_thing"
    assert one.hinge.reading.confidence < 0.5
    assert one.hinge.value == assessed(SURE).score.value < one.score.value


def test_every_report_says_it_beside_the_score():
    one = assessed(SURE, VAGUE)
    without = f"{one.hinge.value:.1f}"
    assert f"Without it the score would be {without}" in report_html.render(one)
    assert f"Without it the score would be {without}" in report_markdown.render(one, Options())
    assert f"{without} without it" in " ".join(score_text(one, "shop.yaml").split())


def test_a_tool_that_is_surely_read_is_no_doubt():
    assert assessed(SURE, PLAIN).hinge is None


def test_a_second_tool_that_is_as_bad_takes_the_doubt_away():
    assert assessed(SURE, VAGUE, PLAIN).hinge is None


def test_what_only_a_phrase_of_a_description_shows_is_a_doubt_too():
    told = Tool(
        name="update_setting",
        description="Updates a setting that an infusion pump follows.",
    )
    one = assessed(SURE, told)
    assert one.hinge.reading.name == "update_setting"
    assert one.hinge.reading.confidence >= 0.7
    assert one.hinge.value < one.score.value
    assert (
        "nothing but a phrase in the description of `update_setting` shows"
        in report_html.render(one).replace("<code>", "`").replace("</code>", "`")
    )
