"""Stands where the `intercept` program would: a proxy on stdio that decides by our own reading.

It shows that the replay talks to a program as it should, not what the real program does.
"""

import json
import subprocess
import sys
from pathlib import Path

from threatmodel.policy.guard import CompiledPolicy, Plan
from threatmodel.policy.proof.engine_documents import opener
from threatmodel.policy.proof.session import Call


def main(arguments):
    policy = Path(arguments[arguments.index("-c") + 1]).read_text(encoding="utf-8")
    command = arguments[arguments.index("--") + 1 :]
    compiled = CompiledPolicy("intercept", "", "", policy, (), ())
    session = opener(compiled, Plan("recommended", (), ()), {})()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        for line in sys.stdin:
            message = json.loads(line)
            refusal = refused(session, message)
            if refusal:
                sys.stdout.write(json.dumps(refusal) + "\n")
            else:
                child.stdin.write(line)
                child.stdin.flush()
                if "id" in message:
                    sys.stdout.write(child.stdout.readline())
            sys.stdout.flush()


def refused(session, message):
    if message.get("method") != "tools/call":
        return None
    params = message["params"]
    reason = session._refusal(Call(params["name"], params["arguments"]))  # noqa: SLF001
    if reason is None:
        return None
    text = f"[INTERCEPT POLICY DENIED] {reason}"
    result = {"content": [{"type": "text", "text": text}], "isError": True}
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


main(sys.argv[1:])
