"""What the nodes of an n8n workflow do: as tools, and as what starts it."""

import re
from collections.abc import Iterator

from threatmodel.importers.definitions import Definition
from threatmodel.importers.n8n_steps import LANGCHAIN, FlowStep, Graph
from threatmodel.importers.parts import (
    fixed_address,
    identifier_words,
    made,
    request_words,
    text_property,
)
from threatmodel.importers.statements import Statement, item, yes
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import load_rules
from threatmodel.scales import CredentialKind

# n8n puts a comment of its own before the name where it wrote the call itself.
_FROM_MODEL = re.compile(
    r"\$fromAI\(\s*(?:/\*.*?\*/)?\s*(['\"`])(?P<name>[^'\"`]{1,80})\1"
    r"(?:\s*,\s*(['\"`])(?P<says>[^'\"`]{0,500})\3)?"
)


def service(step: FlowStep) -> str:
    """Name the service behind a node: `googleSheetsTrigger` -> `google sheets`."""
    name = step.short.removesuffix("Trigger").removesuffix("ReadImap")
    for start in ("lmChat", "lm", "memory", "vectorStore", "tool"):
        if step.type.startswith(LANGCHAIN) and name.startswith(start) and name != start:
            name = name.removeprefix(start)
            break
    return identifier_words(name)


def tool_of(step: FlowStep) -> Definition:
    """Make a tool of a node: what it does, what its author says, what the model fills in."""
    given = step.parameters.first("toolDescription", "description")
    words = (_does(step), given.text)
    return made(step.name, words, _filled(step))


def _does(step: FlowStep) -> str:
    """Say what a node does, from its type, resource and operation."""
    known = load_rules().file.n8n.does.get(step.short)
    if known:
        return known
    if step.short in {"httpRequest", "toolHttpRequest", "graphql"}:
        return _request(step)
    if "vectorstore" in step.short.lower():
        return _looks_up(step)
    operation, resource = _operation(step)
    if operation == "sendAndWait":
        return f"Send a message in {service(step)} and wait for the answer"
    verb = identifier_words(operation).replace("post", "send") if resource == "message" else ""
    verb = verb or identifier_words(operation)
    thing = identifier_words(resource)
    thing = "" if thing in verb else thing
    if not operation:
        return _uses(step, thing)
    return " ".join(part for part in (verb, thing, f"in {service(step)}") if part).capitalize()


def _uses(step: FlowStep, thing: str) -> str:
    """Say what a node does that names no operation: by the method with which it calls."""
    method = step.parameters.first("httpRequestMethod", "requestMethod", "method").text.upper()
    verb = _METHODS.get(method, "Use" if not method or method.startswith("=") else "Send data to")
    return f"{verb} {service(step)}{f' ({thing})' if thing else ''}"


_METHODS = {"GET": "Read from", "HEAD": "Read from", "DELETE": "Delete in"}


def _operation(step: FlowStep) -> tuple[str, str]:
    """Give operation and resource; what is not written is the default of the type."""
    operation = step.parameters.at("operation").text
    resource = step.parameters.at("resource").text
    usual = load_rules().file.n8n.defaults.get(step.short, ("", ""))
    if not operation and resource in {"", usual[1]}:
        return usual
    return operation, resource or usual[1]


def _request(step: FlowStep) -> str:
    method = step.parameters.first("method", "requestMethod").text
    return request_words(method, step.parameters.first("url", "endpoint").text)


def _looks_up(step: FlowStep) -> str:
    if step.parameters.at("mode").text in {"insert", "update"}:
        return f"Add documents to the vector store {service(step)}"
    return f"Search documents in the vector store {service(step)}"


def _filled(step: FlowStep) -> dict[str, Value]:
    """Give the parameters that a model or the run fills in, as properties of a schema."""
    found: dict[str, Value] = {}
    for node in step.parameters.all():
        for call in _FROM_MODEL.finditer(node.text[:20_000]):
            words = (call.group("says") or "").strip()
            found.setdefault(call.group("name").strip(), text_property(words))
    for entry in step.parameters.at("placeholderDefinitions", "values").items():
        if entry.at("name").text:
            found.setdefault(entry.at("name").text, text_property(entry.at("description").text))
    found.update(_free(step))
    return found


def _free(step: FlowStep) -> Iterator[tuple[str, Value]]:
    """Yield what is made at run time and is interpreted: addresses, queries, commands."""
    for key in ("url", "query", "command"):
        given = step.parameters.at(key).text
        if given.startswith("=") and "{{" in given and not (key == "url" and fixed_address(given)):
            yield key, text_property("made at run time")


def trigger_facts(step: FlowStep, graph: Graph) -> Iterator[Statement]:
    """Say who or what starts it, and whether strangers can."""
    own = load_rules().file.n8n.triggers
    if step.type in own.inside:
        return
    if step.type not in own.people:
        note = f"{step.name} starts it"
        yield yes(step.node, "autonomy.unattended", note)
    if step.type in own.clock:
        return
    if step.short.removesuffix("Trigger") in own.chats and graph.minds:
        note = f"anyone can write to it through {service(step)}"
        yield yes(step.node, "users.outsiders_prompt", note)
    login = step.parameters.at("authentication").text
    if step.type in own.open and login in {"", "none"} and _reachable(step):
        note = f"{step.name} asks callers for no login"
        yield yes(step.node, "identity.server_accepts_anyone", note)
        if graph.minds:
            yield yes(step.node, "users.outsiders_prompt", note)
    yield from _inbound(step)


def _reachable(step: FlowStep) -> bool:
    """Tell whether a trigger can be called: a chat only from the editor unless it is public."""
    return "chat" not in step.type.lower() or step.parameters.at("public").is_true


def _inbound(step: FlowStep) -> Iterator[Statement]:
    """Say that what the trigger brings was written by others, unless its own people write it."""
    own = load_rules().file.n8n.triggers
    fact = "t.read_inbound"
    if step.short.removesuffix("Trigger") in own.streams:
        fact = "t.read_stream"
    if step.type not in own.people and step.short.removesuffix("Trigger") not in own.stores:
        note = f"what arrives through {service(step)}"
        yield from item(("data", "written_by_outsiders"), step.node, note)
        yield yes(step.node, f"facts.{fact}", note)
    files = any(
        one.at("fieldType").text == "file" for one in step.parameters.all() if one.is_mapping
    )
    if files or step.parameters.at("options", "allowFileUploads").is_true:
        yield yes(step.node, "users.hand_over_files", step.name)


def credential_kind(name: str) -> CredentialKind:
    """Tell the kind of a key by the type that n8n gives it."""
    name = name.lower()
    if "oauth" in name:
        return "oauth"
    if name.endswith(("api", "headerauth", "queryauth", "token", "aws")):
        return "static-key"
    return "password" if "basic" in name or "password" in name else "unknown"
