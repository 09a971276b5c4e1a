"""Sessions behind the `intercept` program itself, in front of a stub server with the same tools."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from threatmodel.classify.result import ToolReading
from threatmodel.errors import MissingPartError
from threatmodel.policy.formats.coverage import arrange
from threatmodel.policy.guard import EVERY, CompiledPolicy, Plan
from threatmodel.policy.proof.session import Call, CallOutcome, Opener, Session

_HIDDEN = "hidden by policy"
_DENIED = "[INTERCEPT"
_STUB = Path(__file__).with_name("stub.py")
"""Started as a file, alone: it needs nothing of the package, whose import takes longer."""


def opener(
    compiled: CompiledPolicy, plan: Plan, readings: Sequence[ToolReading], program: str
) -> Opener:
    """Write the policy once; each session starts the program with a state of its own."""
    messages: dict[tuple[str, str], list[str]] = {}
    for guard in plan.guards:
        messages.setdefault((guard.tool, guard.message), []).append(guard.id)
    for tool in arrange(plan).of_kind("hide"):
        messages[tool.name, _HIDDEN] = [tool.access.id]
    tools = [{"name": r.name, "inputSchema": {"type": "object"}} for r in readings]
    return lambda: _start(program, compiled.text, tools, messages)


def _start(
    program: str,
    policy: str,
    tools: list[dict[str, Any]],
    messages: dict[tuple[str, str], list[str]],
) -> "_Session":
    folder = tempfile.TemporaryDirectory(prefix="aivss-")
    home = Path(folder.name)
    (home / "policy.yaml").write_text(policy, encoding="utf-8")
    (home / "tools.json").write_text(json.dumps(tools), encoding="utf-8")
    stub = [sys.executable, "-I", str(_STUB), str(home / "tools.json")]
    environment = {
        "HOME": str(home),
        "PATH": os.defpath,
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "XDG_STATE_HOME": str(home),
    }
    try:
        process = subprocess.Popen(  # noqa: S603 - the program that the caller names
            [program, "-c", str(home / "policy.yaml"), "--", *stub],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            cwd=home,
            env=environment,
        )
    except OSError as error:
        folder.cleanup()
        raise MissingPartError(f"{program} does not start: {error}") from error
    session = _Session(process, folder, messages)
    session.greet()
    return session


@dataclass(slots=True)
class _Session(Session):
    process: subprocess.Popen[str]
    folder: tempfile.TemporaryDirectory[str]
    messages: dict[tuple[str, str], list[str]]
    costly = True
    asked: int = field(default=0)

    def greet(self) -> None:
        client = {"name": "aivss", "version": "1"}
        params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
        self._ask("initialize", params)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def call(self, call: Call) -> CallOutcome:
        found = self._ask("tools/call", {"name": call.tool, "arguments": dict(call.arguments)})
        result = found.get("result", {})
        text = " ".join(part.get("text", "") for part in result.get("content", ()))
        if "result" in found and not (result.get("isError") and _DENIED in text):
            return CallOutcome("pass")
        named = [
            guard
            for (tool, message), guards in self.messages.items()
            if tool in (call.tool, EVERY) and message and message in text
            for guard in guards
        ]
        return CallOutcome("refuse", tuple(named))

    def close(self) -> None:
        self.process.terminate()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()
        self.process.wait()
        self.folder.cleanup()

    def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        self._send({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params})
        while True:
            line = self.process.stdout.readline() if self.process.stdout else ""
            if not line:
                self.close()
                raise MissingPartError(f"the intercept program ended while asked for {method}")
            found: dict[str, Any] = json.loads(line)
            if found.get("id") == self.asked:
                return found

    def _send(self, message: dict[str, Any]) -> None:
        if self.process.stdin:
            with suppress(BrokenPipeError):  # its answer, or the lack of one, tells
                self.process.stdin.write(json.dumps(message) + "\n")
                self.process.stdin.flush()
