"""CloudFormation templates as YAML: short tags (`!Ref`, `!Sub`) blanked out, nothing moved."""

import re

import yaml
from yaml.error import YAMLError
from yaml.events import CollectionStartEvent, ScalarEvent, StreamEndEvent

_TEMPLATE = re.compile(r"^AWSTemplateFormatVersion\b|^\s+Type:\s*['\"]?AWS::", re.MULTILINE)
_SHORT_TAG = re.compile(r"![A-Z]\w*(?=[ \t\n]|$)")
_PARSER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_MOST_TAGS = 20_000


def without_short_tags(text: str) -> str:
    """Blank out the tags of a template, so that what they stand before is plain YAML.

    `!Ref Role` becomes `Role`, `!GetAtt Role.Arn` becomes `Role.Arn`; lines and columns stay.
    Text that is no such template, or no YAML, is given back as it is.
    """
    if not _TEMPLATE.search(text) or len(_SHORT_TAG.findall(text)) > _MOST_TAGS:
        return text
    try:
        places = _tagged(text)
    except (YAMLError, ValueError):
        return text
    lines = text.split("\n")
    for line, column in places:
        lines[line] = _blanked(lines[line], column)
    return "\n".join(lines)


def _tagged(text: str) -> list[tuple[int, int]]:
    """Give line and column of each value with a short tag."""
    next_event = _PARSER(text).get_event
    places: list[tuple[int, int]] = []
    while True:
        event = next_event()
        if isinstance(event, StreamEndEvent):
            return places
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag and event.start_mark:
            places.append((event.start_mark.line, event.start_mark.column))


def _blanked(line: str, column: int) -> str:
    found = _SHORT_TAG.match(line, column)
    if not found:
        return line
    return line[:column] + " " * (found.end() - column) + line[found.end() :]
