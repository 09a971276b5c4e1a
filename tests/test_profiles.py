"""Scoring profiles: what the data promises, and what a rule author is told about a fault."""

from decimal import Decimal
from typing import get_args

import pytest
import yaml
from pydantic import ValidationError

from threatmodel.errors import AivssError
from threatmodel.files import shipped
from threatmodel.rules.load import load_knowledge
from threatmodel.rules.scoring import ProfileRecord, profile_rows
from threatmodel.score.formula import FORMULAS
from threatmodel.score.profiles import profile_named

PUBLISHED = "owasp-0.8"


def record(name, **changes):
    data = yaml.safe_load(shipped(f"frameworks/profiles/{name}.yaml").read_bytes())
    return ProfileRecord.model_validate(data | changes)


def changed_factor(**changes):
    """The first factor of v0.8 changed, the others as they are."""
    first, *rest = record(PUBLISHED).model_dump()["factors"]
    return [first | changes, *rest]


class TestData:
    """The four profiles."""

    def test_the_default_comes_first(self, profiles):
        assert list(profiles) == ["agentic", "owasp-0.8", "owasp-0.8-amended", "owasp-0.5"]

    def test_agentic_says_what_it_is_and_claims_no_conformity(self, profiles):
        name, wording = profiles["agentic"].name, profiles["agentic"].wording
        for said in ("equation of AIVSS v0.8", "factor names of v0.5", "continuous levels"):
            assert said in wording
        assert "published agent directories" in wording
        assert "conform" not in f"{name} {wording}".lower()

    def test_agentic_has_the_factors_of_the_published_pages_in_their_order(self, profiles):
        assert [factor.name for factor in profiles["agentic"].factors] == [
            "Autonomy of Action",
            "Goal-Driven Planning",
            "Self-Modification",
            "Dynamic Tool Use",
            "Persistent Memory",
            "Contextual Awareness",
            "Dynamic Identity",
            "Multi-Agent Interactions",
            "Non-Determinism",
            "Opacity & Reflexivity",
        ]

    def test_the_amended_profile_differs_from_v0_8_in_its_formula_alone(self, profiles):
        published, amended = profiles[PUBLISHED], profiles["owasp-0.8-amended"]
        for part in ("factors", "values", "threat_multiplier", "mitigation_factor"):
            assert getattr(amended, part) == getattr(published, part)
        rows = load_knowledge().sections["profiles"]
        assert rows[amended.id]["bands"] == rows[published.id]["bands"]
        assert (published.formula, amended.formula) == ("v0_8", "v0_8_amended")

    def test_every_rubric_step_is_worded_and_on_the_scale(self, profiles):
        for profile in profiles.values():
            for factor in profile.factors:
                steps = [level.at for level in factor.levels]
                assert steps == [Decimal(0), Decimal("0.5"), Decimal(1)]
                assert set(profile.values) <= set(steps)
                assert factor.source.startswith("AIVSS v0.")

    def test_the_tables_hold_the_standards_numbers(self, profiles):
        maturity = ("attacked", "proof-of-concept", "unreported")
        tables = {id_: one.threat_multiplier for id_, one in profiles.items()}
        for id_, last in zip(profiles, ("0.50", "0.50", "0.50", "0.91"), strict=True):
            found = [tables[id_].value(name) for name in maturity]
            assert found == [Decimal("1.00"), Decimal("0.97"), Decimal(last)]
        mitigations = [row.value for row in profiles["agentic"].mitigation_factor.options]
        assert mitigations == [Decimal("1.00"), Decimal("0.83"), Decimal("0.67")]
        assert profiles["owasp-0.5"].mitigation_factor.options == ()

    def test_every_formula_is_used_and_every_named_one_exists(self, profiles):
        assert {profile.formula for profile in profiles.values()} == set(FORMULAS)
        assert set(get_args(ProfileRecord.model_fields["formula"].annotation)) == set(FORMULAS)


class TestFaults:
    """A profile that cannot be right is refused where it is written."""

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"factors": changed_factor(id="tools")}, "two factors have the same id"),
            ({"factors": changed_factor(key="TC")}, "two factors have the same key"),
            ({"factors": changed_factor(key="ea")}, "pattern"),
            ({"factors": changed_factor()[:9]}, "at least 10"),
            (
                {
                    "factors": changed_factor(
                        levels=[{"at": 0, "text": "a"}, {"at": 0.5, "text": "b"}]
                    )
                },
                "levels go up from 0 to 1",
            ),
            (
                {"threat_multiplier": {"default": "rare", "source": "x", "options": []}},
                "default is one of none",
            ),
            (
                {
                    "mitigation_factor": {
                        "default": "none",
                        "source": "x",
                        "options": [{"id": "none", "value": 1, "text": "x"}] * 2,
                    }
                },
                "an id stands twice",
            ),
            ({"formula": "v1_0"}, "v0_8_amended"),
        ],
    )
    def test_a_record_is_held_to_the_shape_of_the_standard(self, changes, says):
        with pytest.raises(ValidationError, match=says):
            record(PUBLISHED, **changes)

    @pytest.mark.parametrize(
        ("records", "says"),
        [
            ([record(PUBLISHED), record(PUBLISHED)], "same id or order"),
            ([record(PUBLISHED), record("owasp-0.5", order=2)], "same id or order"),
            ([record("agentic")], "extends owasp-0.8, which is not a profile of its own"),
            (
                [record(PUBLISHED), record("agentic"), record("owasp-0.5", extends="agentic")],
                "extends agentic, which is not",
            ),
            ([record(PUBLISHED, values=None, bands=None)], "owasp-0.8 lacks values, bands"),
        ],
    )
    def test_profiles_fit_together(self, records, says):
        with pytest.raises(AivssError, match=says):
            profile_rows(records)

    def test_an_unknown_name_is_answered_with_the_known_ones(self, profiles):
        with pytest.raises(AivssError, match=r"(?s)'owasp'.*agentic, owasp-0.8,"):
            profile_named(profiles, "owasp")
        with pytest.raises(AivssError, match=r"(?s)'rare'.*attacked, proof-of-concept"):
            profiles["agentic"].threat_multiplier.value("rare")
