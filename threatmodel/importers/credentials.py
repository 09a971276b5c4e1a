"""Credentials that a source asks for or holds; their values are never passed on."""

from collections.abc import Iterable
from typing import Literal

from threatmodel.description.answer import Speaker
from threatmodel.importers.node import Node
from threatmodel.importers.rules import Rules
from threatmodel.importers.said import LONGEST_NAME, Said, answer, cut
from threatmodel.importers.secrets import is_secret, names_secret

CredentialKind = Literal["static-key", "password", "oauth", "short-lived", "unknown"]
"""How a credential proves itself, as in descriptions."""

_SEEN = {
    "clear": "it stands there in clear text; its value is left out here",
    "local": "given to a local process",
}
_PASSWORDS = ("password", "passwd", "pwd", "passphrase")


def credential(
    name: str,
    node: Node,
    seen: Literal["clear", "local", ""] = "",
    kind: CredentialKind | None = None,
    by: Speaker | None = None,
) -> list[Said]:
    """Say that a credential is used.

    It is seen `clear` where it stands in the source in clear text, `local` where it can be read
    where the agent runs, as variables of a local process can.
    """
    name = cut(name, LONGEST_NAME)
    path = ("credentials", name)
    said = [Said((*path, "kind"), kind or _kind(name), node.origin)]
    if seen:
        said.append(answer((*path, "stored_locally"), node, yes=True, by=by, note=_SEEN[seen]))
    return said


def variables(
    pairs: Iterable[tuple[str, str, Node]], rules: Rules, by: Speaker | None, *, local: bool
) -> list[Said]:
    """Say which of some variables, headers or options are credentials."""
    said: list[Said] = []
    for name, value, node in pairs:
        if is_secret(name, value, rules):
            said.extend(credential(name, node, "clear", by=by))
        elif names_secret(name, rules):
            said.extend(credential(name, node, "local" if local else "", by=by))
    return said


def needed(node: Node, rules: Rules) -> list[Said]:
    """Say which names of a list of variables are credentials."""
    pairs = ((item.text, "", item) for item in node.items())
    return variables(pairs, rules, None, local=True)


def _kind(name: str) -> CredentialKind:
    return "password" if name.lower().endswith(_PASSWORDS) else "static-key"
