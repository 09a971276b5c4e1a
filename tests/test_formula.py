"""The formulas: exact, in range, monotone, and rounded half up."""

from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatmodel.rules.load import load_knowledge
from threatmodel.score.calculator import calculate
from threatmodel.score.cvss import CvssBase
from threatmodel.score.formula import BANDS, FORMULAS, severity, v0_5, v0_8, v0_8_amended


def numbers(high, places=3):
    return st.decimals(0, high, places=places, allow_nan=False, allow_infinity=False)


bases = numbers(10, places=1)
sums = numbers(10)
threats = numbers("1.5")
mitigations = numbers(1)
multipliers = st.tuples(threats, mitigations)
formulas = pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)


def pairs_of(strategy):
    """Two values, the lower one first."""
    return st.tuples(strategy, strategy).map(sorted)


def half_up(exact: Fraction) -> Fraction:
    """Round half up to one decimal, in integers."""
    held = max(Fraction(0), min(Fraction(10), exact))
    return Fraction((held * 20 + 1) // 2, 10)


def oracle_v0_8(cvss, factor_sum, threat, mitigation):
    uplift = (10 - cvss) * factor_sum / 10 * threat
    return half_up((cvss + uplift) * mitigation)


def oracle_amended(cvss, factor_sum, threat, mitigation):
    return max(cvss, half_up(cvss + (10 - cvss) * factor_sum / 10 * threat * mitigation))


def oracle_v0_5(cvss, factor_sum, threat, _mitigation):
    return half_up((cvss + factor_sum) / 2 * threat)


ORACLES = {v0_8: oracle_v0_8, v0_8_amended: oracle_amended, v0_5: oracle_v0_5}


class TestExactness:
    """A result is what rational arithmetic gives, for any number of decimals."""

    @formulas
    @given(numbers(10, 1), numbers(10, places=30), numbers("1.5", places=30), numbers(1, places=30))
    def test_the_score_equals_rational_arithmetic(self, formula, cvss, total, threat, mitigation):
        inputs = (cvss, total, threat, mitigation)
        assert Fraction(formula(*inputs).value) == ORACLES[formula](*map(Fraction, inputs))

    @formulas
    def test_the_callers_decimal_context_changes_nothing(self, formula):
        inputs = [Decimal(text) for text in ("7.5", "4.125", "1.05", "0.8512345678901234")]
        calm = formula(*inputs)
        with localcontext(prec=3, rounding=ROUND_DOWN):
            assert formula(*inputs) == calm
            assert formula(*inputs).terms == calm.terms

    def test_every_legal_input_of_v0_8_is_exact_where_binary_rounding_is_not(self, say):
        """The 19,089 points of the standard's grid; `round(x, 1)` on floats misses 178 of them."""
        grid = list(
            product(
                (Decimal(tenths) / 10 for tenths in range(101)),
                (Decimal(halves) / 2 for halves in range(21)),
                (Decimal("1.00"), Decimal("0.97"), Decimal("0.50")),
                (Decimal("1.00"), Decimal("0.83"), Decimal("0.67")),
            )
        )
        below = binary = 0
        for inputs in grid:
            result = v0_8(*inputs)
            assert Fraction(result.value) == oracle_v0_8(*map(Fraction, inputs))
            cvss, total, threat, mitigation = map(float, inputs)
            binary_raw = (cvss + (10 - cvss) * (total / 10) * threat) * mitigation
            binary += Decimal(str(round(binary_raw, 1))) != result.value
            below += result.amended is not None
        say(f"{len(grid)} inputs exact; binary rounding misses {binary}; {below} below their base")
        assert (len(grid), binary, below) == (19089, 178, 6382)


class TestRounding:
    """v0.8, section 3.5.1: half up, to one decimal."""

    @pytest.mark.parametrize(("raw", "rounded"), [("8.64", "8.6"), ("8.65", "8.7")])
    def test_the_standards_own_examples(self, raw, rounded):
        assert v0_8(Decimal(raw), Decimal(0), Decimal(1), Decimal(1)).value == Decimal(rounded)

    @formulas
    @given(bases, sums, threats, mitigations)
    def test_a_score_has_one_decimal_and_lies_within_0_and_10(
        self, formula, cvss, total, threat, mitigation
    ):
        result = formula(cvss, total, threat, mitigation)
        assert Decimal(0) <= result.value <= Decimal(10)
        assert result.value.as_tuple().exponent == -1


class TestMonotony:
    """Nothing that makes an agent worse lowers its score."""

    @formulas
    @given(pairs_of(sums), bases, multipliers)
    def test_more_of_a_factor_never_lowers_the_score(self, formula, pair, cvss, rest):
        less, more = (formula(cvss, total, *rest).value for total in pair)
        assert less <= more

    @formulas
    @given(pairs_of(threats), st.tuples(bases, sums), mitigations)
    def test_a_greater_threat_never_lowers_the_score(self, formula, pair, rest, mitigation):
        less, more = (formula(*rest, threat, mitigation).value for threat in pair)
        assert less <= more

    @formulas
    @given(pairs_of(mitigations), st.tuples(bases, sums, threats))
    def test_better_mitigation_never_raises_the_score(self, formula, pair, rest):
        better, worse = (formula(*rest, mitigation).value for mitigation in pair)
        assert better <= worse

    @formulas
    @given(pairs_of(bases), st.tuples(sums, numbers(1), mitigations))
    def test_a_higher_base_never_lowers_the_score(self, formula, pair, rest):
        """Up to threat 1, the standard's highest; above, the gap can close faster than it fills."""
        less, more = (formula(cvss, *rest).value for cvss in pair)
        assert less <= more

    def test_above_threat_1_a_higher_base_can_lower_the_score(self):
        """Why the law above stops at 1: the uplift then takes an agent past 10."""
        rest = [Decimal(10), Decimal("1.5"), Decimal("0.5")]
        scores = [v0_8(Decimal(cvss), *rest).value for cvss in (0, 5, 10)]
        assert scores == [Decimal("7.5"), Decimal("6.3"), Decimal("5.0")]

    @given(st.lists(numbers(1, 2), min_size=10, max_size=10), st.randoms(use_true_random=False))
    def test_the_order_of_the_factors_changes_no_score(self, profiles, factors, random):
        shuffled = random.sample(factors, k=10)
        base = CvssBase("", Decimal("6.9"))
        for profile in profiles.values():
            ours = calculate(profile, base, factors).result
            assert calculate(profile, base, shuffled).result == ours
            assert calculate(profile, base, sum(factors)).result == ours


class TestAmendment:
    """Mitigation scales the uplift alone."""

    @given(bases, sums, threats, mitigations)
    def test_an_amended_score_is_never_below_its_base(self, cvss, total, threat, mitigation):
        assert v0_8_amended(cvss, total, threat, mitigation).value >= cvss

    @given(bases, sums, threats)
    def test_without_mitigation_it_is_v0_8(self, cvss, total, threat):
        one = Decimal(1)
        assert v0_8_amended(cvss, total, threat, one).value == v0_8(cvss, total, threat, one).value

    @given(bases, sums, threats, mitigations)
    def test_it_stands_beside_a_v0_8_score_that_is_below_its_base_and_no_other(
        self, cvss, total, threat, mitigation
    ):
        result = v0_8(cvss, total, threat, mitigation)
        amended = v0_8_amended(cvss, total, threat, mitigation).value
        assert result.amended == (amended if result.value < cvss else None)

    @given(bases, sums, threats, mitigations)
    def test_beside_a_v0_5_score_below_its_base_it_ignores_mitigation_as_v0_5_does(
        self, cvss, total, threat, mitigation
    ):
        result = v0_5(cvss, total, threat, mitigation)
        amended = v0_8_amended(cvss, total, threat, Decimal(1)).value
        assert result.amended == (amended if result.value < cvss else None)


class TestWaterfall:
    """The terms are the formula, one bar each."""

    @formulas
    @given(bases, sums, threats, mitigations)
    def test_the_terms_add_up_to_the_score_exactly(self, formula, cvss, total, threat, mitigation):
        result = formula(cvss, total, threat, mitigation)
        assert sum(Fraction(term.points) for term in result.terms) == Fraction(result.value)
        assert result.terms[-1].total == result.value or result.raw == result.value
        for before, term in pairwise(result.terms):
            assert Fraction(before.total) + Fraction(term.points) == Fraction(term.total)

    @formulas
    @given(bases, sums, threats, mitigations)
    def test_the_ten_factors_share_their_bar_by_weight(
        self, formula, cvss, total, threat, mitigation
    ):
        result = formula(cvss, total, threat, mitigation)
        bar = next(term for term in result.terms if term.label.startswith("Agentic factors"))
        whole = Fraction(5) if formula is v0_5 else 10 - Fraction(cvss)
        assert Fraction(bar.points) == whole * Fraction(total) / 10

    def test_it_reads_like_the_equation(self):
        result = v0_8(*(Decimal(text) for text in ("7.5", "4.1", "1.05", "0.85")))
        assert [(term.label, term.points) for term in result.terms] == [
            ("CVSS base", Decimal("7.5")),
            ("Agentic factors", Decimal("1.025")),
            ("Threat multiplier", Decimal("0.05125")),
            ("Mitigation factor", Decimal("-1.2864375")),
            ("Rounding to one decimal", Decimal("0.0101875")),
        ]
        assert (result.value, result.aars) == (Decimal("7.3"), Decimal("1.07625"))

    def test_a_score_above_the_scale_shows_the_limit(self):
        result = v0_8(*(Decimal(text) for text in ("8.5", "10", "1.1", "1")))
        assert result.terms[-1].label == "Limit of 10"
        assert (result.raw, result.value) == (Decimal("10.15"), Decimal(10))


class TestBands:
    """v0.8, section 3.5.2, on the rounded score."""

    def test_every_tenth_has_the_band_that_the_profiles_print(self):
        for profile in load_knowledge().sections["profiles"].values():
            bands = [
                (row["name"], Decimal(row["low"]), Decimal(row["high"])) for row in profile["bands"]
            ]
            assert [(name, low) for name, low, _ in bands] == list(BANDS)
            for tenths in range(101):
                score = Decimal(tenths) / 10
                printed = [name for name, low, high in bands if low <= score <= high]
                assert printed == [severity(score)]

    def test_the_band_is_that_of_the_rounded_score(self):
        result = v0_8(*(Decimal(text) for text in ("8.98", "0", "1", "1")))
        assert (result.raw < 9, result.value, result.severity) == (True, Decimal("9.0"), "Critical")
