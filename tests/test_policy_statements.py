"""A guard that lets reading statements pass lets nothing pass that changes anything."""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from threatmodel.policy.formats.patterns import read_statement
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.load import load_knowledge

KINDS = ("SELECT", "SHOW", "DESCRIBE", "WITH", "EXPLAIN")
CASES = yaml.safe_load((Path(__file__).parent / "policy" / "statements.yaml").read_bytes())
SHAPES = policy_rules(load_knowledge()).shapes
SHAPE = re.compile(read_statement(KINDS, SHAPES)[1:-1])


def test_nine_in_ten_everyday_reads_pass(say):
    held = [text for text in CASES["everyday"] if not SHAPE.fullmatch(text)]
    say(f"{len(held)} of {len(CASES['everyday'])} everyday statements are held: {held}")
    assert len(held) <= 0.1 * len(CASES["everyday"])


@pytest.mark.parametrize("text", CASES["hostile"])
def test_what_changes_locks_runs_or_hides_something_does_not(text):
    assert not SHAPE.fullmatch(text)


@pytest.mark.parametrize("text", [text for texts in CASES.values() for text in texts])
def test_what_passes_changes_nothing_in_a_real_database(text):
    if not SHAPE.fullmatch(text):
        return
    database = sqlite3.connect(":memory:")
    database.executescript("CREATE TABLE orders (status TEXT); INSERT INTO orders VALUES ('open')")
    before = list(database.iterdump())
    with suppress(sqlite3.Error):  # words of another dialect: what counts is what is left
        database.execute(text).fetchall()
    assert list(database.iterdump()) == before


# PostgreSQL as the judge: a server of its own on a socket in a folder, ended with the test.

SETUP = """
CREATE TABLE customers (id int, name text, email text, created_at timestamp);
CREATE TABLE orders (id int, customer_id int, status text, total numeric, note text,
                     created_at timestamp DEFAULT now());
CREATE TABLE events (id int, data jsonb, user_id int, ts timestamp);
CREATE SEQUENCE orders_id_seq;
INSERT INTO customers VALUES (1, 'Ann', 'ann@example.org', '2026-02-01');
INSERT INTO orders VALUES (1, 1, 'open', 12.5, NULL, '2026-03-01');
CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM orders; SELECT 1';
"""


def _found(name):
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or next((str(place) for place in places), None)


@pytest.fixture(scope="module")
def postgres():
    """Start a server; gives a function that runs statements and returns what they print."""
    programs = {name: _found(name) for name in ("initdb", "pg_ctl", "psql", "pg_dump")}
    if not all(programs.values()):
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    who = {"user": "nobody"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="pg") as place:
        folder = Path(place)
        folder.chmod(0o777)
        data = folder / "data"

        def run(name, *arguments, check=True, quiet=False, **more):
            # A server that is started keeps its output open, so that nobody may wait for its end.
            out = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} if quiet else {}
            return subprocess.run(
                [programs[name], *arguments], cwd=place, text=True, timeout=60, check=check,
                **(out or {"capture_output": True}), **who, **more,
            )  # fmt: skip

        run("initdb", "-D", str(data), "-U", "judge", "-A", "trust", "--no-sync")
        options = f"-k {place} -c listen_addresses=''"
        run("pg_ctl", "-D", str(data), "-w", "-o", options, "start", quiet=True)
        at = ("-h", place, "-U", "judge", "-d", "postgres")
        try:
            run("psql", *at, "-v", "ON_ERROR_STOP=1", "-c", SETUP)
            yield (
                lambda text: run("psql", *at, "-X", "-q", input=text, check=False),
                lambda: run("pg_dump", *at).stdout,
            )
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop", check=False)


@pytest.mark.long
def test_nothing_that_passes_changes_anything_in_postgresql(postgres, say):
    ask, dump = postgres
    before = _without_dates(dump())
    passing = [text for texts in CASES.values() for text in texts if SHAPE.fullmatch(text)]
    ask("SET statement_timeout = 2000;\n" + "".join(f"{text.rstrip(';')};\n" for text in passing))
    assert _without_dates(dump()) == before
    total = sum(map(len, CASES.values()))
    everyday = sum(bool(SHAPE.fullmatch(text)) for text in CASES["everyday"])
    say(f"{total} statements, {len(passing)} pass; {everyday} of {len(CASES['everyday'])} everyday")
    assert everyday >= 0.9 * len(CASES["everyday"])


@pytest.mark.long
def test_the_judge_notices_what_changes_something(postgres):
    ask, dump = postgres
    before = _without_dates(dump())
    ask("SELECT wipe();\n")
    assert _without_dates(dump()) != before


@pytest.mark.long
def test_everyday_statements_are_ones_that_postgresql_runs(postgres, say):
    ask, _ = postgres
    wrong = {text: ask(f"{text.rstrip(';')};\n").stderr for text in CASES["everyday"]}
    failed = {text: told for text, told in wrong.items() if "syntax error" in told}
    say(f"not PostgreSQL's syntax: {list(failed)}")
    assert len(failed) <= 3  # DESCRIBE and SHOW TABLES are other dialects


def _without_dates(text):
    return "\n".join(line for line in text.splitlines() if not line.startswith(("--", "\\")))


@pytest.mark.parametrize(
    "part", ["= ", "a ", "'a'", "((", "count (", "a.", "- 1 ", '"a"', "->", " ", "\n"]
)
def test_no_text_keeps_the_matcher_busy(part):
    began = time.process_time()
    SHAPE.fullmatch(f"SELECT {part * 2000}\\")
    assert time.process_time() - began < 2  # seconds; a few thousandths where nothing backtracks


@pytest.mark.parametrize("kind", sorted(SHAPES.carried))
@pytest.mark.parametrize("part", ["x", "\n", "a@", "=1+", " "])
def test_no_long_text_keeps_the_search_for_what_it_carries_busy(kind, part):
    found = re.compile(SHAPES.carried[kind].found)
    began = time.process_time()
    found.search(part * (60_000 // len(part)))
    assert time.process_time() - began < 1  # seconds; a tenth at most where nothing backtracks
