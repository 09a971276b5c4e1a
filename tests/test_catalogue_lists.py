"""Writing only the pages of a list that a change touches gives what writing all of them gives."""

from dataclasses import fields, replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatmodel.catalogue import lists
from threatmodel.catalogue.entry import (
    LayerSummary,
    ThreatSummary,
    ToolSummary,
    code_of,
    is_late,
    is_stale,
    mark_of,
    pack_layers,
    pack_tools,
)
from threatmodel.catalogue.entry_build import stale_day
from threatmodel.catalogue.index import rank
from threatmodel.catalogue.job import Choices
from threatmodel.catalogue.lists import Listing, Rows, list_pages, pages_around

members = st.dictionaries(st.integers(0, 30), st.integers(0, 5), max_size=25)
marks = st.builds(
    ThreatSummary,
    st.just("TH-L1-01"),
    st.sampled_from(["open", "reduced"]),
    st.sampled_from(["critical", "high", "medium", "low", ""]),
    st.integers(0, 100).map(lambda tenths: tenths / 10),
)


@pytest.fixture(scope="module", autouse=True)
def small_pages():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lists, "PER_PAGE", 3)
        yield


@given(members, members)
def test_pages_of_a_change_laid_over_the_old_ones_are_the_new_ones(old, new):
    pages = dict(pages_of(old, None))
    changed = {one for one in old.keys() | new.keys() if old.get(one) != new.get(one)}
    moved = (
        [(value, one) for one, value in old.items() if one in changed],
        [(value, one) for one, value in new.items() if one in changed],
    )
    for name, text in pages_of(new, moved):
        if text is None:
            pages.pop(name)
        else:
            pages[name] = text
    assert pages == dict(pages_of(new, None))


@given(members)
def test_a_change_that_no_row_shows_writes_no_page(old):
    same = [(value, one) for one, value in old.items()]
    assert list(pages_of(old, (same[:3], same[:3]))) == []


@given(marks, marks)
def test_codes_of_threats_sort_as_a_reader_expects_and_read_back(one, other):
    assert mark_of(code_of(one), one.id) == one
    order = ["open", "reduced"], ["critical", "high", "medium", "low", ""]

    def rank(mark):
        return (order[0].index(mark.state), order[1].index(mark.severity), -mark.score)

    assert (code_of(one) < code_of(other)) == (rank(one) < rank(other))


def test_what_waits_for_an_answer_comes_last():
    waiting = ThreatSummary("TH-L1-01", "to answer", "", None)
    assert mark_of(code_of(waiting), waiting.id) == waiting
    assert code_of(waiting) > code_of(ThreatSummary("TH-L1-01", "reduced", "low", 0.0))


def test_entries_keep_layers_and_tools_whole():
    from threatmodel.catalogue.entry import Entry, layers_of, tools_of  # noqa: PLC0415

    layers = [LayerSummary("L1", 3, "high", certain=True), LayerSummary("XL", 0, "", certain=False)]
    tools = [
        ToolSummary("read_it", "read-it", "Read", "1", "UP", "read record", "0123"),
        ToolSummary("ü;|,", "agent-1", "Write", "", "", "", "4567"),
    ]
    empty = Entry._make([""] * len(Entry._fields))
    packed = empty._replace(layers=pack_layers(layers), tools=pack_tools(tools))
    assert layers_of(packed) == layers
    assert tools_of(packed) == tools
    assert tools_of(empty) == []


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_pager_links_the_ends_and_the_neighbours(one, other):
    number, total = sorted((one, other))
    found = [page for page, _ in pages_around(number, total)]
    assert found[0] == 1
    assert found[-1] == total
    assert number in found
    assert [page for page in found if page] == sorted({page for page in found if page})


def pages_of(values, moved):
    rows = Rows(
        sorted((value, one) for one, value in values.items()),
        lambda one: f"<tr><td>{one[1]}: {one[0]}</td></tr>",
        lambda one: one,
        moved,
    )
    listing = Listing("bands/high", "agents", "High", (("Agent", ""),), rows)
    return list_pages(listing, Choices())


def test_a_list_begins_with_the_highest_score_and_ends_with_what_has_none():
    """Among equals the name decides, whatever its letter case."""
    given_ = [("b", 3.0), ("a", None), ("C", 9.1), ("d", 3.0), ("A2", None), ("e", 0.0)]
    entries = [SimpleNamespace(score=score, name=name, id=name) for name, score in given_]
    assert [one.name for one in sorted(entries, key=rank)] == ["C", "b", "d", "e", "a", "A2"]


def test_every_choice_but_the_day_makes_the_pages_of_a_site_anew():
    plain = Choices()
    for field in fields(Choices):
        value = getattr(plain, field.name)
        other = (*value, "pdf") if isinstance(value, tuple) else value * 2 or "x"
        changed = replace(plain, **{field.name: other})
        assert (changed.digest == plain.digest) is (field.name == "day"), field.name


@pytest.mark.parametrize(
    ("day", "stale"), [("2026-03-31", False), ("2026-04-01", True), ("", False)]
)
def test_an_assessment_is_stale_from_its_day_on(day, stale):
    entry = SimpleNamespace(stale_on=stale_day("2026-01-01", 90))
    assert is_stale(entry, day) is stale


@pytest.mark.parametrize(
    ("state", "day", "late"),
    [
        *(("open", "2026-12-01", False), ("open", "2026-12-02", True), ("open", "", False)),
        ("accepted", "2026-12-02", False),
    ],
)
def test_a_reply_is_late_once_its_last_day_is_past_and_nobody_decided(state, day, late):
    assert is_late(state, "2026-12-01", day) is late
    assert not is_late(state, "", day)
