"""Live MCP servers: what they answer when asked for their tools; no tool is ever called."""

import json
import os
import re
import shlex
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from threatmodel.errors import MissingPartError, visible
from threatmodel.importers.command import Launch, command_words, take_apart, wanted
from threatmodel.importers.command_facts import is_entry
from threatmodel.importers.document import LIVE, SourceInput, read_document
from threatmodel.importers.secrets import clean_address
from threatmodel.importers.session import NO_COMMAND, Answers, NoAnswerError, converse, sdk
from threatmodel.importers.statements import Node
from threatmodel.reading.positions import Value
from threatmodel.rules.importing import load_rules

TIMEOUT_SECONDS = 60.0
"""How long a server may take to start and list its tools; package runners download first."""

_MARK = "AIVSS_STARTED"
# A list of a thousand tools is a few MB; a server that sends without end must not fill memory.
_MOST_BYTES = 64 << 20
# The end of what a server prints says why it ended; it may print without end.
_SHOWN_LINES = 20
_SHOWN_NAMES = 4
_NAME = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![A-Za-z0-9_])")
"""How the name of a variable is written: capitals with an underscore."""

# `${NAME:-default}` as a shell has it, and the `${env:NAME}` of editors.
_VARIABLE = re.compile(r"\$\{(?:env:)?([A-Za-z_]\w*)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class ToolList:
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
) -> ToolList:
    """Start a server, let it list its tools over stdio, and stop it.

    It is given `env` on top of the few variables that every program needs (HOME, PATH, ...), not
    the caller's whole environment.

    Raises:
        MissingPartError: The SDK is missing, or the server does not start or answer in `timeout`
            seconds; the hint shows what it wrote to standard error.
    """
    stdio = sdk("mcp.client.stdio")
    mark = token_hex(16)
    server = stdio.StdioServerParameters(
        command=words[0],
        args=list(words[1:]),
        env={**(env or {}), _MARK: mark},
        encoding_error_handler="replace",
    )
    launch = _launch(words)
    name = f"{LIVE}{_label(launch)}"
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:

        @asynccontextmanager
        async def transport() -> AsyncIterator[Any]:
            async with stdio.stdio_client(server, errlog=log) as streams:
                try:
                    yield streams
                finally:
                    # What holds the server's pipes open would keep it from ending in peace.
                    _end_marked(mark, outside=True)

        try:
            answers = converse(transport, timeout)
        except NoAnswerError as fault:
            raise MissingPartError(
                f"{name}: {fault}", hint=_advice(str(fault), _tail(log), env or {})
            ) from None
        finally:
            _end_marked(mark)
        stderr = _tail(log)
    package = launch.package.text if launch.package else ""
    about: Answers = {"transport": "stdio", "registry": launch.registry, "package": package}
    return ToolList(_source(name, answers, about), stderr)


def record_url(
    url: str, *, headers: Mapping[str, str] | None = None, timeout: float = TIMEOUT_SECONDS
) -> ToolList:
    """Let a server list its tools over streamable HTTP.

    Raises:
        MissingPartError: The SDK is missing, or the server cannot be reached or does not answer in
            `timeout` seconds.
    """
    connect = sdk("mcp.client.streamable_http").streamable_http_client
    client = sdk("httpx2").AsyncClient
    shown = clean_address(url)

    @asynccontextmanager
    async def transport() -> AsyncIterator[Any]:
        async with (
            client(
                headers={**(headers or {}), "Accept-Encoding": "identity"},
                timeout=timeout,
                event_hooks={"response": [_refuse_unpacking]},
            ) as http,
            connect(url, http_client=http) as streams,
        ):
            yield streams

    try:
        answers = converse(transport, timeout)
    except NoAnswerError as fault:
        hint = (
            "check the address; of a server that wants a login, import a client configuration that"
            " has its `headers`, with --live"
        )
        raise MissingPartError(f"{shown}: {fault}", hint=hint) from None
    about: Answers = {"transport": "http", "url": shown, "login": bool(headers)}
    return ToolList(_source(shown, answers, about))


