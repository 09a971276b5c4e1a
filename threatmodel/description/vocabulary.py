"""Names in a description that only the rules know: facts, controls, factors, hosts, findings."""

from collections.abc import Collection, Iterator

from threatmodel.description.agent import Agent
from threatmodel.description.plain_values import visible_letters
from threatmodel.errors import InvalidFileError, suggestion
from threatmodel.reading.positions import Places, Steps
from threatmodel.rules.load import Knowledge, load_knowledge

_NAMED = ("agentic", "owasp-0.8")
"""Profiles whose factor ids a description may use."""


_KINDS = {
    "facts": "fact",
    "controls": "control",
    "host": "reference host",
    "tool_classes": "tool",
    "scores": "factor",
    "decisions": "finding",
}
"""Field -> what its names are called in a fault."""


def check_vocabulary(agent: Agent, places: Places, *, member: bool = False) -> None:
    """Refuse names that the rules do not have; raises ExceptionGroup with every one of them.

    The names of members are looked at together, where the system is.
    """
    unseen = () if member else _unseen(agent, places)
    faults = (*unseen, *_faults(agent, places, load_knowledge()))
    if faults:
        raise ExceptionGroup("names that the rules do not have", faults)


def _faults(agent: Agent, places: Places, knowledge: Knowledge) -> Iterator[InvalidFileError]:
    for path, name, known in _names(agent, knowledge):
        if name not in known:
            kind = _KINDS[str(path[0])]
            yield InvalidFileError(
                f"{'.'.join(str(p) for p in path)}: there is no {kind} '{name}'",
                places.key(path),
                _meant(name, known),
            )


def _unseen(agent: Agent, places: Places) -> Iterator[InvalidFileError]:
    """Yield a name that nobody sees."""
    if not visible_letters(agent.name):
        hint = "give it a name that a reader can tell from others"
        yield InvalidFileError("name: has no letter that is seen", places.of(("name",)), hint)


def _meant(name: str, known: Collection[str]) -> str:
    """Suggest a known name; one of a family that is not known comes from a rule pack."""
    family, dot, _ = name.partition(".")
    if dot and not any(one.startswith(f"{family}.") for one in known):
        # A near name of ours would mislead: a whole family that is missing was not mistyped.
        return f"{family} may be a rule pack: name its folder with --pack"
    return suggestion(name, known)


def _names(agent: Agent, knowledge: Knowledge) -> Iterator[tuple[Steps, str, Collection[str]]]:
    facts = {*knowledge.facts, *knowledge.controls}
    controls = {name.removeprefix("k.") for name in knowledge.controls}
    stated = agent.controls if isinstance(agent.controls, dict) else ()
    tools = {tool.name for tool in agent.known_tools}
    yield from ((("facts", name), name, facts) for name in agent.facts)
    yield from ((("controls", name), name, controls) for name in stated)
    yield from ((("tool_classes", name), name, tools) for name in agent.tool_classes)
    if agent.scores:
        factors = _factors(knowledge)
        yield from ((("scores", "factors", f), f, factors) for f in agent.scores.factors)
    if agent.host:
        yield ("host",), agent.host, set(knowledge.sections["hosts"])
    findings = {row.id for row in knowledge.threats} | {"contradiction:cvss"}
    findings |= {f"contradiction:{fact}" for fact in facts}
    for index, decision in enumerate(agent.decisions):
        yield ("decisions", index, "finding"), decision.finding, findings


def _factors(knowledge: Knowledge) -> set[str]:
    profiles = knowledge.sections["profiles"]
    return {factor["id"] for name in _NAMED for factor in profiles[name]["factors"]}
