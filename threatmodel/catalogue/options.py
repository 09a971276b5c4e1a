"""What a catalogue owner may choose about a site."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace

POLICIES = "policies"
"""Further files: the policy in every format; else a page shows it in the first one alone."""

CONDITIONS = "conditions"
"""On each agent's page, the cheapest conditions for a yes, as `aivss advise` finds them."""

FEW = 100
"""Agents up to which a site has them unasked: the search takes about as long as all else does."""

STALE_AFTER_DAYS = 90
"""Days after which an assessment counts as stale, unless the owner says otherwise."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Choices for one site."""

    title: str = "Agent catalogue"
    address: str = ""
    """Public address, ending in `/`; empty: every link stays relative and there is no sitemap."""
    stale_after: int = STALE_AFTER_DAYS
    """Days after which an assessment is stale."""
    profile: str = "agentic"
    also: tuple[str, ...] = ()
    """What each agent has besides: kinds of report such as `pdf`, `description`, `policies` and
    `conditions`."""
    day: str = ""
    """ISO date of the build, from the caller; decides what is stale. Empty: nothing is."""

    def with_conditions(self, agents: int) -> "Choices":
        """Add the conditions for a yes where the site has few agents."""
        if agents > FEW or CONDITIONS in self.also:
            return self
        return replace(self, also=(*self.also, CONDITIONS))

    @property
    def digest(self) -> str:
        """The sha256 over all that changes pages; the day changes only what it makes stale."""
        fields = asdict(self) | {"day": ""}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
