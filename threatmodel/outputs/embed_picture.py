"""Embeds to look at: the badge in SVG, and the card as a page for an iframe and a web component."""

import json
from functools import lru_cache
from html import escape

from threatmodel.assessment import Assessment
from threatmodel.errors import slug
from threatmodel.files import shipped
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.claim import FILLS, Claim, claim_of, safe_link
from threatmodel.outputs.pages.labels import PROFILES, mark
from threatmodel.outputs.pages.summary import counts
from threatmodel.outputs.text import count, long_date


def card(assessment: Assessment, options: Options = DEFAULT) -> str:
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


# The badge: score and band in 20 pixels of height.

_FIRST_DARK = 3
"""Rank of the first band whose colour takes white letters."""
_DARK, _INK, _WHITE, _DASH = "#24313d", "#15202b", "#ffffff", "#4a5763"
_LABEL_END = 52
# Verdana at 11 pixels, which is what badges are set in: close enough for a box around the words.
_WIDTHS = {" ": 3.9, ".": 4.0, ",": 4.0, "i": 3.0, "l": 3.0, "t": 4.3, "r": 4.7, "m": 10.7}
_LETTER = 6.7


def badge(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Draw the badge."""
    return draw_badge(claim_of(assessment, options), outdated=options.outdated)


def draw_badge(claim: Claim, *, outdated: bool = False) -> str:
    """Draw the badge of a claim; `outdated` is for a score from an older source."""
    words = f"{claim.words}, outdated" if outdated and claim.value is not None else claim.words
    told = f"AIVSS: {words}"
    known = claim.value is not None
    start = 81 if known else 61
    span = round(sum(_WIDTHS.get(c, _LETTER) for c in words))
    width = start + span + 9
    fill, dark = FILLS[claim.band or "None"], claim.rank >= _FIRST_DARK
    ink = _WHITE if dark and not outdated else _INK
    dashed = outdated or not known
    strong = fill if outdated and dark else ink
    bars = _bars(claim.rank, strong) if known else ""
    data = escape(claim.record)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20"'
        f' viewBox="0 0 {width} 20" role="img" aria-label="{told}"><title>{told}</title>'
        f"<metadata>{data}</metadata>"
        f'<rect width="{width}" height="20" fill="{_DARK}"/>'
        f'<rect x="{_LABEL_END}" y="1" width="{width - _LABEL_END - 1}" height="18"'
        f' fill="{_WHITE if dashed else fill}"/>'
        + (_frame(width) if dashed else "")
        + bars
        + '<g font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f'<text x="8" y="14" fill="{_WHITE}" textLength="32" lengthAdjust="spacingAndGlyphs">'
        f'AIVSS</text><text x="{start}" y="14" fill="{_INK if dashed else ink}"'
        f' textLength="{span}" lengthAdjust="spacingAndGlyphs">{words}</text></g></svg>\n'
    )  # fmt: skip


def _frame(width: int) -> str:
    return (
        f'<rect x="54.5" y="3.5" width="{width - 58}" height="13" fill="none" stroke="{_DASH}"'
        ' stroke-dasharray="2 2"/>'
    )


def _bars(filled: int, ink: str) -> str:
    full = "".join(f"M{61 + 4 * n} 15v-{4 + 2 * n}h3v{4 + 2 * n}z" for n in range(filled))
    hollow = "".join(
        f"M{61.4 + 4 * n:.1f} 14.6v-{3.2 + 2 * n:.1f}h2.2v{3.2 + 2 * n:.1f}z"
        for n in range(filled, 4)
    )
    drawn = f'<path d="{full}" fill="{ink}"/>' if full else ""
    if hollow:
        drawn += f'<path d="{hollow}" fill="none" stroke="{ink}" stroke-width=".8"/>'
    return drawn
