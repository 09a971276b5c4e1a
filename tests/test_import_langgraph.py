"""Code of agents is parsed and never run; what it names is read from its folder alone."""

import ast
import sys
from contextlib import suppress

import pytest

from tests.imports.cases import HERE, source
from threatmodel.cli import main
from threatmodel.errors import InvalidFileError
from threatmodel.importers.companions import MOST_FILES, with_code
from threatmodel.importers.document import SourceInput
from threatmodel.importers.langgraph.flow import MOST_EDGES
from threatmodel.importers.merge import structure
from threatmodel.importers.run import import_sources

BUILD = "from langgraph.prebuilt import create_react_agent\nfrom langchain_core.tools import tool\n"


def read(code, name="agent.py"):
    (one,) = import_sources([source(code, name)])
    return one, structure(one.statements)


def run(*argv):
    return main(["import", *map(str, argv)])


def test_the_command_reads_the_code_beside_the_configuration(tmp_path, capsys):
    config = HERE / "langgraph" / "langgraph.json"
    folder = tmp_path / "out"
    folder.mkdir()
    assert run(config, "-o", folder) == 0
    assert "TypeScript" in capsys.readouterr().err
    assert sorted(file.name for file in folder.iterdir()) == [
        "desk.tools.json",
        "desk.yaml",
        "web.yaml",
    ]
    assert run(config, "--all", "-o", tmp_path / "all.yaml") == 0
    assert "kind: multi-agent" in (tmp_path / "all.yaml").read_text()


def test_code_is_never_run(tmp_path):
    mark = tmp_path / "mark"
    code = f"{BUILD}open({str(mark)!r}, 'w')\nraise SystemExit(1)\n"
    (tmp_path / "agent.py").write_text(code)
    file = tmp_path / "agent.py"
    before = set(sys.modules)
    import_sources([with_code(SourceInput(str(file), file.read_bytes()))])
    assert not mark.exists()
    assert "langgraph" not in set(sys.modules) - before


class TestFiles:
    """What a configuration may make the import read."""

    def gathered(self, folder, graph):
        config = folder / "langgraph.json"
        config.write_text(f'{{"graphs": {{"a": "{graph}"}}}}')
        return with_code(SourceInput(str(config), config.read_bytes())).beside

    @pytest.mark.parametrize(
        "graph", ["../outside.py:g", "/etc/passwd:g", "link.py:g", "a\\u0000.py:g"]
    )
    def test_no_file_outside_the_folder_is_read(self, tmp_path, graph):
        (tmp_path / "outside.py").write_text(BUILD)
        folder = tmp_path / "app"
        folder.mkdir()
        (folder / "link.py").symlink_to(tmp_path / "outside.py")
        assert self.gathered(folder, graph) == ()

    def test_imports_are_followed_inside_the_folder(self, tmp_path):
        (tmp_path / "src" / "pay").mkdir(parents=True)
        (tmp_path / "src" / "a.py").write_text("from pay.tools import buy\nfrom . import b\n")
        (tmp_path / "src" / "b.py").write_text("import os\n")
        (tmp_path / "src" / "pay" / "tools.py").write_text("from ..a import x\n")
        (tmp_path / "src" / "unused.py").write_text("")
        names = {file.name for file in self.gathered(tmp_path, "./src/a.py:g")}
        assert names == {"src/a.py", "src/b.py", "src/pay/tools.py"}

    def test_there_is_an_end_to_them(self, tmp_path):
        for number in range(MOST_FILES + 20):
            (tmp_path / f"m{number}.py").write_text(f"import m{number + 1}\n")
        assert len(self.gathered(tmp_path, "m0.py:g")) == MOST_FILES


