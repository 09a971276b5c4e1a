"""What the sentences of a report claim of tools, held against what these tools show."""

import re
from collections.abc import Iterator

from threatmodel.assessment import Assessment
from threatmodel.threats.names import named

READS = ("t.read_private", "t.read_inbound", "t.read_stream", "t.file_read")

CLAIMS = (
    (r"returns? what is (?:not|nowhere called) public", READS),
    (r"moves? or sets? things in the world", ("t.physical",)),
    (r"acts? on equipment", ("t.physical",)),
    (r"(?:deletes?|cancels?|removes? or overwrites?) ", ("t.delete",)),
    (r"do(?:es)? cannot simply be taken back", ("t.final",)),
    (r"moves? or commits? money", ("t.money",)),
    (r"reach(?:es)? other people", ("t.send_msg", "t.publish")),
    (r"works? on logs, metrics", ("t.telemetry",)),
)
"""Words after a list of tools, and the facts of which each of these tools shows one."""

HARMLESS = ("t.physical", "t.delete", "t.final")
"""Facts that no brake shows by what it is meant for."""

_COUNTED = (
    r"[Rr]esults of (.+?) are not public",
    r"[Aa]ll that (.+?) returns? goes to the company",
    r"(\d+) of \d+ tools returns? data that is (?:not|nowhere called) public",
    r"data from (\d+) of \d+ tools",
    r"[Ww]hat (\d+) of \d+ tools brings? in",
    r"(\d+) of \d+ tools reads? what nobody calls public",
    r"^(\S.*?) returns? what is (?:not|nowhere called) public",
)
"""How many tools return what is not public, in each way to say it."""

_MORE = re.compile(r" and (\d+) (?:more|other tools)")
_LISTED = re.compile(r", | and ")


def texts(one: Assessment) -> Iterator[tuple[str, str]]:
    """Give the sentences about findings and layers, by where they stand."""
    yield from ((f.id, f.text) for f in one.model.live)
    yield from ((layer.id, layer.text) for layer in one.model.layers)


def untrue(one: Assessment) -> Iterator[str]:
    """Tell which tools are said to do what they do not show."""
    tools = {named(tool.name): tool.name for tool in one.agent.known_tools}
    for place, text in texts(one):
        for words, facts in CLAIMS:
            shown = {t for fact in facts for t in one.facts.by_tool.get(fact, ())}
            for said in re.findall(rf"((?:[^\s,.]+, )*(?:[^\s,.]+ and )?[^\s,.]+) {words}", text):
                for name in _LISTED.split(said):
                    if name in tools and tools[name] not in shown:
                        yield f"{place}: {name} is said to do what it does not show: {text}"


def counts(one: Assessment) -> dict[int, list[str]]:
    """Give where how many tools are said to return what is not public."""
    found: dict[int, list[str]] = {}
    for place, text in texts(one):
        for pattern in _COUNTED:
            for said in re.findall(pattern, text):
                found.setdefault(_number(said), []).append(place)
    return found


def _number(said: str) -> int:
    if said.isdigit():
        return int(said)
    more = _MORE.search(said)
    return len(_LISTED.split(_MORE.sub("", said))) + (int(more[1]) if more else 0)
