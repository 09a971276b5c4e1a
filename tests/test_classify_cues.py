"""Which patterns are tried on a text is a matter of time alone: none that fits is left out."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threatmodel.classify.cues import WORD, Cues, words_of
from threatmodel.rules.class_compile import phrase_row, read_class_files
from threatmodel.rules.needs import beginning, needs_of

SHIPPED = sorted(
    {
        pattern
        for file in read_class_files()
        for cue in (*file.cues, *file.steering)
        for pattern in cue.patterns
    }
)


def rows(*patterns, near=()):
    """Give a cue as compiled rules hold it."""
    words = ["|".join(near)] if near else []
    told = [phrase_row(pattern) for pattern in patterns]
    return [{"id": "one", "says": "it says so", "patterns": told, "near": words}]


def first(cues, text):
    """Give the first match of the likely phrases, as a plain search over all would."""
    found = [p.search(text, 0) for phrases in cues.likely(text).values() for p in phrases]
    return min((match.start() for match in found if match), default=None)


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        (r"\bdeletes? it\b", [{" delete"}, {" it "}]),
        (r"\b(?:send|mail)s? (?:the )?letters\b", [{" mail", " send"}, {"letters "}]),
        (r"colou?r[sz]", [{"colo"}]),
        (r"\b(?:ab|x\w*)\b", []),
        (r"(?<!no )\bcost(?! of)\b", [{" cost "}]),
        (r"user's", [{"user "}]),
        (r"[a-z]+|\bword\b", []),
    ],
)
def test_what_a_pattern_needs_is_read_off_it(pattern, needs):
    assert list(map(set, needs_of(pattern))) == needs


@pytest.mark.parametrize("pattern", [r"(?P<name>a)", r"(?i)a", r"(a)\1", r"\x41"])
def test_signs_of_which_nothing_is_known_are_refused(pattern):
    with pytest.raises(ValueError, match="not read"):
        needs_of(pattern)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_phrase_that_fits_is_left_out(data):
    pattern = data.draw(st.sampled_from(SHIPPED))
    fitting = data.draw(st.from_regex(pattern)).lower()
    around = st.sampled_from(("", "it ", "we're ", "é", "_", "a-", "\n", "don't "))
    text = data.draw(around) + fitting + data.draw(around)
    match = re.search(pattern, text)
    assert first(Cues(rows(pattern)), text) == (match.start() if match else None)


@given(st.text(alphabet="ab'zé’ŝ1-_ \n\ud800", max_size=30) | st.text())
def test_the_words_of_a_text_are_those_that_the_pattern_finds(text):
    assert words_of(text.lower()) == set(WORD.findall(text.lower()))


def test_a_word_that_a_rule_asks_for_must_be_there_as_a_whole():
    cues = Cues(rows(r"\bsends\b", near=("letters", "user's")))
    assert first(cues, "it sends letters") is not None
    assert first(cues, "sends a user's mail") is not None
    assert first(cues, "sends newsletters to users") is None


def test_words_that_were_forgotten_are_read_again(monkeypatch):
    monkeypatch.setattr("threatmodel.classify.cues._MOST_KEPT", 3)
    cues = Cues(rows(r"\bsends (?:a|the) letter\b"))
    for text in ("it sends the letter now", "nobody knows of anything", "he sends a letter"):
        assert (first(cues, text) is not None) is ("letter" in text)


def test_only_an_edge_that_every_fitting_text_begins_with_is_taken_off():
    assert beginning(r"\bone (?:a|b)") == r"\b"
    assert not beginning(r"\bone|two")
    assert beginning("^one") == "^"
    assert not beginning("one")
