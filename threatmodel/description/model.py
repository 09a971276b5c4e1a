"""Parts of a description as pydantic models: what they refuse, and their JSON Schema."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import Field
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import ConfigDict, JsonValue, create_model
from pydantic import Field as Asked
from pydantic_core import PydanticUndefined

from threatmodel.description.agent import Agent
from threatmodel.description.part import Part
from threatmodel.description.plain_values import Between, Hint, Json, Length, P
from threatmodel.description.system import System
from threatmodel.reading import check
from threatmodel.reading.positions import Tree
from threatmodel.reading.record import Record, schema_of
from threatmodel.rules.load import load_knowledge


class PartModel(Record):
    """A part of a description; fields go by their keys and by their names."""

    model_config = ConfigDict(populate_by_name=True)

    part: ClassVar[type[Part]] = Part
    """What it becomes."""

    @classmethod
    def written_as(cls) -> tuple[type, ...]:
        """Give the part and what it builds on."""
        return tuple(one for one in cls.part.__mro__ if issubclass(one, Part))


class _Lenient(PartModel):
    model_config = ConfigDict(extra="ignore")


_MODELS: dict[type[Part], type[PartModel]] = {}


def _model_of(kind: type[Part]) -> type[PartModel]:
    """Give the model of a part, whose fields hold models of parts in their turn; built once."""
    if kind not in _MODELS:
        _MODELS[kind] = _built(kind, _Lenient if kind.LENIENT else PartModel)
        _MODELS[kind].part = kind
    return _MODELS[kind]


def _built(kind: type[Part], base: type[PartModel]) -> type[PartModel]:
    fields: dict[str, Any] = {
        name: (_as_asked(hint), _default(kind, name)) for name, hint in kind.hints().items()
    }
    return create_model(
        kind.__name__, __base__=base, __module__=kind.__module__, __doc__=kind.__doc__, **fields
    )


def _default(kind: type[Part], name: str) -> Any:  # noqa: ANN401 - of any field
    default = getattr(kind, name, PydanticUndefined)
    key = kind.key_of(name)
    alias = None if key == name else key
    if isinstance(default, Field) and callable(default.default_factory):
        return Asked(default_factory=default.default_factory, alias=alias)
    return Asked(default, alias=alias)


def _as_asked(hint: Hint) -> Hint:
    """Put models and pydantic's own words for limits into a type."""
    if isinstance(hint, type) and issubclass(hint, Part):
        return _model_of(hint)
    origin: Hint = get_origin(hint)
    arguments = get_args(hint)
    if origin is Annotated:
        return _limited(*arguments)
    if origin is Literal or not arguments:
        return hint
    inner = tuple(_as_asked(one) for one in arguments)
    return reduce(or_, inner) if origin in (Union, UnionType) else origin[inner]


def _limited(hint: Hint, *marks: object) -> Hint:
    found = dict[str, JsonValue] if Json() in marks else _as_asked(hint)
    for mark in marks:
        if isinstance(mark, Length):
            limits = Asked(min_length=mark.least or None, max_length=mark.most)
            found = Annotated[found, limits]
        elif isinstance(mark, Between):
            found = Annotated[found, Asked(ge=mark.least, le=mark.most)]
    return found


# From parts to models and back.


def checked(kind: type[P], tree: Tree) -> P:
    """Let pydantic make a part of what a file says; raises as `check` does."""
    made: P = _part(check(_model_of(kind), tree))
    return made


def converted(kind: type[Part], given: Mapping[str, object]) -> dict[str, object]:
    """Let pydantic take the fields of a part; raises ValidationError."""
    plain = {name: _plain(one) for name, one in given.items()}
    return dict(vars(_part(_model_of(kind).model_validate(plain))))


def _part(value: Any) -> Any:  # noqa: ANN401 - of any field
    if isinstance(value, PartModel):
        return value.part.filled({name: _part(getattr(value, name)) for name in value.part.hints()})
    if isinstance(value, tuple):
        return tuple(map(_part, value))
    return {k: _part(one) for k, one in value.items()} if isinstance(value, dict) else value


def _plain(value: Any) -> Any:  # noqa: ANN401 - of any field
    if isinstance(value, Part):
        return {name: _plain(one) for name, one in value.as_dict().items()}
    if isinstance(value, tuple | list):
        return type(value)(map(_plain, value))
    return {k: _plain(one) for k, one in value.items()} if isinstance(value, dict) else value


def schema_text() -> str:
    """Give the schema as JSON, as `frameworks/agent.schema.json` shows it to editors."""
    return json.dumps(_schema(), ensure_ascii=False, indent=2) + "\n"


def _schema() -> dict[str, Any]:
    schema = schema_of(_model_of(System))
    schema |= {"title": "Agent", "description": inspect.cleandoc(Agent.__doc__ or "")}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    tools = schema["properties"]["tools"]
    tools["anyOf"].insert(0, _TOOL_FILE)
    _name_facts(schema)
    member = schema["$defs"]["Member"] = schema["$defs"].pop("Agent")
    fields = {name: {"$ref": f"#/properties/{name}"} for name in member["properties"]}
    member |= {"title": "Member", "description": "A member of a system that is an agent."}
    member["properties"] = {**fields, "keys": _KEYS}
    schema["properties"]["members"]["items"] = {
        "anyOf": [{"$ref": "#/$defs/Person"}, {"$ref": "#/$defs/Member"}]
    }
    return schema


_KEYS = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Names of the credentials of the system that it holds; all where left out.",
}


_TOOL_FILE = {
    "type": "object",
    "properties": {"file": {"type": "string", "description": "A tool list beside this file."}},
    "required": ["file"],
    "additionalProperties": False,
}


def _name_facts(schema: dict[str, Any]) -> None:
    """Offer the ids of facts and controls with their meanings."""
    knowledge = load_knowledge()
    facts = schema["properties"]["facts"]
    answer = facts.pop("additionalProperties")
    rows = {**knowledge.facts, **knowledge.controls}
    facts["properties"] = {i: {**answer, "description": row.says} for i, row in rows.items()}
    facts["additionalProperties"] = False
    controls = next(
        option
        for option in schema["properties"]["controls"]["anyOf"]
        if "type" in option and option["type"] == "object"
    )
    answer = controls.pop("additionalProperties")
    controls["properties"] = {
        i.removeprefix("k."): {**answer, "description": row.says}
        for i, row in knowledge.controls.items()
    }
    controls["additionalProperties"] = False
