"""What a reviewer relies on without reading the code; each of these was once broken by one sign."""

import csv
import datetime as dt
import io
import json
import os
import re
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from tests.policy.make import argument, plan, reading
from threatmodel.advise import advise
from threatmodel.assessment import assess
from threatmodel.catalogue.changes import atom, changes_between
from threatmodel.catalogue.entry import SiteChange
from threatmodel.catalogue.entry_build import tool_summaries
from threatmodel.catalogue.job import Choices
from threatmodel.cli import main
from threatmodel.cli.app import complain
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.diff import Change, Diff, compare
from threatmodel.errors import AivssError, InvalidFileError, MissingPartError
from threatmodel.files import write_whole
from threatmodel.gate import judge_gate
from threatmodel.importers.addresses import address_of
from threatmodel.importers.command import Word, is_fixed, take_apart, wanted
from threatmodel.importers.command_facts import mounted_folder
from threatmodel.importers.group import Draft, member
from threatmodel.importers.merge import merge, without_secrets
from threatmodel.importers.save import refresh_tools
from threatmodel.importers.secrets import clean_address, is_placeholder, looks_random, names_secret
from threatmodel.importers.statements import Found, Node, Statement, answer
from threatmodel.importers.workflow import Start, Workflow
from threatmodel.outputs import Options, render, report_csv, report_sarif
from threatmodel.outputs.claim import Claim, claim_of, safe_link
from threatmodel.outputs.diff import alone_markdown, diff_markdown, open_of
from threatmodel.outputs.pages import decision, verdict
from threatmodel.outputs.pages.subject import what_it_is
from threatmodel.outputs.text import code
from threatmodel.packs.read import read_pack
from threatmodel.policy.formats import compile_policy
from threatmodel.policy.formats.cedar_checks import cedar_check
from threatmodel.policy.formats.coverage import Ledger
from threatmodel.policy.formats.text import url_on
from threatmodel.policy.guard import ArgumentCheck
from threatmodel.policy.phrases import has_phrase, spelled
from threatmodel.policy.proof.reference import planned
from threatmodel.policy.proof.session import Call
from threatmodel.policy.replay import read_calls, replay
from threatmodel.policy.residual import effective
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.gate import Gate
from threatmodel.rules.importing import load_rules
from threatmodel.rules.load import load_knowledge
from threatmodel.scales import OPEN as LIVE
from threatmodel.scales import PRIORITIES
from threatmodel.score.result import Question
from threatmodel.score.what_if import answerable, by_weight
from threatmodel.snapshot import snapshot_of
from threatmodel.threats.routes import ends_of
from threatmodel.verify import verify

AGENTS = Path(__file__).parents[1] / "agents"
KNOWLEDGE = load_knowledge()
READS = "tools: [{name: list_issues, description: List the open issues of a project.}]\n"
DELETES = "tools: [{name: delete_user, description: Delete a user for good.}]\n"


def found(text: str, **asked):
    return assess(load_agent_text(("name: A\n" + text).encode(), "a.yaml"), **asked)


def fact(text: str, name: str):
    return found(text).facts.facts[name]


def bit(masks, name: str) -> bool | None:
    place = KNOWLEDGE.bits[name]
    return True if masks[0] >> place & 1 else False if masks[1] >> place & 1 else None


# Facts.


def test_of_two_statements_of_people_the_last_one_of_the_file_stands():
    lines = "network: {cleartext: %s}\nfacts: {i.cleartext: %s}\n"
    assert fact(READS + lines % ("no", "yes"), "i.cleartext").value is True
    assert fact(READS + lines % ("yes", "no"), "i.cleartext").value is False


def test_what_somebody_says_is_unknown_is_given_no_default():
    presumed = next(row for row in KNOWLEDGE.facts.values() if row.presumed is not None)
    silent = found(READS).facts
    asked = found(f"{READS}facts: {{{presumed.id}: unknown}}\n").facts
    assert bit(silent.full, presumed.id) is presumed.presumed
    assert bit(asked.full, presumed.id) is None
    assert asked.facts[presumed.id].value is None


@pytest.mark.parametrize(("answer", "value"), [("yes", False), ("no", True), ("unknown", None)])
def test_a_question_put_the_other_way_round_is_answered_the_other_way_round(answer, value):
    assert fact(f"model: {{version_pinned: {answer}}}\n", "mo.unpinned").value is value


def test_what_somebody_says_is_not_so_is_not_concluded_from_something_else():
    said = "facts: {id.admin_scope: yes, id.broad_scope: no}\n"
    assert bit(found(said).facts.full, "id.broad_scope") is False
    assert bit(found("facts: {id.admin_scope: yes}\n").facts.full, "id.broad_scope") is True


def test_one_tool_with_labels_of_its_server_is_enough_to_say_that_there_are_some():
    one, other = "{name: a, annotations: {readOnlyHint: true}}", "{name: b}"
    assert fact(f"tools: [{one}, {other}]\n", "t.labels_only").value is True
    assert fact(f"tools: [{other}]\n", "t.labels_only").value is False


def test_a_tool_list_that_is_not_whole_shows_nothing_of_what_no_tool_in_it_does():
    assert fact(READS, "t.delete").value is False
    assert fact(f"{READS}facts: {{t.unlisted: yes}}\n", "t.delete").value is None


def test_a_list_of_tools_counts_as_whole_until_something_says_otherwise():
    """No range over answers could hold what another list of tools would score."""
    assert fact(READS, "t.unlisted").value is False
    assert fact(f"{READS}facts: {{t.unlisted: unknown}}\n", "t.delete").value is None


@pytest.mark.parametrize(("count", "many"), [(20, False), (21, True)])
def test_twenty_tools_are_not_many_and_one_more_is(count, many):
    tools = [{"name": f"list_{n}", "description": "List issues."} for n in range(count)]
    assert fact(f"tools: {json.dumps(tools)}\n", "t.many").value is many


@pytest.mark.parametrize(("count", "watches"), [(6, True), (7, False), (0, False)])
def test_who_reads_a_log_beside_much_else_is_no_watcher(count, watches):
    rest = [{"name": f"list_{n}", "description": "List issues."} for n in range(max(count - 1, 1))]
    logs = [{"name": "get_logs", "description": "Get the logs of a job."}] if count else []
    assert fact(f"tools: {json.dumps([*rest, *logs])}\n", "t.watching").value is watches


# Scores.


