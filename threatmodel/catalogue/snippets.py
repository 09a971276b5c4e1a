"""Embeds of one agent as files, and the snippets that put them on other pages."""

from dataclasses import dataclass
from html import escape

from threatmodel.assessment import Assessment
from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.entry import Entry
from threatmodel.outputs.claim import Claim
from threatmodel.outputs.embeds import embed
from threatmodel.outputs.markdown_text import address, plain

FILES = {
    "badge": "badge.svg",
    "shields": "shields.json",
    "card": "card.html",
    "web-component": "aivss-score.js",
    "json-ld": "score.jsonld",
    "markdown": "badge.md",
}
"""Kind of embed -> its file beside the agent's page."""

PLACEHOLDER = "https://catalogue.example/"
"""Stands for the address of a site that was built without one; a script puts in the real one."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """One snippet."""

    id: str
    """Its anchor."""

    title: str
    """Its heading."""

    about: str
    """What it is for."""

    text: str
    """What to paste."""


def embed_files(assessment: Assessment, entry: Entry, choices: Choices) -> dict[str, bytes]:
    """Write every embed of an agent."""
    link = page_address(entry.id, choices) if choices.address else "index.html"
    outdated = bool(entry.stale or entry.outdated)
    return {
        file: embed(kind, assessment, link=link, outdated=outdated).encode()
        for kind, file in FILES.items()
    }


def page_address(id_: str, choices: Choices) -> str:
    """Give the public address of an agent's page."""
    return f"{choices.address or PLACEHOLDER}agents/{id_}/index.html"


def snippets(entry: Entry, claim: Claim, choices: Choices, json_ld: str) -> tuple[Snippet, ...]:
    """Write what to paste elsewhere."""
    page = page_address(entry.id, choices)
    here = page.removesuffix("index.html")
    told = f"AIVSS: {claim.words}"
    name = escape(entry.name)
    return (
        Snippet(
            "badge",
            "Badge",
            "20 pixels high, with a link to the rationale.",
            f'<a href="{page}"><img src="{here}badge.svg" alt="{told}" height="20"></a>',
        ),
        Snippet(
            "markdown",
            "Markdown",
            "For a README.",
            f"[![{told}]({here}badge.svg)]({page}) {plain(entry.name)}",
        ),
        Snippet(
            "card",
            "Card",
            "420 by 160 pixels, in a frame of its own; narrower works too.",
            f'<iframe src="{here}card.html" width="420" height="160" title="AIVSS of {name}"'
            ' style="border:0" loading="lazy"></iframe>',
        ),
        Snippet(
            "component",
            "Web component",
            "The card as an element: no frame, no request besides its script, light and dark.",
            f'<script src="{here}aivss-score.js" defer></script>\n'
            f'<aivss-score agent="{entry.id}"></aivss-score>',
        ),
        Snippet(
            "shields",
            "Endpoint badge",
            "For sites that draw badges from an endpoint document.",
            address(f"{here}shields.json"),
        ),
        Snippet(
            "json-ld",
            "JSON-LD",
            "For search engines: goes into the head of a page.",
            f'<script type="application/ld+json">\n{json_ld.strip()}\n</script>',
        ),
    )
