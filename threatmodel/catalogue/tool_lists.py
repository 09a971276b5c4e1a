"""Lists of all tools by class, and similar tools on the page of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from threatmodel.catalogue.entry import Entry, ToolSummary, tools_of
from threatmodel.catalogue.index import Delta, PlacedTool, SiteIndex, all_tools, by_name, rank
from threatmodel.catalogue.job import Choices
from threatmodel.catalogue.lists import (
    ROOT,
    TOOL_HEAD,
    Listing,
    Rows,
    Written,
    list_pages,
    tool_address,
    tool_row,
)
from threatmodel.catalogue.templates import fill_page
from threatmodel.outputs.text import count, cut
from threatmodel.scales import GRAVEST_FIRST

SLOT = (b"<!--similar-->", b"<!--/similar-->")
"""Where similar tools stand on the page of a tool; names of tools are escaped, so none holds it."""

# Similar tools on a page. More than twice as many are looked at, as its own agent's fall out.
_SHOWN = 8
_ABOUTS = {
    "Financial": "Move or commit money. By default they are denied until a person approves.",
    "Destructive": "Delete or overwrite what cannot be brought back. By default they are hidden.",
    "Execute": "Run code, commands or free queries. By default ten calls a minute.",
    "Write": "Create, change, send or publish. By default thirty calls a minute.",
    "Read": "Retrieve without changing anything. By default they are allowed.",
}


def tool_lists(site_index: SiteIndex, choices: Choices) -> Iterator[Written]:
    """Write the lists of tools by class, and the page above them."""
    groups = _by_class(all_tools(site_index))
    views = [(name, name.lower(), _ABOUTS[name], len(groups[name])) for name in GRAVEST_FIRST]
    yield (
        "tools/index.html",
        fill_page(
            "tools",
            "../",
            choices,
            views=views,
            total=count(sum(len(group) for group in groups.values()), "tool"),
            agents=count(len(site_index.agents), "agent"),
            here="tools",
        ),
    )
    old = _by_class(_placed(site_index.delta.old)) if site_index.delta else {}
    new = _by_class(_placed(site_index.delta.new)) if site_index.delta else {}
    for name, group in groups.items():
        if site_index.delta and _listed(old[name]) == _listed(new[name]):
            continue  # its pages stay; putting thirty thousand tools in order takes 0.1 s
        group.sort(key=_key_of)
        listing = Listing(
            f"tools/{name.lower()}",
            "tools",
            f"{name} tools",
            TOOL_HEAD,
            Rows(group, _row, _key_of, (old[name], new[name]) if site_index.delta else None),
            _ABOUTS[name],
            "tool",
            crumbs=(("Tools", "tools/index.html"),),
        )
        yield from list_pages(listing, choices)


def _listed(tools: Iterable[PlacedTool]) -> list[tuple[tuple[str, ...], str]]:
    """Give the places and rows of some tools."""
    return sorted((_key_of(one), _row(one)) for one in tools)


def _by_class(tools: Iterable[PlacedTool]) -> dict[str, list[PlacedTool]]:
    groups: dict[str, list[PlacedTool]] = {name: [] for name in GRAVEST_FIRST}
    for one in tools:
        groups[one[1].tool_class].append(one)
    return groups


def _placed(entries: Iterable[Entry]) -> list[PlacedTool]:
    return [(entry, tool) for entry in entries for tool in tools_of(entry)]


def _row(one: PlacedTool) -> str:
    return tool_row(*one, ROOT)


def _key_of(one: PlacedTool) -> tuple[str, str, str, str]:
    return (one[1].name.lower(), *by_name(one[0]), one[1].file)


@dataclass(frozen=True, slots=True)
class Alike:
    """What is similar to one tool."""

    tool: ToolSummary
    same: tuple[PlacedTool, ...]
    """Tools of this name, one for each other agent."""
    doing: tuple[PlacedTool, ...]
    """Tools of other names that do the same to the same kind of object."""
    others: int
    """Other agents that have a tool of this name."""

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


def similar_tools(site_index: SiteIndex) -> Iterator[tuple[str, str, str]]:
    """Give agent, file and what is similar of each tool for which that may have changed.

    The tools of a changed agent follow each other.
    """
    members = (
        all_tools(site_index) if site_index.delta is None else _near(site_index, site_index.delta)
    )
    heads = {key: _one_each(group) for key, group in _groups(site_index, _keys(members)).items()}
    for entry, tool in members:
        yield entry.id, f"tools/{tool.file}.html", _alike(entry, tool, heads).html


def _near(site_index: SiteIndex, delta: Delta) -> list[PlacedTool]:
    """List the tools of changed agents, and those whose similar tools are others than before."""
    groups = _groups(site_index, _keys(_placed(delta.old + delta.new)))
    changed = {entry.id for entry in delta.new}
    left: dict[str, list[PlacedTool]] = {}
    for entry, tool in _placed(delta.old):
        for key in _keys_of(tool):
            left.setdefault(key, []).append((entry, tool))
    found = _placed(delta.new)
    for key, group in groups.items():
        same = [one for one in group if one[0].id not in changed]
        before = sorted([*same, *left.get(key, [])], key=lambda one: rank(one[0]))
        if _head(before) != _head(group):
            found += same
    return list({(entry.id, tool.file): (entry, tool) for entry, tool in found}.values())


def _head(group: list[PlacedTool]) -> tuple[int, list[tuple[str, ...]]]:
    """Give all that pages show of a group."""
    each = _one_each(group)
    return len(each), [(e.id, e.name, *tool) for e, tool in each[: 2 * _SHOWN + 2]]


def _groups(site_index: SiteIndex, keys: set[str]) -> dict[str, list[PlacedTool]]:
    """Group tools by what makes them alike, those of the highest scores first."""
    groups: dict[str, list[PlacedTool]] = {key: [] for key in keys}
    for entry in site_index.agents:
        for tool in site_index.tools[entry.id]:
            for key in _keys_of(tool):
                if key in groups:
                    groups[key].append((entry, tool))
    return groups


def _keys(tools: Iterable[PlacedTool]) -> set[str]:
    return {key for _, tool in tools for key in _keys_of(tool)}


def _keys_of(tool: ToolSummary) -> tuple[str, ...]:
    """Give what makes tools alike: the name in plain letters, and the effect."""
    return _keys_made(tool.name, tool.effect)


@lru_cache(maxsize=1 << 16)
def _keys_made(name: str, effect: str) -> tuple[str, ...]:
    return (_name_key(name), f"={effect}") if effect else (_name_key(name),)


def _alike(entry: Entry, tool: ToolSummary, heads: dict[str, list[PlacedTool]]) -> Alike:
    key = _name_key(tool.name)
    group = heads[key]
    same = tuple(one for one in group[: _SHOWN + 1] if one[0] is not entry)[:_SHOWN]
    doing = heads[f"={tool.effect}"][: 2 * _SHOWN + 2] if tool.effect else []
    others = [one for one in doing if one[0] is not entry and _name_key(one[1].name) != key]
    return Alike(tool, same, tuple(others[: _SHOWN - len(same)]), len(group) - 1)


@lru_cache(maxsize=1 << 16)
def _name_key(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum()) or name


def _one_each(group: list[PlacedTool]) -> list[PlacedTool]:
    """Take one tool per agent, in the order of the group."""
    found: dict[str, PlacedTool] = {}
    for one in group:
        found.setdefault(one[0].id, one)
    return list(found.values())


def _table(tools: tuple[PlacedTool, ...]) -> str:
    rows = "".join(
        f'<tr><th scope="row"><a href="{tool_address(entry, tool, "../../../")}"><code class="l">'
        f"{escape(cut(tool.name, 80))}</code></a></th><td>{escape(entry.name)}</td>"
        f"<td>{tool.tool_class}</td></tr>"
        for entry, tool in tools
    )
    return (
        '<table class="stack"><thead><tr><th scope="col">Tool</th><th scope="col">Agent</th>'
        f'<th scope="col" class="c-class">Class</th></tr></thead><tbody>{rows}</tbody></table>'
    )
