"""The card of a score: what an HTML page, an iframe and the web component show alike."""

from html import escape

from threatmodel.assessment import Assessment
from threatmodel.outputs.claim import Claim, safe_link
from threatmodel.outputs.pages.labels import PROFILES, mark
from threatmodel.outputs.pages.summary import counts
from threatmodel.outputs.text import count, long_date

_BARS = {"none": 0, "low": 1, "med": 2, "high": 3, "crit": 4}


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
    bars = "".join(f"<i{' class=f' if n < _BARS[level] else ''}></i>" for n in range(4))
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
