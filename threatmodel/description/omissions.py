"""Leave members, stores, outside parties and flows of an extended system out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from threatmodel.errors import InvalidFileError, short, suggestion
from threatmodel.reading.positions import Value

if TYPE_CHECKING:
    from threatmodel.description.agent import Opened

WITHOUT = "without"
_NAMED = ("stores", "outside")


def left_out(laid: "Opened", asked: Value) -> "Opened":
    """Take out what `without` names: with a name go the flows to it and from it.

    Raises:
        ExceptionGroup: Of every name and flow that the extended system does not have.
    """
    value = {key: part for key, part in laid.value.items() if key != WITHOUT}
    laid = laid._replace(value=value)
    faults = list(_faults(laid, asked))
    if faults:
        raise ExceptionGroup("what is left out is not there", faults)
    listed = asked if isinstance(asked, list) else []
    names = {one for one in listed if isinstance(one, str)}
    ways = {_ends(one) for one in listed if isinstance(one, dict)}
    for part in _NAMED:
        laid = _kept(
            laid, part, [at for at, one in _rows(laid, part) if one.get("name") not in names]
        )
    flows = [
        at
        for at, one in _rows(laid, "flows")
        if _ends(one) not in ways and names.isdisjoint(_ends(one))
    ]
    laid = _kept(laid, "flows", flows)
    members = tuple(one for one in laid.members if one.value.get("name") not in names)
    places = laid.places
    for at, one in enumerate(members):
        places = places.under(("members", at), one.places)
    return laid._replace(members=members, places=places)


def _kept(laid: "Opened", part: str, kept: Sequence[int]) -> "Opened":
    """Keep some entries of a list, each with the place that it had."""
    listed = laid.value.get(part)
    if not isinstance(listed, list) or len(kept) == len(listed):
        return laid
    places = laid.places
    for new, old in enumerate(kept):
        places = places.under((part, new), laid.places.at((part, old)))
    return laid._replace(value={**laid.value, part: [listed[at] for at in kept]}, places=places)


def _rows(laid: "Opened", part: str) -> Iterator[tuple[int, Mapping[str, Value]]]:
    listed = laid.value.get(part)
    for at, one in enumerate(listed if isinstance(listed, list) else []):
        yield at, one if isinstance(one, dict) else {}


def _ends(flow: Mapping[str, Value]) -> tuple[Value, Value]:
    sender, to = flow.get("from"), flow.get("to")
    return str(sender), str(to)


def _faults(laid: "Opened", asked: Value) -> Iterator[InvalidFileError]:
    if not isinstance(asked, list):
        where, hint = laid.places.of((WITHOUT,)), "write `without: [name]`"
        yield InvalidFileError(f"{WITHOUT}: should be a list of names and flows", where, hint)
        return
    known = [str(one.value.get("name")) for one in laid.members]
    known += [str(one.get("name")) for part in _NAMED for _, one in _rows(laid, part)]
    ways = {_ends(one) for _, one in _rows(laid, "flows")}
    for at, one in enumerate(asked):
        where = laid.places.of((WITHOUT, at))
        if isinstance(one, str):
            if one not in known:
                told = f"the extended system has no member, store or outside party '{short(one)}'"
                yield InvalidFileError(f"{WITHOUT}.{at}: {told}", where, suggestion(one, known))
        elif not isinstance(one, dict) or set(one) != {"from", "to"}:
            hint = "write a name, or `{from: a, to: b}` for a flow"
            yield InvalidFileError(f"{WITHOUT}.{at}: neither a name nor a flow", where, hint)
        elif _ends(one) not in ways:
            sender, to = _ends(one)
            told = (
                f"the extended system has no flow from '{short(str(sender))}' to '{short(str(to))}'"
            )
            yield InvalidFileError(f"{WITHOUT}.{at}: {told}", where, "look at its `flows`")
    if not {str(one.value.get("name")) for one in laid.members} - {
        o for o in asked if isinstance(o, str)
    }:
        told = f"{WITHOUT}: no member is left"
        yield InvalidFileError(told, laid.places.of((WITHOUT,)), "leave at least one in")
