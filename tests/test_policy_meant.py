"""A plan as it is meant: what becomes of a call that stands just at a bound, and just beyond it."""

import pytest

from tests.policy.make import argument, guard, kinds, plan, reading
from tests.policy.sample import bank
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.guard import ArgumentCheck
from threatmodel.policy.proof.reference import planned, satisfied
from threatmodel.policy.proof.session import Call, next_window


def opened(*readings, **asked):
    return planned(plan(*readings, **asked), {})()


def verdicts(session, *calls):
    return [session.call(one).verdict for one in calls]


def test_as_many_calls_pass_as_a_limit_says_and_the_next_window_has_as_many_again():
    wishes = {"limits": [{"tool": "put", "max": 2}]}
    session = opened(reading("put", "Write"), wishes=wishes)
    calls = [Call("put", {"n": at}) for at in range(3)]
    assert verdicts(session, *calls) == ["pass", "pass", "refuse"]
    session.wait("minute")
    assert verdicts(session, *calls) == ["pass", "pass", "refuse"]


def test_a_call_that_is_refused_uses_nothing_up():
    wishes = {
        "limits": [
            {"tool": "pay", "argument": "amount", "max": 10, "window": "hour"},
        ]
    }
    session = opened(reading("pay", "Write", argument("amount", "amount", "number")), wishes=wishes)
    spent = [Call("pay", {"amount": amount}) for amount in (8, 3, 2, 1)]
    assert verdicts(session, *spent) == ["pass", "refuse", "pass", "refuse"]


def test_amounts_that_stand_for_each_other_use_up_one_sum_together():
    wishes = {"limits": [{"tool": "pay", "argument": "amount", "max": 10, "window": "hour"}]}
    amounts = [argument(name, "amount", "number", required=False) for name in ("amount", "gross")]
    session = opened(reading("pay", "Write", *amounts), wishes=wishes)
    calls = [{"amount": 4}, {"amount": 3, "gross": 4}, {"gross": 6}]
    assert verdicts(session, *(Call("pay", one) for one in calls)) == ["pass", "refuse", "pass"]


@pytest.mark.parametrize("window", ["call", "hour"])
def test_a_negative_amount_brings_no_sum_down_and_passes_no_limit(window):
    wishes = {"limits": [{"tool": "pay", "argument": "amount", "max": 10, "window": window}]}
    session = opened(reading("pay", "Write", argument("amount", "amount", "number")), wishes=wishes)
    assert verdicts(session, Call("pay", {"amount": -5}), Call("pay", {"amount": 5})) == [
        "refuse",
        "pass",
    ]


def test_the_same_call_is_refused_once_it_was_made_as_often_as_a_plan_lets_it():
    made = plan(reading("get"))
    repeat = next(one for one in made.guards if one.kind == "repeat")
    session = planned(made, {})()
    same = [Call("get", {"q": "a"})] * int(repeat.limit.max)
    assert set(verdicts(session, *same)) == {"pass"}
    assert verdicts(session, same[0], Call("get", {"q": "b"})) == ["refuse", "pass"]


@pytest.mark.parametrize(
    ("now", "window", "at"),
    [(0, "minute", 60), (59, "minute", 60), (60, "minute", 120), (3700, "hour", 7200)],
)
def test_a_window_ends_on_the_edge_of_the_clock_whenever_it_was_begun(now, window, at):
    assert next_window(now, window) == at


def test_a_text_is_searched_with_its_keys_and_blank_ones_hold_nothing():
    check = ArgumentCheck(("a",), "without_text", ("x", " "))
    assert not satisfied(check, {"a": {"x": 1}})
    assert satisfied(check, {"a": [" ", "y"]})


def test_a_rate_over_another_window_than_the_minute_says_so_in_its_id():
    rates = [one for one in plan(*bank()).guards if one.kind == "rate" and not one.limit.sum_of]
    longer = [one for one in rates if one.limit.window != "minute"]
    assert longer
    assert all(one.id == f"rate:{one.tool}:{one.limit.window}" for one in longer)


def test_what_a_format_can_hold_for_a_person_is_kept_and_elsewhere_it_is_told_to_be_refused():
    made = plan(*bank())
    held = {one.id for one in made.guards if one.kind == "argument" and one.otherwise == "approval"}
    assert held
    for kind, keeps in (("rego", True), ("cedar", False)):
        written = compile_policy(kind, made, bank())
        assert held.isdisjoint(loss.guard for loss in written.losses) is keeps, kind
        assert held.isdisjoint(written.kept) is not keeps, kind


def test_a_tool_whose_checks_all_give_way_is_not_asked_about_in_every_call():
    readings = (
        reading("list_issues", "Read", argument("limit", "limit", "integer")),
        reading("list_files", "Read", argument("url", "url")),
    )
    made = plan(*readings)
    given = {one.tool: {c.gives_way for c in one.checks} for one in made.guards if one.checks}
    assert given == {"list_issues": {True}, "list_files": {False}}
    for kind in ("claude-code", "codex", "gemini-cli"):
        kept = compile_policy(kind, made, readings).kept
        assert ("allow:list_issues" in kept, "allow:list_files" in kept) == (True, False), kind


def test_a_tool_that_brings_in_text_itself_waits_after_other_tools_only():
    both = reading("post", "Write", flags=("reads_untrusted_content", "can_exfiltrate"))
    mail = reading("read_mail", flags=("reads_untrusted_content",))
    assert guard(plan(both, mail), "taint:post").after == ("read_mail",)
    assert "taint" not in kinds(plan(both), "post")
