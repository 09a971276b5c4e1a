"""A tool server for tests, in plain Python: `tiny_server.py [stdio|http] [TRAIT...]`.

Traits: pages (two tools per page), noise (log lines on standard output), dies (ends at once),
hangs (never answers), broken (a tool whose schema is text), endless (the same page for ever),
modern (knows no `initialize`), mute (no tools), forever (a new page for ever), shapeless (a list
of tools that is none), offers (prompts and resources), bomb (an answer that unpacks to 300 MB),
escapes (leaves a child behind).
"""

import json
import subprocess
import sys
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOOLS = [
    {
        "name": name,
        "description": f"Reads {name.split('_')[1]} from the store.",
        "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}},
        "annotations": {"readOnlyHint": True},
        "x-own-key": {"kept": True},
    }
    for name in ("get_orders", "get_invoices", "get_customers", "get_parcels", "get_stock")
]
OFFERS = {"prompts": {}, "resources": {}}
LISTS = {
    "prompts/list": {"prompts": [{"name": "greet", "description": "Greets a customer."}]},
    "resources/list": {"resources": [{"name": "inbox", "uri": "mail://all"}]},
    "resources/templates/list": {
        "resourceTemplates": [{"name": "mail", "uriTemplate": "mail://{id}"}]
    },
}
MODERN = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
"""What every result of the protocol without `initialize` carries."""


def answer(message, traits):
    """Give the result for a request; None for what needs no answer."""
    if "modern" in traits and message.get("method") == "server/discover":
        return {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, **MODERN}
    match message.get("method"):
        case "initialize":
            return {
                "protocolVersion": message["params"]["protocolVersion"],
                "serverInfo": {"name": "tiny", "version": "1.2.3"},
                "capabilities": {"tools": {}} | (OFFERS if "offers" in traits else {}),
                "instructions": "Ask for an order by its number.",
            }
        case "tools/list":
            return page(message.get("params") or {}, traits)
        case "tools/call":
            raise AssertionError("an import called a tool")
        case method:
            return LISTS.get(method)


def page(params, traits):
    """Give a page of tools."""
    tools = [] if "mute" in traits else list(TOOLS)
    if "broken" in traits:
        tools.append({"name": "odd", "description": "Odd.", "inputSchema": "none"})
    if "shapeless" in traits:
        return {"tools": {"get_orders": "Reads orders."}}
    if "forever" in traits:
        number = int(params.get("cursor") or 0)
        return {"tools": [{**TOOLS[0], "name": f"get_{number}"}], "nextCursor": str(number + 1)}
    if "endless" in traits:
        return {"tools": tools, "nextCursor": "again"}
    if "pages" not in traits:
        return {"tools": tools}
    start = int(params.get("cursor") or 0)
    more = {"nextCursor": str(start + 2)} if start + 2 < len(tools) else {}
    return {"tools": tools[start : start + 2], **more}


def reply(message, traits):
    """Give the whole reply; None for notifications."""
    if "id" not in message:
        return None
    head = {"jsonrpc": "2.0", "id": message["id"]}
    if "modern" in traits and message["method"] == "initialize":
        versions = {"supported": ["2026-07-28"], "requested": "2025-11-25"}
        error = {"code": -32022, "message": "unsupported protocol version", "data": versions}
        return {**head, "error": error}
    result = answer(message, traits)
    if "modern" in traits and result:
        result = {**result, **MODERN}
    if result is None:
        return {**head, "error": {"code": -32601, "message": "no such method"}}
    return {**head, "result": result}


def stdio(traits):
    """Serve over standard input and output."""
    if "noise" in traits:
        sys.stdout.write("[INFO] starting\n")
        sys.stdout.write(json.dumps({"level": 30, "msg": "ready"}) + "\n")
    sys.stderr.write("tiny server starts\n")
    if "escapes" in traits:
        waits = [sys.executable, "-c", "import time; time.sleep(60)"]
        child = subprocess.Popen(waits, start_new_session=True)
        sys.stderr.write(f"child {child.pid}\n")
    if "dies" in traits:
        sys.exit("tiny server lacks TINY_TOKEN")
    for line in sys.stdin:
        if "hangs" in traits:
            time.sleep(60)
        said = reply(json.loads(line), traits)
        if said:
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()


def bomb(data):
    """Pack an answer and 300 MB of space after it."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(data), *(packer.compress(b" " * 1_000_000) for _ in range(300))]
    return b"".join([*parts, packer.flush()])


class Handler(BaseHTTPRequestHandler):
    """Serves one request over streamable HTTP, answering in plain JSON."""

    traits = ()

    def do_POST(self):
        """Answer a message."""
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "locked" in self.traits and not self.headers.get("Authorization"):
            self.send(401, {"error": "unauthorized"})
            return
        said = reply(message, self.traits)
        self.send(200 if said else 202, said)

    def do_GET(self):
        """Offer no stream of the server's own."""
        self.send(405, None)

    def do_DELETE(self):
        """Let sessions end by themselves."""
        self.do_GET()

    def send(self, status, body):
        """Send a status and a JSON body."""
        data = b"" if body is None else json.dumps(body).encode()
        if "bomb" in self.traits and body and "tools" in body.get("result", {}):
            data = bomb(data)
        self.send_response(status)
        if "bomb" in self.traits and data[:2] == b"\x1f\x8b":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        """Keep quiet."""


def http_server(traits):
    """Give a server on a free port of the loopback."""
    handler = type("TinyHandler", (Handler,), {"traits": traits})
    return ThreadingHTTPServer(("127.0.0.1", 0), handler)


if __name__ == "__main__":
    stdio(sys.argv[1:])
