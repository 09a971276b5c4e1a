"""Lists of all tools by class, and similar tools on the page of each."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.entry import Entry, ToolMark
from threatmodel.catalogue.lists import ROOT, Listing, list_pages
from threatmodel.catalogue.markup import fill
from threatmodel.catalogue.rows import TOOL_HEAD, tool_page, tool_row
from threatmodel.outputs.pages.labels import CLASSES
from threatmodel.outputs.text import count, cut

SLOT = (b"<!--similar-->", b"<!--/similar-->")
"""Where similar tools stand on the page of a tool; names of tools are escaped, so none holds it."""

_SHOWN = 8
_ABOUTS = {
    "Financial": "Move or commit money. By default they are denied until a person approves.",
    "Destructive": "Delete or overwrite what cannot be brought back. By default they are hidden.",
    "Execute": "Run code, commands or free queries. By default ten calls a minute.",
    "Write": "Create, change, send or publish. By default thirty calls a minute.",
    "Read": "Retrieve without changing anything. By default they are allowed.",
}

Placed = tuple[Entry, ToolMark]
"""A tool and its agent."""


def tool_lists(entries: Sequence[Entry], choices: Choices) -> Iterator[tuple[str, str]]:
    """Write the list of each class, and the page above them."""
    groups: dict[str, list[Placed]] = {name: [] for name in CLASSES}
    for entry in entries:
        for tool in entry.tools:
            groups[tool.tool_class].append((entry, tool))
    views = [(name, name.lower(), _ABOUTS[name], len(groups[name])) for name in CLASSES]
    yield (
        "tools/index.html",
        fill(
            "tools",
            "../",
            choices,
            views=views,
            total=count(sum(len(group) for group in groups.values()), "tool"),
            agents=count(len(entries), "agent"),
            here="tools",
        ),
    )
    for name, group in groups.items():
        group.sort(key=lambda one: (one[1].name.lower(), one[0].name.lower(), one[0].id))
        listing = Listing(
            f"tools/{name.lower()}",
            "tools",
            f"{name} tools",
            _ABOUTS[name],
            TOOL_HEAD,
            [tool_row(entry, tool, ROOT) for entry, tool in group],
            "tool",
            crumbs=(("Tools", "tools/index.html"),),
        )
        yield from list_pages(listing, choices)


@dataclass(frozen=True, slots=True)
class Alike:
    """What is similar to one tool."""

    tool: ToolMark
    """The tool."""

    same: tuple[Placed, ...]
    """Tools of this name, one for each other agent."""

    doing: tuple[Placed, ...]
    """Tools of other names that do the same to the same kind of object."""

    others: int
    """Other agents that have a tool of this name."""

    @property
    def digest(self) -> str:
        """Digest of what its page shows of them; empty where nothing is similar."""
        if not self.same and not self.doing:
            return ""
        shown = [(e.id, e.name, t.name, t.file, t.tool_class) for e, t in self.same + self.doing]
        return hashlib.blake2b(f"{self.others}{shown}".encode(), digest_size=8).hexdigest()

    @property
    def html(self) -> str:
        """What its page shows of them."""
        if not self.same and not self.doing:
            return ""
        parts = [
            (
                '<section class="blk" aria-labelledby="similar">'
                '<h2 id="similar">Similar tools elsewhere</h2>'
            )
        ]
        if self.same:
            verb = "has" if self.others == 1 else "have"
            told = f"{count(self.others, 'other agent')} {verb} a tool of this name."
            parts += [f'<p class="lead">{told}</p>', _table(self.same)]
        if self.doing:
            told = f"These do the same: {escape(self.tool.effect)}."
            parts += [f'<p class="lead">{told}</p>', _table(self.doing)]
        return "".join([*parts, "</section>"])


def similar_tools(entries: Sequence[Entry]) -> Iterator[tuple[str, Alike]]:
    """Give what is similar to every tool, by the path of its page."""
    names: dict[str, list[Placed]] = defaultdict(list)
    effects: dict[str, list[Placed]] = defaultdict(list)
    for entry in sorted(entries, key=lambda e: (-(e.score or 0), e.id)):
        for tool in entry.tools:
            names[_key(tool.name)].append((entry, tool))
            if tool.effect:
                effects[tool.effect].append((entry, tool))
    first = {key: _one_each(group) for key, group in names.items()}
    doing = {key: _one_each(group)[: 2 * _SHOWN + 2] for key, group in effects.items()}
    for entry in entries:
        for tool in entry.tools:
            key = _key(tool.name)
            group = first[key]
            same = tuple(one for one in group[: _SHOWN + 1] if one[0] is not entry)[:_SHOWN]
            alike = tuple(
                one
                for one in doing.get(tool.effect, ())
                if one[0] is not entry and _key(one[1].name) != key
            )[: _SHOWN - len(same)]
            yield tool_page(entry, tool, ""), Alike(tool, same, alike, len(group) - 1)


def put_similar(page: bytes, html: str) -> bytes:
    """Put similar tools into the slot of a page, in place of those that are there."""
    start = page.index(SLOT[0]) + len(SLOT[0])
    return page[:start] + html.encode() + page[page.index(SLOT[1], start) :]


@lru_cache(maxsize=1 << 16)
def _key(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum()) or name


def _one_each(group: list[Placed]) -> list[Placed]:
    """Take one tool per agent, in the order of the group."""
    found: dict[str, Placed] = {}
    for one in group:
        found.setdefault(one[0].id, one)
    return list(found.values())


def _table(tools: tuple[Placed, ...]) -> str:
    rows = "".join(
        f'<tr><th scope="row"><a href="{tool_page(entry, tool, "../../../")}"><code class="l">'
        f"{escape(cut(tool.name, 80))}</code></a></th><td>{escape(entry.name)}</td>"
        f"<td>{tool.tool_class}</td></tr>"
        for entry, tool in tools
    )
    return (
        '<table class="stack"><thead><tr><th scope="col">Tool</th><th scope="col">Agent</th>'
        f'<th scope="col" class="c-class">Class</th></tr></thead><tbody>{rows}</tbody></table>'
    )
