"""What each thing that can go wrong while sending means for money: nothing was sent, or nobody knows.

One table, by exception class. A cause is words for people and never holds more of a request than its host: an
exception's own text may quote a header with a key in it.
"""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import anyio
import h11
import httpx


@dataclass(frozen=True, slots=True)
class NeverSent:
    """Not one byte of the request left for the gateway."""

    cause: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request, or a part of it, may have arrived."""

    cause: str


NoAnswer: TypeAlias = NeverSent | Unknown

# Bases of a family stand in it too, doubtful unless all of the family is known to come before the first byte: what a
# later version of the library raises is then taken for doubtful, not for unsent.
VERDICTS: Final[dict[type[Exception], NoAnswer]] = {
    # --- before the first byte
    httpx.ConnectError: NeverSent("it could not be connected to"),
    httpx.ConnectTimeout: NeverSent("it could not be connected to in time"),
    httpx.PoolTimeout: NeverSent("no connection became free in time"),
    httpx.ProxyError: NeverSent("the proxy refused to connect to it"),
    httpx.UnsupportedProtocol: NeverSent("its URL is neither `http://` nor `https://`"),
    httpx.InvalidURL: NeverSent("its URL is not valid"),
    # --- after it, or perhaps
    httpx.ReadError: Unknown("the connection broke before the answer was whole"),
    httpx.ReadTimeout: Unknown("no answer came in time"),
    httpx.WriteError: Unknown("the connection broke while the request was sent"),
    httpx.WriteTimeout: Unknown("the request could not be sent in time"),
    httpx.CloseError: Unknown("the connection broke while it was closed"),
    httpx.RemoteProtocolError: Unknown("it hung up without a whole answer, or answered something else than HTTP"),
    httpx.LocalProtocolError: Unknown("the request broke the rules of HTTP while it was sent"),
    httpx.DecodingError: Unknown("its answer could not be unpacked"),
    httpx.TooManyRedirects: Unknown("it answered with redirects without end"),
    httpx.HTTPStatusError: Unknown("it answered with an error"),
    httpx.TimeoutException: Unknown("it took too long"),
    httpx.NetworkError: Unknown("the connection broke"),
    httpx.ProtocolError: Unknown("the rules of HTTP were broken"),
    httpx.TransportError: Unknown("the transport failed"),
    httpx.RequestError: Unknown("the request failed"),
    httpx.HTTPError: Unknown("the request failed"),
    httpx.CookieConflict: Unknown("its cookies contradict each other"),
    httpx.StreamConsumed: Unknown("its answer was read twice"),
    httpx.StreamClosed: Unknown("its answer was closed too early"),
    httpx.ResponseNotRead: Unknown("its answer was not read"),
    httpx.RequestNotRead: Unknown("the request was not read"),
    httpx.StreamError: Unknown("its answer could not be read"),
    # --- from below, should the library ever let one through
    h11.LocalProtocolError: Unknown("the request broke the rules of HTTP while it was sent"),
    h11.RemoteProtocolError: Unknown("its answer is not HTTP"),
    h11.ProtocolError: Unknown("the rules of HTTP were broken"),
    anyio.BrokenResourceError: Unknown("the connection broke"),
    anyio.ClosedResourceError: Unknown("the connection was closed"),
    anyio.BusyResourceError: Unknown("the connection was in use"),
    anyio.EndOfStream: Unknown("it hung up before the answer was whole"),
    anyio.IncompleteRead: Unknown("it hung up before the answer was whole"),
    ssl.SSLError: Unknown("the encrypted connection broke"),
    TimeoutError: Unknown("it took too long"),
    OSError: Unknown("the connection broke"),
}

# For `except`: whatever is not among these is a fault of ours, and stays one.
TROUBLES: Final = tuple(VERDICTS)


def judge(trouble: Exception) -> NoAnswer:
    """By the nearest class that has a verdict. Only for what was caught as one of TROUBLES: of those each has one."""
    verdict = next(VERDICTS[family] for family in type(trouble).__mro__ if family in VERDICTS)
    if not isinstance(trouble, httpx.ConnectError):
        return verdict
    reason = _find_reason(trouble)
    return NeverSent(f"{verdict.cause}: {reason}") if reason else verdict


def _find_reason(trouble: BaseException) -> str | None:
    """What the system or the certificate check said; their words are known to hold nothing of a request."""
    for cause in _beneath(trouble):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted ({cause.verify_message})"
            case ssl.SSLError():
                return "no encrypted connection came about"
            case socket.gaierror():
                return "its name cannot be resolved"
            case OSError(strerror=str(words)) if words:
                return words.lower()
    return None


def _beneath(trouble: BaseException) -> Iterator[BaseException]:
    """Everything an exception was made of, each once: httpx and its floor wrap what they catch in several ways."""
    seen: set[int] = set()
    open_ones: list[BaseException] = [trouble]
    while open_ones:
        one = open_ones.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        parts = (one.__cause__, one.__context__, *one.args)
        open_ones += [part for part in parts if isinstance(part, BaseException)]
        if isinstance(one, BaseExceptionGroup):
            open_ones += one.exceptions
