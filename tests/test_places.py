"""Every value knows its place: file, line and column, whichever reader and file it came from."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from threatmodel.errors import Location
from threatmodel.reading.json import parse_json
from threatmodel.reading.positions import EMPTY
from threatmodel.reading.yaml import parse

CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff\ufffe\uffff"
)
TEXTS = st.text(CHARACTERS, max_size=8)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXTS, TREES, max_size=5), st.sampled_from([None, 0, 3]))
@example({"a": [{"b": [[], 'x"\n']}, {}]}, 2)
def test_both_readers_see_the_same_places(value, indent):
    data = json.dumps(value, ensure_ascii=False, indent=indent).encode()
    from_json, from_yaml = parse_json(data, "x").places, parse(data, "x").places
    for path in paths(value):
        assert from_json.of(path) == from_yaml.of(path)
        assert from_json.key(path) == from_yaml.key(path)


def test_places_are_those_of_values_and_keys():
    places = parse(b"name: Clerk\ntools:\n  - {name: mail}\n  - name: 'search'\n", "x").places
    assert places.of(()) == Location("x", 1, 1)
    assert places.of(("name",)) == Location("x", 1, 7)
    assert places.key(("name",)) == Location("x", 1, 1)
    assert places.of(("tools",)) == Location("x", 3, 3)
    assert places.key(("tools",)) == Location("x", 2, 1)
    assert places.of(("tools", 0, "name")) == Location("x", 3, 12)
    assert places.key(("tools", 1)) == places.of(("tools", 1)) == Location("x", 4, 5)
    assert places.key(("tools", 1, "name")) == Location("x", 4, 5)


def test_what_the_file_lacks_is_where_it_would_be():
    places = parse(b"name: Clerk\nmemory: {days: 1}\n", "x").places
    assert places.of(("memory", "size")) == Location("x", 2, 9)
    assert places.key(("memory", "size")) == Location("x", 2, 9)
    assert places.of(("name", 0, "more")) == Location("x", 1, 7)
    assert places.of(("nothing",)) == Location("x", 1, 1)


def test_columns_count_characters_and_leave_out_the_byte_order_mark():
    tree = parse("\ufeffé🙂: {ü: 1}\n".encode(), "x")
    assert tree.value == {"é🙂": {"ü": 1}}
    assert tree.places.key(("é🙂",)) == Location("x", 1, 1)
    assert tree.places.of(("é🙂", "ü")) == Location("x", 1, 9)


def test_values_from_another_file_keep_their_places():
    outer = parse(b"name: Clerk\ntools: {file: tools.json}\n", "x.yaml").places
    listed = parse_json(b'{"tools": [\n  {"name": "mail"}]}', "tools.json").places
    both = outer.under(("tools",), listed.at(("tools",)))
    assert both.of(("name",)) == Location("x.yaml", 1, 7)
    assert both.key(("tools",)) == Location("x.yaml", 2, 1)
    assert both.of(("tools",)) == Location("tools.json", 1, 11)
    assert both.of(("tools", 0, "name")) == Location("tools.json", 2, 12)
    assert both.key(("tools", 0, "name")) == Location("tools.json", 2, 4)
    assert both.at(("tools", 0)).of(("name",)) == Location("tools.json", 2, 12)
    assert outer.of(("tools", "file")) == Location("x.yaml", 2, 15)
    moved = both.at(("tools",)).under((0,), outer)
    assert moved.of((0, "name")) == Location("x.yaml", 1, 7)


def test_values_that_no_file_gave_have_no_place():
    assert EMPTY.of(("name",)) is None
    assert EMPTY.key(("name",)) is None
    assert EMPTY.under(("a",), parse(b"b: 1", "x").places).of(("a", "b")) == Location("x", 1, 4)


def paths(value, path=()):
    yield path
    inside = {list: enumerate, dict: dict.items}.get(type(value), lambda _: ())
    for step, inner in inside(value):
        yield from paths(inner, (*path, step))
