"""A tool's features by name, each with the clue that shows it: what rules for flags speak of."""

from collections.abc import Mapping

from threatmodel.classify.evidence import Evidence
from threatmodel.classify.reading import Clue
from threatmodel.classify.rules import Case, ClassRules, Shows
from threatmodel.classify.verdict import Verdict

Features = Mapping[str, Clue]
"""Feature -> clue; keys such as `verb:delete`, `on:file`, `arg:url`, `says:web`."""


def features_of(evidence: Evidence, verdict: Verdict, rules: ClassRules) -> dict[str, Clue]:
    """Name everything that rules may ask about."""
    name = evidence.tool.name[:120]
    first = verdict.clues[0]
    found: dict[str, Clue] = {f"class:{verdict.tool_class}": first}
    for one in verdict.operations:
        says = f"{one.form.verb.says} {' '.join(one.object)}".strip()[:120]
        clue = Clue(one.source, one.pointer, one.form.base, says)
        found.setdefault(f"verb:{one.form.verb.id}", clue)
        found.setdefault(f"word:{one.form.base}", clue)
        for kind in sorted(one.kinds):
            found.setdefault(f"on:{kind}", clue)
        for kind in sorted(one.head):
            found.setdefault(f"head:{kind}", clue)
    for kind in sorted(evidence.about):
        found[f"about:{kind}"] = Clue("name", "name", name, f"speaks of {kind}")
    for kind in sorted(evidence.text):
        found[f"text:{kind}"] = Clue("description", "description", " ".join(evidence.prose.lead)[:120], f"speaks of {kind}")
    for role, seen in evidence.roles.items():
        found[f"arg:{role}"] = Clue("schema", seen.pointer, seen.argument.path[0][:120], rules.role_says.get(role, "other"))
    if not evidence.arguments:
        found["arg:none"] = Clue("schema", "inputSchema", "", "takes no arguments")
    for cue, clue in evidence.cues.items():
        found[f"says:{cue}"] = clue
    return found | _hints(evidence)


def shown(rules: tuple[Shows, ...], features: dict[str, Clue]) -> dict[str, tuple[Clue, ...]]:
    """Apply rules to features: what is shown, each with its clues."""
    found: dict[str, tuple[Clue, ...]] = {}
    names = features.keys()
    for rule in rules:
        for case in rule.cases:
            if case.every <= names and case.none.isdisjoint(names) and (not case.some or not case.some.isdisjoint(names)):
                found[rule.id] = _clues(case, features)
                break
    return found


def _clues(case: Case, features: Features) -> tuple[Clue, ...]:
    keys = sorted(case.some & features.keys()) + sorted(case.every)
    return tuple(dict.fromkeys(features[key] for key in keys))


def _hints(evidence: Evidence) -> dict[str, Clue]:
    hints = evidence.hints
    claims = {"read_only": hints.read_only, "destructive": hints.destructive, "open_world": hints.open_world, "idempotent": hints.idempotent}
    return {
        f"hint:{name}" if value else f"hint:not_{name}": Clue("annotation", f"annotations.{name}", str(value).lower(), "the server's own word")
        for name, value in claims.items() if value is not None
    }
