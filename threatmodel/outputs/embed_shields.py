"""Endpoint JSON of a shields.io badge, for sites that already use one."""

import json

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.claim import Claim, claim_of

_COLOURS = {
    "None": "lightgrey",
    "Low": "f3e0ae",
    "Medium": "e0a030",
    "High": "b93f1c",
    "Critical": "6e0f2b",
}


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
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
        "color": _COLOURS.get(claim.band, "lightgrey") if known and not stale else "lightgrey",
        "isError": False,
    }
    return json.dumps(document, indent=1) + "\n"
