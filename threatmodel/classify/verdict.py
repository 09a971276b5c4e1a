"""The class of one tool: sources weighed in order, most dangerous operation first."""

from collections.abc import Iterator
from dataclasses import dataclass

from threatmodel.classify.evidence import Evidence
from threatmodel.classify.operation import Operation, most_dangerous
from threatmodel.classify.reading import Clue
from threatmodel.classify.rules import ClassRules
from threatmodel.description.tool import ToolClassName

_WEAK = frozenset(("name", "title"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A class and what it rests on."""

    tool_class: ToolClassName
    """The class."""

    confidence: float
    """0 to 1."""

    operations: tuple[Operation, ...]
    """Operations that were believed, most dangerous first."""

    clues: tuple[Clue, ...]
    """What shows it, strongest first."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A class on the way, with the reason for it."""

    tool_class: ToolClassName
    confidence: float
    clue: Clue


def judge(evidence: Evidence, rules: ClassRules) -> Verdict:
    """Weigh what was seen; a class set by a person holds above all."""
    base, believed = _base(evidence, rules)
    steps = [base]
    for step in (*_raises(evidence, base, believed, rules), *_lowers(evidence, base, believed, rules)):
        steps.append(step)
    final = steps[-1]
    confidence = min(0.99, max(0.05, final.confidence + _agreement(evidence, final, rules)))
    clues = tuple(dict.fromkeys(step.clue for step in reversed(steps)))
    if evidence.tool.override is not None:
        note = evidence.tool.override
        says = f"set by the {note.by}" + (f": {note.note}" if note.note else "")
        return Verdict(note.value, 1.0, believed, (Clue("override", "class", note.value, says[:120]), *clues))
    return Verdict(final.tool_class, round(confidence, 2), believed, clues)


def _base(evidence: Evidence, rules: ClassRules) -> tuple[_Step, tuple[Operation, ...]]:
    """Take the first source that speaks plainly: name, description, loose name, title, choices."""
    name, prose = evidence.name, evidence.prose.operations
    sure = rules.confidence
    firm = tuple(one for one in name if one.firm)
    told = tuple(one for one in prose if not one.soft)
    if firm and not (all(one.soft for one in firm) and told):
        return _step(firm, sure["name"] if evidence.tool.description else sure["name_alone"], rules)
    if prose and (told or not firm):
        return _step(prose, sure["prose"], rules)
    for source, key in ((firm, "name"), (evidence.title, "loose_name"), (name, "loose_name"), (evidence.choices, "schema")):
        if source:
            return _step(source, sure[key], rules)
    return _hinted(evidence, rules), ()


def _step(
    operations: tuple[Operation, ...], confidence: float, rules: ClassRules,
) -> tuple[_Step, tuple[Operation, ...]]:
    ordered = tuple(sorted(operations, key=lambda one: -rules.rank[one.tool_class]))
    worst = ordered[0]
    return _Step(worst.tool_class, confidence, _clue(worst)), ordered


def _hinted(evidence: Evidence, rules: ClassRules) -> _Step:
    """Fall back on the server's own word, else on Write and a question."""
    hints, sure = evidence.hints, rules.confidence
    if hints.read_only:
        return _Step("Read", sure["hint"], _hint("readOnlyHint", "true"))
    if hints.destructive and hints.read_only is not None:
        return _Step("Destructive", sure["hint"], _hint("destructiveHint", "true"))
    if hints.read_only is False:
        return _Step("Write", sure["hint"], _hint("readOnlyHint", "false"))
    says = "nothing recognised: taken for Write until someone answers"
    return _Step("Write", sure["nothing"], Clue("default", "name", evidence.tool.name[:120], says))


def _raises(
    evidence: Evidence, base: _Step, believed: tuple[Operation, ...], rules: ClassRules,
) -> Iterator[_Step]:
    """Find what makes it worse than its leading verb: choices, statements, code, other verbs."""
    rank = rules.rank
    tamed = any(one.form.verb.tames and not one.soft for one in believed)
    now = base
    for step in (*_by_prose(evidence, base, rules), *_by_choices(evidence, believed, rules), *_by_schema(evidence, believed, rules), *_by_cues(evidence, base, rules)):
        if rank[step.tool_class] > rank[now.tool_class] and not tamed:
            now = step
            yield step


def _by_prose(evidence: Evidence, base: _Step, rules: ClassRules) -> Iterator[_Step]:
    """A description that leads with something worse than a firm name says."""
    told = [one for one in evidence.prose.operations if not one.soft and one.form.firm]
    worst = most_dangerous(told, rules)
    if worst is not None and not evidence.hints.read_only:
        yield _Step(worst.tool_class, rules.confidence["prose"], _clue(worst))


def _by_choices(
    evidence: Evidence, believed: tuple[Operation, ...], rules: ClassRules,
) -> Iterator[_Step]:
    """An argument whose values offer worse operations; a filter of a reading tool does not."""
    plain_read = any(one.firm and not one.soft and one.tool_class == "Read" for one in believed)
    worst = most_dangerous(evidence.choices, rules)
    if worst is not None and not plain_read:
        yield _Step(worst.tool_class, rules.confidence["schema"], _clue(worst))


def _by_schema(
    evidence: Evidence, believed: tuple[Operation, ...], rules: ClassRules,
) -> Iterator[_Step]:
    """Arguments that carry statements, commands or another tool's call."""
    sure = rules.confidence["schema"]
    roles = evidence.roles
    verbs = {one.form.verb.id for one in believed}
    reads_only = "select_only" in evidence.cues or "read_only" in evidence.cues
    if "sql" in roles and not reads_only:
        yield _Step("Execute", sure, _role_clue(evidence, "sql", rules))
    stores = verbs & {"create", "update", "list", "send", "check"}
    if "command" in roles and not stores:
        yield _Step("Execute", sure, _role_clue(evidence, "command", rules))
    if "code" in roles and not stores and "read" not in verbs:
        yield _Step("Execute", sure, _role_clue(evidence, "code", rules))
    if "tool_name" in roles and "tool_args" in roles and not stores:
        yield _Step("Execute", sure, _role_clue(evidence, "tool_name", rules))


def _by_cues(evidence: Evidence, base: _Step, rules: ClassRules) -> Iterator[_Step]:
    """Phrases that say more than the leading verb."""
    sure = rules.confidence["cue"]
    cues = evidence.cues
    weak = base.confidence <= sure
    if "irreversible" in cues and base.tool_class in ("Write", "Execute"):
        yield _Step("Destructive", sure, cues["irreversible"])
    if "deletes_too" in cues and base.tool_class in ("Write", "Execute"):
        yield _Step("Destructive", sure, cues["deletes_too"])
    if "runs_code" in cues and weak and "read_only" not in cues:
        yield _Step("Execute", sure, cues["runs_code"])
    if "money_moves" in cues and weak:
        yield _Step("Financial", sure, cues["money_moves"])


def _lowers(
    evidence: Evidence, base: _Step, believed: tuple[Operation, ...], rules: ClassRules,
) -> Iterator[_Step]:
    """Find what makes it milder: a rehearsal, or plain words that nothing changes."""
    cues, sure = evidence.cues, rules.confidence["cue"]
    mild = base.tool_class in ("Write", "Execute") and (
        base.confidence < rules.confidence["name"] or any(one.soft for one in believed)
    )
    if mild and "sql" not in evidence.roles or "select_only" in cues:
        for cue in ("select_only", "read_only", "preview"):
            if cue in cues and base.tool_class != "Read":
                yield _Step("Read", sure, cues[cue])
                return
    if mild and evidence.hints.read_only and base.tool_class == "Write":
        yield _Step("Read", rules.confidence["hint"], _hint("readOnlyHint", "true"))


def _agreement(evidence: Evidence, final: _Step, rules: ClassRules) -> float:
    """Raise or lower confidence by how the other sources fit."""
    change = 0.0
    led = most_dangerous(evidence.prose.operations, rules)
    if led is not None:
        change += rules.confidence["agree" if led.tool_class == final.tool_class else "conflict"]
    claims_read = evidence.hints.read_only
    if claims_read is not None:
        fits = claims_read == (final.tool_class == "Read")
        change += rules.confidence["hint_agrees" if fits else "conflict"]
    return change


def _clue(one: Operation) -> Clue:
    thing = " ".join(one.object)
    says = f"{one.form.verb.says} {thing}".strip()
    return Clue(one.source, one.pointer, one.form.base, says[:120])


def _role_clue(evidence: Evidence, role: str, rules: ClassRules) -> Clue:
    seen = evidence.roles[role]
    key = next(part for part in reversed(seen.argument.path) if part != "[]")
    return Clue("schema", seen.pointer, key[:120], rules.role_says[role])


def _hint(name: str, value: str) -> Clue:
    return Clue("annotation", f"annotations.{name}", value, "the server's own word")
