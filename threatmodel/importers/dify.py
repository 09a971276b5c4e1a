"""Dify apps: exports of its DSL, workflows and older chat and agent apps."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from threatmodel.description.overrides import Speaker
from threatmodel.importers.addresses import endpoint_facts
from threatmodel.importers.client_config import entry_facts
from threatmodel.importers.definitions import readable_tools, unlike
from threatmodel.importers.dify_steps import (
    App,
    agent_tools,
    edges_of,
    listed_nodes,
    node_key,
    nodes_of,
    remarks_of,
    title_of,
    tools_of_app,
)
from threatmodel.importers.document import Document, SourceKind
from threatmodel.importers.group import as_system, member
from threatmodel.importers.parts import (
    clear_secrets,
    framework,
    identifier_words,
    inner_json,
    model_statements,
    request_facts,
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
    text,
    yes,
)
from threatmodel.importers.workflow import Named, Start, Workflow
from threatmodel.rules.importing import Rules

_BY: Speaker = "operator"


def looks_like(document: Document) -> bool:
    """Tell whether an app with a mode stands beside a workflow or a model configuration."""
    root = document.root
    app = bool(root.at("app", "mode").text)
    return app and (root.at("workflow").is_mapping or root.at("model_config").is_mapping)


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
    yield from text(("summary",), app.root.at("app", "description"))
    yield framework(app.root, "Dify", _BY)
    yield from _config(app)
    yield from _features(app)
    yield from _environment(app)
    yield from _plugins(app)


def _steps(app: App) -> Iterator[Statement]:
    """Say what the nodes show beside their tools."""
    for part in (_triggers, _models, _vision, _lookups, _people, _keys, _supply):
        yield from part(app)
    yield from _servers(app)
    yield from _calls_servers(app)
    for node in app.of("http-request"):
        yield from request_facts(node.at("url"), app.rules, _BY)


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
            key: Start(title_of(node), node, _brings(node), tuple(_trigger(node)))
            for key, node in keyed.items()
            if node.at("type").text.startswith("trigger-")
        },
    )
    statements = (*_whole(app), *clear_secrets(root, rules, _BY))
    return (flow.system(root, Found(whole.name, statements, remarks=whole.remarks)),)


# What it says of the rest.


def _triggers(app: App) -> Iterator[Statement]:
    for node in app.nodes:
        if node.at("type").text.startswith("trigger-"):
            yield from _trigger(node)


def _trigger(node: Node) -> Iterator[Statement]:
    """Say what starts it besides a person at its page."""
    yield yes(node, "autonomy.unattended", title_of(node))
    if _brings(node):
        yield yes(node, "facts.t.read_inbound", f"what arrives through {title_of(node)}")


def _brings(node: Node) -> bool:
    """Tell whether a trigger brings what others write."""
    kind = node.at("type").text
    return kind.startswith("trigger-") and kind != "trigger-schedule"


def _config(app: App) -> Iterator[Statement]:
    yield from _model(app.config.at("model"), app)


def _models(app: App) -> Iterator[Statement]:
    places = [node.at("model") for node in app.nodes]
    for node in app.agents:
        given = node.at("agent_parameters", "model")
        places.append(given.at("value") if given.at("value").is_mapping else given)
    for model in places:
        yield from _model(model, app)


def _model(model: Node, app: App) -> Iterator[Statement]:
    name = model.first("name", "model").text
    provider = model.at("provider").text.rsplit("/", 1)[-1]
    if name:
        shown = f"{name} ({provider})" if provider else name
        yield from model_statements(model, shown, _BY, app.rules)


def _features(app: App) -> Iterator[Statement]:
    """Say what people can hand it, and what it does beside the graph."""
    features = app.root.at("workflow", "features")
    for upload in (features.at("file_upload"), app.config.at("file_upload")):
        kinds = [upload, *(kind for _, kind in upload.pairs())]
        if any(kind.at("enabled").is_true for kind in kinds):
            yield yes(upload, "users.hand_over_files")
    files = [v for node in app.of("start") for v in node.at("variables").items()]
    handed = next((v for v in files if v.at("type").text in {"file", "file-list"}), None)
    if handed:
        yield yes(handed, "users.hand_over_files")


def _vision(app: App) -> Iterator[Statement]:
    seen = next((n.at("vision") for n in app.nodes if n.at("vision", "enabled").is_true), None)
    if seen:
        yield yes(seen, "model.multimodal")


def _lookups(app: App) -> Iterator[Statement]:
    """Say which indexes it searches."""
    sets = app.config.at("dataset_configs", "datasets", "datasets")
    places = [*app.of("knowledge-retrieval", "knowledge-index"), *list(sets.items())[:1]]
    for node in places:
        yield yes(node, "retrieval.index", title_of(node) or "a knowledge base")


def _people(app: App) -> Iterator[Statement]:
    for node in app.of("human-input"):
        yield yes(node, "facts.o.hitl", f"{title_of(node)} waits for a person")


def _peers(app: App) -> Iterator[Statement]:
    if len(app.agents) > 1:
        note = f"agents: {names_of(title_of(node) for node in app.agents)}"
        yield yes(app.root, "peers.cooperating", note)


def _environment(app: App) -> Iterator[Statement]:
    """Say which keys it holds; the values of secret variables are left out of an export."""
    for variable in app.root.at("workflow", "environment_variables").items():
        if variable.at("value_type").text == "secret" and variable.at("name").text:
            seen = "clear" if len(variable.at("value").text) > 1 else ""
            yield from credential(variable.at("name").text, variable, seen, by=_BY)  # type: ignore[arg-type]


def _keys(app: App) -> Iterator[Statement]:
    for node in app.of("http-request"):
        if node.at("authorization", "type").text in {"api-key", "bearer", "basic"}:
            name = node.at("authorization", "config", "header").text or "Authorization"
            yield from credential(f"{name} of {title_of(node)}", node.at("authorization"), by=_BY)


def _plugins(app: App) -> Iterator[Statement]:
    for one in app.root.at("dependencies").items():
        identifier = one.at("value").first(
            "marketplace_plugin_unique_identifier", "plugin_unique_identifier"
        )
        note = (
            f"plugin {one_line_cut(identifier.text.partition('@')[0], 100) or one.at('type').text}"
        )
        yield yes(one, "supply.third_party_server", note)
        if one.at("type").text == "marketplace":
            yield yes(one, "supply.marketplace", note)


def _supply(app: App) -> Iterator[Statement]:
    for node in (*app.of("tool"), *agent_tools(app)):
        if node.first("provider_type", "type").text == "mcp":
            yield yes(node, "supply.remote_server", f"{title_of(node)} is a tool of an MCP server")


def _servers(app: App) -> Iterator[Statement]:
    """Say which MCP servers agents call, whose tools an export does not list."""
    for agent in app.agents:
        for key, given in agent.at("agent_parameters").pairs():
            value = given.at("value") if given.is_mapping else given
            if "mcp" not in key.lower() or not value.text:
                continue
            note = f"{title_of(agent)} has the tools of MCP servers that are not listed here"
            yield yes(value, "facts.t.unlisted", note)
            yield from used(endpoint_facts(value, value.text, app.rules, _BY))
            for _, entry in inner_json(value).at("mcpServers").pairs():
                yield from used(entry_facts(entry, app.rules, _BY))


def _calls_servers(app: App) -> Iterator[Statement]:
    """Say which tools only pass calls on to MCP servers, whose tools are not listed."""
    for node in (*app.of("tool"), *agent_tools(app)):
        named = (node.at("tool_name").text, node.first("provider_name", "provider_id").text)
        if any("mcp" in identifier_words(name).lower().split() for name in named):
            note = f"{title_of(node)} calls tools of MCP servers that are not listed here"
            yield yes(node, "facts.t.unlisted", note)


KIND = SourceKind(
    "dify",
    "an app exported from Dify",
    "YAML or JSON with `app` (`name`, `mode`) and `workflow` or `model_config`",
    looks_like,
    read,
    ("yaml", "json"),
    together=as_system(read, read_inner),
)
