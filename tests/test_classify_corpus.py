"""The classifier agrees with labels that people and vendors gave to real tools."""

import json

import pytest

from tests.support import scoreboard
from threatmodel.classify.classify import load_class_rules, read_tools

DANGEROUS = {"Destructive", "Financial"}


@pytest.fixture(scope="module")
def tools(corpus):
    return scoreboard.read_recordings(corpus)


@pytest.fixture(scope="module")
def labelled(corpus, tools):
    labels = json.loads((corpus / "tool_labels.json").read_text(encoding="utf-8"))["labels"]
    return scoreboard.compare(labels, tools)


@pytest.fixture(scope="module")
def sample(labelled):
    return [one for one in labelled if one.label["stratum"] == "random"]


@pytest.fixture
def say(record_property):
    return lambda text: record_property("said", text)


def test_classes_of_the_random_sample_agree(sample, say):
    strict = scoreboard.accuracy(sample)
    lenient = scoreboard.accuracy(sample, lenient=True)
    say(f"classes, {len(sample)} random tools: {strict:.4f} strict, {lenient:.4f} lenient")
    assert strict >= 0.92
    assert lenient >= 0.97


def test_no_destructive_or_financial_tool_is_taken_for_a_read(labelled):
    grave = [one for one in labelled if one.label["category"] in DANGEROUS]
    assert [one.name for one in grave if one.reading.tool_class == "Read"] == []


def test_flags_agree_over_all_strata(labelled, say):
    counts = scoreboard.flag_counts(labelled)
    precision, recall = scoreboard.precision_recall(counts.values())
    say(f"flags, {len(labelled)} tools: precision {precision:.3f}, recall {recall:.3f}")
    for flag, count in counts.items():
        say(f"flags, {flag}: right {count['tp']}, wrong {count['fp']}, missed {count['fn']}")
    assert precision >= 0.90
    assert recall >= 0.80


def test_reads_agree_with_the_vendors_own_switches(corpus, tools, say):
    labels = json.loads((corpus / "vendor_readonly.json").read_text(encoding="utf-8"))["tools"]
    pairs = scoreboard.compare(labels, tools)
    same = scoreboard.agreement(pairs)
    say(f"read or not, {len(pairs)} tools of vendors with a switch: {same:.4f}")
    assert len(pairs) == len(labels)
    assert same >= 0.985


def test_the_worked_example_has_its_published_classes(corpus):
    rows = json.loads((corpus / "confluent_tools.json").read_text(encoding="utf-8"))
    pairs = scoreboard.compare_rows(rows)
    known = [one for one in pairs if one.label["policylayer_category"]]
    assert known
    wrong = [o.name for o in known if o.reading.tool_class != o.label["policylayer_category"]]
    assert wrong == []
    (statement,) = [one for one in pairs if one.name == "create-flink-statement"]
    assert statement.reading.tool_class == "Execute"
    assert "destructiveHint" in statement.reading.contradictions[0]


def test_the_report_lists_every_disagreement(corpus):
    text = scoreboard.report(corpus)
    assert text.count("(right: ") > 50
    assert "destructive or financial tools classed Read: 0" in text


@pytest.mark.long
def test_every_recorded_tool_has_a_reading(tools):
    readings = read_tools(tuple(tools.values()), load_class_rules())
    assert len(readings) == len(tools) > 3596
    unsure = sum(one.confidence < 0.5 for one in readings) / len(readings)
    assert unsure < 0.05
    assert len({one.fingerprint for one in readings}) > 3500
