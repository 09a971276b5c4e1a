"""The AIVSS vector string: it goes round, and a fault in one says what belongs there."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.refused import fault
from threatmodel.errors import AivssError
from threatmodel.score.calculator import calculate, format_vector, parse_vector, recalculate, total
from threatmodel.score.cvss import BASE_METRICS, METRICS, CvssBase, read_base

MISUSE = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"
CONFLUENT = [Decimal(tenths) / 10 for tenths in (6, 4, 1, 8, 2, 5, 7, 3, 6, 5)]
VECTOR = (
    f"AIVSS:0.8/P:agentic/{MISUSE}"
    "/AA:0.6/GP:0.4/SM:0.1/TU:0.8/PM:0.2/CA:0.5/DI:0.7/MA:0.3/ND:0.6/OR:0.5/ThM:0.97/MF:1"
)
BARE = "AIVSS:0.8/P:agentic/CVSS-B:6.9/FS:4.7/ThM:0.97/MF:1"


def numbers(high, places):
    return st.decimals(0, high, places=places, allow_nan=False, allow_infinity=False)


cvss_vectors = st.tuples(*(st.sampled_from(values) for values in BASE_METRICS.values())).map(
    lambda values: "/".join(
        ["CVSS:4.0", *map(":".join, zip(BASE_METRICS, values, strict=True))],
    )
)
bases = st.one_of(
    numbers(10, 1).map(lambda base: CvssBase("", base)),
    cvss_vectors.map(read_base),
)
factor_parts = st.one_of(st.lists(numbers(1, 17), min_size=10, max_size=10), numbers(10, 17))


class TestRoundTrip:
    """A vector string carries all that a score needs."""

    @given(st.data(), bases, factor_parts, st.tuples(numbers("1.5", 4), numbers(1, 4)))
    def test_reading_what_was_written_gives_the_same_inputs_and_score(
        self, profiles, data, base, factors, multipliers
    ):
        profile = data.draw(st.sampled_from(sorted(profiles.values(), key=lambda one: one.id)))
        calculation = calculate(profile, base, factors, *multipliers)
        again = recalculate(parse_vector(calculation.vector, profiles))
        assert again.inputs == calculation.inputs
        assert again.result == calculation.result
        assert again.vector == calculation.vector
        assert again.to_json() == calculation.to_json()

    def test_the_canonical_form_is_short_and_plain(self, profiles):
        inputs = calculate(profiles["agentic"], read_base(MISUSE), CONFLUENT).inputs
        assert format_vector(inputs) == VECTOR
        bare = calculate(profiles["agentic"], read_base("6.9"), total(tuple(CONFLUENT))).inputs
        assert format_vector(bare) == BARE

    @pytest.mark.parametrize(
        ("loose", "canonical"),
        [
            ("CVSS-B:7", "CVSS-B:7.0"),
            ("FS:4.70", "FS:4.7"),
            ("FS:10.0", "FS:10"),
            ("FS:.5", "FS:0.5"),
            ("FS:-0", "FS:0"),
            ("ThM:1e-1", "ThM:0.1"),
            ("MF:0.50", "MF:0.5"),
        ],
    )
    def test_other_spellings_of_a_number_are_read_and_written_canonically(
        self, profiles, loose, canonical
    ):
        key = loose.partition(":")[0]
        parts = [loose if part.startswith(f"{key}:") else part for part in BARE.split("/")]
        written = format_vector(parse_vector("/".join(parts), profiles)).split("/")
        assert written[[part.partition(":")[0] for part in parts].index(key)] == canonical

    def test_profiles_use_keys_that_no_other_part_of_the_string_has(self, profiles):
        taken = {*METRICS, "AIVSS", "P", "CVSS", "CVSS-B", "FS", "ThM", "MF"}
        for profile in profiles.values():
            keys = {factor.key for factor in profile.factors}
            assert len(keys) == 10
            assert not keys & taken


class TestFaultsOfAivssVectors:
    """What is wrong, and what belongs there."""

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("AIVSS:0.8/", "", "'P:agentic' where AIVSS: belongs"),
            ("AIVSS:0.8", "AIVSS:0.5", "AIVSS:0.5 does not go with P:agentic"),
            ("agentic", "agentc", "no profile is called 'agentc'"),
            ("CVSS:4.0", "CVSS:3.1", "'CVSS:3.1' is not CVSS 4.0"),
            (MISUSE, "CVSS:6.9", "'CVSS:6.9' and no metrics"),
            ("UI:A", "UI:R", "UI cannot be 'R'"),
            ("/AT:N", "", "'PR:N' where AT: belongs"),
            ("SA:H", "SA:H/E:P", "'E:P' where AA: belongs"),
            ("AA:0.6/", "", "'GP:0.4' where AA: belongs"),
            ("AA:0.6", "AA:0.6/AA:0.6", "'AA:0.6' where GP: belongs"),
            ("AA:0.6/GP:0.4", "GP:0.4/AA:0.6", "'GP:0.4' where AA: belongs"),
            ("AA:0.6", "AA:1.1", "the factor AA cannot be 1.1"),
            ("AA:0.6", "AA:", "the factor AA is not a number: ''"),
            ("ThM:0.97", "ThM:1.51", "the threat multiplier cannot be 1.51"),
            ("MF:1", "MF:-0.5", "the mitigation factor cannot be -0.5"),
            ("/MF:1", "", "the end where MF: belongs"),
            ("MF:1", "MF:1/X:1", "goes on with 'X:1'"),
            ("MF:1", "MF:1/", "goes on with ''"),
            ("agentic", "\x1b[2Jagentic", r"'\x1b[2Jagentic'"),
        ],
    )
    def test_a_fault_is_named(self, profiles, old, new, says):
        assert old in VECTOR
        assert says in fault(parse_vector, VECTOR.replace(old, new, 1), profiles).message

    @given(st.text(max_size=60))
    def test_any_other_text_is_refused_not_crashed_on(self, profiles, text):
        fault(parse_vector, text, profiles)

    @given(st.integers(0, len(VECTOR) - 1), st.characters())
    def test_a_changed_character_is_refused_or_read_as_what_it_says(self, profiles, place, char):
        text = VECTOR[:place] + char + VECTOR[place + 1 :]
        try:
            inputs = parse_vector(text, profiles)
        except AivssError:
            fault(parse_vector, text, profiles)
        else:
            assert parse_vector(format_vector(inputs), profiles) == inputs

    def test_a_very_long_text_is_refused_before_it_is_read(self, profiles):
        assert "longer than" in fault(parse_vector, VECTOR + "/X:1" * 1000, profiles).message
