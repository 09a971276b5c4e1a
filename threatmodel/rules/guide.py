"""Write the rule author's guide, frameworks/README.md, from the rules themselves."""

import sys
from collections.abc import Sequence
from functools import partial
from importlib.resources.abc import Traversable

from jinja2 import Environment, StrictUndefined

from threatmodel.files import keep_current, shipped
from threatmodel.rules.compile import SECTIONS
from threatmodel.rules.load import Knowledge, load_knowledge

GUIDE = "README.md"
"""Name of the guide below frameworks/."""

TEMPLATE = "reports/guide.md.j2"
"""How the rules hang together, how to add each kind, and every id."""

_SILENCE = {None: "unknown", True: "true, assumed", False: "false, assumed"}


def guide(knowledge: Knowledge, root: Traversable) -> str:
    """Write the guide; `root` is frameworks/, whose files lend the examples."""
    # Markdown has nothing to escape but the bars of a table.
    made = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701
    made.filters |= {
        "cell": lambda text: text.replace("|", "\\|"),
        "ids": lambda names: " ".join(f"`{name}`" for name in names),
    }
    given = {
        control: [row.id for row in knowledge.mitigations.values() if control in row.gives]
        for control in knowledge.controls
    }
    return (
        made.from_string(shipped(TEMPLATE).read_text("utf-8"))
        .render(
            knowledge=knowledge,
            block=partial(_block, root),
            sections=[section.name for section in SECTIONS],
            given=given,
            silence=_SILENCE,
        )
        .rstrip()
        + "\n"
    )


def main(arguments: Sequence[str], root: Traversable | None = None) -> int:
    """Write the guide, or `--check` it.

    `root` is the folder of rules, by default the one that ships with the package.
    """
    root = root or shipped("frameworks")
    return keep_current(arguments, root, {GUIDE: guide(load_knowledge(), root)})


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
