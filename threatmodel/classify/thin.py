"""Which facts of a tool nothing plain shows: they count, and no sentence asserts them."""

from collections.abc import Mapping

from threatmodel.classify.result import Clue
from threatmodel.classify.rules import ClassRules, Features, shown


def thin_of(
    traits: Mapping[str, tuple[Clue, ...]], features: Features, rules: ClassRules
) -> list[str]:
    """Name the facts that nothing plain shows; what follows from another may be as thin as that."""
    may = rules.doubted & traits.keys()
    thin = sorted(may - shown(rules.plain, features).keys()) if may else []
    if not thin:
        return thin
    further = {**features, **{f"thin:{fact}": traits[fact][0] for fact in thin}}
    return sorted(may - shown(rules.plain, further).keys())
