"""Lists of all tools by class, and similar tools on the page of each."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
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


def similar_tools(entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Give what stands in the slot of every tool's page: path in the site and HTML.

    Similar is what has the same name, else what does the same to the same kind of object.
    """
    names: dict[str, list[Placed]] = defaultdict(list)
    effects: dict[str, list[Placed]] = defaultdict(list)
    for entry in entries:
        for tool in entry.tools:
            names[_key(tool.name)].append((entry, tool))
            if tool.effect:
                effects[tool.effect].append((entry, tool))
    for group in (*names.values(), *effects.values()):
        group.sort(key=lambda one: (-(one[0].score or 0), one[0].id, one[1].file))
    for entry in entries:
        for tool in entry.tools:
            same = _others(names[_key(tool.name)], entry, _SHOWN)
            taken = {id(other) for _, other in same}
            alike = [
                one
                for one in _others(effects.get(tool.effect, []), entry, _SHOWN)
                if id(one[1]) not in taken
            ][: _SHOWN - len(same)]
            total = len({e.id for e, _ in names[_key(tool.name)]} - {entry.id})
            yield tool_page(entry, tool, ""), _html(same, alike, tool, total)


def put_similar(page: bytes, html: str) -> bytes:
    """Put similar tools into the slot of a page, in place of those that are there."""
    start = page.index(SLOT[0]) + len(SLOT[0])
    return page[:start] + html.encode() + page[page.index(SLOT[1], start) :]


def digest_of(html: str) -> str:
    """Digest what a slot holds."""
    return hashlib.blake2b(html.encode(), digest_size=8).hexdigest() if html else ""


def _key(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum()) or name


def _others(group: list[Placed], entry: Entry, most: int) -> list[Placed]:
    """Take one tool per other agent."""
    found: dict[str, Placed] = {}
    for other, tool in group:
        if other.id != entry.id and other.id not in found:
            found[other.id] = (other, tool)
            if len(found) == most:
                break
    return list(found.values())


def _html(same: list[Placed], alike: list[Placed], tool: ToolMark, total: int) -> str:
    if not same and not alike:
        return ""
    text = '<section class="blk" aria-labelledby="similar"><h2 id="similar">Similar tools elsewhere</h2>'
    if same:
        text += f'<p class="lead">{count(total, "other agent")} {"has" if total == 1 else "have"} a tool of this name.</p>'
        text += _table(same)
    if alike:
        text += f'<p class="lead">These do the same: {escape(tool.effect)}.</p>{_table(alike)}'
    return f"{text}</section>"


def _table(tools: list[Placed]) -> str:
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
