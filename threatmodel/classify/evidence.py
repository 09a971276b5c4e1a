"""Everything seen in one tool's definition, before any judgement."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice, pairwise
from typing import NamedTuple

from threatmodel.classify.arguments import ArgumentText, read_arguments
from threatmodel.classify.names import read_name
from threatmodel.classify.operation import Operation, find_verb, kinds_of, operation
from threatmodel.classify.parted import STOPS, announced, barred
from threatmodel.classify.phrases import find_cues
from threatmodel.classify.result import Clue
from threatmodel.classify.rules import ClassRules
from threatmodel.classify.sentences import Prose, read_prose, read_sentences
from threatmodel.classify.words import VerbForm, Words, singular, split_name
from threatmodel.description.agent import Annotations, Tool

_ROUTES = frozenset(("operation", "tool_name", "command"))
_ASKS = frozenset(("read", "list", "search", "count"))
# Deeper in, `action` or `type` says what a part of the data is, and not what the call does.
_TOP = 3
# A longer list holds data, such as countries, and each value costs a look-up of verbs.
_MAX_CHOICES = 60
_QUOTED = re.compile(r"[\"'`]([A-Za-z][\w\-]{1,40})[\"'`]")
_LISTS = re.compile(r":|\bone of\b|\(|\beither\b")
_WORD = re.compile(r"[a-z]+")
# Descriptions list the values that a schema leaves out: "Valid values include: contacts, deals".
_VALUES = re.compile(
    r"(?i)\b(?:(?:valid|allowed|supported|possible|accepted|available) "
    r"(?:values|types|kinds|objects|object types)|one of)\b"
    r"[^:.\n,]{0,30}:?\s+([\w`'\" -]{2,40}(?:,[\w`'\" -]{2,40}){2,})"
)


class ToolEvidence(NamedTuple):
    """What was seen in one tool's definition."""

    tool: Tool
    name: tuple[Operation, ...]
    title: tuple[Operation, ...]
    prose: Prose
    """Operations its description leads with."""
    choices: tuple[Operation, ...]
    """Operations that an argument's allowed values offer."""
    routed: tuple[Operation, ...] | None
    """Operations that a router's description speaks of; none where it is no router."""
    arguments: tuple[ArgumentText, ...]
    roles: Mapping[str, ArgumentText]
    """First argument of each role."""
    cues: Mapping[str, Clue]
    """Phrases about the whole tool."""
    about: frozenset[str]
    """Kinds of things its name speaks of."""
    tail: frozenset[str]
    """Kinds of the last thing its name speaks of."""
    text: frozenset[str]
    """Kinds of things its first sentences speak of."""
    near: frozenset[str]
    """Kinds of things the names of its arguments speak of."""
    opens: tuple[str, ...]
    """Words of the thing that a first sentence without a verb names; empty where it has one."""
    offers: frozenset[str]
    """Kinds of things that the allowed values of required arguments speak of."""

    @property
    def hints(self) -> Annotations:
        """The server's own hints; empty when it gives none."""
        return self.tool.annotations or _NO_HINTS


_NO_HINTS = Annotations()


def gather(tool: Tool, rules: ClassRules) -> ToolEvidence:
    """Look at every part of a definition once."""
    title = tool.title or (tool.annotations.title if tool.annotations else None)
    arguments = read_arguments(tool.input_schema, tool.description, rules)
    roles: dict[str, ArgumentText] = {}
    for seen in arguments:
        roles.setdefault(seen.role, seen)
    sentences = read_sentences(tool.description, rules)
    # Two sentences: further on a description speaks of errors, examples and other tools.
    begins = tuple(islice(sentences, 2))
    text = _kinds(tuple(chain.from_iterable(begins)), rules)
    about = _kinds(split_name(tool.name), rules)
    near = _named(arguments, rules)
    context = text | about | near
    name = read_name(_own_name(tool.name, begins), rules, context=context)
    known = frozenset(one.form.base for one in name)
    asked = frozenset(word for one in name[:1] if one.form.verb.id in _ASKS for word in one.object)
    prose = read_prose(chain(begins, sentences), rules, known, context, asked)
    return ToolEvidence(
        tool=tool,
        name=_fitted(tool.name, name, prose, rules),
        title=read_name(title, rules, "title", "title", context) if title else (),
        prose=prose,
        choices=_choices(arguments, tool.description or "", rules, context),
        routed=_routed(tool, roles, rules),
        arguments=arguments,
        roles=roles,
        cues=find_cues(tool.description, rules),
        about=about,
        tail=_tail(tool.name, rules),
        text=text,
        near=near,
        opens=_opens(begins, prose, rules),
        offers=_offered(arguments, rules),
    )


