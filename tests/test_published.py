"""Published scores: the formula behind each, and rows that contradict themselves."""

import json
from collections import Counter

import pytest

from threatmodel.cli import main
from threatmodel.score.audit import audit, read_published

HEADER = "name,score,band,base,factor_sum,aars,thm,mf\n"


def audited(tmp_path, *rows, header=HEADER):
    file = tmp_path / "scores.csv"
    file.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return [audit(row) for row in read_published(file)]


@pytest.mark.parametrize(
    ("row", "formulas"),
    [
        ("a,9.9,Critical,9.4,9,,0.97,1", ("v0.8",)),  # 9.4 + 0.6 x 0.9 x 0.97 = 9.92
        ("a,5.0,Medium,6.5,1.8,,0.95,0.7", ("v0.8",)),  # (6.5 + 3.5 x 0.18 x 0.95) x 0.7 = 4.97
        ("a,6.9,Medium,6.5,1.8,,0.95,0.7", ("v0.8-amended",)),  # 6.5 + 0.5985 x 0.7 = 6.92
        ("a,8.0,High,9.4,7,,0.97,", ("v0.5",)),  # (9.4 + 7) / 2 x 0.97 = 7.95
        ("a,5.6,Medium,9.4,7,,0.97,0.7", ("v0.5-mitigated",)),  # 7.954 x 0.7 = 5.57
        ("a,9.2,Critical,9.2,5,,1,1", ("cvss",)),
        ("a,3.0,Low,9.2,5,,1,1", ()),
    ],
)
def test_the_formula_behind_a_score_is_found(tmp_path, row, formulas):
    (found,) = audited(tmp_path, row)
    assert found.formulas == formulas
    assert bool(found.faults) == (not formulas)


def test_a_score_that_follows_an_aars_which_its_factors_do_not_give_is_told(tmp_path):
    (found,) = audited(tmp_path, "a,8.7,High,9.4,7,8.5,0.97,")
    assert (found.formulas, found.stated) == ((), ("v0.5",))
    assert any("stated AARS 8.5" in fault for fault in found.faults)


def test_the_stated_aars_tells_two_formulas_apart_that_come_to_the_same_number(tmp_path):
    # both come to 7.5: (7 + 3 x 0.8) x 0.8 = 7.52, (7 + 8) / 2 = 7.5
    (uplift,) = audited(tmp_path, "a,7.5,High,7,8,2.4,1,0.8")
    (plain,) = audited(tmp_path, "a,7.5,High,7,8,8,1,0.8")
    assert (uplift.formulas, plain.formulas) == (("v0.8",), ("v0.5",))


def test_band_and_number_that_disagree_and_wrong_sums_are_told(tmp_path):
    header = "id,aivss,severity,cvss,sum,thm,mf," + ",".join(f"f{n}" for n in range(1, 11)) + "\n"
    factors = ",".join(["0.5"] * 10)
    (found,) = audited(tmp_path, f"a,9.0,High,8.0,6,1,1,{factors}", header=header)
    assert found.faults[-1] == "9.0 is Critical, not High"
    assert any("add up to 5.0, not to the stated 6" in fault for fault in found.faults)


def test_a_score_that_is_its_own_base_is_not_said_to_be_below_it(tmp_path):
    (found,) = audited(tmp_path, "a,9.2,Critical,9.2,5,,1,1")
    assert (found.notes, found.faults) == ((), ())


def test_a_score_below_its_own_base_is_a_note_and_no_fault(tmp_path, capsys):
    (found,) = audited(tmp_path, "a,5.0,Medium,6.5,1.8,,0.95,0.7")
    assert not found.faults
    assert found.notes == ("the score 5.0 is below its own CVSS base 6.5",)
    assert main(["verify", "--published", str(tmp_path / "scores.csv")]) == 0
    assert "1 score: 0 with a contradiction, 1 below the CVSS base" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", HEADER + "a,9.9,High,9.4,1,,1,1\nb,abc,High,9.4,1,,1,1\n", "a.csv:3:1: score is"),
        ("a.csv", HEADER + "a,9.9,High,94,1,,1,1\n", "a.csv:2:1: base is '94'"),
        ("a.csv", HEADER + "a,NaN,High,9,1,,1,1\n", "a.csv:2:1: score is 'NaN'"),
        ("a.csv", "what,ever\n1,2\n", "no row has a score and a CVSS base"),
        ("a.csv", "", "no row has a score and a CVSS base"),
        ("a.json", '[{"score": 1, "base": 2}, 3]', "a.json:1:27: this is no object"),
        ("a.json", '{"score": 1}', "found no list of scores"),
        ("a.json", '[{"score": [1], "base": 2}]', "a.json:1:2: score is"),
        ("a.json", '[{"score": 1, "base": 2, "factors": [0.1, "x"]}]', "factor is 'x'"),
    ],
)
def test_a_faulty_file_is_told_with_its_place(tmp_path, capsys, name, text, told):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert main(["verify", "--published", str(file)]) == 2
    assert told in capsys.readouterr().err


def test_names_of_strangers_are_shown_harmless(tmp_path, capsys):
    file = tmp_path / "a.json"
    file.write_text(json.dumps([{"name": "\x1b[31m\u202e<b>", "score": 1, "base": 1}]))
    main(["verify", "--published", str(file)])
    assert not set("\x1b\u202e") & set(capsys.readouterr().out)


def test_published_directories_and_examples_are_told_right(corpus, tmp_path):
    published = [audit(row) for row in read_published(corpus / "published_agents.json")]
    assert Counter(one.formulas for one in published) == {("v0.8",): 42}
    examples = json.loads((corpus / "aivss_examples.json").read_text(encoding="utf-8"))
    told = [one for one in examples if one["factors"] and one["thm"] is not None]
    file = tmp_path / "examples.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    wanted = {"v0.5": {"v0.5"}, "v0.8": {"v0.8"}, "AVE": {"v0.5", "v0.5-mitigated"}}
    for example, one in zip(told, map(audit, read_published(file)), strict=True):
        label = example["formula_version"].split(" ")[0]
        assert set(one.formulas or one.stated) <= wanted[label], example["id"]
        assert one.formulas or one.stated
