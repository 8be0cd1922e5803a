"""One request, one answer: what a gateway does to a call, and the word it comes to."""

import asyncio
import gzip
import logging
import socket
import zlib
from collections.abc import Callable

import pytest
from http_bench import QUICK, Reply, Then, in_loop, outgoing, reply, send, serving
from single_calls import MARKED_KEY, answer_with, sent_to

from runner.adapters.http.client import Answer, Client, NeverSent, Outgoing, TimeLimits, Unknown

# --- answers


def test_an_answer_comes_back_whole_with_its_status_and_headers_in_lower_case() -> None:
    found, received = sent_to(
        reply(b'{"task_id": "1"}', "201 Created", ["X-Trace: Abc", "Content-Type: application/json"])
    )
    assert isinstance(found, Answer)
    assert (found.status, found.body) == (201, b'{"task_id": "1"}')
    assert (found.headers["x-trace"], found.headers["content-type"]) == ("Abc", "application/json")
    assert received[0].body == b'{"prompt": "sea"}'


@pytest.mark.parametrize(
    "status", ["400 Bad Request", "401 Unauthorized", "409 Conflict", "429 Slow", "500 Oh", "503 No"]
)
def test_a_refusal_is_an_answer_and_is_asked_for_once(status: str) -> None:
    found, received = sent_to(reply(b"{}", status))
    assert isinstance(found, Answer)
    assert found.status == int(status[:3])
    assert len(received) == 1


def test_what_is_sent_is_framed_by_its_length_and_names_no_library() -> None:
    _, received = sent_to(reply())
    request = received[0]
    assert request.header("content-length") == "17"
    assert request.header("transfer-encoding") is None
    assert request.header("connection") == "close"
    assert request.header("accept-encoding") == "identity"
    assert request.header("user-agent") == "framechain"


def test_a_picture_of_many_pieces_arrives_as_it_was() -> None:
    body = bytes(range(256)) * 4096

    async def call() -> bytes:
        async with serving(lambda received: reply()) as server:
            await send(server.url, body=body)
            return server.received[0].body

    assert in_loop(call()) == body


@pytest.mark.parametrize(
    ("packing", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes), ("", bytes)]
)
def test_a_packed_answer_is_unpacked_though_it_was_not_asked_for(packing: str, pack: Callable[[bytes], bytes]) -> None:
    found, _ = sent_to(reply(pack(b'{"task_id": "1"}'), headers=[f"Content-Encoding: {packing}"]))
    assert isinstance(found, Answer)
    assert found.body == b'{"task_id": "1"}'


@pytest.mark.parametrize(
    ("content", "packing"),
    [
        (b"not packed at all", "gzip"),
        # Without the time in them, which would make another test of each.
        (gzip.compress(b"x" * 1000, mtime=0)[:20], "gzip"),
        (gzip.compress(b"0" * 9_000_000, mtime=0), "gzip"),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "gzip, gzip"),
        (b"{}", "br"),
    ],
)
def test_an_answer_that_cannot_be_unpacked_within_bounds_leaves_a_doubt(content: bytes, packing: str) -> None:
    found, _ = sent_to(reply(content, headers=[f"Content-Encoding: {packing}"]))
    assert isinstance(found, Unknown)


def test_an_answer_larger_than_the_bound_leaves_a_doubt() -> None:
    found, _ = sent_to(reply(b"[" + b" " * 8 * 1024 * 1024))
    assert found == Unknown("its answer is larger than 8 MB")
    found, _ = sent_to(reply(b"[" + b" " * (8 * 1024 * 1024 - 1)))
    assert isinstance(found, Answer)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_never_followed(status: int) -> None:
    found, received = sent_to(reply(b"", f"{status} Elsewhere", ["Location: /other"]))
    assert found == Unknown(f"it answered with a redirect ({status}), which is not followed")
    assert len(received) == 1


# --- no answer


