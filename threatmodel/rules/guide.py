"""Write the rule author's guide, frameworks/README.md, from the rules themselves."""

import sys
from collections.abc import Iterable, Sequence
from importlib.resources.abc import Traversable

from threatmodel.files import keep_current, shipped
from threatmodel.rules.compile import SECTIONS
from threatmodel.rules.load import Knowledge, load_knowledge
from threatmodel.rules.rows import FactRow, ThreatRow

GUIDE = "README.md"
"""Name of the guide below frameworks/."""

PROSE = "reports/guide.md"
"""How the rules hang together, and how to add each kind; filled with examples from the files."""


def guide(knowledge: Knowledge, root: Traversable) -> str:
    """Write the guide; `root` is frameworks/, whose files lend the examples."""
    parts = [
        shipped(PROSE)
        .read_text("utf-8")
        .format(
            version=knowledge.rules_version,
            priority=_priority(knowledge),
            fact=_block(root, "facts/tools.yaml", "t.approve"),
            control=_block(root, "controls.yaml", "k.sod"),
            threat=_block(root, "threats/L6.yaml", "TH-L6-09"),
            mitigation=_block(root, "mitigations.yaml", "mt-sod"),
            sections=", ".join(f"`{section.name}`" for section in SECTIONS),
        ),
        "# Every id\n",
        *_fact_tables(knowledge),
        *_rule_tables(knowledge),
        *_threat_tables(knowledge),
        *_story_tables(knowledge),
    ]
    return "\n".join(parts).rstrip() + "\n"


def main(arguments: Sequence[str], root: Traversable | None = None) -> int:
    """Write the guide, or `--check` it.

    `root` is the folder of rules, by default the one that ships with the package.
    """
    root = root or shipped("frameworks")
    return keep_current(arguments, root, {GUIDE: guide(load_knowledge(), root)})


def _priority(knowledge: Knowledge) -> str:
    table = knowledge.priority
    steps = table.steps
    rows = zip(table.impacts, table.matrix, strict=True)
    words = (
        f"Likelihood rises a step when {steps['raise_one']} of `raise_if` is true and two when "
        f"{steps['raise_two']} are;\nimpact rises a step when any of `raise_impact` is. Controls "
        f"take {steps['reduced']} off likelihood when\n`reduced_by` holds, "
        f"{steps['half_closed']} when at least half of `closed_by` does.\n\n"
    )
    return words + _table(("impact", *table.likelihoods), ((i, *line) for i, line in rows))


def _fact_tables(knowledge: Knowledge) -> Iterable[str]:
    families = sorted({row.family for row in knowledge.facts.values()})
    for family in families:
        rows = [row for row in knowledge.facts.values() if row.family == family]
        yield f"## Facts `{family}.`\n"
        yield _table(
            ("id", "says", "silence means", "seen in"),
            ((f"`{r.id}`", r.says, _silence(r), ", ".join(r.seen_in)) for r in rows),
        )
    yield "## Controls\n"
    given = {
        control: sorted(m.id for m in knowledge.mitigations.values() if control in m.gives)
        for control in knowledge.controls
    }
    yield _table(
        ("id", "says", "given by"),
        ((f"`{r.id}`", r.says, _ids(given[r.id])) for r in knowledge.controls.values()),
    )


def _rule_tables(knowledge: Knowledge) -> Iterable[str]:
    yield "## Capabilities\n"
    yield _table(
        ("id", "says", "when"),
        ((f"`{r.id}`", r.says, f"`{r.text}`") for r in knowledge.capabilities.values()),
    )
    yield "## Layers\n"
    yield _table(
        ("id", "name", "what sits there", "mapped once these are known"),
        ((r.id, r.name, r.about, _ids(r.asks)) for r in knowledge.layers.values()),
    )


def _threat_tables(knowledge: Knowledge) -> Iterable[str]:
    for layer in knowledge.layers.values():
        yield f"## Threats of {layer.id}, {layer.name}\n"
        rows = [row for row in knowledge.threats if row.layer == layer.id]
        yield _table(
            ("id", "title", "when", "closed by", "base", "begins", "attack patterns"),
            (_threat(row) for row in rows),
        )


def _story_tables(knowledge: Knowledge) -> Iterable[str]:
    yield "## Mitigations\n"
    yield _table(
        ("id", "says", "kind", "gives", "clauses"),
        (
            (f"`{r.id}`", r.says, r.kind, _ids(r.gives), _ids(r.clauses))
            for r in knowledge.mitigations.values()
        ),
    )
    yield "## Proxy clauses\n"
    yield _table(("id", "says"), ((f"`{row.id}`", row.says) for row in knowledge.clauses.values()))
    yield "## Chains\n"
    yield _table(
        ("id", "story", "steps", "breaks best at"),
        (
            (f"`{r.id}`", r.name, " → ".join(r.steps), r.breaks_best_at)
            for r in knowledge.chains.values()
        ),
    )
    yield "## Namespaces of references\n"
    yield _table(
        ("namespace", "framework", "note"),
        (
            (f"`{r.id}@{r.version}`", f"[{r.title}]({r.url})", r.note)
            for r in knowledge.namespaces.values()
        ),
    )


def _threat(row: ThreatRow) -> tuple[str, ...]:
    closed_by = f"`{row.texts.closed_by}`" if row.texts.closed_by else "nothing"
    base = f"{row.impact}, {row.likelihood.replace('_', ' ')}"
    when = f"`{row.texts.when}`"
    return f"`{row.id}`", row.title, when, closed_by, base, row.entry, ", ".join(row.attack)


def _silence(row: FactRow) -> str:
    return {None: "unknown", True: "true, assumed", False: "false, assumed"}[row.presumed]


def _ids(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    cells = (" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)
    return "".join(f"| {line} |\n" for line in cells)


def _block(root: Traversable, file: str, name: str) -> str:
    """Cut the block of one id out of a rule file."""
    lines = root.joinpath(*file.split("/")).read_text(encoding="utf-8").splitlines()
    start = lines.index(f"  {name}:")
    stop = start + 1
    while stop < len(lines) and lines[stop].startswith("   "):
        stop += 1
    return "\n".join(lines[start:stop])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
