"""The one base class of every value that people write."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value; unknown fields are errors, field docstrings become its schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
