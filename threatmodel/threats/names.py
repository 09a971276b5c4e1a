"""Names and lists in sentences: hostile ones made plain, long ones cut, and those of an agent."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from threatmodel.description.agent import Agent
from threatmodel.description.sections import Business, Data, Dealings, Model, Peers
from threatmodel.threats.template import Phrase

LONGEST_NAME = 60
"""Characters of a name that are shown."""

LONGEST_WORDS = 120
"""Characters of other words of a description that are shown."""

SHOWN = 3
"""Names listed before the rest is counted; one more is listed rather than counted."""

# Signs inside, or a hump, tell a name from a word: `create_user` needs no quotes, `create` does.
_TELLING = re.compile(r"(?=.*(?:[-_./:0-9]|[a-z][A-Z]))[A-Za-z_][A-Za-z0-9_./:-]*[A-Za-z0-9]")
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"})
# Sentences about one agent say `this agent`; in a system that could be any member.
_UNNAMED = re.compile(r"\b[Tt]his (?:agent|server|skill)\b")
_ARTICLES = ("the ", "a ", "an ", "its ", "their ", "one ", "each ", "every ")


def in_sentence(text: str, longest: int = LONGEST_WORDS) -> str:
    """Make words of a description fit for a sentence.

    Control, direction and odd space characters become single spaces, closing full stops go, and
    what is longer than `longest` characters is cut with an ellipsis.
    """
    short = text[: 4 * longest]
    if not short.isascii() or not short.isprintable():
        short = "".join(" " if unicodedata.category(c) in _HIDDEN else c for c in short)
    short = " ".join(short.split()).rstrip(" .;,:")
    return short if len(short) <= longest else f"{short[: longest - 1].rstrip()}…"


@lru_cache(maxsize=4096)  # many sentences about one agent name the same few tools
def named(name: str) -> str:
    """Write the name of a tool or argument, quoted where it could be taken for prose."""
    short = in_sentence(name, LONGEST_NAME).replace("`", "'")
    return short if _TELLING.fullmatch(short) else f"`{short}`"


def with_article(name: str) -> str:
    """Put `the` before a name that has no article."""
    return name if name.lower().startswith(_ARTICLES) else f"the {name}"


def joined(words: Iterable[object], last: str = "and") -> str:
    """Join all as in a sentence: `a, b and c`."""
    *before, end = [str(word) for word in words] or [""]
    return f"{', '.join(before)} {last} {end}" if before else end


def listed(
    names: Sequence[str],
    shown: int = SHOWN,
    *,
    word: str = "and",
    rest: str = "more",
    each: Callable[[str], str] = str,
) -> str:
    """List names in a sentence: `a`, `a and b`, `a, b and c`, `a, b, c and 7 more`.

    `rest` is what those that are not shown are called. `each` writes a name; it is only asked for
    those that are shown.
    """
    if len(names) > shown + 1:
        said = ", ".join(each(name) for name in names[:shown])
        return f"{said} {word} {len(names) - shown} {rest}"
    written = [each(name) for name in names]
    return f" {word} ".join(filter(None, (", ".join(written[:-1]), *written[-1:])))


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Give each name once, in order."""
    return tuple(dict.fromkeys(name for name in names if name))


def naming(text: str, member: str) -> str:
    """Put a member's name in the place of `this agent`, `this server` and `this skill`."""
    name = in_sentence(member, LONGEST_NAME)
    return _UNNAMED.sub(lambda _: name, text)


# What a description gives to sentences: names of the agent, its data, credentials and peers.


def described(agent: Agent, name: str) -> Phrase | None:
    """Give the words for a placeholder that hangs on the description; None where not known."""
    give = _PLAIN.get(name)
    return give(agent) if give else None


_FEW_WORDS = 4
"""Words, without an article, of a name that is only mentioned; it is given in full once."""


def _name(agent: Agent) -> Phrase:
    return Phrase(in_sentence(agent.name, LONGEST_NAME) or "the agent", verbatim=True, about=True)


def _several(texts: Iterable[str], word: str = "and") -> Phrase | None:
    found = distinct(in_sentence(text) for text in texts)
    return Phrase(listed(found, word=word), len(found) > 1, about=True) if found else None


def _credentials(agent: Agent, *kinds: str) -> Phrase | None:
    given = agent.credentials if isinstance(agent.credentials, tuple) else ()
    named = (c.name for c in given if not kinds or c.kind in kinds)
    return _several(with_article(in_sentence(name)) for name in named if name)


def _short_credential(agent: Agent) -> Phrase | None:
    """Name one credential in a few words, or say that it has several."""
    found = _credentials(agent)
    if found is None or (not found.many and len(found.text.split()) <= _FEW_WORDS + 1):
        return found
    return Phrase("its credentials" if found.many else "its credential", found.many)


def _reach(agent: Agent) -> Phrase | None:
    given = agent.credentials if isinstance(agent.credentials, tuple) else ()
    return _several(c.reach for c in given if c.reach)


def _reads(agent: Agent) -> Phrase | None:
    return _several(agent.data.reads) if isinstance(agent.data, Data) else None


def _outsiders(agent: Agent) -> Phrase | None:
    if not isinstance(agent.data, Data):
        return None
    texts = agent.data.written_by_outsiders
    few = [n for n in (2, 1) if sum(len(text.split()) for text in texts[:n]) <= _FEW_WORDS]
    return _several(texts[: few[0]], "or") if few else None


def _peers(agent: Agent) -> Phrase | None:
    if isinstance(agent.peers, Dealings):
        return _dealt(agent.peers.names)
    return _several(agent.peers.names) if isinstance(agent.peers, Peers) else None


def _senders(agent: Agent) -> Phrase | None:
    return _dealt(agent.peers.senders) if isinstance(agent.peers, Dealings) else _peers(agent)


def _receivers(agent: Agent) -> Phrase | None:
    return _dealt(agent.peers.receivers) if isinstance(agent.peers, Dealings) else _peers(agent)


def _dealt(names: Iterable[str]) -> Phrase | None:
    """Name members as their system does, capitals and all."""
    found = distinct(in_sentence(name) for name in names)
    return Phrase(listed(found), len(found) > 1, verbatim=True, about=True) if found else None


def _purpose(agent: Agent) -> Phrase | None:
    purpose = (
        in_sentence(agent.business.purpose or "") if isinstance(agent.business, Business) else ""
    )
    return Phrase(purpose, verbatim=True, about=True) if purpose else None


def _regulations(agent: Agent) -> Phrase | None:
    return _several(agent.business.regulations) if isinstance(agent.business, Business) else None


def _model(agent: Agent) -> Phrase | None:
    """Name one model; words that may mean several are left to the fallback."""
    name = (
        in_sentence(agent.model.name or "", LONGEST_NAME) if isinstance(agent.model, Model) else ""
    )
    if name.endswith(" model"):
        return Phrase(with_article(name))
    return Phrase(f"the model {name}") if name and " " not in name else None


_PLAIN: dict[str, Callable[[Agent], Phrase | None]] = {
    "name": _name,
    "credential.name": _credentials,
    "credential.short": _short_credential,
    "credential.static": lambda agent: _credentials(agent, "static-key", "password"),
    "credential.reach": _reach,
    "data.reads": _reads,
    "data.outsiders": _outsiders,
    "peers.names": _peers,
    "peers.senders": _senders,
    "peers.receivers": _receivers,
    "purpose.text": _purpose,
    "regulations.names": _regulations,
    "model.name": _model,
}