def test_a_factor_half_way_between_two_levels_takes_the_higher():
    name = KNOWLEDGE.sections["profiles"]["owasp-0.8"]["factors"][0]["id"]
    score = found(f"{READS}scores: {{factors: {{{name}: 0.25}}}}\n", profile="owasp-0.8").score
    assert [f.value for f in score.factors if f.basis == "given"] == [0.5]


def test_a_base_score_without_vector_or_reason_is_refused():
    with pytest.raises(AivssError, match="needs a rationale"):
        assert found("scores: {cvss: {base: 7.0}}\n").score.value
    told = found("scores: {cvss: {base: 10.0, rationale: as the vendor measured it}}\n")
    assert told.score.cvss.base == 10


@pytest.mark.parametrize(
    ("says", "belongs"),
    [("agent", True), ("mcp-server", False), ("mcp-server\nform: deployment", True)],
)
def test_an_agent_and_a_deployment_answer_for_their_host_and_a_server_does_not(says, belongs):
    agent = found(f"kind: {says}\n").agent
    assert bool(answerable(agent, KNOWLEDGE) & KNOWLEDGE.sets.host) is belongs


def test_what_only_decides_a_threat_is_asked_too_and_says_which_threat_waits_for_it():
    asked = assess(load_agent(AGENTS / "confluent.yaml")).score.questions
    still = [one for one in asked if one.if_true == one.if_false]
    assert still
    assert all(one.threats for one in still)
    assert [one.high - one.low for one in asked] == sorted(
        (one.high - one.low for one in asked), reverse=True
    )


def test_only_a_threat_that_waits_for_an_answer_asks_for_one():
    findings = assess(load_agent(AGENTS / "confluent.yaml")).model.findings
    assert {bool(one.questions) for one in findings} == {True, False}
    assert all(one.questions == () for one in findings if one.state != "needs_answer")


def test_of_questions_that_move_the_score_alike_the_one_that_decides_most_threats_comes_first():
    few, many = (Question(f, "", 7.0, 5.0, threats) for f, threats in (("a", ()), ("b", ("T",))))
    assert by_weight([few, many]) == [many, few]


def test_an_answer_that_changes_nothing_as_printed_moves_nothing():
    def moves(yes, no):
        return Question("t.delete", "", yes, no, ()).moves

    assert not moves(7.04, 7.01)
    assert not moves(7.01, 7.04)
    assert moves(7.1, 7.2)
    assert moves(7.2, 7.1)


@pytest.mark.parametrize("control", ["human_approval", "arg_rules", "backup"])
def test_what_a_policy_enforces_counts_whatever_was_said_of_it_before(control):
    silent, denied = found(DELETES), found(DELETES + f"controls: {{{control}: no}}\n")
    enforced = [one.rescore(frozenset({f"k.{control}"}), one.readings) for one in (silent, denied)]
    assert enforced[0].states == enforced[1].states
    assert enforced[0].value == enforced[1].value


def test_what_a_policy_takes_off_a_factor_is_told_from_what_it_was_to_what_it_is():
    whole = found("kind: agent\n" + DELETES)
    left = whole.rescore(frozenset({"k.human_approval"}), ())
    was = {one.id: one.value for one in whole.score.factors}
    assert left.factors
    assert all(was[name] == before > after for name, before, after in left.factors)
    assert "t.delete" in left.gone
    assert all(whole.facts.facts[name].value for name in left.gone)


def test_of_findings_with_one_score_the_most_pressing_comes_first():
    live = assess(load_agent(AGENTS / "confluent.yaml")).model.live
    pairs = [(a, b) for a, b in pairwise(live) if a.score == b.score]
    order = [(PRIORITIES.index(a.priority), PRIORITIES.index(b.priority)) for a, b in pairs]
    assert any(a > b for a, b in order)
    assert all(a >= b for a, b in order)


def test_a_mitigation_factor_that_somebody_gives_scales_the_score_and_leaves_its_parts():
    plain, half = found(DELETES).score, found(DELETES + "scores: {mitigation_factor: 0.5}\n").score
    assert (half.factor_sum, half.aars, half.cvss) == (plain.factor_sum, plain.aars, plain.cvss)
    assert half.value == pytest.approx((plain.cvss.base + plain.aars) / 2, abs=0.051)


def test_a_vendors_word_is_told_only_where_believing_it_would_change_the_score():
    claim = "controls: {{{}: {{value: yes, by: vendor}}}}\n"
    quiet = found(DELETES + claim.format("definition_pin")).score
    loud = found(DELETES + claim.format("human_approval")).score
    assert quiet.as_claimed is None
    assert loud.as_claimed is not None
    assert loud.as_claimed != loud.value


def test_a_threat_multiplier_given_as_a_number_stands_over_the_word():
    given = "scores: {exploit_maturity: attacked, threat_multiplier: 0.8}\n"
    assert found(DELETES + given).score.threat_multiplier == 0.8


# Systems.

SYSTEM = """kind: multi-agent
members:
  - {name: one, kind: agent, tools: [{name: list_a, description: List issues.}]%s}
  - {name: two, kind: agent, tools: [{name: list_b, description: List issues.}]%s}
%s
"""


@pytest.mark.parametrize(
    ("party", "trust", "reached"),
    [("", "untrusted", True), ("", "trusted", False), (", trusted: yes", "trusted", False)],
)
def test_strangers_text_does_not_come_over_a_flow_that_is_trusted(party, trust, reached):
    ends = "outside: [{name: o%s}]\nflows: [{from: o, to: one, carries: [text], trust: %s}]"
    whole = found(SYSTEM % ("", "", ends % (party, trust)))
    assert ("sy.outsider_text" in whole.members[0].facts.facts) is reached


TASK = "flows: [{from: one, to: two, carries: [task]%s}%s]"
USER, KEY = ", facts: {id.oauth: yes}", ", facts: {id.static_key: yes%s}"
HOLDS = ", credentials: [{name: key, kind: static-key}]"
KEYS = f"credentials: [{{name: key, kind: static-key}}]\n{TASK % ('', '')}"


@pytest.mark.parametrize("answers", [("unknown", "no"), ("no", "unknown")])
def test_what_is_unknown_of_one_member_is_not_false_of_the_system(answers):
    of_each = [f", facts: {{i.cleartext: {answer}}}" for answer in answers]
    whole = found(SYSTEM % (*of_each, TASK % ("", "")))
    assert whole.facts.facts["i.cleartext"].value is None
    assert bit(whole.facts.said, "i.cleartext") is None


