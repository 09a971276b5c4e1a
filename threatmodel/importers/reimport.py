"""Import into a description that exists: refresh what sources say, keep what a person wrote."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Literal

from threatmodel.description.load import load_agent
from threatmodel.errors import AivssError, Location
from threatmodel.importers.merge import Imported
from threatmodel.importers.statements import Path, Statement, one_line_cut
from threatmodel.importers.write import (
    FIELD,
    inline_statements,
    path_of,
    pointer,
    value_at,
    value_digest,
)
from threatmodel.reading.positions import Value
from threatmodel.reading.yaml import parse

# What a second import found different from the first, in words.

# A difference is read in a terminal, with the old and the new value on one line.
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between what was written before and what the sources say now."""

    kind: Literal["added", "changed", "removed", "kept"]
    """New, different, no longer said; or kept as a person wrote it, against the sources."""
    where: str
    """Which value, such as `supply.pinned`, or which part of which tool."""
    before: str = ""
    """What stood there; for what is kept, what stands there still."""
    after: str = ""
    """What the sources say now."""
    origin: str = ""
    """Source and place inside it."""

    def __str__(self) -> str:
        """Say it in a line."""
        source = f" ({self.origin})" if self.origin else ""
        match self.kind:
            case "added":
                return f"added {self.where}: {self.after}{source}"
            case "changed":
                return f"changed {self.where}: {self.before} -> {self.after}{source}"
            case "removed":
                return f"removed {self.where}: {self.before}; no source says it any more"
            case "kept":
                return f"kept {self.where}: you have {self.before}, not {self.after}{source}"


def _in_a_line(value: Value) -> str:
    """Write a value for a line: the answer of a statement, a text, the number of items."""
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "nothing"
    if isinstance(value, list | dict):
        return f"{len(value)} entries"
    return one_line_cut(str(value), _LONGEST)


_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A description after a second import."""

    text: str
    """Its new text; the old one, byte for byte, where nothing changed."""
    differences: tuple[Difference, ...]
    """What changed, and what was kept against the sources."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What to do about one value."""

    path: Path
    value: Value = None
    """What to write; None to leave the value as it is."""
    remove: bool = False
    provenance: Mapping[str, Value] | None = None
    """What stands of it under `imported`; None to drop it."""
    difference: Difference | None = None


def reimport(text: str, name: str, imported: Imported, tools_file: str | None = None) -> Refreshed:
    """Bring a description up to date.

    A value counts as written by the import while its digest is that of the last import; then
    it is refreshed, or removed where no source says it any more. Any other value is a person's and
    stays. What a person removed is not written again.

    Args:
        text: The description as it stands; it must load.
        name: What faults call the file.
        imported: What the sources say now.
        tools_file: File of the tools, to be named where the description names none yet.
    """
    top = parse(text.encode(), name).value
    if not isinstance(top, dict):
        return Refreshed(text, ())
    steps = [*_steps(top, imported)]
    if imported.tools is not None and tools_file and top.get("tools") in (None, _UNKNOWN):
        steps.append(_Step(("tools",), {"file": tools_file}, provenance=None))
    differences = tuple(step.difference for step in steps if step.difference)
    return Refreshed(_applied(text, top, steps), differences)


def _steps(top: Mapping[str, Value], imported: Imported) -> Iterator[_Step]:
    digests = _digests(top)
    statements = {one.path: one for one in imported.statements}
    if isinstance(top.get("tools"), list):
        statements |= {one.path: one for one in inline_statements(imported)}
    moved = _members_moved(digests, statements, top)
    for path, one in statements.items():
        step = _about(one, _known(top, path), digests.get(path))
        yield _rewired(step, one, top, moved)
    for path, digest in digests.items():
        if path not in statements and not imported.adds_only:
            yield _unstated(path, value_at(top, path), digest)


def _about(one: Statement, current: Value, digest: str | None) -> _Step:
    """Decide about a value that a source gives."""
    now = {"digest": value_digest(one.value), "from": one.origin}
    where = ".".join(one.path)
    if current is None and digest is None:
        after = _in_a_line(one.value)
        added = Difference("added", where, after=after, origin=one.origin)
        return _Step(one.path, one.value, provenance=now, difference=added)
    if current is not None and digest == value_digest(current):
        changed = None
        value = one.value if current != one.value else None
        if value is not None:
            changed = Difference("changed", where, *_told_apart(current, value), one.origin)
        return _Step(one.path, value, provenance=now, difference=changed)
    kept = None
    if current != one.value and digest != now["digest"]:
        kept = Difference("kept", where, *_told_apart(current, one.value), one.origin)
    return _Step(one.path, provenance=now if digest is not None else None, difference=kept)


def _told_apart(old: Value, new: Value) -> tuple[str, str]:
    """Word two values that differ; lists of one length are told apart by no count."""
    before, after = _in_a_line(old), _in_a_line(new)
    return before, f"{after} that differ" if after == before else after