def _opens(begins: Sequence[Words], prose: Prose, rules: ClassRules) -> tuple[str, ...]:
    """Give the first thing named where the first sentence has no verb: "Weekly rota of a ward"."""
    if not begins or (prose.operations and not prose.late):
        return ()
    grammar, words = rules.grammar, begins[0]
    words = words[1:] if words[0] in grammar.determiners else words
    ends = STOPS | grammar.prepositions | grammar.coordinators
    end = next((at for at, word in enumerate(words) if word in ends), len(words))
    # "Reverse a payment": what stands before an article is a verb, known or not.
    told = grammar.determiners.isdisjoint(words[: end + 1])
    kept = (word for word in words[:end] if word not in grammar.adverbs)
    return tuple(map(singular, kept)) if told else ()


def _own_name(name: str, begins: Sequence[Words]) -> str:
    """Leave out `_tool` at the end of a name, unless its text speaks of tools: `edit_page_tool`."""
    spoken = any(not _TOOLS.isdisjoint(words) for words in begins)
    return name if spoken else _TOOL.sub("", name)


_TOOLS = frozenset(("tool", "tools"))
_TOOL = re.compile(r"(?<=\w)[_-]tool$")


def _fitted(
    name: str, found: tuple[Operation, ...], prose: Prose, rules: ClassRules
) -> tuple[Operation, ...]:
    """Read a name as its description does, where it ends in a verb or in how a thing then is.

    `bid_place` places a bid, whatever else bidding is, and `mark_table_clean` marks a table.
    """
    if not (found and prose.operations) or prose.late or found[0].soft:
        return found
    led, (*before, last) = prose.operations[0], split_name(name)
    first = found[0].form.words
    said = found[0].object
    # `set_loss_stop` sets one, where its text begins by setting.
    sets = (last,) == first and [led.form.base] == before[:1]
    if sets or _about(led, found[0], prose, rules):
        return (led._replace(source="name", pointer="name"),)
    if led.form.base == found[0].form.base and led.object and led.object == said[:-1]:
        fits = said[-1] in rules.nouns
        return found if fits else (found[0]._replace(object=led.object), *found[1:])
    if led.form.base == found[0].form.base and _behind(before, led, found[0], rules):
        return (found[0]._replace(object=led.object), *found[1:])
    things = frozenset(led.object).intersection(map(singular, before))
    if last != led.form.base or last in first or not things:
        return found
    return (led._replace(source="name", pointer="name"),)


def _about(led: Operation, named: Operation, prose: Prose, rules: ClassRules) -> bool:
    """Tell what is only spoken of: a proposal to scrap, that is drafted, scraps nothing."""
    same = named.object != () and led.object[-1:] == named.object[-1:]
    milder = rules.rank[led.tool_class] <= rules.rank[named.tool_class]
    return same and milder and ("to", named.form.words[0]) in pairwise(prose.lead)


def _behind(before: Sequence[str], led: Operation, named: Operation, rules: ClassRules) -> bool:
    """Tell a name of a verb behind a product or a field: `crm_add` adds what its text says it adds.

    A long object is a piece of a sentence, and a thing that is known is not named by one that is
    not.
    """
    told = set(led.object) - rules.grammar.fillers - set(named.object)
    apart = len(told) == len(led.object) and 0 < len(told) <= _TOLD_WORDS
    known = bool(led.kinds) or not named.head
    return apart and known and named.object == tuple(map(singular, before))


_TOLD_WORDS = 3


