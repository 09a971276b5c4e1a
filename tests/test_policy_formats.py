"""Every format says what became of each guard, and writes what its reader accepts."""

import json
import shlex
import tomllib
from dataclasses import replace
from types import SimpleNamespace

import cedarpy
import cel
import jsonschema
import pytest

from tests.policy.can import CAN
from tests.policy.hostile import NAMES
from tests.policy.make import RISKS, argument, plan, reading
from tests.policy.sample import WISHES, bank, confluent
from tests.support.checks import CHECKS, check_policy
from tests.support.checks.shape import load_yaml
from threatmodel.classify.classify import load_class_rules, read_tools
from threatmodel.classify.result import Argument
from threatmodel.description.agent import Tool
from threatmodel.errors import AivssError
from threatmodel.policy.formats import FORMATS, compile_policy, headed
from threatmodel.policy.formats.conditions import calls_within
from threatmodel.policy.formats.coverage import Ledger
from threatmodel.policy.plan import only, without
from threatmodel.policy.proof import engine_of, engine_rego, prove
from threatmodel.policy.proof.session import Call


def plans():
    """Give plans of every sort: with and without wishes, both presets, hostile names, none."""
    yield plan(*confluent(), wishes=WISHES)
    yield plan(*confluent())
    yield plan(*confluent(), preset="published")
    yield plan(*bank(), wishes=WISHES)
    yield plan(*bank(), wishes={"tools": ["get_balance"]})
    yield plan(threats=[])
    yield only(plan(*confluent(), wishes=WISHES), "produce-message")
    yield hostile_plan()


def hostile_plan():
    readings = [
        reading(
            name,
            list(RISKS)[number % len(RISKS)],
            argument(name.replace(".", "_"), "path"),
            argument("url", "url", required=False),
            argument("to.[]", "recipient", required=False),
            flags=["reads_untrusted_content"] if number % 7 == 0 else ["can_exfiltrate"],
        )
        for number, name in enumerate(NAMES)
    ]
    return plan(*readings, wishes={k: v for k, v in WISHES.items() if k != "limits"})


@pytest.mark.parametrize("kind", FORMATS)
def test_every_guard_is_kept_weakened_or_dropped_exactly_once(kind):
    for made in plans():
        compiled = compile_policy(kind, made, ())
        lost = [loss.guard for loss in compiled.losses]
        assert sorted([*compiled.kept, *lost]) == sorted(guard.id for guard in made.guards)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_kind_that_a_format_cannot_express_is_never_kept(kind):
    for made in plans():
        kinds = {guard.id: guard.kind for guard in made.guards}
        compiled = compile_policy(kind, made, ())
        assert {kinds[guard] for guard in compiled.kept} <= CAN[kind]


@pytest.mark.parametrize("kind", FORMATS)
def test_only_dropped_guards_leave_threats_as_they_were(kind):
    for made in plans():
        for loss in compile_policy(kind, made, ()).losses:
            assert loss.instead.endswith(".")
            assert loss.outcome == "dropped" or not loss.threats


@pytest.mark.parametrize("kind", CHECKS)
def test_our_own_checks_find_nothing(kind):
    for made in plans():
        assert check_policy(kind, compile_policy(kind, made, ()).text) == ()


def test_an_unknown_format_is_refused_by_name():
    with pytest.raises(AivssError, match="unknown policy format 'iptables'"):
        compile_policy("iptables", plan(), ())


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_plan_gives_the_same_bytes(kind):
    first, second = (compile_policy(kind, hostile_plan(), ()) for _ in range(2))
    assert first == second


def test_agentgateway_configurations_fit_the_published_schema(schemas):
    schema = json.loads((schemas / "agentgateway-config.schema.json").read_bytes())
    check = jsonschema.validators.validator_for(schema)(schema)
    for made in plans():
        document = load_yaml(compile_policy("agentgateway", made, ()).text)
        assert [error.message for error in check.iter_errors(document)] == []


def test_agentgateway_never_denies_by_an_expression():
    for made in plans():
        document = load_yaml(compile_policy("agentgateway", made, ()).text)
        policies = document["mcp"]["policies"]
        for part in ("mcpAuthorization", "authorization"):
            assert all(set(rule) <= {"allow", "require"} for rule in policies[part]["rules"])


