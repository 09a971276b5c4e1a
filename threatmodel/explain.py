"""Explain any id of the rules: what it is, where it comes from, and why or why not here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from threatmodel.assessment import Assessment, profiles_of
from threatmodel.errors import AivssError, meant
from threatmodel.facts.fact import Fact
from threatmodel.rules.load import Knowledge, Pack, load_knowledge
from threatmodel.rules.rows import (
    CapabilityRow,
    Chain,
    Clause,
    FactRow,
    LayerRow,
    Mitigation,
    ThreatRow,
)
from threatmodel.score.profiles import Factor
from threatmodel.score.what_if import leaves_of

if TYPE_CHECKING:
    from threatmodel.policy.guard import Guard
    from threatmodel.rules.gate import GateRule

List = tuple[str, Callable[[Knowledge], Iterable[tuple[str, str]]]]
"""Title of a list of ids, and what gives its rows."""

Details = tuple[tuple[str, tuple[str, ...]], ...]
"""Labelled lists of sentences."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an id means."""

    id: str
    """The id explained."""
    kind: str
    """fact, control, capability, threat, mitigation, clause, layer, factor, chain, guard, pack,
    gate rule or list."""
    title: str
    """What it says."""
    parts: Details
    """Details, each under a label."""


def explain(identifier: str, assessment: Assessment | None = None) -> Explanation:
    """Explain an id, for one agent where an assessment is given; AivssError for an unknown one."""
    knowledge = assessment.knowledge if assessment else load_knowledge()
    for rows, tell in _KINDS:
        row = rows(knowledge, assessment).get(identifier)
        if row is not None:
            return _with_pack(tell(identifier, row, knowledge, assessment), knowledge)
    ids = {one for rows, _ in _KINDS for one in rows(knowledge, None)}
    raise AivssError(f"there is nothing called '{identifier}'", hint=_hint(identifier, ids))


def _hint(identifier: str, ids: Collection[str]) -> str:
    """Say what was perhaps meant, or where to look."""
    lists = ", ".join(f"`aivss explain {name}`" for name in LISTS)
    guard = "a guard belongs to one description: name its file behind it" * (":" in identifier)
    return guard or meant(identifier, ids) or f"what there is, {lists} list"


def _with_pack(found: Explanation, knowledge: Knowledge) -> Explanation:
    """Say which pack an id comes from."""
    for pack in knowledge.packs:
        if any(found.id in ids for ids in pack.holds.values()):
            owner = f", {pack.owner}" if pack.owner else ""
            line = f"pack {pack.id} {pack.version}, sha256 {pack.digest}{owner}"
            return replace(found, parts=(*found.parts, ("From", (line,))))
    return found


def _fact(
    name: str, row: FactRow, knowledge: Knowledge, assessment: Assessment | None
) -> Explanation:
    bit = 1 << row.bit
    used = [t.id for t in knowledge.threats if _leaves(t) & bit]
    through = [c for c, r in knowledge.capabilities.items() if r.when.leaves() & bit]
    silence = {True: "presumed true", False: "presumed false", None: "a question"}[row.presumed]
    parts: Details = (
        ("Question", (row.question,)),
        ("Silence means", (silence,)),
        ("Part of", tuple(through) or ("no capability",)),
        ("Named by threats", tuple(used) or ("none directly",)),
    )
    if assessment is not None:
        fact = assessment.facts.facts.get(name) or Fact(name, row.says, None, "unknown", "", ())
        value = {True: "true", False: "false", None: "unknown"}[fact.value]
        shown = tuple(f"{e.says} ({e.basis}, {e.place})" for e in fact.evidence)
        parts = (("Here", (f"{value}, {fact.basis}",)), ("Evidence", shown or ("none",)), *parts)
    return Explanation(name, "control" if row.family == "k" else "fact", row.says, parts)


def _leaves(threat: ThreatRow) -> int:
    return threat.when.leaves() | threat.closed_by.leaves() | threat.reduced_by.leaves()


def _capability(
    name: str, row: CapabilityRow, knowledge: Knowledge, assessment: Assessment | None
) -> Explanation:
    threats = tuple(t.id for t in knowledge.threats if t.when.leaves() >> row.bit & 1)
    parts: Details = (("Holds when", (row.text,)), ("Opens threats", threats or ("none directly",)))
    if assessment is not None:
        known = assessment.scored.outcome.known
        value = row.when.holds(*known)
        facts = leaves_of(knowledge, row.when.explain(*known), known)
        parts = (("Here", (_said(value, facts, assessment),)), *parts)
    return Explanation(name, "capability", row.says, parts)


