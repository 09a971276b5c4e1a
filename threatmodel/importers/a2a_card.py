"""A2A agent cards, protocol 0.2, 0.3 and 1.0."""

from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.command_facts import address_of, link_facts
from threatmodel.importers.document import Document
from threatmodel.importers.group import Draft
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.secrets import clean_address
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Found,
    Said,
    answer,
    claimed,
    cut,
    item,
    text,
)
from threatmodel.rules.importing import Rules

_BY: Speaker = "vendor"
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


def looks_like(document: Document) -> bool:
    """Tell whether an object has the name of an agent and the fields only cards have."""
    root = document.root
    signs = sum(root.at(sign).here for sign in _SIGNS)
    offers = root.at("capabilities").here or isinstance(root.at("skills").value, list)
    return bool(root.at("name").text) and signs >= _FEW and offers


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a card."""
    root = document.root
    return (Found(cut(root.at("name").text, LONGEST_NAME), tuple(card_facts(root, rules))),)


def read_peer(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a card as a member; a set of cards gives peers, and no card says who calls whom."""
    draft = Draft(document.root)
    draft.members[document.source.name] = read(document, rules)[0]
    return (draft.found(Found("")),)


KIND = Kind(
    "a2a",
    "an A2A agent card",
    "a JSON object with `name`, `capabilities` or `skills`, and `url` or `supportedInterfaces`",
    looks_like,
    read,
    together=read_peer,
)


def card_facts(root: Node, rules: Rules) -> Iterator[Said]:
    """Say what a card says about an agent."""
    yield from text(("name",), root.at("name"), most=LONGEST_NAME)
    yield Said(("kind",), "agent", root.origin)
    yield Said(("form",), "product", root.origin)
    yield from text(("summary",), root.at("description"))
    yield from text(("vendor",), root.at("provider", "organization"), most=LONGEST_NAME)
    yield from text(("version",), root.at("version"), most=100)
    yield from text(("sources", "documentation", "url"), root.at("documentationUrl"))
    yield answer(("peers", "a2a"), root, yes=True, by=_BY, note="it publishes an agent card")
    for url in _addresses(root):
        yield from _endpoint(url, rules)
    yield from _security(root)
    yield from _modes(root)
    skills = [_skill(skill) for skill in root.at("skills").items()]
    for name, _, node in skills:
        yield from item(("tags",), node, name)
    yield from claimed(skills, _BY)


def _skill(node: Node) -> tuple[str, str, Node]:
    words = " ".join((node.at("description").text, *node.at("tags").texts()))
    return node.first("name", "id").text, words.strip(), node


def _addresses(root: Node) -> Iterator[Node]:
    yield root.at("url")
    for key in ("supportedInterfaces", "additionalInterfaces"):
        for interface in root.at(key).items():
            yield interface.at("url")


def _endpoint(url: Node, rules: Rules) -> list[Said]:
    """Say what the address of an agent shows; it is no tool server, so only who can reach it."""
    address = address_of(url.text)
    said = link_facts(url, url.text, rules, _BY)
    if address and address.is_public:
        note = clean_address(url.text, rules)
        said.append(answer(("network", "public_endpoint"), url, yes=True, by=_BY, note=note))
    return said


def _security(root: Node) -> Iterator[Said]:
    """Say how callers prove who they are; a card that is silent says nothing about it."""
    old = root.at("authentication")
    if old.text.lower() == "none":
        yield _anyone(old, "authentication none")
    schemes = {name: _scheme(scheme) for name, scheme in root.at("securitySchemes").pairs()}
    required = list(root.first("securityRequirements", "security").items())
    free = [n for n in required if n.is_mapping and not (n.keys and _named(n))]
    if free:
        yield _anyone(free[0], "a caller without credentials is among the accepted")
    elif schemes and set(schemes.values()) == {"none"}:
        yield _anyone(root.at("securitySchemes"), "the only scheme is none")
    elif required:
        note = f"required: {', '.join(sorted(set(schemes.values()) - {'none'})) or 'yes'}"
        node = root.first("securityRequirements", "security")
        yield answer(("controls", "server_auth"), node, yes=True, by=_BY, note=note)
    if "mutualtls" in schemes.values() and required:
        node = root.at("securitySchemes")
        yield answer(("controls", "mutual_tls"), node, yes=True, by=_BY)


def _named(requirement: Node) -> tuple[str, ...]:
    """Give the schemes of a requirement, which version 1.0 wraps in `schemes`."""
    inner = requirement.at("schemes")
    return inner.keys if inner.is_mapping else requirement.keys


def _scheme(scheme: Node) -> str:
    """Give the type of a scheme, which version 1.0 writes as the key of a wrapper."""
    kind = scheme.at("type").text or next(iter(scheme.keys), "")
    return kind.lower().removesuffix("securityscheme")


def _anyone(node: Node, note: str) -> Said:
    return answer(("identity", "server_accepts_anyone"), node, yes=True, by=_BY, note=note)


def _modes(root: Node) -> Iterator[Said]:
    modes = root.at("defaultInputModes")
    media = [mode for mode in modes.texts() if mode.lower().split("/")[0] in _MEDIA]
    files = [mode for mode in modes.texts() if mode.lower() in {"file", "application/pdf"}]
    if media:
        note = f"takes {', '.join(media[:5])}"
        yield answer(("model", "multimodal"), modes, yes=True, by=_BY, note=note)
    if media or files:
        note = f"takes {', '.join([*media, *files][:5])}"
        yield answer(("users", "hand_over_files"), modes, yes=True, by=_BY, note=note)
