"""Runs in the environment of ContextForge's plugins: asks them about calls; see test_engines.py."""

import asyncio
import json
import sys

from cpex.framework import GlobalContext
from cpex.framework.hooks.tools import ToolPreInvokePayload
from cpex.framework.manager import PluginManager


async def main(file: str, calls: list[str]) -> None:
    """Print, for each call by name, whether it goes on."""
    manager = PluginManager(file)
    await manager.initialize()
    passed = []
    for number, name in enumerate(calls):
        context = GlobalContext(request_id=str(number), user={"email": "a@b", "roles": ["agent"]})
        payload = ToolPreInvokePayload(name=name, args={})
        result, _ = await manager.invoke_hook("tool_pre_invoke", payload, context)
        passed.append(bool(result.continue_processing))
    sys.stdout.write(json.dumps({"plugins": manager.plugin_count, "passed": passed}) + "\n")


asyncio.run(main(sys.argv[1], json.loads(sys.stdin.read())))