async def _refuse_unpacking(response: Any) -> None:  # noqa: ANN401 - a response of the client
    """Take only what comes as it is, and not too much: 300 kB can unpack to 300 MB.

    Raises NoAnswerError.
    """
    packed = response.headers.get("content-encoding", "identity").lower()
    if packed != "identity":
        raise NoAnswerError(f"it sends its answers packed ({packed[:40]}), though asked not to")
    response.stream = _counted(response.stream)


def _counted(stream: Any) -> Any:  # noqa: ANN401 - a stream of the client
    """Give the bytes of an answer, up to a limit."""

    class Counted(sdk("httpx2").AsyncByteStream):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = _MOST_BYTES
            async for part in stream:
                left -= len(part)
                if left < 0:
                    raise NoAnswerError(f"an answer is larger than {_MOST_BYTES >> 20} MiB")
                yield part

        async def aclose(self) -> None:
            await stream.aclose()

    return Counted()


def _end_marked(mark: str, *, outside: bool = False) -> None:
    """End what a server left behind: processes with its mark in their environment.

    A child that opens a session of its own outlives its parent; the environment that it was given
    tells it. Only where the system shows environments (/proc).

    Args:
        mark: What the server was started with.
        outside: Whether only what left the server's own session is ended.
    """
    wanted = f"{_MARK}={mark}".encode()
    found: dict[int, tuple[int, int]] = {}
    for place in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError, ValueError, IndexError):
            if wanted in place.read_bytes().split(b"\0"):
                told = place.with_name("stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
                found[int(place.parent.name)] = (int(told[1]), int(told[3]))
    own = {session for parent, session in found.values() if parent == os.getpid()}
    for number, (_, session) in found.items():
        if not outside or session not in own:
            with suppress(OSError):
                os.kill(number, signal.SIGKILL)


def record_found(
    source: SourceInput,
    confirm: Callable[[str], bool],
    *,
    environment: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Iterator[tuple[str, ToolList | MissingPartError]]:
    """Ask every server of a client configuration for its tools; yields name and answers.

    In their place comes the error of one that does not answer: the others are asked all the same.

    A file is no reason to run something: `confirm` is shown each command or address first, and
    what it refuses is left out. Servers that are switched off are left out as well. `environment`
    fills in the variables that the file names, such as `${TOKEN}`; nothing else of it is passed on
    but `env`, which every command gets below what the file sets.
    """
    filled = partial(_filled, environment=environment or {})
    for name, entry in _entries(read_document(source).root):
        words = [filled(part.text) for part in command_words(entry.at("command"), entry.at("args"))]
        url = filled(entry.first("url", "httpUrl", "serverUrl").text)
        if entry.at("disabled").is_true or not confirm(visible(shlex.join(words) or url)):
            continue
        try:
            if words:
                own = {key: filled(str(value.value)) for key, value in entry.at("env").pairs()}
                answer = record_command(words, env={**(env or {}), **own}, timeout=timeout)
            else:
                headers = {key: filled(value.text) for key, value in entry.at("headers").pairs()}
                answer = record_url(url, headers=headers, timeout=timeout)
        except MissingPartError as fault:
            yield name, fault
        else:
            yield name, answer


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
    return take_apart(
        command_words(command, Node(arguments, "command line")), load_rules().file.launch
    )


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


def _advice(fault: str, stderr: str, given: Mapping[str, str]) -> str:
    """Say what to try: the variables that its last words name, else the way to give it some."""
    if fault.startswith(NO_COMMAND):
        return "check its name, and that the folder it lies in is in PATH"
    words = " | ".join(stderr.strip().splitlines())
    wrote = (
        f"it wrote to standard error: {words}" if words else "it wrote nothing to standard error"
    )
    names = [name for name in dict.fromkeys(_NAME.findall(stderr)) if name not in given]
    if names:
        wanted = " ".join(f"--env {name}" for name in names[:_SHOWN_NAMES])
        return f"if it needs these variables of yours, add {wanted} (before the --); {wrote}"
    return f"it gets few of your variables, add those it needs with --env NAME; {wrote}"
