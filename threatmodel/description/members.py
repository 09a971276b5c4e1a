"""Read the members of a system: each opened, laid over what the system says, and checked."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from threatmodel.description.agent import Agent, Opened
from threatmodel.description.omissions import WITHOUT
from threatmodel.description.part import check_part
from threatmodel.description.system import Person, System, misfits
from threatmodel.errors import InvalidFileError, gathered, short, suggestion
from threatmodel.reading.positions import Places, Tree, Value

PARTS = ("members", "flows", "stores", "outside")
"""Fields that only a system has."""

_OF_MEMBERS = ("tools", "tool_classes", "scores")
"""Fields that belong to members and mean nothing for several agents at once."""

_INHERITED = frozenset(Agent.hints()) - {
    "name", "kind", "summary", "tags", "sources", "extends", "decisions", "imported", *_OF_MEMBERS,
}  # fmt: skip
"""What a system says for its members."""

MOST_MEMBERS = 500
"""Members of one system; more would be a mistake, or made to keep a reader busy."""

Lay: TypeAlias = Callable[[Opened, Opened], Opened]
"""Lays a description over another."""

CheckNames: TypeAlias = Callable[[Agent, Places], None]
"""Refuses names that the rules do not have."""


def listed_members(tree: Tree) -> Iterator[tuple[Places, Value]]:
    """Yield each member of a description with where it stands; raises InvalidFileError."""
    listed = tree.value["members"] if isinstance(tree.value, dict) else None
    where = tree.places.of(("members",))
    if not isinstance(listed, list) or not listed:
        hint = "write one `- name: ...` for each agent or person"
        raise InvalidFileError("members: should be a list of at least one member", where, hint)
    if len(listed) > MOST_MEMBERS:
        hint = "describe the parts of a larger system one by one"
        raise InvalidFileError(f"members: more than {MOST_MEMBERS}", where, hint)
    for index, value in enumerate(listed):
        places = tree.places.at(("members", index))
        if isinstance(value, dict) and "stated_by" in value:
            raise InvalidFileError(
                f"members.{index}.stated_by: one file has one speaker",
                places.of(("stated_by",)),
                "say it of the system, or put the member into a file and let it be extended",
            )
        yield places, value


def laid_members(own: Opened, base: Sequence[Opened], lay: Lay) -> Opened:
    """Lay what a file says of members over those of the system that it extends, name by name.

    Raises InvalidFileError for a member that the system does not have and that nothing describes.
    """
    first: dict[Value, Opened] = {}
    added: list[Opened] = []
    names = [str(one.value.get("name")) for one in base]
    for one in own.members:
        name = one.value.get("name")
        if name in names and name not in first:
            first[name] = one
        # A new member says what it is; a name alone is more likely a name mistyped.
        elif name in names or {"kind", "tools", "extends"} & one.value.keys():
            added.append(one)
        else:
            raise InvalidFileError(
                f"members: the extended system has no member '{name}'",
                one.places.of(("name",)),
                suggestion(str(name), names)
                or "a member that is new says its `kind` or its `tools`",
            )
    laid = [lay(one, first[n]) if (n := one.value.get("name")) in first else one for one in base]
    members, places = (*laid, *added), own.places
    for index, one in enumerate(members):
        places = places.under(("members", index), one.places)
    return own._replace(members=members, places=places)


def _refuse_nested(own: Opened) -> None:
    # One level: flows would have to say which inner member they reach, and nobody could read the
    # map.
    if any(part in own.value for part in PARTS) or own.value.get("kind") == "multi-agent":
        raise InvalidFileError(
            "a member cannot be a system itself",
            own.places.of(()),
            "list the members and flows of the inner system among those of the outer one",
        )


def system_of(
    opened: Opened,
    lay: Lay,
    check_names: CheckNames,
) -> System:
    """Check an opened system; raises ExceptionGroup with every fault.

    Args:
        opened: The description, its members opened one by one.
        lay: Lays a member over what the system says.
        check_names: Refuses names that the rules do not have.
    """
    whole: list[System] = []
    members: list[Agent | Person] = []
    gathered(
        (
            lambda: whole.append(_whole(opened, check_names)),
            lambda: members.extend(_members(opened, lay, check_names)),
            partial(_refuse_misplaced, opened),
        )
    )
    tools = tuple(tool for one in members if isinstance(one, Agent) for tool in one.known_tools)
    if not any(isinstance(one, Agent) for one in members):
        raise InvalidFileError(
            "members: none of them is an agent",
            opened.places.of(("members",)),
            "people alone have no score; describe the agent, server or skill that they work with",
        )
    system = whole[0].changed({"members": tuple(members), "tools": tools})
    faults = tuple(misfits(system, opened.places))
    if faults:
        raise ExceptionGroup("names that do not fit each other", faults)
    return system.located(opened.places, opened.speakers, opened.digest)


def _whole(opened: Opened, check_names: CheckNames) -> System:
    value = {k: v for k, v in opened.value.items() if k not in ("members", *_OF_MEMBERS)}
    system = check_part(System, Tree({"kind": "multi-agent", **value}, opened.places))
    check_names(system, opened.places)
    if system.kind != "multi-agent":
        raise InvalidFileError(
            f"kind: a description with members is multi-agent, not {system.kind}",
            opened.places.of(("kind",)),
            "write `kind: multi-agent`, or leave it out",
        )
    return system


def _refuse_misplaced(opened: Opened) -> None:
    if WITHOUT in opened.value:
        raise InvalidFileError(
            f"{WITHOUT}: there is no system that this one extends",
            opened.places.key((WITHOUT,)),
            "leave the member or the flow out where it stands",
        )
    faults = [
        InvalidFileError(
            f"{field}: a system has none of its own",
            opened.places.key((field,)),
            "say it of the member that it belongs to",
        )
        for field in _OF_MEMBERS
        if field in opened.value
    ]
    if faults:
        raise ExceptionGroup("what belongs to members", faults)


def _members(
    opened: Opened,
    lay: Lay,
    check_names: CheckNames,
) -> list[Agent | Person]:
    return gathered(partial(_member, opened, one, lay, check_names) for one in opened.members)


def _member(
    system: Opened,
    own: Opened,
    lay: Lay,
    check_names: CheckNames,
) -> Agent | Person:
    _refuse_nested(own)
    if own.value.get("kind") == "person":
        return check_part(Person, Tree(own.value, own.places))
    said = {k: v for k, v in system.value.items() if k in _INHERITED and k != "credentials"}
    keyed = _with_keys(system, own)
    form = {"form": said["form"]} if "form" in said else {}
    laid = lay(
        system._replace(value={"kind": "agent", **said}),
        keyed._replace(value=form | keyed.value),
    )
    agent = check_part(Agent, Tree(laid.value, laid.places))
    check_names(agent, laid.places)
    return agent.located(laid.places, system.speakers | own.speakers, system.digest)


def _with_keys(system: Opened, own: Opened) -> Opened:
    """Give a member the shared keys that it holds: those it names, all where it says nothing."""
    shared, value = system.value.get("credentials"), dict(own.value)
    names = value.pop("keys", None)
    own = own._replace(value=value)
    # A member that lists keys of its own is taken at its word; silence means all, the worse
    # reading.
    if names is None and ("credentials" in value or shared is None):
        return own
    if names is None and not isinstance(shared, list):
        places = own.places.under(("credentials",), system.places.at(("credentials",)))
        return own._replace(value=value | {"credentials": shared}, places=places)
    mine = value.get("credentials")
    keys = list(mine) if isinstance(mine, list) else []
    places = own.places
    listed = shared if isinstance(shared, list) else []
    for at in _chosen(names, listed, own.places):
        places = places.under(("credentials", len(keys)), system.places.at(("credentials", at)))
        keys.append(listed[at])
    return own._replace(value=value | {"credentials": keys}, places=places)


def _chosen(names: Value, shared: Sequence[Value], places: Places) -> list[int]:
    """Find the shared keys that a member names."""
    if names is None:
        return list(range(len(shared)))
    if not isinstance(names, list):
        raise InvalidFileError(
            "keys: should be a list of names", places.of(("keys",)), "write `keys: [name]`"
        )
    known = {one.get("name"): at for at, one in enumerate(shared) if isinstance(one, dict)}
    faults = [
        InvalidFileError(
            f"keys: the system has no credential '{short(str(name))}'",
            places.of(("keys", index)),
            suggestion(str(name), [str(key) for key in known if key]),
        )
        for index, name in enumerate(names)
        if not isinstance(name, str) or name not in known
    ]
    if faults:
        raise ExceptionGroup("keys that nobody has", faults)
    return [known[name] for name in names]
