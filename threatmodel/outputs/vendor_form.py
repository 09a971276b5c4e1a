"""The open questions as a YAML form: filled in, it is a fragment of a description."""

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.pages.score import Ask, all_questions
from threatmodel.outputs.text import one_line

_BYTE = 0x100


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the form; each answer becomes a fact stated by the vendor."""
    del options
    asks = all_questions(assessment)
    head = (
        "# Questions about the agent named below. Put true or false after `value:`, say how in\n"
        "# `note:`, and in `proof:` where it is written down; leave what you do not know.\n"
        f"name: {_quoted(assessment.agent.name)}\n"
        "stated_by: vendor\n"
    )
    if not asks:
        return f"{head}facts: {{}}\n"
    return f"{head}facts:\n{''.join(_entry(ask) for ask in asks)}"


def _entry(ask: Ask) -> str:
    moves = f" (score if yes / no: {ask.moves})" if ask.moves else ""
    return (
        f"  # {ask.number}. {one_line(ask.text)}{moves}\n"
        f'  {ask.fact}: {{value: unknown, by: vendor, note: "", proof: ""}}\n'
    )


def _quoted(text: str) -> str:
    """Write text as a double-quoted YAML scalar."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < _BYTE else f"\\U{code:08x}"