def test_of_members_that_are_alike_the_first_is_named():
    whole = found((SYSTEM % ("", "", "")).replace("list_b", "list_a"))
    assert {finding.member for finding in whole.model.findings} == {"one"}


def test_a_threat_is_the_systems_own_where_it_is_one_members_own():
    """And what every agent of the kind has by its host is not counted among a layer's threats."""
    text = SYSTEM.replace("name: two, kind: agent", "name: two, kind: mcp-server")
    whole = found(text % (", facts: {s.third_party_server: yes}", "", ""))
    for place, finding in enumerate(whole.model.findings):
        members = [one.model.findings[place] for one in whole.members]
        live = [one for one in members if one.state in LIVE]
        assert finding.shared == (bool(live) and all(one.shared for one in live)), finding.id
    assert any(finding.shared for finding in whole.model.findings)
    for view in whole.model.layers:
        own = [f for f in whole.model.findings if f.layer == view.id and f.state in LIVE]
        assert view.open == sum(not one.shared for one in own)


@pytest.mark.parametrize(
    ("fact", "one", "two", "flows", "shown"),
    [
        # A task that a person looks at on its way back does not go round by itself.
        ("sy.circle", "", "", TASK % ("", ", {from: two, to: one, carries: [task]}"), True),
        (
            "sy.circle",
            "",
            "",
            TASK % ("", ", {from: two, to: one, carries: [task], checked_by: [person]}"),
            False,
        ),
        # Proving who one is records nothing.
        ("sy.unrecorded", "", "", TASK % (", checked_by: [identity]", ""), True),
        ("sy.unrecorded", "", "", TASK % (", checked_by: [record]", ""), False),
        # Who says of itself that it works with others may be sent to by them.
        ("sy.no_sender", "", "", TASK % ("", ""), True),
        ("sy.no_sender", ", facts: {ma.multi_agent: yes}", "", TASK % ("", ""), False),
        # A service that takes users' logins as well is no break on the way of a task.
        ("ma.mixed_auth", USER, ", facts: {id.static_key: yes}", TASK % ("", ""), True),
        (
            "ma.mixed_auth",
            USER,
            ", facts: {id.static_key: yes, id.oauth: yes}",
            TASK % ("", ""),
            False,
        ),
        # A key of the system that one member holds is no shared one.
        ("id.shared_account", HOLDS, HOLDS.replace("key,", "other,"), KEYS, False),
        ("id.shared_account", HOLDS, HOLDS, KEYS, True),
    ],
)
def test_what_follows_from_who_is_tied_to_whom(fact, one, two, flows, shown):
    whole = found(SYSTEM % (one, two, flows))
    told = [
        member.facts.facts[fact].value for member in whole.members if fact in member.facts.facts
    ]
    assert (True in told) is shown


@pytest.mark.parametrize(
    ("ends", "shared"), [("from: s, to: two", None), ("from: two, to: s", True)]
)
def test_a_store_is_shared_memory_only_where_a_member_writes_it(ends, shared):
    flows = (
        "stores: [{name: s}]\nflows: [{from: s, to: one, carries: [data]}, {%s, carries: [data]}]"
    )
    whole = found(SYSTEM % ("", "", flows % ends))
    shown = whole.members[0].facts.facts["m.shared"]
    assert (shown.value is True) is bool(shared)


# Policies.

AMOUNT = argument("amount", "amount", "number")


def limited(max_, window="hour", kind="number"):
    limits = [{"tool": "quote", "argument": "amount", "max": max_, "window": window}]
    readings = (reading("quote", "Read", argument("amount", "amount", kind)),)
    return plan(*readings, wishes={"limits": limits}), readings


@pytest.mark.parametrize("window", ["call", "hour"])
def test_a_negative_amount_never_passes_a_limit(window):
    made, _ = limited(100, window)
    session = planned(made, {})()
    assert session.call(Call("quote", {"amount": 99})).verdict == "pass"
    assert session.call(Call("quote", {"amount": -1})).verdict != "pass"


def test_a_cap_with_a_fraction_is_never_rounded_up():
    made, readings = limited(99.5, kind="integer")
    text = compile_policy("intercept", made, readings).text
    assert "value: 99\n" in text
    assert "value: 100\n" not in text


def offering(**tools) -> str:
    """Write a list of tools: name -> description and the types of its arguments."""
    listed = [
        {
            "name": name,
            "description": says,
            "inputSchema": {
                "type": "object",
                "properties": {key: {"type": kind} for key, kind in takes.items()},
                "required": list(takes),
            },
        }
        for name, (says, takes) in tools.items()
    ]
    return f"tools: {json.dumps(listed)}\n"


POSTS = offering(post_message=("Post a message.", {"channel": "string", "text": "string"}))
MAILS = offering(send_email=("Send an email.", {"to": "string", "body": "string"}))
BILLS = offering(create_invoice=("Create an invoice.", {"iban": "string", "sum": "number"}))


@pytest.mark.parametrize(
    ("tools", "name", "closed"),
    [
        (POSTS, "approvers", True),  # nobody is named, so that the calls stay refused
        (MAILS, "policy.recipients", True),
        (BILLS, "policy.values.iban", True),
        (MAILS, "policy.values.body", False),  # everyday texts pass without a word
        (POSTS, "policy.topics", False),  # no guard is made of it until somebody names some
    ],
)
def test_a_field_says_whether_calls_wait_until_somebody_fills_it_in(tools, name, closed):
    fields_ = {one.name: one.closed for one in found(tools).plan.parameters}
    assert fields_[name] is closed


@pytest.mark.parametrize("wish", ["allow", "approve", "tools"])
def test_a_wish_about_a_tool_that_is_not_there_is_told(wish):
    told = {
        one.name: one.says
        for one in found(f"{READS}policy: {{{wish}: [nosuch]}}\n").plan.parameters
    }
    assert told[f"policy.{wish}"] == "`nosuch` is not a tool of this agent."


def test_values_that_one_of_two_tools_takes_are_no_stray():
    tools = offering(
        list_issues=("List issues.", {"state": "string"}),
        close_issue=("Close an issue.", {"state": "integer"}),
    )
    asked = found(tools + "policy: {values: {state: [open]}}\n").plan.parameters
    assert "policy.values" not in {one.name for one in asked}


