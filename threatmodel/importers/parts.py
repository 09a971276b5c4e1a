"""What kinds of agent descriptions share: made tools, unread keys, keys in clear text, models."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from threatmodel.errors import InvalidFileError
from threatmodel.importers.addresses import address_of, link_facts
from threatmodel.importers.definitions import Definition
from threatmodel.importers.notation import read_json
from threatmodel.importers.secrets import (
    NAME_WORDS,
    clean_address,
    credential,
    is_placeholder,
    looks_random,
    names_secret,
    redacted,
    shape_of,
)
from threatmodel.importers.statements import (
    LONGEST_NOTE,
    Node,
    Statement,
    item,
    names_of,
    one_line_cut,
    yes,
)
from threatmodel.importers.statements import text as text_statements
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import load_rules
from threatmodel.scales import Speaker

MOST_PARTS = 2000
"""Nodes, tools or definitions of one source that are read; no real one comes near."""

_TEMPLATE = re.compile(r"\{\{|\$\{|\$\(|\$env\b|process\.env|os\.environ|\A=")
_ONE_WORD_NAMES = frozenset({"key", "token", "cookie", "secret", "authorization"})
_LOOSE_ENDS = ("key", "token", "cookie")
# Shorter words are names and modes far more often than keys.
_SHORTEST_SECRET = 8
_VALUES = frozenset({"value", "default", "defaultValue"})


def identifier_words(name: str) -> str:
    """Write an identifier as words: `sendMessage` -> `send message`."""
    words = " ".join(word if word.isupper() else word.lower() for word in NAME_WORDS.findall(name))
    return words or name


def made(name: str, words: Sequence[str], properties: dict[str, Value] | None = None) -> Definition:
    """Make a tool definition of what a source says; secrets are left out."""
    text = " ".join(_sentence(part) for part in words if part.strip(" ="))
    tool: Definition = {"name": one_line_cut(redacted(name))}
    if text:
        tool["description"] = one_line_cut(redacted(text), LONGEST_NOTE)
    if properties:
        tool["inputSchema"] = {"type": "object", "properties": properties}
    return tool


def inner_json(node: Node) -> Node:
    """Read JSON that stands in a source as text; empty where it is none."""
    try:
        return Node(read_json(node.text, node.source), node.source, node.path)
    except InvalidFileError:
        return Node(None, node.source, node.path)


def used(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Leave out who can reach a server: that is said of the server, not of who calls it."""
    yield from (one for one in statements if one.path != ("network", "public_endpoint"))


def beyond(count: int, what: str, most: int = MOST_PARTS) -> tuple[str, ...]:
    """Say that only some of many parts are read; empty where all are."""
    return (f"only the first {most} of {count} {what} are read",) if count > most else ()


def unread(node: Node, known: Collection[str], what: str = "") -> tuple[str, ...]:
    """Say which keys are not read; empty where all are."""
    keys = [key for key in node.keys if key not in known]
    place = f" of {what}" if what else ""
    return (f"keys{place} that are not read: {names_of(keys)}",) if keys else ()


def clear_secrets(root: Node, by: Speaker = "operator") -> Iterator[Statement]:
    """Say which keys and passwords stand in a source in clear text, by name or by look."""
    seen: set[str] = set()
    for name, node in _named_texts(root):
        if name not in seen and _is_clear(name, node.text):
            seen.add(name)
            yield from credential(name or "key in clear text", node, "clear", by=by)


def model_statements(node: Node, name: str, by: Speaker = "operator") -> Iterator[Statement]:
    """Say which model decides; names of runners on the own machine show who runs it."""
    yield from text_statements(("model", "name"), node, name)
    parts = {word.lower() for word in NAME_WORDS.findall(name)}
    runner = next((word for word in load_rules().file.own_models if word in parts), "")
    if runner:
        note = f"{runner} runs models on machines of the operator"
        yield yes(node, "facts.mo.self_hosted", note, by=by)


_FETCHES = {"GET": "Fetch", "HEAD": "Fetch", "OPTIONS": "Fetch", "DELETE": "Delete at"}


# What begins a value that is put in at run time: n8n, Dify, shells, Python, and `<your-host>`.
_MADE = re.compile(r"\{\{|\$|\{|<")


def fixed_address(url: str) -> str:
    """Give an address up to where it is made at run time; empty where its host is made then.

    What follows the host at once may be more of the host, so only a path after it settles it.
    """
    url = url.strip().removeprefix("=").lstrip()
    fixed = _MADE.split(url, maxsplit=1)[0]
    _, scheme, rest = fixed.partition("://")
    host, path, _ = rest.partition("/")
    return fixed if scheme and host and (path or fixed == url) else ""


def request_facts(url: Node, by: Speaker = "operator") -> Iterator[Statement]:
    """Say what the address of a request shows: no TLS, keys in it, a private network."""
    given = url.text.removeprefix("=").lstrip()
    address = address_of(fixed_address(given) or given)
    if address is None:
        return
    yield from link_facts(url, given, by)
    if address.is_inside:
        yield yes(url, "network.internal_services", clean_address(given), by=by)


def request_words(method: str, url: str) -> str:
    """Say what an HTTP request does; what is made at run time of its address is not shown."""
    method = (method or "GET").upper().lstrip("=")
    fixed = fixed_address(url)
    where = clean_address(fixed) if fixed else "a URL made at run time"
    where += "…" if fixed and _MADE.search(url) else ""
    verb = "Change data at" if method in {"PUT", "PATCH"} else "Send data to"
    return f"{_FETCHES.get(method, verb)} {where} over HTTP ({one_line_cut(method, 10)})"


def request_tool(name: str, node: Node, url: Node, free: str = "") -> Definition:
    """Make a tool of a step that calls an address; `free` says of one that is made at run time."""
    words = (request_words(node.at("method").text, url.text),)
    fixed = bool(fixed_address(url.text))
    return made(name, words, {} if fixed else {"url": text_property(free)})


def text_property(words: str) -> Value:
    """Give the schema of an argument that is a text."""
    return {"type": "string", "description": words} if words else {"type": "string"}


def framework(node: Node, name: str) -> Statement:
    """Say which framework runs it."""
    return yes(node, "supply.framework", name, by="operator")


def sub_agents(
    node: Node, names: Sequence[str], note: str, by: Speaker | None = None
) -> Iterator[Statement]:
    """Say that other agents work under it; nothing where there are none."""
    if names:
        yield yes(node, "peers.cooperating", note, by=by)
        yield yes(node, "peers.delegates", note, by=by)
    for name in names:
        yield from item(("peers", "names"), node, name)


def _sentence(words: str) -> str:
    words = words.strip().removeprefix("=")
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _named_texts(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield every text with its name: its key, or the `name` beside its `value`."""
    for node in root.all():
        for key, inner in node.pairs():
            if inner.text and key in _VALUES:
                yield node.first("name", "key", "variable").text or key, inner
            elif inner.text:
                yield key, inner
        for inner in node.items():
            if inner.text:
                yield next((str(s) for s in reversed(node.path) if isinstance(s, str)), ""), inner


def _is_clear(name: str, value: str) -> bool:
    if shape_of(value):
        return True
    if not names_secret(name) or _TEMPLATE.search(value) or is_placeholder(value):
        return False
    if len(value) < _SHORTEST_SECRET or " " in value or "://" in value:
        return False
    if name.lower() in _ONE_WORD_NAMES:
        return looks_random(value)
    return not name.lower().endswith(_LOOSE_ENDS) or any(map(str.isdigit, value))