def test_mcp_routes_fit_the_published_definition(schemas):
    text = (schemas / "envoy-mcproute.crd.yaml").read_text(encoding="utf-8")
    definition = load_yaml(text)
    versions = definition["spec"]["versions"]
    schema = next(v["schema"]["openAPIV3Schema"] for v in versions if v["name"] == "v1beta1")
    check = jsonschema.validators.validator_for(schema)(schema)
    for made in plans():
        document = load_yaml(compile_policy("envoy", made, ()).text)
        assert [error.message for error in check.iter_errors(document)] == []


def test_mcp_routes_only_deny_by_name():
    for made in plans():
        document = load_yaml(compile_policy("envoy", made, ()).text)
        rules = document["spec"]["securityPolicy"]["authorization"]["rules"]
        denials = [rule["cel"] for rule in rules if rule["action"] == "Deny"]
        assert not [text for text in denials if "params" in text]


def test_cel_expressions_compile():
    for made in plans():
        config = load_yaml(compile_policy("agentgateway", made, ()).text)["mcp"]["policies"]
        rules = [*config["authorization"]["rules"], *config["mcpAuthorization"]["rules"]]
        route = load_yaml(compile_policy("envoy", made, ()).text)
        for rule in route["spec"]["securityPolicy"]["authorization"]["rules"]:
            cel.compile(rule["cel"])
        for expression in [text for rule in rules for text in rule.values()]:
            cel.compile(expression)


def test_cedar_policies_parse_and_forbid_without_conditions():
    for made in plans():
        text = compile_policy("cedar", made, ()).text
        policies = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
        assert all(p["effect"] == "permit" or p["conditions"] == [] for p in policies)


@pytest.mark.skipif(not engine_rego.version(), reason="OPA: sh install.sh --dev")
@pytest.mark.parametrize(("paths", "passes"), [(2, True), (4, False)])
def test_no_cedar_policy_is_longer_than_the_gateway_takes(paths, passes):
    """Each is a resource of its own there, of at most 10,000 characters."""
    every = [argument(f"path_{n}", "path") for n in range(paths)]
    readings = [reading("copy", "Write", *every)]
    readings += [reading(f"drop_{n}_{'x' * 200}", "Destructive") for n in range(90)]
    made = plan(*readings, wishes={"limits": []})
    compiled = compile_policy("cedar", made, readings)
    policies = json.loads(cedarpy.policies_to_json_str(compiled.text))["staticPolicies"]
    assert len(policies) > 2
    assert max(map(len, compiled.text.split(";\n\n"))) <= 10_000
    call = Call("copy", {f"path_{n}": "/workspace/a.txt" for n in range(paths)})
    assert (engine_of(made, compiled, readings)[1]().call(call).verdict == "pass") == passes
    told = [loss.instead for loss in compiled.losses if loss.guard == "allow:copy"]
    assert told == (
        [] if passes else ["Its checks are too long for one policy: the tool is refused."]
    )


def test_what_gives_way_leaves_a_cedar_policy_first():
    text = {"type": "string"}
    names = ("path", "target_path", "note", "comment", "body", "text", "message", "title")
    fields = dict.fromkeys(names, text)
    shape = {"type": "object", "properties": fields, "required": [*fields]}
    tool = Tool.of({"name": "add_note", "inputSchema": shape})
    readings = read_tools((tool,), load_class_rules())
    made = plan(*readings, tools=[tool])
    compiled = compile_policy("cedar", made, readings)
    lost = [one.guard for one in compiled.losses if "too long together" in one.instead]
    assert lost
    assert all(guard.endswith("without_text") for guard in lost)
    assert max(map(len, compiled.text.split(";\n\n"))) <= 10_000
    assert "allow:add_note" in compiled.kept


def test_cedar_says_where_the_gateway_may_know_a_listed_value_as_another_type():
    listed = argument("mode", "operation", enum=("list", "delete"))
    readings = [reading("look", "Read", listed), reading("get")]
    made = plan(*readings, wishes={"values": {"mode": ["list"]}})
    (told,) = [n for n in compile_policy("cedar", made, readings).notes if "listed values" in n]
    assert told.endswith(": look.")


def test_rego_modules_load():
    for made in plans():
        ask = engine_rego.load(compile_policy("rego", made, ()).text)
        assert ask({"tool": "nothing", "arguments": {}})["verdict"] == "deny"


