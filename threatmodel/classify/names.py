"""What a tool's name says it does."""

import re
from functools import lru_cache

from threatmodel.classify.operation import Operation, find_verb, is_manner, kinds_of, operation
from threatmodel.classify.result import ClueSource
from threatmodel.classify.rules import ClassRules
from threatmodel.classify.words import VerbForm, Words, is_version, singular, split_name

# Verbs in scripts that do not part words the way Latin names do.

# Names are shorter, and the verb of a sentence without spaces stands near its beginning.
_REACH = 60
# "Before buying a ticket, look up ...": what follows says when, and the verb behind it what.
_WHEN = "(?![^\\W\\d_]{0,5}(?<![当目以])(?:[前后後](?![端台缀续面])|[时時](?![间間区段])))"
# What clients and gateways put between the name of a server and that of a tool.
_SPACES = ("--", "__", "::")
_SPACE = re.compile("|".join(_SPACES))
# `PoiSearchTool` is named as a class of its program is, and searches no tools.
_CLASS = re.compile(r"^(?=[A-Z])(\w*[a-z])Tool$")


def find_in_script(text: str, rules: ClassRules) -> VerbForm | None:
    """Find the first verb of another script near the start of a text."""
    if text.isascii():
        return None
    near = text[:_REACH].lower()
    match = _verbs(rules, _WHEN).search(near) or _verbs(rules, "").search(near)
    return rules.scripts[match.group()] if match else None


@lru_cache(maxsize=8)
def _verbs(rules: ClassRules, unless: str) -> re.Pattern[str]:
    """All of them, longer ones first so that the fullest reading wins."""
    words = sorted(rules.scripts, key=lambda word: (-len(word), word))
    return re.compile(f"(?:{'|'.join(map(re.escape, words))}){unless}")


Hit = tuple[int, VerbForm]


def read_name(
    name: str,
    rules: ClassRules,
    source: ClueSource = "name",
    pointer: str = "name",
    context: frozenset[str] = frozenset(),
) -> tuple[Operation, ...]:
    """Read the operations a name speaks of: the operative verb and those joined to it."""
    words = _without_space(name, rules)
    hits = _hits(words, rules)
    if not hits:
        found = find_in_script(name, rules)
        plain = (found,) if found else ()
        return tuple(operation(f, words, source, rules, pointer=pointer, firm=True) for f in plain)
    firm = [hit for hit in hits if hit[1].firm]
    if len(firm) > 1 and firm[0][1].base in rules.grammar.yielding and firm[1][0] == firm[0][0] + 1:
        firm = firm[1:]
    chosen = _operative(firm, words, rules) if firm else _loose(hits, words, rules)
    joined = [chosen, *_joined(chosen, hits, words, rules)]
    end = max(at + len(form.words) for at, form in joined)
    after = _object(words[end:], rules) or _object(_behind(words, end, rules), rules)
    before = words[: min(at for at, _ in joined)]
    return tuple(
        operation(
            form,
            after or before,
            source,
            rules,
            pointer=pointer,
            firm=form.firm,
            around=before if after else (),
            context=context,
        )
        for _, form in joined
    )


def _without_space(name: str, rules: ClassRules) -> Words:
    """Split a name; what stands before `--`, `__` or `::` names a product where a verb follows.

    `TwilioVerify--CreateVerification` creates, and `Verify` is a product's.
    """
    if name.endswith("Tool"):
        name = _CLASS.sub(r"\1", name)
    words = tuple(word for word in split_name(name) if not is_version(word))
    if not any(sign in name for sign in _SPACES):
        return words
    own = _SPACE.split(name)[-1]
    tail = tuple(word for word in split_name(own) if not is_version(word))
    form = find_verb(tail, 0, rules, plain=True) if len(tail) > 1 else None
    return tail if form is not None and form.firm else words


def _hits(words: Words, rules: ClassRules) -> list[Hit]:
    """Find verbs in base form; other forms in names are plurals and participles."""
    found: list[Hit] = []
    at = 0
    while at < len(words):
        form = find_verb(words, at, rules, plain=True)
        if (
            (found or at)
            and form is not None
            and (thing := _named_thing(words, at, rules)) > len(form.words)
        ):
            at += thing
        elif form is not None and not (found and _names_a_place(words, at, form, rules)):
            found.append((at, form))
            at += len(form.words)
        else:
            at += 1
    return found


