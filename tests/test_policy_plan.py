"""The plan holds what the classes, the threats and the wishes ask for, and nothing else."""

import json

import pytest

from tests.policy.make import argument, finding, guard, kinds, plan, reading
from tests.policy.sample import WISHES, bank, confluent
from threatmodel.description.agent import Tool
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.plan import only
from threatmodel.policy.proof.reference import planned
from threatmodel.policy.proof.session import Call


def published(*readings):
    return plan(*readings, preset="published")


def hosted(made, readings=()):
    return json.loads(compile_policy("policylayer", made, readings).text)


def test_the_published_block_of_produce_message_is_exact():
    made = only(published(*confluent()), "produce-message")
    assert hosted(made) == {
        "version": "1",
        "default": "deny",
        "tools": {
            "produce-message": {
                "limits": [
                    {
                        "counter": "produce-message_rate",
                        "window": "minute",
                        "max": 30,
                        "scope": "grant",
                    }
                ]
            }
        },
    }


@pytest.mark.parametrize(
    ("tool_class", "block"),
    [
        ("Read", {"tools": {"X.y": {}}}),
        (
            "Execute",
            {
                "tools": {
                    "X.y": {
                        "limits": [
                            {"counter": "x.y_rate", "window": "minute", "max": 10, "scope": "grant"}
                        ]
                    }
                }
            },
        ),
        ("Destructive", {"hide": ["X.y"]}),
        (
            "Financial",
            {
                "tools": {
                    "X.y": {"deny_if": [{"conditions": [], "on_deny": "Requires human approval."}]}
                }
            },
        ),
    ],
)
def test_the_published_preset_is_the_table_of_the_classes(tool_class, block):
    assert (
        hosted(published(reading("X.y", tool_class))) == {"version": "1", "default": "deny"} | block
    )


def test_published_guards_know_their_threats():
    made = plan(reading("drop", "Destructive"), preset="published", threats=[finding("TH-L2-06")])
    assert guard(made, "hide:drop").threats == ("TH-L2-06",)


def test_a_threat_about_other_tools_is_not_answered():
    threats = [finding("TH-L2-06", tools=["other"])]
    made = plan(reading("drop", "Destructive"), threats=threats)
    assert guard(made, "hide:drop").threats == ()


def test_a_silent_description_gets_the_safe_default_and_a_parameter_that_widens_it():
    made = plan(*confluent())
    held = guard(made, "argument:create-flink-statement:statement:statement")
    assert (held.otherwise, held.checks[0].value) == (
        "approval",
        ("SELECT", "SHOW", "DESCRIBE", "WITH", "EXPLAIN"),
    )
    assert "approval" not in kinds(made, "create-flink-statement")
    parameter = next(p for p in made.parameters if p.name == "policy.statements")
    assert "create-flink-statement" in parameter.says
    assert parameter.guards == (held.id,)


def test_no_open_threat_and_no_wish_leave_the_table():
    readings = (
        reading("get"),
        reading("put", "Write"),
        reading("run", "Execute"),
        reading("drop", "Destructive"),
    )
    made = plan(*readings, threats=[])
    assert [g.id for g in made.guards] == [
        "default-deny:*",
        "hide:drop",
        "allow:get",
        "allow:put",
        "rate:put",
        "allow:run",
        "rate:run",
    ]


def test_wishes_bound_only_arguments_that_exist():
    made = plan(*confluent(), wishes=WISHES)
    assert guard(made, "argument:produce-message:topicName:in").checks[0].value == (
        "orders",
        "refunds",
    )
    assert guard(made, "argument:create-topics:topics[].topic:in").checks[0].path == (
        "topics",
        "[]",
        "topic",
    )
    assert kinds(made, "list-topics") == ["allow"]


def test_wished_values_keep_the_type_and_the_enum_of_the_argument():
    wishes = {"values": {"size": ["10", "x"], "mode": ["fast", "odd"], "on": ["true"]}}
    made = plan(
        reading(
            "go",
            "Write",
            argument("size", kind="integer"),
            argument("mode", enum=("fast", "slow")),
            argument("on", kind="boolean"),
        ),
        wishes=wishes,
    )
    found = {g.checks[0].path[0]: g.checks[0].value for g in made.guards if g.kind == "argument"}
    assert found == {"size": (10,), "mode": ("fast",), "on": (True,)}


