"""Formats that can ask a person, but cannot look at arguments or remember earlier calls."""

from threatmodel.policy.arranged import ToolGuards
from threatmodel.policy.ledger import Ledger

_INSTEAD = "A person is asked about every call instead, and may say yes."


def asks(tool: ToolGuards, ledger: Ledger) -> bool:
    """Tell whether every call of a tool is asked about.

    Asking is stricter than waiting only after something, and laxer than refusing: what the plan
    refuses by argument, sum or order is reported as dropped although a person looks at it.
    """
    depends = [g for g in tool.arguments if any(c.operator != "max_items" for c in g.checks)]
    depends += [*tool.spends, *(guard for guard in tool.flows if guard.kind == "sequence")]
    for guard in depends:
        ledger.drop(guard, _INSTEAD)
    tainted = [guard for guard in tool.flows if guard.kind == "taint"]
    for guard in tainted:
        ledger.weaken(guard, "Every call is asked about, whatever was read before.", "approval")
    if tool.access.kind == "dry-run":
        ledger.weaken(tool.access, "Every call is asked about, rehearsals too.", "approval")
        return True
    if tool.access.kind == "approval":
        ledger.keep(tool.access)
        return True
    if depends or tainted:
        ledger.weaken(tool.access, "Every call is asked about.", "approval")
        return True
    ledger.keep(tool.access)
    return False
