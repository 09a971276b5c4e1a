"""What is assessed, in a sentence: in its own words, else in what its tools do and work on."""

import re

from threatmodel.assessment import Assessment
from threatmodel.description.sections import Credential
from threatmodel.description.system import System
from threatmodel.outputs.pages.abilities import doing_of
from threatmodel.outputs.pages.labels import FORMS, KINDS
from threatmodel.outputs.text import cut, one_line, sentence
from threatmodel.policy.rules import policy_rules
from threatmodel.threats.names import in_sentence, joined, with_article

_LINE, _LONG = 80, 240
_PROSE, _LABEL = re.compile(r"[^\W\d_]\S*(?: \S+){3}"), re.compile(r"\w+(?: \w+){,3}:|.*:$")
"""Beginning of a line that is prose, and of one that is a label for what follows."""
_OTHER = re.compile(
    r"(?:[^\W_a-z][\w&+-]*(?: |$))+$"
    r"|(?i:when|if|use|always|never|prefer|do|don't|you|please|call|before|after|ensure"
    r"|make sure)\b"
)
"""A heading, of words that all begin large, or a line that tells the model what to do."""
_ADDRESSED = re.compile(r"\byou(?:rs?)?\b", re.IGNORECASE)
"""Who speaks to the model of what it can do says nothing of himself."""

_KEYS = 2
_DATA = "d."
"""How facts about data begin."""

ASK_FOR_TOOLS = (
    "To get the list, let aivss import --live ask for it, or add the answer to tools/list."
)


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
    lead, doing = words.serves if agent.kind == "mcp-server" else words.can, doing_of(assessment)
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
    prose = (
        line
        for line in said
        if _PROSE.match(line) and not (_LABEL.match(line) or _OTHER.match(line))
    )
    first = re.split(
        r"(?<=[.!?])\s", in_sentence(next(prose, "").replace("**", ""), _LONG), maxsplit=1
    )
    told = first[0] and not _ADDRESSED.search(first[0])
    return sentence(one_line(first[0])) if told else ""


def signs_in(assessment: Assessment) -> str:
    """Say with which keys and accounts it signs in, and what they open; empty where none is."""
    said = assessment.agent.credentials
    keys = [key for key in said if key.name or key.reach] if isinstance(said, tuple) else []
    told = tuple(_key(key) for key in keys[:_KEYS])
    more = (f"{len(keys) - _KEYS} more",) if len(keys) > _KEYS else ()
    return f"It signs in with {joined((*told, *more))}." if told else ""


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
    name = with_article(in_sentence(key.name)) if key.name else "a key without a name"
    opens = f" (it opens {in_sentence(key.reach)})" if key.reach else ""
    return f"{name}{opens}"


def without_tools(assessment: Assessment) -> str:
    """Say that no tool is listed: what would have to be known, what it moves, how to get it."""
    agent = assessment.agent
    members = agent.agents if isinstance(agent, System) else (agent,)
    if all(isinstance(one.tools, tuple) for one in members):
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