def test_every_alternative_amount_is_capped_and_shares_the_counter():
    made = plan(*bank(), wishes=WISHES)
    capped = [g for g in made.guards if g.tool == "create_payment" and g.kind == "spend"]
    assert [g.limit.sum_of for g in capped] == [("amount",), ("amount_minor",)]
    assert len({g.limit.counter for g in capped}) == 1
    bounded = [
        g.checks[0].path for g in made.guards if g.tool == "create_payment" and ":lte" in g.id
    ]
    assert bounded == [("amount",), ("amount_minor",)]


def test_a_tool_that_changes_inherits_the_guards_of_the_one_that_creates():
    wishes = WISHES | {"tools": [r.name for r in bank()]}
    made = plan(*bank(), wishes=wishes)
    assert guard(made, "argument:update_payment:amount:lte").checks[0].value == 100
    assert guard(made, "spend:update_payment:amount:day").limit.max == 500


def test_a_brake_stays_callable_whatever_the_purpose_names():
    made = plan(*bank(), wishes={"tools": ["get_balance"]})
    assert "allow" in kinds(made, "cancel_payment")
    assert kinds(made, "fetch") == ["hide"]


def test_needed_critical_tools_wait_for_a_person():
    made = plan(reading("drop", "Destructive"), reading("get"), wishes={"tools": ["drop", "get"]})
    assert kinds(made, "drop") == ["approval"]
    assert [p.name for p in made.parameters] == ["approvers"]


def test_a_rehearsal_is_free_where_a_real_run_waits():
    made = plan(*bank(), wishes=WISHES)
    assert "dry-run" in kinds(made, "create_payment")
    assert "approval" not in kinds(made, "create_payment")


def test_what_runs_code_waits_for_a_person():
    shell = reading("shell", "Execute", flags=["runs_code"])
    assert "approval" in kinds(plan(shell), "shell")


def test_handing_out_power_is_hidden_unless_the_purpose_needs_it():
    assert kinds(plan(*bank()), "add_user") == ["hide"]
    assert "approval" in kinds(plan(*bank(), wishes={"tools": ["add_user"]}), "add_user")


def test_writing_to_a_stream_after_reading_one_is_everyday_work():
    made = plan(*confluent())
    assert "taint" not in kinds(made, "produce-message")
    assert "taint" not in kinds(made, "consume-messages")
    assert "taint" not in kinds(made, "list-topics")


def test_a_shell_waits_whatever_was_read_before_and_a_click_never_does():
    made = plan(
        reading("search", flags=["reads_untrusted_content"]),
        reading("fetch", flags=["reads_untrusted_content", "can_exfiltrate"]),
        reading("shell", "Execute", flags=["reads_untrusted_content", "runs_code"]),
        reading("click", "Execute", flags=["reads_untrusted_content"], effects=["act page"]),
        threats=[finding("TH-L7-10")],
    )
    assert "approval" in kinds(made, "shell")
    assert "taint" not in kinds(made, "fetch")
    assert "taint" not in kinds(made, "click")


def test_items_of_arrays_count_like_calls():
    made = plan(*confluent())
    items = guard(made, "rate:create-topics:items:topics")
    assert (items.limit.max, items.limit.sum_of) == (100, ("topics",))
    assert guard(made, "argument:create-topics:topics:max_items").checks[0].value == 50


def test_a_limit_replaces_the_class_rate_of_its_window_only():
    limits = [{"tool": "put", "max": 100}, {"tool": "put", "max": 500, "window": "day"}]
    made = plan(reading("put", "Write"), wishes={"limits": limits})
    rates = {g.limit.window: g.limit.max for g in made.guards if g.tool == "put" and g.limit}
    assert rates == {"minute": 100, "day": 500}


