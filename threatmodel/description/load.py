"""Read a description: its own file, the product it extends, and the tool list it points at."""

from collections.abc import Set as AbstractSet
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import get_args

from threatmodel.description.agent import Agent, Opened, Tool, offers_in
from threatmodel.description.part import check_part
from threatmodel.description.vocabulary import check_vocabulary
from threatmodel.errors import (
    InvalidFileError,
    Location,
    OtherFileError,
    first_of,
    gathered,
    near,
    short,
)
from threatmodel.files import named_file
from threatmodel.reading import read_bytes_tree, read_data
from threatmodel.reading.positions import Places, Tree, Value
from threatmodel.scales import Speaker

_MOST_PRODUCTS = 4
"""A deployment extends a product; a chain longer than this is a mistake or a loop."""

_TOOL_KEYS = tuple(Tool.key_of(name) for name in Tool.hints() if name not in {"override", "server"})
"""Keys that count in a tool list, which comes from a server; it may carry others, such as icons.
What a person says of a tool (`class`, `server`) is never taken from there."""


def load_agent(path: Path) -> Agent:
    """Read a description.

    Raises:
        InvalidFileError: A file cannot be read, or is not YAML or JSON as this project reads it.
        ExceptionGroup: All faults in what the description says, each with its place.
    """
    return agent_of(open_files(path, read_data(path)))


def load_agent_text(data: bytes, name: str) -> Agent:
    """Read a description that is already in memory; files it names are sought where we stand."""
    return agent_of(open_files(Path(name), data))


def agent_of(opened: Opened) -> Agent:
    """Check an opened description; raises ExceptionGroup with every fault."""
    if opened.members:
        from threatmodel.description.members import system_of  # noqa: PLC0415 - most have none

        return system_of(opened, _lay, partial(check_vocabulary, member=True))
    agent = check_part(Agent, Tree(opened.value, opened.places))
    check_vocabulary(agent, opened.places)
    return agent.located(opened.places, opened.speakers, opened.digest)


def open_files(path: Path, data: bytes, depth: int = 0, *, member: bool = False) -> Opened:
    """Read a description and what it refers to, without checking what it says.

    `depth` counts the files that led here; `member` says that it describes a member of a system.
    """
    return _opened(path, read_bytes_tree(data, str(path)), data, depth, member=member)


def _opened(path: Path, tree: Tree, data: bytes, depth: int, *, member: bool) -> Opened:
    value = _mapping(tree)
    if not member:
        _refuse_other(value, Location(str(path)))
    places, digest = tree.places, sha256(data)
    members = () if member else _open_members(path, tree)
    for one in members:
        digest.update(one.digest.encode())
    if isinstance(value.get("tools"), dict):
        tools, where, raw, offers = _tool_file(path, value["tools"], tree)
        value, places = value | {"tools": tools}, places.under(("tools",), where)
        # What a person writes of prompts and resources holds over what the list has of them.
        if offers and "offers" not in value:
            value, places = value | {"offers": offers}, places.under(("offers",), where)
        digest.update(raw)
    speakers = {str(path): _speaker(value)}
    if isinstance(value.get("extends"), str):
        base = _base(path, str(value["extends"]), tree, depth, member=member)
        digest.update(base.digest.encode())
        laid = _lay(base, Opened(value, places, speakers, digest.hexdigest(), members))
        return _system_over(laid, base) if base.members else laid
    return Opened(value, places, speakers, digest.hexdigest(), members)


def _system_over(laid: Opened, base: Opened) -> Opened:
    """Lay the members of a file over those of the system that it extends, and leave some out."""
    from threatmodel.description.members import laid_members  # noqa: PLC0415 - as below
    from threatmodel.description.omissions import WITHOUT, left_out  # noqa: PLC0415 - as below

    own = laid.members
    whole = laid_members(laid, base.members, _lay) if own else laid._replace(members=base.members)
    return left_out(whole, laid.value[WITHOUT]) if WITHOUT in laid.value else whole