def test_names_are_quoted_and_not_pasted():
    made = hostile_plan()
    names = {guard.tool for guard in made.guards} - {"*"}
    hosted = json.loads(compile_policy("policylayer", made, ()).text)
    assert {*hosted["hide"], *hosted["tools"]} == names
    local = load_yaml(compile_policy("intercept", made, ()).text)
    assert {*local["hide"], *local["tools"]} - {"*"} == names
    rules = tomllib.loads(compile_policy("gemini-cli", made, ()).text)["rule"]
    assert {rule["toolName"] for rule in rules} - {"*"} == names


def test_names_that_look_alike_to_a_client_share_the_strictest_rule():
    made = plan(reading("a.b"), reading("a b", "Destructive"), threats=[])
    compiled = compile_policy("claude-code", made, ())
    assert json.loads(compiled.text)["permissions"]["deny"] == ["mcp__test-agent__a_b"]
    assert "allow:a.b" in {loss.guard for loss in compiled.losses}


def test_a_name_that_a_command_cannot_carry_is_left_out():
    made = plan(reading("a,b"), reading("fine"), threats=[])
    compiled = compile_policy("docker", made, ())
    assert "a,b" not in compiled.text
    assert "allow:a,b" in {loss.guard for loss in compiled.losses}


@pytest.mark.parametrize("kind", ["docker", "litellm", "kong"])
def test_a_list_that_lets_nothing_through_is_not_empty(kind):
    made = plan(reading("drop", "Destructive"), threats=[])
    assert "aivss-none" in compile_policy(kind, made, ()).text


@pytest.mark.parametrize(
    ("checked", "refused", "letters"), [(90, 0, 40), (150, 90, 150), (3, 300, 200)]
)
def test_more_tools_than_rules_still_fit_a_route(checked, refused, letters):
    arguments = [argument("path", "path"), argument("url", "url")]
    long = "x" * letters
    readings = [reading(f"do_{n}_{long}", "Write", *arguments) for n in range(checked)]
    readings += [reading(f"drop_{n}_{long}", "Destructive") for n in range(refused)]
    made = plan(*readings, wishes=WISHES | {"limits": []})
    compiled = compile_policy("envoy", made, ())
    document = load_yaml(compiled.text)
    rules = document["spec"]["securityPolicy"]["authorization"]["rules"]
    assert len(rules) <= 32
    assert max(len(rule["cel"]) for rule in rules) <= 4096
    allowed = "".join(rule["cel"] for rule in rules if rule["action"] == "Allow")
    assert "do_0_" in allowed
    assert "drop_" not in allowed
    session = engine_of(made, compiled, readings)[1]()
    assert session.call(Call(f"drop_0_{long}", {}, "desk-1")).verdict == "refuse"


def test_a_route_says_from_what_length_on_a_text_costs_too_much():
    """One expression may cost 10,000 there, so that a note of 1,100 characters fails its rule."""
    text = {"type": "string"}
    shapes = {
        "add_note": {"type": "object", "properties": {"note": text}, "required": ["note"]},
        "get_note": {"type": "object", "properties": {"note_id": text}, "required": ["note_id"]},
    }
    tools = [Tool.of({"name": name, "inputSchema": one}) for name, one in shapes.items()]
    readings = read_tools(tuple(tools), load_class_rules())
    notes = compile_policy("envoy", plan(*readings, tools=tools), readings).notes
    (told,) = [note for note in notes if "characters" in note]
    assert "over about 800 characters in add_note." in told
    assert "get_note" not in told


def test_without_the_default_the_rest_is_allowed():
    made = without(plan(reading("get"), threats=[]), "default-deny:*")
    assert json.loads(compile_policy("policylayer", made, ()).text)["default"] == "allow"


RATE = {"counter": "c", "window": "minute", "max": 1, "scope": "grant"}
RULE = 'mcpName = "a"\ndecision = "allow"\npriority = 1\n'