def test_a_tool_that_waits_for_a_person_does_nothing_by_itself_and_stays_callable():
    drop = reading("drop", "Destructive")._replace(traits=(("t.delete", ()),))
    (left,) = effective((drop,), {"drop": "approval"}, {}, policy_rules(KNOWLEDGE))
    assert (left.name, left.traits) == ("drop", ())


def test_a_tool_whose_arguments_are_all_held_loses_each_of_their_harms():
    shown = (("t.file_read", ()), ("t.query_write", ()), ("t.delete", ()), ("t.db_query", ()))
    ask = reading("ask", "Destructive", argument("path", "path"), argument("sql", "sql"))
    (guard, *_) = plan(ask).guards
    held = tuple(
        replace(guard, id=rule, kind="argument", tool="ask", rule=rule)
        for rule in ("files", "statements")
    )
    rules, tool = policy_rules(KNOWLEDGE), ask._replace(traits=shown)
    (left,) = effective((tool,), {"ask": "allow"}, {"ask": held}, rules)
    assert [name for name, _ in left.traits] == ["t.read_private", "t.db_query"]
    assert left.tool_class == "Read"


@pytest.mark.parametrize(
    ("phrase", "fits", "misfits"),
    [
        ("bank account", "my_bank_account_id", "account_bank"),
        ("=bank account", "bankAccounts", "my_bank_account"),
        ("^open", "open_door", "reopen_open_door"),
        ("account$", "bank_accounts", "account_id"),
    ],
)
def test_a_phrase_is_found_anywhere_or_where_its_mark_says(phrase, fits, misfits):
    assert has_phrase((phrase,), spelled(fits))
    assert not has_phrase((phrase,), spelled(misfits))


def test_a_guard_that_a_format_once_lost_is_not_kept_by_a_later_word():
    made, _ = limited(100)
    ledger = Ledger(made)
    ledger.drop(made.guards[0], "not held")
    ledger.keep(*made.guards)
    _, kept, losses, _ = ledger.written("", {})
    assert made.guards[0].id not in kept
    assert [loss.guard for loss in losses if loss.outcome == "dropped"] == [made.guards[0].id]


def test_a_lower_bound_between_two_whole_numbers_refuses_the_lower_one_in_cedar():
    check = ArgumentCheck(("n",), "gte", 2.5, type="integer")
    assert ">= 3" in str(cedar_check(check))


def test_in_intercept_the_first_step_must_have_been_made_before_the_second():
    readings = (
        reading("preview_order", "Read", effects=["preview order"]),
        reading("place_order", "Write", effects=["pay order"]),
    )
    made = plan(*readings)
    guard = next(g for g in made.guards if g.kind == "sequence")
    text = compile_policy("intercept", made, readings).text
    rule = text[text.index(guard.id) :]
    assert re.search(r"op: gte\s+value: 1\b", rule)


def test_a_wildcard_host_admits_neither_a_look_alike_nor_the_bare_domain():
    pattern = url_on(["*.example.com"])
    assert re.fullmatch(pattern, "https://api.example.com/x")
    for url in ("https://evilexample.com/", "https://example.com/", "https://a.example.com.b.de/"):
        assert not re.fullmatch(pattern, url), url


def test_what_changes_an_order_counts_on_the_counter_of_what_creates_it():
    amount = argument("amount", "amount", "number")
    readings = (
        reading("create_order", "Write", amount, effects=["create order"]),
        reading("update_order", "Write", amount, effects=["update order"]),
    )
    limits = [{"tool": "create_order", "argument": "amount", "max": 100, "window": "hour"}]
    made = plan(*readings, wishes={"limits": limits})
    counters = {g.tool: g.limit.counter for g in made.guards if g.kind == "spend"}
    assert set(counters) == {"create_order", "update_order"}
    assert len(set(counters.values())) == 1


def test_a_replay_knows_who_called():
    readings = (reading("list_topics"),)
    made = plan(*readings, wishes={"subjects": ["ann"]})
    lines = [{"tool": "list_topics", "subject": who} for who in ("ann", "bob")]
    records, _ = read_calls("\n".join(map(json.dumps, lines)), "calls.jsonl")
    seen = replay(made, compile_policy("cedar", made, readings), readings, records)
    assert (seen.passed, [row.lines for row in seen.stopped]) == (1, [(2,)])


def test_a_tool_with_an_equals_sign_in_its_name_keeps_its_whole_pin():
    readings = (reading("a=b"),)
    text = compile_policy("rego", plan(*readings), readings).text
    assert f'"a=b": "{readings[0].fingerprint}"' in text


# Imports.


@pytest.mark.parametrize(
    ("version", "registry", "fixed"),
    [("1.2.3", "npm", True), ("1.2", "npm", False), ("1.2", "pypi", True), ("1", "pypi", False)],
)
def test_a_version_that_its_registry_reads_as_a_range_is_not_pinned(version, registry, fixed):
    assert is_fixed(version, registry, ("latest",)) is fixed


def test_behind_a_package_that_an_option_names_every_word_is_an_argument():
    def taken(line):
        words = [Word(word, Node(word, "a.json")) for word in line.split()]
        launch = take_apart(words, load_rules().file.launch)
        return launch.package.text, [word.text for word in launch.arguments]

    assert taken("uvx --from a==1 serve /data") == ("a==1", ["serve", "/data"])
    assert taken("uvx a==1 serve /data") == ("a==1", ["serve", "/data"])


def test_a_port_of_a_registry_is_no_tag():
    asked = wanted("registry.acme.example:5000/tool", "oci", ("latest",))
    assert (asked.name, asked.version) == ("registry.acme.example:5000/tool", "")


def test_a_drive_that_is_mounted_is_read_whole():
    assert mounted_folder(r"C:\work:/data") == r"C:\work"


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "[::1]", "localhost"])  # noqa: S104 - an address to be read
def test_an_address_of_this_machine_is_not_told_as_remote(host):
    assert address_of(f"http://{host}:8080/mcp").is_loopback


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        *(("10.0.0.1", True), ("wiki.corp", True), ("redis", True)),
        *(("127.0.0.1", False), ("app.localhost", False), ("app.test", False), ("8.8.8.8", False)),
    ],
)
def test_an_address_of_a_private_network_is_neither_this_machine_nor_a_name_for_tests(host, inside):
    assert address_of(f"http://{host}/x").is_inside is inside


def test_everything_before_the_last_at_sign_of_an_address_stays_out():
    assert "ss" not in clean_address("https://user:p@ss@host.example/x")


def said(path, node, yes) -> Found:
    return Found("a", (answer(path, node, yes=yes),))


