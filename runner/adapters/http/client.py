"""One request, one answer or the honest word that there is none. No retry, no redirect, no cookie, no saved password.

Built on the library's transports rather than its client: a client reads settings from the environment by itself, keeps
cookies from answer to answer and writes whole URLs into the log.
"""

import asyncio
import contextlib
import re
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias

import httpx

from runner.adapters.http.addresses import HIGHEST_PORT, Resolve, resolve_host
from runner.adapters.http.failures import TROUBLES, VERDICTS, NeverSent, NoAnswer, Unknown, judge
from runner.adapters.http.proxies import find_proxy

__all__ = ["Answer", "Client", "NeverSent", "NoAnswer", "Outgoing", "TimeLimits", "Unknown"]

_MOST_BYTES: Final = 8 * 1024 * 1024
_PIECE: Final = 64 * 1024
_USER_AGENT: Final = "framechain"
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Of zlib: reads the marks of gzip and of deflate both.
_ANY_PACKING: Final = 32 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes out. Its URL and headers may hold a key, so none of it is shown."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    # Names in lower case.
    headers: Mapping[str, str]
    body: bytes


Outcome: TypeAlias = Answer | NeverSent | Unknown


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds. Connecting is for the whole of it, writing and reading for each piece: a slow line is no failure."""

    connect: float = 10.0
    write: float = 60.0
    # A paid call's answer may be long in coming, and giving up on it leaves a doubt.
    read: float = 120.0
    ask_read: float = 30.0
    # From the first try to connect to the last byte of the answer.
    whole: float = 600.0


class Client:
    """All requests to gateways. One a run; `close` it at the end."""

    def __init__(
        self,
        limits: TimeLimits | None = None,
        *,
        trust: ssl.SSLContext | None = None,
        resolve: Resolve = resolve_host,
    ) -> None:
        self.limits = limits or TimeLimits()
        self.resolve = resolve
        self._trust = trust
        self._pools: dict[str | None, httpx.AsyncHTTPTransport] = {}

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """Whose certificates are believed: those of `SSL_CERT_FILE` or `SSL_CERT_DIR`, else the usual authorities'."""
        return self._trust or httpx.create_ssl_context()

    async def send_once(self, outgoing: Outgoing) -> Outcome:
        """The paid call, over a connection of its own: one kept from before may be dead without showing it."""
        request = _build(outgoing, self._timeouts(self.limits.read), {"Connection": "close"})
        if isinstance(request, NeverSent):
            return request
        transport = self.open_transport(find_proxy(request.url))
        if isinstance(transport, NeverSent):
            return transport
        try:
            return await self._exchange(transport, request)
        finally:
            # The answer is here, or it is known that there is none: how the line closes changes neither.
            with contextlib.suppress(*TROUBLES):
                await transport.aclose()

    async def ask(self, outgoing: Outgoing) -> Outcome:
        """A poll or a look-up: costs nothing, so connections are kept between them."""
        request = _build(outgoing, self._timeouts(self.limits.ask_read), {})
        if isinstance(request, NeverSent):
            return request
        proxy = find_proxy(request.url)
        transport = self._pools.get(proxy) or self.open_transport(proxy, kept_connections=20)
        if isinstance(transport, NeverSent):
            return transport
        self._pools[proxy] = transport
        return await self._exchange(transport, request)

    async def close(self) -> None:
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            with contextlib.suppress(*TROUBLES):
                await pool.aclose()

    def open_transport(self, proxy: str | None, *, kept_connections: int = 0) -> httpx.AsyncHTTPTransport | NeverSent:
        """A new one, to be closed by the caller."""
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=kept_connections)
        try:
            trust = self.trust
        except OSError:
            return NeverSent("the certificates named by `SSL_CERT_FILE` or `SSL_CERT_DIR` cannot be read")
        try:
            return httpx.AsyncHTTPTransport(verify=trust, trust_env=False, limits=limits, proxy=proxy)
        except ImportError:
            return NeverSent("the environment names a SOCKS proxy, which needs the package `socksio`")
        except (ValueError, httpx.InvalidURL):
            return NeverSent("the proxy named in the environment is not a valid one")

    def _timeouts(self, read: float) -> dict[str, float | None]:
        limits = self.limits
        return httpx.Timeout(connect=limits.connect, write=limits.write, read=read, pool=limits.connect).as_dict()

    async def _exchange(self, transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> Outcome:
        try:
            async with asyncio.timeout(self.limits.whole):
                response = await transport.handle_async_request(request)
                try:
                    return await _read_answer(response)
                finally:
                    with contextlib.suppress(*TROUBLES):
                        await response.aclose()
        except TROUBLES as trouble:
            return judge(trouble)


def _build(
    outgoing: Outgoing, timeouts: Mapping[str, float | None], headers: Mapping[str, str]
) -> httpx.Request | NeverSent:
    """All that can be wrong with a request is found here, while it is certain that nothing was sent."""
    if not all(_can_be_sent(name, value) for name, value in outgoing.headers.items()):
        return NeverSent("a header of the request holds a character that cannot be sent")
    body = outgoing.body
    try:
        ours = httpx.Headers({"User-Agent": _USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"})
        ours.update(headers)
        ours.update(outgoing.headers)
        if body is not None:
            ours["Content-Length"] = str(len(body))
        request = httpx.Request(
            outgoing.method,
            outgoing.url,
            headers=ours,
            content=None if body is None else _pieces(body),
            extensions={"timeout": timeouts},
        )
        # Read here, since the library finds out only now what is no name in other letters (`xn--...`).
        host = request.url.host
    except (httpx.InvalidURL, ValueError):
        return NeverSent(VERDICTS[httpx.InvalidURL].cause)
    if (request.url.port or 0) > HIGHEST_PORT:
        return NeverSent(VERDICTS[httpx.InvalidURL].cause)
    if request.url.scheme not in {"http", "https"} or not host:
        return NeverSent(VERDICTS[httpx.UnsupportedProtocol].cause)
    return request


def _can_be_sent(name: str, value: str) -> bool:
    return bool(_HEADER_NAME.fullmatch(name)) and value.isascii() and value.isprintable() and value == value.strip()


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """So that the time for writing counts for each of them: pictures are big and lines are slow."""
    for start in range(0, len(body), _PIECE):
        yield body[start : start + _PIECE]


async def _read_answer(response: httpx.Response) -> Answer | Unknown:
    status = response.status_code
    if 300 <= status < 400:
        return Unknown(f"it answered with a redirect ({status}), which is not followed")
    if not 200 <= status < 600:
        return Unknown(f"it answered with status {status}, which no gateway does")
    body = bytearray()
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("the transport gave a stream that cannot be awaited")
    async for piece in response.stream:
        body += piece
        if len(body) > _MOST_BYTES:
            return _too_large()
    content = _unpack(bytes(body), response.headers.get("content-encoding", "identity").strip().lower())
    return content if isinstance(content, Unknown) else Answer(status, dict(response.headers), content)


def _unpack(body: bytes, packing: str) -> bytes | Unknown:
    """It was asked for as it is; a gateway that packs it all the same is understood, within the same bound."""
    if packing in {"", "identity"} or not body:
        return body
    if packing not in {"gzip", "x-gzip", "deflate"}:
        return Unknown("its answer is packed in a way nobody asked for")
    unpacker = zlib.decompressobj(_ANY_PACKING)
    try:
        content = unpacker.decompress(body, _MOST_BYTES + 1)
    except zlib.error:
        return Unknown("its answer could not be unpacked")
    if len(content) > _MOST_BYTES:
        return _too_large()
    return content if unpacker.eof else Unknown("its packed answer is not whole")


def _too_large() -> Unknown:
    return Unknown(f"its answer is larger than {_MOST_BYTES // 1024 // 1024} MB")
