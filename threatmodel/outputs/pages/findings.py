"""Findings as cards: why here, what it looks like, what to do, references."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from threatmodel.assessment import Assessment
from threatmodel.outputs.charts.attack_path import Stop, attack_path
from threatmodel.outputs.pages.labels import STATES, mark, short_place
from threatmodel.outputs.pages.score import question_of
from threatmodel.outputs.pages.summary import worst_first
from threatmodel.outputs.text import count, one_line, sentence
from threatmodel.threats.finding import AttackPath, Finding, LayerView, PathStep

# Attack paths as pictures and steps.

_ORDER = ("L7", "L6", "L5", "L4", "L3", "L2", "L1", "XL")
SHOWN = 3
"""Paths that the report tells."""

_DRAWN = 2
_STEP_LETTERS = 70


@dataclass(frozen=True, slots=True)
class PathView:
    """One path."""

    number: int
    """1 for the worst."""

    path: AttackPath
    """The path."""

    figure: Markup
    """SVG; empty for all but the worst ones."""

    steps: tuple[str, ...]
    """What happens, step by step, with the id of each."""

    break_text: str
    """What breaks it where that is cheapest."""

    guard_text: str
    """What the proxy does about it; empty where it can do nothing."""


def path_views(assessment: Assessment) -> tuple[PathView, ...]:
    """Lay out the worst paths."""
    return tuple(
        _view(assessment, n, path) for n, path in enumerate(assessment.model.paths[:SHOWN], 1)
    )


def _view(assessment: Assessment, number: int, path: AttackPath) -> PathView:
    knowledge = assessment.knowledge
    mitigation = knowledge.mitigations.get(path.break_by)
    clause = knowledge.clauses.get(path.guard)
    return PathView(
        number,
        path,
        _figure(assessment, path) if number <= _DRAWN else Markup(),
        tuple(_step(step) for step in path.steps),
        mitigation.says if mitigation else "",
        clause.says if clause else "",
    )


def _figure(assessment: Assessment, path: AttackPath) -> Markup:
    used = {step.layer for step in path.steps}
    lanes = [(id_, assessment.knowledge.layers[id_].name) for id_ in _ORDER if id_ in used]
    kinds = {step.kind for step in path.steps if not step.layer}
    if kinds - {"impact"}:
        lanes.insert(0, ("Entry", "how it begins"))
    if "impact" in kinds:
        lanes.append(("Harm", "what is left behind"))
    stops = [Stop(_lane(step), _label(step)) for step in path.steps]
    at = next((n for n, s in enumerate(path.steps) if s.id == path.break_at), -1)
    told = "; ".join(f"{n} {one_line(s.text)}" for n, s in enumerate(path.steps, 1))
    title = f"{sentence(one_line(path.title))} Steps: {told}. Cheapest break before step {at + 1}."
    return attack_path(stops, lanes, at, title)


def _step(step: PathStep) -> str:
    text = one_line(step.text)
    if len(text) > _STEP_LETTERS:
        text = f"{text[:_STEP_LETTERS].rsplit(' ', 1)[0].rstrip(' ,:;')} …"
    return f"{text} `{step.id}`"


def _lane(step: PathStep) -> str:
    return step.layer or ("Harm" if step.kind == "impact" else "Entry")


def _label(step: PathStep) -> str:
    if step.tools:
        return one_line(step.tools[0])
    return step.id if step.kind == "threat" else ""


_CARDS = 10
_REASONS = 3
_FIXES = 2
_CARD_REFS = ("asi", "llm", "mcp", "cwe", "aivss")


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact behind a finding."""

    text: str
    """What is so."""

    place: str
    """Where it is written; empty where it follows from other facts."""


@dataclass(frozen=True, slots=True)
class Card:
    """A finding to act on."""

    finding: Finding
    """The finding."""

    layer: str
    """Name of its layer."""

    state: str
    """How it stands, in a word."""

    attack: str
    """What an attack would look like; empty where that says no more than the title."""

    reasons: tuple[Reason, ...]
    """Why here."""

    fixes: tuple[str, ...]
    """What to do, best first."""

    refs: tuple[str, ...]
    """The best known references."""

    path: str
    """Anchor of the attack path that it is part of; empty where none."""

    parts: tuple[Finding, ...] = ()
    """Findings with the same tools and the same remedy, which are not told apart."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one control answers."""

    says: str
    """The control, in a sentence."""

    findings: tuple[Finding, ...]
    """Open findings that it answers first of all and that have no card."""


def cards(assessment: Assessment) -> tuple[Card, ...]:
    """Lay out the findings to act on first."""
    drawn = {
        step.id: f"path-{n}"
        for n, path in reversed(list(enumerate(assessment.model.paths[:SHOWN], 1)))
        for step in path.steps
    }
    return tuple(
        Card(
            finding,
            assessment.knowledge.layers[finding.layer].name,
            STATES[finding.state],
            "" if finding.attack.startswith(finding.title) else finding.attack,
            (*reasons(assessment, finding)[:_REASONS], *_held(assessment, finding)),
            tuple(
                sentence(assessment.knowledge.mitigations[m].says)
                for m in finding.mitigations[:_FIXES]
            ),
            short_refs(finding),
            drawn.get(finding.id, ""),
            parts,
        )
        for finding, parts in merged(assessment.model.open)[:_CARDS]
    )