@pytest.mark.parametrize(
    ("path", "stands"),
    [
        (("controls", "audit_log"), False),
        (("supply", "pinned"), False),
        (("memory", "persistent"), True),
    ],
)
def test_of_two_sources_that_part_ways_the_riskier_answer_stands_and_names_the_other(path, stands):
    for first in (True, False):
        sources = (Node(first, "one.json"), Node(not first, "two.json"))
        merged = merge([said(path, node, node.value) for node in sources])
        (one,) = merged.statements
        assert one.value["value"] is stands
        assert all(f"{name}.json" in one.value["note"] for name in ("one", "two"))


def test_what_two_sources_remark_alike_is_told_once():
    both = merge([Found("a", remarks=("x", "y")), Found("a", remarks=("y", "x"))])
    assert both.remarks == ("x", "y")


def test_a_secret_that_stands_where_a_name_should_is_left_out_of_names_too():
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    credential = Statement(("credentials", key, "kind"), "static-key", f"a.json: {key}")
    imported = without_secrets(merge([Found(key, (credential,), remarks=(key,))]))
    assert key not in repr(imported)
    assert "redacted" in imported.statements[0].path[1]


def test_a_path_of_some_folders_is_no_key_however_mixed_it_looks():
    assert not looks_random("Users7/ProjectAlphaQ9/BuildOutput42x/zK3")
    assert not looks_random("Users7Qz/ProjectAlphaQ9/BuildOutput42xK3")
    assert looks_random("Users7QzProjectAlphaQ9/BuildOutput42xK3v")


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("KEY_1", True),
        ("token2", True),
        ("API_KEY_BASE_64", True),
        ("TEST", False),
        ("PORT_1", False),
    ],
)
def test_a_number_behind_the_name_of_a_secret_hides_it_not(name, secret):
    assert names_secret(name) is secret


@pytest.mark.parametrize("word", ["Bearer ", "Basic ", "Token "])
def test_a_header_that_only_points_at_a_variable_holds_no_secret(word):
    assert is_placeholder(word + "${TOKEN}")


def test_a_class_that_a_person_gave_a_tool_outlives_a_second_import():
    before = {
        "tools": [{"name": "a", "class": {"value": "Destructive", "by": "reviewer"}}],
        "fingerprints": [],
    }
    imported = SimpleNamespace(
        tools=[{"name": "a", "description": "x"}], server={}, statements=(), adds_only=False
    )
    assert "Destructive" in refresh_tools(before, imported).text


HERE = Node({}, "flow.json")


def member_of(name, node, steps) -> Found:
    """Read some steps as a member: what it is for says which."""
    begun = member(name, node, " ".join(sorted(steps)))
    return replace(begun, tools=())


def workflow(agents, **more) -> Found:
    """Make the system of a workflow whose steps are named by what they are called."""
    named = {name: (name, HERE) for name in agents}
    steps = {*agents, *more.pop("others", ())}
    flow = Workflow(
        steps, named, more.pop("acting", ()), more.pop("follows", ()), member_of, **more
    )
    return flow.system(HERE, Found("Flow"))


def said_of(whole: Found, *path: str):
    return [one.value for one in whole.statements if one.path[: len(path)] == path]


def handed(whole: Found) -> set[tuple[str, str, bool]]:
    (flows,) = said_of(whole, "flows") or ([],)
    return {(one["from"], one["to"], one.get("carries") == ["task"]) for one in flows}


def test_members_of_one_name_are_told_apart_and_a_group_among_them_is_one_agent():
    draft = Draft(HERE, {"a": member("Bot", HERE), "b": member("Bot", HERE)})
    group = replace(draft.members["b"].statements[1], value="multi-agent")
    draft.members["b"] = replace(draft.members["b"], statements=(group,))
    members = draft.found(Found("Flow")).members
    assert [one.name for one in members] == ["Bot", "Bot 2"]
    assert [said_of(one, "kind") for one in members] == [["agent"], ["agent"]]


def test_one_flow_of_which_nothing_is_known_is_told_beside_others_that_say_what_they_carry():
    draft = Draft(HERE, {"a": member("A", HERE), "b": member("B", HERE)})
    draft.ask("a", "b")
    assert any("no `carries`" in remark for remark in draft.found(Found("Flow")).remarks)


def test_a_memory_of_one_agent_is_no_store_and_one_of_two_is():
    memory = {"notes": ("notes", HERE)}
    one = workflow(["a", "b"], serves=[("notes", "a")], memories=memory)
    two = workflow(["a", "b"], serves=[("notes", "a"), ("notes", "b")], memories=memory)
    assert said_of(one, "stores") == []
    assert len(said_of(two, "stores")) == 1


def test_an_agent_that_is_the_tool_of_another_is_asked_by_it_and_keeps_its_own_tools():
    whole = workflow(["boss", "help"], others=["saw"], serves=[("help", "boss"), ("saw", "help")])
    assert handed(whole) == {("boss", "help", True), ("help", "boss", False)}
    assert [said_of(one, "summary") for one in whole.members] == [["boss"], ["help saw"]]


def test_a_person_who_is_asked_between_two_agents_is_one_whom_the_flows_pass():
    follows = [("a", "ok"), ("ok", "b")]
    asked = {"ok": ("ok", HERE)}
    whole = workflow(["a", "b"], others=["ok"], acting=["ok"], follows=follows, asking=asked)
    assert handed(whole) == {("a", "ok", False), ("ok", "b", False)}


def test_what_a_start_shows_is_said_of_the_agents_that_come_next_or_else_of_the_whole():
    shown = Statement(("autonomy", "unattended"), value=True, origin="flow.json")
    start = {"clock": Start("clock", HERE, outside=False, statements=(shown,))}
    first = workflow(["a", "b"], others=["clock"], follows=[("clock", "a")], starts=start)
    alone = workflow(["a", "b"], others=["clock"], starts=start)
    assert [shown in one.statements for one in (first, *first.members)] == [False, True, False]
    assert [shown in one.statements for one in (alone, *alone.members)] == [True, False, False]


