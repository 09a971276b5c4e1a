"""Sums where a format cannot add: so few calls that the sum cannot be passed."""

from math import floor

from threatmodel.policy.arranged import ToolGuards
from threatmodel.policy.guard import RateLimit


def calls_within(tool: ToolGuards, limit: RateLimit) -> int:
    """Give how many calls stay within a sum, by the bound that each call has; at least one."""
    bounds = [
        float(check.value)
        for guard in tool.arguments
        for check in guard.checks
        if check.operator == "lte"
        and check.path == limit.sum_of
        and isinstance(check.value, int | float)
    ]
    return max(1, floor(limit.max / min([*bounds, limit.max])))
