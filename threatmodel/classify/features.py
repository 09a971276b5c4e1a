"""A tool's features by name, each with the clue that shows it: what the rules speak of."""

from collections.abc import Iterable
from functools import lru_cache

from threatmodel.classify.arguments import ArgumentText
from threatmodel.classify.evidence import ToolEvidence
from threatmodel.classify.operation import Operation, kinds_of
from threatmodel.classify.result import Clue
from threatmodel.classify.rules import ClassRules, Raw
from threatmodel.classify.verdict import Base, raw_of
from threatmodel.classify.words import singular, split_name

_STORES = frozenset(("create", "update", "send", "delete", "share", "publish"))
_MANY = frozenset(("id", "recipient", "url", "path", "other", "content"))
_BULK_NAMES = frozenset(("many", "bulk", "batch", "multiple", "mass"))
_PLACES = frozenset(("recipient", "url", "path"))
_MADE = frozenset(("verb:create", "verb:update", "verb:generate"))
_ATTRIBUTES = frozenset(
    ("tag", "label", "field", "id", "ids", "uuid", "name", "key", "path", "url")
)
_PLAIN_READS = frozenset(("read", "list", "search", "count", "check", "download"))
_WORD = "the server's own word"

Found = dict[str, Clue | Raw]


def features_of(evidence: ToolEvidence, base: Base, rules: ClassRules) -> Found:
    """Name everything that rules may ask about."""
    found = _base_features(base)
    words = split_name(evidence.tool.name[:120])
    if base.basis == "name" and all(one.form.words[:1] != words[:1] for one in base.operations):
        found["base:behind"] = base.step.clue
    changes = any(one.tool_class != "Read" for one in base.operations)
    for one in base.operations:
        _add_operation(found, one, rules, by_the_way=changes and one.tool_class == "Read")
    for one in evidence.prose.operations[:1]:
        found.update((feature, raw_of(one)) for feature, _ in _of_kinds("object", one.head, rules))
    _add_sources(found, evidence)
    if evidence.routed is not None:
        found["router"] = base.step.clue
        _add_classes(found, "router", evidence.routed)
    _add_words(found, evidence, rules)
    _add_arguments(found, evidence, rules)
    found.update({f"says:{cue}": clue for cue, clue in evidence.cues.items()})
    return found | _hints(evidence)


def kinds_seen(evidence: ToolEvidence, base: Base) -> tuple[str, ...]:
    """Name verbs, and every kind of thing, whether a rule asks for it or not; for authors."""
    acted = [("on", one.kinds) for one in base.operations]
    acted += [("head", one.head) for one in base.operations]
    named = [
        (part, getattr(evidence, part)) for part in ("about", "tail", "near", "offers", "text")
    ]
    verbs = sorted({f"verb:{one.form.verb.id}" for one in base.operations})
    kinds = (f"{prefix}:{kind}" for prefix, found in (*acted, *named) for kind in sorted(found))
    return tuple(dict.fromkeys((*verbs, *kinds)))


def _base_features(base: Base) -> Found:
    clue, operations = base.step.clue, base.operations
    verbs = {one.form.verb.id for one in operations}
    soft = any(one.soft for one in operations)
    tests = {
        "soft": soft,
        "tames": bool(operations) and operations[0].form.verb.tames and not operations[0].soft,
        "stores": not verbs.isdisjoint(_STORES),
        "plain_read": base.basis == "name" and verbs <= _PLAIN_READS and not soft,
    }
    found: Found = {f"base:{base.step.tool_class}": clue, f"basis:{base.basis}": clue}
    return found | {f"base:{name}": clue for name, holds in tests.items() if holds}


def _add_sources(found: Found, evidence: ToolEvidence) -> None:
    """Tell apart what name, prose and allowed values speak of."""
    prose, choices = evidence.prose.operations, evidence.choices
    _add_classes(found, "told", (one for one in prose if _speaks(one)))
    _add_classes(found, "lead", prose[:1])
    _add_classes(found, "choice", (one for one in choices if "[]" not in one.pointer))
    _add_classes(found, "nested", (one for one in choices if "[]" in one.pointer))
    for prefix, operations in (("also", prose), ("also", choices), ("named", evidence.name)):
        for one in operations:
            feature = f"{prefix}:{one.form.verb.id}"
            milder = prefix == "named" and one.tool_class != one.form.verb.tool_class
            if feature not in found and not milder:
                found[feature] = raw_of(one)


def _add_operation(found: Found, one: Operation, rules: ClassRules, *, by_the_way: bool) -> None:
    clue = raw_of(one)
    found.setdefault(f"verb:{one.form.verb.id}", clue)
    found.setdefault(f"word:{one.form.base}", clue)
    # What is only given back beside a change is not what is changed: "and returns a token".
    if by_the_way:
        return
    for feature, _ in _of_kinds("on", one.kinds, rules):
        found.setdefault(feature, clue)
    for feature, _ in _of_kinds("head", one.head, rules):
        found.setdefault(feature, clue)


