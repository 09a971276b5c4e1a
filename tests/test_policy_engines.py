"""On any arguments at all, what an engine lets pass satisfies the check."""

import json

import cel
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.policy.make import argument, plan, reading
from tests.policy.texts import MAIL, PATHS, SQL, URLS
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.formats.cel import cel_check, cel_string
from threatmodel.policy.formats.rego import rego_rules, rego_string
from threatmodel.policy.guard import ArgumentCheck, CompiledPolicy
from threatmodel.policy.proof import engine_cel, engine_rego
from threatmodel.policy.proof.reference import satisfied
from threatmodel.policy.proof.session import Call, fitting, with_value

CHECKS = {
    "in": ArgumentCheck(("a",), "in", ("x", "y"), type="string"),
    "numbers": ArgumentCheck(("a",), "in", (1, 2), type="integer"),
    "eq": ArgumentCheck(("a",), "eq", value=True, type="boolean"),
    "lte": ArgumentCheck(("a",), "lte", 5, type="number"),
    "text-lte": ArgumentCheck(("a",), "lte", 5, type="string"),
    "gte": ArgumentCheck(("a",), "gte", 0, type="integer"),
    "under": ArgumentCheck(("a",), "under", ("/srv/data",), type="string"),
    "url": ArgumentCheck(("a",), "url_host", ("api.example.com", "*.example.org"), type="string"),
    "host": ArgumentCheck(("a",), "host", ("api.example.com",), type="string"),
    "mail": ArgumentCheck(("a",), "recipient", ("@example.org",), type="string"),
    "sql": ArgumentCheck(("a",), "statement", ("SELECT",), type="string"),
    "size": ArgumentCheck(("a",), "max_items", 2, type="array"),
    "items": ArgumentCheck(("a", "[]"), "in", ("x",), type="string"),
    "nested": ArgumentCheck(("a", "b"), "in", ("x",), type="string"),
    "deep": ArgumentCheck(("a", "[]", "b"), "under", ("/srv/data",), type="string"),
}
OPTIONAL = {
    f"{name}?": ArgumentCheck(
        check.path, check.operator, check.value, optional=True, type=check.type
    )
    for name, check in CHECKS.items()
}
ALL = CHECKS | OPTIONAL
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-10, 10)
    | st.floats(-10, 10)
    | st.sampled_from(["x", "y", "", "1", "true", "/srv/data/x", "https://api.example.com/"])
    | st.sampled_from(["SELECT 1", "ann@example.org", "api.example.com"])
    | PATHS
    | URLS
    | MAIL
    | SQL
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    ),
    max_leaves=5,
)
ARGUMENTS = st.dictionaries(st.sampled_from("ab"), VALUES, max_size=2)


def cel_asker(check):
    program = cel.compile(cel_check(check, "args"))

    def ask(arguments):
        try:
            return program.execute({"args": arguments}) is True
        except (ValueError, TypeError, KeyError, RuntimeError):
            return False

    return ask


def rego_asker(check):
    rules = "".join(rego_rules("check", check))
    module = f"package t\nimport rego.v1\ndefault ok := false\nok if check_0(input)\n{rules}"
    ask = engine_rego.load(module, "data.t.ok")
    return lambda arguments: ask(arguments) is True


CEL = {name: cel_asker(check) for name, check in ALL.items()}
if not engine_rego.version():
    pytest.skip("OPA is not installed: sh install.sh --dev", allow_module_level=True)
REGO = {name: rego_asker(check) for name, check in ALL.items()}


@settings(max_examples=3 * settings().max_examples)
@given(st.sampled_from(sorted(ALL)), ARGUMENTS)
@example("nested?", {"a": []})
def test_what_cel_lets_pass_satisfies_the_check(name, arguments):
    assert not CEL[name](arguments) or satisfied(ALL[name], arguments)


@settings(max_examples=3 * settings().max_examples)
@given(st.sampled_from(sorted(ALL)), ARGUMENTS)
def test_rego_agrees_with_the_check(name, arguments):
    assert REGO[name](arguments) is satisfied(ALL[name], arguments)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("engine", ["cel", "rego"])