# Outputs.


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_no_cell_of_a_csv_is_a_formula(sign):
    text = f'tools: [{{name: "{sign}cmd", description: Delete a user for good.}}]\n'
    rows = list(csv.reader(io.StringIO(report_csv.render(found(text)))))
    assert any("cmd" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_code_in_markdown_cannot_be_closed_from_inside():
    for text in ("a`b", "a``b", "`", "```"):
        fence = re.match("`+", code(text))[0]
        assert all(
            len(run) < len(fence) for run in re.findall("`+", code(text)[len(fence) : -len(fence)])
        )


def test_what_any_agent_on_the_host_shares_is_only_a_note_in_code_scanning():
    one = found("kind: mcp-server\n" + DELETES)
    results = json.loads(report_sarif.render(one))["runs"][0]["results"]
    shared = [r["level"] for r in results if r["properties"]["shared"]]
    assert shared
    assert set(shared) == {"note"}


def test_a_changed_fact_is_told_as_an_answer_where_somebody_gave_it():
    silent, asked = (
        snapshot_of(found(f"{READS}facts: {{i.cleartext: {word}}}\n")) for word in ("no", "yes")
    )
    (change,) = compare(silent, asked).of("fact")
    assert (change.id, change.cause, change.worse) == ("i.cleartext", "answer", True)


def test_what_differs_between_two_agents_made_in_code_differs_by_their_making():
    one, other = (replace(snapshot_of(found(text)), digest="") for text in (READS, DELETES))
    changes = compare(one, other).changes
    assert changes
    assert {change.cause for change in changes} <= {"source", "answer"}


def test_a_control_that_is_gone_is_told_as_worse():
    with_it, without_it = (
        snapshot_of(found(f"{READS}controls: {{rate_limit: {word}}}\n")) for word in ("yes", "no")
    )
    (change,) = compare(with_it, without_it).of("fact")
    assert (change.id, change.worse) == ("k.rate_limit", True)
    (back,) = compare(without_it, with_it).of("fact")
    assert back.worse is False


CLAIMED = [field.name for field in fields(Claim)]


@pytest.mark.parametrize("name", CLAIMED)
def test_no_field_of_an_embed_can_be_changed_under_its_digest(name):
    claim = claim_of(found(DELETES), Options())
    value = getattr(claim, name)
    other = value + 1 if isinstance(value, float) else f"{value}x"
    assert replace(claim, **{name: other}).digest != claim.digest


def test_a_report_that_gives_its_score_a_milder_band_does_not_verify(tmp_path):
    text = render("json", found(DELETES))
    band = json.loads(text)["score"]["severity"]
    file = tmp_path / "a.json"
    file.write_text(text)
    assert all(one.holds for one in verify(file))
    file.write_text(text.replace(f'"severity":"{band}"', '"severity":"Low"', 1))
    assert not all(one.holds for one in verify(file))


def test_one_report_of_a_folder_that_does_not_verify_ends_the_command_with_1(tmp_path, capsys):
    text = render("json", found(DELETES))
    (tmp_path / "a.json").write_text(text)
    (tmp_path / "b.json").write_text(text)
    assert main(["verify", str(tmp_path)]) == 0
    value = json.loads(text)["score"]["value"]
    (tmp_path / "b.json").write_text(text.replace(f'"value":{value}', '"value":0.1', 1))
    assert main(["verify", str(tmp_path)]) == 1
    assert "b.json: does not hold" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["confluent", "database-admin", "coding-agent"])
def test_a_path_with_a_hindered_step_ranks_below_its_worst_threat(name):
    model = assess(load_agent(AGENTS / f"{name}.yaml")).model
    state = {finding.id: (finding.state, finding.score) for finding in model.findings}
    hindered = 0
    for path in model.paths:
        steps = [state[step.id] for step in path.steps if step.kind == "threat"]
        if any(one == "reduced" for one, _ in steps):
            hindered += 1
            worst = max(score for _, score in steps)
            assert path.score < worst
            whole = all(one == "reduced" for one, _ in steps)  # what stands open counts in full
            assert whole or path.score > round(0.8 * worst, 1)
    if name == "database-admin":
        assert hindered


def served(name: str, *tools: str) -> str:
    """Say what a server is whose tools are only named."""
    listed = [{"name": one, "description": one.replace("_", " ")} for one in tools]
    text = f"name: {name}\nkind: mcp-server\ntools: {json.dumps(listed)}\n"
    return what_it_is(assess(load_agent_text(text.encode(), "a.yaml")))


ISSUES = ("list_issues", "get_issue", "close_issue")
PAGES = ("list_pages", "get_page", "delete_page")
USERS = ("list_users", "get_user", "update_user")


def test_a_server_is_told_by_what_its_tools_do_to_what_and_by_how_many():
    assert served("Tracker", *ISSUES, *PAGES) == (
        "Lets a language model look up issues and pages (4 tools), delete pages (1) and"
        " close issues (1)."
    )
    many = served("Tracker", *ISSUES, *PAGES, *USERS, "list_boards", "get_frobnicator")
    assert "look up issues, pages, users and more (8 tools)" in many
    assert "frobnicator" not in many
    assert served("Tracker", "frobnicator") == "Lets a language model use `frobnicator` (1 tool)."


def test_what_a_server_is_called_after_is_not_told_again_as_what_it_works_on():
    told = served("Issue Tracker", *ISSUES, *PAGES, *USERS)
    assert "look up pages, users and more (6 tools)" in told
    assert "issue" not in told


def test_a_score_on_the_line_is_no_yes(monkeypatch):
    one = found(DELETES)
    monkeypatch.setattr(verdict, "LINE", one.score.value)
    assert decision.in_short(one, None).verdict == "Not without conditions"


def test_each_of_the_worst_stories_has_an_end_of_its_own():
    one = assess(load_agent(AGENTS / "memory-skill.yaml"))
    first = {path.impact: path.story for path in reversed(one.model.paths)}
    told = decision.in_short(one, None).stories
    assert len(first) < len(one.model.paths)
    assert len(set(told)) == len(told)
    assert set(told) <= set(first.values())


# The gate.

RULE = {"id": "no-delete", "says": "Nothing deletes.", "threats": ["TH-L2-06", "TH-L3-03"]}


def judged(day, known=(), **exempt):
    accepted = {"rule": "no-delete", "agent": "*", "reason": "it is old", "owner": "Ann"}
    gate = Gate.model_validate({"rule": [RULE], "exempt": [accepted | exempt] if exempt else []})
    return judge_gate(gate, [("a.yaml", found(DELETES))], dt.date.fromisoformat(day), known)


@pytest.mark.parametrize(("day", "state"), [("2026-06-30", "exempt"), ("2026-07-01", "expired")])
def test_what_is_accepted_until_a_day_holds_on_that_day_and_no_longer(day, state):
    assert {one.state for one in judged(day, expires="2026-06-30")} == {state}


