"""Fill a Jinja template with scores: `python examples/jinja/build.py public.html`."""  # noqa: INP001 - a script

import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from threatmodel.catalogue.jinja import score_function

HERE = Path(__file__).parent
AGENTS = HERE.parent.parent / "agents"


def main(target: Path) -> None:
    """Write the page."""
    pages = Environment(loader=FileSystemLoader(HERE), autoescape=True)
    link = "https://catalogue.example/agents/{id}/index.html"
    pages.globals["aivss"] = score_function(AGENTS, link=link)
    template = pages.get_template("page.html.j2")
    target.write_text(template.render(files=["confluent.yaml", "weather.yaml"]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
