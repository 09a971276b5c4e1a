"""The vendor's answers: the form of open questions that `aivss report --to questions` writes."""

from threatmodel.importers.document import Document, Kind
from threatmodel.importers.statements import LONGEST_NOTE, Found, Node, Statement, cut
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import Rules
from threatmodel.rules.load import load_knowledge

_KEYS = {"name", "stated_by", "facts"}
_YES_NO: dict[Value, bool] = {True: True, "yes": True, False: False, "no": False}


def looks_like(document: Document) -> bool:
    """Tell whether it is a form: a name, `stated_by: vendor` and facts, nothing else."""
    value = document.root.value
    return (
        isinstance(value, dict)
        and set(value) == _KEYS
        and value["stated_by"] == "vendor"
        and isinstance(value["facts"], dict)
    )


def read(document: Document, rules: Rules) -> tuple[Found, ...]:
    """Read the answers; whoever filled the form in, the vendor is the one who says it.

    What is offered as proof goes into the note: only a reviewer who has looked at it makes it one.
    """
    del rules
    facts = document.root.at("facts")
    known = {*load_knowledge().facts, *load_knowledge().controls}
    statements = [_answer(name, facts.at(name)) for name in facts.keys if name in known]
    strange = [name for name in facts.keys if name not in known]
    answered = tuple(one for one in statements if one is not None)
    remarks = [f"{len(answered)} of {len(statements)} questions are answered"]
    if strange:
        remarks.append(f"not questions of these rules, left out: {cut(', '.join(strange), 200)}")
    if any("offered as proof" in str(one.value) for one in answered):
        remarks.append("proof is offered: look at it, then move it from `note` to `proof`")
    name = document.root.at("name").text or ""
    return (Found(name, answered, remarks=tuple(remarks), adds_only=True),)


def _answer(name: str, node: Node) -> Statement | None:
    value = node.at("value").value if isinstance(node.value, dict) else node.value
    if not isinstance(value, bool | str) or value not in _YES_NO:
        return None
    notes = [node.at("note").text or ""]
    if node.at("proof").text:
        notes.append(f"offered as proof: {node.at('proof').text}")
    note = cut("; ".join(filter(None, notes)) or node.origin, LONGEST_NOTE)
    statement: dict[str, Value] = {"value": _YES_NO[value], "by": "vendor", "note": note}
    return Statement(("facts", name), statement, node.origin)


KIND = Kind(
    "answers",
    "a vendor's answers to the open questions",
    "YAML with `name`, `stated_by: vendor` and `facts`, as `aivss report --to questions` writes it",
    looks_like,
    read,
    ("yaml", "json"),
)
