"""Embeds of one agent as files, and the snippets that put them on other pages."""

import re
from dataclasses import dataclass
from html import escape, unescape

from threatmodel.catalogue.assets import load_assets
from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.job import Choices
from threatmodel.outputs.claim import Claim
from threatmodel.outputs.embed_picture import draw_badge, page
from threatmodel.outputs.embed_text import endpoint
from threatmodel.outputs.text import address, plain

FILES = {"badge": "badge.svg", "shields": "shields.json", "card": "card.html"}
"""Kind of embed -> its file beside the agent's page."""

SCRIPT = "aivss-score.js"
"""The web component of all agents, at the top of the site: it frames the card of one."""

_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self';"
    " font-src 'self'; base-uri 'none'\">"
)
# The card is framed under a policy without inline styles: places become classes of a style sheet.
_PLACED = re.compile(r'class="(\w)" style="left:(\d+)%(?:;width:(\d+)%)?"')

PLACEHOLDER = "https://catalogue.example/"
"""Stands for the address of a site that was built without one; a script puts in the real one."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Text that shows a score in a page of somebody else's, as an agent's page offers it."""

    id: str
    title: str
    about: str
    text: str


def embed_files(claim: Claim, text: str, *, outdated: bool) -> dict[str, bytes]:
    """Write every embed of an agent; `text` is what its card says."""
    return {
        FILES["badge"]: draw_badge(claim, outdated=outdated).encode(),
        FILES["shields"]: endpoint(claim, outdated=outdated).encode(),
        FILES["card"]: _card(claim, text, outdated=outdated).encode(),
    }


def link_of(id_: str, choices: Choices) -> str:
    """Give the link that an agent's embeds lead to."""
    return _page_address(id_, choices) if choices.address else "index.html"


def card_text(card: str) -> str:
    """Read the text of a card back from its page."""
    return unescape(card.split("<p>", 1)[1].split("</p>", 1)[0])


def _card(claim: Claim, text: str, *, outdated: bool) -> str:
    """Write the card; its styles are a file of the site, so that its policy can forbid others."""
    sheet = f'<link rel="stylesheet" href="../../{load_assets().names["card.css"]}">'
    return _PLACED.sub(_placed, page(claim, text, f"{_POLICY}{sheet}", outdated=outdated))


def _placed(found: re.Match[str]) -> str:
    wide = f" w{found[3]}" if found[3] else ""
    return f'class="{found[1]} x{found[2]}{wide}"'


def _page_address(id_: str, choices: Choices) -> str:
    """Give the public address of an agent's page."""
    return f"{choices.address or PLACEHOLDER}agents/{id_}/index.html"


def snippets(entry: Entry, claim: Claim, choices: Choices, json_ld: str) -> tuple[Snippet, ...]:
    """Write what to paste elsewhere."""
    place = _page_address(entry.id, choices)
    site, here = choices.address or PLACEHOLDER, place.removesuffix("index.html")
    told = f"AIVSS: {claim.words}"
    name = escape(entry.name)
    return (
        Snippet(
            "badge",
            "Badge",
            "20 pixels high, with a link to the rationale.",
            f'<a href="{place}"><img src="{here}badge.svg" alt="{told}" height="20"></a>',
        ),
        Snippet(
            "markdown",
            "Markdown",
            "For a README.",
            f"[![{told}]({here}badge.svg)]({place}) {plain(entry.name)}",
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
            "The card as an element: one script for every agent of the catalogue.",
            f'<script src="{site}{SCRIPT}" defer></script>\n'
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
