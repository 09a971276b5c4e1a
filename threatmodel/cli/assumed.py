"""`--assume FACT=yes`: facts that are taken as stated, for one run."""

from collections.abc import Sequence

from threatmodel.errors import AivssError, suggestion
from threatmodel.rules.load import load_knowledge
from threatmodel.scales import YES_NO


def assumed_facts(pairs: Sequence[str]) -> dict[str, bool]:
    """Read `fact=yes` pairs; AivssError for anything else."""
    knowledge = load_knowledge()
    known = {*knowledge.facts, *knowledge.controls}
    assumed: dict[str, bool] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in known:
            raise AivssError(f"--assume: there is no fact '{name}'", hint=suggestion(name, known))
        answer = YES_NO.get(value.strip().lower())
        if answer is None:
            hint = f"--assume {name}=yes, or --assume {name}=no"
            raise AivssError(f"--assume {name}: '{value}' is neither yes nor no", hint=hint)
        if assumed.setdefault(name, answer) is not answer:
            raise AivssError(f"--assume {name}: both yes and no", hint="assume one of the two")
    return assumed
