"""Live MCP servers: what they answer when asked for their tools; no tool is ever called."""

import json
import re
import shlex
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from threatmodel.errors import MissingPartError, visible
from threatmodel.importers.client_config import is_entry
from threatmodel.importers.command import Launch, take_apart, wanted, words_of
from threatmodel.importers.document import SourceInput, read_document
from threatmodel.importers.node import Node
from threatmodel.importers.secrets import clean_address
from threatmodel.importers.session import Answers, NoAnswerError, converse, sdk
from threatmodel.importers.tools import LIVE
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import load_rules

TIMEOUT_SECONDS = 60.0
"""How long a server may take to start and list its tools; package runners download first."""

_SHOWN_LINES = 20
_SHOWN_NAMES = 4
_NAME = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![A-Za-z0-9_])")
"""How the name of a variable is written: capitals with an underscore."""

_VARIABLE = re.compile(r"\$\{(?:env:)?([A-Za-z_]\w*)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a server answered."""

    source: SourceInput
    """Its answers, ready to be imported."""

    stderr: str = ""
    """What it wrote to its standard error, for people to see."""


def record_command(
    words: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Recorded:
    """Start a server, let it list its tools over stdio, and stop it.

    It is given `env` on top of the few variables that every program needs (HOME, PATH, ...), not
    the caller's whole environment.

    Raises:
        MissingPartError: The SDK is missing, or the server does not start or answer in `timeout`
            seconds; the hint shows what it wrote to standard error.
    """
    stdio = sdk("mcp.client.stdio")
    server = stdio.StdioServerParameters(
        command=words[0],
        args=list(words[1:]),
        env=dict(env or {}),
        encoding_error_handler="replace",
    )
    launch = _launch(words)
    name = f"{LIVE}{_label(launch)}"
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        try:
            answers = converse(lambda: stdio.stdio_client(server, errlog=log), timeout)
        except NoAnswerError as fault:
            raise MissingPartError(
                f"{name}: {fault}", hint=_advice(_tail(log), env or {})
            ) from None
        stderr = _tail(log)
    package = launch.package.text if launch.package else ""
    about: Answers = {"transport": "stdio", "registry": launch.registry, "package": package}
    return Recorded(_source(name, answers, about), stderr)


def record_url(
    url: str, *, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT_SECONDS
) -> Recorded:
    """Let a server list its tools over streamable HTTP.

    Raises:
        MissingPartError: The SDK is missing, or the server cannot be reached or does not answer in
            `timeout` seconds.
    """
    connect = sdk("mcp.client.streamable_http").streamable_http_client
    client = sdk("httpx2").AsyncClient
    shown = clean_address(url, load_rules())

    @asynccontextmanager
    async def transport() -> AsyncIterator[Any]:
        async with (
            client(headers=dict(headers or {}), timeout=timeout) as http,
            connect(url, http_client=http) as streams,
        ):
            yield streams

    try:
        answers = converse(transport, timeout)
    except NoAnswerError as fault:
        hint = "check the address; a server that wants a login needs a header with a token"
        raise MissingPartError(f"{shown}: {fault}", hint=hint) from None
    about: Answers = {"transport": "http", "url": shown, "login": bool(headers)}
    return Recorded(_source(shown, answers, about))


def record_found(
    source: SourceInput,
    confirm: Callable[[str], bool],
    *,
    environment: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Iterator[tuple[str, Recorded]]:
    """Ask every server of a client configuration for its tools; yields name and answers.

    A file is no reason to run something: `confirm` is shown each command or address first, and
    what it refuses is left out. Servers that are switched off are left out as well. `environment`
    fills in the variables that the file names, such as `${TOKEN}`; nothing else of it is passed on
    but `env`, which every command gets below what the file sets.
    """
    filled = partial(_filled, environment=environment or {})
    for name, entry in _entries(read_document(source).root):
        words = [filled(part.text) for part in words_of(entry.at("command"), entry.at("args"))]
        url = filled(entry.first("url", "httpUrl", "serverUrl").text)
        if entry.at("disabled").is_true or not confirm(visible(shlex.join(words) or url)):
            continue
        if words:
            own = {key: filled(str(value.value)) for key, value in entry.at("env").pairs()}
            yield name, record_command(words, env={**(env or {}), **own}, timeout=timeout)
        else:
            headers = {key: filled(value.text) for key, value in entry.at("headers").pairs()}
            yield name, record_url(url, headers=headers, timeout=timeout)


def _filled(text: str, environment: Mapping[str, str]) -> str:
    """Fill in `${NAME}`, `${env:NAME}` and `${NAME:-default}`; what is not set becomes empty."""
    return _VARIABLE.sub(lambda v: environment.get(v.group(1), v.group(2) or ""), text)


def _entries(root: Node) -> Iterator[tuple[str, Node]]:
    """Find servers wherever a configuration keeps them."""
    for node in root.all():
        if is_entry(node) and node.path:
            yield str(node.path[-1]), node


def _launch(words: Sequence[str]) -> Launch:
    arguments: list[Value] = list(words[1:])
    command = Node([words[0]], "command line")
    return take_apart(words_of(command, Node(arguments, "command line")), load_rules().file.launch)


def _label(launch: Launch) -> str:
    """Name a server by its package, without version, else by its command; never by arguments."""
    if launch.package is None:
        return launch.program or "command"
    return wanted(launch.package.text, launch.registry, ()).name


def _source(name: str, answers: Answers, about: Answers) -> SourceInput:
    return SourceInput(name, json.dumps({"live": about, **answers}).encode())


def _tail(log: IO[str]) -> str:
    """Give the last lines a server wrote to its standard error."""
    log.seek(0)
    return "\n".join(log.read()[-20_000:].splitlines()[-_SHOWN_LINES:])


def _advice(stderr: str, given: Mapping[str, str]) -> str:
    """Say what to try: the variables that its last words name, else the way to give it some."""
    said = " | ".join(stderr.strip().splitlines())
    wrote = f"it wrote to standard error: {said}" if said else "it wrote nothing to standard error"
    names = [name for name in dict.fromkeys(_NAME.findall(stderr)) if name not in given]
    if names:
        wanted = " ".join(f"--env {name}" for name in names[:_SHOWN_NAMES])
        return f"if it needs these variables of yours, add {wanted} (before the --); {wrote}"
    return f"it gets few of your variables, add those it needs with --env NAME; {wrote}"
