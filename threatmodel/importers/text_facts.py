"""What the text of a skill or sub-agent shows: commands, addresses, keys it asks for."""

import re
from collections.abc import Iterator

from threatmodel.description.overrides import Speaker
from threatmodel.importers.command_facts import address_of
from threatmodel.importers.document import Document
from threatmodel.importers.node import Node
from threatmodel.importers.secrets import clean_address, credential, names_secret, shape_of
from threatmodel.importers.statements import Said, answer
from threatmodel.rules.importing import Rules

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*(\w*)", re.MULTILINE)
_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console", "powershell", "pwsh", "cmd", "bat"})
_CODE = frozenset({"python", "py", "javascript", "js", "typescript", "ts", "ruby", "perl", "php"})
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]]+")
_PIPED = re.compile(r"\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b")
_SCRIPT = re.compile(r"(?<![\w/])(?:\./)?(?:scripts|bin|hooks)/[\w./-]+\.\w+")


def prose_facts(document: Document, rules: Rules, by: Speaker) -> Iterator[Said]:
    """Say what instructions show; they are read as data, whatever they ask for."""
    yield from _commands(document, by)
    yield from _credentials(document, rules)
    seen = next((m for m in _ADDRESS.finditer(document.body) if _clear(m.group())), None)
    if seen:
        note = f"{clean_address(seen.group(), rules)} uses no TLS"
        node = _line(document, seen.start())
        yield answer(("network", "cleartext"), node, yes=True, by=by, note=note)


def _commands(document: Document, by: Speaker) -> Iterator[Said]:
    fences = list(_FENCE.finditer(document.body))[::2]
    shell = next((f for f in fences if f.group(1).lower() in _SHELLS), None)
    code = next((f for f in fences if f.group(1).lower() in _CODE), None)
    script = _SCRIPT.search(document.body)
    for found, note in (
        (shell, "shell commands among the instructions"),
        (script, "scripts among the instructions"),
        (code, "code among the instructions"),
    ):
        if found:
            node = _line(document, found.start())
            yield answer(("facts", "t.execute"), node, yes=True, by=by, note=note)
            break
    piped = _PIPED.search(document.body)
    if piped:
        node = _line(document, piped.start())
        note = "a script is fetched and run unseen"
        yield answer(("supply", "pinned"), node, yes=False, by=by, note=note)


def _credentials(document: Document, rules: Rules) -> Iterator[Said]:
    named: set[str] = set()
    for found in _VARIABLE.finditer(document.body):
        name = found.group()
        if name not in named and names_secret(name, rules):
            named.add(name)
            yield from credential(name, _line(document, found.start()), "local")
    for number, line in enumerate(document.body.splitlines()):
        kind = shape_of(line, rules)
        if kind:
            node = Node(None, document.root.source, (f"line {document.body_line + number}",))
            note = f"{kind} in clear text; its value is left out here"
            yield answer(("data", "secrets"), node, yes=True, note=note)
            return


def _clear(url: str) -> bool:
    address = address_of(url)
    return address is not None and address.is_clear and address.is_public


def _line(document: Document, at: int) -> Node:
    """Point at a line of the text."""
    number = document.body_line + document.body[:at].count("\n")
    return Node(None, document.root.source, (f"line {number}",))
