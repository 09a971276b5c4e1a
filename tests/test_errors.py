"""A faulty file is answered with everything that is wrong in it: where, what, and what to do."""

import datetime as dt
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field, JsonValue, field_validator, model_validator
from pydantic_core import PydanticCustomError

from threatmodel.cli import main
from threatmodel.errors import InvalidFileError, Location
from threatmodel.reading import check, read_bytes_tree
from threatmodel.reading.positions import EMPTY, Tree
from threatmodel.reading.record import Record

ROOT = Path(__file__).parent.parent

BAD = Path(__file__).parent / "bad"
CASES = sorted(file.name for file in BAD.iterdir() if file.suffix != ".err")
Unknown = Literal["unknown"]


class Memory(Record):
    """A section with a rule across its fields."""

    persistent: bool | Unknown = "unknown"
    days: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _days_need_persistence(self) -> "Memory":
        if self.days and self.persistent is False:
            raise ValueError("days are kept, so the memory is persistent")
        return self


class Tool(Record):
    """An item of a list."""

    name: str
    effect: Literal["read", "write"] = "read"


class ToolFile(Record):
    """Tools that another file lists."""

    file: str


class Rate(Record):
    """One of two alternatives that `kind` tells apart."""

    kind: Literal["rate"]
    max: Annotated[int, Field(gt=0, lt=100)]


class Deny(Record):
    """The other."""

    kind: Literal["deny"]
    reason: str = ""


class Answer(Record):
    """A mapping where a plain value can stand too."""

    value: bool
    by: Literal["vendor", "operator", "reviewer"] = "reviewer"


class Limits(Record):
    """Numbers of every kind."""

    calls: int = 0
    share: float = 0.0
    cost: Annotated[Decimal, Field(decimal_places=2)] = Decimal(0)
    steps: Annotated[int, Field(multiple_of=5)] = 0


class Sample(Record):
    """Something of everything that descriptions are made of."""

    name: Annotated[str, Field(min_length=1)]
    version: str | None = None
    id: Annotated[str, Field(pattern="^[a-z-]+$")] = "x"
    note: Annotated[str, Field(max_length=40)] = ""
    owner: str = ""
    date: dt.date | None = None
    memory: Memory = Memory()
    tools: tuple[Tool, ...] | ToolFile | Unknown = "unknown"
    guards: tuple[Annotated[Rate | Deny, Field(discriminator="kind")], ...] = ()
    facts: dict[Annotated[str, Field(pattern=r"^[a-z.]+$")], Answer | bool | Unknown] = Field(
        default_factory=dict
    )
    layers: dict[Literal["L1", "L2", "L3"], str] = Field(default_factory=dict)
    score: Annotated[Decimal, Field(ge=0, le=10)] | Unknown = "unknown"
    sector: Literal["bank", "care", "energy", "law", "public", "retail"] | None = None
    limits: Limits = Limits()
    tags: Annotated[tuple[str, ...], Field(min_length=1, max_length=3)] = ("a",)
    pair: tuple[int, int] = (1, 2)
    peers: frozenset[str] = frozenset()
    input_schema: Annotated[dict[str, JsonValue], Field(alias="inputSchema")] = Field(
        default_factory=dict
    )

    @field_validator("owner")
    @classmethod
    def _is_somebody(cls, owner: str) -> str:
        if owner == "nobody":
            help_ = {"hint": "name a person or a team"}
            raise PydanticCustomError("nobody", "must be somebody", help_)
        return owner


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="its parser words a few faults otherwise")
@pytest.mark.parametrize("case", CASES)
def test_every_bad_file_is_answered_word_for_word(case):
    expected = (BAD / case).with_suffix(".err").read_text(encoding="utf-8")
    assert faults_of((BAD / case).read_bytes(), case) == expected