@pytest.mark.parametrize("asked", ["class.destructive", "flag.runs_code"])
@pytest.mark.parametrize(
    ("tools", "broken"), [("", True), ("tools: unknown\n", True), (READS, False)]
)
def test_of_tools_that_nobody_lists_it_cannot_be_told_what_they_do(asked, tools, broken):
    rule = {"id": "no-harm", "says": "Nothing does harm.", "when": asked, "unknown": "break"}
    gate = Gate.model_validate({"rule": [rule]})
    breaks = judge_gate(gate, [("a.yaml", found(tools))], dt.date(2026, 1, 1))
    assert bool(breaks) is broken
    assert not broken or "cannot be told" in breaks[0].why


@pytest.mark.parametrize(("over", "broken"), [(0.0, False), (-0.1, True)])
def test_a_score_breaks_a_limit_above_it_and_not_on_it(over, broken):
    one = found(DELETES)
    rule = {"id": "low", "says": "It scores low.", "score_over": round(one.score.value + over, 1)}
    gate = Gate.model_validate({"rule": [rule]})
    assert bool(judge_gate(gate, [("a.yaml", one)], dt.date(2026, 6, 30))) is broken


def test_a_baseline_lets_the_finding_rest_that_it_names_and_no_other():
    first, second = judged("2026-06-30")
    again = judged("2026-06-30", [first.key])
    assert [(one.finding, one.state) for one in again] == [
        (first.finding, "known"),
        (second.finding, "broken"),
    ]


def test_what_is_accepted_of_one_finding_leaves_the_others_held():
    first, second = judged("2026-06-30")
    accepted = judged("2026-06-30", expires="2026-12-31", finding=first.finding)
    assert [(one.finding, one.state) for one in accepted] == [
        (first.finding, "exempt"),
        (second.finding, "broken"),
    ]


@pytest.mark.parametrize(("after", "code"), [(READS.replace("open", "closed"), 0), (DELETES, 1)])
def test_only_a_threat_that_was_not_open_ends_a_diff_with_1(tmp_path, capsys, after, code):
    files = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
    for file, text in zip(files, (READS, after), strict=True):
        file.write_text(f"name: A\n{text}")
    assert main(["diff", *map(str, files), "--fail-on-new"]) == code
    assert "list_issues" in capsys.readouterr().out


# Descriptions.


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("colour: red\n", 2),
        ("network: {colour: red}\n", 2),
        ("scores: {factors: {autonomy: true}}\n", 2),  # yes is no number
        ("date: '20260131'\n", 2),  # nor is every form of ISO 8601 a day
    ],
)
def test_what_no_field_asks_for_is_refused_in_its_place(line, where):
    with pytest.raises(ExceptionGroup) as refused:
        found(line)
    (fault,) = refused.value.exceptions
    assert fault.where.line == where


def test_a_deployment_takes_over_no_decision_of_its_product(tmp_path):
    accepted = "decisions: [{finding: TH-L2-06, decision: accepted, reason: r, owner: o}]\n"
    (tmp_path / "p.yaml").write_text("name: P\n" + DELETES + accepted)
    (tmp_path / "d.yaml").write_text("extends: p.yaml\nform: deployment\n")
    assert load_agent(tmp_path / "p.yaml").decisions
    assert load_agent(tmp_path / "d.yaml").decisions == ()


def test_a_description_reads_no_file_outside_its_folder(tmp_path):
    (tmp_path / "secret.json").write_text("[]")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.yaml").write_text("name: A\ntools: {file: ../secret.json}\n")
    with pytest.raises(InvalidFileError, match="outside the folder"):
        load_agent(tmp_path / "in/a.yaml")


def test_a_class_that_a_reviewer_set_stands_whatever_the_words_say():
    lines = "tool_classes: {delete_user: {value: Read, by: reviewer, note: a dry run}}\n"
    (tool,) = found(DELETES + lines).readings
    assert (tool.tool_class, tool.confidence) == ("Read", 1.0)


def test_a_pack_whose_file_has_another_name_has_another_digest(tmp_path):
    (tmp_path / "pack.yaml").write_text("pack: {id: acme, version: 1.0.0, says: Rules of Acme.}\n")
    (tmp_path / "a.yaml").write_text("{}\n")
    before = read_pack(tmp_path).digest
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    assert read_pack(tmp_path).digest != before


# Files, paths and exit codes.


