"""Everything a site holds about one agent: pages, JSON, embeds, policies."""

from pathlib import Path

from markupsafe import Markup

from threatmodel.assessment import Assessment
from threatmodel.catalogue.agent_page import Beside, agent_page, policy_file
from threatmodel.catalogue.entry import Entry, tools_of
from threatmodel.catalogue.entry_build import EntryContext, entry_of
from threatmodel.catalogue.options import CONDITIONS, POLICIES, Choices
from threatmodel.catalogue.records import agent_record, json_line
from threatmodel.catalogue.snippets import embed_files, link_of, snippets
from threatmodel.catalogue.templates import fill_page
from threatmodel.catalogue.tool_page import shelf_of, tool_view
from threatmodel.outputs import OUTPUTS, Options, render
from threatmodel.outputs.card import says
from threatmodel.outputs.claim import claim_of
from threatmodel.outputs.embed_json_ld import script
from threatmodel.outputs.pages.decision import decision_of
from threatmodel.policy.guard import CompiledPolicy, Residual

ROOT, TOOL_ROOT = "../../", "../../../"
"""Ways from an agent's page and from a tool's page to the top of the site."""


def unit_of(assessment: Assessment, known: EntryContext) -> tuple[Entry, dict[str, bytes]]:
    """Make the entry of an agent and its files, by path below its folder."""
    choices = known.choices
    claim = claim_of(assessment, Options(link=link_of(known.place[0], choices)))
    after = residual(assessment)
    entry = entry_of(assessment, claim, known)
    entry = entry._replace(residual=after.value if after else None)
    outdated = bool(entry.stale or entry.outdated)
    files = embed_files(claim, says(assessment), outdated=outdated) | _reports(assessment, known)
    json_ld = script(claim, outdated=outdated)
    titles = tuple((_title(kind), _report_file(kind)) for kind in _reported(choices))
    policies = _policies(assessment, choices)
    asked = decision_of(assessment) if CONDITIONS in choices.also else None
    beside = Beside(known.replies, after, asked, titles, policies)
    page = agent_page(assessment, entry, beside)
    names = frozenset(reading.name for reading in assessment.readings)
    shared = {"entry": entry, "claim": claim, "names": names}
    files["index.html"] = fill_page(
        "agent",
        ROOT,
        choices,
        page=page,
        score=assessment.score,
        json_ld=Markup(json_ld),  # noqa: S704 (`<`, `>` and `&` are escaped in it)
        snippets=snippets(entry, claim, choices, json_ld),
        here="agents",
        **shared,
    ).encode()
    record = agent_record(assessment, entry, claim, (known.replies, after, policies))
    files["agent.json"] = json_line(record)
    for policy in policies:
        files[f"policies/{policy_file(policy)}"] = policy.text.encode()
    shelf = shelf_of(assessment)
    for reading, mark in zip(assessment.readings, tools_of(entry), strict=True):
        files[f"tools/{mark.file}.html"] = fill_page(
            "tool",
            TOOL_ROOT,
            choices,
            page=tool_view(assessment, reading, shelf),
            tool=mark,
            reading=reading,
            here="tools",
            **shared,
        ).encode()
    return entry, files


def report_of(
    assessment: Assessment, known: EntryContext, kind: str, theme: Path | None
) -> tuple[Entry, dict[str, bytes]]:
    """Make the entry of an agent and its report alone."""
    after = residual(assessment)
    entry = entry_of(assessment, claim_of(assessment, Options()), known)
    entry = entry._replace(residual=after.value if after else None)
    description = Path(known.place[1]).read_bytes()
    data = render(kind, assessment, theme=theme, description=description)
    return entry, {f"{entry.id}{OUTPUTS[kind].ending}": _bytes(data)}


def residual(assessment: Assessment) -> Residual | None:
    """Give what is left under the first format; None where there is nothing to guard."""
    if not assessment.plan.guards:
        return None
    if not hasattr(assessment, "rescore"):
        return None
    from threatmodel.policy.residual import residual_of  # noqa: PLC0415

    return residual_of(assessment, assessment.policy)


def _policies(assessment: Assessment, choices: Choices) -> tuple[CompiledPolicy, ...]:
    """Give the policies that get a file of their own: none, or all where the owner chose so."""
    chosen = POLICIES in choices.also and bool(assessment.plan.guards)
    return assessment.policies if chosen else ()


def _reported(choices: Choices) -> tuple[str, ...]:
    return tuple(kind for kind in choices.also if kind not in (CONDITIONS, POLICIES))


def _reports(assessment: Assessment, known: EntryContext) -> dict[str, bytes]:
    """Make the further files that the owner of the site chose."""
    files = {}
    chosen = _reported(known.choices)
    description = Path(known.place[1]).read_bytes() if chosen else b""
    for kind in chosen:
        data: str | bytes = description
        if kind != "description":
            data = render(kind, assessment, description=description)
        files[_report_file(kind)] = _bytes(data)
    return files


def _bytes(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode()


def _title(kind: str) -> str:
    return "Description, YAML" if kind == "description" else OUTPUTS[kind].title


def _report_file(kind: str) -> str:
    return "description.yaml" if kind == "description" else f"report{OUTPUTS[kind].ending}"
