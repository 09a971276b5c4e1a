"""Policies are decided by the clients that enforce them, with a scripted model behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.model_stub import Model, serve
from tests.policy.make import plan, reading
from threatmodel.policy.formats import compile_policy

ROOT = Path(__file__).parents[1]
PROGRAMS = ROOT / "tests" / "engines" / "clients" / "node_modules" / ".bin"
STUB = [sys.executable, str(ROOT / "tests" / "engines" / "tool_stub.py")]
READINGS = (
    reading("look", "Read"),
    reading("write_note", "Write"),
    reading("wipe", "Destructive"),
    reading("run", "Execute", flags=("runs_code",)),
)
TOOLS = [*(one.name for one in READINGS), "unlisted"]
MADE = plan(*READINGS)
ACCESS = {g.tool: g.kind for g in MADE.guards if g.kind in ("allow", "approval", "hide", "deny")}

pytestmark = pytest.mark.long


def run(program, arguments, home, model_settings):
    """Run a client in a home of its own, with a model that asks for every tool in turn."""
    if not (PROGRAMS / program).exists():
        pytest.skip(f"{program} is not installed: sh tests/engines/install.sh clients")
    model = Model(TOOLS)
    server, url = serve(model)
    try:
        env = {**os.environ, "HOME": str(home), **model_settings(url)}
        done = subprocess.run(
            [PROGRAMS / program, *arguments], env=env, cwd=home, capture_output=True, text=True,
            timeout=120, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    finally:
        server.shutdown()
        server.server_close()
    assert model.offered, done.stdout[-400:] + done.stderr[-400:]
    return {tool: f"RAN {tool}" in told for tool, told in model.results.items()}, model.results


def check(ran, told, say, kind):
    say(f"{kind}: { ({tool: 'ran' if one else told[tool][:60] for tool, one in ran.items()}) }")
    assert set(ran) == set(TOOLS)
    for tool, one in ran.items():
        assert one is (ACCESS.get(tool) == "allow"), (tool, told[tool])


def test_claude_code_runs_what_is_allowed_and_asks_or_refuses_the_rest(tmp_path, say):
    settings = tmp_path / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(compile_policy("claude-code", MADE, READINGS).text, encoding="utf-8")
    servers = {MADE.name: {"command": STUB[0], "args": [*STUB[1:], json.dumps(TOOLS)]}}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    quiet = dict.fromkeys(("DISABLE_AUTOUPDATER", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"), "1")

    def settings_of(url):
        return {**quiet, "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "none"}

    asked = ["-p", "go", "--mcp-config", str(tmp_path / "mcp.json"), "--strict-mcp-config"]
    check(*run("claude", asked, tmp_path, settings_of), say, "claude-code")


def test_codex_runs_what_is_allowed_and_asks_or_refuses_the_rest(tmp_path, say):
    text = compile_policy("codex", MADE, READINGS).text
    command = json.dumps(STUB[0]) + f"\nargs = {json.dumps([*STUB[1:], json.dumps(TOOLS)])}"
    text = text.replace('"fill-in-the-command-of-this-server"', command)

    def settings_of(url):
        head = 'model = "gpt-5"\nmodel_provider = "stub"\n\n[model_providers.stub]\nname = "stub"\n'
        more = f'base_url = "{url}/v1"\nwire_api = "responses"\n\n'
        (tmp_path / "config.toml").write_text(head + more + text, encoding="utf-8")
        return {"CODEX_HOME": str(tmp_path)}

    asked = ["exec", "--skip-git-repo-check", "go"]
    check(*run("codex", asked, tmp_path, settings_of), say, "codex")
