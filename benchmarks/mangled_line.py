"""The line between the runner and the double in `fuzz_answers`: it hands on requests and mangles what comes back.

In memory, in place of a connection; or on a port of loopback, where bytes are written and not HTTP.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
from mangled_answers import Given, mangle, mangle_line

from runner.adapters.http.client import Client, TimeLimits

# Of one job, so many answers at most before the gateway becomes honest about it.
MOST_MANGLED: Final = 24
IN_MEMORY: Final = "http://127.0.0.1:9"
QUICK: Final = TimeLimits(connect=2, write=2, read=0.2, ask_read=0.2, whole=3)


@dataclass
class Call:
    """One call of the runner's, and what its answer was made into."""

    moment: str
    # Of a create: our name for the job; else the job or the name asked about.
    about: str
    honest: Given | None = None
    given: Given | None = None


CALL: ContextVar[Call | None] = ContextVar("call", default=None)


@dataclass
class Mangler:
    """Between the runner and the double: hands on requests, and mangles what comes back while it may."""

    app: Any
    dice: random.Random
    is_honest: bool = False
    mangled: int = 0
    # Over a real line calls come one after the other, and this is the one under way.
    current: Call | None = None
    _left: dict[tuple[str, str], int] = field(default_factory=dict)

    async def ask(self, method: str, path: str, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Given:
        transport = httpx.ASGITransport(app=self.app)
        request = httpx.Request(method, f"{IN_MEMORY}{path}", headers=list(headers), content=body)
        response = await transport.handle_async_request(request)
        content = await response.aread()
        kept = {name: text for name, text in response.headers.items() if name != "content-length"}
        return Given(response.status_code, kept, content)

    def answer(self, call: Call | None, honest: Given) -> Given:
        given = honest
        if call is not None and not self.is_honest and self._may(call):
            given = mangle(self.dice, honest, call.moment)
            self.mangled += 1
        if call is not None:
            call.honest, call.given = honest, given
        return given

    def _may(self, call: Call) -> bool:
        """Most creates; of each job's polls, look-ups and downloads some, drawn at the first."""
        if call.moment == "create":
            return self.dice.random() < 0.7
        which = (call.moment, call.about)
        left = self._left.setdefault(which, self.dice.randrange(MOST_MANGLED))
        self._left[which] = left - 1
        return left > 0


class MemoryTransport(httpx.AsyncHTTPTransport):
    """In place of a connection."""

    def __init__(self, mangler: Mangler) -> None:
        super().__init__(trust_env=False)
        self._mangler = mangler

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        path = request.url.raw_path.decode("ascii")
        honest = await self._mangler.ask(request.method, path, request.headers.raw, body)
        given = self._mangler.answer(CALL.get(), honest)
        if given.breaks is not None:
            raise given.breaks
        return httpx.Response(given.status, headers=given.header_list(), stream=httpx.ByteStream(given.body))


class MemoryClient(Client):
    def __init__(self, mangler: Mangler) -> None:
        super().__init__(QUICK)
        self._mangler = mangler

    def open_transport(self, proxy: str | None, *, kept_connections: int = 0) -> httpx.AsyncHTTPTransport:
        del proxy, kept_connections
        return MemoryTransport(self._mangler)


@contextlib.asynccontextmanager
async def real_line(mangler: Mangler) -> AsyncIterator[str]:
    """The mangler on a port of loopback, writing bytes and not HTTP."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            pairs = [line.partition(":") for line in head[1:] if line]
            headers = [(name.strip().encode(), text.strip().encode()) for name, _, text in pairs]
            length = next((int(text) for name, text in headers if name.lower() == b"content-length"), 0)
            body = await reader.readexactly(length)
            call = mangler.current
            honest = await mangler.ask(method, path, headers, body)
            given = mangler.answer(call, honest)
            content, hangs = mangle_line(mangler.dice, given, is_honest=given is honest)
            if call is not None and given is not honest:
                call.given = replace(given, is_framed=False)
            writer.write(content)
            await writer.drain()
            if hangs:
                await asyncio.sleep(1)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
