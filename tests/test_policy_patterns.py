"""What the text comparisons let pass is judged here by other means than patterns."""

import re
import unicodedata
from decimal import Decimal
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policy.judged import is_address, is_host, is_path, is_recipient, is_statement
from tests.policy.texts import HOSTS, KINDS, MAIL, PATHS, PEOPLE, ROOTS, SQL, URLS
from threatmodel.policy.formats import conditions
from threatmodel.policy.formats.patterns import (
    one_name,
    public_url,
    read_statement,
    ref_other_than,
    word_other_than,
)
from threatmodel.policy.formats.text import (
    NUMBER,
    at_most,
    escape,
    host_of,
    recipient,
    under,
    url_on,
)
from threatmodel.policy.guard import ArgumentCheck
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.load import load_knowledge

SHAPES = policy_rules(load_knowledge()).shapes


def passes(pattern, text):
    """Match as Python does, ends of the text for the anchors."""
    return re.fullmatch(pattern[1:-1], text) is not None


@given(PATHS)
@example("/srv/data/../../etc/passwd")
@example("/srv/data/\uff0e\uff0e/etc")
def test_a_path_that_passes_stays_under_a_folder_however_it_is_folded(path):
    if passes(under(ROOTS), path):
        assert is_path(path)
        assert is_path(unicodedata.normalize("NFKC", path))


@pytest.mark.parametrize(
    "path", ["/srv/data", "/srv/data/", "/srv/data/a/b.txt", "/srv/data/größe"]
)
def test_plain_paths_pass(path):
    assert passes(under(ROOTS), path)


@given(URLS)
@example("https://api.example.com@evil.net/")
@example("https://evil.net\\.example.org/")
def test_an_address_that_passes_leads_to_a_listed_host(url):
    if passes(url_on(HOSTS), url):
        assert is_address(url)


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com", "http://a.b.example.org:8080/x?y=1#z", "https://api.example.com/é"],
)
def test_plain_addresses_pass(url):
    assert passes(url_on(HOSTS), url)


@given(URLS)
def test_a_host_that_passes_is_listed(host):
    if passes(host_of(HOSTS), host):
        assert is_host(host)


@given(MAIL)
def test_a_recipient_that_passes_is_one_address(address):
    if passes(recipient(PEOPLE), address):
        assert is_recipient(address)


@given(SQL)
def test_a_statement_that_passes_is_one_and_of_its_kind(text):
    if passes(read_statement(KINDS, SHAPES), text):
        assert is_statement(text)


@pytest.mark.parametrize(
    "text", ["SELECT 1", "select a - b / 2 from t;", "show\ttables", "SELECT(1)", "SELECT 'a-b'"]
)
def test_plain_statements_pass(text):
    assert passes(read_statement(KINDS, SHAPES), text)


@given(st.decimals(0, 20000, places=2), st.integers(0, 20000))
@example(Decimal("0.00"), 1)
@example(Decimal("0.99"), 1)
@example(Decimal("1.01"), 1)
def test_a_number_as_text_passes_when_it_is_at_most_the_bound(value, most):
    text = format(abs(value), "f")  # there is a negative zero; any minus is refused below
    assert passes(at_most(Decimal(most)), text) is (value <= most)


@pytest.mark.parametrize(
    "text", ["-1", "-0.00", "1e3", "0x10", "", " 1", "1,5", "+1", ".5", "\uff11"]
)
def test_odd_numbers_do_not_pass(text):
    assert not passes(at_most(Decimal(100)), text)
    assert not passes(NUMBER, text)


def test_nothing_is_at_most_a_negative_number():
    assert not passes(at_most(Decimal(-1)), "0")


@given(st.text(max_size=8))
def test_quoted_text_matches_itself_alone(text):
    assert re.fullmatch(escape(text), text)
    assert not re.fullmatch(escape(text), f"{text}x")


def test_a_check_on_numbers_has_no_pattern():
    assert conditions.pattern_of(ArgumentCheck(("a",), "lte", 5, type="integer")) is None
    own = ArgumentCheck(("a",), "regex", "^a$")
    assert conditions.pattern_of(own) == "^a$"


@pytest.mark.parametrize("pattern", ["(?=", "(?!", "(?<", "\\1", "\\x"])
def test_patterns_use_only_what_every_engine_reads(pattern):
    made = [
        under(ROOTS),
        url_on(HOSTS),
        host_of(HOSTS),
        recipient(("@example.org", "a@b.c")),
        read_statement(("SELECT",), SHAPES),
        at_most(Decimal("12.5")),
    ]
    assert not [one for one in made if pattern in one]