class TestTools:
    """What the code binds."""

    def test_only_what_is_bound_is_a_tool(self):
        code = (
            f"{BUILD}\n@tool\ndef buy(item: str):\n    'Buy an item.'\n"
            "@tool\ndef idle():\n    'Never bound.'\n"
            "agent = create_react_agent('openai:gpt-4o', [buy])\n"
        )
        one, top = read(code)
        assert [tool["name"] for tool in one.tools] == ["buy"]
        assert top["model"]["name"] == "openai:gpt-4o"

    def test_a_list_that_a_class_is_given_is_not_whole(self):
        code = (
            f"{BUILD}class Helper:\n    def __init__(self, tools):\n        self.tools = tools\n"
            "        self.agent = create_react_agent('openai:gpt-4o', tools=self.tools)\n"
        )
        one, top = read(code)
        assert top["facts"]["t.unlisted"]["value"] is True
        assert any("not whole" in remark for remark in one.remarks)

    def test_a_list_made_at_run_time_counts_every_marked_function_and_says_so(self):
        code = (
            f"{BUILD}\n@tool\ndef buy():\n    'Buy.'\nagent = create_react_agent(m, pick(x)[0])\n"
        )
        one, top = read(code)
        assert [tool["name"] for tool in one.tools] == ["buy"]
        assert top["facts"]["t.unlisted"]["value"] is True
        assert any("not whole" in remark for remark in one.remarks)

    def test_a_tool_of_another_file_is_found_by_the_end_of_its_name(self, tmp_path):
        folder = tmp_path / "app"
        folder.mkdir()
        marked = f"{BUILD}@tool\ndef look(page: str):\n    'Look a page up.'\n    return page\n"
        (folder / "helpers.py").write_text(f"{marked}@tool\ndef wipe():\n    'Delete all pages.'\n")
        agent = folder / "agent.py"
        bound = "import helpers\nagent = create_react_agent(llm, [helpers.look])\n"
        agent.write_text(BUILD + bound)
        (one,) = import_sources([with_code(SourceInput(str(agent), agent.read_bytes()))])
        (found,) = one.tools
        assert (found["name"], found["description"]) == ("look", "Look a page up.")

    def test_a_node_that_only_names_its_function_does_what_that_does(self):
        body = "    subprocess.run(state['command'])\n    return {}\n"
        made = f"{BUILD}import subprocess\nfrom langgraph.graph import StateGraph\n"
        code = f"{made}def plan(state):\n{body}g = StateGraph(dict)\ng.add_node(plan)\n"
        named = code.replace("add_node(plan)", "add_node('plan', plan)")
        (one, top), (_, other) = read(code), read(named)
        assert top["facts"]["t.execute"]["value"] is True
        assert one.tools is None or not one.tools
        assert set(top["facts"]) == set(other["facts"])

    @pytest.mark.parametrize(
        ("given", "fact"),
        [
            ("open(name)", "t.file_read"),
            ("open(name, 'rb')", "t.file_read"),
            ("open(name, 'w')", "t.file_write"),
            ("open(name, mode='a')", "t.file_write"),
            ("requests.get(name)", "t.http_out"),
        ],
    )
    def test_a_file_that_is_only_read_is_not_said_to_be_written(self, given, fact):
        code = (
            f"{BUILD}import requests\n"
            f"@tool\ndef look(name: str):\n    'Look it up.'\n    return {given}\n"
            "create_react_agent(m, [look])\n"
        )
        facts = read(code)[1]["facts"]
        known = {"t.file_read", "t.file_write", "t.http_out"}
        assert {name for name in known if facts.get(name, {}).get("value")} == {fact}

    def test_what_only_another_graph_imports_is_not_told_of_this_one(self, tmp_path):
        made = f"{BUILD}import os\n@tool\ndef {{0}}():\n    '{{0}} it.'\n"
        for name in ("sell", "wipe"):
            text = f"{made.format(name)}g = create_react_agent('openai:{name}', [{name}])\n"
            (tmp_path / f"{name}_graph.py").write_text(text)
        config = tmp_path / "langgraph.json"
        config.write_text('{"graphs": {"a": "sell_graph.py:g", "b": "wipe_graph.py:g"}}')
        found = import_sources([with_code(SourceInput(str(config), config.read_bytes()))])
        assert [[tool["name"] for tool in one.tools] for one in found] == [["sell"], ["wipe"]]
        models = [structure(one.statements)["model"]["name"] for one in found]
        assert models == ["openai:sell", "openai:wipe"]

    def test_lists_that_hold_each_other_have_an_end(self):
        code = f"{BUILD}a = [b, b]\nb = [a, a]\na.append(b)\ncreate_react_agent(m, a)\n"
        assert read(code)[0].tools == ()

    @pytest.mark.parametrize(
        ("body", "name", "says"),
        [
            ("    name = 'find'\n    description = 'Find it.'\n", "find", "Find it."),
            ("    description: str = 'Find it.'\n", "Finder", "Find it."),
            ("    'Looks for it.'\n", "Finder", "Looks for it."),
        ],
    )
    def test_a_class_of_a_tool_goes_by_its_own_name_where_it_gives_none(self, body, name, says):
        run = "    def _run(self, page: str):\n        return page\n"
        code = f"{BUILD}class Finder(BaseTool):\n{body}{run}create_react_agent(m, [Finder()])\n"
        (found,) = read(code)[0].tools
        assert (found["name"], found["description"]) == (name, says)
        assert list(found["inputSchema"]["properties"]) == ["page"]

    def test_what_a_tool_does_inside_counts_whatever_it_is_called(self):
        code = (
            f"{BUILD}import subprocess as sp\n"
            "@tool\ndef greet(name: str):\n    'Say hello.'\n    return helper(name)\n"
            "def helper(name):\n    return sp.run(name, shell=True)\n"
            "create_react_agent(m, [greet])\n"
        )
        fact = read(code)[1]["facts"]["t.execute"]
        assert "line 9" in fact["note"]

    @pytest.mark.parametrize(
        ("given", "asked"),
        [
            ("interrupt_before=['pay']", True),
            ("interrupt_after=STOPS", True),
            ("interrupt_on={'pay': True}", True),
            ("interrupt_before=[]", None),
            ("interrupt_on={}", None),
            ("interrupt_before=None", None),
            ("debug=True", None),
        ],
    )
    def test_a_person_is_asked_only_where_the_code_names_what_about(self, given, asked):
        code = f"{BUILD}agent = create_react_agent('openai:gpt-4o', [len], {given})\n"
        assert read(code)[1].get("facts", {}).get("o.hitl", {}).get("value") is asked

    @pytest.mark.parametrize(
        ("saver", "kept"), [("MemorySaver", None), ("InMemorySaver", None), ("SqliteSaver", True)]
    )
    def test_only_a_saver_that_outlives_the_process_is_a_memory(self, saver, kept):
        code = (
            f"from langgraph.checkpoint.x import {saver}\ngraph.compile(checkpointer={saver}(c))\n"
        )
        memory = read(code)[1].get("memory", {}).get("persistent", {})
        assert memory.get("value") is kept


