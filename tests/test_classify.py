"""The classifier reads names, descriptions and schemas as language, not as a list of exceptions."""

import pytest

from threatmodel.classify import load_class_rules, read_tool
from threatmodel.description.tool import Tool

CASES = {
    "get_user": "Read",
    "list_orders": "Read",
    "createIssue": "Write",
    "apps-delete": "Destructive",
    "droplet-get": "Read",
    "preview_transaction_create": "Read",
    "refund_payment": "Financial",
    "get_or_create_label": "Write",
    "run_command": "Execute",
}


@pytest.mark.parametrize(("name", "tool_class"), CASES.items())
def test_a_name_alone_can_decide(name, tool_class):
    reading = read_tool(Tool(name=name), load_class_rules())
    assert reading.tool_class == tool_class


def test_nothing_recognised_is_write_and_a_question():
    reading = read_tool(Tool(name="frobnicate"), load_class_rules())
    assert reading.tool_class == "Write"
    assert reading.confidence < 0.5
