"""Where a server's annotations and the rest of a tool's definition part ways."""

from collections.abc import Iterator

from threatmodel.classify.evidence import Evidence
from threatmodel.classify.shown import Features, clue_at
from threatmodel.classify.verdict import Verdict

_DESTROYS = ("class:Destructive", "choice:Destructive", "arg:sql", "arg:command", "arg:code")


def contradictions(evidence: Evidence, verdict: Verdict, features: Features) -> Iterator[str]:
    """Word each claim that what was read does not bear out."""
    hints, shows = evidence.hints, verdict.clues[0]
    reads = verdict.tool_class == "Read"
    read = f"the {shows.source} says {verdict.tool_class} ({shows.text})"
    if hints.read_only and not reads:
        yield f"readOnlyHint claims that nothing changes; {read}"
    if hints.read_only is False and reads:
        yield f"readOnlyHint claims that something changes; {read}"
    if hints.destructive is False and not hints.read_only and not reads:
        clue = next((clue_at(features, key) for key in _DESTROYS if key in features), None)
        if clue is not None:
            yield f"destructiveHint claims that nothing is destroyed; {clue.text} {clue.says}"
    if hints.read_only and hints.destructive:
        yield "readOnlyHint and destructiveHint are both true"
