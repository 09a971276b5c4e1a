"""What the tools of an agent do to what, in one sentence that anybody reads."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from threatmodel.assessment import Assessment
from threatmodel.classify.classify import load_class_rules
from threatmodel.classify.operation import kinds_of
from threatmodel.classify.result import ToolReading
from threatmodel.classify.words import plural, singular, spelt, split_name
from threatmodel.outputs.text import count
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.advise import DoesRule
from threatmodel.threats.names import in_sentence, joined, named
from threatmodel.threats.things import (
    JOINING,
    SHORTEST,
    Things,
    kinds_told,
    own_verb,
    parts,
    put_on,
    told_effects,
)

_THINGS = 3
"""Things that tools work on, named of each kind of deed."""

_DEEDS = 6
"""Kinds of deeds from which on fewer things are named of each."""

_TOOLS = 2
"""Tools that are named where it is not known what they work on."""

_OWN = 4
"""Tools that are told by the verbs of their own names; of more, one word stands for all."""

_UNKNOWN = "t.write"
"""Fact that a tool shows by nothing plain where nobody understood what it does."""

_LONGEST = 3
"""Words of a thing that is named: longer ones are pieces of a sentence."""


def doing_of(assessment: Assessment) -> str:
    """Say what its tools do to what, with how many do it."""
    return _Doing(assessment).says


class _Doing:
    """What the tools of one agent do."""

    def __init__(self, assessment: Assessment) -> None:
        self._assessment = assessment
        self._rules = policy_rules(assessment.knowledge).advise
        self._own = frozenset(split_name(assessment.agent.name.lower()))
        self._most = _THINGS

    @property
    def says(self) -> str:
        """Tell each kind of deed, in the order of the rules, and name the tools that have none."""
        sorts: dict[DoesRule, list[ToolReading]] = {}
        for reading in self._assessment.readings:
            sorts.setdefault(self._row(reading), []).append(reading)
        self._most = _THINGS if len(sorts) <= _DEEDS else _THINGS - 1
        told: list[tuple[str, int]] = []
        other: list[ToolReading] = []
        for row in self._rules.does:
            every = sorts.get(row, [])
            some = [one for one in every if _UNKNOWN not in one.thin]
            other += [one for one in every if _UNKNOWN in one.thin]
            if do := self._does(row, some):
                told.append((do, len(some)))
            else:
                other += some
        if other:
            told.append((self._use(other), len(other)))
        return joined(tuple(self._counted(do, number, n) for n, (do, number) in enumerate(told)))

    def _row(self, reading: ToolReading) -> DoesRule:
        verb = reading.effects[0].verb if reading.effects else ""
        shown = {fact for fact, _ in reading.traits}
        return next(
            row
            for row in self._rules.does
            if reading.told_class in row.classes
            or (verb in row.verbs and shown.issuperset(row.shows))
            or not (row.classes or row.verbs)
        )

    def _does(self, row: DoesRule, some: Sequence[ToolReading]) -> str:
        """Tell one kind of deed; empty where no word tells what it is done to."""
        if not some or row.whole:
            return row.says if some else ""
        if row.own and len(some) <= _OWN and (told := self._in_own_words(row, some)):
            return told
        things = self._things(row, some)
        return f"{row.says} {things}" if things else ""

    def _in_own_words(self, row: DoesRule, some: Sequence[ToolReading]) -> str:
        """Tell a few tools by the verbs of their names; empty where one of them has none."""
        things: dict[str, list[str]] = {}
        for reading in some:
            verb, *rest = own_verb(reading) or ("",)
            thing = self._thing(reading)
            if row.firm and told_effects(reading) != reading.effects:
                return ""
            if row.firm and not _firmly(verb, row.verbs):
                verb, thing, rest = *(reading.does or ("", "")), []
            # Where name and description name different things, the name says what it is for.
            elif not thing or (
                rest and rest[-1] in load_class_rules().nouns and not _in(thing, rest)
            ):
                thing = self._rest(reading, rest)
            if not (verb and thing) or plural(thing) in self._product or _twice(verb, thing):
                return ""
            governing = load_class_rules().grammar.governing
            verb = next((one for one in governing if one.split()[0] == verb), verb)
            things.setdefault(verb, []).append(in_sentence(thing))
        verbs: dict[str, list[str]] = {}
        for verb, own in things.items():
            verbs.setdefault(joined(tuple(dict.fromkeys(own))), []).append(verb)
        return joined(tuple(f"{joined(tuple(own))} {thing}" for thing, own in verbs.items()))

    def _rest(self, reading: ToolReading, words: Sequence[str]) -> str:
        """Give what stands behind the verb of a name, several of it; empty where it is long."""
        if not words or len(words) >= _LONGEST:
            return ""
        # Of what only says where, as in `announce on board`, there is one.
        known = words[-1] in load_class_rules().nouns and told_effects(reading) == reading.effects
        text = self._described.get(reading.name, "")
        head = self._several(words[-1], text) if known else spelt(words[-1], text)
        return " ".join((*words[:-1], head))

    def _use(self, some: Sequence[ToolReading]) -> str:
        """Name tools of which no word tells what they work on, by what they say of themselves."""
        words, first = self._rules.page, some[:_TOOLS]
        told = [self._own_phrase(reading) for reading in first]
        rest = (words.rest,) if len(some) > _TOOLS else ()
        if all(told):
            return joined((*told, *rest))
        return words.use.format(tools=joined((*(named(one.name) for one in first), *rest)))

    def _own_phrase(self, reading: ToolReading) -> str:
        """Give a tool's name as a verb and what it is done to; empty where it is no such phrase."""
        verb, *thing = own_verb(reading) or ("",)
        if not thing or len(thing) > _LONGEST or not JOINING.isdisjoint(thing):
            return ""
        if self._own.union((self._said.prefix,)).issuperset(thing):
            return ""
        several = self._thing(reading)
        *before, last = several.split() or ("",)
        told = several if [*before, singular(last)] == thing else self._rest(reading, thing)
        return in_sentence(f"{verb} {told}") if len(thing) < _LONGEST else ""

    def _counted(self, do: str, number: int, place: int) -> str:
        """Say how many tools do it; only the first number says of what."""
        many = f"{number:,}" if place else count(number, "tool")
        return self._rules.page.some.format(do=do, number=many)

    def _things(self, row: DoesRule, some: Sequence[ToolReading]) -> str:
        """Name what tools work on, the most frequent first, by what several have in common."""
        acted = [self._thing(reading) for reading in some]
        fit = [one for one in acted if one and not kinds_told(one).intersection(row.but)]
        things = [one for one in fit if one not in self._product] or [
            one for one in fit if any(one in parts(reading.name) for reading in some)
        ]
        heads = Counter(thing.rpartition(" ")[2] for thing in dict.fromkeys(things))
        named = [head if heads[head := thing.rpartition(" ")[2]] > 1 else thing for thing in things]
        often = [name for name, _ in Counter(named).most_common()]
        often.sort(key=self._dull.__contains__)
        shown = tuple(in_sentence(name) for name in often[: self._most])
        rest = len(often) > len(shown) or len(things) < len(acted)
        return joined((*shown, self._rules.page.rest) if rest and shown else shown)

    def _thing(self, reading: ToolReading) -> str:
        """Name what a tool works on, in the plural; empty where nothing fit to be said is known."""
        text = self._described.get(reading.name, "")
        effects = told_effects(reading)
        effect = effects[0] if effects else None
        if said := effect and self._said.thing(reading, frozenset({effect.verb})):
            head = (effect.object or said).split()[-1]
            if head in self._wording["aspects"]:
                return said
            return " ".join((*said.split()[:-1], self._several(head, text)))
        thing = next((e.object for e in effects if e.object), "")
        *before, head = self._telling(thing.split(), parts(reading.name)) or ("",)
        if put_on(parts(reading.name), head):
            return ""
        if not head or not kinds_of((*before, head), load_class_rules())[1]:
            return ""
        return " ".join((*(spelt(word, text) for word in before), self._several(head, text)))

    def _telling(self, words: Sequence[str], name: Sequence[str]) -> tuple[str, ...]:
        """Leave out the product's name and words that are no part of a thing's name."""
        rules = load_class_rules()
        nouns, verbs, dull = rules.nouns, rules.verbs, self._empty
        head = words[-1] if words else ""
        if len(head) < SHORTEST or head in dull:
            return ()
        last = max((n for n, w in enumerate(words) if w in verbs and w not in nouns), default=-1)
        kept = tuple(
            word
            for word in words[last + 1 : -1]
            if word not in self._own and len(word) > 1 and (word in nouns or word in name)
        )
        unfit = len(kept) >= _LONGEST or not JOINING.isdisjoint(words)
        return () if unfit else (*kept, head)

    def _several(self, head: str, text: str) -> str:
        said = spelt(head, text)
        return said if head in load_class_rules().grammar.uncounted else plural(said)

    @cached_property
    def _product(self) -> frozenset[str]:
        """Give what the server is called, which is told only where nothing else is known."""
        first = split_name(self._assessment.agent.name.lower())[:1]
        return frozenset(map(plural, filter(None, (self._said.prefix, *first))))

    @cached_property
    def _said(self) -> Things:
        vague, aspects = self._wording["vague"], self._wording["aspects"]
        said, readings = self._described, self._assessment.readings
        return Things(readings, said, vague, self._empty, self._own, aspects)

    @cached_property
    def _dull(self) -> frozenset[str]:
        return frozenset(self._rules.dull).union(map(plural, self._rules.dull))

    @cached_property
    def _empty(self) -> frozenset[str]:
        return frozenset(self._wording["empty"])

    @property
    def _wording(self) -> Mapping[str, Sequence[str]]:
        found: Mapping[str, Sequence[str]] = self._assessment.knowledge.sections["wording"]
        return found

    @cached_property
    def _described(self) -> dict[str, str]:
        return {tool.name: tool.description or "" for tool in self._assessment.agent.known_tools}


def _in(thing: str, words: Sequence[str]) -> bool:
    """Tell whether the last word of a thing stands among the words of a name."""
    head = thing.rpartition(" ")[2].lower()
    return any(head in (word, plural(word)) for word in words)


def _twice(verb: str, thing: str) -> bool:
    """Tell whether a verb is said in what it is done to again, as in `command commands`."""
    return any(word.startswith(verb[:_STEM]) for word in thing.split() if len(verb) >= SHORTEST)


_STEM = 7
"""Letters by which a verb and a noun are of one word: `prescribe`, `prescription`."""


def _firmly(verb: str, does: Sequence[str]) -> bool:
    """Tell whether a verb can be nothing but one of some kinds: `message` may be a thing."""
    words = tuple(verb.split())
    forms = load_class_rules().verbs.of(words[0]) if words else ()
    return any(form.firm and form.words == words and form.verb.id in does for form in forms)
