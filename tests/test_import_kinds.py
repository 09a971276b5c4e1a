"""Every kind of source is recognised by its structure, and several make one description."""

import json
import re
from pathlib import Path

import pytest

from tests.imports.cases import ENTRY, described, source, tool
from threatmodel.description.load import load_agent_text
from threatmodel.errors import InvalidFileError
from threatmodel.importers.document import read_document
from threatmodel.importers.places import filled, holds
from threatmodel.importers.run import SOURCE_KINDS, import_sources, kind_ids
from threatmodel.importers.statements import Node
from threatmodel.importers.write import to_yaml
from threatmodel.rules.importing import load_rules

IMPORTERS = Path(__file__).parents[1] / "threatmodel" / "importers"

FOLDERS = {
    "a2a-agent-card": "a2a",
    "agent-plugin-json": "host-plugin",
    "claude-hooks-json": "settings",
    "github-toolsnap": "tools",
    "mcp-client-config": "config",
    "mcp-registry-server-json": "server-json",
    "mcp-server-card": "server-card",
    "mcpb-manifest": "mcpb",
    "oasf-record": "oasf",
    "toolhive-spec": "toolhive",
}
"""Folders of samples that hold one kind each."""

MIXED = ("crewai", "docker-mcp-registry", "m365-declarative-agent", "openai-plugin")
NOT_READ = {"agents.json", "tools.json", "without_mcp.json", "with_empty_mcp.json"}
"""Ends of samples that are something else: a list of links, no tools, settings without servers."""


def samples(corpus, *folders):
    for folder in folders:
        for file in sorted((corpus / "formats" / folder).iterdir()):
            if file.name != "source.txt":
                yield folder, file


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.long)])
def test_samples_are_recognised_and_their_descriptions_load(corpus, every):
    unread = []
    for folder, file in list(samples(corpus, *FOLDERS, *MIXED))[::every]:
        one = source(file.read_bytes(), file.name.rsplit("__", 1)[-1])
        try:
            found = import_sources([one])
        except InvalidFileError:
            unread.append(file.name)
            continue
        for description in found:
            load_agent_text(to_yaml(description).encode(), "x.yaml")
        kinds = [kind.id for kind in SOURCE_KINDS if kind.fits(read_document(one))]
        assert kinds[0] == FOLDERS.get(folder, kinds[0]), file.name
    assert all(any(name.endswith(end) for end in NOT_READ) for name in unread), unread
    assert every > 1 or len(unread) == 4


def test_other_yaml_is_refused(corpus):
    for _, file in samples(corpus, "confluent-config"):
        with pytest.raises(InvalidFileError, match="found YAML with the keys `connections`"):
            import_sources([source(file.read_bytes(), file.name)])


def test_every_kind_has_a_name_of_its_own_and_says_what_it_expects():
    assert len(set(kind_ids())) == len(SOURCE_KINDS)
    assert all(kind.expects and kind.title for kind in SOURCE_KINDS)


def test_the_documentation_names_every_kind_with_its_traps():
    page = Path(__file__).parents[1] / "docs" / "sources.md"
    rows = [line.split("|") for line in page.read_text("utf-8").splitlines() if "|" in line]
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row[1])]
    assert sorted(named) == sorted(kind_ids())
    assert all(row[3].strip() for row in rows)


def test_of_two_answers_the_one_that_means_more_risk_stands():
    entry = source(ENTRY, "server.json")
    config = source({"mcpServers": {"s": {"command": "npx", "args": ["@shop/server"]}}}, "mcp.json")
    for order in ([entry, config], [config, entry]):
        (one,) = import_sources(order)
        (pinned,) = [
            statement for statement in one.statements if statement.path == ("supply", "pinned")
        ]
        assert pinned.value["value"] is False
        assert "mcp.json" in pinned.value["note"]
        assert "but otherwise in" in pinned.value["note"]


