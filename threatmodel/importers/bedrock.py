"""Agents of Amazon Bedrock: CloudFormation templates, and requests to and answers of its API."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from threatmodel.errors import InvalidFileError
from threatmodel.importers.definitions import Definition, readable_tools
from threatmodel.importers.document import Document
from threatmodel.importers.group import as_system
from threatmodel.importers.notation import read_json
from threatmodel.importers.openapi import operations
from threatmodel.importers.parts import (
    MOST_PARTS,
    beyond,
    identifier_words,
    made,
    model_statements,
    unread,
)
from threatmodel.importers.places import fitting
from threatmodel.importers.secrets import credential
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    about,
    claimed,
    item,
    names_of,
    yes,
)
from threatmodel.importers.table import kind_of, said
from threatmodel.reading.positions import Value
from threatmodel.reading.yaml import parse
from threatmodel.rules.importing import load_rules

_TYPE = "AWS::Bedrock::Agent"
# Each becomes a file of its own; a template of AWS holds 500 resources of all kinds.
_MOST_AGENTS = 200
_PARAMETER = re.compile(r"\$\{(\w+)\}")
# Ids of models on Bedrock end in the day they were made, such as `20240620-v1`; aliases do not.
_DATED = re.compile(r"\d{8}-v\d")
_SOURCES = "Resources<>.Properties.DataSourceConfiguration.Type"


def looks_like(document: Document) -> bool:
    """Tell whether a template has agents, or an object has the name and model of one."""
    return bool(_agents(document.root))


def read(document: Document) -> tuple[Found, ...]:
    """Read each agent of a template, or the one of a request or answer."""
    agents = [
        (name, _Agent(node, document.root)) for name, node in _agents(document.root)[:_MOST_AGENTS]
    ]
    return tuple(_one(document, name, agent) for name, agent in agents)


KIND = kind_of("bedrock", read=read, looks_like=looks_like, together=as_system(read))


def _agents(root: Node) -> list[tuple[str, Node]]:
    resources = root.at("Resources").pairs()
    found = [(n, r.at("Properties")) for n, r in resources if r.at("Type").text == _TYPE]
    if found:
        return found
    for node in (root, root.at("agent"), root.at("Properties")):
        named = bool(_at(node, "AgentName").text or _at(node, "FoundationModel").text)
        if named and (_at(node, "Instruction").here or _at(node, "ActionGroups").here):
            return [("", node)]
    return []


def _at(node: Node, name: str) -> Node:
    """Go down by a key, which templates write `AgentName` and the API `agentName`."""
    return node.first(name, name[:1].lower() + name[1:])


def _chosen(node: Node) -> Node:
    """Give the text of a value, or the one that it comes to where no condition holds."""
    for key in ("Ref", "Fn::Sub", "Fn::If"):
        if node.at(key).here:
            node = node.at(key)
    texts = [one for one in node.items() if one.text]
    return texts[-1] if texts else node


@dataclass(frozen=True, slots=True)
class _Agent:
    """One agent and the template that it stands in."""

    node: Node
    top: Node

    def value(self, name: str) -> Node:
        """Give a property; a reference to a parameter of the template gives its default."""
        node = _chosen(_at(self.node, name))
        parameter = self.top.at("Parameters", node.text, "Default")
        if parameter.text or not node.text:
            return parameter if parameter.text else node
        return Node(_PARAMETER.sub(self._default, node.text), node.source, node.path)

    def _default(self, found: re.Match[str]) -> str:
        """Put the default of a parameter in its place inside a text."""
        return self.top.at("Parameters", found.group(1), "Default").text or found.group()

    @property
    def groups(self) -> list[Node]:
        """Its action groups that are switched on."""
        listed = list(_at(self.node, "ActionGroups").items())[:MOST_PARTS]
        return [one for one in listed if _at(one, "ActionGroupState").text != "DISABLED"]

    @property
    def collaborators(self) -> list[Node]:
        """The agents that it hands tasks to."""
        return [
            *_at(self.node, "AgentCollaborators").items(),
            *_at(self.node, "Collaborators").items(),
        ]


def _one(document: Document, logical: str, agent: _Agent) -> Found:
    node = agent.node
    name = document.named(agent.value("AgentName").text or logical)
    tools, odd = readable_tools(t for group in agent.groups for t in _tools(group))
    team = bool(agent.collaborators)
    statements = [
        *about(node, node, name, "multi-agent" if team else "agent", agent.value("Description")),
        *_model(agent),
        *said("bedrock", [node]),
        *_role(agent),
        *(statement for group in agent.groups for statement in _group(group)),
        *_web(agent),
        *_peers(agent),
    ]
    remarks = (*odd, *_remarks(agent))
    return Found(name, tuple(statements), tools, remarks=remarks)


def _model(agent: _Agent) -> Iterator[Statement]:
    model = agent.value("FoundationModel")
    yield from model_statements(model, model.text)
    yield yes(model, "facts.mo.hosted", "Amazon runs the model")
    if _DATED.search(model.text):
        yield yes(model, "model.version_pinned", f"{model.text} is one version")


def _role(agent: _Agent) -> Iterator[Statement]:
    """Say which role it acts with, and whether that role may do everything."""
    role = _at(agent.node, "AgentResourceRoleArn")
    if not role.here:
        return
    yield from credential("role of the agent", role, kind="workload-identity", by="operator")
    logical = (role.text or next(iter(role.at("Fn::GetAtt").texts()), "")).split(".")[0]
    resource = agent.top.at("Resources", logical, "Properties")
    for node in resource.all():
        everything = node.text.endswith("/AdministratorAccess")
        everything |= node.at("Action").text == "*" and node.at("Resource").text == "*"
        if everything:
            yield yes(node, "facts.id.admin_scope", f"the role {logical} may do everything")
            return


# Action groups: functions, OpenAPI operations, built-in powers.


def _tools(group: Node) -> Iterator[Definition]:
    built_in = _at(group, "ParentActionGroupSignature").text
    if built_in in load_rules().file.bedrock_groups:
        yield made(built_in, (load_rules().file.bedrock_groups[built_in],))
    for function in _at(_at(group, "FunctionSchema"), "Functions").items():
        name = _at(function, "Name").text
        says = _at(function, "Description").text or identifier_words(name)
        yield made(name, (says,), _parameters(_at(function, "Parameters")))
    yield from operations(_payload(group))


def _parameters(listed: Node) -> dict[str, Value]:
    return {
        name: {
            "type": _at(one, "Type").text or "string",
            "description": _at(one, "Description").text,
        }
        for name, one in listed.pairs()
    }


def _payload(group: Node) -> Node:
    """Give the OpenAPI schema of a group, which may stand in it as text."""
    payload = _at(_at(group, "ApiSchema"), "Payload")
    if payload.is_mapping:
        inner = payload.first("Fn::Sub")
        payload = inner if inner.text else payload
    if not payload.text:
        return payload
    try:
        whole = payload.text.startswith("{")
        value = read_json(payload.text, payload.source) if whole else _yaml(payload)
    except (InvalidFileError, ExceptionGroup):
        return Node(None, payload.source, payload.path)
    return Node(value, payload.source, payload.path)


def _yaml(payload: Node) -> Value:
    return parse(payload.text.encode(), payload.source).value


def _group(group: Node) -> Iterator[Statement]:
    asked = [
        node
        for node in (*group.all(), *_payload(group).all())
        if node.is_mapping
        and "ENABLED"
        in {_at(node, "RequireConfirmation").text, node.at("x-requireConfirmation").text}
    ]
    if asked:
        note = f"calls of {_at(group, 'ActionGroupName').text} are confirmed by the user"
        yield yes(asked[0], "facts.o.hitl", note)
    if _is_elsewhere(group):
        note = f"the schema of {_at(group, 'ActionGroupName').text} stands elsewhere"
        yield yes(group, "facts.t.unlisted", note)
        about = (_at(group, "ActionGroupName").text, _at(group, "Description").text, group)
        yield from claimed([about])


def _is_elsewhere(group: Node) -> bool:
    """Tell whether a group has a schema that the source does not hold."""
    if _at(group, "ParentActionGroupSignature").text:
        return False
    functions = list(_at(_at(group, "FunctionSchema"), "Functions").items())
    return not functions and not _payload(group).at("paths").is_mapping


def _web(agent: _Agent) -> Iterator[Statement]:
    """Say that a knowledge base of the template takes in web pages."""
    for kind in fitting(agent.top, _SOURCES, ". = WEB")[:1]:
        yield yes(kind, "retrieval.outside_content", "a knowledge base takes in web pages")


def _peers(agent: _Agent) -> Iterator[Statement]:
    team = agent.collaborators
    names = [_at(one, "CollaboratorName").text for one in team]
    if team:
        note = f"collaborators: {names_of(names)}"
        node = agent.node
        yield yes(node, "peers.cooperating", note)
        yield yes(node, "peers.delegates", note)
    for one, name in zip(team, names, strict=True):
        yield from item(("peers", "names"), one, name)


def _remarks(agent: _Agent) -> Iterator[str]:
    absent = [_at(g, "ActionGroupName").text for g in agent.groups if _is_elsewhere(g)]
    if absent:
        yield f"schemas of action groups that stand elsewhere, in S3 or code: {names_of(absent)}"
    yield from beyond(len(_agents(agent.top)), "agents", _MOST_AGENTS)
    yield from beyond(len(list(_at(agent.node, "ActionGroups").items())), "action groups")
    off = [*_at(agent.node, "ActionGroups").items()]
    if len(off) > len(agent.groups):
        yield "action groups that are switched off are left out"
    yield from unread(agent.node, load_rules().file.keys["bedrock"])
