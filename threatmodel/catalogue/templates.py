"""The templates of a site: escaped by default, compiled once per process."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache
from markupsafe import Markup

from threatmodel.catalogue.assets import load_assets
from threatmodel.catalogue.job import Choices
from threatmodel.outputs.pages.labels import MADE_WITH, mark
from threatmodel.outputs.templates import environment_of, shown_text
from threatmodel.outputs.text import as_html, cut, long_date, one_line, words_of
from threatmodel.policy.guard import Guard
from threatmodel.threats.finding import Finding

# What strangers wrote at length is cut before it is escaped, which makes it up to five times
# longer.
_MOST_LETTERS = 20_000
_ANSWERED = 6
"""Threats that the row of a guard names."""


def fill_page(name: str, root: str, choices: Choices, **values: object) -> str:
    """Fill one template; `root` leads from the page to the top of the site, such as `../../`."""
    template = _environment().get_template(f"{name}.html.j2")
    here = str(values.get("here", ""))
    frame = _frame(root, choices.title, here)
    return template.render(root=root, choices=choices, frame=frame, **values)


@lru_cache(maxsize=64)
def _frame(root: str, title: str, here: str) -> tuple[Markup, Markup, Markup]:
    """Fill what all pages of a part of the site share: end of the head, header, footer."""
    template = _environment().get_template("shared.html.j2")
    text = template.render(root=root, title=title, here=here, made_with=MADE_WITH)
    head, top, foot = text.split("<!-- cut -->\n")
    return Markup(head), Markup(top), Markup(foot)  # noqa: S704 (a template escaped them)


def keep_compiled(folder: Path) -> None:
    """Keep compiled templates in a folder of the user's own; a later process starts quicker."""
    folder.mkdir(exist_ok=True)
    _environment().bytecode_cache = FileSystemBytecodeCache(str(folder), "%s")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = environment_of("reports/catalogue", _MOST_LETTERS)
    environment.globals["asset"] = load_assets().names
    environment.filters.update(
        day=long_date,
        line=lambda text, most=400: cut(one_line(text), most),
        told=_told,
        sev=_sev,
        threat_link=_threat_link,
        threat_row=_threat_row,
        guard_row=_guard_row,
    )
    return environment


def _told(text: str, names: frozenset[str] = frozenset()) -> Markup:
    """Lay out a sentence that may name tools."""
    return _laid_out(text, names & words_of(text))


@lru_cache(maxsize=8192)
def _laid_out(text: str, names: frozenset[str]) -> Markup:
    """Do it once for agents that have the same sentence with the same names of tools in it."""
    return Markup(as_html(text, names))  # noqa: S704 (escaped there)


@lru_cache(maxsize=64)
def _sev(word: str) -> Markup:
    return Markup('<span class="sev {}">{}</span>').format(mark(word), word.capitalize())


@lru_cache(maxsize=8192)
def _threat_link(id_: str, root: str, title: str = "") -> Markup:
    """Link to the page of a threat, by its title, else by its id."""
    link = Markup('<a href="{}threats/{}/index.html">{}</a>')
    return link.format(root, id_, shown_text(title or id_, _MOST_LETTERS))


# Rows of tables that the pages of an agent's tools share, a dozen on each: filled once, they are a
# sixth of what the template of a tool takes.


def _threat_row(finding: Finding, root: str) -> Markup:
    """Give an open threat as a row of a table: how bad, which, its score."""
    return _row_of(finding.severity or "none", finding.id, finding.title, finding.score, root)


@lru_cache(maxsize=8192)
def _row_of(severity: str, id_: str, title: str, score: float | None, root: str) -> Markup:
    row = Markup('<tr><td>{}</td><th scope="row">{}</th><td class="num">{}</td></tr>')
    points = "" if score is None else f"{score:.1f}"
    return row.format(_sev(severity), _threat_link(id_, root, title), points)


def _guard_row(guard: Guard, title: str, names: frozenset[str], root: str) -> Markup:
    """Give a guard as a row of a table: what it is, what it enforces, which threats it answers."""
    says = guard.says
    return _guarded(title, says, names & words_of(says), guard.threats[:_ANSWERED], root)


@lru_cache(maxsize=8192)
def _guarded(
    title: str, says: str, names: frozenset[str], threats: tuple[str, ...], root: str
) -> Markup:
    row = Markup('<tr><th scope="row">{}</th><td>{}</td><td class="ids">{}</td></tr>')
    links = Markup(" ").join(_threat_link(id_, root) for id_ in threats)
    return row.format(title, _laid_out(says, names), links)
