"""A folder of descriptions in, a folder of reports out, with a summary of the fleet."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from threatmodel.catalogue.assets import build_digest, load_assets
from threatmodel.catalogue.build import Built, How, make_all
from threatmodel.catalogue.charts import site_charts
from threatmodel.catalogue.discover import find_descriptions
from threatmodel.catalogue.entry import Entry, threats_of
from threatmodel.catalogue.index import SiteState, read_state, site_index_of, write_state
from threatmodel.catalogue.job import Choices, Job
from threatmodel.catalogue.lists import report_row
from threatmodel.catalogue.staging import Work, begin, open_work, put_files, swap, twin, write
from threatmodel.catalogue.templates import fill_page
from threatmodel.outputs import OUTPUTS
from threatmodel.outputs.pages.labels import MADE_WITH
from threatmodel.outputs.text import count
from threatmodel.outputs.theme import PLAIN, theme_in_force
from threatmodel.reading import read_data
from threatmodel.rules.load import load_knowledge
from threatmodel.score.formula import WORST_FIRST

SUMMARY = "index.html"
"""The summary page of the fleet."""

_COMMON = 12


@dataclass(frozen=True, slots=True)
class Reports:
    """What reports to write."""

    kind: str = "pdf"
    theme: Path | None = None
    profile: str = "agentic"
    day: str = ""
    """ISO date for descriptions that state none; decides what is stale."""


def _look_of_packs() -> str:
    theme = theme_in_force()
    return "" if theme is PLAIN else hashlib.sha256(repr(theme).encode()).hexdigest()


def report_folder(folder: Path, out: Path, reports: Reports, how: How) -> Built:
    """Write the report of every description below a folder, and a summary page.

    What did not change is kept; a reader finds the old folder or the new one, never a mix.

    Raises:
        InvalidFileError: There is no such folder.
        AivssError: The folder cannot be written, or holds something else.
        MissingPartError: PDF needs Pango.
    """
    choices = Choices("Fleet of agents", profile=reports.profile, day=reports.day)
    theme = reports.theme.resolve() if reports.theme else None
    look = hashlib.sha256(read_data(theme)).hexdigest() if theme else _look_of_packs()
    setting = build_digest(choices, reports.kind, look)
    job = Job(folder.resolve(), choices, setting, reports.kind, theme)
    with open_work(out) as work:
        before = read_state(work.site) or SiteState()
        made = make_all(work, before, job, how, find_descriptions(job.folder, work.site))
        ending = OUTPUTS[reports.kind].ending
        old = _reports(before)
        files = load_assets().files | {SUMMARY: _summary(made.entries, ending, choices)}
        state = SiteState(made.entries, setting=setting)
        if state == before:
            work.forget()
        else:
            new = {f"{id_}{ending}" for id_ in made.entries}
            moved = Placement(tuple(made.new), tuple(sorted(old - new)), ending)
            _assemble(replace(work, own=work.own | old), state, files, moved)
    return made.built


@dataclass(frozen=True, slots=True)
class Placement:
    """Agents whose reports change."""

    new: tuple[str, ...]
    """Ids of those that were built."""
    gone: tuple[str, ...]
    """Reports that go."""
    ending: str


def _assemble(work: Work, state: SiteState, files: dict[str, bytes], moved: Placement) -> None:
    begin(work)
    for id_ in moved.new:
        put_files(work, id_)
    for name, data in files.items():
        write(work, name, data)
    for name in moved.gone:
        (work.next / name).unlink(missing_ok=True)
    swap(work, write_state(state))
    twin(work, (), [*files, *moved.gone, *(f"{id_}{moved.ending}" for id_ in moved.new)])


def _reports(state: SiteState) -> set[str]:
    """Name every report that an earlier run may have written."""
    endings = {output.ending for output in OUTPUTS.values()}
    return {f"{id_}{ending}" for id_ in state.entries for ending in endings}


def _summary(found: dict[str, Entry], ending: str, choices: Choices) -> bytes:
    site_index = site_index_of(found.values(), None)
    entries = site_index.agents
    knowledge = load_knowledge()
    charts, tools = site_charts(site_index, knowledge)
    rows = "".join(report_row(entry, f"{entry.id}{ending}") for entry in entries)
    return fill_page(
        "fleet",
        "",
        choices,
        charts=charts,
        lead=_lead(entries, tools),
        rows=Markup(rows),  # noqa: S704 (every part is escaped in rows.py)
        threats=_common(entries, {row.id: row.title for row in knowledge.threats}),
        total=count(len(entries), "agent"),
        made_with=MADE_WITH,
    ).encode()


def _lead(entries: Sequence[Entry], tools: int) -> str:
    bands = [f"{number} {band}" for band in WORST_FIRST[:-1]
             if (number := sum(entry.band == band for entry in entries))]  # fmt: skip
    text = f"{count(len(entries), 'agent')} with {count(tools, 'tool')}"
    return f"{text}: {', '.join(bands)}." if bands else f"{text}."


def _common(entries: Sequence[Entry], titles: dict[str, str]) -> list[tuple[str, int, int]]:
    """Count the threats that are open in most agents: title, agents, how many critical or high."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        for threat in threats_of(entry):
            if threat.state != "to answer":
                found.setdefault(threat.id, []).append(threat.severity)
    severe = {id_: sum(s in ("critical", "high") for s in said) for id_, said in found.items()}
    ranked = sorted(found, key=lambda id_: (-severe[id_], -len(found[id_]), id_))
    return [(titles.get(id_, id_), len(found[id_]), severe[id_]) for id_ in ranked[:_COMMON]]
