"""One fetch of a clip from a server on this machine: what it came to, and servers that cut, resume and send parts."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from http_bench import (
    CLIP,
    QUICK,
    Received,
    Reply,
    Server,
    Then,
    in_loop,
    reply,
    serving,
)

from runner.adapters.http.addresses import Resolve, resolve_host
from runner.adapters.http.client import Client
from runner.adapters.http.download import fetch_file
from runner.model.gateway import FetchAnswer, Fetched, FetchFailed

TAG = 'ETag: "first"'


class Visit:
    """What one fetch came to: its answer, what the server saw, what lies on the disk."""

    def __init__(self, folder: Path) -> None:
        self.into = folder / "clip.mp4"
        self.answer: FetchAnswer | None = None
        self.server = Server()

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.into.parent.iterdir())

    @property
    def ranges(self) -> list[str | None]:
        return [received.header("range") for received in self.server.received]

    def came_whole(self) -> bool:
        return self.answer == Fetched() and self.into.read_bytes() == CLIP and self.files == ["clip.mp4"]

    def came_not(self, cause: str) -> bool:
        return isinstance(self.answer, FetchFailed) and cause in self.answer.cause and self.files == []


def fetch(
    folder: Path,
    answer: Callable[[Received], Reply],
    *,
    path: str = "/clip.mp4?signature=hidden",
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    trust: ssl.SSLContext | None = None,
    resolve: Resolve = resolve_host,
    endpoint_is_private: bool = True,
    **options: Any,
) -> Visit:
    visit = Visit(folder)

    async def call() -> None:
        async with serving(answer, tls) as visit.server:
            client = Client(QUICK, trust=trust, resolve=resolve)
            scheme = "https" if tls else "http"
            url = f"{scheme}://{host}:{visit.server.port}{path}"
            settings = {"pause": 0.01, "idle": 0.5, **options}
            visit.answer = await fetch_file(
                client, url, visit.into, endpoint_is_private=endpoint_is_private, **settings
            )
            await client.close()

    in_loop(call())
    return visit


def in_turn(*replies: Reply) -> Callable[[Received], Reply]:
    left = list(replies)
    return lambda received: left.pop(0) if len(left) > 1 else left[0]


def cut_after(count: int, *headers: str, then: Then = Then.RESET) -> Reply:
    whole = reply(CLIP, headers=headers).content
    return Reply(whole[: len(whole) - len(CLIP) + count], then)


def rest_from(start: int, *headers: str, size: int | str = len(CLIP)) -> Reply:
    place = f"Content-Range: bytes {start}-{len(CLIP) - 1}/{size}"
    return reply(CLIP[start:], "206 Partial Content", [place, *headers])


def serve_ranges(received: Received) -> Reply:
    """As a store does: the rest from where it is asked for, cut after 60,000 bytes each time."""
    asked = received.header("range")
    start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
    whole = rest_from(start, TAG) if asked else reply(CLIP, headers=[TAG])
    body = CLIP[start:]
    return Reply(whole.content[: len(whole.content) - len(body) + 60_000], Then.CLOSE)
