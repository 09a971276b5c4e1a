"""Everything a site holds about one agent: pages, JSON, embeds, policies."""

from threatmodel.assessment import Assessment
from threatmodel.catalogue.agent_page import agent_page, policy_file
from threatmodel.catalogue.choices import Choices
from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.judge import entry_of, reply_marks
from threatmodel.catalogue.markup import fill
from threatmodel.catalogue.records import agent_record, tools_record, written
from threatmodel.catalogue.reply import Reply
from threatmodel.catalogue.snippets import embed_files, snippets
from threatmodel.catalogue.tool_page import shelf_of, tool_page
from threatmodel.outputs import OUTPUTS, render
from threatmodel.outputs.claim import Claim, claim_of
from threatmodel.outputs.options import Options
from threatmodel.policy.guard import Residual

ROOT, TOOL_ROOT = "../../", "../../../"
"""Ways from an agent's page and from a tool's page to the top of the site."""

TITLES = {
    "pdf": "Report, PDF",
    "html": "Report, HTML",
    "markdown": "Report, Markdown",
    "json": "Whole assessment, JSON",
    "sarif": "Findings, SARIF",
    "csv": "Findings, CSV",
    "mermaid": "Data flow, Mermaid",
    "tm-bom": "Threat model, TM-BOM",
    "questions": "Questions, YAML",
    "description": "Description, YAML",
}
"""Kind of further file -> what the page calls it."""


def unit_of(
    found: tuple[str, str],
    assessment: Assessment,
    choices: Choices,
    replies: tuple[Reply, ...],
    before: Entry | None,
) -> tuple[Entry, dict[str, bytes]]:
    """Make the entry of an agent and its files, by path below its folder."""
    claim = claim_of(assessment, Options())
    after = residual(assessment)
    entry = entry_of(found, assessment, claim, choices, before)
    entry = entry._replace(
        residual=after.value if after else None,
        replies=reply_marks(replies, choices.day),
    )
    names = frozenset(reading.name for reading in assessment.readings)
    more = _reports(assessment, choices)
    files = embed_files(assessment, entry, choices) | more
    json_ld = files["score.jsonld"].decode()
    titles = tuple((TITLES[kind], _report_file(kind)) for kind in choices.also)
    page = agent_page(assessment, entry, replies, after, titles)
    shared = {"entry": entry, "claim": claim, "names": names, "here": "agents"}
    files["index.html"] = fill(
        "agent",
        ROOT,
        choices,
        page=page,
        score=assessment.score,
        json_ld=_raw(json_ld),
        **shared,
    ).encode()
    told = snippets(entry, claim, choices, json_ld)
    files["embed.html"] = fill("embed", ROOT, choices, snippets=told, **shared).encode()
    files["agent.json"] = written(agent_record(assessment, entry, claim, replies, after))
    files["tools.json"] = written(tools_record(assessment, entry))
    if page.policy:
        for policy in assessment.policies:
            files[f"policies/{policy_file(policy)}"] = policy.text.encode()
    files |= _tools(assessment, entry, claim, choices)
    return entry, files


def residual(assessment: Assessment) -> Residual | None:
    """Give what is left under the first format; None where there is nothing to guard."""
    if not assessment.plan.guards or not assessment.policies:
        return None
    if not hasattr(assessment, "rescore"):
        return None
    from threatmodel.policy.residual import residual_of  # noqa: PLC0415

    return residual_of(assessment, assessment.policies[0])


def _tools(
    assessment: Assessment, entry: Entry, claim: Claim, choices: Choices
) -> dict[str, bytes]:
    names = frozenset(reading.name for reading in assessment.readings)
    shelf, files = shelf_of(assessment), {}
    for reading, mark in zip(assessment.readings, entry.tools, strict=True):
        files[f"tools/{mark.file}.html"] = fill(
            "tool",
            TOOL_ROOT,
            choices,
            page=tool_page(assessment, reading, shelf),
            entry=entry,
            tool=mark,
            reading=reading,
            claim=claim,
            names=names,
            here="tools",
        ).encode()
    return files


def _reports(assessment: Assessment, choices: Choices) -> dict[str, bytes]:
    files = {}
    for kind in choices.also:
        if kind != "description":
            data = render(kind, assessment)
            files[_report_file(kind)] = data if isinstance(data, bytes) else data.encode()
    return files


def _report_file(kind: str) -> str:
    return "description.yaml" if kind == "description" else f"report{OUTPUTS[kind].ending}"


def _raw(json_ld: str) -> object:
    from markupsafe import Markup  # noqa: PLC0415 - loaded with the templates

    return Markup(json_ld)  # noqa: S704 (`<`, `>` and `&` are escaped in it)
