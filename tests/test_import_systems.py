"""With `--all`, several agents of a source are a system: members, and who hands what to whom."""

import json
from itertools import permutations

import pytest

from tests.imports.cases import CARD, HERE, example, says, source, tool
from threatmodel.assessment import assess
from threatmodel.cli import main
from threatmodel.description.load import load_agent, load_agent_text
from threatmodel.importers.adk_team import work_spans
from threatmodel.importers.companions import with_code
from threatmodel.importers.document import SourceInput
from threatmodel.importers.merge import structure
from threatmodel.importers.run import import_sources
from threatmodel.importers.save import save
from threatmodel.importers.write import to_yaml

SERVERS = {
    "mcpServers": {
        "shop": {"command": "npx", "args": ["-y", "shop-server"]},
        "bank": {"url": "https://bank.example.org/mcp"},
        "old": {"command": "old", "disabled": True},
    }
}
AGENTS = (
    "clerk: {role: Clerk, goal: Sell, backstory: Old, tools: [send_email]}\n"
    "baker: {role: Baker, goal: Bake, backstory: New, allow_delegation: true}\n"
)
TASKS = (
    "sell: {description: Sell it, expected_output: Money, agent: clerk, human_input: true}\n"
    "count: {description: Count, expected_output: A sum, agent: clerk, context: [sell]}\n"
    "bake: {description: Bake, expected_output: Bread, agent: baker, context: [sell, count]}\n"
    "rest: {description: Rest, expected_output: Nothing}\n"
)


def system(*sources):
    """Import sources as one system; give it with its description as nested values."""
    (one,) = import_sources(sources, together=True)
    return one, structure(one.statements)


def ways(top):
    """Give the flows as `from -> to`, with what they carry where that is said."""
    return {
        f"{f['from']} -> {f['to']}{' ' + '+'.join(f['carries']) if 'carries' in f else ''}"
        for f in top.get("flows", [])
    }


def member(one, name):
    return structure(next(m for m in one.members if m.name == name).statements)


def step(name, kind, **parameters):
    return {"name": name, "type": kind, "typeVersion": 1, "parameters": parameters}


def wired(*wires):
    """Connect steps of n8n: (from, kind, to)."""
    found = {}
    for start, kind, end in wires:
        outputs = found.setdefault(start, {}).setdefault(kind, [[]])
        outputs[0].append({"node": end, "type": kind, "index": 0})
    return found


LC = "@n8n/n8n-nodes-langchain"
N8N = {
    "name": "Desk",
    "nodes": [
        step("Mail", "n8n-nodes-base.gmailTrigger"),
        step("Reader", f"{LC}.agent"),
        step("Payer", f"{LC}.agent"),
        step("Helper", f"{LC}.agentTool"),
        step("Model", f"{LC}.lmChatOpenAi", model="gpt-4o"),
        step("Notes", f"{LC}.memoryBufferWindow"),
        step("Pay", "n8n-nodes-base.stripeTool", resource="charge", operation="create"),
        step("Tidy", "n8n-nodes-base.set"),
        step("Ask", "n8n-nodes-base.slack", operation="sendAndWait"),
        step("File", "n8n-nodes-base.googleSheets", operation="append"),
    ],
    "connections": wired(
        ("Mail", "main", "Reader"),
        ("Reader", "main", "Tidy"),
        ("Tidy", "main", "Ask"),
        ("Ask", "main", "Payer"),
        ("Payer", "main", "File"),
        ("Model", "ai_languageModel", "Reader"),
        ("Model", "ai_languageModel", "Payer"),
        ("Notes", "ai_memory", "Reader"),
        ("Notes", "ai_memory", "Payer"),
        ("Pay", "ai_tool", "Payer"),
        ("Helper", "ai_tool", "Reader"),
    ),
}

GRAPH = """
from langchain_openai import ChatOpenAI
from langgraph.graph import StateGraph, START, END
from langgraph.types import Command, interrupt
from langgraph.prebuilt import create_react_agent, ToolNode

llm = ChatOpenAI(model="gpt-4o-2024-08-06")

def search_web(query: str):
    "Search the web."

def pay(amount: int):
    "Pay an amount."

payer_agent = create_react_agent(llm, tools=[pay])
reader_llm = llm.bind_tools([search_web])

def reader(state):
    answer = reader_llm.invoke(state)
    return answer

def tidy(state):
    return state

def review(state):
    interrupt("look")
    return Command(goto="payer")

def payer(state):
    return payer_agent.invoke(state)

def route(state):
    return "tools" if state else "tidy"

graph = StateGraph(dict)
graph.add_node("reader", reader)
graph.add_node("tools", ToolNode([search_web]))
graph.add_node(tidy)
graph.add_node("review", review)
graph.add_node("payer", payer)
graph.add_edge(START, "reader")
graph.add_conditional_edges("reader", route)
graph.add_edge("tools", "reader")
graph.add_edge("tidy", "review")
graph.add_edge("payer", END)
app = graph.compile()
"""