def test_what_fits_passes(name, engine):
    ask = {"cel": CEL, "rego": REGO}[engine][name]
    assert ask(with_value({}, ALL[name].path, fitting(ALL[name])))


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_is_optional_may_be_missing_or_null(name):
    for arguments in ({}, {OPTIONAL[name].path[0]: None}):
        assert satisfied(OPTIONAL[name], arguments)
        assert CEL[name](arguments)
        assert REGO[name](arguments)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_quoted_for_cel(text):
    assert cel.evaluate(cel_string(text), {}) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_is_quoted_for_rego_as_for_json(text):
    assert json.loads(rego_string(text)) == text


@settings(max_examples=30)
@given(st.text(alphabet=st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_any_text_that_can_be_seen_is_read_back_by_the_rego_engine(text):
    ask = engine_rego.load(
        f"package t\nimport rego.v1\nsame if input == {rego_string(text)}", "data.t.same"
    )
    assert ask(text) is True


WHAT_A_PROXY_SAYS = {
    "approved": True,
    "subject": "ann",
    "definition": f"{3:064x}",
    "same_call": 0,
    "tools_before": ["preview_order"],
    "counts": {"pay/pay_rate": 0, "*/all_tools_rate": 0},
}


@pytest.mark.parametrize("name", WHAT_A_PROXY_SAYS)
@pytest.mark.parametrize("odd", [None, "", "yes", "false", "0", 1, [], ["ann"], {}, {"a": 1}])
def test_what_a_proxy_says_in_another_form_counts_against_the_call(name, odd):
    """A word that is not understood is no approval, no caller, no count and no history."""
    pay = reading("pay", "Write", argument("text", "content"), effects=["pay order"])
    first = reading("preview_order", effects=["preview order"])
    held = {"approve": ["pay"]} if name == "approved" else {}
    made = plan(first, pay, wishes={"subjects": ["ann"], **held})
    ask = engine_rego.load(compile_policy("rego", made, (pay,)).text)
    told = {"tool": "pay", "arguments": {"text": "a"}} | WHAT_A_PROXY_SAYS
    assert ask(told)["verdict"] == "allow"
    if (name, odd) == ("same_call", 1):
        return  # it is a count, and a small one
    assert ask(told | {name: odd})["verdict"] in ("deny", "require_approval")
    assert ask({key: value for key, value in told.items() if key != name})["verdict"] != "allow"


A = "json(request.body).params.arguments.a"
ASKED = {
    "the message": (f'{A} == "x"', "x", True),
    "its words in a text": (
        f'{A} == "json(request.body)" && {A} != "b"',
        "json(request.body)",
        True,
    ),
    "another pattern's words": (f'"a.matches(b)" == {A}', "a.matches(b)", True),
    "a pattern": (f'{A}.matches("^x+$")', "xx", True),
    "a pattern that does not fit": (f'{A}.matches("^x+$")', "xy", False),
    "a pattern on a list": (f'!{A}.matches("x") || {A}.matches("y") == false', ["x"], False),
    "a pattern on a number": (f'!{A}.matches("x")', 7, False),
    "no pattern": (f'!{A}.matches("(")', "x", False),
    "a list's items": (f'{A}.all(one, one.matches("x"))', ["x", "xx"], True),
    "what cannot be read": (f'{A} != "x"', "\ud800", False),
    "what cannot be read and is not asked": (
        f'request.method == "POST" || {A} == ""',
        "\ud800",
        True,
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_gateway_decides_as_the_package_would_by_itself(name):
    rule, value, passes = ASKED[name]
    rules = {"authorization": {"rules": [{"require": rule}]}}
    text = json.dumps({"mcp": {"policies": rules}})
    policy = CompiledPolicy("agentgateway", "", "", text, (), ())
    session = engine_cel.opener(policy, plan(reading("get")), {})()
    arguments = {"a": value}
    assert (session.call(Call("get", arguments)).verdict == "pass") is passes
    body = json.dumps({"params": {"arguments": arguments}})
    try:
        asked = cel.Context({"request": {"method": "POST", "body": body}}, {"json": json.loads})
        by_itself = cel.compile(rule).execute(asked) is True
    except (ValueError, TypeError, KeyError, RuntimeError):
        by_itself = False
    assert by_itself is passes


def test_opa_runs_the_checks_of_the_tool_that_is_called_and_no_others():
    readings = [reading(name, "Read", argument("path", "path")) for name in ("a", "b")]
    text = compile_policy("rego", plan(*readings), readings).text
    passed = engine_rego.load(text, "data.mcp.authz.passes")
    assert passed({"tool": "b", "arguments": {"path": "src/x"}}) == ["argument:b:path:under"]
