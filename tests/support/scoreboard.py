"""How well the classifier fits labels that people gave: confusion matrices and disagreements.

Run `python -m threatmodel.classify.scoreboard FOLDER` on a folder of labelled tool lists.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threatmodel.classify.classify import load_class_rules, read_tool
from threatmodel.classify.result import ToolReading
from threatmodel.description.agent import Annotations, Tool

CLASSES = ("Read", "Write", "Execute", "Destructive", "Financial")
FLAGS = (
    "admin_or_identity",
    "can_exfiltrate",
    "reads_untrusted_content",
    "runs_code",
    "touches_private_data",
)

# Who is right where a keyword-made label and the reading part ways, by label and reading.
JUDGED = {
    ("Financial", "Read"): "reading: looking at money moves none",
    (
        "Financial",
        "Write",
    ): "reading: an invoice, link, plan or reminder is written, nothing is paid",
    ("Financial", "Destructive"): "reading: what is cancelled is gone, no money moves",
    ("Execute", "Read"): "reading: it waits, audits, explains or queries and changes nothing",
    ("Execute", "Write"): "either: state changes, but nothing the caller wrote is run",
    ("Write", "Execute"): "reading: it acts in a live page or starts a run",
    ("Write", "Financial"): "reading: an order or purchase commits money",
    ("Write", "Read"): "reading: validating changes nothing",
    ("Write", "Destructive"): "either: it deletes or overwrites among other things",
    ("Read", "Write"): "either: the words say that something is applied or managed",
    ("Read", "Execute"): "reading: a statement that the caller writes is run",
    ("Destructive", "Read"): "reading: it rates or reviews what others would destroy",
    ("Destructive", "Write"): "either: the text leaves open what is removed",
    ("Destructive", "Execute"): "either: the text is about what others run",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One label beside one reading."""

    name: str
    """Server and tool."""

    label: Mapping[str, Any]
    """What a person or a published page says."""

    reading: ToolReading
    """What the classifier says."""


def read_recordings(folder: Path) -> dict[tuple[str, str], Tool]:
    """Read recorded tool lists: (server, tool name) -> tool; variants add what is missing."""
    found: dict[tuple[str, str], Tool] = {}
    for part in ("mcp", "mcp_variants"):
        for file in sorted((folder / part).glob("*.json")):
            server = file.stem.partition("+")[0]
            for raw in _load(file)["tools"]:
                found.setdefault((server, raw["name"]), as_tool(raw, server))
    return found


def as_tool(raw: Mapping[str, Any], server: str | None = None) -> Tool:
    """Take a tool object as a server sent it."""
    hints = raw.get("annotations")
    return Tool(
        name=raw.get("name") or raw["tool"],
        title=raw.get("title"),
        description=raw.get("description"),
        input_schema=raw.get("inputSchema"),
        annotations=Annotations.of(hints) if hints else None,
        server=server,
    )


def compare(labels: Iterable[Mapping[str, Any]], tools: Mapping[Any, Tool]) -> list[Compared]:
    """Put each label of a recorded tool beside its reading."""
    rules = load_class_rules()
    return [
        Compared(f"{one['server']} {one['tool']}", one, read_tool(tools[key], rules))
        for one in labels
        if (key := (one["server"], one["tool"])) in tools
    ]


def compare_rows(rows: Iterable[Mapping[str, Any]]) -> list[Compared]:
    """Put published rows, which carry their own definition, beside their readings."""
    rules = load_class_rules()
    tools = ((row, as_tool(row)) for row in rows)
    return [
        Compared(f"{row.get('server', '')} {tool.name}".strip(), row, read_tool(tool, rules))
        for row, tool in tools
    ]


def accuracy(pairs: Sequence[Compared], *, lenient: bool = False) -> float:
    """Give the share of equal classes; lenient counts the label's `ambiguous_with` too."""
    return sum(fits(one, lenient=lenient) for one in pairs) / len(pairs)


def fits(one: Compared, *, lenient: bool = False) -> bool:
    """Tell whether the classes agree."""
    allowed = [one.label["category"], *(one.label.get("ambiguous_with", []) if lenient else [])]
    return one.reading.tool_class in allowed


def flag_counts(pairs: Iterable[Compared]) -> dict[str, Counter[str]]:
    """Count right, wrong and missed flags: `tp`, `fp`, `fn` by flag."""
    counts: dict[str, Counter[str]] = {flag: Counter() for flag in FLAGS}
    for one in pairs:
        for flag in FLAGS:
            says, shown = bool(one.label[flag]), flag in one.reading.flags
            counts[flag].update(tp=says and shown, fp=shown and not says, fn=says and not shown)
    return counts


