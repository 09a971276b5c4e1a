"""What LangGraph code says about models, memory, people, other agents and keys."""

import ast
from collections.abc import Iterable, Iterator, Sequence

from threatmodel.importers.addresses import address_of
from threatmodel.importers.command_facts import entry_facts, is_entry
from threatmodel.importers.langgraph.files import (
    Code,
    CodeCall,
    added_nodes,
    elements,
    function_named,
    reached,
)
from threatmodel.importers.langgraph.tools import Toolbox
from threatmodel.importers.parts import model_statements, request_facts, used
from threatmodel.importers.python_code import (
    Function,
    Module,
    keyword,
    literal,
    literal_text,
)
from threatmodel.importers.secrets import credential, names_secret, shape_of
from threatmodel.importers.statements import Node, Statement, answer, item, names_of, yes
from threatmodel.rules.importing import load_rules

_BINDS = ("bind_tools", "with_structured_output")
_NO_MODELS = ("Prompt", "Message", "History")


def code_facts(code: Code, box: Toolbox) -> Iterator[Statement]:
    """Say what the code of one graph shows; each with its line."""
    for module in code.modules:
        yield from call_facts(((call, module) for call in module.calls), code)
        yield from module_facts(module)
    yield from _peers(code)
    yield from powers([*box.functions.values(), *_node_functions(code)], code)
    yield from unlisted_tools(box)


def call_facts(calls: Iterable[CodeCall], code: Code) -> Iterator[Statement]:
    """Say what some calls show."""
    for call, module in calls:
        yield from _models(call, module, code)
        yield from _memory(call, module)
        yield from _people(call, module)
        yield from _servers(call, module)
        yield from _addresses(call, module)


def module_facts(module: Module) -> Iterator[Statement]:
    """Say what a file shows as a whole: keys and traces."""
    yield from _keys(module)
    yield from _traces(module)


def unlisted_tools(box: Toolbox) -> Iterator[Statement]:
    """Say that there are tools that the code does not show."""
    if box.opaque:
        node, module = box.opaque[0]
        note = "the list of tools is put together at run time"
        yield yes(module.at(node), "facts.t.unlisted", note)


def is_model(call: ast.Call, module: Module) -> bool:
    """Tell whether a call makes a model, or binds one to tools or to a schema."""
    if _is_made(call, module) or _named_model(call, module) is not None:
        return True
    return module.called(call) in {
        *load_rules().file.python.models,
        *load_rules().file.python.agents,
        *_BINDS,
    }


def _named_model(call: ast.Call, module: Module) -> ast.expr | None:
    """Give the argument that names the model of a call without a framework."""
    argument = load_rules().file.python.calls_model.get(module.called(call), "")
    return keyword(call, argument) if argument else None


def _is_made(call: ast.Call, module: Module) -> bool:
    called = module.called(call)
    named = called.startswith(("Chat", "AzureChat")) or called.endswith("LLM")
    inner = module.dotted(call.func).startswith("langchain_core.")
    return named and not inner and not any(word in called for word in _NO_MODELS)


def _models(call: ast.Call, module: Module, code: Code) -> Iterator[Statement]:
    called, rules = module.called(call), load_rules().file.python
    name = literal_text(
        keyword(call, "model", "model_name", "model_id", "azure_deployment"), module
    )
    if _is_made(call, module):
        named = keyword(call, "model", "model_name", "model_id", "azure_deployment")
        name = name or _default(named, module, code)
        source = f"{name} ({called})" if name else called
        yield from model_statements(module.at(call), source)
    elif called in rules.models or _named_model(call, module) is not None:
        given = keyword(call, "model", "modelId") or (call.args[0] if call.args else None)
        name = name or _default(given, module, code)
        if name:
            yield from model_statements(module.at(call), name)


def _default(node: ast.expr | None, module: Module, code: Code) -> str:
    """Give a text, or the default of the setting that a name or attribute stands for."""
    if literal_text(node, module) or not isinstance(node, ast.Name | ast.Attribute):
        return literal_text(node, module)
    name = node.id if isinstance(node, ast.Name) else node.attr
    for one in (module, *code.modules):
        value = one.values.get(name)
        default = keyword(value, "default") if isinstance(value, ast.Call) else value
        if literal_text(default):
            return literal_text(default)
    return ""


def _memory(call: ast.Call, module: Module) -> Iterator[Statement]:
    """Say what keeps sessions; a saver that lives in the process keeps nothing."""
    rules, called = load_rules().file.python, module.called(call)
    owner = module.dotted(call.func).split(".")
    named = called if called[:1].isupper() else (owner[-2] if len(owner) > 1 else "")
    if called in rules.looks_up:
        yield yes(module.at(call), "retrieval.index", called)
    keeps = named[:1].isupper() and named.endswith(rules.keeps)
    if named.endswith("Store") and not owner[0].startswith("langgraph"):
        keeps = False  # an index of documents, not what was said
    if keeps and not named.startswith(rules.forgets):
        yield yes(module.at(call), "memory.persistent", f"{named} keeps what was said")


def _people(call: ast.Call, module: Module) -> Iterator[Statement]:
    rules, called = load_rules().file.python, module.called(call)
    path = ("facts", "o.hitl")
    if called in rules.asks:
        note = f"{called} waits for a person"
        yield answer(path, module.at(call), yes=True, by="operator", note=note)
    for name in rules.asks_by:
        given = keyword(call, name)
        if given is not None and literal(given) not in ([], {}, None):
            value = literal(given)
            steps = list(value) if isinstance(value, list | dict) else []
            note = f"{name}: {names_of(str(step) for step in steps) or 'set at run time'}"
            yield answer(path, module.at(call), yes=True, by="operator", note=note)


