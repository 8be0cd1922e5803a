"""A server on loopback that answers byte by byte as it is told, or hangs up where it is told; and who asks it.

Not an HTTP library on purpose: what is under test must be met with bytes, not with another library's good manners.
"""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from runner.adapters.http.addresses import Address
from runner.adapters.http.client import Client, Outgoing, TimeLimits

Result = TypeVar("Result")

# Made for this bench, worth nothing: signed by itself, valid from 2020 to 2119, for this name only.
TLS_HOST = "clips.example.test"
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBfDCCASKgAwIBAgIBATAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJjbGlwcy5l
eGFtcGxlLnRlc3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB0x
GzAZBgNVBAMMEmNsaXBzLmV4YW1wbGUudGVzdDBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABC+CzXBEM9Pw8lwtER/vGevTQLhfLMcSD4EXwdDfI1wPwK6+vrv0vCTK
XqB9rcaeA2WPyF0nvpfxMKnUlwD+KLKjUTBPMB0GA1UdEQQWMBSCEmNsaXBzLmV4
YW1wbGUudGVzdDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBQaAaKomyvCp1Vq
SGE62+DqAr2oIzAKBggqhkjOPQQDAgNIADBFAiEAxj+YdfXE52fKKKTp5tImOybk
euCkkuIYryPAit2bY7wCIEP4Gh+OBEIOK25I79YhxW75qmv1z1rTwRalX4jZDCPf
-----END CERTIFICATE-----
"""
_TLS_KEY = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZ+AMMDFYR0/8yNIb
qO0mdcCfg5gI8XFhhANg5kAuU86hRANCAAQvgs1wRDPT8PJcLREf7xnr00C4XyzH
Eg+BF8HQ3yNcD8Cuvr679Lwkyl6gfa3GngNlj8hdJ76X8TCp1JcA/iiy
-----END PRIVATE KEY-----
"""

QUICK = TimeLimits(connect=2, write=2, read=0.3, ask_read=0.2, whole=5)
# The head of an MP4 and something to follow it.
CLIP = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00" + bytes(range(256)) * 800


class Then(Enum):
    """What happens to the connection once the bytes are out."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came. `connection` counts from 1."""

    head: str
    body: bytes
    connection: int

    @property
    def target(self) -> str:
        return self.head.split(" ")[1]

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            found, _, value = line.partition(":")
            if found.lower() == name.lower():
                return value.strip()
        return None


@dataclass(frozen=True, slots=True)
class Reply:
    content: bytes
    then: Then = Then.CLOSE


@dataclass(slots=True)
class Server:
    port: int = 0
    has_heard: asyncio.Event = field(default_factory=asyncio.Event)
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    # The server name each TLS client asked for.
    asked_names: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Answering = Callable[[Received], Reply]


def reply(
    body: bytes = b"", status: str = "200 OK", headers: Sequence[str] = (), *, length: int | None = None
) -> Reply:
    """A whole answer; with another `length` than its body has, a lie."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return Reply(("\r\n".join(lines) + "\r\n\r\n").encode() + body, Then.CLOSE)


def kept(body: bytes = b"") -> Reply:
    return Reply(reply(body).content, Then.KEEP)


@asynccontextmanager
async def serving(answer: Answering, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        number = server.connections
        try:
            while (received := await _read_request(reader, number)) is not None:
                server.received.append(received)
                server.has_heard.set()
                given = answer(received)
                writer.write(given.content)
                await writer.drain()
                if given.then is Then.RESET:
                    writer.transport.abort()
                if given.then is Then.HANG:
                    await asyncio.sleep(3600)
                if given.then is not Then.KEEP:
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def open_talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(talk(reader, writer))
        talks.add(task)

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: server.asked_names.append(name)
    listening = await asyncio.start_server(open_talk, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await listening.wait_closed()
        # One more turn, so that the transports are gone before the loop is.
        await asyncio.sleep(0.01)


async def _read_request(reader: asyncio.StreamReader, number: int) -> Received | None:
    head = await reader.readuntil(b"\r\n\r\n")
    text = head.decode("latin-1")
    received = Received(text, b"", number)
    length = int(received.header("content-length") or 0)
    return Received(text, await reader.readexactly(length) if length else b"", number)


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.pem"
        path.write_text(CERTIFICATE + _TLS_KEY)
        context.load_cert_chain(path)
    return context


def trusting() -> ssl.SSLContext:
    """A client's trust in the bench's own certificate and in no other."""
    return ssl.create_default_context(cadata=CERTIFICATE)


def resolving(**places: str) -> Callable[[str, int], Awaitable[Sequence[Address]]]:
    """A resolver that knows these names (`_` for a dot) and literal addresses; several addresses by commas."""

    async def resolve(host: str, port: int) -> Sequence[Address]:
        found = places.get(host.replace(".", "_"), host)
        try:
            return tuple(ip_address(address) for address in found.split(","))
        except ValueError:
            raise OSError(f"no such name: {host}") from None

    return resolve


def in_loop(coroutine: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(coroutine)


async def send(server_url: str, *, client: Client | None = None, body: bytes | None = b'{"prompt": "sea"}') -> Any:
    """One paid call to a bench server, the client closed behind it."""
    client = client or Client(QUICK)
    try:
        return await client.send_once(outgoing(f"{server_url}/jobs", body))
    finally:
        await client.close()


def outgoing(url: str, body: bytes | None = None, **headers: str) -> Outgoing:
    return Outgoing("GET" if body is None else "POST", url, headers, body)
