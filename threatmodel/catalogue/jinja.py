"""A function for Jinja templates that puts the score of a description into a page."""

from collections.abc import Callable
from html import escape
from pathlib import Path

from markupsafe import Markup

from threatmodel.assessment import Assessment, assess
from threatmodel.description.load import load_agent
from threatmodel.errors import AivssError, suggestion
from threatmodel.files import shipped
from threatmodel.outputs import Options, embed
from threatmodel.outputs.claim import claim_of, safe_link
from threatmodel.outputs.embed_picture import body, says

SHOWN_KINDS = ("badge", "card", "json-ld", "score", "band")
"""What a page can show; all of it is static and asks for nothing."""


def score_function(
    folder: Path, *, link: str = "{id}", outdated: Callable[[str], bool] | None = None
) -> Callable[..., Markup]:
    """Make the function `aivss(file, kind="badge")` for templates.

    Args:
        folder: Folder that names of descriptions are relative to.
        link: Address of the rationale; `{id}` stands for the file's name without ending.
        outdated: Tells of a file whether its score is from an older source.

    The function raises what `load_agent` and `assess` raise, and AivssError for a file outside
    the folder or an unknown kind.
    """
    root = folder.resolve()
    known: dict[str, Assessment] = {}

    def aivss(file: str, kind: str = "badge", *, href: str = "") -> Markup:
        if kind not in SHOWN_KINDS:
            raise AivssError(f"aivss: no kind '{kind}'", hint=suggestion(kind, SHOWN_KINDS))
        path = (root / file).resolve()
        if not path.is_relative_to(root):
            raise AivssError(f"aivss: {file} is outside {folder}")
        if file not in known:
            known[file] = assess(load_agent(path))
        address = href or link.format(id=path.stem)
        return _score_markup(known[file], kind, address, outdated=bool(outdated and outdated(file)))

    return aivss


def _score_markup(
    assessment: Assessment, kind: str, link: str, *, outdated: bool = False
) -> Markup:
    """Write one of `SHOWN_KINDS` as HTML that is safe in any page."""
    claim = claim_of(assessment, Options(link=link))
    match kind:
        case "score":
            html = "–" if claim.value is None else f"{claim.value:.1f}"
        case "band":
            html = escape(claim.band or "no data")
        case "json-ld":
            made = embed("json-ld", assessment, link=link, outdated=outdated)
            html = f'<script type="application/ld+json">{made}</script>'
        case "card":
            style = shipped("reports/card.css").read_text("utf-8")
            card = body(claim, says(assessment), outdated=outdated)
            card = card.replace("<main ", '<div role="region" aria-label="AIVSS" ')
            card = card.replace("</main>", "</div>")
            card = card.replace("<h1 ", '<h1 role="heading" aria-level="3" ')
            html = (
                '<div class="aivss-card"><template shadowrootmode="open">'
                f"<style>{style}</style>{card}</template></div>"
            )
        case _:
            badge = embed("badge", assessment, link=link, outdated=outdated).strip()
            html = (
                f'<a class="aivss-badge" href="{escape(safe_link(link))}"'
                f' aria-label="AIVSS: {escape(claim.words)}">{badge}</a>'
            )
    return Markup(html)  # noqa: S704 (every part is escaped where it is made)
