"""Files become plain values, as YAML 1.2 and JSON say, and none does harm by being read."""

import gc
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from zipfile import Path as ZipPath
from zipfile import ZipFile

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from threatmodel.errors import InvalidFileError
from threatmodel.reading import read, read_bytes_tree, read_tree
from threatmodel.reading.json import parse_json
from threatmodel.reading.positions import MAX_BYTES, MAX_DIGITS, resolve_scalar
from threatmodel.reading.record import Record
from threatmodel.reading.yaml import parse

ROOT = Path(__file__).parent.parent
REFUSED = (InvalidFileError, ExceptionGroup)
NAMES = ("x.yaml", "x.json", "-")

# What every YAML version and JSON can say alike; U+0085, U+2028 and U+2029 end lines in YAML 1.1.
CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff\ufffe\uffff"
)
TEXTS = st.text(CHARACTERS, max_size=12) | st.sampled_from(
    [
        "no",
        "on",
        "~",
        "null",
        "1:30",
        "010",
        "0x1f",
        "1e3",
        ".inf",
        "<<",
        "=",
        "- a",
        "a: b",
        "#",
        "",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | TEXTS
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TREES = st.recursive(
    SCALARS | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
FILES = st.dictionaries(TEXTS, TREES, max_size=5)
SCRAPS = st.lists(
    st.sampled_from(
        [
            *"[]{},:&*!|>%@`?-#'\"\\~ \n\t",
            "- ",
            ": ",
            "? ",
            "a",
            "<<",
            "---\n",
            "...\n",
            "\n  ",
            "1",
            *("0x1", "1e9", "\\u12", "null", "\ufeff", "é", "\0", "\r\n", "%YAML 1.2\n---\n"),
        ]
    ),
    max_size=40,
).map("".join)


class Named(Record):
    """The smallest record."""

    name: str


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((word, word) for word in ("no", "on", "yes", "off", "y", "1:30", "2026-01-31", "1_000")),
        *((word, None) for word in ("", "~", "null", "Null", "NULL")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *(
            (word, word)
            for word in ("tRUE", "nULL", "0b1", "0o8", "0xg", "+0x1", ".", "1.2.3", "e3")
        ),
        ("010", 10),
        ("-7", -7),
        ("+7", 7),
        ("0o10", 8),
        ("0x1F", 31),
        ("1.10", 1.1),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1e-3", -0.001),
        ("12e03", 12000.0),
        ("'7'", "7"),
        ('"null"', "null"),
        ('"\\u0041\\/"', "A/"),
        ("|\n  a\n  b", "a\nb\n"),
        (">-\n  a\n  b", "a b"),
    ],
)
def test_words_mean_what_yaml_1_2_says(written, meant):
    """YAML 1.2.2, section 10.3.2: the core schema."""
    value = parse(f"word: {written}\n".encode(), "x.yaml").value
    assert value == {"word": meant}
    assert type(value["word"]) is type(meant)


@given(FILES)
def test_json_is_read_as_the_same_values_by_both_readers(value):
    data = json.dumps(value, ensure_ascii=False).encode()
    assert parse_json(data, "x.json").value == value
    assert parse(data, "x.yaml").value == value


@given(FILES)
def test_escaped_json_is_read_without_an_ending_too(value):
    assert read_bytes_tree(json.dumps(value).encode(), "-").value == value


@given(FILES, st.sampled_from([True, False, None]))
def test_what_other_yaml_writers_write_is_read_back(value, flow):
    """Writers of YAML 1.1 leave 1e3 and 0o7 without quotes, which are numbers in YAML 1.2."""
    assume(not re.search(r"[0-9.][eE]|0o", json.dumps(value)))

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, _):
            return True

    text = yaml.dump(value, Dumper=Plain, allow_unicode=True, default_flow_style=flow)
    assert parse(text.encode(), "x.yaml").value == value


@given(st.binary(max_size=60), st.sampled_from(NAMES))
@example(b"\xef\xbb\xbf", "x.yaml")
@example(b"'\\", "x.yaml")
def test_any_bytes_are_read_or_refused(data, name):
    read_or_refuse(data, name)


@given(SCRAPS, st.sampled_from(NAMES))
@example("%YAML 1.2\n---\n", "x.yaml")
@example('{"a":1,"a":2}]', "x.json")
@example("{a: 1,\ud7ff", "-")
def test_any_text_of_yaml_signs_is_read_or_refused(text, name):
    read_or_refuse(text.encode(), name)


def test_deep_nesting_does_not_crash_the_process():
    """60 KB of brackets end a process that reads them with PyYAML's C loader."""
    units = ["[", "{a: ", "- ", '{"a":', "? ", "[[],", "a:\n"]
    code = (
        "import json, sys; from threatmodel.reading import read_bytes_tree\n"
        "for unit, name in json.load(sys.stdin):\n"
        "    try: read_bytes_tree((unit * (60_000 // len(unit))).encode(), name)\n"
        "    except Exception as refused: print(type(refused).__name__, flush=True)"
    )
    cases = [(unit, name) for unit in units for name in NAMES]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        input=json.dumps(cases),
        capture_output=True,
        check=False,
        text=True,
    )
    refused = done.stdout.split()
    assert (done.returncode, len(refused)) == (0, len(cases)), cases[len(refused) :][:1]
    assert set(refused) <= {"InvalidFileError", "ExceptionGroup"}


