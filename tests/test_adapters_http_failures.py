"""Each thing that can go wrong while sending has its verdict, and no verdict quotes what was sent."""

import errno
import socket
import ssl
from collections.abc import Iterator

import anyio
import h11
import httpx
import pytest

from runner.adapters.http.failures import TROUBLES, VERDICTS, NeverSent, Unknown, judge

MARKED_KEY = "sk-marked-key-0123456789"
# The families the library raises from; `__all__` is looked at too, should it grow another.
FAMILIES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict, h11.ProtocolError)


def family_of(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for member in root.__subclasses__():
        yield from family_of(member)


def exported() -> Iterator[type[Exception]]:
    for name in httpx.__all__:
        one = getattr(httpx, name)
        if isinstance(one, type) and issubclass(one, Exception):
            yield one


def test_every_exception_of_the_library_has_an_entry_of_its_own() -> None:
    members = {member for root in FAMILIES for member in family_of(root)} | set(exported())
    assert len(members) > 28
    missing = {member.__name__ for member in members if member.__module__.split(".")[0] in {"httpx", "h11"}} - {
        known.__name__ for known in VERDICTS
    }
    assert missing == set()
    assert members - set(VERDICTS) == set()


def test_only_what_comes_before_the_first_byte_counts_as_unsent() -> None:
    unsent = {family for family, verdict in VERDICTS.items() if isinstance(verdict, NeverSent)}
    assert unsent == {
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
    }


def test_a_failure_of_a_later_version_is_in_doubt_whatever_it_is_made_from() -> None:
    class HalfSent(httpx.TransportError):
        pass

    class LateTimeout(httpx.TimeoutException):
        pass

    assert isinstance(judge(HalfSent("")), Unknown)
    assert isinstance(judge(LateTimeout("")), Unknown)


@pytest.mark.parametrize(
    "trouble",
    [
        OSError(errno.EPIPE, "Broken pipe"),
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        TimeoutError(),
        ssl.SSLError(1, "bad record mac"),
        anyio.BrokenResourceError(),
        anyio.ClosedResourceError(),
        anyio.EndOfStream(),
        h11.RemoteProtocolError("illegal status line"),
    ],
)
def test_what_leaks_from_below_is_caught_and_in_doubt(trouble: Exception) -> None:
    assert isinstance(trouble, TROUBLES)
    assert isinstance(judge(trouble), Unknown)


@pytest.mark.parametrize("fault", [TypeError("ours"), KeyError("ours"), ValueError("ours"), RuntimeError("ours")])
def test_a_fault_of_ours_is_not_taken_for_one_of_theirs(fault: Exception) -> None:
    assert not isinstance(fault, TROUBLES)


def test_no_cause_holds_what_the_exception_says() -> None:
    for family in VERDICTS:
        # Made without its own constructor: some want a request and an answer.
        trouble = family.__new__(family)
        trouble.args = (f"Illegal header value b'Bearer {MARKED_KEY}' for https://x.test/?key={MARKED_KEY}",)
        assert MARKED_KEY not in judge(trouble).cause
        assert judge(trouble).cause


@pytest.mark.parametrize(
    ("beneath", "expected"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its name cannot be resolved"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "connection refused"),
        (ExceptionGroup("all", [OSError(errno.EHOSTUNREACH, "No route to host")]), "no route to host"),
        (ssl.SSLError(1, "wrong version number"), "no encrypted connection came about"),
    ],
)
def test_why_nothing_could_be_connected_to_is_told(beneath: Exception, expected: str) -> None:
    trouble = httpx.ConnectError("All connection attempts failed")
    trouble.__context__ = beneath
    assert judge(trouble) == NeverSent(f"it could not be connected to: {expected}")


def test_a_failure_that_contains_itself_is_judged_all_the_same() -> None:
    trouble = httpx.ConnectError("round")
    trouble.__context__ = OSError("round")
    trouble.__context__.__context__ = trouble
    assert judge(trouble) == NeverSent("it could not be connected to")
