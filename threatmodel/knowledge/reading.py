"""Read one YAML file of frameworks/ as a checked record."""

from importlib.resources.abc import Traversable
from typing import TypeVar

import yaml
from pydantic import ValidationError

from threatmodel.errors import InvalidFileError, Location
from threatmodel.record import Record

R = TypeVar("R", bound=Record)


def read(kind: type[R], file: Traversable) -> R:
    """Read `file` as a `kind`; InvalidFileError names what is wrong."""
    try:
        return kind.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise InvalidFileError(str(error), Location(str(file))) from error
