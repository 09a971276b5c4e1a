"""A call with an argument that the tool's schema does not name is refused where a format can."""

import pytest
import yaml

from tests.policy.can import CAN
from tests.policy.make import finding, plan, reading
from threatmodel.classify.schema import all_named
from threatmodel.description.agent import Tool
from threatmodel.policy.formats import FORMATS, compile_policy
from threatmodel.policy.proof import engine_of
from threatmodel.policy.proof.session import Call

TEXT = {"type": "string"}
MAIL = {"type": "object", "properties": {"to": TEXT, "body": TEXT}}
SCHEMAS = {
    "send_mail": MAIL,
    "look_up": {"type": "object", "additionalProperties": True, "properties": {"q": TEXT}},
    "ping": {"type": "object", "properties": {}},
    "untold": None,
}
NAMING = sorted(kind for kind in FORMATS if "schema" in CAN[kind])


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        (MAIL, ("body", "to")),
        (SCHEMAS["ping"], ()),
        ({"properties": {"a": True}}, ("a",)),
        ({"properties": {"a": TEXT}, "additionalProperties": False}, ("a",)),
        (SCHEMAS["look_up"], None),
        ({"properties": {"a": TEXT}, "additionalProperties": TEXT}, None),
        ({"properties": {"a": TEXT}, "patternProperties": {"^x-": TEXT}}, None),
        ({"properties": {"a": TEXT}, "anyOf": [{"properties": {"b": TEXT}}]}, None),
        ({"$ref": "#/$defs/all", "$defs": {"all": MAIL}}, None),
        ({"type": "object"}, None),
        ({"properties": [1]}, None),
        ("object", None),
        (None, None),
    ],
)
def test_only_a_schema_that_names_every_argument_holds_calls_to_them(schema, names):
    assert all_named(schema) == names


@pytest.fixture(scope="module")
def made():
    tools = [
        Tool.of({"name": name} | ({"inputSchema": schema} if schema else {}))
        for name, schema in SCHEMAS.items()
    ]
    readings = tuple(reading(name) for name in SCHEMAS)
    return plan(*readings, tools=tools, threats=[finding("TH-L3-11")]), readings


def test_the_formats_that_can_are_these(made):
    planned, readings = made
    kept = [kind for kind in FORMATS if "schema:*" in compile_policy(kind, planned, readings).kept]
    assert sorted(kept) == NAMING == ["agentgateway", "litellm", "rego"]


@pytest.mark.parametrize("kind", NAMING)
@pytest.mark.parametrize(
    ("tool", "arguments", "passes"),
    [
        ("send_mail", {"to": "a", "body": "b"}, True),
        ("send_mail", {"to": "a"}, True),
        ("send_mail", {}, True),
        ("send_mail", {"to": "a", "bcc": "evil@example.org"}, False),
        ("send_mail", {"To": "a"}, False),
        ("ping", {}, True),
        ("ping", {"flood": True}, False),
        ("look_up", {"q": "a", "more": 1}, True),
        ("untold", {"anything": 1}, True),
    ],
)
def test_an_unnamed_argument_is_refused(made, kind, tool, arguments, passes):
    planned, readings = made
    _, opener = engine_of(planned, compile_policy(kind, planned, readings), readings)
    assert (opener().call(Call(tool, arguments)).verdict == "pass") is passes


@pytest.mark.parametrize("kind", sorted(set(FORMATS) - set(NAMING)))
def test_the_other_formats_say_that_they_do_not(made, kind):
    planned, readings = made
    losses = {loss.guard: loss for loss in compile_policy(kind, planned, readings).losses}
    assert losses["schema:*"].outcome == "dropped"


def test_a_tool_that_is_refused_stands_in_no_other_list():
    tools = [Tool.of({"name": name, "inputSchema": MAIL}) for name in ("send_mail", "drop_all")]
    drop = reading("drop_all", "Destructive", effects=["delete table"])
    readings = (reading("send_mail"), drop)
    planned = plan(*readings, tools=tools, threats=[finding("TH-L3-11")])
    assert {g.kind for g in planned.guards if g.tool == "drop_all"} == {"hide"}
    (server,) = yaml.safe_load(compile_policy("litellm", planned, readings).text)[
        "mcp_servers"
    ].values()
    assert server["disallowed_tools"] == ["drop_all"]
    assert server["allowed_tools"] == [*server["allowed_params"]] == ["send_mail"]
