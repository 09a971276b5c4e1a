"""Embeds as text for others to draw: JSON-LD, Markdown, the endpoint of a shields.io badge."""

from threatmodel.assessment import Assessment
from threatmodel.errors import slug
from threatmodel.files import indented_json
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.claim import FILLS, Claim, claim_of, safe_link
from threatmodel.outputs.pages.labels import PROFILES
from threatmodel.outputs.text import address, long_date, plain

# JSON-LD of schema.org, for the head of a web page.


def json_ld(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the document; it may stand inside a `script` element as it is."""
    return script(claim_of(assessment, options), outdated=options.outdated)


def script(claim: Claim, *, outdated: bool) -> str:
    """Write the document of a claim."""
    text = indented_json(document(claim, outdated=outdated), " ", ascii_only=True)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text + "\n"


def document(claim: Claim, *, outdated: bool) -> dict[str, object]:
    """Give the claim as a schema.org review of a software application."""
    found: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Review",
        "name": f"AIVSS {claim.words}",
        "itemReviewed": {"@type": "SoftwareApplication", "name": claim.agent},
        "reviewAspect": f"Agentic AI risk, {PROFILES.get(claim.profile, claim.profile)}",
        "author": {"@type": "Organization", "name": "aivss"},
        "url": safe_link(claim.link),
        "additionalProperty": [
            {"@type": "PropertyValue", "name": f"aivss:{name}", "value": value}
            for name, value in {
                **claim.fields,
                "digest": claim.digest,
                "outdated": outdated,
            }.items()
            if value is not None
        ],
    }
    if claim.value is not None:
        found["reviewRating"] = {
            "@type": "Rating",
            "ratingValue": claim.value,
            "bestRating": 0,
            "worstRating": 10,
            "ratingExplanation": f"{claim.band}; 10 is the highest risk",
        }
    if claim.date:
        found["datePublished"] = claim.date
    return found


# Markdown: the badge with a link, and the score in words.


def markdown(assessment: Assessment, options: Options = DEFAULT) -> str:
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


# Endpoint JSON of a shields.io badge, for sites that already use one.


def shields(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the endpoint document (schema version 1)."""
    return endpoint(claim_of(assessment, options), outdated=options.outdated)


def endpoint(claim: Claim, *, outdated: bool) -> str:
    """Write the endpoint document of a claim."""
    known = claim.value is not None
    stale = outdated and known
    document = {
        "schemaVersion": 1,
        "label": "AIVSS",
        "message": f"{claim.words}, outdated" if stale else claim.words,
        "color": FILLS[claim.band][1:] if claim.rank and not stale else "lightgrey",
        "isError": False,
    }
    return indented_json(document, " ", ascii_only=True) + "\n"
