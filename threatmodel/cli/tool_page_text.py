"""The page about one tool as text."""

from threatmodel.cli.text import band, clean, heading, wrapped
from threatmodel.policy.tool_page import ToolPage


def page_text(page: ToolPage) -> str:
    """Lay out the page: what it does, risk, why a policy, the block, formats, questions."""
    name = clean(page.name)
    parts = [
        f"{name}  {band(page.risk, f'{page.tool_class}, {page.risk} risk')}\n",
        wrapped(page.does),
        "".join(wrapped(signal, 2, "- ") for signal in page.signals),
        heading("Why a policy"),
        wrapped(page.why),
        heading("Attacks that abuse it"),
        "".join(wrapped(f"{p.id}: {p.says} {', '.join(p.threats)}", 2, "- ") for p in page.patterns)
        or "none of the published patterns\n",
        heading("What the policy does"),
        "".join(wrapped(guard, 2, "- ") for guard in page.guards),
        heading("policy.json, for this tool"),
        page.block.rstrip() + "\n",
        heading("In each format"),
        "".join(wrapped(f"{e.policy.title}: {e.how}", 2, "- ") for e in page.formats),
    ]
    if page.similar:
        parts += [heading("Similar tools here"), wrapped(", ".join(page.similar))]
    for answered in page.questions:
        parts += [heading(answered.question), wrapped(answered.answer)]
    return "".join(parts)
