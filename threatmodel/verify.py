"""Recompute what a report's JSON, a PDF's attachment, an embed or a site says about a score."""

import html
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from threatmodel.assessment import Assessment, assess, profiles_of
from threatmodel.diff import compare
from threatmodel.errors import AivssError, InvalidFileError, Location
from threatmodel.outputs.claim import Claim, shown_otherwise
from threatmodel.outputs.documents import schema_id, score_json
from threatmodel.reading import read_data
from threatmodel.rules.load import load_knowledge
from threatmodel.score.calculator import parse_vector, recalculate
from threatmodel.score.cvss import read_base
from threatmodel.snapshot import snapshot_from, snapshot_of

CLAIM_FIELDS = {field.name for field in fields(Claim)}
"""Fields an embed carries; its digest is taken over them."""

# A PDF of strangers may hold a stream that unpacks to gigabytes; ours have a few hundred KB.
_MOST_ATTACHMENT = 64 * 1024 * 1024
_SITE_FILES = (".json", ".svg", ".html", ".md", ".jsonld")


@dataclass(frozen=True, slots=True)
class Recomputed:
    """One thing that was recomputed; `CheckShape` says what its fields hold."""

    what: str
    holds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What one file says, checked."""

    name: str
    checks: tuple[Recomputed, ...]
    """All checks, in order."""

    @property
    def holds(self) -> bool:
        """Whether everything holds."""
        return all(check.holds for check in self.checks)


def verify(path: Path, fresh: Assessment | None = None) -> tuple[Verified, ...]:
    """Verify a file, or every file of a site; `fresh` is the description assessed again.

    Raises:
        InvalidFileError: The file says nothing that can be recomputed.
    """
    if path.is_dir():
        if found := tuple(_site(path, fresh)):
            return found
        raise InvalidFileError("no score in any file here", Location(str(path)))
    return (verify_data(read_data(path), str(path), fresh),)


def verify_data(data: bytes, name: str, fresh: Assessment | None = None) -> Verified:
    """Verify what a file holds; raises as `verify` does."""
    said = list(statements(data))
    if not said:
        hint = "give a report's JSON or PDF, an embed, or the folder of a site"
        raise InvalidFileError("no score that can be recomputed", Location(name), hint)
    checks = (
        *_made_with(data, fresh),
        *_all_checks(data, said, fresh),
        *(c for one in _reports(data) for c in _whole(one, fresh)),
    )
    return Verified(name, checks)


def statements(data: bytes) -> Iterator[dict[str, Any]]:
    """Find every score that a file states, with its vector."""
    if data.startswith(b"%PDF"):
        for attached in _attachments(data):
            yield from statements(attached)
        return
    text = data.decode("utf-8", "replace")
    whole = _parsed(text)
    yield from _inside(whole) if whole is not None else _embedded(text)


def _made_with(data: bytes, fresh: Assessment | None) -> Iterator[Recomputed]:
    """Hold the rule packs that a report names to those in force."""
    if fresh is None:
        return
    held = [f"{pack.id} {pack.version} {pack.digest}" for pack in fresh.knowledge.packs]
    for whole in _objects(data):
        agent = whole.get("agent")
        if isinstance(agent, dict) and "sources" in agent:
            said = [_pack_of(pack) for pack in agent.get("packs") or ()]
            if said or held:
                hint = "" if said == held else "; name the packs with --pack"
                check = _equal("rule packs", ", ".join(said) or "none", ", ".join(held) or "none")
                yield Recomputed(check.what, check.holds, check.detail + hint)


def _objects(data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects that a file is, or that a PDF has attached."""
    for one in _attachments(data) if data.startswith(b"%PDF") else (data,):
        whole = _parsed(one.decode("utf-8", "replace"))
        if isinstance(whole, dict):
            yield whole


