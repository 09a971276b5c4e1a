"""The data-flow diagram: who exchanges what, read from the description and its facts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from threatmodel.assessment import Assessment
from threatmodel.classify.words import plural
from threatmodel.description.system import System
from threatmodel.outputs.charts.data_flow import Arrow, Box, Zone, cut_short, data_flow
from threatmodel.outputs.pages.system_map import drawn, system_map
from threatmodel.outputs.system import system_of
from threatmodel.outputs.text import count, cut, one_line
from threatmodel.threats.names import joined
from threatmodel.threats.things import JOINING

_TITLE = 48
_THINGS, _THING = 3, 3
"""Things named behind the tools, and words of one: longer ones are pieces of a sentence."""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A flow as a row of the table below the figure."""

    number: int
    way: str
    text: str
    risky: bool
    """Whether it carries text that outsiders wrote, or data to the outside."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """The figure, its table, and the parts that other forms of the model need."""

    figure: str
    """SVG."""
    rows: tuple[FlowRow, ...]
    zones: tuple[Zone, ...]
    """Trust zones with their nodes."""
    flows: tuple[Arrow, ...]
    """Flows between nodes."""
    says: str
    """What the figure shows."""


def diagram(assessment: Assessment, *, whole: bool = False) -> Diagram:
    """Draw who exchanges what; `whole` gives zones and flows that no picture holds as well."""
    system = system_of(assessment)
    found = system_map(system, whole=whole) if system else None
    zones, flows = found[:2] if found else (_zones(assessment), _flows(assessment))
    present = {node.key for zone in zones for node in zone.nodes}
    flows = tuple(f for f in flows if f.start in present and f.end in present)
    titles = {n.key: cut_short(n.title, _TITLE) for zone in zones for n in zone.nodes}
    rows = tuple(
        FlowRow(n, f"{titles[f.start]} → {titles[f.end]}", f.text, f.risky)
        for n, f in enumerate(flows, 1)
    )
    told = "; ".join(f"{row.number} {row.way}: {row.text}" for row in rows)
    title = f"Data flows of {one_line(assessment.agent.name)} across trust boundaries. {told}"
    if found is None:
        return Diagram(data_flow(zones, flows, title), rows, zones, flows, _says(zones, flows))
    figure = Markup() if whole else drawn(found, title)
    return Diagram(figure, rows, zones, flows, found.says)


def _says(zones: tuple[Zone, ...], flows: tuple[Arrow, ...]) -> str:
    """Say how many flows cross a trust border, and which of them are risky."""
    home = {node.key: zone.title for zone in zones for node in zone.nodes}
    crossing = sum(home[flow.start] != home[flow.end] for flow in flows)
    risky = tuple(str(n) for n, flow in enumerate(flows, 1) if flow.risky)
    verb = "crosses" if crossing == 1 else "cross"
    text = f"{crossing} of {count(len(flows), 'flow')} {verb} the edge of a trust zone (tinted)."
    if not risky:
        return f"{text} None is known to carry outsiders' text in, or data out."
    carry = "carries" if len(risky) == 1 else "carry"
    return f"{text} {joined(risky)}, in red, {carry} outsiders' text in, or data out."


def holds(assessment: Assessment, *facts: str) -> bool | None:
    """Tell whether any of some facts is true; None where none is and some are unknown."""
    values = [assessment.facts.facts[f].value for f in facts if f in assessment.facts.facts]
    if any(values):
        return True
    return None if None in values or not values else False


def _zones(assessment: Assessment) -> tuple[Zone, ...]:
    server = assessment.agent.kind == "mcp-server"
    centre: list[Box] = []
    if holds(assessment, "mo.hosted") is not True:
        centre.append(_model(assessment))
    centre.append(_agent(assessment, server=server))
    if holds(assessment, "m.persistent", "m.rag") is not False:
        known = holds(assessment, "m.persistent", "m.rag")
        centre.append(
            Box("memory", "Memory", ("kept across sessions" if known else "not stated",),
                 "known" if known else "unknown")
        )  # fmt: skip
    zones = [Zone("People", 0, (_users(assessment),))]
    if holds(assessment, "mo.hosted"):
        zones.append(Zone("Model provider", 0, (_model(assessment),)))
    zones += _peers(assessment)
    zones.append(Zone("Where it runs", 1, tuple(centre)))
    zones.append(Zone("Tools", 2, (_tools(assessment, server=server), *_keys(assessment))))
    zones.append(Zone("Systems behind", 3, (_data(assessment),)))
    zones += _outside(assessment)
    return tuple(zones)


def _users(assessment: Assessment) -> Box:
    outside = holds(assessment, "in.external_users")
    details = {
        True: "anyone may prompt it",
        False: "inside the organisation",
        None: "who: not stated",
    }
    state: Literal["known", "unknown"] = "unknown" if outside is None else "known"
    return Box("users", "Users", (details[outside],), state)


def _model(assessment: Assessment) -> Box:
    name = getattr(assessment.agent.model, "name", None)
    hosted = holds(assessment, "mo.hosted")
    where = {True: "run by a third party", False: "run by the operator", None: "not stated"}
    details = (one_line(name), where[hosted]) if name else (where[hosted],)
    return Box("model", "Language model", details, "unknown" if hosted is None else "known")


def _agent(assessment: Assessment, *, server: bool) -> Box:
    if server:
        return Box("agent", "Host of the agent", ("calls the server",), "unknown")
    return Box("agent", one_line(assessment.agent.name), ("picks the tools it calls",), "subject")


def _tools(assessment: Assessment, *, server: bool) -> Box:
    readings = assessment.readings
    acting = sum(r.tool_class != "Read" for r in readings)
    details = (
        (f"{count(len(readings), 'tool')}, {acting} that act",) if readings else ("not stated",)
    )
    title = one_line(assessment.agent.name) if server else "Tools"
    state = "subject" if server else ("known" if readings else "unknown")
    return Box("tools", title, details, state)  # type: ignore[arg-type]


def _keys(assessment: Assessment) -> tuple[Box, ...]:
    credentials = assessment.agent.credentials
    if not isinstance(credentials, tuple):
        return (Box("keys", "Credentials", ("not stated",), "unknown"),)
    named = tuple(one_line(c.name or c.kind or "credential") for c in credentials[:3])
    return (Box("keys", "Credentials", named or ("none",)),)


def _data(assessment: Assessment) -> Box:
    reads = getattr(assessment.agent.data, "reads", ())
    if reads:
        return Box("data", "Data and services", tuple(one_line(r) for r in reads[:3]))
    first = (r.effects[0].object.split() for r in assessment.readings if r.effects)
    fit = [one for one in first if 0 < len(one) <= _THING and JOINING.isdisjoint(one)]
    if fit:
        often = Counter(" ".join(one) for one in fit).most_common(_THINGS)
        return Box("data", "Data and services", tuple(plural(thing) for thing, _ in often))
    return Box("data", "Data and services", ("not stated",), "unknown")


def _peers(assessment: Assessment) -> list[Zone]:
    known = holds(assessment, "ma.multi_agent", "ma.delegates", "ma.a2a", "ma.third_party_peer")
    if known is not True:
        return []
    names = tuple(one_line(n) for n in getattr(assessment.agent.peers, "names", ())[:3])
    return [Zone("Other agents", 0, (Box("peers", "Peers", names or ("not named",)),))]


def _outside(assessment: Assessment) -> list[Zone]:
    nodes = []
    if _reads_outsiders(assessment):
        written = getattr(assessment.agent.data, "written_by_outsiders", ())
        details = tuple(one_line(w) for w in written[:2]) or ("write what it reads",)
        nodes.append(Box("outsiders", "Outsiders", details))
    if any("can_exfiltrate" in r.flags for r in assessment.readings):
        nodes.append(Box("world", "Outside addresses", ("chosen by a caller",)))
    return [Zone("Outside", 3, tuple(nodes))] if nodes else []


def _reads_outsiders(assessment: Assessment) -> bool:
    return any("reads_untrusted_content" in r.flags for r in assessment.readings)


def _flows(assessment: Assessment) -> tuple[Arrow, ...]:
    outsiders = _reads_outsiders(assessment)
    back = "results, outsiders' text among them" if outsiders else "results"
    return (
        Arrow("users", "agent", "prompts", risky=bool(holds(assessment, "in.external_users"))),
        Arrow("agent", "model", "context, tool list and results"),
        Arrow("model", "agent", "the next step: an answer or a tool call"),
        Arrow("peers", "agent", "messages and tasks of other agents", risky=True),
        Arrow("agent", "memory", "what is kept"),
        Arrow("agent", "tools", "tool calls with arguments that a model wrote"),
        Arrow("tools", "agent", back, risky=outsiders),
        Arrow("keys", "tools", "the rights of the credential"),
        Arrow("tools", "data", "changes and queries, with those rights"),
        Arrow("data", "tools", "records"),
        Arrow("outsiders", "data", "content that the agent will read", risky=True),
        Arrow("tools", "world", "data, at an address that a caller can choose", risky=True),
    )


# The data-flow diagram in the words of Mermaid.

_LETTERS = 120


_SHAPES = {"box": "[{}]", "store": "[({})]", "party": "([{}])"}
_CLASSES = (
    ("unknown", "stroke-dasharray: 4 3"),
    ("subject", "stroke-width: 3px"),
    ("reached", "stroke: #b93f1c"),
)


def flowchart(assessment: Assessment) -> str:
    """Write the flowchart: zones as subgraphs, risky flows thick."""
    drawn = diagram(assessment)
    lines = ["flowchart LR"]
    for number, (title, zones) in enumerate(by_title(drawn.zones).items()):
        lines.append(f"  subgraph z{number}[{_in_quotes(title)}]")
        lines += [f"    {_shape(node)}" for zone in zones for node in zone.nodes]
        lines.append("  end")
    lines += [
        f"  {flow.start} {'==>' if flow.risky else '-->'}|{_in_quotes(flow.text)}| {flow.end}"
        for flow in drawn.flows
    ]
    marked = {
        "unknown": [n.key for z in drawn.zones for n in z.nodes if n.state == "unknown"],
        "subject": _weakest(assessment, drawn.zones),
        "reached": [n.key for z in drawn.zones for n in z.nodes if z.warm],
    }
    for name, style in _CLASSES:
        if marked[name] or name == "unknown":
            lines.append(f"  classDef {name} {style}")
        if marked[name]:
            lines.append(f"  class {','.join(marked[name])} {name}")
    return "\n".join(lines) + "\n"


def _weakest(assessment: Assessment, zones: Iterable[Zone]) -> list[str]:
    """Give the key of the weakest member of a system; nothing for one agent."""
    found = [n.key for zone in zones for n in zone.nodes if n.state == "subject"]
    return found if isinstance(assessment.agent, System) else []


def by_title(zones: Iterable[Zone]) -> dict[str, list[Zone]]:
    """Put zones together that a picture shows in several columns."""
    found: dict[str, list[Zone]] = {}
    for zone in zones:
        found.setdefault(zone.title, []).append(zone)
    return found


def _shape(node: Box) -> str:
    return node.key + _SHAPES[node.shape].format(_in_quotes(": ".join((node.title, *node.details))))


def _in_quotes(text: str) -> str:
    """Quote a label; signs that Mermaid or HTML would read become character codes."""
    safe = "".join(
        c if c.isalnum() or c in " .,:/()_-+" else f"#{ord(c)};"
        for c in cut(one_line(text), _LETTERS)
    )
    return f'"{safe}"'