def _kinds(words: tuple[str, ...], rules: ClassRules) -> frozenset[str]:
    return kinds_of(tuple(map(singular, words[:40])), rules)[0]


def _tail(name: str, rules: ClassRules) -> frozenset[str]:
    words = split_name(name)
    ends = (at for at, word in enumerate(words) if at and word in rules.grammar.prepositions)
    return kinds_of(tuple(map(singular, words[: next(ends, None)])), rules)[1]


def _named(arguments: tuple[ArgumentText, ...], rules: ClassRules) -> frozenset[str]:
    """Give the kinds of things that the names of arguments speak of."""
    found: frozenset[str] = frozenset()
    for seen in arguments[:20]:
        found |= _name_kinds(seen.key, rules)
    return found


def _offered(arguments: tuple[ArgumentText, ...], rules: ClassRules) -> frozenset[str]:
    """Give the kinds of things that each call has to choose from: a filter may be left out."""
    found: frozenset[str] = frozenset()
    for seen in (one for one in arguments[:20] if one.required):
        for value in (seen.enum or _listed(seen.text))[:_MAX_CHOICES]:
            found |= _name_kinds(value, rules)
    return found


def _listed(text: str) -> tuple[str, ...]:
    match = _VALUES.search(text[:600])
    return tuple(one.strip(" `'\"") for one in match[1].split(",")) if match else ()


@lru_cache(maxsize=8192)
def _name_kinds(name: str, rules: ClassRules) -> frozenset[str]:
    return _kinds(split_name(name), rules)


def _choices(
    arguments: tuple[ArgumentText, ...],
    text: str,
    rules: ClassRules,
    context: frozenset[str],
) -> tuple[Operation, ...]:
    """Read the allowed values of arguments that pick the operation."""
    found: list[Operation] = []
    for seen in arguments:
        if seen.role == "operation" and len(seen.path) <= _TOP:
            for value in _values(seen, text, rules):
                found.extend(read_name(value, rules, "schema", seen.pointer, context))
    # Among verbs a word that is no more than a noun names what is read: `click`, `scroll`, `text`.
    firm = tuple(one for one in found if one.firm or one.tool_class == "Read")
    return firm if any(one.firm for one in found) else tuple(found)


def _values(seen: ArgumentText, tool: str, rules: ClassRules) -> tuple[str, ...]:
    """Give the allowed values: from the schema, else what is quoted or listed in a description."""
    if seen.enum:
        return (seen.meanings or seen.enum)[:_MAX_CHOICES]
    if seen.type not in ("string", "any"):
        return ()
    text = seen.text[:600].lower()
    lists = _LISTS.split(text, maxsplit=1)
    words = tuple(_WORD.findall(lists[1])) if len(lists) > 1 else ()
    forms = (find_verb(words, at, rules) for at in range(len(words)))
    listed = [
        one.base for one in forms if one is not None and one.firm and one.base == one.words[0]
    ]
    found = dict.fromkeys((*_QUOTED.findall(text), *listed, *barred(tool), *announced(tool)))
    return tuple(found)[:_MAX_CHOICES]


def _routed(
    tool: Tool,
    roles: Mapping[str, ArgumentText],
    rules: ClassRules,
) -> tuple[Operation, ...] | None:
    """Read every verb of a router's description; a router takes a command and its arguments."""
    arguments = roles.get("tool_args")
    if arguments is None or arguments.is_array or _ROUTES.isdisjoint(roles):
        return None
    # It runs any tool, so that its own text says nothing of what is done.
    if "tool_name" in roles:
        return ()
    words = tuple(_WORD.findall((tool.description or "").lower()[:1200]))
    found: list[Operation] = []
    for at in range(len(words)):
        form = find_verb(words, at, rules)
        if form is not None and form.firm and _tells(form, rules):
            things = words[at + len(form.words) : at + len(form.words) + 4]
            found.append(
                operation(form, things, "description", rules, pointer="description", firm=False)
            )
    return tuple(found)


def _tells(form: VerbForm, rules: ClassRules) -> bool:
    return form.base not in form.verb.soft or form.base in rules.grammar.routing
