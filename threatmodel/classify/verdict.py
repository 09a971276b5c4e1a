"""The class of one tool: the leading verb first, then what makes it worse or milder."""

from typing import NamedTuple

from threatmodel.classify.evidence import ToolEvidence
from threatmodel.classify.operation import Operation
from threatmodel.classify.result import Clue
from threatmodel.classify.rules import ClassRules, Features, Raw, shown
from threatmodel.scales import ToolClass


class ClassStep(NamedTuple):
    """A class on the way, with the reason for it."""

    tool_class: ToolClass
    confidence: float
    """How sure, 0 to 1."""
    clue: Clue


class Base(NamedTuple):
    """The class by the leading verb."""

    step: ClassStep
    """Class and reason."""
    basis: str
    """Where the verb was read: name, loose, prose, title, choices, hint or nothing."""
    operations: tuple[Operation, ...]
    """The operations believed, most dangerous first."""


class ClassVerdict(NamedTuple):
    """A class and what it rests on."""

    tool_class: ToolClass
    confidence: float
    """0 to 1."""
    clues: tuple[Clue, ...]
    """What shows it, strongest first."""


def leading_verdict(evidence: ToolEvidence, rules: ClassRules) -> Base:
    """Take the first source that speaks plainly: name, description, title, loose name, choices."""
    prose = evidence.prose.operations
    bases = {one.form.base for one in prose}
    led = any(one.firm for one in evidence.name)
    # "Build" of `build_and_simulate` could be a noun, and the description says that it is none.
    firm = tuple(one for one in evidence.name if one.firm or (led and one.form.base in bases))
    told = () if evidence.prose.late else tuple(one for one in prose if not one.soft)
    plain = tuple(one for one in firm if not one.soft)
    key = "name" if evidence.tool.description else "name_alone"
    early = () if evidence.prose.late and (evidence.name or evidence.choices) else prose
    # A name says one thing; a description also warns, boasts and speaks of other tools; a list of
    # values says what could be done.
    order = (
        ("name", key, firm if plain else ()),
        ("choices", "schema", evidence.routed or ()),
        ("prose", "prose", early if told or not firm or _same(firm, prose) else ()),
        ("name", key, firm),
        ("title", "loose_name", tuple(one for one in evidence.title if one.firm)),
        ("loose", "loose_name", evidence.name or evidence.title),
        ("choices", "schema", evidence.choices),
    )
    for basis, sure, operations in order:
        if operations:
            return _base(basis, rules.confidence[sure], operations, rules)
    return Base(
        _hinted(evidence, rules), "hint" if evidence.hints.read_only is not None else "nothing", ()
    )


def judge(
    base: Base, features: Features, evidence: ToolEvidence, rules: ClassRules
) -> ClassVerdict:
    """Weigh everything else against the leading verb; a class set by a person holds above all."""
    steps = [base.step]
    for place, clues in shown(rules.moves, features).items():
        rule, now = rules.weighs[place], steps[-1].tool_class
        further = rules.rank[rule.to] - rules.rank[now]
        if (further > 0) == rule.up and further and (not rule.origin or now in rule.origin):
            steps.append(ClassStep(rule.to, rule.sure, clues[0]))
        # Two signs of one class do not add up, the plainer of them counts.
        elif rule.up and rule.to == now and rule.sure > steps[-1].confidence:
            steps[-1] = steps[-1]._replace(confidence=rule.sure)
    final = steps[-1]
    clues = tuple(dict.fromkeys(step.clue for step in reversed(steps)))
    note = evidence.tool.override
    if note is not None:
        says = f"set by the {note.by}" + (f": {note.note}" if note.note else "")
        return ClassVerdict(
            note.value, 1.0, (Clue("override", "class", note.value, says[:120]), *clues)
        )
    # Never sure, never hopeless: only a person sets 1.
    sure = final.confidence + _agreement(evidence, final, rules)
    return ClassVerdict(final.tool_class, round(min(0.99, max(0.05, sure)), 2), clues)


def raw_of(one: Operation) -> Raw:
    """Word an operation as the parts of a clue."""
    says = f"{one.form.verb.says} {' '.join(one.object)}".strip()
    return (one.source, one.pointer, one.form.base, says[:120])


def _same(firm: tuple[Operation, ...], prose: tuple[Operation, ...]) -> bool:
    """Tell whether name and description use verbs of one group, so that the fuller one is read."""
    return bool(prose) and prose[0].form.verb in {one.form.verb for one in firm}


def _base(basis: str, sure: float, operations: tuple[Operation, ...], rules: ClassRules) -> Base:
    first = operations[0]
    # What is only rehearsed, checked or drafted is not done, so that the worse verb behind it does
    # not lead.
    # Neither is "build" of `build_and_simulate`, which joins them in a name.
    worst = [one for one in operations[1:] if not one.soft or _runs(one, rules)]
    if first.form.verb.tames and not worst:
        ordered = operations
    else:
        ordered = tuple(sorted(operations, key=lambda one: -rules.rank[one.tool_class]))
    step = ClassStep(ordered[0].tool_class, sure, Clue(*raw_of(ordered[0])))
    return Base(step, basis, ordered)


def _runs(one: Operation, rules: ClassRules) -> bool:
    return one.source == "name" and rules.rank[one.tool_class] > rules.rank["Write"]


def _hinted(evidence: ToolEvidence, rules: ClassRules) -> ClassStep:
    """Fall back on the server's own word, else on Write and a question."""
    hints, sure = evidence.hints, rules.confidence
    word = "the server's own word"
    if hints.read_only:
        return ClassStep(
            "Read", sure["hint"], Clue("annotation", "annotations.readOnlyHint", "true", word)
        )
    if hints.destructive and hints.read_only is False:
        clue = Clue("annotation", "annotations.destructiveHint", "true", word)
        return ClassStep("Destructive", sure["hint"], clue)
    if hints.read_only is False:
        clue = Clue("annotation", "annotations.readOnlyHint", "false", word)
        return ClassStep("Write", sure["hint"], clue)
    # Write and not Read: what nobody understood must not pass for harmless.
    says = "nothing recognised: taken for Write until someone answers"
    return ClassStep(
        "Write", sure["nothing"], Clue("default", "name", evidence.tool.name[:120], says)
    )


def _agreement(evidence: ToolEvidence, final: ClassStep, rules: ClassRules) -> float:
    """Raise or lower confidence by how the other sources fit."""
    change = 0.0
    led = [one for one in evidence.prose.operations if not one.soft]
    if led:
        fits = any(one.tool_class == final.tool_class for one in led)
        change += rules.confidence["agree" if fits else "conflict"]
    claims_read = evidence.hints.read_only
    if claims_read is not None:
        fits = claims_read == (final.tool_class == "Read")
        change += rules.confidence["hint_agrees" if fits else "conflict"]
    return change
