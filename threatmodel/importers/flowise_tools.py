"""The tools of Flowise nodes: of their own, chosen inside an agent, custom, of MCP servers."""

from collections.abc import Iterator

from threatmodel.importers.parts import inner_json, made, request_words, words_of
from threatmodel.importers.statements import Node
from threatmodel.importers.tools import Definition
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import Rules

_TOOLS = ("Tools", "Tools (MCP)")


def tools_of_node(node: Node, rules: Rules) -> Iterator[Definition]:
    """Make definitions of what one node can do."""
    name, category = node.at("name").text, node.at("category").text
    inputs = node.at("inputs")
    if name in rules.file.flowise.does:
        yield made(_label(node), (rules.file.flowise.does[name],), rules)
    elif name.startswith("http") and inputs.at("url").here:
        words = request_words(inputs.at("method").text, inputs.at("url").text, rules)
        yield made(_label(node), (words,), rules, _free(inputs.at("url")))
    elif category in _TOOLS:
        yield from _tool(node, rules)
    for key, listed in inputs.pairs():
        if key.endswith("Tools"):
            for entry in listed.items():
                yield from _chosen(entry, rules)
    if inputs.at("toolAgentflowSelectedTool").text:
        yield from _chosen(inputs, rules)


def _label(node: Node) -> str:
    return node.at("label").text or node.at("name").text


def _free(url: Node) -> dict[str, Value]:
    return {"url": {"type": "string"}} if not url.text or "{{" in url.text else {}


def _tool(node: Node, rules: Rules) -> Iterator[Definition]:
    """Make a tool of a node of the category Tools; its own name and words come first."""
    inputs = node.at("inputs")
    actions = named_actions(inputs)
    if actions:
        yield from (made(one, (f"{words_of(one)} in {_label(node)}",), rules) for one in actions)
    if actions or inputs.at("mcpServerConfig").here:
        return
    name = inputs.first("customToolName", "toolName", "name").text or node.at("name").text
    says = inputs.first("customToolDesc", "toolDescription", "description").text
    words = [says, node.at("description").text or words_of(node.at("name").text)]
    if inputs.first("customToolFunc", "func").text:
        words.append(rules.file.flowise.does["customFunction"])
    yield made(name, words, rules)


def _chosen(entry: Node, rules: Rules) -> Iterator[Definition]:
    """Make a tool of one that is chosen by name inside an agent, with its settings."""
    name = entry.first("agentSelectedTool", "toolAgentflowSelectedTool", "llmSelectedTool").text
    config = next((value for key, value in entry.pairs() if key.endswith("ToolConfig")), entry)
    actions = named_actions(config)
    if actions:
        yield from (made(one, (f"{words_of(one)} in {words_of(name)}",), rules) for one in actions)
    elif name in rules.file.flowise.does:
        yield made(name, (rules.file.flowise.does[name],), rules)
    elif name and not config.at("mcpServerConfig").here:
        shown = config.first("customToolName", "toolName", "name").text or name
        says = config.first("customToolDesc", "toolDescription", "description").text
        yield made(shown, (says, words_of(name)), rules)


def named_actions(inputs: Node) -> tuple[str, ...]:
    """Give the names of the actions of an MCP server or toolkit that are taken."""
    found: list[str] = []
    for key, value in inputs.pairs():
        if key.endswith("Actions") or key in {"actions", "gmailType"}:
            listed = inner_json(value) if value.text.startswith("[") else value
            found += listed.texts()
    return tuple(found)


def listed_tools(root: Node, rules: Rules) -> Iterator[Definition]:
    """Make a definition of a custom tool that stands in a file of its own."""
    schema = inner_json(root.at("schema")) if root.at("schema").text else root.at("schema")
    properties: dict[str, Value] = {
        one.at("property").text: {
            "type": one.at("type").text or "string",
            "description": one.at("description").text,
        }
        for one in schema.items()
        if one.at("property").text
    }
    words = (root.at("description").text, rules.file.flowise.does["customFunction"])
    yield made(root.at("name").text, words, rules, properties)
