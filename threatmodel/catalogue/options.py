"""What a catalogue owner may choose about a site."""

import hashlib
import json
from dataclasses import asdict, dataclass

POLICIES = "policies"
"""Further files: the policy in every format; else a page shows it in the first one alone."""

STALE_AFTER_DAYS = 90
"""Days after which an assessment counts as stale, unless the owner says otherwise."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Choices for one site."""

    title: str = "Agent catalogue"
    """Name of the site."""

    address: str = ""
    """Public address, ending in `/`; empty: every link stays relative and there is no sitemap."""

    stale_after: int = STALE_AFTER_DAYS
    """Days after which an assessment is stale."""

    profile: str = "agentic"
    """Scoring profile."""

    also: tuple[str, ...] = ()
    """Further files per agent: kinds of report, such as `pdf`, `description` and `policies`."""

    day: str = ""
    """ISO date of the build, from the caller; decides what is stale. Empty: nothing is."""

    @property
    def digest(self) -> str:
        """The sha256 over all that changes pages; the day changes only what it makes stale."""
        fields = asdict(self) | {"day": ""}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