@pytest.mark.parametrize(
    "given",
    [
        Reply(b"", Then.CLOSE),
        Reply(b"", Then.RESET),
        Reply(b"HTTP/1.1 200 OK\r\nConte", Then.CLOSE),
        Reply(b"HTTP/1.1 200 OK\r\nConte", Then.RESET),
        Reply(b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"task_id":', Then.CLOSE),
        Reply(b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"task_id":', Then.RESET),
        Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", Then.CLOSE),
        Reply(b"\x16\x03\x01 this is no HTTP at all\r\n\r\n", Then.CLOSE),
        Reply(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}", Then.CLOSE),
        Reply(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, Then.HANG),
        Reply(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Then.CLOSE),
        Reply(b"", Then.HANG),
        Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", Then.HANG),
    ],
)
def test_whatever_breaks_once_the_request_is_out_leaves_a_doubt_and_is_not_sent_again(given: Reply) -> None:
    found, received = sent_to(given)
    assert isinstance(found, Unknown)
    assert len(received) == 1


def test_a_line_cut_before_the_request_is_read_leaves_a_doubt() -> None:
    async def call() -> object:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()

        listening = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            return await send(f"http://127.0.0.1:{port}", body=b"x" * 10_000_000)

    assert isinstance(in_loop(call()), Unknown)


def test_a_gateway_that_stops_reading_in_the_midst_of_a_picture_leaves_a_doubt() -> None:
    async def call() -> object:
        done = asyncio.Event()

        async def read_little(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            await done.wait()
            writer.transport.abort()

        listening = await asyncio.start_server(read_little, "127.0.0.1", 0, limit=1024)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            client = Client(TimeLimits(write=0.2, read=5, whole=10))
            found = await send(f"http://127.0.0.1:{port}", client=client, body=b"x" * 50_000_000)
            done.set()
            await asyncio.sleep(0.05)
            return found

    assert in_loop(call()) == Unknown("the request could not be sent in time")


def test_a_line_that_is_slow_but_goes_on_is_no_failure() -> None:
    async def call() -> object:
        async def read_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            left = 30_000_000
            while left > 0:
                left -= len(await reader.read(1_500_000))
                await asyncio.sleep(0.04)
            writer.write(reply(b"{}").content)
            writer.close()

        listening = await asyncio.start_server(read_slowly, "127.0.0.1", 0, limit=1_000_000)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            client = Client(TimeLimits(write=0.5, read=5, whole=20))
            return await send(f"http://127.0.0.1:{port}", client=client, body=b"x" * 30_000_000)

    assert isinstance(in_loop(call()), Answer)


def test_an_answer_that_trickles_without_end_is_given_up_with_a_doubt() -> None:
    async def call() -> object:
        async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            except OSError:
                writer.close()

        listening = await asyncio.start_server(trickle, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            found = await send(f"http://127.0.0.1:{port}", client=Client(TimeLimits(read=1, whole=0.3)))
            await asyncio.sleep(0.1)
            return found

    assert in_loop(call()) == Unknown("it took too long")


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = in_loop(send(f"http://127.0.0.1:{taken.getsockname()[1]}"))
    assert isinstance(found, NeverSent)
    assert found.cause.startswith("it could not be connected to: ")


def test_a_name_nobody_has_was_never_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    found = in_loop(send("http://gateway.invalid"))
    assert found == NeverSent("it could not be connected to: its name cannot be resolved")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "127.0.0.1/v1",
        "",
        "http://",
        "http://[::1",
        "http://a..b",
        "http://" + "a" * 70 + ".test",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://127.0.0.1/\x00",
        "https://xn--a",
    ],
)
def test_a_url_nobody_can_send_to_was_never_sent_to(url: str) -> None:
    assert isinstance(in_loop(send(url)), NeverSent)


@pytest.mark.parametrize(
    ("name", "value"),
    [("Authorization", "Bearer a\nb"), ("Authorization", "Bearer é"), ("X Key", "a"), ("", "a"), ("X-Key", "a\x7f")],
)
def test_a_header_that_cannot_be_sent_is_seen_before_anything_is_sent(name: str, value: str) -> None:
    async def call() -> tuple[object, int]:
        async with serving(lambda received: reply()) as server:
            found = await Client(QUICK).send_once(Outgoing("POST", server.url, {name: value}, b"{}"))
            return found, server.connections

    found, connections = in_loop(call())
    assert isinstance(found, NeverSent)
    assert connections == 0
    assert found.cause == "a header of the request holds a character that cannot be sent"


def test_cancelling_goes_through_and_closes_the_line() -> None:
    async def call() -> bool:
        async with serving(lambda received: Reply(b"", Then.HANG)) as server:
            task = asyncio.create_task(send(server.url, client=Client(TimeLimits())))
            await server.has_heard.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return task.cancelled()

    assert in_loop(call())


# --- what is seen


def test_neither_key_nor_url_is_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def call() -> list[object]:
        async with serving(answer_with(reply(), Reply(b"", Then.RESET))) as server:
            client = Client(QUICK)
            request = outgoing(f"{server.url}/v1?key={MARKED_KEY}", b"{}", Authorization=f"Bearer {MARKED_KEY}")
            found: list[object] = [request, await client.send_once(request), await client.send_once(request)]
            found.append(await client.ask(request))
            await client.close()
            assert server.received[0].header("authorization") == f"Bearer {MARKED_KEY}"
            return found

    shown = repr(in_loop(call()))
    assert MARKED_KEY not in shown
    assert MARKED_KEY not in caplog.text
