"""A finished clip from a gateway's link to a file: bounded, resumed after a cut, whole or not there.

No credential goes out from here. Whether what came plays, and for how long, is looked at by who takes it in.
"""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import httpx

from runner.adapters.http.client import Client
from runner.adapters.http.content import (
    MARK_BYTES,
    describe_size,
    is_clip,
    is_of_version,
    name_kind,
    read_number,
    read_range,
    read_version,
)
from runner.adapters.http.links import Cut, End, Link, read_pieces
from runner.model.gateway import FetchAnswer, Fetched, FetchFailed, LinkExpired

_TRIES: Final = 4
_EXPIRED: Final = frozenset({401, 403, 404, 410})


async def fetch_file(
    client: Client,
    url: str,
    into: Path,
    *,
    endpoint_is_private: bool,
    endpoint_is_plain: bool = False,
    most_bytes: int = 2 * 1024**3,
    seconds: float = 600.0,
    idle: float = 60.0,
    pause: float = 0.5,
) -> FetchAnswer:
    """Writes the clip to `into`, which is there only when all of it came. OSError is the disk's, never the network's.

    `seconds` is for all of it, `idle` for each piece, `pause` before the second try and twice as long before each next.
    """
    partial = into.with_name(f"{into.name}.partial")
    try:
        with partial.open("wb") as file:
            link = Link(client, url, endpoint_is_private, endpoint_is_plain, idle)
            answer = await _fetch_within(_Download(link, file, most_bytes), seconds, pause)
        if isinstance(answer, Fetched):
            partial.replace(into)
        return answer
    finally:
        partial.unlink(missing_ok=True)


async def _fetch_within(download: "_Download", seconds: float, pause: float) -> FetchAnswer:
    try:
        async with asyncio.timeout(seconds) as deadline:
            return await _fetch_in_tries(download, pause)
    except TimeoutError:
        if not deadline.expired():
            raise
        return FetchFailed(f"it did not come within {seconds:g} s")


async def _fetch_in_tries(download: "_Download", pause: float) -> FetchAnswer:
    cause = ""
    for tries in range(_TRIES):
        if tries:
            await asyncio.sleep(pause * 2 ** (tries - 1))
        try:
            await download.fetch_rest()
        except Cut as cut:
            cause = cut.cause
        except End as end:
            return end.answer
        else:
            return Fetched()
    return FetchFailed(f"{cause} (tried {_TRIES} times)")


@dataclass(slots=True)
class _Download:
    """One clip on its way, over all tries."""

    link: Link
    file: BinaryIO
    most_bytes: int
    received: int = 0
    # Of the whole clip; None while nobody has said.
    size: int | None = None
    # What names this very version of the clip: only with it the rest is asked for.
    version: str | None = None
    # The first bytes, until there are enough to tell a clip by.
    mark: bytearray = field(default_factory=bytearray)

    async def fetch_rest(self) -> None:
        """Returns when the clip is whole; Cut where another try may go on, End where none is of use."""
        headers: dict[str, str] = {}
        if self.received and self.version is not None:
            headers = {"Range": f"bytes={self.received}-", "If-Range": self.version}
        async with self.link.opened(headers) as response:
            await self._take(response)

    async def _take(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in _EXPIRED:
            raise End(LinkExpired())
        if status == 206:
            self._check_range(response.headers)
        elif status == 200:
            self._start_over()
            self.size = read_number(response.headers.get("content-length"))
            self.version = read_version(response.headers)
        else:
            self._refuse(status)
        if self.size is not None:
            self._check_size(self.size)
        await self._write(response)
        if self.size is not None and self.received != self.size:
            raise Cut(f"only {self.received:,} of {self.size:,} bytes came")
        if len(self.mark) < MARK_BYTES:
            raise End(FetchFailed(f"what came is not a clip: it is {name_kind(self.mark)}"))

    def _refuse(self, status: int) -> None:
        cause = f"the link was answered with status {status}"
        if status == 416:
            # What there is has changed: only a new start tells.
            self.version = None
        is_passing = status in {416, 429} or status >= 500
        raise Cut(cause) if self.received and is_passing else End(FetchFailed(cause))

    def _check_range(self, headers: httpx.Headers) -> None:
        """The rest, and of the same clip; else all of it again. Less than the rest will do: another try takes it up."""
        start, size = read_range(headers.get("content-range", ""))
        is_other_clip = size is not None and self.size is not None and size != self.size
        is_asked_for = self.received and start == self.received
        if not is_asked_for or is_other_clip or not is_of_version(headers, self.version or ""):
            self.version = None
            raise Cut("another part came than the one asked for")
        self.size = self.size if size is None else size

    def _check_size(self, size: int) -> None:
        if size > self.most_bytes:
            raise End(FetchFailed(f"it is larger than {describe_size(self.most_bytes)}"))

    async def _write(self, response: httpx.Response) -> None:
        async with aclosing(read_pieces(response)) as pieces:
            async for piece in pieces:
                self._check_mark(piece)
                self.received += len(piece)
                self._check_size(self.received)
                self.file.write(piece)

    def _check_mark(self, piece: bytes) -> None:
        """Before a page of any length is taken for a clip."""
        if len(self.mark) >= MARK_BYTES:
            return
        self.mark += piece[: 64 - len(self.mark)]
        if len(self.mark) >= MARK_BYTES and not is_clip(self.mark):
            raise End(FetchFailed(f"what came is not a clip: it is {name_kind(self.mark)}"))

    def _start_over(self) -> None:
        if self.received:
            self.file.seek(0)
            self.file.truncate()
        self.received, self.size, self.version = 0, None, None
        self.mark.clear()