def _add_classes(found: Found, key: str, operations: Iterable[Operation]) -> None:
    for one in operations:
        feature = f"{key}:{one.tool_class}"
        if feature not in found:
            found[feature] = raw_of(one)


def _speaks(one: Operation) -> bool:
    return not one.soft and one.firm and one.form.base not in one.form.verb.quiet


def _add_words(found: Found, evidence: ToolEvidence, rules: ClassRules) -> None:
    name = evidence.tool.name[:120]
    if not rules.grammar.lasting.isdisjoint(split_name(name)):
        found["says:for_good"] = ("name", "name", name, "it is done for good")
    for prefix, kinds in (("about", evidence.about), ("tail", evidence.tail)):
        for feature, says in _of_kinds(prefix, kinds, rules):
            found[feature] = ("name", "name", name, says)
    for prefix, kinds in (("near", evidence.near), ("offers", evidence.offers)):
        for feature, says in _of_kinds(prefix, kinds, rules):
            found[feature] = ("schema", "inputSchema", "", says)
    line = " ".join(evidence.prose.lead)[:120]
    _add_opening(found, evidence, line, rules)
    for feature, says in _of_kinds("text", evidence.text, rules):
        found[feature] = ("description", "description", line, says)


def _add_opening(found: Found, evidence: ToolEvidence, line: str, rules: ClassRules) -> None:
    """Add what a description without a verb begins with, and whether the name is that as well."""
    opens, name = evidence.opens, tuple(map(singular, split_name(evidence.tool.name[:120])))
    for feature, says in _of_kinds("opens", kinds_of(opens, rules)[1], rules):
        found[feature] = ("description", "description", line, says)
    # Two words at least: "Restart." of `restart` is an order.
    if len(name) > 1 and opens[-len(name) :] == name:
        found["opens_name"] = ("description", "description", line, "names what the tool tells of")


@lru_cache(maxsize=8192)
def _of_kinds(prefix: str, kinds: frozenset[str], rules: ClassRules) -> tuple[tuple[str, str], ...]:
    """Give the feature of each kind that a rule asks for, and what it says."""
    return tuple(
        (f"{prefix}:{kind}", f"speaks of {kind.replace('_', ' ')}")
        for kind in kinds
        if f"{prefix}:{kind}" in rules.asked
    )


def _add_arguments(found: Found, evidence: ToolEvidence, rules: ClassRules) -> None:
    for role, seen in evidence.roles.items():
        says = rules.role_says.get(role, "takes an argument")
        raw: Raw = ("schema", seen.pointer, seen.key, says)
        found[f"arg:{role}"] = raw
        found.setdefault(f"arg:{seen.known_role}", raw)
    if not evidence.arguments:
        found["arg:none"] = ("schema", "inputSchema", "", "takes no arguments")
    if any(_of_many(seen, evidence, found) for seen in evidence.arguments):
        found["bulk"] = ("schema", "inputSchema", "", "takes many at once")


def _of_many(seen: ArgumentText, evidence: ToolEvidence, found: Found) -> bool:
    """Tell a list of things acted on from a list that describes one thing, such as its tags.

    Who reviews a change is said of one change; whoever sends sends to each that is listed.
    """
    if not seen.is_array or seen.role not in _MANY:
        return False
    names = split_name(evidence.tool.name[:120])
    if not _BULK_NAMES.isdisjoint(names):
        return True
    if seen.role in _PLACES and _MADE.isdisjoint(found):
        return True
    listed = split_name(seen.key)
    if listed == ("ids",):
        return True
    if "ids" not in listed and all(singular(word) == word for word in listed):
        return False
    spoken = {singular(word) for word in (*names, *evidence.prose.lead)}
    things = [word for word in map(singular, listed) if word not in _ATTRIBUTES]
    # The expenses of an expense claim are parts of one claim.
    acted = (*evidence.name, *evidence.prose.operations)
    heads = {word for one in acted for word in one.object[-1:]}
    parts = {word for one in acted for word in one.object[:-1]} - heads
    return bool(things) and things[-1] in spoken - parts


def _hints(evidence: ToolEvidence) -> Found:
    hints = evidence.hints
    claims = (
        ("read_only", "readOnlyHint", hints.read_only),
        ("destructive", "destructiveHint", hints.destructive),
        ("open_world", "openWorldHint", hints.open_world),
        ("idempotent", "idempotentHint", hints.idempotent),
    )
    found: Found = {}
    for name, key, value in claims:
        if value is not None:
            feature = f"hint:{name}" if value else f"hint:not_{name}"
            found[feature] = ("annotation", f"annotations.{key}", str(value).lower(), _WORD)
    return found
