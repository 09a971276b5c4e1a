"""What nodes of LangGraph read and write of their state: what the code says, no more, no less."""

import ast

import pytest

from threatmodel.importers.langgraph import trace, use
from threatmodel.importers.langgraph.files import Code, named_nodes
from threatmodel.importers.langgraph.state import states_of
from threatmodel.importers.langgraph.values import names_in, sources_of
from threatmodel.importers.python_code import Module, parsed

START = (
    "import copy\nfrom typing import cast\n"
    "from langchain_openai import ChatOpenAI\nfrom langgraph.graph import StateGraph\n"
    "from langgraph.prebuilt import create_react_agent\n"
    "from langgraph.types import Command, Send\n"
    "llm = ChatOpenAI(model='gpt-4o')\n"
    "helper_agent = create_react_agent(llm, tools=[])\n"
    "def ident(it):\n    return it\n"
    "def both(it, *, also=None):\n    return ident(it) or also\n"
    "def made(state):\n    found = {'k': llm.invoke(state['a'])}\n    return found\n"
    "def stamp(it):\n    it['by'] = 'me'\n"
    "def grow(them):\n    them.append('x')\n"
    "def join(it):\n    it |= {'k': 1}\n"
    "def gather(it, them):\n    same = it\n    same.update(them)\n"
    "def inner(it):\n    return it['k'] or []\n"
    "def wrap(it):\n    return {'all': it}\n"
    "def keep(box, it):\n    same = box\n    same['it'] = it\n"
    "def defaults(it):\n    return {**it, 'd': 1}\n"
)
NODE = START + "g = StateGraph(dict)\ng.add_node('node', node)\n"


def code_of(text):
    module = parsed(text, "a.py", "a.py")
    assert isinstance(module, Module), module
    return Code((module,))


def uses(text):
    """Give what each node reads and writes, as two texts."""
    code = code_of(text)
    found = {}
    for state in states_of(named_nodes(code), code):
        for name, one in state.uses.items():
            found[name] = (" ".join(sorted(one.reads)), " ".join(sorted(one.writes)))
    return found


