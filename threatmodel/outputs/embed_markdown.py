"""Markdown snippet: the badge with a link, and the score in words."""

from threatmodel.assessment import Assessment
from threatmodel.errors import slug
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.claim import claim_of, safe_link
from threatmodel.outputs.pages.labels import PROFILES
from threatmodel.outputs.text import address, long_date, plain


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the snippet."""
    claim = claim_of(assessment, options)
    link = address(safe_link(claim.link))
    words = (
        f"{claim.words}, outdated" if options.outdated and claim.value is not None else claim.words
    )
    badge = f"{slug(assessment.agent.name)}.svg"
    span = (
        f", {claim.low:.1f} to {claim.high:.1f} over the open questions"
        if claim.value is not None and claim.high > claim.low
        else ""
    )
    profile = plain(PROFILES.get(claim.profile, claim.profile))
    date = f" Assessed {plain(long_date(claim.date))}." if claim.date else ""
    data = claim.record
    data = data.replace("<", "\\u003c").replace(">", "\\u003e").replace("-", "\\u002d")
    return (
        f"[![AIVSS: {words}]({badge})]({link})\n\n"
        f"**{plain(claim.agent)}**: AIVSS **{words}**{span} ({profile}).{date}"
        f" [Why this score]({link})\n\n<!-- aivss {data} -->\n"
    )