@pytest.mark.parametrize(
    "code",
    [
        "import langgraph\n" + "(" * 150 + ")" * 150,
        "import langgraph\nx = " + "-" * 20_000 + "1",
        "import langgraph\nx = " + "+".join(["1"] * 20_000),
        "import langgraph\nx = a" + ".b" * 20_000,
        "import langgraph\ndef f(:",
        "import langgraph\nx = '\0'",
        "import langgraph\n#" + "x" * 2_000_000,
    ],
)
@pytest.mark.parametrize("together", [False, True])
def test_hostile_code_is_read_or_refused(code, together):
    with suppress(InvalidFileError):
        import_sources([source(code, "agent.py")], together=together)


def test_what_is_no_python_is_refused_with_its_place(capsys, tmp_path):
    file = tmp_path / "agent.py"
    file.write_text("import langgraph\n\ndef f(:\n")
    assert run(file) == 2
    shown = capsys.readouterr().err
    assert f"{file}:3:7: it is no Python of this version" in shown
    assert "never run" in shown


MEMBERS = (
    f"{BUILD}from langgraph.graph import StateGraph\ng = StateGraph(dict)\n"
    "def one(state):\n    return {'a': create_react_agent(m, []).invoke(state['b'])}\n"
    "def two(state):\n    return {'b': create_react_agent(m, []).invoke(state['a'])}\n"
    "g.add_node('one', one)\ng.add_node('two', two)\n"
)


