"""What became of each guard in one format: kept, weakened or dropped."""

from collections.abc import Iterable, Mapping

from threatmodel.policy.arranged import ACCESS
from threatmodel.policy.guard import Guard, GuardKind, Loss, Plan


class Ledger:
    """The account of one compilation; every guard of the plan ends up in it once."""

    def __init__(self, plan: Plan) -> None:
        """Start with every guard unaccounted for."""
        self._open = {guard.id: guard for guard in plan.guards}
        self._kept: set[str] = set()
        self._losses: dict[str, Loss] = {}

    def keep(self, *guards: Guard) -> None:
        """Record guards that are enforced as planned."""
        for guard in guards:
            if guard.id not in self._losses:
                self._kept.add(guard.id)

    def weaken(self, guard: Guard, instead: str, becomes: str = "") -> None:
        """Record a guard that is enforced more strictly than planned: refusing unless told."""
        kind = becomes or ("deny" if guard.kind in ACCESS else "")
        self._lose(Loss(guard.id, "weakened", instead, (), kind))

    def rehearse(self, guard: Guard) -> None:
        """Record a dry-run guard of which only the rehearsal is left."""
        self.weaken(guard, "A rehearsal passes; a real run is refused.", "dry-run")

    def drop(self, guard: Guard, instead: str) -> None:
        """Record a guard that is not enforced."""
        self._lose(Loss(guard.id, "dropped", instead, guard.threats))

    def subsume(self, guards: Iterable[Guard], instead: str) -> None:
        """Record bounds of a tool that is refused altogether."""
        for guard in guards:
            self.weaken(guard, instead)

    def close(self, otherwise: Mapping[GuardKind, str]) -> tuple[tuple[str, ...], tuple[Loss, ...]]:
        """Give the kept ids and the losses; whatever nobody spoke for is dropped, by kind."""
        for guard in self._open.values():
            if guard.id not in self._kept and guard.id not in self._losses:
                self.drop(guard, otherwise.get(guard.kind, "This format has no words for it."))
        kept = tuple(sorted(self._kept))
        return kept, tuple(self._losses[guard] for guard in sorted(self._losses))

    def _lose(self, loss: Loss) -> None:
        self._kept.discard(loss.guard)
        known = self._losses.get(loss.guard)
        if known is None or known.outcome == "weakened":
            self._losses[loss.guard] = loss
