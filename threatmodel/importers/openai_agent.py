"""Agents of OpenAI: assistants, requests and answers of its APIs, agents of its SDK as JSON."""

import re
from collections.abc import Iterator
from itertools import islice

from threatmodel.importers.definitions import readable_tools
from threatmodel.importers.document import Document
from threatmodel.importers.group import as_system
from threatmodel.importers.openai_tools import (
    called_in,
    definitions_of,
    flat,
    offered_in,
    strange_types,
    tool_facts,
    with_servers,
)
from threatmodel.importers.parts import (
    MOST_PARTS,
    beyond,
    clear_secrets,
    model_statements,
    sub_agents,
    unread,
)
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    answer,
    names_of,
)
from threatmodel.importers.table import kind_of, said
from threatmodel.rules.importing import load_rules

_OBJECTS = frozenset({"assistant", "response"})
_REQUEST = (
    "max_output_tokens",
    "max_completion_tokens",
    "previous_response_id",
    "conversation",
    "store",
    "reasoning",
    "parallel_tool_calls",
    "prompt_cache_key",
)
"""Keys that a request to the API has and hardly anything else; one may come without tools."""

# Models of OpenAI alone: of others behind the same API nothing here tells a snapshot from an alias.
_OURS = re.compile(r"(?:chat)?gpt-|o\d|computer-use|codex", re.IGNORECASE)
# Snapshots end in a day, such as `gpt-4o-2024-08-06` or `gpt-4-0613`; other names move on.
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}|-\d{4}\b")


def looks_like(document: Document) -> bool:
    """Tell whether a model is given instructions, input or messages, or agents hand over."""
    return bool(_agents(document.root))


def read(document: Document) -> tuple[Found, ...]:
    """Read each agent."""
    agents = _agents(document.root)
    return tuple(_one(document, node, alone=len(agents) == 1) for node in agents)


KIND = kind_of("openai", read=read, looks_like=looks_like, together=as_system(read, back=False))


def _agents(root: Node) -> list[Node]:
    """Find agents: alone, in a list, under `data` or `agents`, as the body of a request."""
    for node in (root, root.at("body"), root.at("request"), root.at("agent"), root.at("assistant")):
        if _is_agent(node):
            return [node]
    for listed in (root, root.at("data"), root.at("agents"), root.at("assistants")):
        nodes = [*listed.items()][:MOST_PARTS]
        if nodes and all(map(_is_agent, nodes)):
            return nodes
    return []


def _is_agent(node: Node) -> bool:
    if node.at("object").text in _OBJECTS:
        return node.at("model").here
    lists = any(isinstance(node.at(key).value, list) for key in ("tools", "handoffs"))
    if node.at("name").text and node.at("instructions").text and lists:
        other = node.at("capabilities").here or node.at("conversation_starters").here
        return not (other or _is_a_server(node))
    told = any(node.at(key).here for key in ("instructions", "input", "messages"))
    if not node.at("model").text or not told:
        return False
    return lists or node.at("instructions").text != "" or any(node.at(k).here for k in _REQUEST)


def _is_a_server(node: Node) -> bool:
    """Tell a server of MCP from an agent: it lists tools beside `instructions` as well."""
    tools = [*node.at("tools").items()]
    listed = [tool.at("inputSchema").here and not tool.at("type").here for tool in tools]
    return bool(listed) and all(listed) and not node.at("model").here


def _one(document: Document, root: Node, *, alone: bool) -> Found:
    name = document.named(root.at("name").text or ("" if alone else root.origin))
    offered = offered_in(root)
    listed = list(islice(flat(root.at("tools").items()), MOST_PARTS))
    listed += called_in(root, listed)
    servers = [*root.first("mcp_servers", "mcpServers").items()]
    servers += [entry for _, entry in root.first("mcp_servers", "mcpServers").pairs()]
    tools, odd = readable_tools(definitions_of(listed, offered))
    tools = with_servers(tools, listed, offered)
    handoffs = _handoffs(root)
    statements = [
        *about(
            root,
            root.at("name"),
            name,
            "multi-agent" if handoffs else "agent",
            root.first("description", "handoff_description", "handoffDescription"),
        ),
        *_model(root),
        *tool_facts([*listed, *servers], offered),
        *sub_agents(root.at("handoffs"), handoffs, f"hands over to {names_of(handoffs)}"),
        *said("openai", [root]),
        *clear_secrets(root.at("tools")),
        *clear_secrets(root.at("metadata")),
    ]
    many = beyond(len(list(root.at("tools").items())), "tools")
    remarks = [*odd, *many, *strange_types(listed), *unread(root, load_rules().file.keys["openai"])]
    if not root.at("tools").here and not listed and not servers:
        remarks.append("it names no tools; code that calls the API may add some")
    return Found(name, tuple(statements), tools, remarks=tuple(remarks))


def _model(root: Node) -> Iterator[Statement]:
    """Say which model decides; a name without a date moves."""
    model = root.at("model")
    name = model.text or model.first("model", "name", "id").text
    yield from model_statements(model, name)
    if _OURS.match(name):
        dated = _DATED.search(name) is not None
        note = f"{name} {'is one version' if dated else 'names whichever version is current'}"
        yield answer(("model", "version_pinned"), model, yes=dated, by="operator", note=note)


def _handoffs(root: Node) -> list[str]:
    listed = root.at("handoffs").items()
    names = [one.text or one.first("name", "agent_name", "agentName").text for one in listed]
    return [name for name in names if name]