@pytest.mark.parametrize("name", NAMES)
def test_sixty_four_levels_are_read_and_one_more_is_not(name):
    assert read_bytes_tree(b"[" * 64 + b"]" * 64, name).value
    with pytest.raises(InvalidFileError, match="more than 64"):
        read_bytes_tree(b"[" * 65 + b"]" * 65, name)


def test_eight_mebibytes_are_read_and_one_byte_more_is_not(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_bytes(b"name: x\n".ljust(MAX_BYTES, b"\n"))
    assert read_tree(file).value == {"name": "x"}
    file.write_bytes(b"name: x\n".ljust(MAX_BYTES + 1, b"\n"))
    with pytest.raises(InvalidFileError, match="larger than 8 MiB"):
        read_tree(file)


def test_a_file_is_read_as_its_ending_says(tmp_path):
    (tmp_path / "x.yml").write_text("name: x # not JSON\n", encoding="utf-8")
    (tmp_path / "x.JSON").write_text('{"name": "\\ud83d\\ude42"}', encoding="utf-8")
    assert read(Named, tmp_path / "x.yml") == Named(name="x")
    assert read(Named, tmp_path / "x.JSON") == Named(name="🙂")


def test_a_file_inside_an_archive_is_read(tmp_path):
    with ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("agents/x.yaml", "name: x\n")
    inside = ZipPath(tmp_path / "x.zip")
    assert read(Named, inside / "agents" / "x.yaml") == Named(name="x")
    with pytest.raises(InvalidFileError, match="there is no such file"):
        read_tree(inside / "y.yaml")


def test_what_cannot_be_read_is_named_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("link.yaml").symlink_to("nothing.yaml")
    Path("loop.yaml").symlink_to("loop.yaml")
    Path("file.yaml").write_bytes(b"name: x\n")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.yaml")
    assert {
        path: reason(path)
        for path in [*(path.name for path in Path().iterdir()), "none", ".", "a\0b"]
    } == {
        "file.yaml": "",
        "link.yaml": "link.yaml: this link points to nothing\n  help: mend or remove it",
        "loop.yaml": "loop.yaml: it cannot be read: Too many levels of symbolic links",
        "socket.yaml": "socket.yaml: it cannot be read: No such device or address",
        "none": "none: there is no such file\n  help: check its name and folder",
        ".": ".: this is a folder\n  help: name a file in it",
        "a\0b": "a\\x00b: this cannot be the name of a file\n  help: check its spelling",
    }


def test_a_file_of_somebody_else_is_refused_with_the_reason(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_bytes(b"name: x\n")
    file.chmod(0)
    user = os.geteuid()
    try:
        os.seteuid(user or 65534)
        assert reason(str(file)).startswith(f"{file}: you may not read this file\n")
    finally:
        os.seteuid(user)


def test_the_reader_without_libyaml_reads_and_refuses_the_same():
    """Builds of PyYAML without its C part have only the slower parser."""
    code = (
        "import json, pathlib, sys; sys.modules['yaml._yaml'] = None\n"
        "import yaml; assert not yaml.__with_libyaml__\n"
        "from threatmodel.reading.yaml import parse\n"
        "for file in sorted(pathlib.Path('tests/bad').glob('*.yaml')):\n"
        "    try: print(json.dumps([file.name, parse(file.read_bytes(), '').value]))\n"
        "    except Exception as refused: print(json.dumps([file.name, type(refused).__name__]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )
    read_without = dict(map(json.loads, done.stdout.splitlines()))
    assert read_without.pop("directive.yaml") == {"name": "Clerk"}, "it passes unknown ones over"
    for name, value in read_without.items():
        try:
            assert value == parse((ROOT / "tests/bad" / name).read_bytes(), "").value
        except REFUSED:
            assert value in ("InvalidFileError", "ExceptionGroup"), name


def reason(path: str) -> str:
    try:
        read_tree(Path(path))
    except InvalidFileError as refused:
        return str(refused)
    return ""


def read_or_refuse(data: bytes, name: str) -> None:
    try:
        value = read_bytes_tree(data, name).value
    except REFUSED:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value


def test_a_whole_number_has_as_many_digits_as_are_told():
    assert resolve_scalar("1" * MAX_DIGITS) == int("1" * MAX_DIGITS)
    with pytest.raises(ValueError, match=f"more than {MAX_DIGITS} digits"):
        resolve_scalar("1" * (MAX_DIGITS + 1))


def test_what_is_read_leaves_no_circle():
    gc.collect()
    parse(b"name: A\ntools: [{name: read_page}]\n", "x.yaml")
    assert gc.collect() == 0
