"""Lay a pack over packed rules: every id resolved, every row as the engine reads it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from threatmodel.errors import AivssError, suggestion
from threatmodel.packs.names import TABLES, check_names, check_polarity
from threatmodel.packs.read import Noted, PackPart, PackSource
from threatmodel.packs.records import PackFact, PackThreat
from threatmodel.packs.sections import with_guards, with_words
from threatmodel.rules.decode import CONDITIONS
from threatmodel.rules.gate import GateRule, faults_of, names_of_gate
from threatmodel.rules.load import Knowledge, Pack, knowledge_of, shipped_rows
from threatmodel.rules.resolve import Row, Vocabulary, capabilities_in_order, dump
from threatmodel.rules.wording_compile import KnownNames, known_in

Rows = dict[str, Any]
"""The packed rules: what `compiled.json` holds."""


def knowledge_with(sources: Iterable[PackSource]) -> Knowledge:
    """Load the rules that ship with the package, with packs laid over them in the order given.

    Raises an AivssError for one fault, an ExceptionGroup of all of them for several.
    """
    rows, packs, noted = shipped_rows(), list[Pack](), Noted()
    for source in sources:
        over = _Over(rows, source, noted, frozenset(pack.id for pack in packs))
        rows = over.laid()
        packs.append(over.pack())
    noted.settle()
    return knowledge_of(rows, tuple(packs))


@dataclass(frozen=True, slots=True)
class _Over:
    """One pack on its way into the rules; what is wrong is noted and left out."""

    rows: Rows
    source: PackSource
    noted: Noted
    before: frozenset[str]

    def laid(self) -> Rows:
        head = self.source.head
        check_names(self.source, self.rows, self.before, self.noted)
        words = self._vocabulary()
        sections = self.rows["sections"]
        # Laid over a copy: other packs, and other agents of this process, start from what ships.
        new = self.rows | {
            "rules_version": f"{self.rows['rules_version']}+{head.id}-{head.version}",
            "digest": sha256(
                f"{self.rows['digest']}\0{head.id}\0{self.source.digest}".encode()
            ).hexdigest(),
            "facts": self._facts(),
            "capabilities": self._capabilities(words),
            "mitigations": _sorted([*self.rows["mitigations"], *self._mitigations(words)]),
            "cascades": self._cascades(),
        }
        known = known_in(sections["wording"], words)
        new["threats"] = _sorted([*self.rows["threats"], *self._threats(words, new)])
        new["sections"] = sections | {
            "classes": with_words(sections["classes"], self.source, self.noted),
            "derivations": [*sections["derivations"], *self._derivations(words)],
            "policy": with_guards(sections, self.source, words.facts, self.noted),
            "patterns": sections.get("patterns", []) + list(self._patterns()),
            "wording": sections["wording"]
            | {"threats": sections["wording"]["threats"] | self._wording(known)},
        }
        check_polarity(self.source, self.rows, words, self.noted)
        self._check_gate(words, {row["id"] for row in new["threats"]})
        return new

    def pack(self) -> Pack:
        head, gate = self.source.head, tuple(rule for _, _, rule in self._gate())
        holds = {kind: tuple(sorted(name for _, name, _ in self._each(kind))) for kind in TABLES}
        parts = [part.record for part in self.source.parts]
        holds["conclusions"] = tuple(r.id for part in parts for r in part.derivations)
        guards = [row.id for part in parts for row in part.guards.access]
        guards += [row.id for part in parts for row in part.guards.arguments]
        holds |= {"guards": tuple(guards), "gate rules": tuple(rule.id for rule in gate)}
        told = {kind: ids for kind, ids in holds.items() if ids}
        return Pack(head.id, head.version, head.says, head.owner, self.source.digest, told, gate)

    def _each(self, section: str) -> Iterator[tuple[PackPart, str, Any]]:
        for part in self.source.parts:
            for name, record in getattr(part.record, section).items():
                yield part, name, record

    def _vocabulary(self) -> Vocabulary:
        own = {s: {n for _, n, _ in self._each(s)} for s in ("facts", "controls")}
        controls = {r["id"] for r in self.rows["facts"] if r["family"] == "k"}
        made_of = {r["id"]: r["when"]["text"] for r in self.rows["capabilities"]}
        made_of |= {name: source.when for _, name, source in self._each("capabilities")}
        facts = {r["id"] for r in self.rows["facts"]} - controls | own["facts"] | made_of.keys()
        return Vocabulary(frozenset(facts), frozenset(controls | own["controls"]), made_of)

    def _facts(self) -> list[Row]:
        own = [_fact_row(name, fact) for _, name, fact in self._each("facts")]
        own += [
            {"id": name, "family": "k", "says": c.says, "question": c.question, "from": []}
            | {"presumed": None, "raises": False, "belongs": c.belongs}
            for _, name, c in self._each("controls")
        ]
        rows = [*self.rows["facts"], *own]
        return sorted(rows, key=lambda row: (row["family"] == "k", row["id"]))

    def _capabilities(self, words: Vocabulary) -> list[Row]:
        rows: list[Row] = list(self.rows["capabilities"])
        # A circle may run through several files of a pack; it is told at the last of them.
        last: PackPart | None = None
        for part, name, source in self._each("capabilities"):
            last = part
            with self.noted.at(part, "capabilities", name, "when"):
                packed = words.pack(source.when, words.facts, f"capability {name}")
                rows.append({"id": name, "says": source.says, "when": packed})
        if last is not None:
            with self.noted.at(last, "capabilities"):
                rows = capabilities_in_order(rows)
        return rows

    def _mitigations(self, words: Vocabulary) -> Iterator[Row]:
        clauses = {row["id"] for row in self.rows["clauses"]}
        for part, name, source in self._each("mitigations"):
            at = ("mitigations", name)
            self._known(part, (*at, "gives"), source.gives, words.controls, "control")
            self._known(part, (*at, "clauses"), source.clauses, clauses, "clause")
            self._refs(part, at, source.refs, "threat")
            yield {"id": name, **dump(source)}

    def _threats(self, words: Vocabulary, new: Rows) -> Iterator[Row]:
        gives = {row["id"]: frozenset(row["gives"]) for row in new["mitigations"]}
        for part, name, source in self._each("threats"):
            at = ("threats", name)
            conditions = self._conditions(part, name, source, words)
            clauses = {row["id"] for row in self.rows["clauses"]}
            tools = {fact for fact in words.facts if fact.startswith("t.")}
            self._known(part, (*at, "raise_if"), source.raise_if, words.facts, "fact")
            self._known(part, (*at, "raise_impact"), source.raise_impact, words.facts, "fact")
            self._known(part, (*at, "tools"), source.tools, tools, "fact of tools")
            self._known(part, (*at, "clauses"), source.clauses, clauses, "clause")
            self._known(part, (*at, "mitigations"), source.mitigations, gives, "mitigation")
            self._refs(part, at, source.refs, "mitigation")
            # A threat with a faulty condition is left out, and its other faults are still told.
            if len(conditions) == len(CONDITIONS):
                self._check_help(part, name, source, conditions, gives)
                refs = {space: [str(ref) for ref in ids] for space, ids in source.refs.items()}
                row = {k: v for k, v in dump(source).items() if k != "wording"}
                yield {"id": name, **row, **conditions, "refs": refs}

    def _conditions(
        self, part: PackPart, name: str, source: PackThreat, words: Vocabulary
    ) -> dict[str, Row]:
        packed: dict[str, Row] = {}
        for field in CONDITIONS:
            names = words.facts if field == "when" else words.all
            with self.noted.at(part, "threats", name, field):
                packed[field] = words.pack(getattr(source, field), names, f"{name}, {field}")
        return packed

    def _check_help(
        self,
        part: PackPart,
        name: str,
        source: PackThreat,
        conditions: Mapping[str, Row],
        gives: Mapping[str, frozenset[str]],
    ) -> None:
        """Refuse a mitigation that gives nothing which closes or reduces the threat."""
        asked = {
            literal
            for field in ("closed_by", "reduced_by")
            for case in conditions[field]["true"]
            for literal in case
        }
        for number, mitigation in enumerate(source.mitigations):
            with self.noted.at(part, "threats", name, "mitigations", number):
                if mitigation in gives and asked.isdisjoint(gives[mitigation]):
                    message = f"{mitigation} gives nothing that {name} is closed or reduced by"
                    raise AivssError(message, hint=_give_hint(gives[mitigation]))

    def _wording(self, known: KnownNames) -> dict[str, Row]:
        rows: dict[str, Row] = {}
        for part, name, threat in self._each("threats"):
            at, words = ("threats", name, "wording"), threat.wording
            row: Row = {"text": []}
            for number, sentence in enumerate(words.text):
                with self.noted.at(part, *at, "text", number):
                    pack = known.sentence if number else known.leading
                    row["text"].append(pack(sentence, f"text of {name}"))
            with self.noted.at(part, *at, "attack"):
                row["attack"] = known.leading(words.attack, f"attack of {name}")
            with self.noted.at(part, *at, "step"):
                row["step"] = known.sentence(words.step, f"step of {name}", full=False)
            rows[name] = row
        return rows

    def _cascades(self) -> list[Row]:
        known = {row["id"] for row in self.rows["threats"]}
        known |= {name for _, name, _ in self._each("threats")}
        rows = list(self.rows["cascades"])
        for part, name, source in self._each("cascades"):
            self._known(part, ("cascades", name), (name,), known, "threat", key=True)
            for kind in ("amplifies", "enables", "hides"):
                targets = getattr(source, kind)
                self._known(part, ("cascades", name, kind), targets, known, "threat")
                rows += [{"source": name, "target": to, "kind": kind} for to in targets]
        return sorted(rows, key=lambda row: (row["source"], row["kind"], row["target"]))

    def _derivations(self, words: Vocabulary) -> Iterator[Row]:
        words = words.naming(words.capabilities)
        for part in self.source.parts:
            for number, rule in enumerate(part.record.derivations):
                at = ("derivations", number)
                known = words.all - {name for name in words.all if name.startswith("c.")}
                self._known(part, (*at, "fact"), (rule.fact,), known, "fact", key=True)
                row = rule.model_dump(mode="json")
                for field in ("when", "unless"):
                    with self.noted.at(part, *at, field):
                        text, place = getattr(rule, field), f"{rule.id}, {field}"
                        row[field] = words.pack(text, words.all, place) if text else None
                yield row

    def _patterns(self) -> Iterator[Row]:
        for _, name, fact in self._each("facts"):
            if not name.startswith("t."):
                for pattern in fact.patterns:
                    yield {"fact": name, "in": list(pattern.where), "words": list(pattern.words)}

    def _gate(self) -> Iterator[tuple[PackPart, int, GateRule]]:
        for part in self.source.parts:
            for number, rule in enumerate(part.record.gate):
                yield part, number, rule

    def _check_gate(self, words: Vocabulary, threats: set[str]) -> None:
        names, seen = names_of_gate(words.all), set[str]()
        for part, number, rule in self._gate():
            for key, message, hint in faults_of(rule, seen, names, threats):
                with self.noted.at(part, "gate", number, key):
                    raise AivssError(f"{rule.id}, {message}", hint=hint)
            seen.add(rule.id)

    def _known(  # noqa: PLR0913 - a place, and what must be known there
        self,
        part: PackPart,
        at: tuple[str | int, ...],
        names: Iterable[str],
        known: Iterable[str],
        what: str,
        *,
        key: bool = False,
    ) -> None:
        choices = frozenset(known)
        for number, name in enumerate(names):
            if name not in choices:
                with self.noted.at(part, *at, *(() if key else (number,)), key=key):
                    raise AivssError(f"there is no {what} '{name}'", hint=suggestion(name, choices))

    def _refs(
        self, part: PackPart, at: tuple[str, str], refs: Mapping[str, Iterable[Any]], other: str
    ) -> None:
        spaces = {r["id"] for r in self.rows["namespaces"] if r["used_for"] != other}
        for space, ids in refs.items():
            place = (*at, "refs", space)
            self._known(part, place, (space,), spaces, "public framework", key=True)
            if space in self.rows["names"]:
                names = self.rows["names"][space]
                self._known(part, place, map(str, ids), names, f"{space} id")


def _fact_row(name: str, fact: PackFact) -> Row:
    seen = ["tool_schema"] if name.startswith("t.") else ["answers"]
    if fact.patterns and not name.startswith("t."):
        seen.append("docs")
    return {
        "id": name,
        "family": name.split(".", maxsplit=1)[0],
        "says": fact.says,
        "question": fact.question,
        "from": seen,
        "presumed": fact.presumed,
        "raises": fact.raises,
        "belongs": fact.belongs,
    }


def _give_hint(gives: Iterable[str]) -> str:
    return f"name one of {', '.join(sorted(gives))} in closed_by or reduced_by, or leave it out"


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str(row["id"]))
