"""What is taken of a description without pydantic is what pydantic would have made of it."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatmodel.description.agent import Agent, Tool
from threatmodel.description.load import open_files
from threatmodel.description.members import PARTS
from threatmodel.description.model import checked
from threatmodel.description.overrides import Decision, GivenScores, Limit
from threatmodel.description.plain_values import DoubtError, taken
from threatmodel.description.sections import Autonomy, Credential, Model
from threatmodel.description.system import Flow, Store
from threatmodel.reading import read_data
from threatmodel.reading.positions import EMPTY, Tree

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "agents").glob("*.yaml"))
KINDS = (Agent, Tool, Autonomy, Credential, Model, GivenScores, Limit, Decision, Flow, Store)

WORDS = st.sampled_from(
    ("yes", "no", "unknown", "true", "vendor", "some", "none", "Read", "call", "accepted", "text",
     "2026-01-31", "2026-1-31", "2026-W05-6", "20260131", "0.5", "1e-1", ""),
)  # fmt: skip
TEXTS = st.text(max_size=6)
PLAIN = st.none() | st.booleans() | st.integers(-2, 20) | st.floats(-2, 20) | WORDS | TEXTS
INNER = st.sampled_from(("value", "by", "note", "proof", "name", "tool", "max", "base", "factors"))
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(INNER, inner, max_size=3),
    max_leaves=8,
)


HEAVY = {"pydantic", "pydantic_core", "networkx", "weasyprint", "rich", "mcp", "cvss"}
"""What takes long to import, and what none of these commands has a use for."""


def keys_of(kind):
    return st.sampled_from([*map(kind.key_of, kind.hints()), *kind.hints(), "nonsense"])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(st.data())
def test_what_is_taken_is_what_pydantic_makes_of_it(kind, data):
    value = data.draw(st.dictionaries(keys_of(kind), VALUES, max_size=4))
    value |= {"name": "n"} if "name" in kind.hints() and data.draw(st.booleans()) else {}
    try:
        found = taken(kind, value)
    except DoubtError:
        return
    assert repr(found) == repr(checked(kind, Tree(value, EMPTY)))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_examples_are_taken_without_a_doubt(file):
    opened = open_files(file, read_data(file))
    alone = {key: value for key, value in opened.value.items() if key not in PARTS}
    found = taken(Agent, alone)
    assert repr(found) == repr(checked(Agent, Tree(alone, EMPTY)))


def test_a_part_is_frozen_and_takes_no_unknown_field():
    tool = Tool(name="read_file", inputSchema={"type": "object"})
    assert tool == Tool(name="read_file", input_schema={"type": "object"})
    with pytest.raises(AttributeError, match="frozen"):
        tool.name = "write_file"
    with pytest.raises(ValueError, match="nonsense"):
        Tool(name="read_file", nonsense=1)
    with pytest.raises(ValueError, match="name"):
        Tool()


@pytest.mark.parametrize("command", ["score", "model", "tools", "validate", "report"])
def test_a_command_about_one_agent_imports_no_pydantic(command):
    form = ["--to", "html"] if command == "report" else []
    code = (
        "import sys; from threatmodel.cli import main;"
        f"main({[command, 'agents/confluent.yaml', *form]});"
        f"print(sorted({HEAVY} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")
