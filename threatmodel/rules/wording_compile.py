"""From the words that people write to packed rows: every template read, every name checked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from threatmodel.errors import AivssError, gathered, refuse
from threatmodel.reading.record import Record
from threatmodel.rules import wording
from threatmodel.rules.resolve import Row, Vocabulary
from threatmodel.rules.sentences import Packed, Placeholders, TemplateError, parse_template

OWN = frozenset(
    {
        "agent", "name", "tools", "some", "tool", "count", "unsure", "objects", "arguments", "act",
        "does",
        "credential.name", "credential.short", "credential.static", "credential.reach",
        "data.reads", "data.outsiders", "peers.names", "peers.senders", "peers.receivers",
        "purpose.text", "regulations.names", "model.name",
    }
)  # fmt: skip
"""Placeholders that the description fills: they never stand for a general phrase."""

_OF_TOOLS = ("tools", "some", "tool", "count", "unsure")
_WITH_ARGUMENT = frozenset((*_OF_TOOLS, "objects", "arguments", "act", "does"))
OF_AGENT = (OWN | {"tools.total", "host.name"}) - _WITH_ARGUMENT
OF_FINDING = frozenset({"tools", "some", "tool", "title", "because", "asked", "held"})
OF_LAYER = frozenset({"tools", "some", "titles"})
OF_PATH = frozenset({"tools", "some", "tool", "title", "other"})

Rows = list[Row]
"""The variants of a sentence, most special first."""


_FILES: dict[str, type[Record]] = {
    "phrases.yaml": wording.PhraseFile,
    "layers.yaml": wording.LayerWordsFile,
    "summary.yaml": wording.SummaryFile,
    "paths.yaml": wording.PathFile,
}


def words_file(name: str) -> type[Record]:
    """Give the record of a file of frameworks/wording/; most hold the words of threats."""
    return _FILES.get(name, wording.ThreatWordsFile)


def wording_rows(records: dict[str, Any], words: Vocabulary) -> Row:
    """Pack the words, by file name; AivssError names the place of what cannot be read."""
    refuse(
        AivssError(f"frameworks/wording/ has no {name}", hint="the words of a pack stand elsewhere")
        for name in _FILES
        if name not in records
    )
    phrases, layers, summary, paths = (records[name] for name in _FILES)
    known, packed = _phrases(phrases, words)
    in_threat = known.adding(OF_FINDING)
    threats = (file for name, file in records.items() if name not in _FILES)
    worded = {name: said for file in threats for name, said in file.threats.items()}
    rows = gathered(partial(_threat, name, said, in_threat) for name, said in worded.items())
    return {
        "leads": phrases.leads,
        "verbs": phrases.verbs,
        "vague": list(phrases.vague),
        "empty": list(phrases.empty),
        "aspects": list(phrases.aspects),
        "objects": {name: g.model_dump(mode="json") for name, g in phrases.objects.items()},
        "arguments": {name: g.model_dump(mode="json") for name, g in phrases.arguments.items()},
        "deeds": list(phrases.deeds),
        "inward": list(phrases.inward),
        "acts": {name: g.model_dump(mode="json") for name, g in phrases.acts.items()},
        "phrases": packed,
        "threats": dict(zip(worded, rows, strict=True)),
        "layers": _layers(layers, known.adding(OF_LAYER)),
        "summary": _summary(summary, known.adding(OF_FINDING | OF_PATH)),
        "paths": _paths(paths, known.adding(OF_PATH)),
    }


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What templates may use in one place."""

    words: Vocabulary
    placeholders: Placeholders

    def adding(self, names: frozenset[str]) -> "KnownNames":
        """Allow more placeholders."""
        more = self.placeholders.plain | names
        return replace(self, placeholders=replace(self.placeholders, plain=more))

    def sentence(self, sentence: wording.Sentence, place: str, *, full: bool = True) -> Rows:
        """Pack a sentence: its variants, most special first."""
        either = sentence.either if isinstance(sentence, wording.EitherSource) else (sentence,)
        return [self.variant(one, place, full=full)[0] for one in either]

    def variant(
        self, variant: wording.VariantSource | str, place: str, *, full: bool
    ) -> tuple[Row, frozenset[str]]:
        """Pack one way to say something; also give its placeholders outside brackets."""
        source = wording.VariantSource(say=variant) if isinstance(variant, str) else variant
        try:
            template = parse_template(source.say, self.placeholders)
        except TemplateError as error:
            message = f"{place}: {error.message} in '{source.say}'"
            raise AivssError(message, hint=error.hint) from error
        _check_style(template.parts, place, full=full)
        row: Row = {"say": template.parts}
        if source.when:
            row["when"] = self.words.pack(source.when, self.words.all, place)
        if source.unless:
            row["unless"] = self.words.pack(source.unless, self.words.all, place)
        if source.kinds:
            row["kinds"] = list(source.kinds)
        if source.many is not None:
            row["many"] = source.many
        return row, template.names

    def leading(self, sentence: wording.Sentence, place: str) -> Rows:
        """Pack a sentence that must always fit and name the agent or a part of it."""
        either = sentence.either if isinstance(sentence, wording.EitherSource) else (sentence,)
        packed = [self.variant(one, place, full=True) for one in either]
        row, names = packed[-1]
        if row.keys() - {"say"} or names - self.placeholders.always:
            hint = "end it with a way to say it that needs nothing but {agent}"
            raise AivssError(f"{place}: the first sentence must always fit", hint=hint)
        for _, used in packed:
            if not used & OWN:
                raise AivssError(f"{place}: each way to say it must name something of the agent")
        return [row for row, _ in packed]


