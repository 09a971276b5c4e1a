"""What a description gives to sentences: names of the agent, its data, credentials and peers."""

from collections.abc import Callable, Iterable

from threatmodel.description.agent import Agent
from threatmodel.description.sections import Business, Data, Dealings, Model, Peers
from threatmodel.threats.names import LONGEST_NAME, distinct, in_sentence, listed, with_article
from threatmodel.threats.template import Phrase


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
