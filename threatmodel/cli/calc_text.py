"""A calculation as text."""

from threatmodel.cli.text import band, dim, wrapped
from threatmodel.score.calculation import Calculation
from threatmodel.score.number import plain


def calculation_text(found: Calculation) -> str:
    """Lay out a calculation: score, formula, what each term adds, warnings."""
    result, profile = found.result, found.inputs.profile
    lines = [band(result.severity, f"AIVSS {result.value} {result.severity}")]
    lines[0] += f"   profile {profile.id}"
    lines += [profile.equation]
    lines += [f"  {term.label:<28}{term.points:>+9.4f}{term.total:>9.4f}" for term in result.terms]
    lines += [f"factor sum {plain(result.factor_sum)}   AARS {plain(round(result.aars, 4))}"]
    if result.amended is not None:
        lines += [f"below its own CVSS base; amended v0.8 gives {result.amended}"]
    lines += [wrapped(f"note: {warning}", 6).strip() for warning in found.warnings]
    lines += [dim(found.vector)]
    return "\n".join(lines) + "\n"
