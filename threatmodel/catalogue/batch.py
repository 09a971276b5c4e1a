"""Build the agents of one chunk, here, in a pool or elsewhere: all that a site holds about each."""

from __future__ import annotations

import contextlib
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from threatmodel.assessment import Assessment, assess
from threatmodel.catalogue.agent_page import Beside, agent_page, policy_file
from threatmodel.catalogue.discover import Discovered
from threatmodel.catalogue.entry import Entry, tools_of
from threatmodel.catalogue.entry_build import EntryContext, day_of, entry_of
from threatmodel.catalogue.job import (
    CONDITIONS,
    POLICIES,
    BatchResult,
    Choices,
    Chunk,
    Stamp,
    Task,
    bundled,
    stamp_of,
)
from threatmodel.catalogue.records import agent_record, json_line
from threatmodel.catalogue.snippets import embed_files, link_of, snippets
from threatmodel.catalogue.templates import fill_page
from threatmodel.catalogue.tool_page import shelf_of, tool_view
from threatmodel.description.agent import Agent, Opened
from threatmodel.description.load import agent_of, open_files
from threatmodel.errors import AivssError, Location, MissingPartError, OtherFileError
from threatmodel.files import refused_by_system
from threatmodel.outputs import OUTPUTS, Options, render
from threatmodel.outputs.claim import claim_of
from threatmodel.outputs.embed_picture import says
from threatmodel.outputs.embed_text import script
from threatmodel.outputs.pages.decision import decision_of
from threatmodel.policy.guard import CompiledPolicy, Residual
from threatmodel.reading import read_data

if TYPE_CHECKING:
    from threatmodel.catalogue.replies import Reply


_COLLECTED = 20
"""Agents in a chunk after which circles are collected."""


def build_chunk(chunk: Chunk) -> tuple[BatchResult, ...]:
    """Build every agent of a chunk into a bundle of its own in `ready`, whole or not at all."""
    with contextlib.chdir(chunk.job.folder):  # places in pages are relative to the folder
        outcomes = tuple(_build(task, chunk) for task in chunk.tasks)
    # Collecting is switched off, or rare. A chunk leaves little, and a few agents less than going
    # through what one of them made the process load is worth: that takes 0.07 s.
    if len(outcomes) >= _COLLECTED:
        gc.collect(1)
    return outcomes


def _build(task: Task, chunk: Chunk) -> BatchResult:
    found = task.found
    inputs: dict[str, Stamp] = {}
    try:
        agent, replies = _read(found, inputs)
        day = day_of(agent, chunk.job.choices, task.before)
        assessment = assess(agent, profile=chunk.job.choices.profile, date=day)
        known = EntryContext((found.id, found.path), chunk.job.choices, replies, task.before)
        if chunk.job.report:
            entry, files = _report_of(assessment, known, chunk.job.report, chunk.job.theme)
        else:
            entry, files = _unit_of(assessment, known)
        assessment.forget()
    except MissingPartError:
        raise
    except (AivssError, ExceptionGroup) as fault:
        other = isinstance(fault, OtherFileError) and fault.where == Location(found.path)
        return BatchResult(found.id, found.path, None, tuple(_told(fault)), inputs, other)
    _write(chunk.ready, found.id, files)
    entry = entry._replace(inputs=inputs, setting=chunk.job.setting)
    return BatchResult(found.id, found.path, entry, (), inputs)


def read_inputs(found: Discovered) -> tuple[str, ...]:
    """Name the files that a description needs; of a faulty one those that could be found."""
    names = [found.path, *([found.reply] if found.reply else [])]
    try:
        opened = open_files(Path(found.path), read_data(Path(found.path)))
    except (AivssError, ExceptionGroup):
        return tuple(names)
    return (*names, *_named(opened, found))


def _read(found: Discovered, inputs: dict[str, Stamp]) -> tuple[Agent, tuple[Reply, ...]]:
    opened = open_files(Path(found.path), read_data(Path(found.path)))
    inputs[found.path] = stamp_of(found.path)
    for name in _named(opened, found):
        inputs[name] = stamp_of(name)
    agent = agent_of(opened)
    if not found.reply:
        return agent, ()
    from threatmodel.catalogue.replies import read_replies  # noqa: PLC0415 - loads pydantic

    replies = read_replies(Path(found.reply), read_data(Path(found.reply)))
    inputs[found.reply] = stamp_of(found.reply)
    return agent, replies


def _named(opened: Opened, found: Discovered) -> list[str]:
    """Name the products that it or a member of it extends, and the tool lists pointed at."""
    parts = (opened, *opened.members)
    return sorted(
        {name for one in parts for name in (*one.places.files, *one.speakers)} - {found.path}
    )


def _told(fault: Exception) -> list[str]:
    if isinstance(fault, ExceptionGroup):
        return [text for inner in fault.exceptions for text in _told(inner)]
    if isinstance(fault, AivssError):
        return [str(fault)]
    raise fault


def _write(ready: str, id_: str, files: dict[str, bytes]) -> None:
    """Write the files of an agent as one, beside its place, then put that there in one step."""
    draft = f"{ready}/.{id_}.{os.getpid()}"
    try:
        with open(draft, "wb") as file:  # noqa: PTH123 - thousands of them
            file.writelines(bundled(files))
        os.replace(draft, f"{ready}/{id_}")  # noqa: PTH105
    except OSError as fault:
        raise refused_by_system(fault) from None  # a full disk is no fault of a description


ROOT, TOOL_ROOT = "../../", "../../../"
"""Ways from an agent's page and from a tool's page to the top of the site."""


def _unit_of(assessment: Assessment, known: EntryContext) -> tuple[Entry, dict[str, bytes]]:
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
    record = agent_record(assessment, entry, claim, beside)
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


def _report_of(
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