class TestConfigurations:
    """An assistant and its servers."""

    def test_each_server_is_a_member_beside_the_assistant(self):
        one, top = system(source(SERVERS, "mcp.json"))
        assert [m.name for m in one.members] == ["assistant", "shop", "bank"]
        assert (top["kind"], top["form"]) == ("multi-agent", "deployment")
        assert ways(top) == {
            "assistant -> shop task",
            "shop -> assistant",
            "assistant -> bank task",
            "bank -> assistant",
        }
        assert says(member(one, "shop"), "supply", "pinned") is False
        assert "old" in " ".join(one.remarks)

    def test_a_list_of_tools_goes_to_the_member_that_is_called_so(self):
        tools = source({"serverInfo": {"name": "Bank"}, "tools": [tool("pay")]}, "tools.json")
        one, _ = system(source(SERVERS), tools)
        assert [(m.name, m.tools and m.tools[0]["name"]) for m in one.members] == [
            ("assistant", None),
            ("shop", None),
            ("bank", "pay"),
        ]

    def test_a_list_of_tools_of_nobody_is_refused(self):
        with pytest.raises(Exception, match="cannot be told"):
            system(source(SERVERS), source({"tools": [tool("pay")]}, "tools.json"))


class TestCrews:
    """CrewAI: the order of tasks, delegation, checks by people."""

    def test_tasks_say_who_hands_on_to_whom(self):
        one, top = system(source(AGENTS, "shop/agents.yaml"), source(TASKS, "shop/tasks.yaml"))
        assert [m.name for m in one.members] == ["clerk", "baker"]
        assert ways(top) == {
            "baker -> clerk task",
            "clerk -> baker",
            "clerk -> person for sell",
            "person for sell -> clerk",
            "person for sell -> baker",
        }
        assert says(member(one, "clerk"), "facts", "t.send_msg") is True
        assert any("rest" in remark for remark in one.remarks)


class TestCards:
    """A2A: peers, and no word on who calls whom."""

    def test_a_set_of_cards_gives_peers(self):
        other = CARD | {"name": "Baker"}
        one, top = system(source(CARD, "a.json"), source(other, "b.json"))
        assert (one.name, top["kind"]) == ("Clerk, Baker", "multi-agent")
        assert "flows" not in top
        assert any("each member stands alone" in remark for remark in one.remarks)

    def test_cards_of_one_name_are_one_agent_only_at_one_address(self):
        other = CARD | {"url": "https://elsewhere.example.com/a2a"}
        one, _ = system(source(CARD, "a.json"), source(other, "b.json"), source(CARD, "c.json"))
        assert [member.name for member in one.members] == ["Clerk", "Clerk 2"]
        (remark,) = one.members[1].remarks
        assert remark.endswith("Clerk 2 is the one at https://elsewhere.example.com/a2a")


class TestWorkflows:
    """n8n, and what it shares with Dify and Flowise."""

    def test_an_agent_has_what_serves_it_and_a_person_stands_between(self):
        one, top = system(source(N8N))
        assert [m.name for m in one.members] == [
            "Reader",
            "Payer",
            "Helper",
            "steps around the agents",
        ]
        assert [t["name"] for t in one.members[1].tools] == ["Pay"]
        assert [t["name"] for t in one.members[3].tools] == ["Ask", "File"]
        assert ways(top) >= {
            "Reader -> Helper task",
            "Helper -> Reader",
            "Reader -> Ask",
            "Ask -> Payer",
            "Payer -> steps around the agents",
            "whoever writes to Mail -> Reader",
            "Reader -> Notes",
            "Notes -> Payer",
        }
        assert "Reader -> Payer" not in ways(top)
        assert top["outside"][0]["name"] == "whoever writes to Mail"
        assert says(member(one, "Reader"), "autonomy", "unattended") is True
        assert says(member(one, "Payer"), "autonomy", "unattended") is None

    def test_the_person_decides_what_reaches_the_one_who_pays(self):
        free = json.loads(json.dumps(N8N))
        free["nodes"] = [n for n in free["nodes"] if n["name"] != "Ask"]
        free["connections"] |= wired(("Tidy", "main", "Payer"))
        for given, tainted in ((N8N, False), (free, True)):
            flow = json.loads(json.dumps(given))
            del flow["connections"]["Notes"]
            text = to_yaml(system(source(flow))[0])
            agent = load_agent_text(text.encode(), "x.yaml")
            facts = {m.agent.name: m.facts for m in assess(agent).members}
            assert ("sy.outsider_text" in facts["Payer"].facts) is tainted