def _lay(base: Opened, own: Opened) -> Opened:
    """Lay a description over another: a deployment over its product, a member over its system."""
    merged = _merge(base.value, own.value)
    places = _layered(own.value, own.places, base)
    return own._replace(value=merged, places=places, speakers=base.speakers | own.speakers)


def _open_members(path: Path, tree: Tree) -> tuple[Opened, ...]:
    """Open the members of a system, each with the files that it names."""
    if not (isinstance(tree.value, dict) and "members" in tree.value):
        return ()
    from threatmodel.description.members import listed_members  # noqa: PLC0415 - most have none

    def opened(places: Places, value: Value) -> Opened:
        # No bytes: the file of the system is in its digest once already.
        one = _opened(path, Tree(value, places), b"", 1, member=True)
        return one._replace(speakers={k: v for k, v in one.speakers.items() if k != str(path)})

    return tuple(gathered(partial(opened, *one) for one in listed_members(tree)))


def _mapping(tree: Tree) -> dict[str, Value]:
    if isinstance(tree.value, dict):
        return tree.value
    raise InvalidFileError(
        "a description is a mapping of fields, such as `name: ...`",
        tree.places.of(()),
        "begin with `name:`; `aivss schema` prints every field",
    )


FORM_KEYS = ({"name", "stated_by", "facts"}, {"name", "stated_by", "members"})
"""Keys of a form of open questions, of one agent and of a system."""
_FORM_ROW = {"value", "by", "note", "proof"}
_MADE_BY_US = "urn:aivss:"
_SHOWN_KEYS = 4
_ALIKE = 0.8
"""Likeness of a key with a slip, 0 to 1: `scripts` is not meant as `scores`."""


def _refuse_other(value: dict[str, Value], where: Location) -> None:
    """Refuse what is no description at all with one fault, in place of one for each of its keys."""
    if str(value.get("schema")).startswith(_MADE_BY_US):
        hint = "name the description that it was made from"
        raise OtherFileError("this is a result of aivss, and no description", where, hint)
    if set(value) in FORM_KEYS and _is_form(value):
        hint = "`aivss import FILE -o agent.yaml` adds its answers to the description"
        raise OtherFileError("this is a form of open questions, and no description", where, hint)
    # A list of tools has a key that a description has, too.
    if value and not _is_description(value, Agent.takers().keys()):
        from threatmodel.description.system import System  # noqa: PLC0415 - most are none

        if _is_description(value, System.takers().keys()):
            return
        keys = first_of([f"`{short(key)}`" for key in value], _SHOWN_KEYS)
        raise OtherFileError(
            f"this is no description: it says {keys}",
            where,
            "`aivss import FILE -o agent.yaml` makes one of a tool list, a configuration, a card"
            " and the like; one written by hand begins with `name:`",
        )


def _is_description(value: dict[str, Value], takers: AbstractSet[str]) -> bool:
    """Tell whether half of the keys, and others than `tools`, are of a description, or meant so."""
    known = value.keys() & takers
    if len(known) < len(value):
        # One with slips is told each of them with its place; it has a name, well written or not.
        slips = {key: near(key, takers, _ALIKE) for key in value if key not in known}
        if "name" in {*known, *slips.values()}:
            known |= {key for key, meant in slips.items() if meant}
    return not known <= {"tools"} and 2 * len(known) >= len(value)


def _is_form(value: dict[str, Value]) -> bool:
    """Tell a form from a vendor's description that states nothing but facts."""
    members = value.get("members", [value])
    asked = [
        row
        for one in (members if isinstance(members, list) else [])
        if isinstance(one, dict) and isinstance(facts := one.get("facts"), dict)
        for row in facts.values()
    ]
    return bool(asked) and all(isinstance(row, dict) and row.keys() >= _FORM_ROW for row in asked)