def _threat(
    name: str, row: ThreatRow, knowledge: Knowledge, assessment: Assessment | None
) -> Explanation:
    texts = row.texts
    parts: Details = (
        ("Why it matters", (texts.why or row.title,)),
        ("Applies when", (texts.when,)),
        ("Closed by", (texts.closed_by or "nothing closes it; it can only be reduced",)),
        ("Reduced by", (texts.reduced_by or "nothing",)),
        ("A reviewer asks", (texts.check,)),
        ("False alarm when", (texts.false_positives,)),
        ("What to do", tuple(knowledge.mitigations[m].says for m in row.mitigations)),
        ("References", _references(row, knowledge)),
    )
    parts = tuple((label, lines) for label, lines in parts if any(lines))
    if assessment is not None:
        finding = next(f for f in assessment.model.findings if f.id == name)
        here = [f"{finding.state.replace('_', ' ')}: {finding.text}"]
        if finding.score is not None:
            here.append(f"AIVSS {finding.score} {finding.band}, {finding.priority}")
        metrics = tuple(f"{m.metric}:{m.value} {m.reason}" for m in finding.metrics)
        extra: Details = (("Vector", (finding.vector, *metrics)),) if metrics else ()
        parts = (("Here", tuple(here)), *extra, *parts)
    return Explanation(name, "threat", row.title, parts)


def _references(row: ThreatRow, knowledge: Knowledge) -> tuple[str, ...]:
    return tuple(f"{name}: {', '.join(ids)}" for name, ids in knowledge.pinned(row.refs).items())


def _said(value: bool | None, facts: tuple[str, ...], assessment: Assessment) -> str:  # noqa: FBT001 - a Kleene value
    word = {True: "true", False: "false", None: "unknown"}[value]
    shown = (f"{f} ({assessment.facts.facts[f].basis})" for f in facts)
    return f"{word}, because of {', '.join(shown)}"


def _mitigation(
    name: str, row: Mitigation, knowledge: Knowledge, _: Assessment | None
) -> Explanation:
    threats = tuple(t.id for t in knowledge.threats if name in t.mitigations)
    parts: Details = (
        ("Kind", (row.kind,)),
        ("Puts in place", row.gives),
        ("Proxy clauses", row.clauses or ("none: not at the proxy",)),
        ("Helps against", threats),
    )
    return Explanation(name, "mitigation", row.says, parts)


def _clause(name: str, row: Clause, knowledge: Knowledge, _: Assessment | None) -> Explanation:
    uses = tuple(m for m, r in knowledge.mitigations.items() if name in r.clauses)
    parts: Details = (("Used by", uses or ("none",)), ("Note", (row.note,) if row.note else ()))
    return Explanation(name, "clause", row.says, tuple(p for p in parts if p[1]))


_UNCERTAIN = "not certain from the description"


def _layer(
    name: str, row: LayerRow, knowledge: Knowledge, assessment: Assessment | None
) -> Explanation:
    threats = tuple(f"{t.id} {t.title}" for t in knowledge.threats if t.layer == name)
    mapped_by = tuple(because for _, because in row.mapped_by)
    parts: Details = (
        ("Mapped where", mapped_by),
        ("Asks, where not", row.asks),
        ("Threats", threats),
    )
    if assessment is not None:
        view = next(v for v in assessment.model.layers if v.id == name)
        mark = f"mapped, because {view.because}" if view.certain else _UNCERTAIN
        parts = (("Here", (f"{mark}: {view.text}",)), *parts)
    return Explanation(name, "layer", f"MAESTRO layer {row.name}", parts)


def _factor(
    name: str, row: tuple[str, Factor], knowledge: Knowledge, assessment: Assessment | None
) -> Explanation:
    profile, factor = row
    steps = knowledge.sections["factors"][profile][name]
    parts: Details = (
        ("Rubric", tuple(f"{level.at}: {level.text}" for level in factor.levels)),
        ("Estimate", (f"starts at {steps['start']}", *map(_step, steps["steps"]))),
        ("Source", (factor.source,)),
    )
    if assessment is not None:
        here = next((f for f in assessment.score.factors if f.id == name), None)
        if here is not None:
            said = f"{here.value} {here.basis} ({here.low} to {here.high})"
            parts = (("Here", (said, *here.reasons)), *parts)
    return Explanation(name, "factor", f"{factor.name}: {factor.asks}", parts)


def _step(step: dict[str, Any]) -> str:
    return f"{step['add']} when {step['when']['text']}: {step['because']}"


