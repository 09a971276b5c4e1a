"""Records of agents: A2A agent cards and OASF records."""

from collections.abc import Iterator
from dataclasses import replace

from threatmodel.importers.addresses import address_of, link_facts
from threatmodel.importers.command_facts import entry_facts, image_facts
from threatmodel.importers.document import Document
from threatmodel.importers.group import Draft
from threatmodel.importers.secrets import clean_address, variables
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    claimed,
    item,
    one_line_cut,
    text,
    yes,
)
from threatmodel.importers.table import Own, kind_of, said
from threatmodel.scales import Speaker

_SIGNS = (
    "skills",
    "capabilities",
    "supportedInterfaces",
    "additionalInterfaces",
    "defaultInputModes",
    "protocolVersion",
    "securitySchemes",
    "authentication",
)
_FEW = 2
"""Signs that make a card; names and addresses alone are found in any file."""
_MEDIA = ("image", "audio", "video")


def looks_like_card(document: Document) -> bool:
    """Tell whether an object has the name of an agent and the fields only cards have."""
    root = document.root
    signs = sum(root.at(sign).here for sign in _SIGNS)
    offers = root.at("capabilities").here or isinstance(root.at("skills").value, list)
    return bool(root.at("name").text) and signs >= _FEW and offers


def _read_peer(document: Document) -> tuple[Found, ...]:
    """Read a card as a member; a set of cards gives peers, and no card says who calls whom.

    Cards of one name are about one agent where they have the same address.
    """
    draft = Draft(document.root)
    addresses = (url.text for url in _addresses(document.root))
    address = next((clean_address(one) for one in addresses if one), document.source.label)
    draft.members[document.source.name] = replace(CARD.read(document)[0], identity=address)
    return (draft.found(Found("")),)


def _skills(listed: Node, by: Speaker) -> Iterator[Statement]:
    skills = [_skill(skill) for skill in listed.items()]
    for name, _words, node in skills:
        yield from item(("tags",), node, name)
    yield from claimed(skills, by)


def _skill(node: Node) -> tuple[str, str, Node]:
    words = " ".join((node.at("description").text, *node.at("tags").texts()))
    return node.first("name", "id").text, words.strip(), node


def _addresses(root: Node) -> Iterator[Node]:
    yield root.at("url")
    for key in ("supportedInterfaces", "additionalInterfaces"):
        for interface in root.at(key).items():
            yield interface.at("url")


def _endpoint(url: Node, by: Speaker) -> list[Statement]:
    """Say what the address of an agent shows; it is no tool server, so only who can reach it."""
    address = address_of(url.text)
    statements = link_facts(url, url.text, by)
    if address and address.is_public:
        statements.append(yes(url, "network.public_endpoint", clean_address(url.text), by=by))
    return statements


def _security(root: Node, by: Speaker) -> Iterator[Statement]:
    """Say how callers prove who they are; a card that is silent says nothing about it."""
    # Early cards have this; later ones `security`, and from 1.0 on `securityRequirements`.
    old = root.at("authentication")
    if old.text.lower() == "none":
        yield _anyone(old, "authentication none", by)
    schemes = {name: _scheme(scheme) for name, scheme in root.at("securitySchemes").pairs()}
    required = list(root.first("securityRequirements", "security").items())
    # Any of the requirements is enough, so that an empty one lets everybody in.
    free = [n for n in required if n.is_mapping and not (n.keys and _named(n))]
    if free:
        yield _anyone(free[0], "a caller without credentials is among the accepted", by)
    elif schemes and set(schemes.values()) == {"none"}:
        yield _anyone(root.at("securitySchemes"), "the only scheme is none", by)
    elif required:
        note = f"required: {', '.join(sorted(set(schemes.values()) - {'none'})) or 'yes'}"
        node = root.first("securityRequirements", "security")
        yield yes(node, "controls.server_auth", note, by=by)
    if "mutualtls" in schemes.values() and required:
        node = root.at("securitySchemes")
        yield yes(node, "controls.mutual_tls", by=by)


