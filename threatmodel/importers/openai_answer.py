"""What an answer of the Responses API shows beside its request: lists of servers, calls made."""

from collections.abc import Iterator

from threatmodel.importers.openai_tools import Offered, kind_of
from threatmodel.importers.statements import Node
from threatmodel.rules.importing import Rules


def offered_in(root: Node) -> Offered:
    """Give the tools that each MCP server listed, by the label of the server."""
    found: dict[str, dict[str, Node]] = {}
    for one in (*root.at("output").items(), *root.at("input").items()):
        if one.at("type").text == "mcp_list_tools":
            own = found.setdefault(one.at("server_label").text, {})
            own |= {tool.at("name").text: tool for tool in one.at("tools").items()}
    return {label: tuple(own.values()) for label, own in found.items() if own}


def flat(listed: Iterator[Node]) -> Iterator[Node]:
    """Yield tools, and those that stand inside a namespace in its place."""
    for tool in listed:
        inner = list(tool.at("tools").items()) if tool.at("type").text == "namespace" else []
        yield from inner or [tool]


def called_in(root: Node, listed: list[Node], rules: Rules) -> Iterator[Node]:
    """Yield a call for each kind of hosted tool that is called and not listed.

    An answer leaves out some tools that its request named, such as the local shell.
    """
    seen = [kind_of(tool) for tool in listed]
    for one in root.at("output").items():
        kind, _, called = one.at("type").text.rpartition("_")
        new = not any(known.startswith(kind) for known in seen)
        if called == "call" and kind in rules.file.hosted_tools and new:
            seen.append(kind)
            yield Node({"type": kind}, one.source, one.path)
