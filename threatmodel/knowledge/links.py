"""Packed rows of all that hangs on threats: layers, mitigations, clauses, cascades, chains."""

from collections.abc import Iterable, Mapping
from typing import Any

from threatmodel.errors import AivssError
from threatmodel.knowledge.rules import Row, Vocabulary, vocabulary
from threatmodel.knowledge.sources import Sources
from threatmodel.knowledge.story_records import CascadeSource


def check_links(sources: Sources) -> None:
    """Refuse ids that lead nowhere; raises all of them as one ExceptionGroup of AivssError."""
    faults = [AivssError(f"{place}: unknown {name}") for place, name in _dangling(sources)]
    if faults:
        raise ExceptionGroup("ids that lead nowhere in frameworks/", faults)


def layer_rows(sources: Sources) -> list[Row]:
    """Pack layers in the order L1 to L7, XL."""
    layers = sources.layers.layers
    return [
        {"id": name, **layers[name].model_dump(mode="json")}
        for name in sorted(layers, key=lambda name: (layers[name].number or 8, name))
    ]


def mitigation_rows(sources: Sources) -> list[Row]:
    """Pack mitigations, sorted by id."""
    return _packed(sources.mitigations.mitigations)


def clause_rows(sources: Sources) -> list[Row]:
    """Pack clauses, sorted by id."""
    return _packed(sources.clauses.clauses)


def cascade_rows(sources: Sources) -> list[Row]:
    """Pack cascades, one row per edge, sorted."""
    return [
        {"source": source, "target": target, "kind": kind}
        for source, cascade in sorted(sources.cascades.cascades.items())
        for kind, targets in _edges(cascade)
        for target in sorted(targets)
    ]


def chain_rows(sources: Sources) -> list[Row]:
    """Pack chains, sorted by id."""
    return _packed(sources.chains.chains)


def combination_rows(sources: Sources) -> list[Row]:
    """Pack named combinations, sorted by name."""
    return _packed(sources.chains.combinations)


def severity_row(sources: Sources) -> Row:
    """Pack the severity table: matrix rows in the order of `impacts`."""
    row: Row = sources.severity.model_dump(mode="json")
    return row | {"matrix": [row["matrix"][impact] for impact in row["impacts"]]}


def namespace_rows(sources: Sources) -> list[Row]:
    """Pack namespaces, sorted by short name."""
    return _packed(sources.catalogue.namespaces)


def _packed(records: Mapping[Any, Any]) -> list[Row]:
    return [
        {"id": name, **record.model_dump(mode="json", exclude_defaults=True)}
        for name, record in sorted(records.items())
    ]


def _edges(cascade: CascadeSource) -> Iterable[tuple[str, tuple[str, ...]]]:
    yield "amplifies", cascade.amplifies
    yield "enables", cascade.enables
    yield "hides", cascade.hides


def _dangling(sources: Sources) -> Iterable[tuple[str, str]]:
    """Yield (place, id) for every id that names nothing."""
    known = _known(sources)
    for place, kind, names in _links(sources):
        for name in sorted(set(names) - known[kind]):
            yield place, name


def _known(sources: Sources) -> dict[str, set[str]]:
    words: Vocabulary = vocabulary(sources)
    spaces = sources.catalogue.namespaces
    return {
        "threat": {name for file in sources.threats for name in file.threats},
        "mitigation": set(sources.mitigations.mitigations),
        "clause": set(sources.clauses.clauses),
        "control": set(words.controls),
        "capability": set(sources.capabilities.capabilities),
        "fact": {n for n in words.all if not n.startswith("c.")},
        "threat namespace": {n for n, s in spaces.items() if s.used_for != "mitigation"},
        "mitigation namespace": {n for n, s in spaces.items() if s.used_for != "threat"},
        "namespace": set(spaces),
    } | {f"{n} id": set(names) for n, names in sources.names.names.items()}


def _links(sources: Sources) -> Iterable[tuple[str, str, Iterable[str]]]:
    """Yield (place, kind of thing named, names)."""
    for layer_id, layer in sources.layers.layers.items():
        yield f"layer {layer_id}", "fact", layer.decides
    for file in sources.threats:
        for name, threat in file.threats.items():
            yield name, "clause", threat.clauses
            yield name, "mitigation", threat.mitigations
            yield name, "threat namespace", threat.refs
            yield from _named(name, threat.refs, sources)
    for mitigation_id, mitigation in sources.mitigations.mitigations.items():
        yield mitigation_id, "control", mitigation.gives
        yield mitigation_id, "clause", mitigation.clauses
        yield mitigation_id, "mitigation namespace", mitigation.refs
        yield from _named(mitigation_id, mitigation.refs, sources)
    yield "names", "namespace", sources.names.names
    yield from _story_links(sources)


def _named(
    place: str, refs: Mapping[str, tuple[str | int, ...]], sources: Sources
) -> Iterable[tuple[str, str, Iterable[str]]]:
    """Ids of a namespace whose names we carry must have one."""
    for name in sorted(set(refs) & set(sources.names.names)):
        yield place, f"{name} id", [str(ref) for ref in refs[name]]


def _story_links(sources: Sources) -> Iterable[tuple[str, str, Iterable[str]]]:
    for source, cascade in sources.cascades.cascades.items():
        yield "cascades", "threat", (source, *cascade.enables, *cascade.amplifies, *cascade.hides)
    for loop in sources.cascades.loops:
        yield "loops", "threat", loop
    for name, chain in sources.chains.chains.items():
        yield name, "threat", (*chain.steps, chain.breaks_best_at)
    for name, combination in sources.chains.combinations.items():
        yield f"combination {name}", "threat", (combination.threat,)
        yield f"combination {name}", "capability", combination.legs