@pytest.mark.parametrize("name", ["main", "gh-pages", "GH-Pages", "v_1", "r2"])
def test_a_listed_branch_does_not_pass_whatever_signs_are_in_its_name(name):
    pattern = ref_other_than(["main", "gh-pages", "v_1", "r2"])
    assert not re.fullmatch(pattern[1:-1], name)
    for near in (f"{name}x", f"{name}-2", f"feature/{name}", name[:1]):
        assert re.fullmatch(pattern[1:-1], near), near


QUERIES = st.lists(st.sampled_from([*"aZ0=&;@%+", "%3D", "%3d", "%40", "%25", "==", "q="])).map(
    "".join
)


@given(QUERIES)
def test_what_a_query_carries_is_neither_a_mail_address_nor_padded(query):
    if passes(public_url(SHAPES.inner_names), f"https://a.example.org/?{query}"):
        for _, value in parse_qsl(query.replace(";", "&")):
            assert not {"@", "="} & {*value, *unquote(value)}


@pytest.mark.parametrize(
    "query", ["q=", "q=a+b&lang=", "a&b=1", "q=%C3%A4%20x;b=2", "", "x[]=1#y=="]
)
def test_plain_queries_pass_also_where_an_argument_is_empty(query):
    assert passes(public_url(SHAPES.inner_names), f"https://a.example.org/b?{query}")


@pytest.mark.parametrize(
    "query", ["d=c2VjcmV0ISE=&q=1", "d=c2V%3D%3D", "d=ann%2540b.org", f"{'QUJD' * 6}="]
)
def test_what_is_padded_does_not_pass_however_it_is_written(query):
    assert not passes(public_url(SHAPES.inner_names), f"https://a.example.org/b?{query}")


@pytest.mark.parametrize(
    ("text", "passes_by"),
    [
        *(
            (word, True)
            for word in ("deletes", "allocate", "Pods", "ConfigMap", "un_block", "a.b/c d")
        ),
        *(
            (word, False)
            for word in (
                "deleteAll",
                "deleteDone",
                "DELETED",
                "prod2",
                "all-of",
                "x.prod",
                "PROD_eu",
                "a..b",
            )
        ),
    ],
)
def test_a_word_of_the_list_is_found_in_front_of_a_capital_or_a_digit(text, passes_by):
    assert passes(word_other_than(["delete", "deleted", "prod", "all"]), text) is passes_by


def test_all_that_a_rule_looks_for_is_one_pattern_that_rust_takes():
    """It refuses a pattern that grows past ten megabytes, as counted repeats of any letter do."""
    cel = pytest.importorskip("cel")
    rows = policy_rules(load_knowledge()).arguments
    for looked_for in {row.free_of for row in rows if row.free_of}:
        check = ArgumentCheck(("text",), "free_of", looked_for)
        pattern = "|".join(kind.found for kind in conditions.carried_kinds(check))
        assert cel.evaluate("text.matches(pattern)", {"text": "plain", "pattern": pattern}) is False


@pytest.mark.parametrize(
    ("pattern", "passing", "beyond"),
    [
        (under(["/data"]), "/data/notes.txt", "/data/%2e%2e/notes.txt"),
        (under(["/data"]), "/data/notes.txt", "/data/a%2f..%2fnotes.txt"),
        (under(["~/jobs"]), "/Users/ann/jobs/a.txt", "/Users/jobs/a.txt"),
        (under(["~/jobs"]), "/home/ann/jobs/a.txt", "/var/jobs/a.txt"),
        (url_on(["a.example"]), "https://a.example:65535/x", "https://a.example:123456/x"),
        (host_of(["*.a.example"]), "b.c.a.example", "a.example"),
        (host_of(["a.example."]), "a.example", "a.example.."),
        (ref_other_than(["main"]), "origin/mainly", "refs/remotes/origin/main"),
        (one_name(), "abc*", "ab*"),
        (word_other_than(["delete"]), "@all", "@delete"),
    ],
)
def test_what_stands_just_beyond_a_pattern_does_not_pass(pattern, passing, beyond):
    assert passes(pattern, passing)
    assert not passes(pattern, beyond)