_FLOWS: Path = ("flows",)


def _members_moved(
    digests: Mapping[Path, str], statements: Mapping[Path, Statement], top: Mapping[str, Value]
) -> tuple[set[str], set[str]]:
    """Give the members that come with this import, and those that go with it."""
    said = {path[1] for path in statements if path[0] == "members"}
    known = {path[1] for path in digests if path[0] == "members"}
    gone = {name for name in known - said if _goes(digests, top, name)}
    return said - known, gone


def _goes(digests: Mapping[Path, str], top: Mapping[str, Value], name: str) -> bool:
    path = ("members", name, "extends")
    return digests.get(path) == value_digest(value_at(top, path))


def _rewired(
    step: _Step, one: Statement, top: Mapping[str, Value], moved: tuple[set[str], set[str]]
) -> _Step:
    """Let flows that a person wrote follow the members: none leads to one that is gone."""
    current, (come, gone) = value_at(top, one.path), moved
    if step.path != _FLOWS or step.value is not None or not (come or gone):
        return step
    if not isinstance(current, list) or not isinstance(one.value, list):
        return step
    kept = [flow for flow in current if not _ends(flow) & gone]
    new = [flow for flow in one.value if _ends(flow) & come]
    if [*kept, *new] == current:
        return step
    told = f"{len(current) - len(kept)} of members that are gone left out"
    told += f", {len(new)} of new members added"
    changed = Difference("changed", "flows", _in_a_line(current), told, one.origin)
    return replace(step, value=[*kept, *new], difference=changed)


def _ends(flow: Value) -> set[str]:
    return {str(flow.get("from")), str(flow.get("to"))} if isinstance(flow, dict) else set()


def _unstated(path: Path, current: Value, digest: str) -> _Step:
    """Decide about a value that a source gave once and none gives now."""
    if current is None or digest != value_digest(current) or path == ("name",):
        return _Step(path)
    gone = Difference("removed", ".".join(path), _in_a_line(current))
    return _Step(path, remove=True, difference=gone)


def _digests(top: Mapping[str, Value]) -> dict[Path, str]:
    provenance = top.get(FIELD)
    pairs = provenance.items() if isinstance(provenance, dict) else ()
    return {
        path_of(place): str(one.get("digest", "")) for place, one in pairs if isinstance(one, dict)
    }


def _known(top: Mapping[str, Value], path: Path) -> Value:
    """Find a value; `unknown`, there or above, is as good as nothing."""
    value = value_at(top, path)
    return None if value == _UNKNOWN else value


def _applied(text: str, top: Mapping[str, Value], steps: list[_Step]) -> str:
    from threatmodel.importers.yaml_edit import Edit  # noqa: PLC0415 - ruamel is loaded late

    old = top.get(FIELD)
    provenance = dict(old) if isinstance(old, dict) else {}
    bom, ending = "\ufeff" * text.startswith("\ufeff"), "\r\n" if "\r\n" in text else "\n"
    edit, touched = Edit(text.removeprefix(bom).replace("\r\n", "\n")), False
    for step in steps:
        place = pointer(step.path)
        if step.remove:
            edit.remove(step.path)
        elif step.value is not None:
            edit.put(step.path, step.value)
        if step.provenance is None and place in provenance:
            edit.remove((FIELD, place))
        elif step.provenance is not None and provenance.get(place) != step.provenance:
            edit.put((FIELD, place), dict(step.provenance))
        else:
            touched = touched or step.remove or step.value is not None
            continue
        touched = True
    return bom + edit.text().replace("\n", ending) if touched else text


# What no second import turns a description into.


def check_shape(path: FilePath, imported: Imported) -> None:
    """Refuse to turn one agent into a system, or a system into one agent."""
    load_agent(path)
    top = parse(path.read_bytes(), str(path)).value
    is_system = isinstance(top, dict) and "members" in top
    _check_members(path, top if isinstance(top, dict) else {}, imported)
    if is_system == bool(imported.members) or (is_system and imported.adds_only):
        return
    what, other = ("a system", "one agent") if is_system else ("one agent", "a system")
    raise AivssError(
        f"the description there is of {what}, and what is imported is {other}",
        Location(str(path)),
        "name the file of the member" if is_system else "write the system under another name",
    )


def _check_members(path: FilePath, top: dict[str, Value], imported: Imported) -> None:
    """Refuse answers for a member that the system does not have."""
    if not imported.adds_only:
        return
    for name in dict.fromkeys(s.path[1] for s in imported.statements if s.path[0] == "members"):
        if value_at(top, ("members", name)) is None:
            raise AivssError(
                f"the description there has no member '{one_line_cut(name, 80)}',"
                " which is answered for",
                Location(str(path)),
                "give the form the name that the member has now",
            )
