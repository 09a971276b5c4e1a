"""The bare calculator: defaults, ranges, warnings, and the JSON that others script against."""

from decimal import Decimal

import pytest

from tests.support.refused import fault
from threatmodel.score.calculator import calculate
from threatmodel.score.cvss import read_base

MISUSE = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"
CONFLUENT = [Decimal(tenths) / 10 for tenths in (6, 4, 1, 8, 2, 5, 7, 3, 6, 5)]


class TestCalculator:
    """`calculate`: defaults, ranges and warnings."""

    def test_what_is_left_out_takes_the_standards_default(self, profiles):
        for profile in profiles.values():
            inputs = calculate(profile, read_base("6.9"), Decimal(5)).inputs
            assert inputs.threat_multiplier == Decimal("0.97")
            assert inputs.mitigation_factor == Decimal(1)

    def test_values_on_the_tables_raise_no_warning(self, profiles):
        for profile in profiles.values():
            levels = [profile.factors[0].levels[place % 3].at for place in range(10)]
            for threat in profile.threat_multiplier.options:
                for factors in (levels, Decimal("4.5")):
                    quiet = calculate(profile, read_base(MISUSE), factors, threat.value)
                    assert quiet.warnings == ()

    def test_each_value_off_the_standard_is_warned_of(self, profiles):
        why = (
            "AIVSS starts from the base score and counts exploit maturity in its threat multiplier"
        )
        off = calculate(
            profiles["owasp-0.8"],
            read_base(MISUSE + "/E:A"),
            [Decimal("0.3"), *[Decimal(1)] * 9],
            Decimal("1.5"),
            Decimal("0.999"),
        )
        assert off.warnings == (
            f"E:A left out of the CVSS vector: {why}",
            "autonomy 0.3 is not a level of OWASP AIVSS v0.8 (0, 0.5, 1)",
            "the threat multiplier 1.5 is not in the standard's table (1.00, 0.97, 0.50)",
            "the mitigation factor 0.999 is not in the standard's table (1.00, 0.83, 0.67)",
            "the formula gives 10.226763, held at 10",
        )

    def test_a_sum_that_no_levels_add_up_to_is_warned_of(self, profiles):
        odd = calculate(profiles["owasp-0.8"], read_base("6.9"), Decimal("4.7"))
        assert odd.warnings == ("no ten factors at 0, 0.5, 1 have the sum 4.7",)
        assert calculate(profiles["agentic"], read_base("6.9"), Decimal("4.7")).warnings == ()

    def test_v0_5_does_not_use_a_mitigation_factor_and_says_so(self, profiles):
        args = (profiles["owasp-0.5"], read_base("6.9"), Decimal(5), None)
        mitigated = calculate(*args, Decimal("0.5"))
        assert mitigated.result == calculate(*args).result
        assert mitigated.warnings == (
            "the mitigation factor 0.5 is not used: this edition has none",
        )

    @pytest.mark.parametrize(
        ("factors", "threat", "mitigation", "says"),
        [
            (Decimal("10.1"), None, None, "the factor sum cannot be 10.1"),
            (Decimal("NaN"), None, None, "the factor sum cannot be NaN"),
            (Decimal("0." + "1" * 31), None, None, "more than 30 decimals"),
            ([Decimal(1)] * 9, None, None, "has 10 factors, 9 are given"),
            ([*[Decimal(1)] * 9, Decimal(2)], None, None, "the factor opacity_reflexivity cannot"),
            (Decimal(5), Decimal("-0.1"), None, "the threat multiplier cannot be -0.1"),
            (Decimal(5), None, Decimal("Infinity"), "the mitigation factor cannot be Infinity"),
        ],
    )
    def test_what_is_out_of_range_is_refused(self, profiles, factors, threat, mitigation, says):
        args = (profiles["agentic"], read_base("6.9"), factors, threat, mitigation)
        assert says in fault(calculate, *args).message

    def test_the_json_has_the_fields_of_the_contract_as_numbers(self, profiles):
        low = calculate(
            profiles["agentic"], read_base("7.5"), CONFLUENT, Decimal(1), Decimal("0.67")
        )
        found = low.to_json()
        factors = found.pop("factors")
        assert [factor["value"] for factor in factors] == [float(value) for value in CONFLUENT]
        assert factors[0] == {
            "id": "autonomy_of_action",
            "name": "Autonomy of Action",
            "value": 0.6,
        }
        assert found == {
            "value": 5.8,
            "severity": "Medium",
            "profile": "agentic",
            "vector": low.vector,
            "cvss": {"vector": "", "base": 7.5, "basis": "given"},
            "factor_sum": 4.7,
            "aars": 1.175,
            "threat_multiplier": 1.0,
            "mitigation_factor": 0.67,
            "amended": 8.3,
            "warnings": [],
        }

    def test_only_the_sum_known_leaves_the_factors_empty(self, profiles):
        found = calculate(profiles["agentic"], read_base("7.5"), Decimal("4.7")).to_json()
        assert (found["factors"], found["factor_sum"], found["amended"]) == ([], 4.7, None)
