"""The data-flow diagram in the words of Mermaid."""

from threatmodel.assessment import Assessment
from threatmodel.outputs.pages.flow import diagram
from threatmodel.outputs.text import cut, one_line

_LETTERS = 120


def flowchart(assessment: Assessment) -> str:
    """Write the flowchart: zones as subgraphs, risky flows thick."""
    drawn = diagram(assessment)
    lines = ["flowchart LR"]
    for number, zone in enumerate(drawn.zones):
        lines.append(f"  subgraph z{number}[{quoted(zone.title)}]")
        lines += [
            f"    {node.key}[{quoted(': '.join((node.title, *node.details)))}]"
            for node in zone.nodes
        ]
        lines.append("  end")
    lines += [
        f"  {flow.start} {'==>' if flow.risky else '-->'}|{quoted(flow.text)}| {flow.end}"
        for flow in drawn.flows
    ]
    unknown = [n.key for z in drawn.zones for n in z.nodes if n.state == "unknown"]
    lines.append("  classDef unknown stroke-dasharray: 4 3")
    if unknown:
        lines.append(f"  class {','.join(unknown)} unknown")
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Quote a label; signs that Mermaid or HTML would read become character codes."""
    safe = "".join(
        c if c.isalnum() or c in " .,:/()_-+" else f"#{ord(c)};"
        for c in cut(one_line(text), _LETTERS)
    )
    return f'"{safe}"'