def _servers(call: ast.Call, module: Module) -> Iterator[Statement]:
    """Say which servers and toolkits bring tools that the code does not show."""
    called = module.called(call)
    if called not in load_rules().file.python.dynamic:
        return
    note = f"{called} brings tools that only exist at run time"
    yield yes(module.at(call), "facts.t.unlisted", note)
    if called == "MultiServerMCPClient" and call.args:
        given = call.args[0]
        if isinstance(given, ast.Name):
            given = module.values.get(given.id, given)
        servers = Node(literal(given), module.label, (f"line {call.lineno}",))
        for _, entry in servers.pairs():
            if is_entry(entry):
                yield from used(entry_facts(entry))


def _addresses(call: ast.Call, module: Module) -> Iterator[Statement]:
    """Say which links the code names: without TLS, with keys in them."""
    for one in (*call.args, *(pair.value for pair in call.keywords)):
        url = literal_text(one, module)
        if url and address_of(url):
            place = Node(url, module.label, (f"line {call.lineno}",))
            yield from request_facts(place)


def _keys(module: Module) -> Iterator[Statement]:
    """Say which keys it takes from the environment, and which stand in the code."""
    for node in module.nodes:
        name = _variable(node, module)
        if name and names_secret(name):
            yield from credential(name, module.at(node), "local", by="operator")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            kind = shape_of(node.value[:20_000])
            if kind:
                yield from credential(kind, module.at(node), "clear", by="operator")


def _variable(node: ast.AST, module: Module) -> str:
    """Give the name of an environment variable that is read."""
    if isinstance(node, ast.Subscript) and module.dotted(node.value) == "os.environ":
        return literal_text(node.slice)
    if isinstance(node, ast.Call) and node.args:
        called = module.dotted(node.func)
        if called in {"os.getenv", "os.environ.get", "os.environ.setdefault", "getenv"}:
            return literal_text(node.args[0])
    return ""


def _traces(module: Module) -> Iterator[Statement]:
    for name in module.imports.values():
        package = name.split(".")[0]
        if package in load_rules().file.python.traces:
            path, root = ("observability", "outside_telemetry"), module.at(module.nodes[0])
            yield answer(path, root, yes=True, by="operator", note=f"it uses {package}")
            return


def _peers(code: Code) -> Iterator[Statement]:
    """Say which agents work together."""
    rules, several = load_rules().file.python, works_as_group(code)
    found = [(module.called(c), c, module) for module in code.modules for c in module.calls]
    agents = [(call, module) for called, call, module in found if called in rules.agents]
    groups = [(call, module) for called, call, module in found if called in rules.groups]
    for called, call, module in found:
        if called in rules.hands_over:
            yield yes(module.at(call), "peers.delegates", called)
        given = keyword(call, rules.given_agents.get(called, ""))
        if given is not None and literal(given) not in ([], None):
            yield yes(module.at(call), "peers.delegates", f"{called} is given agents to start")
            for name in _given_names(given, module, code):
                yield from item(("peers", "names"), module.at(call), name)
    if several:
        call, module = (groups or agents)[0]
        note = f"the code makes {len(agents)} agents that work together"
        yield yes(module.at(call), "peers.cooperating", note)
    for call, module in agents:
        name = literal_text(keyword(call, "name"), module)
        if name and several:
            yield from item(("peers", "names"), module.at(call), name)


def _given_names(given: ast.expr, module: Module, code: Code) -> Iterator[str]:
    """Yield the names of agents that stand as literals in a list, or under names in it."""
    for one, place in elements(given, module, code):
        found = code.value(one.id, place) if isinstance(one, ast.Name) else None
        told = literal(found[0] if found else one)
        if isinstance(told, dict) and isinstance(told.get("name"), str):
            yield str(told["name"])


def works_as_group(code: Code) -> bool:
    """Tell whether the code makes agents that work together: as a group, or as nodes of a graph."""
    rules = load_rules().file.python
    calls = [module.called(c) for module in code.modules for c in module.calls]
    agents = sum(name in rules.agents for name in calls)
    joined = any(name in rules.hands_over or name == "add_node" for name in calls)
    return any(name in rules.groups for name in calls) or (agents > 1 and joined)


def powers(starts: Sequence[tuple[Function, Module]], code: Code) -> Iterator[Statement]:
    """Say what functions do inside, whatever their names promise."""
    rules = load_rules().file.python
    for call, module in reached(starts, code):
        name = _through(call, module)
        fact = rules.does.get(name) or rules.does.get(name.split(".")[0])
        if (
            not fact
            and name in rules.does_with_free
            and call.args
            and not literal_text(call.args[0])
        ):
            fact = rules.does_with_free[name]
            if fact == "t.file_read" and _writes(call):
                fact = "t.file_write"
        if fact:
            note = f"a tool or node calls {name}"
            yield answer(("facts", fact), module.at(call), yes=True, by="operator", note=note)


def _through(call: ast.Call, module: Module) -> str:
    """Give the full name of what is called, with the class of the object that it is called on."""
    name = module.dotted(call.func)
    owner, _, method = name.partition(".")
    made = module.values.get(owner) if method else None
    return f"{module.dotted(made.func)}.{method}" if isinstance(made, ast.Call) else name


def _writes(call: ast.Call) -> bool:
    mode = literal_text(call.args[1] if len(call.args) > 1 else keyword(call, "mode"))
    return bool(set(mode) & set("wax+"))


def _node_functions(code: Code) -> Iterator[tuple[Function, Module]]:
    found = (function_named(node.runs, node.module, code) for node in added_nodes(code))
    yield from (function for function in found if function)
