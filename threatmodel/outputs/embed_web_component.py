"""Web component `<aivss-score>`: the card in a shadow root, without any request of its own."""

import json
from functools import lru_cache

from threatmodel.assessment import Assessment
from threatmodel.errors import slug
from threatmodel.files import shipped
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.card import body, says
from threatmodel.outputs.claim import Claim, claim_of


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the script; a page loads it and writes `<aivss-score></aivss-score>`."""
    claim = claim_of(assessment, options)
    key = slug(assessment.agent.name)
    return script(claim, says(assessment), key, outdated=options.outdated)


def script(claim: Claim, text: str, key: str, *, outdated: bool) -> str:
    """Write the script of a claim; `key` is what the element's `agent` attribute names."""
    card = body(claim, text, outdated=outdated)
    card = card.replace("<main ", "<div role=region aria-label=AIVSS ").replace("</main>", "</div>")
    card = card.replace("<h1 ", '<h1 role="heading" aria-level="3" ')
    card = card.replace(' style="', ' data-s="')
    data = claim.record.replace("/", "\\u002f").replace("<", "\\u003c")
    before, after = _parts()
    return f"{before.replace('__KEY__', _literal(key))}{_literal(card)}{after}/* {data} */\n"


@lru_cache(maxsize=1)
def _parts() -> tuple[str, str]:
    """Read the script, with the style sheet put in, up to the card and from there on."""
    text = shipped("reports/aivss-score.js").read_text("utf-8")
    style = shipped("reports/card.css").read_text("utf-8")
    before, after = text.split("__CARD__")
    return before, after.replace("__STYLE__", _literal(style))


def _literal(html: str) -> str:
    """Write text as a JavaScript string that is safe in a script element too."""
    text = json.dumps(html, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