def test_every_expected_answer_has_its_bad_file():
    assert {file.stem for file in BAD.glob("*.err")} == {Path(case).stem for case in CASES}
    assert len({Path(case).stem for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES)
def test_every_fault_names_the_file_and_is_safe_to_print(case):
    for fault in faults_in((BAD / case).read_bytes(), case):
        assert fault.where.path == case
        assert all(line.isprintable() for line in str(fault).splitlines())


def test_faults_come_in_the_order_of_the_file():
    places = [fault.where for fault in faults_in((BAD / "several-faults.yaml").read_bytes(), "x")]
    assert [(one.line, one.column) for one in places] == sorted(
        (one.line, one.column) for one in places
    )


def test_faults_of_a_file_come_before_those_of_the_files_it_refers_to():
    outer = read_bytes_tree(b"nam: Clerk\ntools: {file: a.json}\nmemory: 1\n", "b.yaml")
    listed = read_bytes_tree(b'[{"nam": "mail"}]', "a.json")
    value = outer.value | {"tools": listed.value}
    with pytest.raises(ExceptionGroup, match=r"b\.yaml: 5 faults") as refused:
        check(Sample, Tree(value, outer.places.under(("tools",), listed.places)))
    assert [str(fault).splitlines()[0] for fault in refused.value.exceptions] == [
        "b.yaml:1:1: name: is missing",
        "b.yaml:1:1: nam: unknown key",
        "b.yaml:3:9: memory: should be a mapping, not 1",
        "a.json:1:2: tools.0.name: is missing",
        "a.json:1:3: tools.0.nam: unknown key",
    ]


def test_a_file_of_endless_faults_is_answered_with_the_first_ones():
    lines = "".join(f"unknown{n}: 1\n" for n in range(1000))
    faults = faults_in(b"name: x\n" + lines.encode(), "x.yaml")
    assert len(faults) == 201
    assert str(faults[-1]) == "x.yaml: 800 more faults follow"
    doubled = b"name: x\n" * 1000
    assert len(faults_in(doubled, "x.yaml")) == 101
    assert len(faults_in(b'{"a": 1' + b', "a": 1' * 1000 + b"}", "x.json")) == 100


def test_a_value_that_no_file_gave_is_refused_without_a_place():
    with pytest.raises(ExceptionGroup) as refused:
        check(Sample, Tree({"nam": 1}, EMPTY))
    assert [str(fault) for fault in refused.value.exceptions] == [
        "name: is missing\n  help: add `name: ...`",
        "nam: unknown key\n  help: did you mean 'name'?",
    ]


def test_what_a_terminal_would_obey_is_escaped():
    error = InvalidFileError("a\x1b[2Jb", Location("x\n.yaml", 3, 4), "\u202ec")
    assert str(error) == "x\\n.yaml:3:4: a\\x1b[2Jb\n  help: \\u202ec"


TEXTS = st.text(max_size=8) | st.sampled_from(["name", "kind", "max", "rate", "value", "unknown"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)
FIELDS = st.sampled_from([field.alias or name for name, field in Sample.model_fields.items()])


@example({"[key]": None, "layers": {"[key]": 1}, "facts": {"[key]": {"[key]": []}}})
@given(st.dictionaries(FIELDS | TEXTS, VALUES, max_size=6))
def test_any_value_is_a_record_or_is_refused_in_plain_words(value):
    try:
        check(Sample, Tree(value, EMPTY))
    except ExceptionGroup as refused:
        for fault in refused.exceptions:
            assert "Input should" not in str(fault)
            assert "valid dictionary" not in str(fault)


def faults_of(data: bytes, name: str) -> str:
    return "".join(f"{fault}\n" for fault in faults_in(data, name))


def faults_in(data: bytes, name: str) -> list[InvalidFileError]:
    with pytest.raises((InvalidFileError, ExceptionGroup)) as refused:
        check(Sample, read_bytes_tree(data, name))
    if isinstance(refused.value, InvalidFileError):
        return [refused.value]
    return list(refused.value.exceptions)


# What the system refuses, and names that no file can have.


@pytest.mark.parametrize(
    "text",
    [
        'name: a\ntools: {file: "\\0"}\n',
        'name: a\nextends: "\\0"\n',
        f"name: a\nextends: {'x' * 300}\n",
        f"name: a\ntools: {{file: {'x' * 5000}}}\n",
    ],
)
def test_a_name_that_no_file_can_have_is_told_with_its_line(tmp_path, capsys, text):
    file = tmp_path / "a.yaml"
    file.write_text(text, encoding="utf-8")
    assert main(["score", str(file)]) == 2
    said = capsys.readouterr().err
    assert f"{file}:2:" in said
    assert "names no file" in said


@pytest.mark.parametrize("limit", ["-5", "-0.001", "1e30"])
def test_a_limit_out_of_bounds_is_told_with_its_line(tmp_path, capsys, limit):
    file = tmp_path / "a.yaml"
    file.write_text(f"name: a\npolicy: {{limits: [{{tool: x, max: {limit}}}]}}\n", "utf-8")
    assert main(["validate", str(file)]) == 2
    assert f"{file}:2:" in capsys.readouterr().err


def test_every_number_of_the_description_has_bounds():
    waiting = [json.loads((ROOT / "frameworks/agent.schema.json").read_bytes())]
    free = []
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += part.values()
            bounded = {"minimum", "maximum"} <= part.keys()
            if part.get("type") in ("number", "integer") and not bounded:
                free.append(part)
        elif isinstance(part, list):
            waiting += part
    assert free == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_told():
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m threatmodel score agents/weather.yaml >/dev/full"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["catalog agents -o {0}/site", "report agents -o {0}/all"])
def test_a_disk_that_is_full_half_way_is_told(tmp_path, command):
    line = f"ulimit -f 16; {sys.executable} -m threatmodel {command.format(tmp_path)}"
    unmeasured = {key: told for key, told in os.environ.items() if "COVERAGE" not in key}
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=ROOT,
        env=unmeasured,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
