"""A tool server on standard input and output that offers a tool list and does nothing."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_VERSION = "2025-06-18"


def answers(lines: Iterable[str], tools: list[dict[str, Any]]) -> Iterator[str]:
    """Answer each JSON-RPC request; notifications get no answer."""
    for line in lines:
        message = json.loads(line)
        if "id" in message:
            result = _result(message, tools)
            yield json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result})


def _result(message: dict[str, Any], tools: list[dict[str, Any]]) -> dict[str, Any]:
    match message["method"]:
        case "initialize":
            asked = message.get("params", {}).get("protocolVersion", _VERSION)
            server = {"name": "aivss-stub", "version": "1"}
            return {"protocolVersion": asked, "capabilities": {"tools": {}}, "serverInfo": server}
        case "tools/list":
            return {"tools": tools}
        case "tools/call":
            return {"content": [{"type": "text", "text": "nothing was done"}], "isError": False}
        case _:
            return {}


def main(arguments: list[str]) -> int:
    """Serve the tools of a JSON file until the input ends."""
    tools = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    for answer in answers(sys.stdin, tools):
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
