"""HTML card of 420 by 160 for an iframe: score, range, open threats, link to the rationale."""

from html import escape

from threatmodel.assessment import Assessment
from threatmodel.files import shipped
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.card import body, says
from threatmodel.outputs.claim import Claim, claim_of


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the card."""
    claim = claim_of(assessment, options)
    style = shipped("reports/card.css").read_text("utf-8")
    return page(claim, says(assessment), f"<style>{style}</style>", outdated=options.outdated)


def page(claim: Claim, text: str, head: str, *, outdated: bool) -> str:
    """Write the card of a claim, as a page of its own; `head` brings its styles."""
    told = f"{escape(claim.agent)}: AIVSS {claim.words}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{told}</title>{head}</head>"
        f"<body>{body(claim, text, outdated=outdated)}</body></html>\n"
    )
