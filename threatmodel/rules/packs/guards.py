"""Guards of a pack: rows of the recommended policy that decide before ours."""

from collections.abc import Iterator, Mapping
from typing import Any

from threatmodel.errors import AivssError, suggestion
from threatmodel.rules.gate import FLAGS
from threatmodel.rules.packs.read import Noted, PackPart, PackSource
from threatmodel.rules.packs.records import PackArgument, PackPick

_CLAUSE = "pc-args"
"""What a guard on the values of an argument answers."""


def with_guards(
    sections: Mapping[str, Any], source: PackSource, facts: frozenset[str], noted: Noted
) -> dict[str, Any]:
    """Give the policy's rows with the guards of a pack in front; unknown names are noted."""
    rows: dict[str, Any] = sections["policy"]
    _check(source, _known(sections["classes"], facts), noted)
    parts = [part.record.guards for part in source.parts]
    access = [
        row.model_dump(mode="json", exclude_defaults=True) for part in parts for row in part.access
    ]
    arguments = [_argument(row) for part in parts for row in part.arguments]
    return rows | {
        "access": [*access, *rows["access"]],
        "arguments_of_effects": [*arguments, *rows["arguments_of_effects"]],
    }


def _argument(row: PackArgument) -> dict[str, Any]:
    told = row.model_dump(mode="json", exclude_defaults=True)
    allowed = "one of {values}"
    return told | {
        "operator": "in",
        "clause": _CLAUSE,
        "allowed": allowed,
        "types": ["string", "any"],
    }


def _known(classes: Mapping[str, Any], facts: frozenset[str]) -> dict[str, frozenset[str]]:
    roles = {row[key] for row in classes["roles"] for key in ("role", "as") if key in row}
    return {
        "flags": frozenset(FLAGS),
        "verbs": frozenset(row["id"] for row in classes["verbs"]),
        "roles": frozenset(roles),
        "shows": frozenset(fact for fact in facts if fact.startswith("t.")),
    }


def _check(source: PackSource, known: Mapping[str, frozenset[str]], noted: Noted) -> None:
    for part, at, pick in _picks(source):
        for field, choices in known.items():
            for number, name in enumerate(getattr(pick, field)):
                with noted.at(part, *at, "tools", field, number):
                    if name not in choices:
                        message = f"`{field}` knows no '{name}'"
                        raise AivssError(message, hint=suggestion(name, choices))


def _picks(source: PackSource) -> Iterator[tuple[PackPart, tuple[str | int, ...], PackPick]]:
    for part in source.parts:
        for number, access in enumerate(part.record.guards.access):
            yield part, ("guards", "access", number), access.tools
        for number, argument in enumerate(part.record.guards.arguments):
            yield part, ("guards", "arguments", number), argument.tools
