"""What we write is read back as it was meant, whatever the text."""

import gc
import json
import tomllib

import yaml
from hypothesis import given
from hypothesis import strategies as st

from threatmodel.files import indented_json
from threatmodel.policy.formats.emit import json_text, quoted, toml_table, yaml_text

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
HOSTILE = st.sampled_from(
    [
        "",
        " ",
        "- a",
        "a: b",
        "#x",
        "'",
        '"',
        "\\",
        "yes",
        "null",
        "0x1f",
        "1e3",
        "{{",
        "\n",
        "\u2028",
        "</script>",
        "*",
        "&a",
    ]
)
DATA = st.recursive(
    TEXT | HOSTILE | st.integers(-(2**53), 2**53) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | HOSTILE, inner, max_size=4),
    max_leaves=12,
)


@given(DATA)
def test_yaml_is_read_back_as_it_was_meant(data):
    assert yaml.safe_load(yaml_text(data)) == data


@given(DATA)
def test_json_is_read_back_as_it_was_meant(data):
    assert json.loads(json_text(data)) == data


@given(DATA)
def test_json_is_laid_out_as_the_library_does_it_and_leaves_no_circle(data):
    gc.collect()
    plain, ascii_only = indented_json(data), indented_json(data, " ", ascii_only=True)
    assert gc.collect() == 0
    assert plain == json.dumps(data, indent=2, ensure_ascii=False)
    assert ascii_only == json.dumps(data, indent=1)


@given(st.dictionaries(st.sampled_from(["a", "b"]), TEXT | HOSTILE | st.lists(TEXT, max_size=3)))
def test_toml_is_read_back_as_it_was_meant(values):
    assert tomllib.loads(toml_table("[[rule]]", values)) == {"rule": [values]}


def test_nothing_invisible_is_written():
    assert quoted("a\u202eb\u200b\U000e0041") == r'"a\u202eb\u200b\U000e0041"'


def test_yaml_is_a_block_that_people_read():
    assert yaml_text({"a": [{"b": 1, "c": ["x", "y z"]}], "d": {}}) == (
        "a:\n  - b: 1\n    c:\n      - x\n      - y z\nd: {}\n"
    )
