"""What is assessed, in a sentence: in its own words, else in what its tools do and work on."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from threatmodel.assessment import Assessment
from threatmodel.classify import load_class_rules
from threatmodel.classify.operation import kinds_of
from threatmodel.classify.result import ToolReading
from threatmodel.classify.words import split_name
from threatmodel.description.sections import Credential
from threatmodel.outputs.pages.labels import FORMS, KINDS
from threatmodel.outputs.text import count, cut, listed, one_line, sentence
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.advise import DoesRule, PageWords
from threatmodel.threats.names import plain, plural, with_article

_LINE, _LONG = 80, 240
_PROSE, _LABEL = re.compile(r"[^\W\d_]\S*(?: \S+){3}"), re.compile(r"\w+(?: \w+){,3}:|.*:$")
"""Beginning of a line that is prose, and of one that is a label for what follows."""

_KEYS = 2
_DATA = "d."
"""How facts about data begin."""

_THINGS = 3
"""Things that tools work on, named of each kind of deed."""

_LONGEST = 3
"""Words of a thing that is named: longer ones are pieces of a sentence."""

ASK_FOR_TOOLS = (
    "To get the list, let aivss import --live ask for it, or add the answer to tools/list."
)
"""How to get the list of tools."""


def what_it_is(assessment: Assessment) -> str:
    """Describe the agent in the words of its description, else in what is known of it."""
    agent = assessment.agent
    purpose = getattr(agent.business, "purpose", None)
    if agent.summary or purpose:
        return " ".join(sentence(one_line(t)) for t in (agent.summary, purpose) if t)
    kind = KINDS[agent.kind]
    if not assessment.readings:
        return f"{sentence(kind)} {without_tools(assessment)}"
    words, said = policy_rules(assessment.knowledge).advise.page, own_words(assessment)
    lead, doing = words.serves if agent.kind == "mcp-server" else words.can, _doing(assessment)
    told = lead.format(kind=sentence(kind), doing=doing)
    return f"{words.own_words.format(text=said)} {told}" if said else told


def has_purpose(assessment: Assessment) -> bool:
    """Tell whether anything says what it is for."""
    agent = assessment.agent
    purpose = getattr(agent.business, "purpose", None)
    return bool(agent.summary or purpose or own_words(assessment))


def own_words(assessment: Assessment) -> str:
    """Give the first sentence that a server says of itself to the model; empty where it is none."""
    offers = assessment.agent.offers
    lines = (offers.instructions or "").splitlines() if offers else ()
    said = (line.strip() for line in lines)
    prose = (line for line in said if _PROSE.match(line) and not _LABEL.match(line))
    first = re.split(r"(?<=[.!?])\s", plain(next(prose, "").replace("**", ""), _LONG), maxsplit=1)
    return sentence(one_line(first[0])) if first[0] else ""


def signs_in(assessment: Assessment) -> str:
    """Say with which keys and accounts it signs in, and what they open; empty where none is."""
    said = assessment.agent.credentials
    keys = [key for key in said if key.name or key.reach] if isinstance(said, tuple) else []
    told = tuple(_key(key) for key in keys[:_KEYS])
    more = (f"{len(keys) - _KEYS} more",) if len(keys) > _KEYS else ()
    return f"It signs in with {listed((*told, *more))}." if told else ""


def handles(assessment: Assessment) -> str:
    """Say which kinds of data its tools show that it handles; empty where they show none."""
    facts = assessment.facts.facts.values()
    told = tuple(
        one.says
        for one in facts
        if one.value and one.id.startswith(_DATA) and one.basis in ("observed", "derived")
    )
    words = policy_rules(assessment.knowledge).advise.page
    return words.handles.format(facts="; ".join(told)) if told else ""


def _key(key: Credential) -> str:
    name = with_article(plain(key.name)) if key.name else "a key without a name"
    opens = f" (it opens {plain(key.reach)})" if key.reach else ""
    return f"{name}{opens}"


def _doing(assessment: Assessment) -> str:
    """Say what its tools do to what, with how many do it."""
    knowledge = assessment.knowledge
    rules = policy_rules(knowledge).advise
    uncounted: Sequence[str] = knowledge.sections["policy"]["pages"]["uncounted"]
    sorts: dict[str, list[ToolReading]] = {row.says: [] for row in rules.does}
    for reading in assessment.readings:
        sorts[_does(reading, rules.does)].append(reading)
    own = frozenset(split_name(assessment.agent.name.lower()))
    parts = [
        rules.page.some.format(
            do=do, things=_things(some, own, rules.page, uncounted), number=_tools(some, n)
        )
        for n, (do, some) in enumerate((do, some) for do, some in sorts.items() if some)
    ]
    return listed(tuple(parts))


def _tools(some: Sequence[ToolReading], place: int) -> str:
    """Count tools; only the first number says of what."""
    return f"{len(some):,}" if place else count(len(some), "tool")


def _does(reading: ToolReading, rows: Iterable[DoesRule]) -> str:
    verb = reading.effects[0].verb if reading.effects else ""
    return next(
        row.says
        for row in rows
        if reading.tool_class in row.classes or verb in row.verbs or not (row.classes or row.verbs)
    )


def _things(
    some: Sequence[ToolReading], own: frozenset[str], words: PageWords, uncounted: Sequence[str]
) -> str:
    """Name what tools work on, the most frequent first, by what several have in common."""
    acted = [_thing(reading, own) for reading in some]
    things = [thing for thing in acted if _is_named(thing)]
    heads = Counter(thing.rpartition(" ")[2] for thing in dict.fromkeys(things))
    named = [head if heads[head := thing.rpartition(" ")[2]] > 1 else thing for thing in things]
    often = [name for name, _ in Counter(named).most_common()]
    shown = tuple(plain(_several(name, uncounted)) for name in often[:_THINGS])
    if not shown:
        return words.other
    rest = len(often) > _THINGS or len(things) < len(acted)
    return listed((*shown, words.rest) if rest else shown)


def _is_named(thing: str) -> bool:
    """Tell whether a thing is one that the classifier knows, and short enough to be no sentence."""
    words = tuple(thing.split())
    return 0 < len(words) <= _LONGEST and bool(kinds_of(words, load_class_rules())[1])


def _several(name: str, uncounted: Sequence[str]) -> str:
    return name if name.rpartition(" ")[2] in uncounted else plural(name)


def _thing(reading: ToolReading, own: frozenset[str]) -> str:
    """Give what a tool acts on, without the words of the server's own name."""
    thing = next((e.object for e in reading.effects if e.object), "")
    return " ".join(word for word in thing.split() if word not in own)


def without_tools(assessment: Assessment) -> str:
    """Say that no tool is listed: what would have to be known, what it moves, how to get it."""
    if isinstance(assessment.agent.tools, tuple):
        return "It has no tools."
    score = assessment.score
    return (
        "Nothing here lists its tools, so what it can read, change or send is unknown: with the"
        f" answers the score can end anywhere from {score.low:.1f} to {score.high:.1f}."
        f" {ASK_FOR_TOOLS}"
    )


def kind_line(assessment: Assessment) -> str:
    """Say what was assessed: kind, form, version, vendor."""
    agent = assessment.agent
    parts = [KINDS[agent.kind], FORMS[agent.form]]
    if agent.version:
        parts.append(f"version {cut(one_line(agent.version), _LINE)}")
    if agent.vendor:
        parts.append(f"made by {cut(one_line(agent.vendor), _LINE)}")
    text = "; ".join(parts)
    return text[0].upper() + text[1:]
