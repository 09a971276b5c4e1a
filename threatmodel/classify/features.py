"""A tool's features by name, each with the clue that shows it: what the rules speak of."""

from collections.abc import Iterable

from threatmodel.classify.evidence import Evidence
from threatmodel.classify.operation import Operation
from threatmodel.classify.reading import Clue
from threatmodel.classify.rules import ClassRules
from threatmodel.classify.verdict import Base, clue_of

_STORES = frozenset(("create", "update", "send", "delete", "share", "publish"))
_MANY = frozenset(("id", "recipient", "url", "path", "other", "content"))
_PLAIN_READS = frozenset(("read", "list", "search", "count", "check", "download"))


def features_of(evidence: Evidence, base: Base, rules: ClassRules) -> dict[str, Clue]:
    """Name everything that rules may ask about."""
    found = _base_features(base)
    for one in base.operations:
        _add_operation(found, one)
    _add_classes(found, "told", (one for one in evidence.prose.operations if _speaks(one)))
    _add_classes(found, "lead", evidence.prose.operations[:1])
    _add_classes(found, "choice", (one for one in evidence.choices if "[]" not in one.pointer))
    _add_classes(found, "nested", (one for one in evidence.choices if "[]" in one.pointer))
    if evidence.routed is not None:
        found["router"] = base.step.clue
        _add_classes(found, "router", evidence.routed)
    for one in (*evidence.prose.operations, *evidence.choices):
        found.setdefault(f"also:{one.form.verb.id}", clue_of(one))
    for one in evidence.name:
        found.setdefault(f"named:{one.form.verb.id}", clue_of(one))
    _add_words(found, evidence)
    for role, seen in evidence.roles.items():
        says = rules.role_says.get(role, "takes an argument")
        clue = Clue("schema", seen.pointer, _key(seen.argument.path), says)
        found[f"arg:{role}"] = clue
        found.setdefault(f"arg:{seen.argument.role}", clue)
    if not evidence.arguments:
        found["arg:none"] = Clue("schema", "inputSchema", "", "takes no arguments")
    if any(seen.argument.is_array and seen.role in _MANY for seen in evidence.arguments):
        found["bulk"] = Clue("schema", "inputSchema", "", "takes many at once")
    found.update({f"says:{cue}": clue for cue, clue in evidence.cues.items()})
    return found | _hints(evidence)


def _base_features(base: Base) -> dict[str, Clue]:
    clue = base.step.clue
    found = {f"base:{base.step.tool_class}": clue, f"basis:{base.basis}": clue}
    verbs = {one.form.verb.id for one in base.operations}
    tests = {
        "soft": any(one.soft for one in base.operations),
        "tames": bool(base.operations)
        and base.operations[0].form.verb.tames
        and not base.operations[0].soft,
        "stores": not verbs.isdisjoint(_STORES),
        "plain_read": base.basis == "name"
        and bool(verbs)
        and verbs <= _PLAIN_READS
        and not any(one.soft for one in base.operations),
    }
    return found | {f"base:{name}": clue for name, holds in tests.items() if holds}


def _add_operation(found: dict[str, Clue], one: Operation) -> None:
    clue = clue_of(one)
    found.setdefault(f"verb:{one.form.verb.id}", clue)
    found.setdefault(f"word:{one.form.base}", clue)
    for kind in one.kinds:
        found.setdefault(f"on:{kind}", clue)
    for kind in one.head:
        found.setdefault(f"head:{kind}", clue)


def _add_classes(found: dict[str, Clue], key: str, operations: Iterable[Operation]) -> None:
    for one in operations:
        found.setdefault(f"{key}:{one.tool_class}", clue_of(one))


def _speaks(one: Operation) -> bool:
    return not one.soft and one.form.firm and one.form.base not in one.form.verb.quiet


def _add_words(found: dict[str, Clue], evidence: Evidence) -> None:
    name = evidence.tool.name[:120]
    for kind in evidence.about:
        found[f"about:{kind}"] = Clue("name", "name", name, f"speaks of {kind.replace('_', ' ')}")
    for kind in evidence.tail:
        says = f"speaks of {kind.replace('_', ' ')}"
        found[f"tail:{kind}"] = Clue("name", "name", name, says)
    for kind in evidence.near:
        says = f"takes a {kind.replace('_', ' ')}"
        found[f"near:{kind}"] = Clue("schema", "inputSchema", "", says)
    line = " ".join(evidence.prose.lead)[:120]
    for kind in evidence.text:
        says = f"speaks of {kind.replace('_', ' ')}"
        found[f"text:{kind}"] = Clue("description", "description", line, says)


def _key(path: tuple[str, ...]) -> str:
    return next((part for part in reversed(path) if part != "[]"), "")[:120]


def _hints(evidence: Evidence) -> dict[str, Clue]:
    hints = evidence.hints
    claims = (
        ("read_only", "readOnlyHint", hints.read_only),
        ("destructive", "destructiveHint", hints.destructive),
        ("open_world", "openWorldHint", hints.open_world),
        ("idempotent", "idempotentHint", hints.idempotent),
    )
    return {
        f"hint:{name}" if value else f"hint:not_{name}": Clue(
            "annotation", f"annotations.{key}", str(value).lower(), "the server's own word"
        )
        for name, key, value in claims
        if value is not None
    }