def _named(requirement: Node) -> tuple[str, ...]:
    """Give the schemes of a requirement, which version 1.0 wraps in `schemes`."""
    inner = requirement.at("schemes")
    return inner.keys if inner.is_mapping else requirement.keys


def _scheme(scheme: Node) -> str:
    """Give the type of a scheme, which version 1.0 writes as the key of a wrapper."""
    kind = scheme.at("type").text or next(iter(scheme.keys), "")
    return kind.lower().removesuffix("securityscheme")


def _anyone(node: Node, note: str, by: Speaker) -> Statement:
    return yes(node, "identity.server_accepts_anyone", note, by=by)


def _modes(modes: Node, by: Speaker) -> Iterator[Statement]:
    media = [mode for mode in modes.texts() if mode.lower().split("/")[0] in _MEDIA]
    files = [mode for mode in modes.texts() if mode.lower() in {"file", "application/pdf"}]
    if media:
        yield yes(modes, "model.multimodal", f"takes {', '.join(media[:5])}", by=by)
    if media or files:
        note = f"takes {', '.join([*media, *files][:5])}"
        yield yes(modes, "users.hand_over_files", note, by=by)


_CARD: Own = {"endpoint": _endpoint, "security": _security, "modes": _modes, "skills": _skills}
CARD = kind_of("a2a", looks_like=looks_like_card, together=_read_peer, own=_CARD)


def _read_record(document: Document) -> tuple[Found, ...]:
    """Read a record."""
    root = document.root
    statements = [
        *text(("name",), root.at("name")),
        Statement(("kind",), _kind(root), root.at("modules").origin),
        Statement(("form",), "product", root.origin),
        *said("oasf", [root], {"image_at": _image, "module": _module}),
    ]
    return (Found(one_line_cut(root.at("name").text), tuple(statements)),)


RECORD = kind_of("oasf", read=_read_record)


def _kind(root: Node) -> str:
    """Say what is described: a record that only wraps an MCP server is that server."""
    names = [module.at("name").text.lower() for module in root.at("modules").items()]
    servers = [name for name in names if name.endswith("/mcp")]
    return (
        "mcp-server"
        if servers and len(servers) == len(names) and not root.at("skills").here
        else "agent"
    )


def _image(url: Node, by: Speaker) -> list[Statement]:
    image = url.text.partition("://")[2] or url.text
    return image_facts(url, image, by) if url.text else []


def _module(module: Node, by: Speaker) -> Iterator[Statement]:
    name, data = module.at("name").text.lower(), module.at("data")
    if name.endswith("/mcp"):
        for connection in (*data.at("connections").items(), *data.at("servers").items()):
            yield from entry_facts(connection, by)
            yield from _variables(connection, by)
    elif name.endswith("/a2a"):
        card = data.at("card_data")
        if card.is_mapping:
            called, summary = card.at("name"), card.at("description")
            yield from about(card, called, called.text, "agent", summary)
            yield from said("a2a", [card], _CARD)
        else:
            yield yes(module, "peers.a2a", by=by)
    elif name.endswith(("model", "language_model")):
        for model in data.at("models").items():
            yield from _model(model, by)
    elif "skills" in name:
        yield yes(module, "supply.skills", by=by)


def _model(model: Node, by: Speaker) -> Iterator[Statement]:
    yield from text(("model", "name"), model.at("model"))
    address = address_of(model.at("api_base").text)
    if address and address.is_public:
        yield yes(model.at("api_base"), "facts.mo.hosted", by=by)
    elif address and address.is_loopback:
        yield yes(model.at("api_base"), "facts.mo.self_hosted", by=by)
    yield from _variables(model, by)


def _variables(node: Node, by: Speaker) -> Iterator[Statement]:
    pairs = (
        (variable.at("name").text, variable.at("default_value").text, variable)
        for variable in node.at("env_vars").items()
    )
    yield from variables(pairs, by, local=True)
