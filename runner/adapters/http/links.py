"""A link from a gateway, opened: each hop checked before it is followed, and connected to where the check looked.

What the bytes behind it are, and what is done after a cut, is the business of `download`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import httpx

from runner.adapters.http.addresses import NotAllowed, Target, Unresolved, may_fetch
from runner.adapters.http.client import Client, NeverSent
from runner.adapters.http.failures import TROUBLES, judge
from runner.adapters.http.proxies import find_proxy
from runner.model.gateway import FetchAnswer, FetchFailed

_HOPS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class End(Exception):
    """Nothing more is tried: the answer is known."""

    def __init__(self, answer: FetchAnswer) -> None:
        super().__init__()
        self.answer = answer


class Cut(Exception):
    """This try is over; another one may go on where it stopped."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Link:
    client: Client
    url: str
    endpoint_is_private: bool
    endpoint_is_plain: bool
    # Seconds without a byte until it counts as cut.
    idle: float

    @asynccontextmanager
    async def opened(self, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """What its last hop answers. Cut or End where there is no answer."""
        url: str | httpx.URL = self.url
        for _ in range(_HOPS + 1):
            target = await self._check(url)
            async with self._opened_hop(target, headers) as response:
                if response.status_code not in _REDIRECTS:
                    yield response
                    return
                url = _next_url(target.url, response)
        raise End(FetchFailed(f"the link leads on through more than {_HOPS} redirects"))

    async def _check(self, url: str | httpx.URL) -> Target:
        target = await may_fetch(
            url,
            endpoint_is_private=self.endpoint_is_private,
            endpoint_is_plain=self.endpoint_is_plain,
            resolve=self.client.resolve,
        )
        match target:
            case Target():
                return target
            case Unresolved(parsed) if find_proxy(parsed) is not None:
                # Behind a proxy often nothing is resolved but by the proxy itself.
                return Target(parsed, ())
            case Unresolved(parsed):
                raise Cut(f"the name `{parsed.host}` cannot be resolved")
            case NotAllowed(cause):
                raise End(FetchFailed(f"the link is not followed: {cause}"))

    @asynccontextmanager
    async def _opened_hop(self, target: Target, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        proxy = find_proxy(target.url)
        transport = self.client.open_transport(proxy)
        if isinstance(transport, NeverSent):
            raise End(FetchFailed(transport.cause))
        # A proxy is given the name: it has its own rules for where it leads.
        hosts = [str(address) for address in target.addresses] if proxy is None else [target.url.host]
        try:
            response = await self._connect(transport, target.url, hosts, headers)
            try:
                yield response
            finally:
                with suppress(*TROUBLES):
                    await response.aclose()
        finally:
            with suppress(*TROUBLES):
                await transport.aclose()

    async def _connect(
        self, transport: httpx.AsyncHTTPTransport, url: httpx.URL, hosts: list[str], headers: Mapping[str, str]
    ) -> httpx.Response:
        cause = "it has no address"
        for host in hosts:
            try:
                return await transport.handle_async_request(self._request(url, host, headers))
            except TROUBLES as trouble:
                verdict = judge(trouble)
                cause = verdict.cause
                if not isinstance(verdict, NeverSent):
                    break
        raise Cut(f"`{url.host}`: {cause}")

    def _request(self, url: httpx.URL, host: str, headers: Mapping[str, str]) -> httpx.Request:
        """The connection goes to `host`; the name stays in what is asked for and in what the certificate must say."""
        limits = self.client.limits
        timeouts = httpx.Timeout(connect=limits.connect, write=limits.write, read=self.idle, pool=limits.connect)
        ours = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": "framechain",
            "Accept": "video/*, */*;q=0.5",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        extensions = {"timeout": timeouts.as_dict(), "sni_hostname": url.raw_host.decode("ascii")}
        return httpx.Request("GET", url.copy_with(host=host), headers={**ours, **headers}, extensions=extensions)


async def read_pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """As they come over the line, never unpacked: stores mark files as packed that are not, and no clip is."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("the transport gave a stream that cannot be awaited")
    stream = aiter(response.stream)
    while True:
        try:
            piece = await anext(stream)
        except StopAsyncIteration:
            return
        except TROUBLES as trouble:
            raise Cut(judge(trouble).cause) from None
        yield piece


def _next_url(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    location = response.headers.get("location")
    with suppress(httpx.InvalidURL, ValueError):
        if location:
            return url.join(location)
    raise End(FetchFailed("the link leads on to nowhere"))
