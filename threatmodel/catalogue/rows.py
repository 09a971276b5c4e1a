"""Rows of the lists of agents and tools; made by hand, for a site has hundreds of thousands."""

from html import escape

from threatmodel.catalogue.entry import Entry, LayerMark, ThreatMark, ToolMark, live_severities
from threatmodel.outputs.pages.labels import KINDS, mark
from threatmodel.outputs.text import cut, long_date

AGENT_HEAD = (
    ("Agent", ""),
    ("Score", "num c-points"),
    ("Band", "c-band"),
    ("Open threats", "c-open"),
    ("Tools", "num c-few"),
    ("Kind", "c-kind"),
)
"""Columns of a list of agents: heading and class."""

THREAT_HEAD = (
    ("Agent", ""),
    ("Severity", "c-band"),
    ("State", "c-state"),
    ("AIVSS here", "num c-points"),
    ("Score", "num c-points"),
)
"""Columns of the agents that a threat touches."""

LAYER_HEAD = (
    ("Agent", ""),
    ("Worst", "c-band"),
    ("Open here", "num c-count"),
    ("Layer", "c-class"),
    ("Score", "num c-points"),
)
"""Columns of the agents of a layer."""

TOOL_HEAD = (("Tool", ""), ("Agent", "c-wide"), ("Effect", "c-wide"), ("Flags", "c-state"))
"""Columns of a list of tools."""

_ABOUT = 140


def agent_row(entry: Entry, root: str) -> str:
    """Write an agent as a row of a list."""
    return (
        f"<tr>{_agent(entry, root, about=True)}{_score(entry)}"
        f'<td data-l="Band">{_band(entry)}</td><td data-l="Open:">{_open(entry)}</td>'
        f'<td class="num" data-l="Tools">{tool_count(entry)}</td>'
        f"<td>{_kind(entry)}</td></tr>"
    )


def report_row(entry: Entry, file: str) -> str:
    """Write an agent with its report, for the summary of a fleet."""
    after = "" if entry.residual is None else f"{entry.residual:.1f}"
    return (
        f'<tr><th scope="row"><a href="{file}">{escape(entry.name)}</a>{_flag(entry)}</th>'
        f'{_score(entry)}<td data-l="Band">{_band(entry)}</td>'
        f'<td class="num" data-l="With the policy">{after}</td>'
        f'<td data-l="Open:">{_open(entry)}</td>'
        f'<td class="num" data-l="Tools">{tool_count(entry)}</td>'
        f"<td>{long_date(entry.assessed)}</td></tr>"
    )


def threat_row(entry: Entry, found: ThreatMark, root: str) -> str:
    """Write an agent that a threat touches."""
    points = "" if found.score is None else f"{found.score:.1f}"
    return (
        f"<tr>{_agent(entry, root)}<td>{severity(found.severity)}</td><td>{found.state}</td>"
        f'<td class="num" data-l="AIVSS here">{points}</td>{_score(entry)}</tr>'
    )


def layer_row(entry: Entry, found: LayerMark, root: str) -> str:
    """Write an agent with how it stands in a layer."""
    sure = "mapped" if found.certain else "not certain"
    return (
        f"<tr>{_agent(entry, root)}<td>{severity(found.worst)}</td>"
        f'<td class="num" data-l="Open here">{found.open}</td>'
        f'<td><span class="mark{"" if found.certain else " unsure"}">{sure}</span></td>'
        f"{_score(entry)}</tr>"
    )


def tool_row(entry: Entry, tool: ToolMark, root: str) -> str:
    """Write a tool as a row of a list."""
    flags = "".join(f'<span class="fl">{letter}</span>' for letter in tool.flags)
    guess = "" if tool.sure else ' <span class="told">a guess</span>'
    return (
        f'<tr><th scope="row"><a href="{tool_page(entry, tool, root)}"><code class="l">'
        f"{escape(cut(tool.name, _ABOUT))}</code></a>{guess}</th>"
        f'<td><a href="{root}agents/{entry.id}/index.html">{escape(entry.name)}</a></td>'
        f"<td>{escape(tool.effect)}</td><td>{flags}</td></tr>"
    )


def tool_page(entry: Entry, tool: ToolMark, root: str) -> str:
    """Give the address of a tool's page."""
    return f"{root}agents/{entry.id}/tools/{tool.file}.html"


def severity(word: str) -> str:
    """Write a severity with its mark; nothing for none."""
    return f'<span class="sev {mark(word)}">{word.capitalize()}</span>' if word else ""


def tool_count(entry: Entry) -> int:
    """Count the tools of an agent."""
    return entry.tools.count("\n") + 1 if entry.tools else 0


def _agent(entry: Entry, root: str, *, about: bool = False) -> str:
    told = entry.summary if about else ""
    what = f'<span class="what">{escape(cut(told, _ABOUT))}</span>' if told else ""
    return (
        f'<th scope="row"><a href="{root}agents/{entry.id}/index.html">{escape(entry.name)}</a>'
        f"{_flag(entry)}{what}</th>"
    )


def _flag(entry: Entry) -> str:
    if not entry.stale and not entry.outdated:
        return ""
    return f' <span class="flagged">{"stale" if entry.stale else "outdated"}</span>'


def _score(entry: Entry) -> str:
    if entry.score is None:
        return '<td class="num" data-l="Score">–</td>'
    span = (
        f'<span class="span">{entry.low:.1f}–{entry.high:.1f}</span>'
        if entry.high > entry.low
        else ""
    )
    return f'<td class="num" data-l="Score"><b>{entry.score:.1f}</b> {span}</td>'


def _band(entry: Entry) -> str:
    return severity(entry.band) if entry.band else "no data"


def _open(entry: Entry) -> str:
    live = live_severities(entry)
    parts = [f"{number} {word}" for word, number in live.items() if number]
    return ", ".join(parts[:2]) or "none"


def _kind(entry: Entry) -> str:
    return "not stated" if entry.kind == "unknown" else KINDS[entry.kind]
