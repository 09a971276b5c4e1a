"""Rules for the sentences of a report, as checks over one assessment."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from threatmodel.assessment import Assessment
from threatmodel.threats.finding import Finding

MOST_SHARED = 8
"""Words in a row that two findings of one report may have in common."""

LONGEST = 45
"""Words of a sentence; a list of tools counts as one."""

_WORD = re.compile(r"[^\s,;:.“”()?]+")
_SENTENCE = re.compile(r"(?<=[.?]) (?=[A-Z`“]|[a-z0-9_]+[_-])")
_LIST = re.compile(r"(?:\S+, )+\S+ and (?:\d+ (?:more|other tools)|\S+)|\S+ and \d+ other tools")
_PASSIVE = re.compile(
    r"\bcan have [^.]{3,200} (?:by|carried|destroyed|moved|removed|committed)\b"
    r"|\b(?:is|are|be|been|being) \w+(?:ed|en) by \w+ (?:that|which) (?:is|are) \w+(?:ed|en)\b"
)
_BROKEN = re.compile(r"\b(\w+) \1\b(?! )|[ ,.]{3}|\.\.|[{}\[\]|]| ,| \.")
_DISAGREES = re.compile(
    r"\b[Oo]ther agents (?:is|does|has|sends|writes|passes|reads|calls|takes)\b"
    r"|\b(?:childs|persons|mans|womans|analysiss)\b"
    r"| and \S+ and more\b"
)
_COMES = re.compile(r"What comes in: ([^.]+)\.")
_GOES = re.compile(r"^(?!A command )[^.]+ (?:remov\w+ or overwrites?|deletes?|cancels?) ([^.]+)\.")
_DESTROYED = "TH-L2-06"


def faults(one: Assessment) -> Iterator[str]:
    """Tell what in a report no person would have written."""
    for text in _texts(one):
        if _PASSIVE.search(text):
            yield f"passive chain: {text}"
        if _BROKEN.search(text):
            yield f"broken: {text}"
        if _DISAGREES.search(text):
            yield f"disagrees: {text}"
        if text.startswith(f"In {one.agent.name},"):
            yield f"lead: {text}"
        for sentence in _SENTENCE.split(text):
            if len(_LIST.sub("list", sentence).split()) > LONGEST:
                yield f"long: {sentence}"
    yield from _sections(one)
    yield from _lists(one)
    yield from (f"shared by {a} and {b}: {words}" for a, b, words in shared(one.model.live))


def shared(findings: Iterable[Finding], most: int = MOST_SHARED) -> Iterator[tuple[str, str, str]]:
    """Give pairs of findings with more words in a row in common, and some of these words."""
    rows = [(f.id, _rows(f.text, most + 1) | _rows(f.attack, most + 1)) for f in findings]
    for (one, ours), (other, theirs) in itertools.combinations(rows, 2):
        if ours & theirs:
            yield one, other, min(ours & theirs)


def _rows(text: str, length: int) -> set[str]:
    words = [word.lower() for word in _WORD.findall(text)]
    return {" ".join(words[at : at + length]) for at in range(len(words) - length + 1)}


def _texts(one: Assessment) -> Iterator[str]:
    model = one.model
    yield model.summary
    for finding in model.live:
        yield finding.text
        yield finding.attack
    yield from (layer.text for layer in model.layers)
    yield from (path.story for path in model.paths)


def _sections(one: Assessment) -> Iterator[str]:
    """Tell which part of a report begins more than one sentence with the agent's name."""
    model = one.model
    for section, texts in {
        "own findings": [f.text for f in model.open],
        "attacks": [f.attack for f in model.open],
        "layers": [layer.text for layer in model.layers],
        "paths": [step.text for path in model.paths for step in path.steps],
    }.items():
        begun = [s for text in texts for s in _SENTENCE.split(text) if s.startswith(one.agent.name)]
        if len(begun) > 1:
            yield f"name begins {len(begun)} sentences of {section}: {begun}"


def _lists(one: Assessment) -> Iterator[str]:
    """Tell where a finding writes a list of tools out twice."""
    names = {tool.name for tool in one.agent.known_tools}
    for finding in one.model.live:
        found = Counter(_LIST.findall(finding.text))
        for written, times in found.items():
            if times > 1 and re.split(r", | and ", written)[0].strip("`") in names:
                yield f"list twice in {finding.id}: {written}"


def things(one: Assessment) -> Iterator[str]:
    """Give what the findings say that the tools handle: `invoices`."""
    for finding in one.model.live:
        pattern = _GOES if finding.id == _DESTROYED else _COMES
        for found in pattern.findall(finding.text):
            said = found.removesuffix(" and more")
            yield from re.split(r", | and ", said)