def test_a_second_source_does_not_rename_the_first():
    (one,) = import_sources([source([tool("a")], "list.json"), source(ENTRY)])
    assert (one.name, len(one.tools)) == ("list", 1)


@pytest.mark.parametrize("key", ["capabilities", "conversation_starters"])
def test_a_declarative_agent_with_tools_is_not_taken_for_one_of_openai(key):
    agent = {"name": "HR", "instructions": "Help.", "tools": [], key: []}
    document = read_document(source(agent))
    assert next(kind.id for kind in SOURCE_KINDS if kind.fits(document)) == "m365-agent"


def test_a_server_that_lists_tools_beside_its_instructions_is_no_agent():
    server = {"name": "zorb", "instructions": "Look first.", "tools": [tool("look")]}
    (one,) = import_sources([source(server, "list.tools.json")])
    assert (one.name, one.server["instructions"]) == ("zorb", "Look first.")
    assert described(server)["kind"] == "mcp-server"
    assert next(k.id for k in SOURCE_KINDS if k.fits(read_document(source(server)))) == "tools"


TABLES = load_rules().tables
ROWS = [(name, row) for name, table in TABLES.items() for row in table.says]


def test_what_tables_answer_are_questions_of_a_description():
    for question in {row.yes or row.no for _, row in ROWS} - {""}:
        section, _, field = question.partition(".")
        top = {"name": "A", "kind": "agent", section: {field: {"value": True, "by": "vendor"}}}
        load_agent_text(json.dumps(top).encode(), "a.yaml")


def test_what_tables_read_with_is_known_where_they_are_used():
    files = [file.read_text("utf-8") for file in IMPORTERS.glob("**/*.py")]
    shared = (IMPORTERS / "table.py").read_text("utf-8")
    for name, row in ROWS:
        tables = {name} | {other for other, at in ROWS if at.read == name}
        code = [shared, *(text for text in files for one in tables if f'"{one}"' in text)]
        known = row.read in TABLES or any(f'"{row.read}": ' in text for text in code)
        assert not row.read or known, (name, row.read)


def test_what_tables_ask_is_a_place_or_a_sign():
    """Each alone: of several the first that does not hold would hide the rest."""
    shapes = [row.where for _, row in ROWS] + [table.shape for table in TABLES.values()]
    shapes += [remark.where for table in TABLES.values() for remark in table.remarks]
    signs = {one for shape in shapes for sign in shape for one in several(sign)}
    signs |= {sign for _, row in ROWS for sign in (row.sign, row.secret) if sign}
    signs |= {table.more_tools for table in TABLES.values() if table.more_tools}
    for sign in signs:
        assert holds(Node(None, "a"), sign) is sign.startswith("!"), sign


def several(sign):
    return (sign,) if isinstance(sign, str) else sign


@pytest.mark.parametrize(
    ("sign", "fits"),
    [
        ("name", True),
        ("!name", False),
        ("other?", False),
        ("on:true", True),
        ("on:false", False),
        ("list:list", True),
        ("list[].x = b", True),
        ("list[].x = b, c", True),
        ("list[].x = B", False),
        ("list[].x ~= b", True),
        ("name ~^= na, no", True),
        ("!name ^= na, no", True),
        ("^Name = Name", True),
        ("map<>.y", True),
        ("**.z ^= de", True),
        ("none.such | name *= e", True),
        ("name *= am", True),
        ("on || name = Name", True),
    ],
)
def test_a_sign_asks_about_places(sign, fits):
    value = {"name": "Name", "on": True, "list": [{"x": "a"}, {"x": "b"}], "map": {"k": {"y": "c"}}}
    assert holds(Node(value | {"deep": [[{"z": "deep"}]]}, "a"), sign) is fits


def test_words_show_what_stands_at_places():
    node = Node({"a": "x", "b": "", "c": [{"d": "y"}, {"d": "z"}]}, "a")
    assert filled("{a} of {b || a}, {c[].d}; {none || 'nobody'}", node) == "x of x, y, z; nobody"