WRITTEN = (
    f"{BUILD}from langchain_core.tools import BaseTool, Tool\n"
    "from langchain_community.tools import ParcelSearch\n"
    "from pydantic import BaseModel, Field\n"
    "class Parcel(BaseTool):\n    name: str = 'find_parcel'\n    description: str = 'Find it.'\n"
    "    def _run(self, number: str): ...\n"
    "class Claim(BaseModel):\n    'File a claim.'\n    items: list[str]\n"
    "    number: str = Field(description='of the parcel')\n"
    "shown = [{'type': 'web_search'}, {'type': 'function', 'function': {'name': 'weigh',\n"
    "    'description': 'Weigh it.', 'parameters': {'properties': {'number': {}}}}}]\n"
    "agent = create_react_agent('openai:gpt', tools=sorted(shown) + [Claim, ParcelSearch,\n"
    "    Tool(name='track', func=Parcel)])\n"
)


def test_tools_are_read_however_they_are_written():
    """As a schema, as a class, as a model of their arguments, or by the name of a library's."""
    found = {tool["name"]: tool for tool in read(WRITTEN)[0].tools}
    said = {name: tool["description"] for name, tool in found.items()}
    assert said == {
        "web_search": "Search the web.",
        "weigh": "Weigh it.",
        "Claim": "File a claim.",
        "ParcelSearch": "parcel search.",
        "find_parcel": "Find it.",
    }
    arguments = {n: list(t.get("inputSchema", {}).get("properties", ())) for n, t in found.items()}
    assert arguments["weigh"] == arguments["find_parcel"] == ["number"]
    assert arguments["Claim"] == ["items", "number"]


@pytest.mark.parametrize(
    "code",
    [
        "for x in [x]:\n    g.add_edge(x, 'two')\n",
        "".join(f"for x{n} in [x{n + 1}, x{n + 1}]: 0\n" for n in range(60))
        + "g.add_edge(x0, 'two')\n",
        "p = q\nq = p\ng.add_node('p', p)\n",
        "p = partial(p, 1)\ng.add_node('p', p)\n",
        "class A(A):\n    def __call__(self, s):\n        return A()(s)\ng.add_node('p', A())\n",
        "class S:\n    x: " + "|".join(["int"] * 900) + "\nh = StateGraph(S)\nh.add_node('p', 1)",
        "class S(T): pass\nclass T(S): pass\nh = StateGraph(S)\nh.add_node('p', one)\n",
        "def w(s):\n    return " + "one(" * 90 + "s" + ")" * 90 + "\ng.add_node('p', w)\n",
        "def w(s):\n    return s" + ".b" * 900 + "\ng.add_node('p', w)\n",
        "def w(s):\n    return " + "|".join(["s"] * 900) + "\ng.add_node('p', w)\n",
        "def w(s):\n    return one(" + ",".join(["s"] * 9000) + ")\ng.add_node('p', w)\n",
        "".join(f"a{n} = a{n + 1}\n" for n in range(5000)) + "g.add_node('p', a0)\n",
        "".join(f"g.add_edge('one', 'e{n}')\n" for n in range(5000)),
        "".join(f"h{n} = StateGraph(dict)\nh{n}.add_node('m', g)\n" for n in range(1500)),
    ],
)  # fmt: skip
def test_code_that_goes_round_in_circles_or_very_deep_is_read_to_its_end(code):
    (one,) = import_sources([source(MEMBERS + code, "agent.py")], together=True)
    assert {"one", "two"} <= {member.name for member in one.members}


