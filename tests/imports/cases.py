"""Shared beginnings of the tests of imports."""

import json
from pathlib import Path

from threatmodel.importers.companions import with_code
from threatmodel.importers.document import SourceInput
from threatmodel.importers.merge import Imported, structure
from threatmodel.importers.run import import_sources

HERE = Path(__file__).parent
"""Folder with one folder of examples for each kind of agent definition."""

CARD = {
    "name": "Clerk",
    "description": "Books rooms.",
    "url": "https://clerk.shop.com/a2a",
    "version": "1.0",
    "provider": {"organization": "Shop"},
    "capabilities": {"streaming": True},
    "skills": [{"id": "pay", "name": "Pay invoices", "description": "Pays an invoice."}],
}

ENTRY = {
    "name": "io.github.shop/server",
    "description": "Sells.",
    "version": "1.2.3",
    "packages": [{"registryType": "npm", "identifier": "@shop/server", "version": "1.2.3"}],
}


def source(content, name="source.json"):
    """Make a source of text, of bytes or of JSON values."""
    if isinstance(content, str):
        content = content.encode()
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return SourceInput(name, data)


def example(file: Path) -> SourceInput:
    """Read an example as a source; paths are given from the folder of examples."""
    read = with_code(SourceInput(str(file), file.read_bytes()))
    return SourceInput(file.relative_to(HERE).as_posix(), read.data, read.beside)


def imported(content, name="source.json", kind=None, *, together=False) -> Imported:
    """Import one source that is about one thing."""
    (one,) = import_sources([source(content, name)], kind, together=together)
    return one


def described(content, name="source.json", kind=None, *, together=False):
    """Import one source and give the description as nested values, without tools."""
    return structure(imported(content, name, kind, together=together).statements)


def tool(name, description="Reads an order.", **more):
    """Make a tool definition."""
    return {"name": name, "description": description, "inputSchema": {"type": "object"}, **more}


def says(top, section, field):
    """Give the answer at a place in a description; None where there is none."""
    return top.get(section, {}).get(field, {}).get("value")
