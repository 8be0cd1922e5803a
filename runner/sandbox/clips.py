"""The clips a sandbox hands out: one file for all jobs that want the same, made distinct by a few bytes at the end.

How a clip is made is the business of a maker: `small_clips`, or the animatic's, which is handed in from outside.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from runner.core.canonical import digest_bytes
from runner.sandbox.dialect import Wanted

_MAKERS: Final = 2
_CHUNK: Final = 256 * 1024


class ClipMaker(Protocol):
    def kind_of(self, wanted: Wanted) -> str:
        """Equal for what the same clip will do for."""
        ...

    def make(self, wanted: Wanted, into: Path) -> None: ...

    def seconds_of(self, wanted: Wanted) -> float:
        """How long the clip really is."""
        ...


@dataclass(frozen=True, slots=True)
class Clip:
    file: Path
    # After the file's bytes: a box that players skip, so that no two jobs have the same clip.
    mark: bytes

    @property
    def size(self) -> int:
        return self.file.stat().st_size + len(self.mark)

    def read(self, begin: int, end: int) -> Iterator[bytes]:
        """The bytes from `begin` up to `end`, in pieces."""
        of_file = self.size - len(self.mark)
        with self.file.open("rb") as opened:
            opened.seek(min(begin, of_file))
            missing = min(end, of_file) - begin
            while missing > 0:
                piece = opened.read(min(_CHUNK, missing))
                missing -= len(piece)
                yield piece
        if end > of_file:
            yield self.mark[max(0, begin - of_file) : end - of_file]


class ClipShelf:
    """Makes clips in threads, each kind once."""

    def __init__(self, folder: Path, maker: ClipMaker) -> None:
        self._folder = folder
        self._maker = maker
        self._kinds: dict[str, Future[Path]] = {}
        self._threads = ThreadPoolExecutor(max_workers=_MAKERS, thread_name_prefix="clips")

    def order(self, wanted: Wanted) -> "Future[Path]":
        kind = self._maker.kind_of(wanted)
        if kind not in self._kinds:
            into = self._folder / f"{digest_bytes(kind.encode())[:24]}.mp4"
            self._kinds[kind] = self._threads.submit(self._make, wanted, into)
        return self._kinds[kind]

    def length_of(self, wanted: Wanted) -> str:
        """As vendors print it: `5.041`, `5.0`."""
        written = f"{int(self._maker.seconds_of(wanted) * 1000) / 1000:.3f}".rstrip("0")
        return f"{written}0" if written.endswith(".") else written

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _make(self, wanted: Wanted, into: Path) -> Path:
        self._maker.make(wanted, into)
        return into


def mark_for(job: str) -> bytes:
    """A `free` box of MP4 with the job's id in it."""
    content = job.encode()
    return (8 + len(content)).to_bytes(4) + b"free" + content