def dify(*nodes, edges=()):
    """Make an app of Dify: (id, type, more), connected as `a>b`."""
    return {
        "app": {"name": "Desk", "mode": "workflow"},
        "kind": "app",
        "workflow": {
            "graph": {
                "nodes": [{"id": i, "data": {"type": t, "title": i} | m} for i, t, m in nodes],
                "edges": [
                    dict(zip(("source", "target"), e.split(">"), strict=True)) for e in edges
                ],
            }
        },
    }


def tools_param(*names):
    return {"agent_parameters": {"tools": {"value": [{"tool_name": name} for name in names]}}}


def test_an_app_of_dify_with_a_person_between_its_agents():
    app = dify(
        ("hook", "trigger-webhook", {}),
        ("reader", "agent", tools_param("fetch_page")),
        ("tidy", "template-transform", {}),
        ("look", "human-input", {}),
        ("payer", "agent", tools_param("pay_invoice")),
        ("file", "http-request", {"method": "post", "url": "https://files.shop.com"}),
        edges=["hook>reader", "reader>tidy", "tidy>look", "look>payer", "payer>file"],
    )
    one, top = system(source(app, "desk.json"))
    assert [m.name for m in one.members] == ["reader", "payer", "steps around the agents"]
    assert [[t["name"] for t in m.tools] for m in one.members] == [
        ["fetch_page"],
        ["pay_invoice"],
        ["file"],
    ]
    assert ways(top) == {
        "whoever writes to hook -> reader",
        "reader -> look",
        "look -> payer",
        "payer -> steps around the agents",
    }
    assert says(member(one, "reader"), "facts", "t.read_inbound") is True


def test_a_flow_of_flowise_goes_back_where_it_loops():
    def node(key, name, **inputs):
        data = {"id": key, "name": name, "label": key, "category": "Agent Flows", "inputs": inputs}
        return {"id": key, "data": data}

    flow = {
        "nodes": [
            node("start", "startAgentflow", startInputType="webhookTrigger"),
            node("writer", "agentAgentflow"),
            node("critic", "agentAgentflow"),
            node("again", "loopAgentflow", loopBackToNode="writer-Writer"),
            node("ask", "humanInputAgentflow"),
            node("send", "httpAgentflow", method="POST", url="https://out.shop.com"),
        ],
        "edges": [
            {"source": a, "target": b}
            for a, b in (("start", "writer"), ("writer", "critic"), ("critic", "again"))
        ]
        + [{"source": "critic", "target": "ask"}, {"source": "ask", "target": "send"}],
    }
    _, top = system(source(flow, "desk.json"))
    assert ways(top) == {
        "whoever writes to start -> writer",
        "writer -> critic",
        "critic -> writer",
        "critic -> ask",
        "ask -> steps around the agents",
    }


def test_agents_of_adk_in_turn_in_a_loop_and_at_once():
    def agent(name, kind="LlmAgent", *below):
        inner = {"sub_agents": list(below)} if below else {"model": "gemini-2.5-flash"}
        return {"name": name, "agent_class": kind, **inner}

    loop = agent("loop", "LoopAgent", agent("write"), agent("judge"))
    both = agent("both", "ParallelAgent", agent("file"), agent("tell"))
    _, top = system(source(agent("all", "SequentialAgent", agent("read"), loop, both), "a.yaml"))
    assert ways(top) == {
        "read -> write",
        "write -> judge",
        "judge -> write",
        "judge -> file",
        "judge -> tell",
    }


def test_groups_of_adk_that_hold_themselves_come_to_an_end(tmp_path):
    listed = "".join(f"- config_path: {name}.yaml\n" for name in ["a", "b"] * 40)
    for name in ("a", "b"):
        head = f"name: {name}\nagent_class: SequentialAgent\nsub_agents:\n"
        leaf = f"- {{name: leaf_{name}, agent_class: LlmAgent, model: m}}\n"
        (tmp_path / f"{name}.yaml").write_text(head + leaf + listed)
    file = tmp_path / "a.yaml"
    one, top = system(with_code(SourceInput(str(file), file.read_bytes())))
    assert [m.name for m in one.members][:2] == ["leaf_a", "leaf_b"]
    assert "leaf_a -> leaf_b" in ways(top)