def use_of(body):
    """Give it of one node with the lines of a function, or with a whole expression."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return uses(f"{NODE}def node(state):\n{lines}")["node"]


@pytest.mark.parametrize(
    ("body", "reads", "writes"),
    [
        # What goes back is an update; what it takes over is neither read nor written.
        ("return {'k': 1}", "", "k"),
        ("return {**state, 'k': 1}", "", "k"),
        ("return state if state['done'] else {'k': 1}", "done", "k"),
        ("return dict(state, k=1)", "", "k"),
        ("return state | {'k': state['a']}", "a", "k"),
        ("out = dict(state)\nout['k'] = 1\nreturn out", "", "k"),
        ("out = state.copy()\nout.update(k=1)\nreturn out", "", "k"),
        ("out = copy.deepcopy(state)\nout['k'] += 1\nreturn out", "", "k"),
        ("return Command(goto='x', update={'k': 1})", "", "k"),
        ("return [Send('x', state), Command(update={'k': 1})]", "*", "k"),
        # A mapping that takes the state over and goes elsewhere shows all of it.
        ("llm.invoke({**state})\nreturn {'k': 1}", "*", "k"),
        ("shown = {**state, 'x': 1}\nreturn {'k': llm.invoke(shown)}", "*", "k"),
        ("return {'k': {**state}}", "*", "k"),
        ("return {'k': state}", "*", "k"),
        # Writes in place.
        ("state['k'].append(1)", "", "k"),
        ("state['k']['x']['y'] = 1", "", "k"),
        ("state['k'] += 1", "", "k"),
        ("state.k.add('x')", "", "k"),
        ("state['k'].send('x')", "k", "k"),
        ("state.setdefault('k', []).append(1)", "", "k"),
        ("state.update({'k': state.get('a')})", "a", "k"),
        ("held = state['k']\nheld.append(1)", "", "k"),
        ("held = state.get('k') or []\nheld.append(1)", "", "k"),
        ("for one in state['k']:\n    one.text = 'x'", "", "k"),
        ("grow(state['k'])", "", "k"),
        ("same = state\nsame['k'] = same['a']", "a", "k"),
        # Updates that are put together.
        ("out = {}\nout['k'] = 1\nreturn out", "", "k"),
        ("out = {}\nout['k'] += 1\nreturn out", "", "k"),
        ("out = {}\nout.update({'k': 1}, m=2)\nreturn out", "", "k m"),
        ("out = {}\nmore = {'k': 1}\nout.update(more)\nreturn out", "", "k"),
        ("out = {}\nout |= {'k': 1}\nreturn out", "", "k"),
        ("out = {'k': []}\nout['m'].append(1)\nreturn out", "", "k m"),
        ("out = {}\nstamp(out)\nreturn out", "", "by"),
        ("if (out := {'k': 1}):\n    return out", "", "k"),
        # What it puts into something else, and takes out of it again, is itself.
        ("box = [state]\nbox[0]['k'] = 1", "*", "k"),
        ("box = {'a': {'b': state['k']}}\nbox['a']['b'].append(1)\nbox['c'] = []", "k", "k"),
        ("box = {'a': state['b'], 'c': []}\nbox['c'].append(1)\nreturn {'k': 1}", "b", "k"),
        ("box = dict(a=state['k'])\nbox['a'].append(1)", "k", "k"),
        ("box = []\nbox.append(state['k'])\nfor one in box:\n    one.text = 'x'", "k", "k"),
        ("box = {}\nbox['a'] = state['k']\nbox.get('a').append(1)", "k", "k"),
        ("box = {}\nbox.update(a=state['k'])\nbox['a'].append(1)", "k", "k"),
        ("for same in [state]:\n    same['k'] = 1", "*", "k"),
        ("same, other = state, 1\nsame['k'] = 1", "", "k"),
        ("one, other = state['k']\nother.append(1)", "k", "k"),
        ("for n, one in enumerate(state['k']):\n    one.text = 'x'", "k", "k"),
        ("for name, one in state['k'].items():\n    one.text = 'x'", "k", "k"),
        ("[*state['k']][0].text = 'x'", "k", "k"),
        ("copy.deepcopy(state['a']).append(1)\nreturn {'k': 1}", "a", "k"),
        ("cast(list, state['k']).append(1)", "", "k"),
        ("state['k'].get('x').append(1)", "k", "k"),
        ("state['k'][:1].text = 'x'", "", "k"),
        ("box = {}\nsame = box\nsame['a'] = state['k']\nbox['a'].append(1)", "k", "k"),
        ("box = {'a': []}\nbox.get('a').append(state['k'])\nbox['a'][0].append(1)", "k", "k"),
        ("out = {}\nsame = out or {}\nsame.update(state)\nreturn {'k': llm.invoke(out)}", "*", "k"),
        ("out = {}\ngather(out, state)\nreturn {'k': llm.invoke(out)}", "*", "k"),
        # Other ways to set a key, and to ask for one.
        ("setattr(state, 'k', 1)", "", "k"),
        ("setattr(state['k'], 'text', 'x')", "", "k"),
        ("getattr(state, 'k').append(1)", "", "k"),
        ("del state['k']", "", "k"),
        ("join(state)", "", "k"),
        ("held = state['k']\nheld += [1]", "", "k"),
        ("told = state['a']\ntold += 'x'\nreturn {'k': told}", "a", "k"),
        ("match state:\n    case {'a': held, 'k': more}:\n        more.append(held)", "a k", "k"),
        ("match state['a']:\n    case {'b': held}:\n        return {'k': held}", "a", "k"),
        ("return {'k': [1 for x in (1, 2) if state['a']]}", "a", "k"),
        ("return {'k': [x for x in (1, 2) if x in state['a']]}", "a", "k"),
        # What is set in a way that does not show may be anything.
        ("out = {}\nout, more = elsewhere()\nreturn out", "", "*"),
        ("out = {}\nfor out in elsewhere():\n    pass\nreturn out", "", "*"),
        # Functions of the code.
        ("return ident({'k': 1})", "", "k"),
        ("return both(it={'k': 1})", "", "k"),
        ("return both(None, also={'k': 1})", "", "k"),
        ("return made(state)", "a", "k"),
        ("return defaults({'k': 1})", "", "d k"),
        ("return defaults(state)", "", "d"),
        ("stamp(state)\nreturn {'k': 1}", "", "by k"),
        ("return ident(ident(ident({'k': ident(state)['a']})))", "a", "k"),
        ("found = defaults(state)\nreturn {'k': found['a']}", "a", "k"),
        # A copy of a record shares its lists with it; what it is dumped to shares nothing.
        ("one = state['k'].model_copy()\none.parts.append(1)\nreturn {}", "k", "k"),
        ("one = state['k'].model_dump()\none['parts'].append(1)\nreturn {}", "k", ""),
        # What they give back of it, and put into what else they are given.
        ("held = inner(state)\nheld.append(1)", "k", "k"),
        ("inner({'k': state['k']}).append(1)", "k", "k"),
        ("wrap(state)['all']['k'] = 1", "*", "k"),
        ("box = {}\nkeep(box, state['k'])\nbox['it'].append(1)", "k", "k"),
        ("box = {}\nkeep(box, state)\nbox['it']['k'] = box['it']['a']", "* a", "k"),
        # What only asks whether something is there, or prints, takes nothing from it.
        ("if 'a' in state:\n    return {'k': 1}", "a", "k"),
        ("if not state or state is None:\n    return {'k': 1}", "", "k"),
        ("print('so far', state)\nreturn {'k': 1}", "", "k"),
        ("logger.info(f'at {state[\"a\"]}')\nreturn {'k': 1}", "", "k"),
        ("print(llm.invoke(state))\nreturn {'k': 1}", "*", "k"),
        # What an agent of the library is given and gives.
        ("return helper_agent.invoke(state)", "messages", "messages"),
        (
            "found = helper_agent.invoke(state)\nreturn {'k': found['messages'][-1]}",
            "messages",
            "k",
        ),
        # What does not show may be anything.
        ("return elsewhere(state)", "*", "*"),
        ("return {state['a']: 1}", "a", "*"),
        ("return {f'{x}_out': 1}", "", "*"),
        ("state[x] = 1", "", "*"),
        ("out, more = elsewhere()\nreturn out", "", "*"),
        ("return {k: 1 for k in state}", "*", "*"),
    ],
)
def test_a_node_reads_and_writes_what_its_code_says(body, reads, writes):
    assert use_of(body) == (reads, writes)


@pytest.mark.parametrize(
    ("made", "runs", "reads", "writes"),
    [
        ("def build(m):\n    def own(state):\n        return {'k': state['a']}\n    return own\n",
         "build(llm)", "a", "k"),
        ("class Own:\n    def __call__(self, state):\n        return {'k': state['a']}\n",
         "Own()", "a", "k"),
        ("from functools import partial\ndef late(llm, state):\n    return {'k': state['a']}\n",
         "partial(late, llm)", "a", "k"),
        ("", "lambda state: {'k': state['a']}", "a", "k"),
        ("class Out(TypedDict):\n    k: str\ndef f(state):\n    return Out(k=state['a'])\n",
         "f", "a", "k"),
        ("KEY = 'k'\ndef f(state):\n    return {KEY: state['a']}\n", "f", "a", "k"),
        ("def f(*all):\n    return {'k': all[0]['a']}\n", "f", "a", "k"),
        ("def f(state):\n    of = lambda state: state['z']\n    return {'k': state['a']}\n",
         "f", "a", "k"),
    ],
)  # fmt: skip
def test_what_a_node_runs_is_found(made, runs, reads, writes):
    code = f"{START}{made}g = StateGraph(dict)\ng.add_node('node', {runs})\n"
    assert uses(code)["node"] == (reads, writes)


# Loops and depth: each ends, and says no more than it may.


@pytest.mark.parametrize(
    "code",
    [
        "pa = pb\npb = pa\ng.add_node('node', pa)\n",
        "pa = pa\ng.add_node('node', pa)\n",
        "pa = RunnableLambda(pb)\npb = RunnableLambda(pa)\ng.add_node('node', pa)\n",
        "def f(x):\n    return h(x)\ndef h(x):\n    return f(x)\ng.add_node('node', f(1))\n",
    ],
)
def test_names_that_stand_for_each_other_say_nothing(code):
    assert uses(f"{START}g = StateGraph(dict)\n{code}")["node"] == ("*", "*")


def test_functions_that_call_each_other_share_what_they_do():
    code = (
        "def one(state):\n    state['a1'] = 1\n    return two(state)\n"
        "def two(state):\n    x = state['b']\n    llm.invoke(x)\n"
        "    return three(one(state)) if x else state\n"
        "def three(state):\n    return two({**state, 'c': 1})\n"
    )
    code += "".join(f"g.add_node('{n}', {n})\n" for n in ("one", "two", "three"))
    # Whoever calls one of them does what all of them do.
    assert uses(f"{START}g = StateGraph(dict)\n{code}") == {
        "one": ("b", "a1 c"),
        "two": ("b", "a1 c"),
        "three": ("b", "a1 c"),
    }


def tangle(many):
    """Make functions that hand the state to three others, four times over in each."""
    lines = [f"{START}g = StateGraph(dict)"]
    for n in range(many):
        a, b, c = ((n * k + 1) % many for k in (3, 7, 11))
        lines += [
            f"def f{n}(state):",
            f"    state['w{n % 5}'] = f{a}(f{b}(f{c}(state)))",
            f"    f{a}(f{a}(f{a}(f{a}(state))))",
            f"    return f{b}(f{c}({{**state, 'r{n % 5}': state['q{n % 7}']}}))",
        ]
    lines += [f"g.add_node('n{n}', f{n})" for n in range(many)]
    return "\n".join(lines)


def visits(text, monkeypatch):
    """Count how often a function is read."""
    seen = []
    name, read = "_read", vars(use.Uses)["_read"]
    monkeypatch.setattr(use.Uses, name, lambda uses, ask: seen.append(ask) or read(uses, ask))
    found = uses(text)
    monkeypatch.undo()
    return len(seen), found


@pytest.mark.parametrize("shape", ["tangle", "chain"])
def test_the_work_grows_with_the_functions_and_not_with_the_ways_through_them(shape, monkeypatch):
    def chain(many):
        body = ["def f0(state):\n    return {'k': llm.invoke(state['a'])}"]
        body += [
            f"def f{n}(state):\n    return " + f"f{n - 1}(" * 20 + "state" + ")" * 20
            for n in range(1, many)
        ]
        nodes = [f"g.add_node('n{n}', f{n})" for n in range(many)]
        return "\n".join([f"{START}g = StateGraph(dict)", *body, *nodes])

    build = {"tangle": tangle, "chain": chain}[shape]
    counts = []
    for many in (100, 400):
        count, found = visits(build(many), monkeypatch)
        assert len(found) == many
        assert count <= 2 * use.MOST_TRIES * many
        counts.append(count)
    assert counts[1] <= 5 * counts[0]


def test_whatever_is_read_is_bounded_in_depth_too():
    deep = "ident(" * 90 + "state" + ")" * 90
    many = "".join(f"    a{n + 1} = a{n}\n" for n in range(3000))
    code = (
        f"{START}g = StateGraph(dict)\n"
        f"def node(state):\n    a0 = {deep}\n{many}    a3000['k'] = 1\n    return a3000\n"
        "g.add_node('node', node)\n"
    )
    assert uses(code)["node"] == ("", "k")


def steps(lines, monkeypatch):
    """Count the steps of the ways that values take through one node."""
    taken = []
    name, step = "_outwards", vars(trace.Trace)["_outwards"]
    monkeypatch.setattr(trace.Trace, name, lambda one, *way: taken.append(way) or step(one, *way))
    found = use_of("\n".join(lines))
    monkeypatch.undo()
    return len(taken), found


def merges(many):
    """Make an update of updates that are merged into each other."""
    into = [f"a{n + 1} = {{'k{n % 9}': 1}}\na{n}.update(a{n + 1})" for n in range(many)]
    return ["a0 = {}", *into, "return a0"]


def test_what_is_merged_in_turn_is_followed_once(monkeypatch):
    (few, found), (many, same) = (steps(merges(n), monkeypatch) for n in (100, 400))
    assert found == same == ("", " ".join(f"k{n}" for n in range(9)))
    assert many <= 5 * few


def test_what_takes_more_steps_than_are_followed_may_do_anything(monkeypatch):
    monkeypatch.setattr(trace, "MOST_STEPS", 20)
    assert "*" in use_of("\n".join(merges(40)))[1]
    assert use_of("\n".join([*(f"s{n} = state" for n in range(40)), "return {}"])) == ("*", "*")


def test_so_may_all_the_code_where_it_takes_more_in_all(monkeypatch):
    monkeypatch.setattr(use, "MOST_STEPS", 50)
    found = uses(tangle(20))
    assert found["n19"] == ("*", "*")


def test_what_one_function_gives_back_and_puts_elsewhere_has_an_end():
    body = "".join(f"    them['m{n}'] = it['k{n}']\n" for n in range(20))
    code = f"{START}def many(it, them):\n{body}def f(state):\n    box = {{}}\n"
    code += "    many(state, box)\n"
    end = "    return {}\ng = StateGraph(dict)\ng.add_node('node', f)\n"
    keys = " ".join(sorted(f"k{n}" for n in range(20)))
    assert uses(code + end)["node"] == (keys, "")
    assert uses(f"{code}    box['m1'].append(1)\n{end}")["node"] == (keys, "*")


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ("state.a['b'].c", ["state.a.b.c"]),
        ("state['a'].get('b', spare['c'])", ["state.a.b", "spare.c"]),
        ("state.pop('a', other)", ["state.a", "other"]),
        ("cast(list, state['a'])", ["state.a"]),
        ("state['a'] or (b if c else d['e'])", ["state.a", "b", "d.e"]),
    ],
)
def test_a_value_is_traced_to_all_that_it_may_come_from_in_the_order_of_its_keys(value, places):
    code = code_of(f"{START}it = {value}\n")
    sources = sources_of(ast.parse(value, mode="eval").body, code.modules[0])
    found = {".".join((name, *keys)) for name, keys in sources}
    assert found == set(places)


def test_a_node_that_is_a_method_is_called_after_it():
    steps = "class Steps:\n    def plan(self, state):\n        return {'k': state['a']}\n"
    graph = "steps = Steps()\ng = StateGraph(dict)\ng.add_node(steps.plan)\n"
    assert uses(START + steps + graph)["plan"] == ("a", "k")


def test_all_names_are_found_that_a_value_is_taken_apart_into():
    loop = ast.parse("for a, (b, *c), [d] in pairs: pass").body[0]
    assert set(names_in(loop.target)) == {"a", "b", "c", "d"}


@pytest.mark.parametrize(("times", "followed"), [(1, True), (3, True), (4, False)])
def test_what_functions_wrap_is_followed_three_deep_and_may_be_anything_further_in(times, followed):
    made, taken = "wrap(" * times + "state" + ")" * times, "['all']" * times
    reads, writes = use_of(f"it = {made}\nllm.invoke(it{taken}['a'])\nreturn {{'k': 1}}")
    assert ("a" in reads.split()) is followed
    assert ("*" in reads.split(), writes) == (True, "k")


@pytest.mark.parametrize(
    ("schemas", "wordless"),
    [
        ("class State(TypedDict):\n    n: int\n    text: str\n", {"n"}),
        # What a schema takes over from another one is its own.
        ("class Base(TypedDict):\n    n: int\nclass State(Base):\n    text: str\n", {"n"}),
        # A key that holds text in one of the schemas can carry text.
        ("class Base(TypedDict):\n    n: str\nclass State(Base):\n    n: int\n", set()),
        ("class State(TypedDict):\n    n: int | str\n", set()),
    ],
)
def test_keys_that_hold_no_text_in_any_schema_of_a_graph_carry_none(schemas, wordless):
    head = "from typing import TypedDict\n" + START + schemas
    code = code_of(f"{head}def node(state):\n    return {{'n': 1}}\ng = StateGraph(State)\n"
                   "g.add_node('node', node)\n")  # fmt: skip
    (state,) = states_of(named_nodes(code), code)
    assert state.wordless == wordless