def merged(findings: Iterable[Finding]) -> tuple[tuple[Finding, tuple[Finding, ...]], ...]:
    """Put findings together that have the same tools and the same first remedy, worst first."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in worst_first(tuple(findings)):
        groups.setdefault((finding.tools, finding.mitigations[:1]), []).append(finding)
    return tuple((group[0], tuple(group[1:])) for group in groups.values())


def answered(assessment: Assessment) -> tuple[Answered, ...]:
    """Say of findings without a card which control answers several of them, most first."""
    shown = {f.id for card in cards(assessment) for f in (card.finding, *card.parts)}
    by_control: dict[str, list[Finding]] = {}
    for finding in worst_first(assessment.model.open):
        if finding.id not in shown and finding.mitigations:
            by_control.setdefault(finding.mitigations[0], []).append(finding)
    several = [name for name, found in by_control.items() if len(found) > 1]
    order = sorted(several, key=lambda name: (-len(by_control[name]), name))
    says = assessment.knowledge.mitigations
    return tuple(Answered(sentence(says[i].says), tuple(by_control[i])) for i in order)


def reasons(assessment: Assessment, finding: Finding) -> tuple[Reason, ...]:
    """Give the facts that made a finding, each with its place."""
    facts = assessment.facts.facts
    found = []
    for id_ in finding.because:
        fact = facts.get(id_)
        if fact is None:
            continue
        first = fact.evidence[0] if fact.evidence else None
        negated = fact.value is False
        text = sentence(f"not so: {fact.says}" if negated else fact.says)
        found.append(Reason(text, short_place(first.place) if first else ""))
    return tuple(found)


def _held(assessment: Assessment, finding: Finding) -> Iterator[Reason]:
    """Say which controls hold against a finding, each with its place."""
    for id_ in finding.controls:
        fact = assessment.facts.facts[id_]
        place = short_place(fact.evidence[0].place) if fact.evidence else ""
        yield Reason(f"In place: {fact.says}.", place)


def short_refs(finding: Finding) -> tuple[str, ...]:
    """Give the references of a finding that most people know."""
    found = []
    for namespace, ids in finding.refs.items():
        short = namespace.split("@")[0]
        if short in _CARD_REFS:
            found += [f"AIVSS risk {i}" if short == "aivss" else i for i in ids[:2]]
    return tuple(found)


# The seven layers: a heat strip, then a section for each.

_LAYER_ORDER = ("L7", "L6", "L5", "L4", "L3", "L2", "L1", "XL")
_ASKED = 2
_TALLEST = 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A layer in the heat strip."""

    id: str
    """Layer id."""

    name: str
    """Its name."""

    open: int
    """Open threats."""

    style: str
    """Style name of the worst severity, `unsure` where the layer is not mapped."""

    height: float
    """Height in rem."""

    word: str
    """The worst severity or `None open`, and whether the layer is not certain."""


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer in full."""

    view: LayerView
    """The layer."""

    counts: str
    """How many threats are open and how many wait for an answer."""

    questions: tuple[str, ...]
    """What would settle it."""


def bars(assessment: Assessment) -> tuple[Bar, ...]:
    """Lay out the heat strip: seven layers."""
    seven = [layer for layer in assessment.model.layers if layer.id != "XL"]
    most = max((layer.open for layer in seven), default=0) or 1
    return tuple(_bar(layer, most) for layer in seven)


def layer_rows(assessment: Assessment) -> tuple[LayerRow, ...]:
    """Lay out the layers, the ecosystem first."""
    waiting = Counter(f.layer for f in assessment.model.findings if f.state == "needs_answer")
    by_id = {layer.id: layer for layer in assessment.model.layers}
    return tuple(
        LayerRow(
            by_id[id_],
            _counts(by_id[id_].open, waiting[id_]),
            tuple(question_of(assessment, q) for q in by_id[id_].questions[:_ASKED]),
        )
        for id_ in _LAYER_ORDER
        if id_ in by_id
    )


def lead(assessment: Assessment) -> str:
    """Say how many layers are mapped."""
    seven = [layer for layer in assessment.model.layers if layer.id != "XL"]
    mapped = sum(layer.certain for layer in seven)
    if mapped == len(seven):
        return "All seven layers are mapped from the description."
    rest = len(seven) - mapped
    verb = "is" if rest == 1 else "are"
    if not mapped:
        return "No layer is mapped; each ends in the questions that settle it."
    return (
        f"{count(mapped, 'layer')} {'is' if mapped == 1 else 'are'} mapped;"
        f" {rest} {verb} not certain and {'ends' if rest == 1 else 'end'} in questions."
    )


def _bar(layer: LayerView, most: int) -> Bar:
    style = mark(layer.worst) if layer.certain else f"{mark(layer.worst)} unsure"
    word = (layer.worst or "none open").capitalize()
    if not layer.certain:
        word += ", not certain"
    height = round(max(layer.open * _TALLEST / most, 0.2), 1)
    return Bar(layer.id, layer.name, layer.open, style, height, word)


def _counts(open_: int, waiting: int) -> str:
    text = f"{open_} open"
    return f"{text}, {waiting} to answer" if waiting else text
