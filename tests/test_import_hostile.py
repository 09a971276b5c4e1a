"""Whatever stands in a file, an import ends with descriptions that load, or with a clear error."""

import copy
import json

import pytest

from tests.imports.cases import HERE, example, source
from threatmodel.description.load import load_agent_text
from threatmodel.errors import InvalidFileError
from threatmodel.importers.document import read_document
from threatmodel.importers.run import import_sources
from threatmodel.importers.write import to_yaml

EXAMPLES = sorted(
    file
    for file in HERE.glob("[a-z]*/*")
    if file.suffix in {".json", ".yaml", ".yml"} and not file.name.endswith(".description.yaml")
)
GONE = object()
JUNK = (
    GONE,
    None,
    [],
    {},
    "",
    7,
    True,
    [None],
    [[{}]],
    {"": ""},
    {"name": {}, "type": []},
    "x" * 5000,
    "\u202e{{ ${x} $fromAI('",
)
"""What is put in the place of every part of an example, one at a time."""


def places(value, path=()):
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for step, part in inner:
        yield from places(part, (*path, step))


def changed(value, path, junk):
    whole = copy.deepcopy(value)
    owner = whole
    for step in path[:-1]:
        owner = owner[step]
    if junk is GONE:
        del owner[path[-1]]
    else:
        owner[path[-1]] = junk
    return whole


def survives(data, name="x.json", *, together=False):
    try:
        found = import_sources([source(data, name)], together=together)
    except InvalidFileError as fault:
        return name in str(fault)
    for one in found:
        # Of what nobody reads no change is seen: the same description is written and read once.
        if repr(one) not in READ:
            load_agent_text(to_yaml(one).encode(), "x.yaml")
            READ.add(repr(one))
    return True


READ = set()

# Together the long parts try every case; apart, they are shared out among processors, each place
# with all its junk to one of them.
SHARES = [(0, 61, 1), *(pytest.param(n, 8, len(JUNK), marks=pytest.mark.long) for n in range(8))]


@pytest.mark.parametrize(("first", "every", "run"), SHARES)
def test_no_part_of_a_source_that_is_missing_or_of_another_kind_ends_an_import(first, every, run):
    cases = []
    for file in EXAMPLES:
        value = read_document(example(file)).root.value
        cases += [(value, path, junk) for path in places(value) for junk in JUNK]
    mine = [case for number, case in enumerate(cases) if number // run % every == first]
    for number, (value, path, junk) in enumerate(mine):
        data = json.dumps(changed(value, path, junk))
        assert survives(data, together=number % 2 == 0), (path, junk)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_source_that_is_nested_without_end_is_refused_or_read(file):
    value = read_document(example(file)).root.value
    deep = "x"
    for _ in range(40):
        deep = {"name": "n", "type": "t", "tools": [deep], "value": deep if deep == "x" else 1}
    for path in list(places(value))[::9]:
        assert survives(json.dumps(changed(value, path, deep)))
    bottomless = '{"name": "x", "model": "m", "instructions": "i", "tools": ' + "[" * 90_000
    assert survives(bottomless)


def test_schemas_that_refer_to_each_other_fill_no_disk():
    """Four references a level and twelve levels would be sixteen million parts an operation."""
    schema = {"properties": {key: {"$ref": "#/c/a"} for key in "abcd"}}
    operation = {"get": {"parameters": [{"name": "a", "schema": {"$ref": "#/c/a"}}]}}
    api = {
        "openapi": "3.0.0",
        "paths": {f"/{n}": operation for n in range(200)},
        "c": {"a": schema},
    }
    (one,) = import_sources([source(api)])
    assert len(one.tools) == 200
    assert len(json.dumps(one.tools)) < 10_000_000


MANY = {
    "n8n": {"nodes": [{"name": str(n), "type": "n8n-nodes-base.ssh"} for n in range(3000)]},
    "openai": {"model": "m", "instructions": "i", "tools": [{"type": "shell"}] * 3000},
    "foundry": {"kind": "prompt", "model": "m", "tools": [{"kind": "shell"}] * 3000},
    "adk": {"agent_class": "LlmAgent", "name": "a", "tools": [{"name": "t"}] * 3000},
    "dify": {"app": {"mode": "x"}, "workflow": {"nodes": [{"data": {"type": "code"}}] * 3000}},
    "flowise": {"nodes": [{"data": {"name": "n", "category": "Tools"}}] * 3000},
    "bedrock": {"agentName": "a", "instruction": "i", "actionGroups": [{}] * 3000},
}


@pytest.mark.parametrize("kind", MANY)
def test_what_is_more_than_is_read_is_said(kind):
    (one,) = import_sources([source(MANY[kind])], kind)
    assert any("2000" in remark for remark in one.remarks), one.remarks


def test_a_name_longer_than_an_unmarked_key_of_yaml_comes_back():
    schema = {"type": "object", "properties": {"x" * 5000: {"type": "string"}}}
    tools = {"tools": [{"name": "a", "inputSchema": schema}]}
    (one,) = import_sources([source(json.dumps(tools))])
    (tool,) = load_agent_text(to_yaml(one).encode(), "x.yaml").known_tools
    assert tool.input_schema == schema


@pytest.mark.parametrize(
    "text",
    [
        '{"tools": [{"name": "sow_seed", "name": "burn_field"}]}',
        '{"tools": [{"name": "sow_seed", "name": "burn_field"}],} // by hand',
        'started\n{"jsonrpc": "2.0", "result": {"tools": [{"name": "a", "name": "burn_field"}]}}',
    ],
)
def test_a_key_that_is_given_twice_is_told_since_other_readers_may_take_the_first(text):
    (one,) = import_sources([source(text.encode(), "list.json")])
    assert [tool["name"] for tool in one.tools or ()] == ["burn_field"]
    assert any("gives a key twice" in remark and "name" in remark for remark in one.remarks)
    (plain,) = import_sources([source(b'{"tools": [{"name": "a"}, {"name": "b"}]}', "l.json")])
    assert not any("twice" in remark for remark in plain.remarks)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<!doctype html><title>502 Bad Gateway</title>", "a web page or XML"),
        (b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "No \\u001b[2Jtools"}}',
         "answered with an error: No"),
    ],
)  # fmt: skip
def test_what_a_server_sent_in_place_of_its_tools_is_called_by_its_name(data, says):
    with pytest.raises(InvalidFileError, match=says) as refused:
        import_sources([source(data, "list.json")])
    assert str(refused.value).count("\n") == 1


def test_a_recording_whose_log_lines_begin_with_a_bracket_is_no_web_page():
    data = (
        b'<6>started\n{"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "burn_field"}]}}\n'
    )
    (one,) = import_sources([source(data, "log.txt")])
    assert [tool["name"] for tool in one.tools or ()] == ["burn_field"]
