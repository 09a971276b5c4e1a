"""Several agents of one source as a system: its members, and who hands what to whom."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePath

from threatmodel.description.members import MOST_MEMBERS
from threatmodel.importers.definitions import Definition, readable_tools, unlike
from threatmodel.importers.document import Document, Read
from threatmodel.importers.statements import (
    Found,
    Node,
    Statement,
    names_of,
    one_line_cut,
    text,
)
from threatmodel.reading.positions import Value
from threatmodel.rules.system import Carried, Check

Edge = tuple[str, str]
"""A step and the one that follows it, or that it serves."""

_LONGEST = 110
"""Characters of a name in flows; its limit less room for a number."""

# A picture or a report of more is read by nobody, and walking them is not linear.
_MOST_FLOWS = 2000


@dataclass(frozen=True, slots=True)
class _Party:
    """A person who is a member, a store, or somebody outside."""

    section: str
    name: str
    summary: str
    node: Node

    def statements(self, name: str) -> Iterator[Statement]:
        """Say that it is there."""
        if self.section == "members":
            yield Statement((self.section, name, "kind"), "person", self.node.origin)
        words = f"{self.summary} ({self.node.origin})"
        yield Statement((self.section, name, "summary"), one_line_cut(words), self.node.origin)


_Flow = tuple[str, str, tuple[Carried, ...], Check | None]
"""Keys of its ends, what it carries, what checks it."""


@dataclass(slots=True)
class Draft:
    """A system while it is read; its parts go by keys of the source, as names may be double."""

    root: Node
    members: dict[str, Found] = field(default_factory=dict)
    others: dict[str, _Party] = field(default_factory=dict)
    flows: dict[_Flow, dict[str, Value]] = field(default_factory=dict)
    form: str = "product"
    remarks: list[str] = field(default_factory=list)

    def person(self, key: str, name: str, summary: str, node: Node) -> None:
        """Add a person who reads what goes on."""
        self.others.setdefault(key, _Party("members", name, summary, node))

    def store(self, key: str, name: str, summary: str, node: Node) -> None:
        """Add something that several members write and read."""
        self.others.setdefault(key, _Party("stores", name, summary, node))

    def outsider(self, key: str, name: str, node: Node) -> None:
        """Add somebody outside who is not trusted."""
        self.others.setdefault(key, _Party("outside", name, "outside", node))

    def hand(
        self, sender: str, to: str, *carries: Carried, check: Check | None = None, note: str = ""
    ) -> None:
        """Add a flow; one without `carries` may carry anything, and a source hardly ever says."""
        known = all(end in self.members or end in self.others for end in (sender, to))
        # One more is kept than is read, so that the remark can tell that there are more.
        if sender == to or not known or len(self.flows) > _MOST_FLOWS:
            return
        flow: dict[str, Value] = {"from": sender, "to": to}
        flow |= {"carries": list(carries)} if carries else {}
        flow |= {"checked_by": [check]} if check else {}
        flow |= {"note": one_line_cut(note)} if note else {}
        self.flows.setdefault((sender, to, carries, check), flow)

    def ask(self, sender: str, to: str, note: str = "") -> None:
        """Add a task and what comes back."""
        self.hand(sender, to, "task", note=note)
        self.hand(to, sender)

    def connect(self, edges: Collection[Edge]) -> None:
        """Add the flows of a graph: from part to part, past steps that are no parts."""
        after = steps_after(edges)
        for part in (*self.members, *self.others):
            for end in following(part, after, self):
                self.hand(part, end)

    def found(self, top: Found) -> Found:
        """Give the system; `top` says what holds for all of it, and what it is called, if known."""
        names = self._names()
        flows = [
            flow | {"from": names[start], "to": names[end]}
            for (start, end, *_), flow in islice(self.flows.items(), _MOST_FLOWS)
            if start in names and end in names
        ]
        statements = [*_group(top.name, self.form, self.root), *top.statements]
        statements += [
            one for key, party in self.others.items() for one in party.statements(names[key])
        ]
        statements += [Statement(("flows",), [*flows], self.root.origin)] if flows else []
        members = [
            _as_member(self.members[key], names[key]) for key in names if key in self.members
        ]
        people = any(party.section == "members" for party in self.others.values())
        remarks = [*top.remarks, *_flow_remarks(flows, people=people), *self.remarks]
        if len(self.members) > len(members):
            remarks.append(f"only the first {len(members)} of {len(self.members)} members are read")
        if len(self.flows) > _MOST_FLOWS:
            remarks.append(f"only the first {_MOST_FLOWS} flows are read")
        found = replace(
            top, statements=tuple(statements), members=tuple(members), remarks=tuple(remarks)
        )
        return replace(found, tools=None)

    def _names(self) -> dict[str, str]:
        """Give every part a name of its own."""
        # People, stores and outsiders are few, and flows lead past them: members give way.
        room = max(MOST_MEMBERS - len(self.others), 1)
        called = {key: one.name for key, one in list(self.members.items())[:room]}
        called |= {key: one.name for key, one in self.others.items()}
        names: dict[str, str] = {}
        taken: set[str] = set()
        for key, name in called.items():
            plain = one_line_cut(name, _LONGEST) or "unnamed"
            numbered = (plain, *(f"{plain} {number}" for number in range(2, len(called) + 2)))
            names[key] = next(one for one in numbered if one not in taken)
            taken.add(names[key])
        return names


def _group(name: str, form: str, root: Node) -> Iterator[Statement]:
    yield from text(("name",), root, name)
    yield Statement(("kind",), "multi-agent", root.origin)
    yield Statement(("form",), form, root.origin)


def _as_member(found: Found, name: str) -> Found:
    """Let a finding be a member of that name; what is a group itself is one agent here."""
    statements = (
        replace(one, value={("name",): name, ("kind",): "agent"}[one.path])
        if one.path == ("name",) or (one.path == ("kind",) and one.value == "multi-agent")
        else one
        for one in found.statements
    )
    return replace(found, name=name, statements=tuple(statements))


def _flow_remarks(flows: list[dict[str, Value]], *, people: bool) -> Iterator[str]:
    if not flows:
        yield "no source says who hands what to whom: without `flows` each member stands alone"
    if any("carries" not in flow for flow in flows):
        yield "where a flow has no `carries`, the source does not say what: it may be anything"
    if people:
        yield "a person in a flow counts as one who reads all that goes on: look at what is shown"
    if flows:
        yield "checks of flows that stand elsewhere, or in code, are not seen: add `checked_by`"


def steps_after(edges: Iterable[Edge]) -> dict[str, list[str]]:
    """Give the steps that follow each step."""
    after: dict[str, list[str]] = {}
    for one, end in edges:
        after.setdefault(one, []).append(end)
    return after


def following(start: str, after: Mapping[str, list[str]], draft: Draft) -> Iterator[str]:
    """Yield the parts that come next after a step, past steps that are none."""
    seen, waiting = {start}, deque(after.get(start, ()))
    while waiting:
        step = waiting.popleft()
        if step not in seen:
            seen.add(step)
            if step in draft.members or step in draft.others:
                yield step
            else:
                waiting.extend(after.get(step, ()))


def member(
    name: str,
    node: Node,
    summary: str = "",
    says: Iterable[Statement] = (),
    tools: Iterable[Definition] | None = None,
) -> Found:
    """Make a member: its name, what it is, what it is for, what else is known, and its tools."""
    statements = (
        Statement(("name",), one_line_cut(name), node.origin),
        Statement(("kind",), "agent", node.origin),
        Statement(("form",), "product", node.origin),
        *text(("summary",), node, summary),
        *says,
    )
    kept, odd = (None, ()) if tools is None else readable_tools(unlike(tools))
    return Found(one_line_cut(name), statements, kept, remarks=odd)


Inner = Callable[[Document, Found], tuple[Found, ...]]
"""Reads a source of one agent, of which one reading is known, as a system."""


def as_system(read: Read, inner: Inner | None = None, *, back: bool = True) -> Read:
    """Make a reading that gives the agents of a source as one system.

    Args:
        read: Reads the agents. Those that they hand tasks to by name become members too.
        inner: Reads a source of one agent, which may be a system inside; then `read` has no names.
        back: Whether whoever is handed a task answers, or takes over for good.
    """

    def together(document: Document) -> tuple[Found, ...]:
        founds = read(document)
        if inner and len(founds) == 1:
            return inner(document, founds[0])
        draft = Draft(document.root, dict(zip(map(str, range(len(founds))), founds, strict=False)))
        elsewhere = () if inner else _hand_to_peers(draft, back=back)
        several = PurePath(document.source.name).stem or document.source.label
        name = several if len(founds) > 1 else founds[0].name
        known = f"known by name alone, as they stand elsewhere: {names_of(elsewhere)}"
        return (draft.found(Found(name, remarks=(known,) if elsewhere else ())),)

    return together


def _hand_to_peers(draft: Draft, *, back: bool) -> tuple[str, ...]:
    """Add what members hand each other by name; give the names that the source does not hold."""
    keys = {found.name: key for key, found in draft.members.items()}
    elsewhere: list[str] = []
    for key, found in list(draft.members.items()):
        names = [one.path[2] for one in found.statements if one.path[:2] == ("peers", "names")]
        for name in names:
            if name not in keys:
                keys[name] = f"peer {name}"
                draft.members[keys[name]] = member(name, draft.root)
                elsewhere.append(name)
            if back:
                draft.ask(key, keys[name])
            else:
                draft.hand(key, keys[name])
        statements = (one for one in found.statements if one.path[:2] not in _BY_FLOWS)
        draft.members[key] = replace(found, statements=tuple(statements))
    return tuple(elsewhere)


# What flows say exactly once they are drawn; kept beside them it would be told twice.
_BY_FLOWS = {("peers", "names"), ("peers", "cooperating"), ("peers", "delegates")}
"""What the flows of a system show by themselves."""
