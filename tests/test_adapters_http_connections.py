"""The line below a call: whom it is encrypted to, and which calls share it."""

import asyncio
import ssl
from pathlib import Path

import pytest
from http_bench import QUICK, Received, Reply, Then, in_loop, kept, outgoing, reply, send, server_tls, serving, trusting
from single_calls import answer_with, sent_to

from runner.adapters.http.client import Answer, Client, NeverSent, TimeLimits, Unknown

# --- encryption


def tls_call(trust: ssl.SSLContext | None, host: str) -> tuple[object, list[Received]]:
    async def call() -> tuple[object, list[Received]]:
        async with serving(lambda received: reply(b"{}"), server_tls()) as server:
            found = await send(f"https://{host}:{server.port}", client=Client(QUICK, trust=trust))
            await asyncio.sleep(0.02)
            return found, server.received

    return in_loop(call())


def test_a_certificate_nobody_vouches_for_stops_the_call_before_it_is_sent() -> None:
    found, received = tls_call(None, "localhost")
    assert isinstance(found, NeverSent)
    assert "its certificate is not trusted" in found.cause
    assert received == []


def test_a_trusted_certificate_for_another_name_stops_the_call_before_it_is_sent() -> None:
    found, received = tls_call(trusting(), "127.0.0.1")
    assert isinstance(found, NeverSent)
    assert "its certificate is not trusted" in found.cause
    assert received == []


def test_a_server_that_does_not_speak_tls_was_never_sent_to() -> None:
    async def call() -> object:
        async def chat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 hello\r\n")
            await writer.drain()
            writer.close()

        listening = await asyncio.start_server(chat, "127.0.0.1", 0)
        async with listening:
            return await send(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}")

    assert isinstance(in_loop(call()), NeverSent)


def test_further_authorities_are_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    found = in_loop(send("https://127.0.0.1:9"))
    assert found == NeverSent("the certificates named by `SSL_CERT_FILE` or `SSL_CERT_DIR` cannot be read")


# --- connections


def test_each_paid_call_has_a_connection_of_its_own() -> None:
    async def call() -> list[int]:
        async with serving(lambda received: kept(b"{}")) as server:
            client = Client(QUICK)
            for _ in range(3):
                await client.send_once(outgoing(server.url, b"{}"))
            await client.close()
            return [received.connection for received in server.received]

    assert in_loop(call()) == [1, 2, 3]


def test_polls_share_a_connection() -> None:
    async def call() -> list[int]:
        async with serving(lambda received: kept(b"{}")) as server:
            client = Client(QUICK)
            for _ in range(3):
                assert isinstance(await client.ask(outgoing(server.url)), Answer)
            await client.close()
            return [received.connection for received in server.received]

    assert in_loop(call()) == [1, 1, 1]


def test_a_poll_is_not_tried_again_and_waits_for_less() -> None:
    async def call() -> tuple[object, int]:
        async with serving(lambda received: Reply(b"", Then.HANG)) as server:
            client = Client(TimeLimits(read=30, ask_read=0.1))
            found = await client.ask(outgoing(server.url))
            await client.close()
            return found, len(server.received)

    assert in_loop(call()) == (Unknown("no answer came in time"), 1)


def test_a_poll_after_a_broken_one_finds_a_new_connection() -> None:
    async def call() -> list[object]:
        async with serving(answer_with(Reply(b"", Then.RESET), kept(b"{}"))) as server:
            client = Client(QUICK)
            found = [await client.ask(outgoing(server.url)) for _ in range(2)]
            await client.close()
            return [type(one) for one in found]

    assert in_loop(call()) == [Unknown, Answer]


def test_cookies_are_not_carried_from_answer_to_request() -> None:
    async def call() -> list[str | None]:
        given = Reply(reply(b"{}", headers=["Set-Cookie: session=1; Path=/"]).content, Then.KEEP)
        async with serving(lambda received: given) as server:
            client = Client(QUICK)
            for _ in range(2):
                await client.ask(outgoing(server.url))
            await client.close()
            return [received.header("cookie") for received in server.received]

    assert in_loop(call()) == [None, None]


def test_no_saved_password_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hidden\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    _, received = sent_to(reply())
    assert received[0].header("authorization") is None