@pytest.mark.parametrize("order", list(permutations(["all", "a", "b", "c"])))
def test_what_groups_of_adk_that_hold_each_other_do_depends_on_no_order(order):
    below = {"all": ["read", "c", "a"], "a": ["b"], "b": ["tell", "a", "file"], "c": ["c", "b"]}
    classes = {"all": "SequentialAgent", "a": "LoopAgent", "b": "LoopAgent", "c": "ParallelAgent"}
    spans = work_spans({key: below[key] for key in order}, {key: classes[key] for key in order})
    assert spans["all"] == (["read"], ["tell", "file"])
    assert spans["a"] == (["tell", "file"], ["tell", "file"])
    assert spans["b"] == spans["c"] == (["tell"], ["file"])


def test_what_agents_of_adk_name_has_an_end_and_it_is_told():
    def group(number, names):
        inner = [{"name": name, "instruction": "Do it.", "model": "m"} for name in names]
        kind = "ParallelAgent"
        return {"name": f"group {number}", "agent_class": kind, "sub_agents": inner}

    groups = [group(n, [f"a {n} {m}" for m in range(90)]) for n in range(6)]
    root = {"name": "all", "agent_class": "SequentialAgent", "sub_agents": groups}
    one, _ = system(source(root, "a.yaml"))
    assert any("more than 20000 times" in remark for remark in one.remarks)
    listed = [{"config_path": "other.yaml"}] * 20_001
    calls = {"name": "all", "model": "m", "instruction": "Do it.", "sub_agents": listed}
    one, _ = system(source({**calls, "sub_agents": [*groups[:1], *listed]}, "a.yaml"))
    assert any("more than 20000 times" in remark for remark in one.remarks)


KEYED = """
from typing import Literal, TypedDict

from langchain_community.tools import DuckDuckGoSearchResults
from langchain_openai import ChatOpenAI
from langgraph.graph import StateGraph
from langgraph.types import Command

llm = ChatOpenAI(model="gpt-4o")
search = DuckDuckGoSearchResults()


class State(TypedDict):
    letter: str
    brief: str
    log: str
    kind: Literal["bill", "other"]
    rounds: int


def reader(state: State):
    found = llm.bind_tools([search]).invoke("what is new")
    return {"letter": found.content, "log": "read", "rounds": 1}


def tidy(state):
    short = state["letter"].strip()
    return {"brief": short}


def sorter(state: State):
    update = {"kind": llm.invoke("which kind?").content, "rounds": state["rounds"] + 1}
    return Command(goto="payer", update=update)


def payer(state: State):
    return {"brief": llm.invoke([state["brief"], state["kind"]]).content}


builder = StateGraph(State)
builder.add_node("reader", reader)
builder.add_node("tidy", tidy)
builder.add_node("sorter", sorter)
builder.add_node("payer", payer)
graph = builder.compile()
"""


