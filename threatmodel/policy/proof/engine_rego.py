"""Sessions behind a Rego policy, decided by regopy; we keep the counts that the proxy would."""

import json
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from threatmodel.policy.guard import CompiledPolicy, Guard, Plan, Window
from threatmodel.policy.proof.reference import Counters, adds, counter_name, limits_on
from threatmodel.policy.proof.session import Answer, Call, Opener, Verdict

PACKAGE = "regopy"
"""What has to be importable."""

_VERDICTS: dict[str, Verdict] = {"allow": "pass", "require_approval": "hold", "deny": "refuse"}


def opener(compiled: CompiledPolicy, plan: Plan, fingerprints: dict[str, str]) -> Opener:
    """Load the module once; sessions share it."""
    regopy: Any = import_module(PACKAGE)
    interpreter = regopy.Interpreter()
    try:
        interpreter.add_module("policy", compiled.text)
        bundle = interpreter.build("data.mcp.authz.decision")
    except regopy.RegoError as error:
        raise ValueError("it does not load") from error
    return lambda: _Session(interpreter, bundle, plan, fingerprints)


@dataclass(slots=True)
class _Session:
    interpreter: Any
    bundle: Any
    plan: Plan
    fingerprints: dict[str, str]
    counters: Counters = field(default_factory=Counters)
    before: list[str] = field(default_factory=list)
    exact: bool = True
    costly: bool = False

    def call(self, call: Call) -> Answer:
        self.interpreter.set_input_term(json.dumps(self._input(call), ensure_ascii=False))
        found = str(self.interpreter.query_bundle(self.bundle))
        if found == "undefined":  # no decision is a refusal
            return Answer("refuse")
        decision = json.loads(found)["expressions"][0]
        verdict = _VERDICTS[decision["verdict"]]
        if verdict == "pass":
            self._record(call)
        return Answer(verdict, tuple(decision["guards"]))

    def fill(self, guard: Guard, amount: float) -> bool:
        if guard.limit:
            self.counters.add(counter_name(guard), guard.limit.window, amount)
        return True

    def wait(self, window: Window) -> bool:
        self.counters.pass_time(window)
        return True

    def close(self) -> None:
        """Nothing to end."""

    def _input(self, call: Call) -> dict[str, Any]:
        limits = (guard for guard in self.plan.guards if guard.limit and guard.kind != "repeat")
        counts = {
            counter_name(g): self.counters.of(counter_name(g), g.limit.window)
            for g in limits
            if g.limit
        }
        return {
            "tool": call.tool,
            "arguments": dict(call.arguments),
            "subject": call.subject,
            "approved": call.approved,
            "counts": counts,
            "tools_before": self.before,
            "same_call": self.counters.of(_same_call(call), "minute"),
            "definition": call.definition or self.fingerprints.get(call.tool, ""),
        }

    def _record(self, call: Call) -> None:
        self.before.append(call.tool)
        self.counters.add(_same_call(call), "minute", 1)
        for guard in limits_on(self.plan, call.tool):
            if guard.limit:
                self.counters.add(counter_name(guard), guard.limit.window, adds(guard, call))


def _same_call(call: Call) -> str:
    return f"{call.tool} {json.dumps(call.arguments, sort_keys=True)}"
