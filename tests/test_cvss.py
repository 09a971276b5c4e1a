"""CVSS 4.0 as AIVSS takes it: base metrics alone, strictly to FIRST's grammar."""

import subprocess
import sys
from decimal import Decimal

import pytest
from cvss import CVSS4, constants4
from hypothesis import given
from hypothesis import strategies as st

from tests.support.refused import fault
from threatmodel.score.cvss import BASE_METRICS, METRICS, CvssBase, base_of, read_base

MISUSE = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"

cvss_vectors = st.tuples(*(st.sampled_from(values) for values in BASE_METRICS.values())).map(
    lambda values: "/".join(["CVSS:4.0", *map(":".join, zip(BASE_METRICS, values, strict=True))])
)


class TestCvssVectors:
    """FIRST CVSS v4.0, section 7: known metrics, each once, in order, all eleven base ones."""

    @pytest.mark.parametrize(
        ("text", "says", "helps"),
        [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AIVSS demands", "score it again"),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AIVSS demands", "score it again"),
            ("AV:N/AC:L/AT:N", "does not begin", "CVSS:4.0/"),
            (MISUSE.replace("AV:N/AC:L", "AC:L/AV:N"), "AV stands after AC", "fixes the order"),
            (MISUSE.replace("AC:L", "AC:L/AC:H"), "AC stands twice", "keep the one"),
            (MISUSE.replace("AC:L", "AC:L/XX:N"), "no metric 'XX'", "base metrics are"),
            (MISUSE.replace("AC:L", "AC:M"), "AC cannot be 'M'", "AC:L, AC:H"),
            (MISUSE.replace("SI:H", "SI:S"), "SI cannot be 'S'", "SI:H, SI:L, SI:N"),
            (MISUSE.replace("/SA:H", ""), "lacks SA", "all eleven"),
            (MISUSE.replace("/AC:L", "").replace("/SA:H", ""), "lacks AC, SA", "all eleven"),
            (MISUSE + "/E:P/SA:H", "SA stands twice", "keep the one"),
            (MISUSE + "/CR:H/E:P", "E stands after CR", "fixes the order"),
            (MISUSE + "/", "no metric ''", "base metrics are"),
            ("11", "cannot be 11", "0 to 10"),
            ("7.25", "7.25 has more", "give the vector"),
            ("high", "not a number: 'high'", "0 to 10"),
            ("\N{FULLWIDTH DIGIT ONE}", "not a number", "0 to 10"),
            ("1_0", "not a number", "0 to 10"),
        ],
    )
    def test_a_fault_is_named_with_a_hint(self, text, says, helps):
        error = fault(read_base, text)
        assert says in error.message
        assert helps in error.hint

    @given(cvss_vectors)
    def test_only_base_metrics_count_and_the_rest_is_named(self, vector):
        more = "E:U/CR:L/MAV:P/MSI:S/S:P/U:Clear"
        full = read_base(f"{vector}/{more}")
        assert full == CvssBase(vector, base_of(vector), tuple(more.split("/")))
        assert base_of(f"{vector}/{more}") == base_of(vector)

    @given(cvss_vectors)
    def test_the_base_score_is_that_of_the_cvss_package(self, vector):
        assert str(base_of(vector)) == str(CVSS4(vector).base_score)

    def test_a_stated_base_has_to_be_the_vectors(self):
        assert read_base(MISUSE, Decimal("9.40")).base == Decimal("9.4")
        assert read_base("9.4", Decimal("9.4")).vector == ""
        error = fault(read_base, MISUSE, Decimal("7.5"))
        assert error.message == "the CVSS base is stated as 7.5, but its vector scores 9.4"

    def test_the_metrics_are_those_of_the_cvss_package(self):
        assert list(METRICS) == constants4.METRICS
        for metric, values in METRICS.items():
            assert sorted(values) == sorted(constants4.METRICS_VALUE_NAMES[metric])

    def test_a_base_score_loads_neither_the_cvss_package_nor_pydantic(self):
        code = (
            "import sys, threatmodel.score.calculator; from threatmodel.score.cvss import *;"
            "read_base('6.9'), base_of(sys.argv[1]);"
            "print(sorted({'cvss', 'pydantic'} & set(sys.modules)))"
        )
        run = subprocess.run([sys.executable, "-c", code, MISUSE], capture_output=True, check=True)
        assert run.stdout.strip() == b"[]"