def test_files_beside_are_found_whatever_folder_the_source_is_named_with(tmp_path):
    folder = tmp_path / "deep" / "graph"
    folder.mkdir(parents=True)
    (folder / "agents.py").write_text(
        "import boto3\n"
        "from langchain_community.tools import DuckDuckGoSearchResults\n"
        "from langchain_openai import ChatOpenAI\n"
        "_search = DuckDuckGoSearchResults(num_results=4)\n"
        "_llm = ChatOpenAI(model='gpt-4o')\n"
        "_client = boto3.client('bedrock-runtime')\n"
        "def plan(state):\n    return _llm.invoke(state)\n"
        "def look(state):\n    return _search.invoke(state)\n"
        "def tell(state):\n    return _client.converse(modelId='claude', messages=state)\n"
    )
    (folder / "ends.py").write_text(
        "from .agents import _llm\n"
        "def close(state):\n    return _llm.invoke(state)\n"
        "def note(state):\n    return _llm.invoke(state)\n"
    )
    (folder / "graph.py").write_text(
        "from langgraph.graph import StateGraph\n"
        "from .agents import plan, look, tell\n"
        "from elsewhere.nodes import other\n"
        "from deep.graph.ends import close, note\n"
        "g = StateGraph(dict)\n"
        "g.add_node('close', close)\ng.add_node('note', note)\n"
        "for one in ['close', 'note']:\n    g.add_edge('tell', one)\n"
        "g.add_node('plan', plan)\ng.add_node('look', look)\ng.add_node('tell', tell)\n"
        "g.add_node('other', other)\n"
        "g.add_edge('plan', 'look')\ng.add_edge('look', 'tell')\n"
    )
    file = folder / "graph.py"
    one = with_code(SourceInput(str(file), file.read_bytes()))
    (flat,) = import_sources([one])
    assert [t["name"] for t in flat.tools] == ["DuckDuckGoSearchResults"]
    assert any("was not found below the folder: other" in remark for remark in flat.remarks)
    (whole,) = import_sources([one], together=True)
    assert [m.name for m in whole.members] == [
        "close",
        "note",
        "plan",
        "tell",
        "steps around the agents",
    ]
    (flows,) = (statement.value for statement in whole.statements if statement.path == ("flows",))
    steps = {
        ("plan", "steps around the agents"),
        ("steps around the agents", "tell"),
        ("tell", "close"),
        ("tell", "note"),
    }
    # Each of them hands on all of the state, and so may the node whose code was not found.
    names = [m.name for m in whole.members]
    shared = {pair for name in names for pair in ((name, "state"), ("state", name))}
    assert {(f["from"], f["to"]) for f in flows} == steps | shared


def test_code_is_parsed_once_however_often_it_is_asked_for(tmp_path, monkeypatch):
    seen = []
    parse = ast.parse
    monkeypatch.setattr(ast, "parse", lambda text: seen.append(text) or parse(text))
    (tmp_path / "agent.py").write_text(f"from tools import *\n{MEMBERS}")
    (tmp_path / "tools.py").write_text("\ufeffdef late():\n    'Late.'\n", encoding="utf-8")
    config = tmp_path / "langgraph.json"
    config.write_text('{"graphs": {"a": "./agent.py:g"}}')
    for name, files in (("agent.py", 2), ("langgraph.json", 2)):
        file = tmp_path / name
        seen.clear()
        one = with_code(SourceInput(str(file), file.read_bytes()))
        (found,) = import_sources([one], together=True)
        assert len(found.members) == 2
        assert not any("not read" in remark for remark in found.remarks)
        assert len(seen) == len(set(seen)) == files


@pytest.mark.parametrize(
    "code",
    [
        "g.add_edge([{many}], [{many}])\n",
        "g.add_conditional_edges('one', f, [{many}])\n" * 150,
        "for x in [{many}]:\n    g.add_edge(x, [{many}])\n",
    ],
)
def test_edges_have_an_end_and_it_is_told(code):
    code = code.replace("{many}", ", ".join(f"'e{n}'" for n in range(300)))
    (one,) = import_sources([source(MEMBERS + code, "agent.py")], together=True)
    told = f"it has more than {MOST_EDGES} edges; the rest is not read"
    assert told in one.remarks


def test_flows_have_an_end_and_it_is_told():
    names = [f"n{n}" for n in range(60)]
    code = "".join(f"g.add_node('{name}', one)\n" for name in names)
    code += f"g.add_edge({names}, {names})\n"
    (one,) = import_sources([source(MEMBERS + code, "agent.py")], together=True)
    assert "only the first 2000 flows are read" in one.remarks
