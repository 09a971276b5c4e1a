"""A tool server for clients under test: offers the tools of a JSON list, and says which one ran.

`tool_stub.py '["a", "b"]'` speaks MCP over standard input and output.
"""

import json
import sys


def result(message, names):
    """Give the result of a request."""
    match message["method"]:
        case "initialize":
            return {
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "stub", "version": "1"},
            }
        case "tools/list":
            schema = {"type": "object"}
            return {"tools": [{"name": n, "description": n, "inputSchema": schema} for n in names]}
        case "tools/call":
            return {"content": [{"type": "text", "text": f"RAN {message['params']['name']}"}]}
        case _:
            return {}


def main():
    """Answer until the input ends."""
    names = json.loads(sys.argv[1])
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            said = {"jsonrpc": "2.0", "id": message["id"], "result": result(message, names)}
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