class TestGraphs:
    """LangGraph, read by its text."""

    def test_nodes_edges_and_interrupts(self):
        one, top = system(source(GRAPH, "desk.py"))
        assert [m.name for m in one.members] == ["reader", "payer"]
        assert [[t["name"] for t in m.tools] for m in one.members] == [["search_web"], ["pay"]]
        shared = {f"{m} -> state: messages text+data" for m in ("reader", "payer")}
        shared |= {f"state: messages -> {m} text+data" for m in ("reader", "payer")}
        assert ways(top) == {"reader -> review", "review -> payer"} | shared
        assert any("past a person who was shown something else" in r for r in one.remarks)
        assert [(m["name"], m["kind"]) for m in top["members"]] == [("review", "person")]

    def test_a_graph_that_stops_before_a_node_asks_a_person(self):
        code = GRAPH.replace('interrupt("look")', "print()")
        code = code.replace("compile()", 'compile(interrupt_before=["payer"])')
        _, top = system(source(code, "desk.py"))
        shared = {f"{m} -> state: messages text+data" for m in ("reader", "payer")}
        shared |= {f"state: messages -> {m} text+data" for m in ("reader", "payer")}
        asked = {"reader -> person before payer", "person before payer -> payer"}
        # The person is shown something; what stands in the state goes past.
        assert ways(top) == asked | shared

    @pytest.mark.parametrize(
        "ends",
        [
            "{'pay': 'payer', 'none': END}",
            "path_map={'pay': 'payer', 'none': END}",
            "['payer', END]",
            "path_map=['payer', END]",
            "path_map=ENDS",
        ],
    )
    def test_a_choice_leads_to_the_ends_that_are_listed_whatever_chooses(self, ends):
        code = GRAPH.replace('"reader", route', f'"reader", elsewhere, {ends}')
        code = code.replace("graph = ", 'ENDS = {"pay": "payer", "none": END}\ngraph = ')
        assert "reader -> payer" in ways(system(source(code, "desk.py"))[1])

    @pytest.mark.parametrize(
        "goes",
        [
            "Command(goto='payer', update={})",
            "Command(goto=['payer'])",
            "Command(goto=[Send('payer', state)])",
            "Command(update={}, goto=Send(node='payer', arg=state))",
        ],
    )
    def test_a_node_leads_to_the_nodes_that_it_hands_over_to_itself(self, goes):
        code = GRAPH.replace('"reader", route', '"reader", elsewhere, [END]')
        begun = code.index("def reader")
        end = code.index("    return ", begun)
        rest = code.index("\n", end)
        code = f"{code[:end]}    return {goes}{code[rest:]}"
        assert "reader -> payer" in ways(system(source(code, "desk.py"))[1])

    @pytest.mark.parametrize(
        ("listed", "drawn"),
        [("['payer']", True), ("ENDS", True), ("payer(None)", False), ("payer", False)],
    )
    def test_a_loop_draws_edges_to_the_names_that_it_goes_through_and_no_others(
        self, listed, drawn
    ):
        loop = f"for one in {listed}:\n    graph.add_edge('reader', one)\n"
        code = GRAPH.replace("app = ", f"{loop}app = ").replace(
            "graph = ", "ENDS = ['payer']\ngraph = "
        )
        assert ("reader -> payer" in ways(system(source(code, "desk.py"))[1])) is drawn

    def test_what_a_node_writes_into_the_state_taints_whoever_reads_that_key(self):
        found = assess(load_agent_text(to_yaml(system(source(KEYED, "desk.py"))[0]).encode(), "d"))
        shown = {name: facts.get("sy.outsider_text") for name, facts in found.read.facts.items()}
        flows = found.agent.flows
        over = {name: [flows[at].sender for at in one.way] for name, one in shown.items() if one}
        # `tidy` is no agent: what it reads under one key it hands on under another.
        assert over == {"payer": ["reader", "state: brief"]}

    def test_keys_that_nobody_else_reads_and_keys_without_words_are_no_store(self):
        _, top = system(source(KEYED, "desk.py"))
        assert [store["name"] for store in top["stores"]] == ["state: brief"]

    def test_the_state_of_a_graph_that_stands_as_a_node_is_that_of_the_whole_by_key(self):
        code = (
            "from typing import TypedDict\n"
            "from langgraph.graph import StateGraph\n"
            "from langchain_openai import ChatOpenAI\n"
            "llm = ChatOpenAI(model='gpt-4o')\n"
            "class Inner(TypedDict):\n    letter: str\n    own: str\n"
            "class Outer(TypedDict):\n    letter: str\n"
            "def read(state):\n    return {'letter': llm.invoke('x').content}\n"
            "def think(state):\n    return {'own': llm.invoke(state['letter'])}\n"
            "def answer(state: Outer):\n    return {'done': llm.invoke(state.get('own'))}\n"
            "inside = StateGraph(Inner)\n"
            "inside.add_node('think', think)\n"
            "sub = inside.compile()\n"
            "outside = StateGraph(Outer)\n"
            "outside.add_node('read', read)\n"
            "outside.add_node('sub', sub)\n"
            "outside.add_node('answer', answer)\n"
            "app = outside.compile()\n"
        )
        _, top = system(source(code, "desk.py"))
        assert ways(top) >= {"read -> think text+data", "think -> answer text+data"}

    def test_nodes_that_are_methods_lead_to_the_models_of_the_objects_that_they_hold(self):
        code = (
            "from langgraph.graph import StateGraph\n"
            "from langchain_openai import ChatOpenAI\n"
            "class Chains:\n"
            "    def __init__(self):\n"
            "        llm = ChatOpenAI(model='gpt-4o')\n"
            "        self.sort = prompt | llm\n"
            "        self.write = prompt | llm\n"
            "class Nodes:\n"
            "    def __init__(self):\n        self.chains = Chains()\n"
            "    def sort(self, state):\n"
            "        return {'kind': self.chains.sort.invoke(state['letter'])}\n"
            "    def write(self, state):\n"
            "        return {'text': self.chains.write.invoke(state['kind'])}\n"
            "nodes = Nodes()\n"
            "g = StateGraph(dict)\n"
            "g.add_node('sorter', nodes.sort)\ng.add_node('writer', nodes.write)\n"
        )
        one, top = system(source(code, "desk.py"))
        assert [m.name for m in one.members] == ["sorter", "writer"]
        assert ways(top) == {"sorter -> writer text+data"}

    def test_a_supervisor_gives_tasks_to_its_agents(self):
        code = (
            "from langgraph_supervisor import create_supervisor\n"
            "from langgraph.prebuilt import create_react_agent\n"
            "a = create_react_agent('openai:gpt-4o', [len], name='mails')\n"
            "b = create_react_agent('openai:gpt-4o', [max], name='bills')\n"
            "app = create_supervisor([a, b], model='openai:gpt-4o').compile()\n"
        )
        one, top = system(source(code, "desk.py"))
        assert {m.name for m in one.members} == {"mails", "bills", "supervisor"}
        assert "supervisor -> mails task" in ways(top)


