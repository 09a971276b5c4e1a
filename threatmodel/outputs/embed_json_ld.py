"""JSON-LD of a score (schema.org), for the head of a web page."""

import json

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.claim import Claim, claim_of, safe_link
from threatmodel.outputs.pages.labels import PROFILES


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the document; it may stand inside a `script` element as it is."""
    return script(claim_of(assessment, options), outdated=options.outdated)


def script(claim: Claim, *, outdated: bool) -> str:
    """Write the document of a claim."""
    text = json.dumps(document(claim, outdated=outdated), ensure_ascii=True, indent=1)
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
