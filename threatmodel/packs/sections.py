"""What a pack adds to sections of the rules: words for the classifier, guards of the policy."""

from collections.abc import Iterator, Mapping
from typing import Any

from threatmodel.errors import AivssError, suggestion
from threatmodel.packs.read import Noted, PackPart, PackSource
from threatmodel.packs.records import PackArgument, PackFact, PackPick
from threatmodel.rules.class_compile import is_feature, known_features, verb_forms
from threatmodel.rules.resolve import Row
from threatmodel.scales import FLAGS

Rows = dict[str, Any]


def with_words(rows: Rows, source: PackSource, noted: Noted) -> Rows:
    """Give the classifier's rows with the words of a pack; faults are noted."""
    new = rows | {
        "verbs": _verbs(rows, source, noted),
        "nouns": [*rows["nouns"], *_nouns(source)],
        "traits": [*rows["traits"], *_traits(source)],
        "spots": [*rows.get("spots", []), *_spots(source)],
    }
    _check_features(new, source, noted)
    _check_facts(source, noted)
    return new


def _verbs(rows: Row, source: PackSource, noted: Noted) -> list[Row]:
    groups = {row["id"]: dict(row) for row in rows["verbs"]}
    doubling = rows["grammar"]["doubling"]
    for part in source.parts:
        for number, more in enumerate(part.record.classes.verbs):
            at = ("classes", "verbs", number)
            with noted.at(part, *at, "group"):
                if more.group not in groups:
                    hint = suggestion(more.group, groups)
                    raise AivssError(f"there is no group of verbs '{more.group}'", hint=hint)
            for place, word in enumerate(more.words):
                with noted.at(part, *at, "words", place):
                    _check_free(word, groups)
            if more.group in groups:
                row = groups[more.group]
                row["words"] = row["words"] | verb_forms(more.words, doubling)
    return list(groups.values())


def _check_free(word: str, groups: Mapping[str, Row]) -> None:
    for name, row in groups.items():
        if word in row["words"] or word in row["nouns"]:
            message = f"the verb '{word}' is known already, in the group {name}"
            raise AivssError(message, hint="leave it out; a pack adds words and moves none")


def _nouns(source: PackSource) -> Iterator[Row]:
    for part in source.parts:
        for noun in part.record.classes.nouns:
            yield noun.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _facts(source: PackSource) -> Iterator[tuple[PackPart, str, PackFact]]:
    for part in source.parts:
        for name, fact in part.record.facts.items():
            yield part, name, fact


def _traits(source: PackSource) -> Iterator[Row]:
    for _, name, fact in _facts(source):
        if fact.features:
            cases = [case.model_dump(mode="json", by_alias=True) for case in fact.features]
            yield {"id": name, "when": cases}


def _spots(source: PackSource) -> Iterator[Row]:
    """Give what shows the facts of tools by words."""
    for _, name, fact in _facts(source):
        if name.startswith("t."):
            for pattern in fact.patterns:
                yield {"fact": name, "in": list(pattern.where), "words": list(pattern.words)}


def _check_features(rows: Rows, source: PackSource, noted: Noted) -> None:
    known = known_features(rows)
    asked: set[str] = set()
    for part, name, fact in _facts(source):
        for number, case in enumerate(fact.features):
            at = ("facts", name, "features", number)
            with noted.at(part, *at):
                if not case.every and not case.some:
                    hint = "say with `all` or `any` what must be there"
                    raise AivssError("features that only exclude show nothing", hint=hint)
            for key, features in (("all", case.every), ("any", case.some), ("none", case.none)):
                for place, feature in enumerate(features):
                    asked.add(feature.partition(":")[2])
                    with noted.at(part, *at, key, place):
                        _check_feature(feature, known)
    _check_idle(source, asked, noted)


def _check_feature(feature: str, known: Mapping[str, frozenset[str]]) -> None:
    if not is_feature(feature, known):
        every = [f"{kind}:{name}" for kind, names in known.items() for name in names]
        hint = suggestion(feature, every)
        raise AivssError(f"tools show no feature '{feature}'", hint=hint)