def hosted(**changes):
    return json.dumps({"version": "1", "default": "deny"} | changes)


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("policylayer", "{", "not JSON"),
        ("policylayer", "[]", "must be a mapping"),
        ("policylayer", hosted(version=1), "must be one of '1'"),
        ("policylayer", '{"version": "1"}', "default: missing"),
        ("policylayer", hosted(rate_limit=3), "unknown key"),
        ("policylayer", hosted(hide="a"), "must be a list"),
        ("policylayer", hosted(hide=["a", "a"]), "twice"),
        ("policylayer", hosted(hide=[""]), "must be a text"),
        ("policylayer", hosted(tools=[]), "must be a mapping"),
        ("policylayer", hosted(tools={"": {}}), "non-empty"),
        ("policylayer", hosted(hide=["a"], tools={"a": {}}), "hidden and listed"),
        ("policylayer", hosted(tools={"a": {"limits": [RATE | {"max": 0}]}}), "above zero"),
        ("policylayer", hosted(all_tools={"limits": [RATE | {"window": "week"}]}), "one of"),
        ("claude-code", "{", "not JSON"),
        ("claude-code", '{"permissions": {"deny": ["mcp__a__b(c)"]}}', "would be skipped"),
        ("claude-code", '{"permissions": {"deny": [1]}}', "would be skipped"),
        ("gemini-cli", "= 1", "not TOML"),
        ("gemini-cli", "rule = []", "needs at least 1"),
        ("gemini-cli", f"[[rule]]\n{RULE}".replace('"a"', '"a_b"'), "underscore"),
        ("gemini-cli", f"[[rule]]\n{RULE}".replace("= 1", "= 1000"), "must be 0 to 999"),
        ("codex", "[mcp_servers.a]\ntools = []", "must be a mapping"),
        ("litellm", "a: [", "not YAML"),
        ("litellm", "mcp_servers: {a: {url: u, allowed_tools: []}}", "needs at least 1"),
        ("docker", "docker run", "must start the gateway"),
        ("docker", "docker mcp gateway run --servers=a", "--tools: missing"),
        ("docker", "docker mcp gateway run --tools=a:b,c", "cannot be read"),
        ("kong", "plugins: []", "_format_version: missing"),
        ("contextforge", "plugins: []", "needs at least 1"),
    ],
)
def test_what_a_reader_would_not_take_is_found(kind, text, fault):
    assert any(fault in found for found in check_policy(kind, text)), check_policy(kind, text)


def test_rates_of_plugins_are_read():
    made = plan(reading("put", "Write"))
    text = compile_policy("contextforge", made, ()).text.replace("30/m", "many")
    assert any("must be N/m" in fault for fault in check_policy("contextforge", text))


def test_a_format_without_a_check_of_ours_has_no_faults():
    assert check_policy("cedar", "nonsense") == ()


@pytest.mark.parametrize("kind", ["policylayer", "intercept"])
def test_a_format_that_cannot_say_left_out_or_fine_lets_the_everyday_call_pass(kind):
    readings = (
        reading(
            "note", "Write", argument("text"), argument("force", kind="boolean", required=False)
        ),
        reading("shot", "Read", argument("path", "path", required=False)),
    )
    made = plan(*readings, threats=[])
    compiled = compile_policy(kind, made, readings)
    session = engine_of(made, compiled, readings)[1]()
    assert session.call(Call("note", {"text": "a"})).verdict == "pass"
    assert session.call(Call("shot", {})).verdict == "pass"
    assert session.call(Call("note", {"text": "a", "force": True})).verdict == "refuse"
    assert session.call(Call("shot", {"path": "/etc/passwd"})).verdict == "refuse"


def test_agentgateway_shares_buckets_among_any_number_of_different_limits():
    readings = tuple(reading(f"put-{n}", "Write") for n in range(100))
    limits = [{"tool": f"put-{n}", "max": n + 1, "window": "minute"} for n in range(100)]
    made = plan(*readings, wishes={"limits": limits})
    policies = load_yaml(compile_policy("agentgateway", made, readings).text)["mcp"]["policies"]
    buckets = policies["localRateLimit"]["conditional"]
    assert len(buckets) <= 64
    assert min(bucket["maxTokens"] for bucket in buckets) == 1


