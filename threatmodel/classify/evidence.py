"""Everything seen in one tool's definition, before any judgement."""

from collections.abc import Mapping
from dataclasses import dataclass

from threatmodel.classify.arguments import Seen, read_arguments
from threatmodel.classify.cues import find_cues
from threatmodel.classify.names import read_name
from threatmodel.classify.operation import Operation, kinds_of
from threatmodel.classify.prose import Prose, read_prose
from threatmodel.classify.reading import Clue
from threatmodel.classify.rules import ClassRules
from threatmodel.classify.words import singular, split_name
from threatmodel.description.tool import Annotations, Tool

_OPERATION_ROLES = frozenset(("operation", "tool_name"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen in one tool's definition."""

    tool: Tool
    """The definition."""

    name: tuple[Operation, ...]
    """Operations its name speaks of."""

    title: tuple[Operation, ...]
    """Operations its title speaks of."""

    prose: Prose
    """Operations its description leads with."""

    choices: tuple[Operation, ...]
    """Operations that an argument's allowed values offer."""

    arguments: tuple[Seen, ...]
    """Its arguments."""

    roles: Mapping[str, Seen]
    """First argument of each role."""

    cues: Mapping[str, Clue]
    """Phrases about the whole tool."""

    about: frozenset[str]
    """Kinds of things its name and title speak of."""

    text: frozenset[str]
    """Kinds of things its first sentence speaks of."""

    @property
    def hints(self) -> Annotations:
        """The server's own hints; empty when it gives none."""
        return self.tool.annotations or Annotations()


def gather(tool: Tool, rules: ClassRules) -> Evidence:
    """Look at every part of a definition once."""
    title = tool.title or (tool.annotations.title if tool.annotations else None)
    prose = read_prose(tool.description, rules)
    arguments = read_arguments(tool.input_schema, tool.description, rules)
    roles: dict[str, Seen] = {}
    for seen in arguments:
        roles.setdefault(seen.argument.role, seen)
    return Evidence(
        tool=tool,
        name=read_name(tool.name, rules),
        title=read_name(title, rules, "title", "title") if title else (),
        prose=prose,
        choices=_choices(arguments, rules),
        arguments=arguments,
        roles=roles,
        cues=find_cues(tool.description, rules),
        about=_kinds(f"{tool.name} {title or ''}", rules),
        text=kinds_of(tuple(singular(word) for word in prose.lead[:30]), rules)[0],
    )


def _kinds(text: str, rules: ClassRules) -> frozenset[str]:
    return kinds_of(tuple(singular(word) for word in split_name(text)), rules)[0]


def _choices(arguments: tuple[Seen, ...], rules: ClassRules) -> tuple[Operation, ...]:
    """Read the allowed values of arguments that pick the operation."""
    found: list[Operation] = []
    for seen in arguments:
        if seen.argument.role in _OPERATION_ROLES and len(seen.argument.path) <= 2:
            values = seen.argument.enum or _listed(seen.text)
            for value in values:
                found.extend(read_name(value, rules, "schema", seen.pointer))
    return tuple(found)


def _listed(text: str) -> tuple[str, ...]:
    """Take the quoted words of a description, such as "create", 'delete' or `list`."""
    quote = ""
    found: list[str] = []
    word = ""
    for character in text[:600]:
        if quote:
            if character == quote:
                if word and len(word) <= 40 and word.replace("_", "").replace("-", "").isalnum():
                    found.append(word)
                quote, word = "", ""
            else:
                word += character
        elif character in "\"'`":
            quote = character
    return tuple(found)
