"""Data flow and trust zones as a Mermaid flowchart, for documents that draw it themselves."""

from threatmodel.assessment import Assessment
from threatmodel.outputs import DEFAULT, Options
from threatmodel.outputs.pages.flow import flowchart


def render(assessment: Assessment, options: Options = DEFAULT) -> str:
    """Write the flowchart."""
    del options
    return flowchart(assessment)
