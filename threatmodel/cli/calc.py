"""`aivss calc`: the bare calculator."""

from decimal import Decimal

import click

from threatmodel.assessment import profiles_of
from threatmodel.cli.app import FORMAT, POINTS, show, write_json
from threatmodel.cli.style import band, dim, wrapped
from threatmodel.errors import AivssError
from threatmodel.outputs.documents import schema_id
from threatmodel.rules.load import load_knowledge
from threatmodel.score.calculator import Calculation, calculate, parse_vector, recalculate
from threatmodel.score.cvss import read_base
from threatmodel.score.formula import (
    FACTOR_SUM,
    MITIGATION_FACTOR,
    THREAT_MULTIPLIER,
    one_factor,
    plain_number,
)
from threatmodel.score.profiles import Profile, profile_named

# A calculation as text.


def _calculation_text(found: Calculation) -> str:
    """Lay out a calculation: score, formula, what each term adds, warnings."""
    result, profile = found.result, found.inputs.profile
    lines = [band(result.severity, f"AIVSS {result.value} {result.severity}")]
    lines[0] += f"   profile {profile.id}"
    lines += [profile.equation]
    lines += [f"  {term.label:<28}{term.points:>+9.4f}{term.total:>9.4f}" for term in result.terms]
    lines += [
        f"factor sum {plain_number(result.factor_sum)}   AARS {plain_number(round(result.aars, 4))}"
    ]
    if result.amended is not None:
        lines += [f"below its own CVSS base; amended v0.8 gives {result.amended}"]
    lines += [wrapped(f"note: {warning}", 6).strip() for warning in found.warnings]
    lines += [dim(found.vector)]
    return "\n".join(lines) + "\n"


@click.command("calc")
@click.option("--vector", help="An AIVSS vector string, as every report prints it.")
@click.option("--cvss", metavar="VECTOR|BASE", help="CVSS 4.0 vector, or its base score.")
@click.option("--factors", metavar="A,B,...", help="Ten factors, 0 to 1, in the profile's order.")
@click.option("--factor-sum", metavar="N", help="Their sum, 0 to 10, instead.")
@click.option("--threat-multiplier", metavar="N", help="0 to 1.5; the profile's default else.")
@click.option("--mitigation-factor", metavar="N", help="0 to 1; the profile's default else.")
@click.option("--profile", default="agentic", show_default=True, help="Profile id, or `all`.")
@click.option("--fail-over", type=POINTS, metavar="N", help="Exit 1 when the score is over N.")
@FORMAT
def calc_command(fail_over: float | None, form: str, **given: str | None) -> int:
    r"""The bare calculator: numbers in, score out.

    \b
    aivss calc --cvss 6.9 --factor-sum 4.7
    aivss calc --vector AIVSS:0.8/P:agentic/CVSS-B:6.9/FS:4.7/ThM:0.97/MF:1
    """
    found = _calculations(given)
    if form == "json":
        rows = [{"schema": schema_id("calc"), "score": one.to_json()} for one in found]
        write_json(rows[0] if len(rows) == 1 else rows)
    else:
        show("\n".join(_calculation_text(one) for one in found))
    return int(fail_over is not None and any(float(c.result.value) > fail_over for c in found))


def _calculations(given: dict[str, str | None]) -> list[Calculation]:
    profiles = profiles_of(load_knowledge())
    numbers = ("cvss", "factors", "factor_sum", "threat_multiplier", "mitigation_factor")
    if given["vector"]:
        if any(given[name] for name in numbers):
            raise AivssError("--vector carries every number", hint="leave the other options out")
        return [recalculate(parse_vector(given["vector"], profiles))]
    name = given["profile"] or ""
    if name != "all":
        return [_one(profile_named(profiles, name), given)]
    if given["factors"]:
        raise AivssError(
            "--profile all: ten values fit one profile's factors only",
            hint="give --factor-sum, which every profile takes",
        )
    return [_one(profile, given) for profile in profiles.values()]


def _one(profile: Profile, given: dict[str, str | None]) -> Calculation:
    if not given["cvss"]:
        raise AivssError("a CVSS base is needed", hint="give --cvss with a vector or a base score")
    threat, mitigation = given["threat_multiplier"], given["mitigation_factor"]
    return calculate(
        profile,
        read_base(given["cvss"]),
        _factors(profile, given["factors"], given["factor_sum"]),
        THREAT_MULTIPLIER.read(threat) if threat else None,
        MITIGATION_FACTOR.read(mitigation) if mitigation else None,
    )


def _factors(profile: Profile, listed: str | None, total: str | None) -> list[Decimal] | Decimal:
    if bool(listed) == bool(total):
        raise AivssError(
            "either --factors or --factor-sum is needed",
            hint="ten values separated by commas, or their sum",
        )
    if total:
        return FACTOR_SUM.read(total)
    texts = [part.strip() for part in (listed or "").split(",")]
    if len(texts) != len(profile.factors):
        raise AivssError(
            f"--factors takes {len(profile.factors)} values, not {len(texts)}",
            hint="in this order: " + ", ".join(f.id for f in profile.factors),
        )
    pairs = zip(profile.factors, texts, strict=True)
    return [one_factor(factor.id).read(text) for factor, text in pairs]
