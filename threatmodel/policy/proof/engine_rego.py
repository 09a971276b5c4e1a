"""Sessions behind a Rego policy, decided by OPA; we keep the counts that the proxy would.

OPA is called in this process, through the library of its Go code. The wheel that carries it asks
for the newest Python, which the library does not need: it is unpacked, not installed.
"""

import ctypes
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from threatmodel.policy.guard import CallVerdict, CompiledPolicy, Plan
from threatmodel.policy.proof.reference import Counting, counter_name, same_call
from threatmodel.policy.proof.session import Call, CallOutcome, Opener, engine_file
from threatmodel.scales import Window

PRODUCT = "OPA by opa-golib-python-bindings"

INSTALL = (
    "python -m pip install --no-deps --ignore-requires-python --target engines/opa"
    ' opa-golib-python-bindings && export AIVSS_ENGINES="$PWD/engines"'
)

_NATIVE = "opa/opa_bindings/_native.py"
_VERDICTS: dict[str, CallVerdict] = {"allow": "pass", "require_approval": "hold", "deny": "refuse"}
QUERY = "data.mcp.authz.decision"
"""Where the modules that we write keep the decision."""

Ask = Callable[[dict[str, Any]], Any]
"""Decides on one input; None where there is no decision."""


def version() -> str:
    """Give the version of the library that is at hand; empty for none."""
    folder = engine_file("opa")
    found = sorted(folder.glob("*.dist-info")) if folder and engine_file(_NATIVE) else []
    return found[0].name.partition("-")[2].removesuffix(".dist-info") if found else ""


def opener(compiled: CompiledPolicy, plan: Plan, fingerprints: dict[str, str]) -> Opener:
    """Load the module once; sessions share it. Raises ValueError where OPA refuses it."""
    ask = load(compiled.text)
    counted = [
        (counter_name(g), g.limit.window) for g in plan.guards if g.limit and g.kind != "repeat"
    ]
    return lambda: _Session(ask=ask, plan=plan, fingerprints=fingerprints, counted=counted)


def load(text: str, query: str = QUERY) -> Ask:
    """Load a module into OPA and ask `query` about inputs; ValueError where OPA refuses it."""
    library = _library()
    handle = library.OpaNew()
    _take(library, library.OpaAddPolicy(handle, b"policy.rego", text.encode()))

    def ask(given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        data = json.dumps(given, ensure_ascii=False).encode()
        answer = _take(library, library.OpaEvalQuery(handle, query.encode(), data, 0, 0))
        found = answer.get("result") or []
        return found[0]["expressions"][0]["value"] if found else None

    ask({})  # it compiles what it was given when it is first asked
    return ask


def _take(library: Any, pointer: int) -> Any:  # noqa: ANN401 - a library loaded at run time
    text = ctypes.string_at(pointer).decode()
    library.OpaFreeString(pointer)
    answer = json.loads(text)
    if isinstance(answer, dict) and answer.get("error"):
        error = answer["error"]
        told = error.get("message") or error if isinstance(error, dict) else error
        raise ValueError(f"OPA refuses it: {' '.join(str(told).split())[:300]}")
    return answer


@lru_cache(maxsize=1)
def _library() -> Any:  # noqa: ANN401 - a library loaded at run time
    spec = spec_from_file_location("opa_native", str(engine_file(_NATIVE)))
    if spec is None or spec.loader is None:
        raise ValueError("OPA cannot be loaded")
    native = module_from_spec(spec)
    spec.loader.exec_module(native)
    return native.load()


@dataclass(slots=True, kw_only=True)
class _Session(Counting):
    ask: Ask
    counted: Sequence[tuple[str, Window]]
    """Counters that the input holds."""

    def call(self, call: Call) -> CallOutcome:
        decision = self.ask(self._input(call))
        if decision is None:  # no decision is a refusal
            return CallOutcome("refuse")
        verdict = _VERDICTS[decision["verdict"]]
        if verdict == "pass":
            self.record(call)
        return CallOutcome(verdict, tuple(decision["guards"]))

    def _input(self, call: Call) -> dict[str, Any]:
        return {
            "tool": call.tool,
            "arguments": dict(call.arguments),
            "subject": call.subject,
            "approved": call.approved,
            "counts": {name: self.counters.of(name, window) for name, window in self.counted},
            "tools_before": self.before,
            "same_call": self.counters.of(same_call(call), "minute"),
            "definition": call.definition or self.fingerprints.get(call.tool, ""),
        }
