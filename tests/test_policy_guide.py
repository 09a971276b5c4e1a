"""The guide to policies names every field and every format, and what it shows can be done."""

import re
from pathlib import Path

from threatmodel.description.load import load_agent
from threatmodel.description.overrides import PolicyWishes
from threatmodel.policy.formats import FORMATS

GUIDE = (Path(__file__).parent.parent / "docs/policies.md").read_text(encoding="utf-8")


def test_the_section_that_it_shows_is_read_and_names_every_field(tmp_path):
    section = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)[1]
    file = tmp_path / "agent.yaml"
    file.write_text(f"name: a\nkind: mcp-server\ntools: unknown\n{section}", encoding="utf-8")
    wishes = load_agent(file).policy
    assert [name for name in PolicyWishes.__annotations__ if not getattr(wishes, name)] == []


def test_every_format_stands_in_it_with_its_file_and_no_engine_that_it_lacks():
    rows = dict(re.findall(r"^\| `([a-z][a-z-]+)` \| (.+) \|$", GUIDE, re.MULTILINE))
    assert rows.keys() == FORMATS.keys()
    for name, form in FORMATS.items():
        product, file, decided, tried, calls = rows[name].split(" | ")
        assert (product, file) == (form.title, f"`{form.file_name}`")
        assert decided.startswith("our own") == (not form.engine)
        assert tried == (form.tried or "nobody could")
        assert (calls == "-") == (not form.tried)
