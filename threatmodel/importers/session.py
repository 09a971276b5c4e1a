"""One conversation with an MCP server through the official SDK: hello, every page of tools, bye."""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from logging import NullHandler, getLogger
from threading import current_thread, main_thread
from typing import Any, Self

from threatmodel.errors import MissingPartError
from threatmodel.files import install_line
from threatmodel.reading.positions import Value

Answers = dict[str, Value]
"""What a server said: protocolVersion, serverInfo, capabilities, instructions, tools."""

Transport = Callable[[], AbstractAsyncContextManager[Any]]
"""Opens the two streams of a connection."""

# A server may hand out pages for ever; the longest of 123 recorded lists has 712 tools.
_MOST_PAGES, _MOST_TOOLS = 500, 5_000
_KINDS = {dict: "a mapping", str: "text", int: "a number", float: "a number", bool: "yes or no"}
# JSON-RPC 2.0, section 5.1: a server without tools need not know how to list them.
_UNKNOWN_METHOD = -32601
_UNKNOWN_VERSION = -32022
"""Error by which a server says that it only knows the protocol without `initialize`."""


NO_COMMAND = "there is no command"
"""How the reason begins where a server could not be started at all."""


class NoAnswerError(Exception):
    """A server did not answer; the message says why, in a sentence."""


def converse(transport: Transport, timeout: float) -> Answers:
    """Let a server introduce itself and list its tools, within `timeout` seconds.

    Raises:
        NoAnswerError: It does not start, cannot be reached, refuses, or takes too long.
        MissingPartError: The SDK is missing.
    """
    anyio = sdk("anyio")

    async def bounded() -> Answers:
        with anyio.fail_after(timeout):
            return await _conversation(transport)

    with _quiet(), _worded(timeout), _alarm(timeout + _GRACE_SECONDS):
        answers: Answers = anyio.run(bounded)
        return answers


_GRACE_SECONDS = 6.0
"""Longer than the SDK takes to end a server that does not want to end."""


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Hold the time from outside as well: a reply that keeps the loop busy does not stretch it.

    Only the main thread of a program can be interrupted so.
    """
    if current_thread() is not main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def sdk(module: str) -> Any:  # noqa: ANN401 - a module of the SDK, which may be missing
    """Import a module of the SDK, or of what it brings along."""
    from importlib import import_module  # noqa: PLC0415 - only live imports need it

    try:
        return import_module(module)
    except ImportError:
        raise MissingPartError(
            "importing from a live server needs the official MCP SDK, which is not installed",
            hint=install_line("mcp"),
        ) from None


@dataclass
class _Heard:
    """The results a server sent, as it sent them: the SDK's records drop what they do not know."""

    results: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, item: object) -> None:
        """Write down a result that passes."""
        result = getattr(getattr(item, "message", None), "result", None)
        if isinstance(result, dict):
            self.results.append(result)

    def last(self, key: str) -> dict[str, Any]:
        """Give the last result that has a key."""
        return next((result for result in reversed(self.results) if key in result), {})


class _Tap:
    """A stream of messages that are written down as they pass."""

    def __init__(self, stream: Any, heard: _Heard) -> None:  # noqa: ANN401 - a stream of the SDK
        self._stream, self._heard = stream, heard

    @property
    def last_context(self) -> Any:  # noqa: ANN401 - as above
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> Any:  # noqa: ANN401 - as above
        item = await self._stream.receive()
        self._heard.hear(item)
        return item

    async def aclose(self) -> None:
        await self._stream.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:  # noqa: ANN401 - as above
        item = await self._stream.__anext__()
        self._heard.hear(item)
        return item

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> bool | None:
        stop: bool | None = await self._stream.__aexit__(*raised)
        return stop


async def _conversation(transport: Transport) -> Answers:
    """Say hello the old way, which all but the newest servers know; else the new way."""
    try:
        return await _talk(transport, "legacy")
    except (sdk("mcp").MCPError, ExceptionGroup) as fault:
        if getattr(_leaf(fault), "code", None) != _UNKNOWN_VERSION:
            raise
    return await _talk(transport, "auto")


