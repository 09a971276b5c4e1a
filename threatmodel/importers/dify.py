"""Dify apps: exports of its DSL, workflows and older chat and agent apps."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from threatmodel.importers.addresses import endpoint_facts
from threatmodel.importers.command_facts import entry_facts
from threatmodel.importers.definitions import readable_tools, unlike
from threatmodel.importers.dify_steps import (
    App,
    edges_of,
    listed_nodes,
    node_key,
    nodes_of,
    remarks_of,
    title_of,
    tools_of_app,
)
from threatmodel.importers.document import Document
from threatmodel.importers.group import as_system, member
from threatmodel.importers.parts import (
    clear_secrets,
    identifier_words,
    inner_json,
    model_statements,
    used,
)
from threatmodel.importers.secrets import credential
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    names_of,
    one_line_cut,
    yes,
)
from threatmodel.importers.table import Own, kind_of, said
from threatmodel.importers.workflow import Named, Start, Workflow
from threatmodel.rules.importing import Rules
from threatmodel.scales import Speaker

_BY: Speaker = "operator"


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an app."""
    root = document.root
    app = App(root, tuple(nodes_of(root)), rules)
    tools, odd = readable_tools(unlike(tools_of_app(app)))
    name = document.named(root.at("app", "name").text)
    several = len(app.agents) > 1
    statements = [
        *about(root, root.at("app", "name"), name, "multi-agent" if several else "agent"),
        *_whole(app),
        *_peers(app),
        *_steps(app),
        *clear_secrets(root, rules, _BY),
    ]
    return (Found(name, tuple(statements), tools, remarks=(*odd, *remarks_of(app))),)


def _whole(app: App) -> Iterator[Statement]:
    """Say what holds for all of an app."""
    return said("dify", [app.root], app.rules, _OWN)


def _steps(app: App) -> Iterator[Statement]:
    """Say what the nodes show beside their tools."""
    yield from said("dify-node", app.nodes, app.rules, _OWN)
    yield from said("dify-data", [app.root], app.rules)


# An app of several agents as a system.


def read_inner(document: Document, whole: Found, rules: Rules) -> tuple[Found, ...]:
    """Read an app with several agents as a system."""
    root = document.root
    app = App(root, tuple(nodes_of(root)), rules)
    if len(app.agents) <= 1:
        return (whole,)
    keyed = dict(zip(map(node_key, listed_nodes(root)), app.nodes, strict=False))

    def part(name: str, node: Node, steps: Collection[str]) -> Found:
        inner = replace(app, nodes=tuple(one for key, one in keyed.items() if key in steps))
        return member(name, node, node.at("desc").text, _steps(inner), tools_of_app(inner))

    def named(*types: str) -> dict[str, Named]:
        return {k: (title_of(n), n) for k, n in keyed.items() if n.at("type").text in types}

    flow = Workflow(
        keyed,
        named("agent"),
        named("tool", "http-request", "llm", *rules.file.dify.does),
        list(edges_of(root)),
        part,
        asking=named("human-input"),
        starts={
            key: _start(node, rules)
            for key, node in keyed.items()
            if node.at("type").text.startswith("trigger-")
        },
    )
    statements = (*_whole(app), *clear_secrets(root, rules, _BY))
    return (flow.system(root, Found(whole.name, statements, remarks=whole.remarks)),)


# What it says of the rest.


def _start(node: Node, rules: Rules) -> Start:
    """Give a trigger; any but a clock brings what others write."""
    outside = node.at("type").text != "trigger-schedule"
    return Start(title_of(node), node, outside, tuple(said("dify-trigger", [node], rules)))


def _model(model: Node, rules: Rules, by: Speaker) -> Iterator[Statement]:
    model = model.at("value") if model.at("value").is_mapping else model
    name = model.first("name", "model").text
    provider = model.at("provider").text.rsplit("/", 1)[-1]
    if name:
        shown = f"{name} ({provider})" if provider else name
        yield from model_statements(model, shown, by, rules)


def _peers(app: App) -> Iterator[Statement]:
    if len(app.agents) > 1:
        note = f"agents: {names_of(title_of(node) for node in app.agents)}"
        yield yes(app.root, "peers.cooperating", note)


def _environment(listed: Node, _: Rules, by: Speaker) -> Iterator[Statement]:
    """Say which keys it holds; the values of secret variables are left out of an export."""
    for variable in listed.items():
        if variable.at("value_type").text == "secret" and variable.at("name").text:
            seen = "clear" if len(variable.at("value").text) > 1 else ""
            yield from credential(variable.at("name").text, variable, seen, by=by)  # type: ignore[arg-type]


def _plugin(one: Node, _: Rules, by: Speaker) -> Iterator[Statement]:
    identifier = one.at("value").first(
        "marketplace_plugin_unique_identifier", "plugin_unique_identifier"
    )
    name = one_line_cut(identifier.text.partition("@")[0], 100) or one.at("type").text
    yield yes(one, "supply.third_party_server", f"plugin {name}", by)
    if one.at("type").text == "marketplace":
        yield yes(one, "supply.marketplace", f"plugin {name}", by)


def _servers(agent: Node, rules: Rules, by: Speaker) -> Iterator[Statement]:
    """Say which MCP servers an agent calls, whose tools an export does not list."""
    for key, given in agent.at("agent_parameters").pairs():
        value = given.at("value") if given.is_mapping else given
        if "mcp" not in key.lower() or not value.text:
            continue
        note = f"{title_of(agent)} has the tools of MCP servers that are not listed here"
        yield yes(value, "facts.t.unlisted", note, by)
        yield from used(endpoint_facts(value, value.text, rules, by))
        for _, entry in inner_json(value).at("mcpServers").pairs():
            yield from used(entry_facts(entry, rules, by))


def _calls(tool: Node, _: Rules, by: Speaker) -> Iterator[Statement]:
    """Say whether a tool only passes calls on to MCP servers, whose tools are not listed."""
    named = (tool.at("tool_name").text, tool.first("provider_name", "provider_id").text)
    if any("mcp" in identifier_words(name).lower().split() for name in named):
        note = f"{title_of(tool)} calls tools of MCP servers that are not listed here"
        yield yes(tool, "facts.t.unlisted", note, by)


_OWN: Own = {
    "model": _model,
    "environment": _environment,
    "plugin": _plugin,
    "servers": _servers,
    "calls": _calls,
}
KIND = kind_of("dify", read=read, together=as_system(read, read_inner))
