"""A model for clients under test, on the loopback: asks for one tool after another, then is done.

It speaks as much of two streaming interfaces as a client needs: messages with `tool_use` blocks,
and responses with function calls. `results` collects what came back for each tool.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Model:
    """A scripted model: the tools that it will ask for, and what it was told of each."""

    def __init__(self, wanted):
        """Take the last parts of the names of the tools, in order."""
        self.wanted, self.results, self.offered, self._asked = list(wanted), {}, [], []

    def next(self, names):
        """Give the full name of the next tool to ask for; None when done or not offered."""
        self.offered = self.offered or names
        while len(self._asked) < len(self.wanted):
            want = self.wanted[len(self._asked)]
            self._asked.append(want)
            full = next((name for name in names if name.endswith(f"__{want}")), None)
            if full:
                return full
            self.results[want] = "not offered"
        return None

    def told(self, call, text):
        """Keep what came back for a call; its id says which tool it asked for."""
        want = call.removeprefix("call_")
        if want in self.wanted:
            self.results.setdefault(want, text)

    @property
    def call(self):
        """Id of the call that is asked for now."""
        return f"call_{self._asked[-1]}"


def message_events(model, body):
    """Answer one request of the messages interface."""
    names = [t["name"] for t in body.get("tools", []) if t["name"].startswith("mcp__")]
    last = body["messages"][-1]["content"]
    for part in last if isinstance(last, list) else []:
        if part.get("type") == "tool_result":
            model.told(part.get("tool_use_id", ""), json.dumps(part.get("content")))
    name = model.next(names) if names else None
    block = {"type": "text", "text": ""} if name is None else {
        "type": "tool_use", "id": model.call, "name": name, "input": {},
    }  # fmt: skip
    delta = (
        {"type": "text_delta", "text": "done"}
        if name is None
        else {"type": "input_json_delta", "partial_json": "{}"}
    )
    head = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": body.get("model", "x"),
        "content": [], "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip
    stop = {"stop_reason": "end_turn" if name is None else "tool_use", "stop_sequence": None}
    yield {"type": "message_start", "message": head}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 1}}
    yield {"type": "message_stop"}


def response_events(model, body):
    """Answer one request of the responses interface."""
    names = [
        f"{tool['name']}__{inner['name']}" if tool.get("type") == "namespace" else tool["name"]
        for tool in body.get("tools", [])
        if tool.get("name")
        for inner in (tool.get("tools") or [{"name": ""}])
    ]
    for part in body.get("input", []):
        if part.get("type") == "function_call_output":
            model.told(part.get("call_id", ""), json.dumps(part.get("output")))
    name = model.next([name for name in names if "__" in name])
    if name is None:
        item = {"type": "message", "role": "assistant", "id": "m",
                "content": [{"type": "output_text", "text": "done"}]}  # fmt: skip
    else:
        item = {"type": "function_call", "id": "f", "call_id": model.call,
                "name": name, "arguments": "{}"}  # fmt: skip
        space, _, inner = name.rpartition("__")
        if any(t.get("type") == "namespace" and t["name"] == space for t in body.get("tools", [])):
            item |= {"namespace": space, "name": inner}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
             "input_tokens_details": {"cached_tokens": 0},
             "output_tokens_details": {"reasoning_tokens": 0}}  # fmt: skip
    yield {"type": "response.created", "response": {"id": "r"}}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    yield {"type": "response.completed", "response": {"id": "r", "usage": usage, "output": [item]}}


def serve(model):
    """Start a server on a free port of the loopback; gives the server and its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            """Keep quiet."""

        def do_POST(self):
            """Answer a request with a stream of events."""
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            if "count_tokens" in self.path:
                self.reply("application/json", json.dumps({"input_tokens": 1}))
                return
            events = (message_events if "messages" in self.path else response_events)(model, body)
            text = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
            self.reply("text/event-stream", text)

        def do_GET(self):
            """Know nothing else."""
            self.reply("application/json", '{"data": [], "models": []}')

        def do_HEAD(self):
            """Know nothing else."""
            self.do_GET()

        def reply(self, kind, text):
            """Send one answer."""
            data = text.encode()
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"