async def _talk(transport: Transport, mode: str) -> Answers:
    heard = _Heard()

    @asynccontextmanager
    async def tapped() -> AsyncIterator[tuple[_Tap, Any]]:
        async with transport() as (reading, writing):
            yield _Tap(reading, heard), writing

    async with sdk("mcp").Client(tapped(), mode=mode) as client:
        tools, whole = await _tools(client, heard)
        hello = heard.last("protocolVersion") or heard.last("capabilities")
        info = hello.get("serverInfo")
        if info is None and client.server_info is not None:
            info = client.server_info.model_dump(by_alias=True, mode="json", exclude_none=True)
        return {
            "protocolVersion": client.protocol_version,
            "serverInfo": info,
            "capabilities": hello.get("capabilities"),
            "instructions": client.instructions,
            "tools": tools,
            **await _besides(client, heard, hello.get("capabilities")),
            **({} if whole else {"unlisted": True}),
        }


async def _tools(client: Any, heard: _Heard) -> tuple[list[Value], bool]:  # noqa: ANN401 - the SDK's client
    """List all pages, and tell whether that was all of them."""
    tools: list[Value] = []
    cursor: str | None = None
    last: Value = None
    for _ in range(_MOST_PAGES):
        page = await _page(client, heard, cursor)
        listed = _list_of(page)
        # A server that knows no cursors gives the same page again and again.
        if listed == last:
            return tools, True
        last = listed
        tools.extend(listed)
        cursor = page.get("nextCursor")
        if not isinstance(cursor, str):
            return tools, True
        if len(tools) > _MOST_TOOLS:
            break
    return tools, False


_BESIDES = {
    "prompts": ("prompts", "list_prompts"),
    "resources": ("resources", "list_resources"),
    "resourceTemplates": ("resources", "list_resource_templates"),
}
"""Key of a list -> capability that promises it, and how it is asked for."""


async def _besides(client: Any, heard: _Heard, capabilities: Any) -> Answers:  # noqa: ANN401 - as above
    """List the first page of prompts and resources, where the server says that it has some."""
    faults = (sdk("pydantic").ValidationError, sdk("mcp").MCPError)
    found: Answers = {}
    for key, (capability, asks) in _BESIDES.items():
        if not isinstance(capabilities, dict) or capability not in capabilities:
            continue
        before = len(heard.results)
        # A promise in the capabilities that the server does not keep is no reason to lose its
        # tools.
        with suppress(*faults):
            await getattr(client.session, asks)()
        if len(heard.results) > before and isinstance(heard.results[-1].get(key), list):
            found[key] = heard.results[-1][key]
    return found


async def _page(client: Any, heard: _Heard, cursor: str | None) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Get one page; what the SDK finds wrong with a tool is for the import to report."""
    pydantic, params = sdk("pydantic"), sdk("mcp_types").PaginatedRequestParams
    before = len(heard.results)
    try:
        await client.session.list_tools(params=params(cursor=cursor))
    # The SDK refuses a list for one odd tool; what it heard is still what the server said.
    except pydantic.ValidationError:
        if len(heard.results) == before:
            raise
    except sdk("mcp").MCPError as fault:
        if fault.code == _UNKNOWN_METHOD:
            return {"tools": []}
        raise
    return heard.results[-1]


def _list_of(page: dict[str, Any]) -> list[Value]:
    listed = page.get("tools")
    if isinstance(listed, list):
        return listed
    came = "missing" if listed is None else _KINDS.get(type(listed), "something else")
    raise NoAnswerError(f"its list of tools is {came}, not a list")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the SDK from logging every line that is no message; servers print all sorts."""
    logger, silence = getLogger("mcp"), NullHandler()
    before = logger.propagate
    logger.addHandler(silence)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = before
        logger.removeHandler(silence)


@contextmanager
def _worded(timeout: float) -> Iterator[None]:
    """Put what can go wrong into a sentence."""
    outside = (sdk("mcp").MCPError, sdk("httpx2").HTTPError)
    expected = (NoAnswerError, OSError, RuntimeError, ValueError, *outside)
    try:
        yield
    except TimeoutError:
        raise NoAnswerError(f"it did not answer within {timeout:g} seconds") from None
    except expected as fault:
        raise NoAnswerError(_words(fault)) from fault
    except ExceptionGroup as group:
        known = group.subgroup(lambda fault: isinstance(fault, expected))
        if known is None:
            raise
        raise NoAnswerError(_words(_leaf(known))) from group


def _leaf(fault: BaseException) -> BaseException:
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault


def _words(fault: BaseException) -> str:
    if isinstance(fault, FileNotFoundError):
        return f"{NO_COMMAND} {fault.filename or ''}".rstrip()
    if isinstance(fault, PermissionError):
        return f"{fault.filename or 'the command'} may not be run"
    if str(fault) == "Connection closed":
        return "it ended before it answered"
    return next(iter(str(fault).strip().splitlines()), type(fault).__name__)
