"""A value in a third party's file that knows where it stands and never trips over its shape."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from threatmodel.errors import visible
from threatmodel.reading.positions import Value

_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$-]*|line \d+")


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a source; what is missing is a node too, with the value None."""

    value: Value
    """The value as parsed; None where the source says nothing."""

    source: str
    """Name of the source, for people."""

    path: tuple[str | int, ...] = field(default=())
    """Keys and indices from the top of the source."""

    @property
    def pointer(self) -> str:
        """Way to the value, such as `packages[0].version`; empty for the whole source."""
        parts: list[str] = []
        for step in self.path:
            if isinstance(step, int):
                parts.append(f"[{step}]")
            elif _PLAIN_KEY.fullmatch(step):
                parts.append(f".{step}" if parts else step)
            else:
                parts.append(f'["{visible(step[:80])}"]')
        return "".join(parts)

    @property
    def origin(self) -> str:
        """Source and pointer, as written into descriptions: `server.json: version`."""
        return f"{self.source}: {self.pointer}" if self.path else self.source

    def at(self, *keys: str) -> "Node":
        """Go down by keys; what is not there is a node without a value."""
        node = self
        for key in keys:
            inner = node.value.get(key) if isinstance(node.value, dict) else None
            node = Node(inner, self.source, (*node.path, key))
        return node

    def first(self, *keys: str) -> "Node":
        """Take the first of several spellings of a key that is there."""
        for key in keys:
            node = self.at(key)
            if node.value is not None:
                return node
        return self.at(keys[0])

    @property
    def here(self) -> bool:
        """Whether the source says anything here."""
        return self.value is not None

    @property
    def text(self) -> str:
        """The value if it is text that says something, without outer space; else empty."""
        return self.value.strip() if isinstance(self.value, str) else ""

    @property
    def is_true(self) -> bool:
        """Whether the value is `true`, and not merely something."""
        return self.value is True

    @property
    def is_false(self) -> bool:
        """Whether the value is `false`, and not merely missing."""
        return self.value is False

    @property
    def is_mapping(self) -> bool:
        """Whether the value is a mapping."""
        return isinstance(self.value, dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of a mapping, in the source's order; else none."""
        return tuple(self.value) if isinstance(self.value, dict) else ()

    def pairs(self) -> "Iterator[tuple[str, Node]]":
        """Yield keys and values of a mapping."""
        for key in self.keys:
            yield key, self.at(key)

    def items(self) -> "Iterator[Node]":
        """Yield the items of a list."""
        if isinstance(self.value, list):
            for index, item in enumerate(self.value):
                yield Node(item, self.source, (*self.path, index))

    def texts(self) -> tuple[str, ...]:
        """Give the items of a list that are text."""
        return tuple(item.text for item in self.items() if item.text)

    def all(self) -> "Iterator[Node]":
        """Yield this node and every one below it, top first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            inner = [*node.items(), *(value for _, value in node.pairs())]
            waiting.extend(reversed(inner))