def _reports(data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the whole assessments among them: whoever alters one may take its schema out."""
    whole = schema_id("assessment")
    return (one for one in _objects(data) if "model" in one or one.get("schema") == whole)


def _whole(said: dict[str, Any], fresh: Assessment | None) -> Iterator[Recomputed]:
    """Hold the scores of a report to each other, and what it is about to the description.

    Its sentences and the details of its guards are not compared.
    """
    try:
        # The members of a system score by factors of their own, which its JSON does not have.
        if not said.get("system"):
            yield from _threats(said)
        if fresh is not None:
            yield from _as_described(said, fresh)
    except (KeyError, TypeError, AttributeError, ValueError, AivssError) as fault:
        yield Recomputed("report", holds=False, detail=f"it is not whole: {fault}")


def _threats(said: dict[str, Any]) -> Iterator[Recomputed]:
    """Recompute the score of each threat from its own base, and the headline from them."""
    profiles, score = profiles_of(load_knowledge()), said["score"]
    own = [one for one in said["model"]["threats"] if one["score"] is not None]
    inputs = parse_vector(str(score["vector"]), profiles)
    for one in own:
        cvss = read_base(str(one["vector"]))
        again = inputs._replace(cvss=cvss, mitigation_factor=Decimal(str(one["mitigation_factor"])))
        check = _equal(
            f"score of {one['id']}", one["score"], float(recalculate(again).result.value)
        )
        if not check.holds:
            yield check
    if score["cvss"]["basis"] == "derived":
        highest = max((one["score"] for one in own if not one["shared"]), default=0.0)
        yield _equal("headline as the highest of its threats", score["value"], highest)


def _as_described(said: dict[str, Any], fresh: Assessment) -> Iterator[Recomputed]:
    """Hold every tool, fact, threat and guard to the description, assessed by the rules at hand."""
    profile = str(said["score"]["profile"])
    if profile != fresh.score.profile:
        fresh = assess(fresh.agent, profile=profile, trying=True)
    before, after = snapshot_from(said, "report"), snapshot_of(fresh)
    yield _equal("digest of the description", before.digest, after.digest)
    yield _equal("digest of the rules", before.rules, after.rules)
    changes = compare(before, after).changes
    for change in changes:
        what = {"said": "field", "guard": "policy"}.get(change.kind, change.kind)
        yield Recomputed(
            f"{what} {change.id}",
            holds=False,
            detail=f"it says {change.before or 'nothing'}, recomputed {change.after or 'nothing'}",
        )
    if not changes:
        yield Recomputed("tools, facts, threats and policy", holds=True, detail="")


def _pack_of(said: object) -> str:
    named = said if isinstance(said, dict) else {}
    return " ".join(str(named.get(key)) for key in ("id", "version", "digest"))


def _site(folder: Path, fresh: Assessment | None) -> Iterator[Verified]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name.endswith(_SITE_FILES):
            said = list(statements(read_data(path)))
            if said:
                yield Verified(str(path), tuple(_all_checks(read_data(path), said, fresh)))


def _parsed(text: str) -> object | None:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _inside(value: object) -> Iterator[dict[str, Any]]:
    """Walk JSON for objects that state a score."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += reversed(one)
        elif isinstance(one, dict):
            listed = one.get("additionalProperty")
            if isinstance(listed, list):
                one = _properties(listed)
            if isinstance(one.get("vector"), str) and "value" in one:
                yield one
            else:
                waiting += reversed(list(one.values()))


def _properties(listed: list[Any]) -> dict[str, Any]:
    """Read schema.org property values such as `aivss:value`."""
    pairs = [p for p in listed if isinstance(p, dict) and str(p.get("name")).startswith("aivss:")]
    return {str(p["name"]).removeprefix("aivss:"): p.get("value") for p in pairs}


def _embedded(text: str) -> Iterator[dict[str, Any]]:
    """Find the JSON object that an embed carries in its markup."""
    plain = html.unescape(text)
    decoder = json.JSONDecoder()
    for start in re.finditer(r'\{"agent": ', plain):
        try:
            found, _ = decoder.raw_decode(plain, start.start())
        except (ValueError, RecursionError):
            continue
        yield from _inside(found)


def _attachments(data: bytes) -> Iterator[bytes]:
    """Unpack the embedded files of a PDF as this project writes them."""
    for found in re.finditer(rb"/EmbeddedFile\b.*?stream\r?\n", data, re.DOTALL):
        raw = data[found.end() : data.find(b"endstream", found.end())]
        if b"FlateDecode" in found.group():
            try:
                raw = zlib.decompressobj().decompress(raw, _MOST_ATTACHMENT)
            except zlib.error:
                continue
        yield raw


def _all_checks(data: bytes, said: list[Any], fresh: Assessment | None) -> Iterator[Recomputed]:
    # The headline's score stands among the profiles once more.
    for one in (one for place, one in enumerate(said) if one not in said[:place]):
        yield from _checks(one, fresh)
        if "digest" in one:
            told = shown_otherwise(data.decode("utf-8", "replace"), one)
            yield Recomputed("what it shows", not told, told)


def _checks(said: dict[str, Any], fresh: Assessment | None) -> Iterator[Recomputed]:
    profiles = profiles_of(load_knowledge())
    try:
        again = recalculate(parse_vector(str(said["vector"]), profiles))
    except AivssError as fault:
        yield Recomputed("vector", holds=False, detail=str(fault))
        return
    value, band = float(again.result.value), again.result.severity
    # A report has a score for each profile; a line of each says which it is about.
    by = f"{again.inputs.profile.id}: " if "factors" in said else ""
    if said["value"] is not None:
        yield _equal(f"{by}value from its vector", said["value"], value)
        yield _equal(f"{by}band", said.get("severity", said.get("band")), band)
    if isinstance(said.get("factors"), list):
        factors = {f["id"]: f["value"] for f in said["factors"] if isinstance(f, dict)}
        listed = {
            f.id: float(v)
            for f, v in zip(again.inputs.profile.factors, again.inputs.factors, strict=False)
        }
        if listed:  # a vector may give their sum alone, as where no threat is open
            yield _equal(f"{by}ten factors", factors, listed)
    if "digest" in said:
        yield _digest(said)
    if fresh is not None:
        yield from _against(said, fresh, by)


def _digest(said: dict[str, Any]) -> Recomputed:
    carried = {name: said.get(name) for name in CLAIM_FIELDS}
    try:
        digest = Claim(**carried).digest  # type: ignore[arg-type]
    except (TypeError, ValueError):
        digest = ""
    return _equal("digest", said["digest"], digest)


def _against(said: dict[str, Any], fresh: Assessment, by: str) -> Iterator[Recomputed]:
    """Hold it to the description, assessed by the rules at hand."""
    if "description" in said:
        yield _equal("digest of the description", said["description"], fresh.agent.digest)
        yield _equal("digest of the rules", said.get("rules"), fresh.knowledge.digest)
    own = next((s for s in fresh.profiles if s.profile == said.get("profile")), fresh.score)
    yield _equal(f"{by}score of the description", said["value"], score_json(own)["value"])


def _equal(what: str, said: object, found: object) -> Recomputed:
    holds = said == found
    return Recomputed(what, holds, "" if holds else f"it says {said}, recomputed {found}")
