"""The one list of embeds: static snippets that carry a score and link to its rationale."""

from importlib import import_module

from threatmodel.assessment import Assessment
from threatmodel.outputs.options import Options

EMBEDS = {
    "badge": (".svg", "embed_badge"),
    "shields": (".json", "embed_shields"),
    "card": (".html", "embed_card"),
    "web-component": (".js", "embed_web_component"),
    "json-ld": (".jsonld", "embed_json_ld"),
    "markdown": (".md", "embed_markdown"),
}
"""Kind -> ending of its files, module that renders it."""


def embed(kind: str, assessment: Assessment, *, link: str = "", outdated: bool = False) -> str:
    """Write one embed; `link` is the address of the rationale, the agent's own page by default."""
    module = import_module(f"threatmodel.outputs.{EMBEDS[kind][1]}")
    return str(module.render(assessment, Options(link=link, outdated=outdated)))
