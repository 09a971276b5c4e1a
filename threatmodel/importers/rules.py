"""The rules of importing, ready for use."""

import re
from dataclasses import dataclass
from functools import lru_cache

from threatmodel.knowledge.import_rules import ImportFile
from threatmodel.resources import shipped
from threatmodel.source import read


@dataclass(frozen=True, slots=True)
class Rules:
    """What importing knows about the world, with its patterns compiled."""

    file: ImportFile
    """The rules as written."""

    placeholder: re.Pattern[str]
    """Matches a value that stands for a secret, whole."""

    shapes: tuple[tuple[str, re.Pattern[str]], ...]
    """Kinds of secrets and what they look like."""


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """Load the rules that ship with the package."""
    return rules_of(read(ImportFile, shipped("frameworks/importers.yaml")))


def rules_of(file: ImportFile) -> Rules:
    """Compile the patterns of a rule file."""
    secrets = file.secrets
    parts = "|".join(f"(?:{pattern})" for pattern in _scoped(secrets.placeholders))
    shapes = tuple((shape.name, re.compile(shape.pattern)) for shape in secrets.shapes)
    return Rules(file, re.compile(rf"(?:{parts})+"), shapes)


def _scoped(patterns: tuple[str, ...]) -> list[str]:
    """Let `(?i)` at the start of a pattern hold for that pattern alone."""
    return [re.sub(r"\A\(\?i\)(.*)\Z", r"(?i:\1)", pattern) for pattern in patterns]
