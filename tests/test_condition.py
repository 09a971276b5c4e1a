"""The language of conditions: what it reads, what it refuses, and that compiling keeps meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatmodel.rules.cases import Cases, literal_codes
from threatmodel.rules.condition import (
    AtLeast,
    ConditionError,
    Name,
    Not,
    compile_condition,
    parse_condition,
    polarities,
    value_of,
)

NAMES = ("a.one", "b.two", "c.three", "k.four", "m.five")
BITS = {name: bit for bit, name in enumerate(NAMES)}


def spelled(node) -> str:
    """Write a condition the way a person would."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Not):
        return f"not ({spelled(node.part)})"
    parts = [f"({spelled(part)})" for part in node.parts]
    return f"atleast({node.count}, {', '.join(parts)})"


leaves = st.sampled_from(NAMES).map(Name)
nodes = st.recursive(
    leaves,
    lambda part: (
        part.map(Not)
        | st.lists(part, min_size=1, max_size=4).flatmap(
            lambda parts: st.integers(1, len(parts)).map(lambda n: AtLeast(n, tuple(parts)))
        )
    ),
    max_leaves=8,
)
values = st.fixed_dictionaries(
    {name: st.sampled_from((True, False, None)) for name in NAMES},
)


def masks(found) -> tuple[int, int]:
    true = sum(1 << BITS[name] for name, value in found.items() if value is True)
    return true, sum(1 << BITS[name] for name, value in found.items() if value is False)


def cases_of(text: str) -> Cases:
    dnf = compile_condition(text, NAMES)
    return Cases.build(dnf.true_when, dnf.false_when, literal_codes(NAMES), NAMES)


@given(nodes, values)
def test_compiled_cases_agree_with_three_valued_evaluation(node, found):
    cases = cases_of(spelled(node))
    assert cases.holds(*masks(found)) is value_of(node, found)
    assert cases.surely(*masks(found)) is (value_of(node, found) is True)


@given(nodes, values)
def test_the_names_that_explain_a_verdict_are_enough_for_it(node, found):
    cases = cases_of(spelled(node))
    verdict = value_of(node, found)
    named = cases.explain(*masks(found))
    if verdict is None:
        assert named
        assert all(found[name] is None for name in named)
    else:
        assert all(found[name] is not None for name in named)
        assert cases.holds(*masks({name: found[name] for name in named})) is verdict


@given(nodes, values)
def test_answering_every_missing_name_decides_the_condition(node, found):
    cases = cases_of(spelled(node))
    for answer in (True, False):
        answered = dict(found)
        while cases.holds(*masks(answered)) is None:
            missing = cases.explain(*masks(answered))
            answered |= dict.fromkeys(missing, answer)
        assert cases.holds(*masks(answered)) is not None


@given(nodes)
def test_reading_what_was_spelled_gives_the_same_meaning(node):
    again = parse_condition(spelled(node), NAMES)
    assert compile_condition(spelled(again), NAMES) == compile_condition(spelled(node), NAMES)


@given(nodes, values, st.sampled_from(NAMES))
def test_polarity_says_which_way_a_name_can_move_the_verdict(node, found, name):
    ways = {positive for seen, positive in polarities(node) if seen == name}
    rank = {False: 0, None: 1, True: 2}
    low = rank[value_of(node, found | {name: False})]
    high = rank[value_of(node, found | {name: True})]
    if ways == {True}:
        assert low <= high
    elif ways == {False}:
        assert low >= high
    elif not ways:
        assert low == high


def test_and_binds_tighter_than_or_and_not_tightest():
    dnf = compile_condition("a.one or b.two and not c.three", NAMES)
    assert dnf.true_when == (("a.one",), ("!c.three", "b.two"))
    assert dnf.false_when == (("!a.one", "!b.two"), ("!a.one", "c.three"))


def test_the_empty_condition_never_holds():
    cases = cases_of("  ")
    assert cases.holds(0, 0) is False
    assert cases.holds(~0, 0) is False
    assert cases.explain(0, 0) == ()


def test_a_case_that_contradicts_itself_or_is_covered_is_dropped():
    assert compile_condition("a.one and not a.one", NAMES).true_when == ()
    assert compile_condition("a.one or a.one and b.two", NAMES).true_when == (("a.one",),)


def test_leaves_are_the_bits_of_every_name():
    assert cases_of("a.one and not (b.two or k.four)").leaves() == 0b1011


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("a.one and", 10, "a name was expected"),
        ("a.one b.two", 7, "the end, 'and' or 'or' was expected"),
        ("(a.one or b.two", 16, "')' was expected"),
        ("a.one or and", 10, "a name was expected, not 'and'"),
        ("a.one or b.tow", 10, "unknown name 'b.tow'"),
        ("not b.two and zzz", 15, "unknown name 'zzz'"),
        ("atleast(3, a.one, b.two)", 9, "atleast(3, ...) counts 2 parts"),
        ("atleast(0, a.one)", 9, "atleast(0, ...) counts 1 parts"),
        ("atleast(a.one, b.two)", 9, "a number was expected"),
        ("atleast 1, a.one", 9, "'(' was expected"),
        ("a.one == b.two", 7, "'=' has no meaning here"),
        ("a.one or __import__('os')", 21, "''' has no meaning here"),
        ("a.one)", 6, "the end, 'and' or 'or' was expected"),
    ],
)
def test_a_fault_names_its_character(text, column, words):
    with pytest.raises(ConditionError) as caught:
        compile_condition(text, NAMES)
    assert (caught.value.column, words) == (column, caught.value.message)


def test_an_unknown_name_comes_with_the_nearest_known_one():
    with pytest.raises(ConditionError, match=r"did you mean 'c\.three'"):
        parse_condition("a.one and c.thre", NAMES)


def test_a_condition_with_too_many_cases_is_refused():
    wide = " and ".join(f"({' or '.join(f'n.{i}x{j}' for j in range(8))})" for i in range(5))
    names = {f"n.{i}x{j}" for i in range(5) for j in range(8)}
    with pytest.raises(ConditionError, match="too many cases"):
        compile_condition(wide, names)