def test_a_limit_of_nothing_denies_the_tool():
    made = plan(reading("put", "Write"), wishes={"limits": [{"tool": "put", "max": 0}]})
    assert kinds(made, "put") == ["deny"]


def test_a_limit_per_call_without_an_argument_bounds_the_arrays():
    limits = [{"tool": "put", "max": 3, "window": "call"}]
    made = plan(
        reading("put", "Write", argument("rows.[].text", "content")), wishes={"limits": limits}
    )
    assert guard(made, "argument:put:rows:max_items").checks[0].value == 3


def test_a_limit_on_any_other_argument_bounds_it():
    limits = [{"tool": "put", "argument": "depth", "max": 2.5, "window": "call"}]
    made = plan(
        reading("put", "Write", argument("depth", kind="number")), wishes={"limits": limits}
    )
    check = guard(made, "argument:put:depth:lte").checks[0]
    assert (check.value, check.optional) == (2.5, False)


def test_wished_numbers_keep_their_fractions():
    made = plan(
        reading("put", "Write", argument("share", kind="number"), argument("note", kind="object")),
        wishes={"values": {"share": ["0.5", "many"], "note": ["x"]}},
    )
    assert guard(made, "argument:put:share:in").checks[0].value == (0.5,)
    assert "argument:put:note:in" not in [one.id for one in made.guards]


def test_a_tool_that_reads_as_all_tools_is_left_out_and_so_refused():
    assert kinds(plan(reading("*"), reading("get"), threats=[]), "get") == ["allow"]
    assert [g.id for g in plan(reading("*"), threats=[]).guards] == ["default-deny:*"]


def test_arguments_without_a_role_are_taken_from_the_schema():
    schema = {
        "properties": {"mode": {"type": "string"}, "tags": {"type": "array", "items": {}}, "x": 1},
        "required": ["mode"],
    }
    tool = Tool.of({"name": "put", "inputSchema": schema})
    wishes = {"values": {"mode": ["a"], "tags": ["b"], "x": ["c"]}}
    made = plan(reading("put", "Write"), wishes=wishes, tools=[tool], threats=[])
    checks = {g.checks[0].path: g.checks[0] for g in made.guards if g.kind == "argument"}
    assert checks[("mode",)].optional is False
    assert checks[("tags", "[]")].value == ("b",)
    assert checks[("x",)].optional is True


def test_servers_that_the_description_names_are_kept():
    tool = Tool.of({"name": "put", "server": "kafka"})
    made = plan(reading("put", "Write"), tools=[tool], threats=[])
    assert made.servers == (("put", "kafka"),)
    assert "mcp__kafka__put" in compile_policy("claude-code", made, ()).text


def test_a_tool_that_waits_passes_that_on_to_the_one_that_changes():
    made = plan(
        reading("create_key", "Write", effects=["create key"], flags=["admin_or_identity"]),
        reading("update_key", "Write", effects=["update key"]),
    )
    assert kinds(made, "update_key") == ["approval", "rate"]
    waiting = plan(
        reading("create_key", "Write", effects=["create key"], flags=["admin_or_identity"]),
        reading("update_key", "Write", effects=["update key"], flags=["admin_or_identity"]),
    )
    assert kinds(waiting, "update_key") == ["approval", "rate"]


def test_a_payment_that_settles_waits_for_a_person():
    made = plan(
        reading("quote", "Read", effects=["preview payment"]),
        reading("settle", "Execute", effects=["pay payment"]),
    )
    assert guard(made, "approval:settle").rule == "grave-verbs"


def test_a_payment_asks_for_its_preview_first():
    made = plan(
        reading("quote", "Read", effects=["preview payment"]),
        reading("finish", "Execute", effects=["pay payment"]),
    )
    assert guard(made, "sequence:finish:0").after == ("quote",)


def test_wishes_about_nothing_are_listed():
    wishes = {
        "tools": ["nope"],
        "values": {"gone": ["x"]},
        "limits": [{"tool": "ghost", "max": 1}, {"tool": "get", "argument": "no", "max": 1}],
    }
    made = plan(reading("get"), wishes=wishes, threats=[])
    assert [p.name for p in made.parameters] == [
        "policy.limits",
        "policy.limits",
        "policy.tools",
        "policy.values",
    ]