def _check_idle(source: PackSource, asked: set[str], noted: Noted) -> None:
    for part in source.parts:
        for number, noun in enumerate(part.record.classes.nouns):
            with noted.at(part, "classes", "nouns", number, "kind"):
                if noun.kind not in asked and not noun.shields:
                    message = f"no fact asks for the kind {noun.kind}"
                    raise AivssError(message, hint=f"ask for it with `any: [on:{noun.kind}]`")


def _check_facts(source: PackSource, noted: Noted) -> None:
    """Note facts of tools that nothing shows, and features of facts that are not of tools."""
    for part, name, fact in _facts(source):
        of_tools = name.startswith("t.")
        with noted.at(part, "facts", name, key=True):
            if of_tools and not fact.patterns and not fact.features:
                hint = "add `patterns` or `features`; else call it without the `t.`"
                raise AivssError(f"nothing shows {name}, which is about tools", hint=hint)
            if of_tools and fact.presumed is not None:
                message = f"{name} is read from the tools, and nothing is presumed of it"
                raise AivssError(message, hint="leave `presumed` out")
        with noted.at(part, "facts", name, "features"):
            if fact.features and not of_tools:
                hint = f"call it t.{name.replace('.', '_')}, or use `patterns`"
                raise AivssError("features are about single tools", hint=hint)
        _check_places(part, name, fact, noted)


def _check_places(part: PackPart, name: str, fact: PackFact, noted: Noted) -> None:
    for number, pattern in enumerate(fact.patterns):
        for place, where in enumerate(pattern.where):
            with noted.at(part, "facts", name, "patterns", number, "in", place):
                if name.startswith("t.") and not where.startswith("tool."):
                    message = f"{name} is about tools and cannot be seen in `{where}`"
                    raise AivssError(message, hint="look in tool.name, tool.description, ...")


_CLAUSE = "pc-args"
"""What a guard on the values of an argument answers."""


def with_guards(
    sections: Mapping[str, Any], source: PackSource, facts: frozenset[str], noted: Noted
) -> dict[str, Any]:
    """Give the policy's rows with the guards of a pack in front; unknown names are noted."""
    rows: dict[str, Any] = sections["policy"]
    _check(source, _known(sections["classes"], facts), noted)
    parts = [part.record.guards for part in source.parts]
    access = [
        row.model_dump(mode="json", exclude_defaults=True) for part in parts for row in part.access
    ]
    arguments = [_argument(row) for part in parts for row in part.arguments]
    return rows | {
        "access": [*access, *rows["access"]],
        "arguments_of_effects": [*arguments, *rows["arguments_of_effects"]],
    }


def _argument(row: PackArgument) -> dict[str, Any]:
    told = row.model_dump(mode="json", exclude_defaults=True)
    allowed = "one of {values}"
    return told | {
        "operator": "in",
        "clause": _CLAUSE,
        "allowed": allowed,
        "types": ["string", "any"],
    }


def _known(classes: Mapping[str, Any], facts: frozenset[str]) -> dict[str, frozenset[str]]:
    roles = {row[key] for row in classes["roles"] for key in ("role", "as") if key in row}
    return {
        "flags": frozenset(FLAGS),
        "verbs": frozenset(row["id"] for row in classes["verbs"]),
        "roles": frozenset(roles),
        "shows": frozenset(fact for fact in facts if fact.startswith("t.")),
    }


def _check(source: PackSource, known: Mapping[str, frozenset[str]], noted: Noted) -> None:
    for part, at, pick in _picks(source):
        for field, choices in known.items():
            for number, name in enumerate(getattr(pick, field)):
                with noted.at(part, *at, "tools", field, number):
                    if name not in choices:
                        message = f"`{field}` knows no '{name}'"
                        raise AivssError(message, hint=suggestion(name, choices))


def _picks(source: PackSource) -> Iterator[tuple[PackPart, tuple[str | int, ...], PackPick]]:
    for part in source.parts:
        for number, access in enumerate(part.record.guards.access):
            yield part, ("guards", "access", number), access.tools
        for number, argument in enumerate(part.record.guards.arguments):
            yield part, ("guards", "arguments", number), argument.tools
