"""The card of a score, 420 by 160: as an HTML page for an iframe, and as a web component."""

import json
from functools import lru_cache
from html import escape

from threatmodel.assessment import Assessment
from threatmodel.errors import slug
from threatmodel.files import shipped
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.claim import Claim, claim_of, safe_link
from threatmodel.outputs.pages.labels import PROFILES, mark
from threatmodel.outputs.pages.summary import counts
from threatmodel.outputs.text import count, long_date


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


def says(assessment: Assessment) -> str:
    """Say in two short sentences what is open and what acts."""
    found = counts(assessment)
    text = count(found.live, "open threat")
    if found.words:
        text += f", {found.words.split(',')[0]}"
    elif found.waiting:
        text += f", {found.waiting} to answer"
    if assessment.readings:
        acting = sum(r.tool_class != "Read" for r in assessment.readings)
        text += f". {acting} of {count(len(assessment.readings), 'tool')} change or delete"
    return f"{text}."


def body(claim: Claim, text: str, *, outdated: bool) -> str:
    """Write the card itself; the web component shows the same."""
    level = mark(claim.band)
    bars = "".join(f"<i{' class=f' if n < claim.rank else ''}></i>" for n in range(4))
    data = claim.record
    data = data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    band = escape(claim.band)
    score = "–" if claim.value is None else f"{claim.value:.1f}"
    profile = escape(PROFILES.get(claim.profile, claim.profile))
    source = "<b>outdated</b>" if outdated else f'<span class="o">{profile}</span>'
    date = escape(long_date(claim.date)) or "no date"
    return (
        f'<main class="c{" old" if outdated else ""}">'
        f'<div class="s" aria-hidden="true">{score}</div>'
        f'<div class="b {level if claim.value is not None else "none"}">'
        f"{f'{bars}{band}' if claim.value is not None else 'no data'}</div>"
        f'<h1 dir="auto">{escape(claim.agent)}</h1><p>{escape(text)}</p>{_scale(claim)}'
        f'<div class="d">{date}</div><div class="m">{source} · '
        f'<a href="{escape(safe_link(claim.link))}" target="_top" rel="noopener">Why this score</a>'
        f'</div><script type="application/json" class="claim">{data}</script></main>'
    )


def _scale(claim: Claim) -> str:
    if claim.value is None:
        return ""
    left, wide = claim.low * 10, (claim.high - claim.low) * 10
    told = f"Score {claim.value:.1f} of 10, {escape(claim.band)}."
    span = ""
    if claim.high > claim.low:
        told += f" Range {claim.low:.1f} to {claim.high:.1f}."
        middle = min(max(left + wide / 2, 12), 88)
        span = (
            f'<span class="r" style="left:{left:.0f}%;width:{wide:.0f}%"></span>'
            f'<span class="t" style="left:{middle:.0f}%">'
            f"{claim.low:.1f} to {claim.high:.1f}</span>"
        )
    return (
        f'<div class="sc" role="img" aria-label="{told}"><span class="low"></span>'
        '<span class="med"></span><span class="high"></span><span class="crit"></span>'
        f'{span}<span class="n" style="left:{claim.value * 10:.0f}%"></span></div>'
    )


# The same card in a shadow root, without any request of its own: `<aivss-score>`.


def web_component(assessment: Assessment, options: Options = DEFAULT) -> str:
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