def test_contextforge_refuses_both_of_two_tools_that_it_lists_by_one_name():
    readings = (reading("drop_it", "Destructive"), reading("drop-it"))
    made = plan(*readings, threats=[])
    compiled = compile_policy("contextforge", made, readings)
    assert "drop-it" not in compiled.text
    assert "allow:drop-it" in {loss.guard for loss in compiled.losses}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_says_what_it_is_in_comments_alone(kind):
    made = plan(*confluent())
    compiled = compile_policy(kind, made, confluent())
    hostile = "Evil\n*/ rm -rf / \u2028 forbid (principal, action, resource);"
    text = headed(compiled, made, hostile, "0" * 64, "2026.1")
    assert text.endswith(compiled.text)
    head = text.removesuffix(compiled.text).splitlines()
    mark = FORMATS[kind].comment
    assert bool(head) is bool(mark)
    assert all(line.startswith(f"{mark} ") and line.isprintable() for line in head)
    if mark:
        told = " ".join(line.removeprefix(mark).strip() for line in head)
        assert FORMATS[kind].place in told
        assert "preset recommended" in told
    proof = prove(made, replace(compiled, text=text), confluent())
    assert proof.failures == ()


@pytest.mark.parametrize(
    ("cap", "each", "calls"),
    [
        *((1000, 600, 1), (1000, 400, 2), (1000, 500, 2), (1000, 250.5, 3), (1000, 5000, 1)),
        *((0, 600, 1), (1000, 0, 1)),
    ],
)
def test_where_sums_cannot_be_added_so_few_calls_pass_that_the_cap_holds(cap, each, calls):
    check = SimpleNamespace(operator="lte", path=("amount",), value=each)
    tool = SimpleNamespace(arguments=[SimpleNamespace(checks=(check,))])
    limit = SimpleNamespace(max=cap, sum_of=("amount",))
    assert calls_within(tool, limit) == calls
    assert calls == 1 or calls * each <= cap


@pytest.mark.parametrize("kind", FORMATS)
def test_a_cap_of_nothing_is_written_and_holds_in_every_format(kind):
    amount = argument("amount", "amount", "number")
    limits = [{"tool": "refund_quote", "argument": "amount", "max": 0, "window": "hour"}]
    readings = (reading("refund_quote", "Read", amount),)
    made = plan(*readings, wishes={"limits": limits})
    assert any(guard.kind == "spend" for guard in made.guards)
    proof = prove(made, compile_policy(kind, made, readings), readings)
    assert proof.failures == ()


SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@pytest.mark.parametrize("windows", [("minute", "day"), ("hour", "minute"), ("day", "hour")])
@pytest.mark.parametrize("most", [(2, 50), (50, 2)])
def test_the_one_bucket_of_a_tool_lets_no_more_through_than_each_of_its_limits(windows, most):
    limits = [
        {"tool": "put", "max": one, "window": window}
        for one, window in zip(most, windows, strict=True)
    ]
    readings = (reading("put", "Write"),)
    made = plan(*readings, wishes={"limits": limits}, threats=[])
    document = load_yaml(compile_policy("agentgateway", made, readings).text)
    (bucket,) = document["mcp"]["policies"]["localRateLimit"]["conditional"]
    every = int(bucket["fillInterval"].removesuffix("s"))
    for guard in made.guards:
        if guard.limit and guard.tool == "put":
            fills = -(-SECONDS[guard.limit.window] // every)
            assert fills * bucket["maxTokens"] <= guard.limit.max, guard.id


@pytest.mark.parametrize("kind", ["intercept", "policylayer"])
def test_a_check_on_a_key_that_a_path_cannot_name_is_never_written_on_another_argument(kind):
    dotted = Argument(("a.b",), "path", "string", required=True, is_array=False, enum=())
    readings = (reading("get", "Read", dotted),)
    made = plan(*readings, wishes={"paths": ["/srv"]}, threats=[])
    compiled = compile_policy(kind, made, readings)
    assert "args.a.b" not in compiled.text
    session = engine_of(made, compiled, readings)[1]()
    for arguments in ({"a": {"b": "/srv/x"}, "a.b": "/etc/passwd"}, {"a.b": "/etc/passwd"}):
        assert session.call(Call("get", arguments)).verdict != "pass"


@pytest.mark.parametrize("name", ["a b", "a;touch x", "$(touch x)", "a'b", "`id`", "--tools=*"])
def test_no_name_ends_its_word_of_a_command(name):
    made = replace(plan(reading("get"), threats=[]), name=name)
    words = shlex.split(compile_policy("docker", made, ()).text.replace("\\\n", " "))
    assert words[:4] == ["docker", "mcp", "gateway", "run"]
    assert words[4:] == [f"--servers={name}", f"--tools={name}:get"]


@pytest.mark.parametrize("order", [("weaken", "drop"), ("drop", "weaken"), ("keep", "drop")])
def test_what_a_format_loses_is_told_as_lost_whatever_else_it_does_with_the_guard(order):
    made = plan(reading("get"))
    guard = made.guards[0]
    ledger = Ledger(made)
    for step in order:
        getattr(ledger, step)(guard, *(("Instead.",) if step != "keep" else ()))
    _, kept, losses, _ = ledger.written("", {})
    assert guard.id not in kept
    assert [one.outcome for one in losses if one.guard == guard.id] == ["dropped"]


@pytest.mark.parametrize("kind", FORMATS)
def test_no_tool_is_open_to_a_caller_who_is_not_listed_where_callers_are_held(kind):
    tools = (
        reading("plain"),
        reading("checked", "Read", argument("path", "path")),
        reading("many", "Write", argument("path", "path"), argument("url", "url")),
    )
    made = plan(*tools, wishes={"subjects": ["ann"], "paths": ["/srv"], "domains": ["a.example"]})
    compiled = compile_policy(kind, made, tools)
    if "subject:*" not in compiled.kept:
        return
    arguments = {"path": "/srv/a", "url": "https://a.example/"}
    for tool in tools:
        given = {one.path[0]: arguments[one.path[0]] for one in tool.arguments}
        verdicts = [
            engine_of(made, compiled, tools)[1]().call(Call(tool.name, given, who)).verdict
            for who in ("ann", "bob", "")
        ]
        assert verdicts[1:] == ["refuse", "refuse"], (tool.name, verdicts)
        if "argument" in CAN[kind]:
            assert verdicts[0] == "pass", tool.name


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("required", [True, False])
def test_a_text_that_a_needed_argument_must_not_hold_is_written_or_the_tool_waits(kind, required):
    """Formats that cannot search a text may not wave it through, nor fail on it."""
    schema = {
        "type": "object",
        "properties": {"domain": {"type": "string"}, "entity_id": {"type": "string"}},
        "required": ["domain", "entity_id"] if required else [],
    }
    says = "Call a service of a smart home device: lights, locks, thermostats."
    tool = Tool.of({"name": "call_service", "description": says, "inputSchema": schema})
    readings = read_tools((tool,), load_class_rules())
    made = plan(*readings, tools=[tool])
    (guard,) = [g for g in made.guards if g.kind == "argument" and "entity_id" in g.checks[0].path]
    assert guard.checks[0].operator == "without_text"
    compiled = compile_policy(kind, made, readings)
    lost = {loss.guard for loss in compiled.losses if loss.outcome == "dropped"}
    if guard.id in lost:
        return
    session = engine_of(made, compiled, readings)[1]()
    opening = Call("call_service", {"domain": "light", "entity_id": "lock.front_door"})
    assert session.call(opening).verdict != "pass"


@pytest.mark.parametrize("kind", ["intercept", "policylayer"])
@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"action": "peek"}, "pass"),
        ({"action": "peek", "first_path": "/etc/shadow"}, "stop"),
        ({"action": "peek", "other_path": "a.txt"}, "stop"),
        ({"first_path": None}, "stop"),
        ("peek", "stop"),
    ],
)
def test_what_a_needed_structure_may_hold_is_left_out_where_it_is_one(kind, request_, told):
    """A format without `or` demanded the first path of two, and that there be no second one."""
    asked = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("action", "first_path", "other_path")},
        "required": ["action"],
    }
    schema = {"type": "object", "properties": {"request": asked}, "required": ["request"]}
    tool = Tool.of({"name": "inspect_kiln", "description": "Looks.", "inputSchema": schema})
    readings = read_tools((tool,), load_class_rules())
    made = plan(*readings, tools=[tool])
    compiled = compile_policy(kind, made, readings)
    session = engine_of(made, compiled, readings)[1]()
    passes = session.call(Call("inspect_kiln", {"request": request_})).verdict == "pass"
    assert passes == (told == "pass")
    assert not prove(made, compiled, readings).failures
