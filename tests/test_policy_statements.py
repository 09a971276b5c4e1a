"""A guard that lets reading statements pass lets nothing pass that changes anything."""

import re
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from threatmodel.policy.formats.statements import read_statement
from threatmodel.policy.rules import policy_rules
from threatmodel.rules.load import load_knowledge

CASES = yaml.safe_load((Path(__file__).parent / "policy" / "statements.yaml").read_bytes())
SHAPES = policy_rules(load_knowledge()).shapes
SHAPE = re.compile(read_statement(("SELECT", "SHOW", "DESCRIBE"), SHAPES)[1:-1])


@pytest.mark.parametrize("text", CASES["everyday"])
def test_everyday_reading_passes(text):
    assert SHAPE.fullmatch(text)


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


@pytest.mark.parametrize("part", ["= ", "a ", "'a'", "((", "count (", "a.", "- 1 ", '"a"', "->"])
def test_no_text_keeps_the_matcher_busy(part):
    began = time.process_time()
    SHAPE.fullmatch(f"SELECT {part * 2000}\\")
    assert time.process_time() - began < 2  # seconds; a few thousandths where nothing backtracks
