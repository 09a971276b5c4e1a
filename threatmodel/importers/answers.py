"""The vendor's answers: the form of open questions that `aivss report --to questions` writes."""

from threatmodel.description.load import FORM_KEYS
from threatmodel.importers.document import Document
from threatmodel.importers.statements import (
    LONGEST_NOTE,
    Found,
    Node,
    Path,
    Statement,
    one_line_cut,
)
from threatmodel.importers.table import kind_of
from threatmodel.reading.positions import Value
from threatmodel.rules.load import load_knowledge
from threatmodel.scales import YES_NO

_SILENT = ("", "unknown", "null", "none")


def looks_like(document: Document) -> bool:
    """Tell whether it is a form: a name, `stated_by: vendor` and facts, nothing else.

    That of a system has the facts of each member under its name.
    """
    root, value = document.root, document.root.value
    if not isinstance(value, dict) or set(value) not in FORM_KEYS or value["stated_by"] != "vendor":
        return False
    parts = list(root.at("members").items()) if "members" in value else [root]
    return bool(parts) and all(
        part.at("facts").is_mapping and (part is root or set(part.keys) == {"name", "facts"})
        for part in parts
    )


def read(document: Document) -> tuple[Found, ...]:
    """Read the answers; whoever filled the form in, the vendor is the one who says it.

    What is offered as proof goes into the note: only a reviewer who has looked at it makes it one.
    """
    root = document.root
    known = {*load_knowledge().facts, *load_knowledge().controls}
    asked: list[tuple[Path, str, Node]] = [
        ((), name, root.at("facts", name)) for name in root.at("facts").keys
    ]
    for one in root.at("members").items():
        whose, facts = ("members", one_line_cut(one.at("name").text)), one.at("facts")
        asked += [(whose, name, facts.at(name)) for name in facts.keys]
    statements = [_answer(whose, name, node) for whose, name, node in asked if name in known]
    strange = list(dict.fromkeys(name for _, name, _ in asked if name not in known))
    answered = tuple(one for one in statements if one is not None)
    remarks = [f"{len(answered)} of {len(statements)} questions are answered"]
    if unclear := [name for _, name, node in asked if name in known and _is_unclear(node)]:
        remarks.append(
            "neither yes, no nor unknown, left out:"
            f" {one_line_cut(', '.join(dict.fromkeys(unclear)), 200)}"
        )
    if strange:
        remarks.append(
            f"not questions of these rules, left out: {one_line_cut(', '.join(strange), 200)}"
        )
    if any("offered as proof" in str(one.value) for one in answered):
        remarks.append("proof is offered: look at it, then move it from `note` to `proof`")
    name = root.at("name").text or ""
    return (Found(name, answered, remarks=tuple(remarks), adds_only=True),)


def _word(node: Node) -> str:
    """Give the answer as a word in small letters; people write `Yes` as well as `true`."""
    value = node.at("value").value if isinstance(node.value, dict) else node.value
    return "" if value is None else str(value).strip().lower()


def _is_unclear(node: Node) -> bool:
    """Tell whether somebody wrote something that is no answer."""
    return _word(node) not in (*YES_NO, *_SILENT)


def _answer(whose: Path, name: str, node: Node) -> Statement | None:
    word = _word(node)
    if word not in YES_NO:
        return None
    notes = [node.at("note").text or ""]
    if node.at("proof").text:
        notes.append(f"offered as proof: {node.at('proof').text}")
    note = one_line_cut("; ".join(filter(None, notes)) or node.origin, LONGEST_NOTE)
    statement: dict[str, Value] = {"value": YES_NO[word], "by": "vendor", "note": note}
    return Statement((*whose, "facts", name), statement, node.origin)


KIND = kind_of("answers", read=read, looks_like=looks_like)
