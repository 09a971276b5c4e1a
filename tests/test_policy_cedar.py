"""What Cedar's `like` lets pass is judged by other means, as its checks are not patterns."""

import re

import cedarpy
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.policy.judged import is_address, is_host, is_path, is_recipient
from tests.policy.texts import HOSTS, MAIL, PATHS, PEOPLE, ROOTS, URLS
from threatmodel.policy.formats.cedar_checks import cedar_check, cedar_string
from threatmodel.policy.formats.text import under
from threatmodel.policy.guard import ArgumentCheck

USER = {"type": "User", "id": "u"}


def permits(operator, allowed):
    """Make a question to Cedar: does the check let a text pass?"""
    check = ArgumentCheck(("a",), operator, allowed, type="string")
    policy = f"permit (principal, action, resource) when {{ {cedar_check(check)} }};"
    policies = cedarpy.PolicySet.from_str(policy)

    def ask(text):
        request = {
            "principal": USER,
            "action": {"type": "Action", "id": "a"},
            "resource": USER,
            "context": {"input": {"a": text}},
        }
        return cedarpy.is_authorized(request, policies, []).allowed

    return ask


UNDER = permits("under", ROOTS)
URL = permits("url_host", HOSTS)
HOST = permits("host", HOSTS)
MAILBOX = permits("recipient", PEOPLE)


@given(PATHS)
@example("/srv/data/../../etc/passwd")
@example("/srv/data/..")
def test_a_path_that_passes_stays_under_a_folder(path):
    assert not UNDER(path) or is_path(path)


@settings(max_examples=4 * settings().max_examples)
@given(URLS)
@example("https://evil.net?x.example.org/")
@example("https://evil.net#.example.org/")
@example("https://evil.net/x.example.org/")
@example("https://evil.net:80.example.org/")
@example("http://x.example.org/y.example.org/z")
def test_an_address_that_passes_leads_to_a_listed_host(url):
    assert not URL(url) or is_address(url)


@given(URLS)
def test_a_host_that_passes_is_listed(host):
    assert not HOST(host) or is_host(host)


@given(MAIL)
def test_a_recipient_that_passes_is_one_address(address):
    assert not MAILBOX(address) or is_recipient(address)


def test_a_statement_is_never_let_pass_as_wildcards_cannot_tell_what_it_does():
    check = ArgumentCheck(("sql",), "statement", ("SELECT",), type="string")
    assert cedar_check(check) is None


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (UNDER, "/srv/data/a/b.txt"),
        (UNDER, "/home/a.b"),
        (URL, "https://api.example.com/x?y=1"),
        (URL, "http://files.example.org"),
        (URL, "https://files.example.org/a/b"),
        (HOST, "files.example.org"),
        (MAILBOX, "ann@example.com"),
        (MAILBOX, "bob@example.org"),
    ],
)
def test_plain_texts_pass(ask, text):
    assert ask(text)


@given(st.text())
@example('"} permit (principal, action, resource); //')
def test_any_text_can_be_quoted(text):
    check = f'context.input["a"] == {cedar_string(text)}'
    policy = f"permit (principal, action, resource) when {{ {check} }};"
    context = {"input": {"a": text}}
    action = {"type": "Action", "id": "a"}
    request = {"principal": USER, "action": action, "resource": USER, "context": context}
    assert cedarpy.is_authorized(request, policy, []).allowed
    other = request | {"context": {"input": {"a": f"{text}x"}}}
    assert not cedarpy.is_authorized(other, policy, []).allowed


@pytest.mark.parametrize(
    ("folder", "path", "passes"),
    [
        ("/projects/*", "/projects/a", True),
        ("/projects/*", "/projects/a/b.txt", True),
        ("/projects/*", "/projects/", False),
        ("/projects/*", "/projects", False),
        ("/home/*/jobs", "/home/ann/jobs/x", True),
        ("/home/*/jobs", "/home/ann/b/jobs", False),
        ("/home/*/jobs", "/home/jobs", False),
        ("/data/te*t", "/data/text", False),
        ("/data/te*t", "/data/te*t/x", True),
    ],
)
def test_a_star_is_one_whole_segment_as_in_patterns(folder, path, passes):
    assert permits("under", (folder,))(path) is passes
    assert bool(re.match(under((folder,)), path)) is passes


@pytest.mark.parametrize(
    ("path", "passes"),
    [
        ("~/jobs/a.txt", True),
        ("/home/ann/jobs/a.txt", True),
        ("/Users/ann/jobs", True),
        ("/home/ann/b/jobs/a.txt", False),
        ("~/.ssh/id_rsa", False),
        ("~", False),
        ("/jobs/a.txt", False),
    ],
)
def test_a_folder_of_a_home_is_one_in_any_home(path, passes):
    """Cedar is stricter: it takes no `~`, which shells resolve and not servers."""
    assert bool(re.match(under(("~/jobs",)), path)) is passes
    assert permits("under", ("~/jobs",))(path) is (passes and not path.startswith("~"))


def test_two_stars_are_told_as_lost_since_wildcards_count_no_segments():
    assert cedar_check(ArgumentCheck(("a",), "under", ("/a/*/b/*",), type="string")) is None


@pytest.mark.parametrize("sign", ["*", "'", "é"])
@pytest.mark.parametrize(
    ("operator", "allowed", "text"),
    [
        ("url_host", "a{}b.example", "https://a{}b.example/x"),
        ("url_host", "*.a{}b.example", "https://x.a{}b.example"),
        ("host", "*.a{}b.example", "x.a{}b.example"),
        ("recipient", "@a{}b.example", "ann@a{}b.example"),
        ("under", "/srv/a{}b", "/srv/a{}b/x"),
    ],
)
def test_a_sign_of_what_is_allowed_stands_for_itself(operator, allowed, text, sign):
    """A star inside a name is none of the wildcards that a description may write."""
    ask = permits(operator, (allowed.format(sign),))
    assert not ask(text.format("anything"))
    assert not ask(text.format(""))
    assert ask(text.format(sign))


@pytest.mark.parametrize("mark", ["*", "**", "a*b", '"', "\\"])
def test_a_mark_that_a_text_may_not_hold_is_looked_for_as_it_is(mark):
    ask = permits("without_text", (mark,))
    assert not ask(f"before {mark} behind")
    assert ask("before and behind")


def test_a_whole_home_is_one_where_homes_lie():
    assert re.match(under(("~",)), "/home/ann/notes/a.txt")
    assert not re.match(under(("~",)), "/etc/passwd")
    assert permits("under", ("~",))("/home/ann/notes/a.txt")
    assert not permits("under", ("~",))("/etc/passwd")
