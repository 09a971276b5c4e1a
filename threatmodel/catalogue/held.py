"""Mark the pages of an agent as outdated without assessing it: its description has faults now."""

import json
from dataclasses import fields
from html import escape

from threatmodel.catalogue.agent_page import notices
from threatmodel.catalogue.entry import Entry
from threatmodel.catalogue.snippets import FILES, cards, text_of
from threatmodel.catalogue.work import Work, write
from threatmodel.outputs.claim import Claim
from threatmodel.outputs.embed_badge import draw
from threatmodel.verify import statements

SLOT = ("<!--notices-->", "<!--/notices-->")
"""Where notices stand on the page of an agent; names of others are escaped, so none holds it."""


def outdate(work: Work, entry: Entry) -> None:
    """Put the notice on the page of an agent, and mark badge, endpoint and cards."""
    folder = f"agents/{entry.id}"

    def change(name: str, text: str) -> None:
        write(work, f"{folder}/{name}", text.encode())

    def read(name: str) -> str:
        return (work.next / folder / name).read_text("utf-8")

    page = read("index.html")
    start, end = page.index(SLOT[0]) + len(SLOT[0]), page.index(SLOT[1])
    change("index.html", page[:start] + _notices(entry) + page[end:])
    badge = read(FILES["badge"])
    said = next(statements(badge.encode()))
    claim = Claim(**{field.name: said[field.name] for field in fields(Claim)})
    change(FILES["badge"], draw(claim, outdated=True))
    if claim.value is not None:
        endpoint = json.loads(read(FILES["shields"]))
        endpoint |= {"message": f"{claim.words}, outdated", "color": "lightgrey"}
        change(FILES["shields"], json.dumps(endpoint, indent=1) + "\n")
    for name, data in cards(claim, text_of(read(FILES["card"])), entry.id, outdated=True).items():
        write(work, f"{folder}/{name}", data)


def _notices(entry: Entry) -> str:
    return "".join(
        f'<p class="notice"><b>{escape(head)}</b> {escape(text)}</p>'
        for head, text in notices(entry)
    )
