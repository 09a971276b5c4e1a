"""Any tool list becomes a description that loads, word for word and with nothing made up."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.imports.cases import described, imported, source, tool
from threatmodel.assessment import assess
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.errors import InvalidFileError
from threatmodel.importers.run import import_sources
from threatmodel.importers.save import save
from threatmodel.importers.write import to_yaml, tool_file
from threatmodel.reading.positions import MAX_BYTES

HELLO = {"serverInfo": {"name": "shop", "title": "Shop", "version": "1.10"}}


@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.long)])
def test_every_recording_imports_and_loads_back(corpus, tmp_path, every):
    tools = 0
    for file in sorted((corpus / "mcp").glob("*.json"))[::every]:
        (one,) = import_sources([source(file.read_bytes(), str(file))])
        path = tmp_path / f"{file.stem}.yaml"
        save(path, one)
        agent = load_agent(path)
        recorded = json.loads(file.read_bytes())["tools"]
        assert [t.name for t in agent.known_tools] == [t["name"] for t in recorded]
        assert (agent.kind, agent.form) == ("mcp-server", "product")
        written = json.loads(path.with_suffix(".tools.json").read_bytes())["tools"]
        assert written == recorded
        tools += len(recorded)
    assert tools > 3500 / every / 3


@pytest.mark.parametrize(
    "content",
    [
        {"tools": [tool("a")]},
        {"jsonrpc": "2.0", "id": 1, "result": {"tools": [tool("a")]}},
        [tool("a")],
        tool("a"),
        [{"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}}],
        [{"name": "a", "description": "x", "input_schema": {"type": "object"}}],
        '{"tools": [{"name": "a", "inputSchema": {}, }], // note\n}',
        '﻿{"tools": [{"name": "a", "inputSchema": {}}]}',
    ],
    ids=["object", "answer", "list", "one", "functions", "snake", "comments", "byte order mark"],
)
def test_a_tool_list_is_known_by_its_shape(content):
    assert [t["name"] for t in imported(content).tools] == ["a"]


@pytest.mark.parametrize(("login", "told"), [(False, True), (True, False), (None, False)])
def test_that_a_server_asked_for_no_login_is_told_only_where_somebody_tried(login, told):
    live = {} if login is None else {"live": {"login": login}}
    one = imported({"tools": [tool("a")], **live})
    assert any("without a login" in remark for remark in one.remarks) is told


def test_pages_and_log_lines_are_put_together():
    lines = [
        "2026-11-20 08:44:42 | INFO | starting",
        '{"level": 30, "name": "log", "msg": "ready"}',
        json.dumps(
            {"jsonrpc": "2.0", "id": 0, "result": HELLO | {"protocolVersion": "2025-11-25"}}
        ),
        json.dumps(
            {"jsonrpc": "2.0", "id": 1, "result": {"tools": [tool("a")], "nextCursor": "2"}}
        ),
        "[WARN] slow",
        json.dumps({"jsonrpc": "2.0", "id": 2, "result": {"tools": [tool("b")]}}, indent=2),
    ]
    one = imported("\n".join(lines), "session.log")
    assert [t["name"] for t in one.tools] == ["a", "b"]
    assert (one.name, dict(one.server)["protocolVersion"]) == ("Shop", "2025-11-25")


def test_a_version_stays_text():
    text = to_yaml(imported({**HELLO, "tools": [tool("a")]}))
    assert load_agent_text(text.encode(), "shop.yaml").version == "1.10"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"tools": {"a": 1}}, "the keys `tools`"),
        ({"tools": ["a", "b"]}, "the keys `tools`"),
        ([1, 2], "a list of 2 items of numbers"),
        ([], "a list of 0 items"),
        ("[INFO] nothing to see", "list is not closed|not JSON"),
        ("plain words", "YAML with text"),
        ("a,b\n1,: 2", "neither JSON, YAML, Markdown nor lines of JSON"),
        ("", "empty"),
        (b"\xff\xfe\x00", "UTF-16"),
        (b"\x80", "not UTF-8"),
    ],
)
def test_what_is_no_tool_list_says_what_was_found(content, found):
    with pytest.raises((InvalidFileError, ExceptionGroup), match=found):
        imported(content)


def test_the_wrong_kind_says_what_was_expected_and_what_was_found():
    with pytest.raises(InvalidFileError) as fault:
        imported({"mcpServers": {"a": {"command": "x"}}}, kind="tools")
    assert "found JSON with the keys `mcpServers`; expected an answer to `tools/list`" in str(
        fault.value
    )
    assert "`result.tools`" in fault.value.hint


def test_an_unknown_kind_lists_the_known_ones():
    with pytest.raises(InvalidFileError, match="no kind of source called cards") as fault:
        imported([tool("a")], kind="cards")
    assert "a2a, " in fault.value.hint


def test_broken_tools_are_kept_or_named_never_dropped_in_silence():
    one = imported(
        {
            "tools": [
                tool("a", inputSchema="none"),
                tool("b", annotations={"readOnlyHint": "maybe"}),
                {"name": "", "description": "x"},
                tool("c", description=7),
            ]
        }
    )
    assert [t["name"] for t in one.tools] == ["a", "b", "c"]
    assert one.tools[0]["unreadable"] == {"inputSchema": "none"}
    assert "tool 3 of the list has no name and is left out" in one.remarks
    assert any("set aside in: a, b, c" in remark for remark in one.remarks)
    load_agent_text(to_yaml(one).encode(), "x.yaml")


def test_a_server_does_not_choose_its_own_class(tmp_path):
    own = {"class": {"value": "Read", "by": "reviewer"}, "server": "trusted"}
    save(tmp_path / "x.yaml", imported([tool("wipe", **own)]))
    (read,) = load_agent(tmp_path / "x.yaml").known_tools
    assert (read.override, read.server) == (None, None)


def test_a_name_listed_twice_stays_twice_and_is_marked(tmp_path):
    one = imported([tool("send"), tool("send", "Sends mail.")])
    save(tmp_path / "x.yaml", one)
    assert [t.description for t in load_agent(tmp_path / "x.yaml").known_tools] == [
        "Reads an order.",
        "Sends mail.",
    ]
    assert any("`send` is listed 2 times" in remark for remark in one.remarks)


def test_an_empty_list_is_no_proof_that_there_are_no_tools():
    one = imported({"tools": []})
    assert one.tools is None
    assert described({"tools": []}).get("tools") is None
    assert any("after a login" in remark for remark in one.remarks)


def asked_after(content):
    """Ids of facts that stay unknown after an import."""
    facts = assess(load_agent_text(to_yaml(imported(content)).encode(), "a.yaml")).facts.facts
    return {fact.id for fact in facts.values() if fact.basis in {"assumed", "unknown"}}


def test_silence_is_no_answer():
    top = described({**HELLO, "tools": [tool("a")]})
    assert set(top) == {"name", "kind", "form", "version"}
    text = to_yaml(imported({**HELLO, "tools": [tool("a")]}))
    assert "autonomy: unknown" in text
    assert {"id.static_key", "au.unattended", "i.public_endpoint"} <= asked_after(
        {**HELLO, "tools": [tool("a")]}
    )


def test_what_a_source_answers_is_not_asked_again():
    card = {"name": "a", "url": "https://a.com", "skills": [{"name": "Pay bills"}]}
    card |= {
        "capabilities": {},
        "securitySchemes": {"k": {"type": "http"}},
        "security": [{"k": []}],
    }
    asked = asked_after(card)
    assert not {"ma.a2a", "i.public_endpoint"} & set(asked)
    config = {"mcpServers": {"a": {"command": "npx", "args": ["a"], "env": {"A_KEY": "${A}"}}}}
    asked = asked_after(config)
    assert not {"s.unpinned", "id.static_key", "id.local_creds"} & set(asked)
    assert "id.oauth" in asked


def test_keys_that_a_recording_needed_become_credentials():
    top = described({"tools": [tool("a")], "env_names": ["SHOP_API_KEY", "LOG_LEVEL"]})
    assert [c["name"] for c in top["credentials"]] == ["SHOP_API_KEY"]
    assert top["credentials"][0]["kind"] == "static-key"


@pytest.mark.parametrize(
    "name", ["nested/", "a b", 'a"b', "a\tb", "🧨", "a\u202eb", "'", "a.b", "~1"]
)
def test_odd_names_survive(name, tmp_path):
    one = imported([tool(name)], "x.json")
    save(tmp_path / "x.yaml", one)
    assert [t.name for t in load_agent(tmp_path / "x.yaml").known_tools] == [name]
    text = to_yaml(one)
    assert [t.name for t in load_agent_text(text.encode(), "x.yaml").known_tools] == [name]
    assert "\u202e" not in text + tool_file(one)


def test_numbers_and_halves_of_characters_that_json_allows_are_made_text(tmp_path):
    schema = '{"type": "object", "default": [NaN, 1e999, %s, "\\ud83d"]}' % ("9" * 80)
    one = imported(f'[{{"name": "a", "inputSchema": {schema}}}]')
    save(tmp_path / "x.yaml", one)
    (read,) = load_agent(tmp_path / "x.yaml").known_tools
    assert read.input_schema["default"] == ["NaN", "1e999", "9" * 80, "\ufffd"]


def test_bottomless_nesting_is_refused():
    with pytest.raises(InvalidFileError, match="deep one inside the other"):
        imported('{"tools": ' + "[" * 5000 + "]" * 5000 + "}")
    deep = "{" + '"a":{' * 60 + "}" * 60 + "}"
    with pytest.raises(InvalidFileError, match="deep one inside the other"):
        imported(f'[{{"name": "a", "inputSchema": {deep}}}]')


def test_a_file_beyond_the_limit_is_refused():
    with pytest.raises(InvalidFileError, match="larger than"):
        imported(b" " * (MAX_BYTES + 1))


def test_401_tools_with_large_texts_and_schemas_import(tmp_path):
    schema = {"type": "object", "properties": {f"p{i}": {"type": "string"} for i in range(1000)}}
    tools = [tool(f"tool_{i}", "x" * (14_000 if i == 7 else 20)) for i in range(401)]
    tools[3]["inputSchema"] = schema
    save(tmp_path / "x.yaml", imported({"tools": tools}))
    assert len(load_agent(tmp_path / "x.yaml").known_tools) == 401


def test_the_same_name_in_two_sources_is_one_tool():
    card = source([{"name": "a", "description": "Short."}], "card.json")
    full = source([tool("a", "Long."), tool("b")], "full.json")
    (one,) = import_sources([card, full])
    assert [t["name"] for t in one.tools] == ["a", "b"]
    assert one.tools[0]["description"] == "Short."
    assert one.tools[0]["inputSchema"] == {"type": "object"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
keys = st.sampled_from(
    ["name", "description", "inputSchema", "outputSchema", "annotations", "title", "x"]
)


@given(st.lists(st.dictionaries(keys, json_values), max_size=4))
def test_whatever_a_server_lists_the_description_loads(tools):
    content = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"tools": tools}})
    try:
        one = imported(content)
    except InvalidFileError:
        assert not all("name" in entry for entry in tools)
        return
    agent = load_agent_text(to_yaml(one).encode(), "x.yaml")
    assert [t.name for t in agent.known_tools] == [t["name"] for t in one.tools or ()]


_COMMAND = {"command": {"type": "string", "description": "Shell command to run."}}


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "object", "properties": _COMMAND},
        _COMMAND,
        [{"name": "command", "type": "string", "description": "Shell command to run."}],
    ],
    ids=["schema", "mapping", "list"],
)
def test_arguments_are_read_under_the_name_that_function_calls_give_them(parameters):
    (one,) = imported([{"name": "go", "description": "Go.", "parameters": parameters}]).tools
    assert one["inputSchema"]["properties"]["command"] == _COMMAND["command"]
    said = one | {"inputSchema": {"type": "object"}, "parameters": parameters}
    (kept,) = imported([said]).tools
    assert kept == said


def test_what_stands_beside_a_list_of_tools_is_read_or_named():
    start = {"configSchema": {"properties": {"apiKey": {"type": "string"}}}}
    listed = {"name": "Shop", "description": "Sells.", "startCommand": start, "tools": [tool("a")]}
    one = imported(listed)
    assert described(listed)["summary"] == "Sells."
    assert "keys that are not read: startCommand" in one.remarks
    assert not any("not read" in remark for remark in imported(tool("a", extra=1)).remarks)


def test_an_argument_of_a_list_is_required_where_the_list_says_so_in_either_way():
    arguments = [
        {"name": "a", "type": "str", "required": True},
        {"name": "b", "type": "int", "optional": False},
        {"name": "c", "optional": True},
        {"name": "d"},
    ]
    listed = {"tools": [{"name": "make", "description": "Make.", "arguments": arguments}]}
    (made,) = imported(listed).tools
    assert made["inputSchema"]["required"] == ["a", "b"]
    assert made["inputSchema"]["properties"]["b"]["type"] == "integer"


@pytest.mark.parametrize(
    "parameters",
    [
        {"command": "string: what the shell runs"},
        {"title": "of the run", "command": {"type": "string"}},
        {"command": {"type": "string"}, "title": {"type": "string"}},
    ],
)
def test_arguments_that_are_told_in_words_are_read(parameters):
    (made,) = imported(
        [{"name": "run_shell", "description": "Runs it.", "parameters": parameters}]
    ).tools
    assert "command" in made["inputSchema"]["properties"]
