"""Web component `<aivss-score>`: the card in a shadow root, without any request of its own."""

import json

from threatmodel.assessment import Assessment
from threatmodel.outputs.claim import claim_of
from threatmodel.outputs.embed_card import body, says
from threatmodel.outputs.options import DEFAULT, Options
from threatmodel.resources import shipped


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the module; a page loads it and writes `<aivss-score></aivss-score>`."""
    claim = claim_of(assessment, options)
    style = shipped("reports/card.css").read_text("utf-8")
    card = body(claim, says(assessment), outdated=options.outdated)
    card = card.replace("<main ", "<div role=region aria-label=AIVSS ").replace("</main>", "</div>")
    script = shipped("reports/aivss-score.js").read_text("utf-8")
    data = claim.record.replace("/", "\\u002f").replace("<", "\\u003c")
    return script.replace("__CARD__", _literal(f"<style>{style}</style>{card}")) + f"/* {data} */\n"


def _literal(html: str) -> str:
    """Write text as a JavaScript string that is safe in a script element too."""
    text = json.dumps(html, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
