"""What differs between two agents, as text."""

from threatmodel.cli.text import clean, heading, wrapped
from threatmodel.compare import Comparison

_MOST = 40
"""Rows shown of each kind; the JSON has them all."""


def compare_text(found: Comparison) -> str:
    """Lay out a comparison: scores, factors, threats, tools, facts."""
    a, b = (clean(name) for name in found.names)
    parts = [f"{a} {found.scores[0]:.1f}   ->   {b} {found.scores[1]:.1f}\n"]
    parts += _section(
        "Factors",
        [f"{c.name}: {c.before:.2f} -> {c.after:.2f}. {c.why}" for c in found.factors],
    )
    parts += _section(
        "Threats",
        [
            f"{c.id} {c.title}: {c.before} -> {c.after}"
            + (f" ({', '.join(c.facts)})" if c.facts else "")
            for c in found.threats
        ],
    )
    parts += _section(
        "Tools",
        [f"{c.name}: {c.before or 'absent'} -> {c.after or 'absent'}" for c in found.tools],
    )
    words = {True: "true", False: "false", None: "unknown"}
    parts += _section(
        "Facts", [f"{c.id}: {words[c.before]} -> {words[c.after]}" for c in found.facts]
    )
    return "".join(parts)


def _section(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    more = [f"and {len(lines) - _MOST} more\n"] if len(lines) > _MOST else []
    return [heading(title), *(wrapped(line, 2, "- ") for line in lines[:_MOST]), *more]
