"""What a reader must know before a score, also on pages of agents that can no longer be read."""

from dataclasses import fields
from html import escape

from threatmodel.catalogue.entry import WAITING, Entry
from threatmodel.catalogue.snippets import FILES, embed_files, text_of
from threatmodel.catalogue.staging import Work, write
from threatmodel.outputs.claim import Claim
from threatmodel.outputs.text import long_date
from threatmodel.verify import statements

SLOT = ("<!--notices-->", "<!--/notices-->")
"""Where notices stand on the page of an agent; names of others are escaped, so none holds it."""


def outdate(work: Work, entry: Entry) -> None:
    """Put the notice on the page of an agent, and mark badge, endpoint and cards."""
    folder = f"agents/{entry.id}"

    def read(name: str) -> str:
        return (work.next / folder / name).read_text("utf-8")

    page = read("index.html")
    start, end = page.index(SLOT[0]) + len(SLOT[0]), page.index(SLOT[1])
    noticed = page[:start] + _notices(entry) + page[end:]
    write(work, f"{folder}/index.html", noticed.encode())
    badge = read(FILES["badge"])
    said = next(statements(badge.encode()))
    claim = Claim(**{field.name: said[field.name] for field in fields(Claim)})
    text = text_of(read(FILES["card"]))
    for name, data in embed_files(claim, text, outdated=True).items():
        write(work, f"{folder}/{name}", data)


def _notices(entry: Entry) -> str:
    return "".join(
        f'<p class="notice"><b>{escape(head)}</b> {escape(text)}</p>'
        for head, text in notices(entry)
    )


def notices(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Say what a reader must know before the score."""
    told = []
    if entry.stale:
        text = f"It went stale on {long_date(entry.stale_on)}; what it says may no longer hold."
        told.append(("This assessment is stale.", text))
    if entry.outdated:
        told.append(("This assessment is out of date.", entry.outdated))
    disputes = [r for r in entry.replies if r.kind == "dispute" and r.state in WAITING]
    if disputes:
        until = (
            f" To be decided by {long_date(disputes[0].deadline)}." if disputes[0].deadline else ""
        )
        told.append((f"Disputed by {disputes[0].by}.", f"The dispute is below in full.{until}"))
    return tuple(told)