def _chain(name: str, row: Chain, knowledge: Knowledge, _: Assessment | None) -> Explanation:
    steps = tuple(f"{step} {knowledge.by_id[step].title}" for step in row.steps)
    parts: Details = (("Steps", steps), ("Breaks best at", (row.breaks_best_at,)))
    return Explanation(name, "chain", row.name, parts)


def _guard(name: str, guard: Guard, _: Knowledge, __: Assessment | None) -> Explanation:
    parts: Details = (
        ("Answers", guard.threats or ("none",)),
        ("Clause", (guard.clause,)),
        ("A refused caller reads", (guard.message,)),
    )
    return Explanation(name, "guard", guard.says, parts)


def _pack(name: str, pack: Pack, _: Knowledge, __: Assessment | None) -> Explanation:
    head: Details = (("Version", (pack.version,)), ("Owner", (pack.owner,)))
    parts: Details = tuple((kind.capitalize(), ids) for kind, ids in pack.holds.items())
    shown = tuple((label, lines) for label, lines in (*head, *parts) if any(lines))
    return Explanation(name, "pack", pack.says, (*shown, ("Digest", (pack.digest,))))


def _gate_rule(name: str, rule: GateRule, _: Knowledge, __: Assessment | None) -> Explanation:
    fields = rule.model_dump(mode="json", exclude_defaults=True)
    parts = tuple(
        (
            key.replace("_", " ").capitalize(),
            tuple(map(str, one if isinstance(one, list) else [one])),
        )
        for key, one in fields.items()
        if key not in ("id", "says")
    )
    return Explanation(name, "gate rule", rule.says, parts)


def _list(name: str, row: List, knowledge: Knowledge, _: Assessment | None) -> Explanation:
    lines = tuple(f"{one}: {says}" for one, says in row[1](knowledge))
    return Explanation(name, "list", row[0], ((f"{len(lines)} ids", lines),))


def _classes(knowledge: Knowledge, part: str, key: str) -> Iterator[tuple[str, str]]:
    for row in sorted(knowledge.sections["classes"][part], key=lambda row: str(row[key])):
        yield row[key], row["says"]


def _says(rows: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((name, row.says) for name, row in rows.items())


LISTS: dict[str, List] = {
    "facts": ("What can be true of an agent", lambda k: _says(k.facts)),
    "controls": ("What may be in place", lambda k: _says(k.controls)),
    "capabilities": ("What facts add up to", lambda k: _says(k.capabilities)),
    "threats": ("What can go wrong", lambda k: ((row.id, row.title) for row in k.threats)),
    "mitigations": ("What to do", lambda k: _says(k.mitigations)),
    "clauses": ("What a proxy can do", lambda k: _says(k.clauses)),
    "verbs": ("Groups of verbs of tools", lambda k: _classes(k, "verbs", "id")),
    "kinds": ("Kinds of things that tools act on", lambda k: _classes(k, "nouns", "kind")),
    "factors": ("What a factor asks", lambda k: ((i, f.asks) for i, (_, f) in _factors(k).items())),
    "layers": ("The layers of MAESTRO", lambda k: ((i, row.name) for i, row in k.layers.items())),
    "packs": ("Rule packs in force", lambda k: ((pack.id, pack.says) for pack in k.packs)),
}
"""Word -> title of a list of ids, and what gives its rows."""


def _factors(knowledge: Knowledge) -> dict[str, tuple[str, Factor]]:
    """Give each factor with its profile; of several that have it the first."""
    profiles = reversed(profiles_of(knowledge).values())
    return {factor.id: (one.id, factor) for one in profiles for factor in one.factors}


_KINDS: tuple[tuple[Callable[[Knowledge, Assessment | None], Mapping[str, Any]], Any], ...] = (
    (lambda k, _: k.facts, _fact),
    (lambda k, _: k.controls, _fact),
    (lambda k, _: k.capabilities, _capability),
    (lambda k, _: k.by_id, _threat),
    (lambda k, _: k.mitigations, _mitigation),
    (lambda k, _: k.clauses, _clause),
    (lambda k, _: k.layers, _layer),
    (lambda k, _: _factors(k), _factor),
    (lambda k, _: k.chains, _chain),
    (lambda _, a: {guard.id: guard for guard in a.plan.guards} if a else {}, _guard),
    (lambda k, _: {pack.id: pack for pack in k.packs}, _pack),
    (lambda k, _: {rule.id: rule for pack in k.packs for rule in pack.gate}, _gate_rule),
    (lambda *_: LISTS, _list),
)
"""What has ids, and what explains one of them: by its id, its row, the rules and the agent."""
