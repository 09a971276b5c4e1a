"""The digest of everything besides a description that its pages are made of."""

import hashlib

from threatmodel.catalogue.assets import load_assets
from threatmodel.catalogue.choices import Choices
from threatmodel.knowledge.load import load_knowledge
from threatmodel.version import VERSION


def setting_of(choices: Choices, *more: str) -> str:
    """Digest rules, program, templates and choices, and what else matters to the caller."""
    parts = (VERSION, load_knowledge().digest, load_assets().digest, choices.digest, *more)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