def precision_recall(counts: Iterable[Counter[str]]) -> tuple[float, float]:
    """Give micro precision and recall of some counts."""
    total: Counter[str] = sum(counts, Counter())
    shown, said = total["tp"] + total["fp"], total["tp"] + total["fn"]
    return total["tp"] / max(1, shown), total["tp"] / max(1, said)


def agreement(pairs: Sequence[Compared]) -> float:
    """Give the share on which reading and vendor agree: read, or not read."""
    kept = (bool(one.label["kept_in_read_only"]) for one in pairs)
    return sum(
        (o.reading.tool_class == "Read") == k for o, k in zip(pairs, kept, strict=True)
    ) / len(pairs)


def report(folder: Path) -> str:
    """Write all comparisons of a folder as text."""
    tools = read_recordings(folder)
    labelled = compare(_load(folder / "tool_labels.json")["labels"], tools)
    vendor = compare(_load(folder / "vendor_readonly.json")["tools"], tools)
    lines = [*_labels(labelled), *_vendor(vendor)]
    for name in ("policylayer_tools", "intercept_tools"):
        lines += _published(name, compare_rows(_load(folder / f"{name}.json")))
    return "\n".join([*lines, *_confluent(_load(folder / "confluent_tools.json"))]) + "\n"


def matrix(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Write a confusion matrix, labels down, readings across."""
    counts = Counter(pairs)
    rows = sorted({label for label, _ in counts}, key=lambda one: (one not in CLASSES, one))
    rows.sort(key=lambda one: CLASSES.index(one) if one in CLASSES else len(CLASSES))
    head = "  label \\ reading" + "".join(f"{name:>13}" for name in CLASSES)
    return [
        head,
        *(
            f"  {row:<15}" + "".join(f"{counts[row, c] or '.':>13}" for c in CLASSES)
            for row in rows
        ),
    ]


def _labels(pairs: list[Compared]) -> Iterator[str]:
    sample = [one for one in pairs if one.label["stratum"] == "random"]
    yield f"hand labels, random stratum: {len(sample)} tools"
    yield f"  accuracy {accuracy(sample):.4f} strict, {accuracy(sample, lenient=True):.4f} lenient"
    yield from matrix((o.label["category"], o.reading.tool_class) for o in sample)
    yield f"all strata: {len(pairs)} tools"
    yield from matrix((o.label["category"], o.reading.tool_class) for o in pairs)
    grave = [
        o for o in pairs if o.label["category"] in CLASSES[3:] and o.reading.tool_class == "Read"
    ]
    yield f"  destructive or financial tools classed Read: {len(grave)}"
    counts = flag_counts(pairs)
    precision, recall = precision_recall(counts.values())
    yield f"flags, all strata: precision {precision:.3f}, recall {recall:.3f}"
    for flag, count in counts.items():
        yield f"  {flag:<26} right {count['tp']:>3} wrong {count['fp']:>3} missed {count['fn']:>3}"
    for one in pairs:
        if not fits(one):
            mild = "fits an ambiguous class" if fits(one, lenient=True) else "WRONG"
            yield f"  {one.label['category']} -> {one.reading.tool_class}: {one.name} ({mild})"


def _vendor(pairs: list[Compared]) -> Iterator[str]:
    yield f"vendors' own read-only switches: {agreement(pairs):.4f} of {len(pairs)} agree"
    for one in pairs:
        kept = one.label["kept_in_read_only"]
        if (one.reading.tool_class == "Read") != kept:
            yield f"  {'kept' if kept else 'left out'} -> {one.reading.tool_class}: {one.name}"


def _published(title: str, pairs: list[Compared]) -> Iterator[str]:
    known = [one for one in pairs if one.label["category"] in CLASSES]
    yield f"{title}: {accuracy(known):.4f} of {len(known)} agree (no schema, keyword-made labels)"
    yield from matrix((str(o.label["category"]), o.reading.tool_class) for o in pairs)
    for one in known:
        if not fits(one):
            pair = (one.label["category"], one.reading.tool_class)
            yield f"  {pair[0]} -> {pair[1]}: {one.name} (right: {JUDGED.get(pair, 'label')})"


def _confluent(rows: list[dict[str, Any]]) -> Iterator[str]:
    pairs = compare_rows(rows)
    label = "policylayer_category_inferred"
    yield f"Confluent, classes seen or inferred from published counts: {len(pairs)} tools"
    known = [one for one in pairs if one.label[label]]
    yield from matrix((one.label[label], one.reading.tool_class) for one in known)
    for one in pairs:
        yield from (f"  {one.name}: {text}" for text in one.reading.contradictions)


def _load(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.stdout.write(report(Path(sys.argv[1])))