def _names_a_place(words: Words, at: int, form: VerbForm, rules: ClassRules) -> bool:
    """Tell whether a last word that could be a verb says where to: `attach contact to list`."""
    ends = at + len(form.words) == len(words)
    return ends and words[at - 1] in rules.grammar.prepositions


def _named_thing(words: Words, at: int, rules: ClassRules) -> int:
    """Count the words of a known thing that begins here and is more than one: `pay run`."""
    for phrase, _ in rules.nouns.of(words[at]):
        if len(phrase) > 1 and words[at : at + len(phrase)] == phrase:
            return len(phrase)
    return 0


def _operative(firm: list[Hit], words: Words, rules: ClassRules) -> Hit:
    """Take the first verb, but a plain last one where the first may be a noun there."""
    first, last = firm[0], firm[-1]
    ends = last[0] + len(last[1].words) == len(words)
    plain = rules.grammar.trailing
    noun = first[1].base == "list" or not (first[1].base in plain or first[1].verb.tames)
    joined = first[0] + 2 == last[0] and words[last[0] - 1] in rules.grammar.coordinators
    worse = last[1].verb.tool_class != "Read" or first[0] > 0
    if ends and noun and worse and not joined and last[1].base in plain:
        return last
    return first


def _loose(hits: list[Hit], words: Words, rules: ClassRules) -> Hit:
    """Choose among words that may be nouns: a last one that reads, else the first or last."""
    first, last = hits[0], hits[-1]
    opens = first[0] == 0
    ends = last[0] + len(last[1].words) == len(words)
    # A message is sent, and one can be noted and marked.
    thing = len(hits) > 1 and ends and bool(kinds_of(words[-1:], rules)[0])
    if opens and len(hits) - thing == 1 and (noted := _noting(first[1], words, rules)):
        return 0, noted
    verb = last[1].verb
    asks = opens and first[1].verb.tool_class == "Write" and verb.id != "read"
    if ends and verb.tool_class == "Read" and not asks:
        return last
    return first if opens else last


def _noting(form: VerbForm, words: Words, rules: ClassRules) -> VerbForm | None:
    """Give the verb that a noun is before one thing: `log_harvest` notes one, `log_levels` lists.

    Known is the verb by what it stands before in a sentence: "log a harvest".
    """
    thing = words[-1]
    alone = len(words) > 1 and singular(thing) == thing and form.words == words[:1]
    if not alone or kinds_of((thing,), rules)[0] & _TOLD:
        return None
    verbs = (one for one in rules.verbs.of(words[0]) if one.words == (words[0], "a"))
    return next((one._replace(words=words[:1], base=words[0]) for one in verbs), None)


_TOLD = frozenset(("figure", "log_text", "telemetry", "config_word", "stream", "text_result"))
"""Kinds of what is looked at in a record of what happens, and not put there."""


def _joined(chosen: Hit, hits: list[Hit], words: Words, rules: ClassRules) -> list[Hit]:
    """Find verbs joined to the chosen one by `and` or `or`, on either side."""
    found: list[Hit] = []
    end = chosen[0] + len(chosen[1].words)
    for at, form in hits:
        if at == end + 1 and words[end] in rules.grammar.coordinators:
            found.append((at, form))
            end = at + len(form.words)
        elif (
            at + len(form.words) + 1 == chosen[0]
            and words[chosen[0] - 1] in rules.grammar.coordinators
        ):
            found.append((at, form))
    return found


def _behind(words: Words, at: int, rules: ClassRules) -> Words:
    """Give what stands behind a preposition, unless it only says how long or by what."""
    rest = words[at + 1 :]
    span = next((word for word in rest if word not in rules.grammar.determiners), "")
    lasts = words[at : at + 1] == ("for",) and span in rules.grammar.spans
    return () if lasts or words[at : at + 1] == ("by",) else rest


def _object(words: Words, rules: ClassRules) -> Words:
    found: list[str] = []
    for word in words:
        if word in rules.grammar.prepositions:
            break
        if word not in rules.grammar.determiners and not is_manner(word, rules):
            found.append(word)
    return tuple(found[:-1] if _tells_how_much(found, rules) else found)


def _tells_how_much(words: list[str], rules: ClassRules) -> bool:
    """Tell whether the last word is about the answer.

    A desk light is a thing, the light form of positions is none.
    """
    if len(words) < 2 or words[-1] not in rules.grammar.extents:  # noqa: PLR2004 - it and a thing
        return False
    thing = words[-2]
    known = rules.grammar.fillers | rules.grammar.extents
    return thing != singular(thing) or thing in known