def test_of_two_tools_with_one_name_the_more_dangerous_counts():
    made = plan(reading("do"), reading("do", "Destructive"))
    assert kinds(made, "do") == ["hide"]


def test_ids_are_unique_and_guards_are_sorted():
    made = plan(*bank(), *confluent(), wishes=WISHES)
    ids = [g.id for g in made.guards]
    assert len(ids) == len(set(ids))
    assert ids == [g.id for g in plan(*bank(), *confluent(), wishes=WISHES).guards]


def test_counters_of_tools_that_differ_in_case_stay_apart():
    made = plan(reading("Put", "Write"), reading("put", "Write"), threats=[])
    assert {g.limit.counter for g in made.guards if g.limit} == {"Put_rate", "put_rate"}


def test_a_switch_is_known_by_its_whole_name_and_not_by_a_word_in_it():
    flags = ("force", "force_instrumental", "disable_ssl", "disable_sync")
    made = plan(
        reading(
            "make", "Write", *(argument(flag, kind="boolean", required=False) for flag in flags)
        )
    )
    held = {g.checks[0].path[0] for g in made.guards if g.rule == "switches"}
    assert held == {"force", "disable_ssl"}


def test_a_value_that_keeps_something_back_passes_whatever_else_it_names():
    who = argument("edit_permission", enum=("all_members", "only_owner", "public"))
    made = plan(reading("open", "Write", who))
    (held,) = [g for g in made.guards if g.rule == "audience"]
    assert held.checks[0].value == ("all_members", "only_owner")


@pytest.mark.parametrize("tool_class", ["Read", "Write", "Execute", "Financial", "Destructive"])
def test_the_strict_preset_leaves_open_what_reads_and_what_is_named_and_nothing_else(tool_class):
    tools = (reading("do", tool_class), reading("get"))
    callable_ = {"allow", "approval"}
    silent = plan(*tools, preset="strict", threats=[])
    assert (not callable_.isdisjoint(kinds(silent, "do"))) == (tool_class == "Read")
    for wish in ("tools", "allow"):
        named = plan(*tools, wishes={wish: ["do", "get"]}, preset="strict", threats=[])
        assert not callable_.isdisjoint(kinds(named, "do")), wish


@pytest.mark.parametrize("tool_class", ["Read", "Write", "Destructive"])
def test_where_a_tool_is_both_let_through_and_held_it_waits(tool_class):
    wishes = {"allow": ["do"], "approve": ["do"], "tools": ["do"]}
    assert "approval" in kinds(plan(reading("do", tool_class), wishes=wishes), "do")
    wishes.pop("approve")
    assert "allow" in kinds(plan(reading("do", tool_class), wishes=wishes), "do")


@pytest.mark.parametrize("most", [(100, 10), (10, 100)])
@pytest.mark.parametrize("limited", [{}, {"argument": "size"}])
def test_of_two_limits_on_one_thing_the_tighter_holds_in_any_order(most, limited):
    limits = [{"tool": "put", "max": one, "window": "hour", **limited} for one in most]
    size = argument("size", "amount", "integer")
    made = plan(reading("put", "Write", size), wishes={"limits": limits})
    held = [g for g in made.guards if g.tool == "put" and g.limit and g.limit.window == "hour"]
    assert [one.limit.max for one in held] == [10]
    bounds = [c.value for g in made.guards for c in g.checks if c.operator == "lte"]
    assert bounds == ([10] if limited else [])


@pytest.mark.parametrize("tool", ["list-topics", "delete-topics"])
def test_a_plan_for_one_tool_still_refuses_every_other(tool):
    made = only(plan(*confluent(), wishes=WISHES), tool)
    session = planned(made, {})()
    others = {one.name for one in confluent()} - {tool} | {"nobody-listed-it"}
    assert {session.call(Call(other, {}, "desk-1")).verdict for other in others} == {"refuse"}