def known_in(rows: Row, words: Vocabulary) -> KnownNames:
    """Tell what the words of a threat may use, by the packed words of frameworks/."""
    fallbacks = {name for name, row in rows["phrases"].items() if row["fallback"]}
    plain = OF_AGENT | OF_FINDING | set(rows["phrases"])
    with_argument = _arguments(words, rows["objects"], rows["arguments"], rows["acts"])
    return KnownNames(
        words, Placeholders(plain, with_argument, frozenset({"agent", "name", *fallbacks}))
    )


def _arguments(
    words: Vocabulary, objects: Iterable[str], arguments: Iterable[str], acts: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Say what may stand behind the colon of each placeholder that takes an argument."""
    of_tools = frozenset(name for name in words.facts if name.startswith(("t.", "c.")))
    return {
        **dict.fromkeys(_OF_TOOLS, of_tools),
        "objects": frozenset(objects),
        "arguments": frozenset(arguments),
        **dict.fromkeys(("act", "does"), frozenset(acts)),
    }


def _phrases(file: wording.PhraseFile, words: Vocabulary) -> tuple[KnownNames, Row]:
    with_argument = _arguments(words, file.objects, file.arguments, file.acts)
    known = KnownNames(words, Placeholders(OF_AGENT, with_argument, frozenset({"agent", "name"})))
    packed: Row = {}
    for name, source in file.phrases.items():
        place = f"phrase {name}"
        rows = known.sentence(wording.EitherSource(either=source.either), place, full=False)
        packed[name] = {"either": rows, "fallback": source.fallback, "many": source.many}
        known = _with_phrase(known, name, source)
    return known, packed


def _with_phrase(known: KnownNames, name: str, source: wording.PhraseSource) -> KnownNames:
    places = known.placeholders
    always = places.always | ({name} if source.fallback else set())
    return replace(known, placeholders=replace(places, plain=places.plain | {name}, always=always))


def _threat(name: str, source: wording.ThreatWords, known: KnownNames) -> Row:
    first, *rest = source.text
    text, place = known.sentence, f"text of {name}"
    lead, *more, attack, step = gathered(
        [
            partial(known.leading, first, place),
            *(partial(text, one, place) for one in rest),
            partial(known.leading, source.attack, f"attack of {name}"),
            partial(text, source.step, f"step of {name}", full=False),
        ]
    )
    return {"text": [lead, *more], "attack": attack, "step": step}


def _layers(file: wording.LayerWordsFile, known: KnownNames) -> Row:
    packed: Row = {}
    for name, layer in file.layers.items():
        packed[name] = {}
        for part, (first, *rest) in (("mapped", layer.mapped), ("unsure", layer.unsure)):
            place = f"layer {name}, {part}"
            packed[name][part] = [
                known.leading(first, place),
                *(known.sentence(one, place) for one in rest),
            ]
    return packed


def _summary(file: wording.SummaryFile, known: KnownNames) -> Row:
    whole = ("reduced", "closed", "needs_answer", "not_applicable", "unworded", "path", "quiet")
    packed: Row = {name: known.sentence(getattr(file, name), f"summary {name}") for name in whole}
    for name in ("host", "host_again"):
        say = getattr(file, name)
        packed[name] = known.variant(say, f"summary {name}", full=False)[0]["say"]
    return packed


def _paths(file: wording.PathFile, known: KnownNames) -> Row:
    def short(sentence: wording.Sentence, place: str) -> Rows:
        return known.sentence(sentence, f"paths, {place}", full=False)

    plain = {"shown", "longest", "gate", "stops", "narrows", "costs"}
    return {
        **file.model_dump(mode="json", include=plain),
        "entries": {
            name: {"rank": rank, "id": e.id, "title": e.title, "threats": list(e.threats)}
            | ({"past_policy": True} if e.past_policy else {})
            | ({"cures": list(e.cures)} if e.cures else {})
            | {key: short(getattr(e, key), name) for key in ("step", "story")}
            for rank, (name, e) in enumerate(file.entries.items())
        },
        "impacts": {
            name: {"rank": rank, "title": i.title, "threats": list(i.threats)}
            | ({"told_unless": i.told_unless} if i.told_unless else {})
            | ({"like": i.like} if i.like else {})
            | {key: short(getattr(i, key), name) for key in ("step", "story")}
            for rank, (name, i) in enumerate(file.impacts.items())
        },
        "capabilities": {
            name: {"rank": rank, "can": short(s, name)}
            for rank, (name, s) in enumerate(file.capabilities.items())
        },
        "amplifies": short(file.amplifies, "amplifies"),
        "hides": short(file.hides, "hides"),
        "no_trace": {
            "threats": list(file.no_trace.threats),
            "note": short(file.no_trace.say, "no_trace"),
        },
    }


def _check_style(parts: Packed, place: str, *, full: bool) -> None:
    """Hold the house style: a small letter first, a full stop last, single spaces."""
    texts = list(_literals(parts))
    if isinstance(parts[0], str) and parts[0][0].isupper():
        raise AivssError(f"{place}: '{parts[0]}' starts with a capital; the engine sets it")
    if any("  " in text for text in texts):
        raise AivssError(f"{place}: two spaces in '{''.join(texts)}'")
    ends = isinstance(parts[-1], str) and parts[-1].endswith((".", "?"))
    if ends != full:
        wanted = "must end" if full else "must not end"
        raise AivssError(f"{place}: '{''.join(texts)}' {wanted} in a full stop")


def _literals(parts: Packed) -> Iterable[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif part[0] == "maybe":
            for option in part[1:]:
                yield from _literals(option)