def test_peers_that_are_only_named_are_members_of_which_nothing_is_known():
    one, top = system(example(HERE / "openai" / "agents.json"))
    assert ways(top) == {"Triage -> Refunds", "Triage -> Sales"}
    assert one.members[2].tools is None
    assert any("Sales" in remark for remark in one.remarks)


ALONE = ("n8n/support.json", "dify/desk.yml", "dify/older.yml", "flowise/tool.json")


@pytest.mark.parametrize("name", ALONE)
def test_one_agent_alone_gives_the_same_as_without_all(name):
    one = example(HERE / name)
    assert to_yaml(system(one)[0]) == to_yaml(import_sources([one])[0])


@pytest.mark.parametrize(
    "one",
    [source(SERVERS, "mcp.json"), source(N8N, "desk.json"), source(GRAPH, "desk.py")],
    ids=["config", "n8n", "langgraph"],
)
class TestFiles:
    """What is written: the system, and each member in a file that it extends."""

    def test_everything_that_is_written_can_be_used(self, one, tmp_path, capsys):
        file = tmp_path / one.name
        file.write_bytes(one.data)
        assert main(["import", str(file), "--all", "-o", str(tmp_path / "all.yaml")]) == 0
        written = [tmp_path / "all.yaml", *sorted((tmp_path / "all.members").glob("*.yaml"))]
        assert len(written) > 2
        for path in map(str, written):
            assert main(["validate", path]) == 0, capsys.readouterr().err
            assert main(["score", path]) == 0
            assert main(["report", path, "-o", str(tmp_path / "report.html")]) == 0

    def test_a_second_import_changes_nothing(self, one, tmp_path):
        (found,) = import_sources([one], together=True)
        first = save(tmp_path / "all.yaml", found)
        assert len(first.files) >= len(found.members) + 1
        assert save(tmp_path / "all.yaml", found).files == ()

    def test_what_a_person_wrote_stays(self, one, tmp_path):
        (found,) = import_sources([one], together=True)
        path = tmp_path / "all.yaml"
        save(path, found)
        text = (
            path.read_text()
            .replace("\nflows:\n", "\nflows:\n  # ours\n")
            .replace("business: unknown", "business: {purpose: Ours.}")
        )
        path.write_text(text)
        save(path, found)
        assert path.read_text() == text
        assert load_agent(path).business.purpose == "Ours."


def test_a_system_is_never_written_over_one_agent(tmp_path):
    path = tmp_path / "a.yaml"
    save(path, import_sources([source(CARD)])[0])
    before = path.read_bytes()
    with pytest.raises(Exception, match="there is of one agent"):
        save(path, import_sources([source(SERVERS)], together=True)[0])
    assert path.read_bytes() == before


def test_a_step_whose_id_is_no_text_is_not_taken_for_the_steps_around_the_agents():
    value = json.loads((HERE / "flowise" / "desk.json").read_text())
    value["nodes"][0]["id"] = 7
    (found,) = import_sources([source(value)], together=True)
    names = [one.name for one in load_agent_text(to_yaml(found).encode(), "x.yaml").outside]
    assert len(names) == len(set(names))