def _speaker(value: dict[str, Value]) -> Speaker:
    said = value.get("stated_by")
    return next((s for s in get_args(Speaker) if s == said), "reviewer")


Listed = tuple[list[Value], Places, bytes, dict[str, Value]]
"""Tools, where they stand, the bytes of their file, and what else the server offers."""


def _tool_file(path: Path, named: Value, tree: Tree) -> Listed:
    """Read the tool list that `tools: {file: ...}` points at, and what stands beside it."""
    where = tree.places.of(("tools",))
    if not (isinstance(named, dict) and set(named) == {"file"} and isinstance(named["file"], str)):
        raise InvalidFileError(
            "tools: neither a list of tools nor `{file: tools.json}`",
            where,
            "write the tools as a list, or point at a tool list",
        )
    listing = tree.places.of(("tools", "file"))
    file = _beside(path, named["file"], listing)
    if not file.is_file():
        raise InvalidFileError(f"tools: {named['file']} is not a file", listing, "check the name")
    raw = read_data(file)
    listed = read_bytes_tree(raw, str(file))
    value, places = listed.value, listed.places
    beside = value.get("server", value) if isinstance(value, dict) else None
    # As a server answers, as people save it, or bare.
    for key in ("result", "tools"):
        if isinstance(value, dict) and key in value:
            value, places = value[key], places.at((key,))
    if not isinstance(value, list):
        raise InvalidFileError(
            "the file is not a tool list",
            Location(str(file)),
            'expected `{"tools": [...]}` as a server answers tools/list, or a list of tools',
        )
    return [_only_known(tool) for tool in value], places, raw, offers_in(beside)


def _only_known(tool: Value) -> Value:
    if not isinstance(tool, dict):
        return tool
    return {key: tool[key] for key in _TOOL_KEYS if tool.get(key) is not None}


def _beside(path: Path, name: str, where: Location | None) -> Path:
    """Find a file named in a description; it stays in the description's folder or below it."""
    # A description may come from a stranger: it could have any file of the machine read into a
    # report.
    file = named_file(path.parent, name, where)
    if Path(name).is_absolute() or not file.resolve().is_relative_to(path.parent.resolve()):
        raise InvalidFileError(
            f"{name}: outside the folder of the description",
            where,
            "name a file in the same folder or below it",
        )
    return file


def _base(path: Path, name: str, tree: Tree, depth: int, *, member: bool) -> Opened:
    where = tree.places.of(("extends",))
    if depth >= _MOST_PRODUCTS:
        raise InvalidFileError(
            f"extends: more than {_MOST_PRODUCTS} files deep",
            where,
            "a deployment extends a product, not itself",
        )
    file = _beside(path, name, where)
    if not file.is_file():
        raise InvalidFileError(f"extends: {name} is not a file", where, "check the name")
    return open_files(file, read_data(file), depth + 1, member=member)


def _merge(base: dict[str, Value], own: dict[str, Value]) -> dict[str, Value]:
    """Lay a deployment over its product: sections are merged, everything else is replaced."""
    # A deployment has a form and a day of its own, and what was accepted for the product was
    # accepted for another host.
    merged = {k: v for k, v in base.items() if k not in ("extends", "form", "date", "decisions")}
    for key, value in own.items():
        below = merged.get(key)
        # Sections are merged and lists replaced: a merged list would bring back tools that a
        # deployment took out.
        both = isinstance(value, dict) and isinstance(below, dict)
        merged[key] = {**below, **value} if both else value  # type: ignore[dict-item]
    return merged


def _layered(own: dict[str, Value], places: Places, base: Opened) -> Places:
    """Let the product's file answer for what only it says."""
    for key, value in base.value.items():
        if key not in own:
            places = places.under((key,), base.places.at((key,)), keyed=True)
        elif isinstance(value, dict) and isinstance(own[key], dict):
            for inner in value.keys() - own[key].keys():  # type: ignore[union-attr]
                places = places.under((key, inner), base.places.at((key, inner)), keyed=True)
    return places
