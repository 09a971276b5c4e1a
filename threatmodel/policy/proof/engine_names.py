"""Sessions behind policies that know tools by name only, by our own reading of each format."""

from collections import Counter
from dataclasses import dataclass, field

from threatmodel.policy.formats.coverage import arrange
from threatmodel.policy.formats.names_only import NamesRead
from threatmodel.policy.guard import EVERY, Plan
from threatmodel.policy.proof.session import SECONDS, Call, CallOutcome, Opener, Session
from threatmodel.scales import Window


def opener(policy: NamesRead, plan: Plan) -> Opener:
    """Open sessions behind a policy that was read once; each counts for itself."""
    access = {tool.name: tool.access.id for tool in arrange(plan).tools}
    return lambda: _Session(policy, plan, access)


@dataclass(slots=True)
class _Session(Session):
    policy: NamesRead
    plan: Plan
    access: dict[str, str]
    # The formats count by the minute or not at all.
    minute: int = 0
    used: Counter[tuple[str, int]] = field(default_factory=Counter)

    def call(self, call: Call) -> CallOutcome:
        server = dict(self.plan.servers).get(call.tool, self.plan.name)
        verdict, named = self.policy.decide(server, call.tool, call.subject)
        if verdict == "hold" and call.approved:
            verdict = "pass"
        if verdict == "pass" and not call.arguments.keys() <= self.policy.arguments.get(
            call.tool, call.arguments.keys()
        ):
            verdict = "refuse"
        if verdict == "pass" and not self._within(self.policy.counted(server, call.tool)):
            verdict = "refuse"
        stopped = named and verdict != "pass"
        return CallOutcome(verdict, (self.access.get(call.tool, ""),) if stopped else ())

    def wait(self, window: Window) -> bool:
        self.minute += SECONDS[window] // SECONDS["minute"]
        return True

    def _within(self, tool: str) -> bool:
        counters = [name for name in (tool, EVERY) if name in self.policy.limits]
        if any(self.used[name, self.minute] >= self.policy.limits[name] for name in counters):
            return False
        self.used.update((name, self.minute) for name in counters)
        return True
