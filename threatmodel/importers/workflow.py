"""A workflow with several agents as a system: each with what serves it, and what they share."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from threatmodel.importers.group import Draft, Edge, following, steps_after
from threatmodel.importers.statements import Found, Node, Statement, names_of
from threatmodel.rules.system import Carried

# A state that steps share, as stores: who writes and reads what, as few of them as say it.

ANY = "*"
"""Stands for every key."""


class Use(NamedTuple):
    """What a step reads and writes."""

    reads: frozenset[str]
    """Keys, or `ANY`."""
    writes: frozenset[str]
    """Keys, or `ANY`."""


NOTHING = Use(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class SharedState:
    """A state that steps share."""

    node: Node
    """Where it stands."""
    uses: Mapping[str, Use]
    """Step -> what it reads and writes."""
    wordless: frozenset[str]
    """Keys that hold no text, such as a count or a yes or no: nothing travels in them."""


class Kept(NamedTuple):
    """Keys that the same parts hand each other."""

    keys: tuple[str, ...]
    """The keys; empty for all that there are."""
    writers: frozenset[str]
    """Parts that write one of them."""
    readers: frozenset[str]
    """Parts that read one of them."""


def kept(state: SharedState, parts_of: Callable[[str], Collection[str]]) -> list[Kept]:
    """Give who hands what to whom by a state.

    Keys are put together where nobody gets more by that: those with the same writers, and those
    with the same readers.

    Args:
        state: What the steps read and write.
        parts_of: The parts that a step belongs to; what a step of none reads it hands on in what
            it writes.
    """
    named = {key for use in state.uses.values() for keys in use for key in keys} - {ANY}
    keys = sorted(named - state.wordless) or [ANY]
    steps = {
        step: (_of(keys, use.reads), _of(keys, use.writes)) for step, use in state.uses.items()
    }
    writers: dict[str, set[str]] = {key: set() for key in keys}
    readers: dict[str, set[str]] = {key: set() for key in keys}
    for step, (reads, writes) in steps.items():
        for part in parts_of(step):
            for side, touched in ((readers, reads), (writers, writes)):
                for key in touched:
                    side[key].add(part)
    passing = [uses for step, uses in steps.items() if not parts_of(step)]
    _hand_on(passing, writers)
    rows = [Kept((key,), frozenset(writers[key]), frozenset(readers[key])) for key in keys]
    rows = _together(_together(rows, lambda row: row.writers), lambda row: row.readers)
    return [row._replace(keys=() if row.keys == (ANY,) else row.keys) for row in rows]


def _of(keys: Collection[str], used: Collection[str]) -> list[str]:
    return [key for key in keys if key in used or ANY in used]


def _hand_on(
    passing: Collection[tuple[Collection[str], Collection[str]]], writers: dict[str, set[str]]
) -> None:
    """Count who wrote what a step of no part reads as who writes what it writes from it."""
    changed = True
    while changed:
        changed = False
        for reads, writes in passing:
            came = {part for key in reads for part in writers[key]}
            for key in writes:
                changed |= not came <= writers[key]
                writers[key] |= came


def _together(rows: Iterable[Kept], by: Callable[[Kept], frozenset[str]]) -> list[Kept]:
    found: dict[frozenset[str], Kept] = {}
    for row in rows:
        found[by(row)] = _joined(found[by(row)], row) if by(row) in found else row
    return list(found.values())


def _joined(one: Kept, other: Kept) -> Kept:
    writers, readers = one.writers | other.writers, one.readers | other.readers
    return Kept((*one.keys, *other.keys), writers, readers)


# A graph of steps.

Named = tuple[str, Node]
"""What a step is called, and where it stands."""


@dataclass(frozen=True, slots=True)
class Start:
    """A step with which it begins."""

    name: str
    node: Node
    outside: bool
    """Whether it brings what outsiders write."""
    statements: tuple[Statement, ...] = ()
    """What that says of whoever comes next."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A graph of steps, by keys of the source."""

    steps: Collection[str]
    """All that are switched on."""
    agents: Mapping[str, Named]
    """Those in which a model chooses what to do."""
    acting: Collection[str]
    """Others that do something, unasked by a model."""
    follows: Collection[Edge]
    """Which step comes after which."""
    part: Callable[[str, Node, Collection[str]], Found]
    """Reads some of the steps as a member of a name."""
    asking: Mapping[str, Named] = field(default_factory=dict)
    """Those that wait for a person before it goes on."""
    starts: Mapping[str, Start] = field(default_factory=dict)
    """Those with which it begins."""
    serves: Collection[Edge] = ()
    """Which step is the model, the tool or the memory of which."""
    memories: Mapping[str, Named] = field(default_factory=dict)
    """Those that remember; several agents may share one."""
    states: Collection[SharedState] = ()
    """What steps read and write beside what they hand to the next."""

    def system(self, root: Node, top: Found) -> Found:
        """Give it as a system; `top` says what holds for all of it."""
        draft = Draft(root)
        owned = {key: behind(key, self.serves, self.agents) for key in self.agents}
        for key, (name, node) in self.agents.items():
            draft.members[key] = self.part(name, node, {key, *owned[key]})
        for key, (name, node) in self.asking.items():
            draft.person(key, name, "is asked before it goes on", node)
        freed = self._rest(draft, owned, root)
        follows = [(self._place(start), self._place(end)) for start, end in self.follows]
        freed += self._begin(draft, follows)
        self._share(draft, owned)
        draft.connect(follows)
        return draft.found(replace(top, statements=(*top.statements, *freed)))

    @property
    def _around(self) -> str:
        """Give the key of the steps around the agents; a source may call a step anything."""
        return "_" * (max(map(len, self.steps), default=0) + 1)

    def _place(self, step: str) -> str:
        """Give the part that a step belongs to; steps that are none are passed through."""
        return self._around if step in self.acting and step not in self.asking else step

    def _rest(
        self, draft: Draft, owned: Mapping[str, set[str]], root: Node
    ) -> tuple[Statement, ...]:
        """Add a member for what belongs to no agent; give what is said where none of it acts."""
        taken = {*self.agents, *self.starts}.union(*owned.values())
        rest = self.part("steps around the agents", root, set(self.steps) - taken)
        if any(self._place(step) == self._around for step in self.acting if step not in taken):
            draft.members[self._around] = rest
            return ()
        return tuple(one for one in rest.statements if one.path[0] not in _OF_ONE)

    def _begin(self, draft: Draft, follows: Iterable[Edge]) -> tuple[Statement, ...]:
        """Say of the members that come first what starts them; add who is outside."""
        freed: list[Statement] = []
        after = steps_after(follows)
        for key, start in self.starts.items():
            agents = [one for one in following(key, after, draft) if one in draft.members]
            for one in agents:
                found = draft.members[one]
                draft.members[one] = replace(
                    found, statements=(*found.statements, *start.statements)
                )
            if start.outside:
                draft.outsider(key, f"whoever writes to {start.name}", start.node)
            if not agents:
                freed += start.statements
        return tuple(freed)

    def _share(self, draft: Draft, owned: Mapping[str, set[str]]) -> None:
        """Add what several agents remember in, and the agents that are tools of others."""
        for key, (name, node) in self.memories.items():
            users = [agent for agent, steps in owned.items() if key in steps]
            if len(users) > 1:
                draft.store(key, name, "a memory that several agents use", node)
                for agent in users:
                    draft.hand(agent, key)
                    draft.hand(key, agent)
        for start, end in self.serves:
            if start in self.agents and end in self.agents:
                draft.ask(end, start)
        self._keep_states(draft, owned)

    def _keep_states(self, draft: Draft, owned: Mapping[str, set[str]]) -> None:
        """Add what steps leave for each other in a state."""
        before = len(draft.flows)
        for number, state in enumerate(self.states):
            for one in kept(state, partial(self._parts, draft, owned)):
                self._keep(draft, one, f"state {number} {' '.join(one.keys)}", state.node)
        if len(draft.flows) > before:
            draft.remarks.append(_SHARED)

    def _parts(self, draft: Draft, owned: Mapping[str, set[str]], step: str) -> list[str]:
        """Give the parts that a step belongs to: none where it is only passed through."""
        found = [agent for agent, steps in owned.items() if step in steps]
        place = self._place(step)
        return found or ([place] if place in draft.members or place in draft.others else [])

    def _keep(self, draft: Draft, one: Kept, key: str, node: Node) -> None:
        """Add a part of a state: a store, or a flow where it has one writer and one reader.

        A person reads what is shown, which is no key of the state.
        """
        writers = [part for part in draft.members if part in one.writers]
        readers = [part for part in draft.members if part in one.readers]
        carries: tuple[Carried, ...] = ("text", "data")
        if not any(writer != reader for writer in writers for reader in readers):
            return
        keys = names_of(one.keys, 12)
        if len(writers) == 1 and len(readers) == 1:
            draft.hand(writers[0], readers[0], *carries, note=f"in the state: {keys}")
            return
        name = f"state: {names_of(one.keys, 2)}" if one.keys else "state"
        says = f"what the steps of the graph write and read{f': {keys}' if keys else ''}"
        draft.store(key, name, says, node)
        for part in writers:
            draft.hand(part, key, *carries)
        for part in readers:
            draft.hand(key, part, *carries)


_SHARED = (
    "steps that share a state read what any of them wrote into it: past a person who was shown"
    " something else, and in a later run where the state is kept"
)
_OF_ONE = ("name", "kind", "form", "summary")


def behind(part: str, edges: Iterable[Edge], parts: Collection[str]) -> set[str]:
    """Give everything that serves a part: what leads to it without passing another part."""
    before: dict[str, list[str]] = {}
    for start, end in edges:
        before.setdefault(end, []).append(start)
    found: set[str] = set()
    waiting = list(before.get(part, ()))
    while waiting:
        step = waiting.pop()
        if step not in found and step not in parts:
            found.add(step)
            waiting.extend(before.get(step, ()))
    return found
