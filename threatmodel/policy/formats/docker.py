"""Docker MCP Gateway: the command line that starts it with the allowed tools.

Without `--tools` every tool is offered: a list that lets nothing through names a tool that does
not exist. The flag takes comma-separated `server:tool`, so that other names cannot be written, and
is compared without regard to case: with `Drop` refused, `drop` cannot be allowed.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

from threatmodel.classify.result import ToolReading
from threatmodel.errors import SHORT, first_of, slug
from threatmodel.policy.formats.coverage import Arranged, Ledger, Written, arrange, servers_of
from threatmodel.policy.formats.names_only import (
    BY_NAME,
    NOBODY,
    NamesRead,
    by_lists,
    let_through,
    refused,
)
from threatmodel.policy.guard import Plan

_NOTES = (
    "Name the server as in the gateway's catalogue.",
    "Add the flags that the gateway has had so far, such as --catalog and --secrets.",
)
_SHOWN = 3
_OWN = frozenset({
    "code-mode", "find-tools", "mcp-activate-profile", "mcp-add", "mcp-config-set",
    "mcp-create-profile", "mcp-exec", "mcp-find", "mcp-registry-import", "mcp-remove",
})  # fmt: skip
"""Names that the gateway keeps for its own tools."""
# The flag takes a list with commas and splits it at `:`; there is no way to quote either.
_WRITABLE = re.compile(r"[A-Za-z0-9_./@-]+")


def compile(plan: Plan, readings: Sequence[ToolReading]) -> Written:  # noqa: A001, ARG001
    """Write the plan as one command."""
    arranged, ledger = arrange(plan), Ledger(plan)
    allowed = let_through(arranged, ledger, lambda name: bool(_WRITABLE.fullmatch(name)))
    spelt = {server: slug(server, SHORT) for _, server in plan.servers}
    named = {
        tool: tuple(dict.fromkeys(spelt.get(server, server) for server in servers))
        for tool, servers in servers_of(plan).items()
    }
    words = ["docker", "mcp", "gateway", "run"]
    every = {server for servers in named.values() for server in servers}
    words += [f"--servers={server}" for server in sorted(every or {plan.name})]
    fallback = arranged.everywhere.get("default-deny")
    if fallback:
        ledger.keep(fallback)
        offered = _offered(arranged, allowed, named, ledger)
        words += [f"--tools={tool}" for tool in offered or [f"{plan.name}:{NOBODY}"]]
    if "audit" in arranged.everywhere:
        ledger.keep(arranged.everywhere["audit"])
        words.append("--log-calls=true")
    return ledger.written(
        " \\\n  ".join(map(shlex.quote, words)).replace(" \\\n  ", " ", 3) + "\n",
        BY_NAME,
        (*_NOTES, *_shared(allowed, named)),
    )


def _shared(allowed: list[str], servers: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """Tell of names that are taken twice: the gateway takes each once, its own among them."""
    taken = {
        "Several servers offer": [name for name in allowed if len(servers[name]) > 1],
        "The gateway has a tool of its own that is called": [n for n in allowed if n in _OWN],
    }
    for told, names in taken.items():
        if names:
            yield (
                f"{told} {first_of(names, _SHOWN)}: the gateway starts once"
                " `docker mcp feature enable tool-name-prefix` puts the names of servers before it."
            )


def _offered(
    arranged: Arranged,
    allowed: list[str],
    servers: dict[str, tuple[str, ...]],
    ledger: Ledger,
) -> list[str]:
    """Write the tools that may be called; one that reads like a refused one is refused as well."""
    shut = {
        written.casefold()
        for name in refused(arranged, allowed)
        for written in (name, *(f"{server}:{name}" for server in servers[name]))
    }
    offered = []
    for tool in arranged.tools:
        written = [f"{server}:{tool.name}" for server in servers[tool.name]]
        if tool.name in allowed and any(one.casefold() in shut for one in written):
            instead = "Refused, as a tool is whose name differs in nothing but case."
            ledger.subsume((tool.access, *tool.bounds), instead)
        elif tool.name in allowed:
            offered += written
    return offered


def read(text: str) -> NamesRead:
    """Read the command line."""
    words = shlex.split(text.replace("\\\n", ""), comments=True)
    if words[:4] != ["docker", "mcp", "gateway", "run"]:
        raise ValueError("it does not start the gateway")
    flags = [word.removeprefix("--tools=") for word in words if word.startswith("--tools=")]
    listed = by_lists([flag.partition(":")[2].casefold() for flag in flags] or None, None)
    return NamesRead(lambda server, tool, subject: listed(server, tool.casefold(), subject))
