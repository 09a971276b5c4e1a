"""The list of further parts of frameworks/: whoever adds one adds a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

from threatmodel.knowledge.class_rules import ClassFile, class_rows
from threatmodel.knowledge.policy_records import policy_rows, record_of
from threatmodel.knowledge.profile_records import ProfileRecord, profile_rows
from threatmodel.knowledge.rules import Vocabulary
from threatmodel.knowledge.score_records import FactorFile, VectorFile, factor_rows, vector_rows
from threatmodel.knowledge.setting_records import (
    DerivationFile,
    HostFile,
    derivation_rows,
    host_rows,
)
from threatmodel.knowledge.wording_rows import wording_rows
from threatmodel.source import read

Files = tuple[Traversable, ...]
"""The YAML files of a section, sorted by name."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the knowledge that this package only packs and carries."""

    name: str
    """Key in `Knowledge.sections`."""

    place: str
    """A file below frameworks/, or a folder whose YAML files belong to it."""

    pack: Callable[[Files, Vocabulary], Any]
    """Reads and checks the files; gives JSON values. `Vocabulary.pack` compiles conditions."""


def _profiles(files: Files, _words: Vocabulary) -> Any:  # noqa: ANN401 - JSON values
    return profile_rows(read(ProfileRecord, file) for file in files)


def _factors(files: Files, words: Vocabulary) -> Any:  # noqa: ANN401 - JSON values
    return factor_rows(tuple(read(FactorFile, file) for file in files), words)


def _policy(files: Files, _words: Vocabulary) -> Any:  # noqa: ANN401 - JSON values
    return policy_rows(read(record_of(file.name), file) for file in files)


SECTIONS: tuple[Section, ...] = (
    Section("classes", "classes", lambda f, _: class_rows(read(ClassFile, one) for one in f)),
    Section("profiles", "profiles", _profiles),
    Section("factors", "factors", _factors),
    Section("vectors", "vectors.yaml", lambda f, w: vector_rows(read(VectorFile, f[0]), w)),
    Section("hosts", "hosts.yaml", lambda f, w: host_rows(read(HostFile, f[0]), w)),
    Section(
        "derivations",
        "derivations.yaml",
        lambda f, w: derivation_rows(read(DerivationFile, f[0]), w),
    ),
    Section("wording", "wording", wording_rows),
    Section("policy", "policy", _policy),
)
"""Every further section, in any order."""
