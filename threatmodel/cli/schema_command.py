"""`aivss schema`: the JSON Schema of the description."""

from pathlib import Path

import click

from threatmodel.cli.streams import OUT, write
from threatmodel.description.schema import schema_text


@click.command("schema")
@OUT
def command(out: Path | None) -> int:
    """The JSON Schema of the description, with a text for every field."""
    write(schema_text(), out)
    return 0
