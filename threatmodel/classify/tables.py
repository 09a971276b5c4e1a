"""Build the classifier's tables from the rows of the compiled knowledge."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from threatmodel.classify.cues import Cues
from threatmodel.classify.rules import ByFirst, Case, ClassRules, Spot, Table, Weigh
from threatmodel.classify.words import (
    Grammar,
    Narrowing,
    Role,
    Settle,
    Settles,
    Verb,
    VerbForm,
    Words,
    singular,
)
from threatmodel.rules.load import asked_features

_FIRST_OTHER_SCRIPT = "\u0370"

_FormRow = tuple[str, str, Verb, bool]
"""Words, base form and group of a verb form, and whether it is a verb wherever it stands."""


def compile_rules(rows: Mapping[str, Any]) -> ClassRules:
    """Build the tables from the rows of the compiled knowledge."""
    verbs, scripts = _verb_tables(rows["verbs"], rows["foreign"])
    names, ends = _role_tables(rows["roles"])
    grammar = rows["grammar"]
    moves = [*rows["raises"], *rows["lowers"]]
    words = {
        key: frozenset(value)
        for key, value in grammar.items()
        if key in Grammar._fields and key != "leads"
    }
    return ClassRules(
        grammar=Grammar(
            **words,
            joiners=words["coordinators"] | words["adverbs"],
            leads="|".join(f"(?:{part})" for part in grammar["leads"]),
        ),
        rank={row["id"]: place for place, row in enumerate(rows["classes"])},
        risk={row["id"]: row["risk"] for row in rows["classes"]},
        confidence=dict(rows["confidence"]),
        verbs=verbs,
        scripts=scripts,
        nouns=_noun_table(rows["nouns"]),
        names=names,
        ends=ends,
        wider={row["role"]: row["as"] for row in rows["roles"] if "as" in row},
        role_says={row["role"]: row["says"] for row in rows["roles"]},
        settles=_settles(rows["settles"]),
        cues=Cues(rows["cues"]),
        steering=Cues(rows["steering"]),
        invisible="["
        + "".join(f"\\U{row['from']:08x}-\\U{row['to']:08x}" for row in rows["invisible"])
        + "]",
        invisible_says=tuple((row["from"], row["to"], row["says"]) for row in rows["invisible"]),
        moves=_table([row | {"id": place} for place, row in enumerate(moves)], "id"),
        weighs=tuple(
            _weigh(row, rows["confidence"], up=place < len(rows["raises"]))
            for place, row in enumerate(moves)
        ),
        asked=frozenset(asked_features(rows)),
        brakes=_table(rows["brakes"], "id"),
        owned=_table(rows["owned"], "id"),
        opened=_table(rows["opened"], "id"),
        flags=_table(rows["flags"], "id"),
        traits=_table(rows["traits"], "id"),
        otherwise=_table(rows["otherwise"], "id"),
        plain=_table(rows["plain"], "id"),
        doubted=frozenset(row["id"] for row in rows["plain"]),
        signals=_table(rows["signals"], "says"),
        spots=tuple(
            Spot(row["fact"], frozenset(row["in"]), tuple(row["words"]))
            for row in rows.get("spots", ())
        ),
    )


def _verb_tables(
    rows: Iterable[Mapping[str, Any]], foreign: Iterable[Mapping[str, Any]]
) -> tuple[ByFirst[VerbForm], dict[str, VerbForm]]:
    """Index verb forms by their first word; those of other scripts by their spelling."""
    waiting: dict[str, list[_FormRow]] = {}
    scripts: dict[str, VerbForm] = {}
    groups = {row["id"]: _verb(row) for row in rows}
    for row in rows:
        group = groups[row["id"]]
        for firm, key in ((True, "words"), (False, "nouns")):
            for form, base in row[key].items():
                waiting.setdefault(_first(form), []).append((form, base, group, firm))
    for row in foreign:
        for word in row["words"]:
            form = word, word, groups[row["group"]], True
            # Latin letters, accented ones among them, are parted into words by the same rules as
            # English.
            if min(word) < _FIRST_OTHER_SCRIPT:
                waiting.setdefault(_first(word), []).append(form)
            else:
                scripts[word] = _form(form)
    return ByFirst(waiting, _forms), scripts


def _first(phrase: str) -> str:
    return phrase.partition(" ")[0]


def _forms(rows: Iterable[_FormRow]) -> tuple[VerbForm, ...]:
    return tuple(sorted(map(_form, rows), key=_length_first))


def _form(row: _FormRow) -> VerbForm:
    form, base, group, firm = row
    return VerbForm(tuple(form.split()), base, group, firm, form != base)


def _length_first(form: VerbForm) -> tuple[int, bool]:
    return -len(form.words), not form.firm


def _verb(row: Mapping[str, Any]) -> Verb:
    soft, quiet = frozenset(row.get("soft", ())), frozenset(row.get("quiet", ()))
    narrowings = tuple(_narrowing(entry) for entry in row.get("objects", ()))
    return Verb(
        row["id"], row["class"], row["says"], soft, quiet, row.get("tames", False), narrowings
    )


def _narrowing(row: Mapping[str, Any]) -> Narrowing:
    keys = ("verb_words", "kinds", "head", "context", "unless", "none_of")
    words, kinds, head, context, unless, none_of = (frozenset(row.get(key, ())) for key in keys)
    return Narrowing(words, kinds, head, context, unless, none_of, row["class"])


def _noun_table(rows: Iterable[Mapping[str, Any]]) -> ByFirst[tuple[Words, frozenset[str]]]:
    waiting: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        for phrase in row["words"]:
            waiting.setdefault(singular(_first(phrase)), []).append((phrase, row["kind"]))
    return ByFirst(waiting, _nouns)


def _nouns(rows: Iterable[tuple[str, str]]) -> tuple[tuple[Words, frozenset[str]], ...]:
    kinds: dict[Words, frozenset[str]] = {}
    for phrase, kind in rows:
        words = tuple(map(singular, phrase.split()))
        kinds[words] = kinds.get(words, frozenset()) | {kind}
    return tuple(sorted(kinds.items(), key=_longest_first))


def _longest_first(entry: tuple[Words, frozenset[str]]) -> tuple[int, Words]:
    return -len(entry[0]), entry[0]


def _role_tables(
    rows: Iterable[Mapping[str, Any]],
) -> tuple[dict[Words, tuple[Role, ...]], dict[Words, tuple[Role, ...]]]:
    names: dict[Words, list[Role]] = {}
    ends: dict[Words, list[Role]] = {}
    for row in rows:
        role = Role(row["role"], frozenset(row["types"]), row["says"])
        for table, key in ((names, "names"), (ends, "ends")):
            for phrase in row.get(key, ()):
                table.setdefault(tuple(phrase.split()), []).append(role)
    return {k: tuple(v) for k, v in names.items()}, {k: tuple(v) for k, v in ends.items()}


def _settles(rows: Iterable[Mapping[str, Any]]) -> dict[str, Settles]:
    """Index by the role that an argument has by its name."""
    table: dict[str, list[Settle]] = {}
    for row in rows:
        says, unless = "|".join(row["says"]), "|".join(row.get("unless", ()))
        near = "|".join(re.escape(part) for part in row["near"])
        settle = Settle(row["role"], near, says, unless)
        for role in row["of"]:
            table.setdefault(role, []).append(settle)
    return {
        role: Settles("|".join(one.near for one in found), tuple(found))
        for role, found in table.items()
    }


def _case(row: Mapping[str, Any]) -> Case:
    every, some, none = (frozenset(row.get(key, ())) for key in ("all", "any", "none"))
    return Case(every, some, none, tuple(sorted(every)))


def _table(rows: Iterable[Mapping[str, Any]], key: str) -> Table[Any]:
    flat: list[tuple[Any, Case]] = []
    places: dict[str, list[int]] = {}
    for place, (id_, case) in enumerate(
        (row[key], case) for row in rows for case in map(_case, row["when"])
    ):
        # By its rarest feature alone, so that few cases are looked at; which is rare is guessed by
        # its kind. One of some is rarer than a class that every third tool has.
        needed = [min(case.every, key=_commonness)] if case.every else []
        if case.some and (not needed or _is_common(needed[0])):
            needed = sorted(case.some)
        elif needed:
            case = case._replace(every=case.every.difference(needed))  # noqa: PLW2901 - as tried
        flat.append((id_, case))
        for feature in needed:
            places.setdefault(feature, []).append(place)
    return Table(tuple(flat), {feature: tuple(found) for feature, found in places.items()})


def _commonness(feature: str) -> tuple[bool, str]:
    """Order features so that those most tools have come last."""
    return _is_common(feature), feature


def _is_common(feature: str) -> bool:
    return feature.startswith(("class:", "base:", "hint:", "verb:", "lead:", "told:", "flag:"))


def _weigh(row: Mapping[str, Any], sure: Mapping[str, float], *, up: bool) -> Weigh:
    return Weigh(row["to"], sure[row["sure"]], frozenset(row.get("from", ())), up)
