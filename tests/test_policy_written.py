"""What we write is read back as it was meant, whatever the text."""

import gc
import json
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.make import plan, reading
from threatmodel.emit import json_text, quoted, toml_table, yaml_text
from threatmodel.files import indented_json
from threatmodel.policy.formats import FORMATS, compile_policy

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


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("sign", "\u3164\uffa0\u115f\u180e\ufe00\u2060\u202e")
def test_no_policy_holds_a_letter_that_nobody_sees(kind, sign):
    tools = (reading(f"wipe{sign}all", "Destructive"), reading(f"look{sign}up"))
    written = compile_policy(kind, plan(*tools), tools)
    assert sign not in written.text
    # Docker's command names no tool that is not plain; it is refused.
    assert kind == "docker" or "wipe" in written.text or "look" in written.text


def test_yaml_is_a_block_that_people_read():
    assert yaml_text({"a": [{"b": 1, "c": ["x", "y z"]}], "d": {}}) == (
        "a:\n  - b: 1\n    c:\n      - x\n      - y z\nd: {}\n"
    )
