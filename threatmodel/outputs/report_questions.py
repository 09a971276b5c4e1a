"""The open questions as a YAML form: filled in, it is a fragment of a description."""

from collections.abc import Sequence

from threatmodel.assessment import Assessment
from threatmodel.assessment.system import SystemAssessment
from threatmodel.emit import quoted
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.pages.questions import FormQuestion, all_questions
from threatmodel.outputs.text import one_line


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the form; each answer becomes a fact stated by the vendor."""
    del options
    asks = all_questions(assessment)
    head = (
        "# Questions about the agent named below. Put true or false after `value:`, say how in\n"
        "# `note:`, and in `proof:` where it is written down; leave what you do not know.\n"
        f"name: {quoted(assessment.agent.name)}\n"
        "stated_by: vendor\n"
    )
    if not asks:
        return f"{head}facts: {{}}\n"
    asked = {name for ask in asks for name in ask.members}
    if not asked or not isinstance(assessment, SystemAssessment):
        return f"{head}facts:\n{''.join(_entry(ask) for ask in asks)}"
    names = (one.agent.name for one in assessment.members)
    parts = (_member(n, [ask for ask in asks if n in ask.members]) for n in names if n in asked)
    return f"{head}members:\n{''.join(parts)}"


def _member(name: str, asks: Sequence[FormQuestion]) -> str:
    entries = "".join(_entry(ask, 6) for ask in asks)
    return f"  - name: {quoted(name)}\n    facts:\n{entries}"


def _entry(ask: FormQuestion, deep: int = 2) -> str:
    moves = f" (score if yes / no: {ask.moves})" if ask.moves else ""
    space = " " * deep
    return (
        f"{space}# {ask.number}. {one_line(ask.alone)}{moves}\n"
        f'{space}{ask.fact}: {{value: unknown, by: vendor, note: "", proof: ""}}\n'
    )
