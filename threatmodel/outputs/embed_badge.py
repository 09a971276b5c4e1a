"""SVG badge: score and band in 20 pixels of height, or that there is no data."""

from html import escape

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.claim import FILLS, Claim, claim_of

_FIRST_DARK = 3
"""Rank of the first band whose colour takes white letters."""
_DARK, _INK, _WHITE, _DASH = "#24313d", "#15202b", "#ffffff", "#4a5763"
_LABEL_END = 52
# Verdana at 11 pixels, which is what badges are set in: close enough for a box around the words.
_WIDTHS = {" ": 3.9, ".": 4.0, ",": 4.0, "i": 3.0, "l": 3.0, "t": 4.3, "r": 4.7, "m": 10.7}
_LETTER = 6.7


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Draw the badge."""
    return draw(claim_of(assessment, options), outdated=options.outdated)


def draw(claim: Claim, *, outdated: bool = False) -> str:
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