def test_a_pipe_that_is_written_to_stays_a_pipe(tmp_path):
    """As does a device: whoever writes to /dev/null as root must not lose it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"new")
    assert os.read(reader, 9) == b"new"
    os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_pipe_without_a_name_in_any_folder_is_written_to():
    """As /dev/stdout is in `aivss report ... -o /dev/stdout | less`: it leads to no path."""
    reader, writer = os.pipe()
    write_whole(Path(f"/dev/fd/{writer}"), b"new")
    assert os.read(reader, 9) == b"new"
    os.close(reader)
    os.close(writer)


def test_a_reader_that_has_seen_enough_of_a_pipe_is_no_fault():
    """As `aivss report ... -o /dev/stdout | head`."""
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        write_whole(Path(f"/dev/fd/{writer}"), b"new" * 100_000)
    os.close(writer)


def test_a_name_that_no_file_can_have_is_told_as_such(tmp_path):
    with pytest.raises(AivssError, match="the file cannot be written: File name too long"):
        write_whole(tmp_path / ("a" * 300), b"new")


def test_a_file_that_is_written_again_is_as_private_as_it_was(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("old")
    file.chmod(0o600)
    write_whole(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o600)


def test_who_reads_a_file_while_it_is_written_again_reads_the_old_one_whole(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_bytes(b"old" * 9)
    with file.open("rb") as reader:
        write_whole(file, b"new")
        assert reader.read() == b"old" * 9
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]


def test_what_is_missing_outside_ends_with_3_and_what_the_user_mends_with_2(capsys):
    assert complain(MissingPartError("no engine", hint="install it")) == 3
    assert complain(InvalidFileError("no name")) == 2
    assert "install it" in capsys.readouterr().err


def test_two_tools_whose_names_make_one_address_have_a_page_each():
    tools = "tools: [{name: get_thing}, {name: get-thing}, {name: Get Thing}]\n"
    files = [one.file for one in tool_summaries(found(tools))]
    assert files[0] == "get-thing"
    assert len(set(files)) == 3


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("https://x.example/a", True),
        ("HTTP://x.example", True),
        ("a.html", True),
        ("a.html?x=y:z", True),
        ("javascript:alert(1)", False),
        ("httpx:alert(1)", False),
        ("http-evil:alert(1)", False),
        ("data:text/html,x", False),
    ],
)
def test_a_link_of_an_embed_leads_to_a_web_page_or_nowhere(link, leads):
    assert safe_link(link) == (link if leads else "#")


def test_the_feed_of_a_site_links_to_no_page_that_is_gone():
    def entry(kind):
        change = SiteChange("2026-01-02", kind, "a", "A", 5.0, None, (), "No longer described.")
        return atom([change], Choices(address="https://x.example/")).partition("<entry>")[2]

    assert "https://x.example/agents/a/index.html" in entry("score")
    assert "href" not in entry("removed")


def test_what_others_put_into_a_site_stays_when_it_is_built_again(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.yaml").write_text("name: A\n" + READS)
    build = ["catalog", str(tmp_path / "in"), "-o", str(tmp_path / "site"), "--jobs", "1"]
    assert main(build) == 0
    (tmp_path / "site/CNAME").write_text("agents.example")
    (tmp_path / "in/a.yaml").write_text("name: B\n" + READS)
    assert main(build) == 0
    assert (tmp_path / "site/CNAME").read_text() == "agents.example"


@pytest.mark.parametrize("name", ["confluent", "coding-agent", "trading-agent"])
def test_a_path_ends_where_the_first_damage_is_done(name):
    ends = ends_of(KNOWLEDGE.sections["wording"]["paths"])
    for path in assess(load_agent(AGENTS / f"{name}.yaml")).model.paths:
        threats = [step.id for step in path.steps if step.kind == "threat"]
        if path.id.startswith("P:"):
            assert ends.impacts.keys().isdisjoint(threats[1:-1]), path.id


# Diffs and forms.


def test_a_new_agent_opens_threats_of_its_own_and_not_those_of_its_host():
    side = snapshot_of(found("kind: mcp-server\n" + DELETES))
    shared = {id_ for id_, one in side.threats.items() if one.shared and one.state in LIVE}
    opened = {id_ for id_, _ in open_of(side)}
    assert shared
    assert opened
    assert shared.isdisjoint(opened)
    told = alone_markdown(side, new=True)
    assert all(f"`{id_}`" in told for id_ in opened)
    assert not any(f"`{id_}`" in told for id_ in shared)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ({}, {"summary": "Other words."}, []),
        ({"stale": True}, {}, ["renewed"]),
        ({"outdated": "Its tools changed."}, {}, ["renewed"]),
        ({"stale": True, "outdated": "Its tools changed."}, {"stale": True}, []),
        ({}, {"stale": True}, ["stale"]),
        ({}, {"outdated": "Its tools changed."}, ["outdated"]),
    ],
)
def test_only_what_no_longer_held_is_renewed(before, after, kinds):
    plain = {"id": "a", "name": "A", "score": 3.0, "band": "Low", "stale": False, "outdated": ""}
    old, new = (SimpleNamespace(**plain | {"replies": ()} | more) for more in (before, after))
    assert [one.kind for one in changes_between({"a": old}, {"a": new}, "2026-04-01")] == kinds


@pytest.mark.parametrize(("many", "more"), [(30, ""), (31, "- and 1 more"), (45, "- and 15 more")])
def test_a_comment_tells_thirty_changes_of_a_kind_and_counts_the_rest(many, more):
    side = snapshot_of(found(READS))
    changes = [
        Change("tool", f"t{n:02d}", "", "", "Read", "source", worse=False) for n in range(many)
    ]
    lines = diff_markdown(Diff(side, side, tuple(changes))).splitlines()
    assert sum(line.startswith("- `t") for line in lines) == min(many, 30)
    assert [line for line in lines if " more" in line] == ([more] if more else [])


@pytest.mark.parametrize("name", ["C:\\new", 'say "hi"', "tab\there", "a\u2028b"])
def test_a_form_of_questions_is_yaml_that_gives_every_name_back(name):
    one = assess(load_agent_text(json.dumps({"name": name}).encode(), "a.yaml"))
    assert yaml.safe_load(render("questions", one))["name"] == name


# Advice.


def test_advice_to_come_under_a_line_comes_under_it_and_not_on_it():
    one = assess(load_agent_text(("name: A\n" + DELETES).encode(), "a.yaml"))
    line = one.score.value
    advice = advise(one, line)
    assert advice.today == line
    assert not advice.reached or advice.value < line


@pytest.mark.parametrize(
    ("tool", "shows"),
    [
        (
            {"name": "get_manifest", "description": "Passengers with names and passport numbers."},
            {"d.personal"},
        ),
        ({"name": "list_customers", "description": "List customers."}, {"d.personal"}),
        (
            {"name": "get_patient", "description": "Get a patient's record."},
            {"d.personal", "d.health"},
        ),
        (
            {"name": "list_payment_methods", "description": "Saved cards of a customer."},
            {"d.personal", "d.payment"},
        ),
        (
            {"name": "search", "description": "Executes a FHIR `search` interaction on a type."},
            {"d.personal", "d.health"},
        ),
        (
            {
                "name": "create_booking",
                "description": "Book an appointment.",
                "inputSchema": {"properties": {"name": {}, "phone": {"type": "string"}}},
            },
            {"d.personal"},
        ),
        ({"name": "get_board_members", "description": "List the members."}, set()),
        (
            {"name": "read_email", "description": "Read an email of the user."},
            {"d.personal", "d.confidential"},
        ),
        ({"name": "list_invoices", "description": "List invoices."}, {"d.confidential"}),
        ({"name": "get_all_positions", "description": "Open positions."}, {"d.confidential"}),
        ({"name": "get_commit", "description": "Get a commit."}, {"d.source_code"}),
        ({"name": "list_prices", "description": "List prices of products."}, set()),
        ({"name": "list_db_users", "description": "List database users."}, set()),
        ({"name": "get_page_children", "description": "List the child pages of a page."}, set()),
        ({"name": "get_forecast", "description": "Weather of a place."}, set()),
    ],
)
def test_what_a_tool_names_it_handles_and_nobody_is_asked(tool, shows):
    known = found(f"tools: {json.dumps([tool])}\n").facts.facts
    data = ("d.personal", "d.health", "d.payment", "d.confidential", "d.source_code")
    assert {name for name in data if known[name].value} == shows
    assert known["d.personal"].value is not False
