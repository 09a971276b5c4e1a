"""The base class of the documents that the program prints as JSON."""

from pydantic import ConfigDict

from threatmodel.record import Record


class Document(Record):
    """A value that the program prints; its schema also takes the docstrings of dataclasses."""

    # Not beside `Record`, which every run reads: looking for docstrings takes 9 ms.
    model_config = ConfigDict(use_attribute_docstrings=True)
