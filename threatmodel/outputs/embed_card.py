"""HTML card of 420 by 160 for an iframe: score, range, open threats, link to the rationale."""

from html import escape

from threatmodel.assessment import Assessment
from threatmodel.outputs.claim import Claim, claim_of
from threatmodel.outputs.options import DEFAULT, Options
from threatmodel.outputs.pages.labels import PROFILES, mark
from threatmodel.outputs.pages.summary import counts
from threatmodel.outputs.text import count, long_date
from threatmodel.resources import shipped

_BARS = {"none": 0, "low": 1, "med": 2, "high": 3, "crit": 4}


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the card."""
    claim = claim_of(assessment, options)
    return page(claim, says(assessment), outdated=options.outdated)


def says(assessment: Assessment) -> str:
    """Say in two short sentences what is open and what acts."""
    found = counts(assessment)
    acting = sum(r.tool_class != "Read" for r in assessment.readings)
    text = f"{count(found.live, 'open threat')}{f' ({found.words})' if found.words else ''}"
    if found.waiting:
        text += f", {found.waiting} to answer"
    if assessment.readings:
        text += f". {acting} of {count(len(assessment.readings), 'tool')} change or delete"
    return f"{text}."


def page(claim: Claim, text: str, *, outdated: bool) -> str:
    """Write the card of a claim, as a page of its own."""
    style = shipped("reports/card.css").read_text("utf-8")
    told = f"{escape(claim.agent)}: AIVSS {claim.words}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{told}</title><style>{style}</style></head>"
        f"<body>{body(claim, text, outdated=outdated)}</body></html>\n"
    )


def body(claim: Claim, text: str, *, outdated: bool) -> str:
    """Write the card itself; the web component shows the same."""
    level = mark(claim.band)
    bars = "".join(f"<i{' class=f' if n < _BARS[level] else ''}></i>" for n in range(4))
    data = claim.record
    data = data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    band = escape(claim.band) + (", outdated" if outdated else "")
    score = "–" if claim.value is None else f"{claim.value:.1f}"
    profile = escape(PROFILES.get(claim.profile, claim.profile))
    date = escape(long_date(claim.date)) or "no date"
    return (
        f'<main class="c{" old" if outdated else ""}">'
        f'<div class="s" aria-hidden="true">{score}</div>'
        f'<div class="b {level if claim.value is not None else "none"}">'
        f"{f'{bars}{band}' if claim.value is not None else 'no data'}</div>"
        f'<h1 dir="auto">{escape(claim.agent)}</h1><p>{escape(text)}</p>{_scale(claim)}'
        f'<div class="d">{date}</div><div class="m"><span class="o">{profile} · </span>'
        f'<a href="{escape(safe_link(claim.link))}" target="_top" rel="noopener">Why this score</a>'
        f'</div><script type="application/json" class="claim">{data}</script></main>'
    )


def safe_link(link: str) -> str:
    """Give a link that only leads to a web page: other schemes lead nowhere."""
    head = (
        link.split("/", maxsplit=1)[0].split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].lower()
    )
    return link if ":" not in head or head in ("http:", "https:") else "#"


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
