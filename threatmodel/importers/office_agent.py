"""Declarative agents of Microsoft 365 and the app manifests that carry them."""

from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.document import Document
from threatmodel.importers.kind import Kind
from threatmodel.importers.node import Node
from threatmodel.importers.statements import (
    LONGEST_NAME,
    Found,
    Said,
    answer,
    cut,
    item,
    names_of,
    text,
)
from threatmodel.rules.importing import Rules

_BY: Speaker = "vendor"
_SCOPES = ("items_by_sharepoint_ids", "items_by_url", "sites", "urls", "connections", "mailboxes")


def looks_like_agent(document: Document) -> bool:
    """Tell whether an object has a name, instructions and what only declarative agents have."""
    root = document.root
    known = "declarative-agent" in root.at("$schema").text
    parts = any(root.at(k).here for k in ("capabilities", "actions", "conversation_starters"))
    return bool(root.at("name").text) and root.at("instructions").here and (known or parts)


def looks_like_manifest(document: Document) -> bool:
    """Tell whether an object is an app manifest of Microsoft 365."""
    root = document.root
    return bool(root.at("manifestVersion").text) and root.at("name").is_mapping


def read_agent(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read a declarative agent; `$[file(...)]` includes are not followed."""
    root = document.root
    said = [
        *text(("name",), root.at("name"), most=LONGEST_NAME),
        *_agent(root),
        *text(("summary",), root.at("description")),
        *_behaviour(root, rules),
    ]
    remarks = []
    actions = [action.at("file").text for action in root.at("actions").items()]
    if any(actions):
        shown = names_of(action for action in actions if action)
        remarks.append(f"its actions stand in other files: give them as well ({shown})")
    name = cut(root.at("name").text, LONGEST_NAME)
    return (Found(name, tuple(said), remarks=tuple(remarks)),)


def read_manifest(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read an app manifest."""
    del rules
    root = document.root
    name = root.at("name", "short") if root.at("name", "short").text else root.at("name", "full")
    said = [
        *text(("name",), name, most=LONGEST_NAME),
        *_agent(root),
        *text(("summary",), root.at("description").first("short", "full")),
        *text(("vendor",), root.at("developer", "name"), most=LONGEST_NAME),
        *text(("version",), root.at("version"), most=100),
        *text(("sources", "website", "url"), root.at("developer", "websiteUrl")),
    ]
    permissions = root.at("permissions")
    if "messageTeamMembers" in permissions.texts():
        note = "may write to the members of a team"
        said.append(answer(("facts", "t.send_msg"), permissions, yes=True, by=_BY, note=note))
    agents = root.first("copilotAgents", "copilotExtensions").at("declarativeAgents")
    files = [one.at("file").text for one in agents.items() if one.at("file").text]
    remarks: tuple[str, ...] = ()
    if files:
        remarks = (f"the agent stands in another file: give it as well ({names_of(files)})",)
    return (Found(cut(name.text, LONGEST_NAME), tuple(said), remarks=remarks),)


AGENT = Kind(
    "m365-agent",
    "a declarative agent of Microsoft 365",
    "a JSON object with `name`, `instructions` and `capabilities`, `actions` or"
    " `conversation_starters`",
    looks_like_agent,
    read_agent,
)
MANIFEST = Kind(
    "m365-app",
    "an app manifest of Microsoft 365",
    "a JSON object with `manifestVersion` and a mapping `name`",
    looks_like_manifest,
    read_manifest,
)


def _agent(root: Node) -> Iterator[Said]:
    yield Said(("kind",), "agent", root.origin)
    yield Said(("form",), "product", root.origin)
    note = "Microsoft runs the model"
    yield answer(("facts", "mo.hosted"), root, yes=True, by=_BY, note=note)


def _behaviour(root: Node, rules: Rules) -> Iterator[Said]:
    """Say what the capabilities it names let it do, and with how wide a scope."""
    for capability in root.at("capabilities").items():
        name = capability.at("name").text
        known = rules.file.office_capabilities.get(name)
        if not known:
            continue
        scopes = [s for s in _SCOPES if capability.at(s).here]
        scope = f"limited by {scopes[0]}" if scopes else "everything the user can reach"
        if known.reads:
            yield from item(("data", "reads"), capability, f"{known.reads} ({scope})")
        for fact in known.facts:
            note = f"{name}: {known.reads or known.says}, {scope}"
            yield answer(_place(fact), capability, yes=True, by=_BY, note=note)


def _place(fact: str) -> tuple[str, str]:
    """Give the field that states a fact about data, else its entry among the facts."""
    family, _, name = fact.partition(".")
    return ("data", name) if family == "d" else ("facts", fact)
