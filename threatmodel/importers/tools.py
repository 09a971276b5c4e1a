"""Answers to `tools/list`, recordings of MCP sessions and bare lists of tools."""

from collections.abc import Iterator

from threatmodel.description.agent import LISTS, offers_in
from threatmodel.importers.addresses import endpoint_facts
from threatmodel.importers.command import wanted
from threatmodel.importers.definitions import is_tool, readable_tools
from threatmodel.importers.document import LIVE, Document
from threatmodel.importers.parts import unread
from threatmodel.importers.secrets import needed, redacted
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    one_line_cut,
    text,
    yes,
)
from threatmodel.importers.table import kind_of
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import load_rules

_KEPT = ("protocolVersion", "instructions", "capabilities")


def looks_like(document: Document) -> bool:
    """Tell whether tools are listed anywhere the protocol or common habits put them."""
    return any(True for _ in _answers(document.root))


def read(document: Document) -> tuple[Found, ...]:
    """Read tools, and what the server said about itself when the session began."""
    answers = list(_answers(document.root))
    tools, remarks = readable_tools(tool for answer in answers for tool in _tools(answer))
    top = document.root
    hello = next(_greetings(document.root), Node(None, top.source))
    info = hello.at("serverInfo")
    name = info.first("title", "name").text or top.at("package").text or _beside(top, "name").text
    name = name or _stem(document)
    statements = [
        *about(top, info.first("title", "name") if info.here else top, name, "mcp-server"),
        *_package(top, info),
        *text(("summary",), info.at("description") if info.here else _beside(top, "description")),
        *text(("sources", name, "url"), info.at("websiteUrl")),
        *needed(top.at("env_names")),
        *_live(top.at("live")),
    ]
    server: dict[str, Value] = {
        key: hello.at(key).value for key in _KEPT if hello.at(key).value is not None
    }
    server |= _offered(document.root)
    if top.at("tools").here:
        remarks = (*remarks, *unread(top, load_rules().file.keys["tools"]))
    if top.at("live", "login").is_false:
        remarks = (*remarks, "it listed its tools without a login; calls may still need one")
    if top.at("unlisted").is_true:
        told = (
            f"it never stopped listing tools; the list was cut after {len(tools)}, it is not whole"
        )
        statements.append(yes(top.at("unlisted"), "facts.t.unlisted", told, None))
        remarks = (*remarks, told)
    if not tools:
        told = "it lists no tools; many servers list them only after a login"
        remarks = (*remarks, f"{told}, and what an earlier import listed stays")
    # Not an empty list: a server that asks for a login first shows no tools either.
    known = tools or None
    return (Found(one_line_cut(name), tuple(statements), known, server, remarks),)


KIND = kind_of("tools", read=read, looks_like=looks_like)


def _offered(root: Node) -> dict[str, Value]:
    """Keep the prompts and resources of every answer that lists some."""
    found: dict[str, list[Value]] = {}
    for node in (root, *root.items()):
        for place in (node, node.at("result")):
            for key in LISTS:
                listed = place.at(key).value
                found.setdefault(key, []).extend(listed if isinstance(listed, list) else [])
    return {key: part for key, part in offers_in(dict(found)).items() if part}


def _answers(root: Node) -> Iterator[Node]:
    """Yield the lists of tools: of an answer, of each page, of a bare list, of one tool."""
    if isinstance(root.value, list):
        if root.value and all(is_tool(item) for item in root.value):
            yield root
            return
        for item in root.items():
            yield from _listed(item)
        return
    yield from _listed(root)
    # A single tool needs a schema: a name and a description stand on top of any file.
    if isinstance(root.value, dict) and is_tool(root.value) and "inputSchema" in root.value:
        yield Node([root.value], root.source)


def _listed(node: Node) -> Iterator[Node]:
    for tools in (node.at("result", "tools"), node.at("tools")):
        if isinstance(tools.value, list) and all(_may_be_tool(item) for item in tools.value):
            # Many configurations have an empty `tools`, which says nothing of a server.
            if tools.value or _is_answer(node):
                yield tools
            return


def _tools(answer: Node) -> list[Value]:
    return answer.value if isinstance(answer.value, list) else []


def _may_be_tool(value: Value) -> bool:
    """Let a list pass that holds a broken tool: it is reported, not taken for something else."""
    return isinstance(value, dict) and ("name" in value or "function" in value or not value)


def _is_answer(node: Node) -> bool:
    """Tell whether an empty list of tools is an answer, and not a key of something else."""
    keys = set(node.keys)
    return bool(keys & {"jsonrpc", "serverInfo", "protocolVersion", "nextCursor"}) or keys == {
        "tools"
    }


def _greetings(root: Node) -> Iterator[Node]:
    """Yield what `initialize` answered."""
    for node in (root, *root.items()):
        for place in (node, node.at("result")):
            greets = place.at("serverInfo").is_mapping or place.at("protocolVersion").text
            if greets or (place.at("instructions").text and place.at("tools").here):
                yield place


def _beside(top: Node, key: str) -> Node:
    """Give what stands beside a list of tools; what a single tool says is no server's."""
    return top.at(key) if top.at("tools").here else Node(None, top.source)


def _package(top: Node, info: Node) -> list[Statement]:
    """Say which package and version was recorded; the server's own word where there is none."""
    package, version = top.at("package"), top.at("version")
    if not package.text:
        return text(("version",), info.at("version"))
    registry = top.at("registry").text
    name = f"{package.text} ({registry})" if registry else package.text
    return [
        *text(("version",), version if version.text else info.at("version")),
        Statement(
            ("sources", one_line_cut(name), "version"),
            version.text or "?",
            version.origin,
        ),
    ]


def _live(live: Node) -> Iterator[Statement]:
    """Say what a connection showed: how the server was reached, and as which package."""
    if live.at("transport").text == "stdio":
        yield yes(live, "supply.local_server", "it spoke over stdio", None)
    url = live.at("url")
    yield from endpoint_facts(url, url.text, None)
    package, registry = live.at("package"), live.at("registry").text
    if package.text:
        asked = wanted(package.text, registry, load_rules().file.launch.floating)
        name = one_line_cut(f"{redacted(asked.name)} ({registry})")
        version = asked.version or "whichever was current"
        yield Statement(("sources", name, "version"), one_line_cut(version, 100), package.origin)


def _stem(document: Document) -> str:
    label = document.source.label.removeprefix(LIVE)
    stem = label.rsplit(".", 1)[0] if "." in label and "/" not in label else label
    return stem.removesuffix(".tools")
