"""The ports of the outside: files, clips, journal, clock. Adapters implement them; a test hands in its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from runner.core.canonical import Digest
from runner.core.place import Source
from runner.model.journal import Entry, Event
from runner.model.request import Identity
from runner.model.storyboard import At
from runner.model.take import ClipFacts


class FileTrouble(Exception):
    """A file that cannot be used. `code` is a diagnostic code, `message` and `hint` are its words."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class PictureFacts:
    digest: Digest
    bytes: int
    # `png`, `jpeg`, ...
    format: str
    width: int
    height: int


class ProductionFiles(Protocol):
    """What a production's folder holds. Paths are relative to it, with `/`; nothing outside it is ever read."""

    def text(self, path: str) -> Source:
        """UTF-8 text, byte order mark and all; FileTrouble when it is missing, too large, binary or outside."""
        ...

    def picture(self, path: str) -> PictureFacts:
        """FileTrouble when it is missing, outside, no picture, damaged, or a decompression bomb."""
        ...

    def sound(self, path: str) -> Digest: ...

    def sound_seconds(self, path: str) -> float | None:
        """How long a sound lasts; None where that cannot be found out."""
        ...

    def location(self, path: str) -> Path:
        """Where it lies on this machine; FileTrouble when that is outside the production."""
        ...

    def names(self, folder: str, suffixes: Sequence[str]) -> tuple[str, ...]:
        """Paths of the files in a folder of the production, sorted; empty when there is no such folder."""
        ...


class Clock(Protocol):
    def now(self) -> str:
        """ISO 8601, UTC, to the millisecond: 2026-11-21T08:15:30.123Z."""
        ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Journal(Protocol):
    """Append-only. What `append` returned from is on disk and survives a power cut."""

    def append(self, event: Event) -> Entry: ...

    def entries(self) -> tuple[Entry, ...]: ...

    def close(self) -> None: ...


class Store(Protocol):
    """Takes by the digest of their bytes, and the frames cut from them, in the user's data folder."""

    def clip(self, digest: Digest) -> Path | None:
        """Where the clip lies; None when it is not here."""
        ...

    def keep(self, file: Path) -> tuple[Digest, int]:
        """Moves a finished clip in, durably; its digest and size. Keeping the same bytes twice is no harm."""
        ...

    def verify(self, digest: Digest) -> bool:
        """False when the bytes here are not what their name says; True when they are, or none are here."""
        ...

    def new_file(self, suffix: str) -> Path:
        """A name for a file on its way in; what is left there by a killed process is swept by the next run."""
        ...

    def frame(self, identity: Identity, at: At) -> Path:
        """Where the picture cut from that take belongs, whether it is there yet or not."""
        ...


@dataclass(frozen=True, slots=True)
class FrameFacts:
    # Of width, height and RGB samples: equal pictures have it equal, however they are packed.
    pixels: Digest
    width: int
    height: int
    # Seconds from the clip's first frame.
    time: Fraction
    # From 0.
    index: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One clip of the film, and how long it is meant to be heard and seen: all of it."""

    clip: Path
    label: str


@dataclass(frozen=True, slots=True)
class FilmFormat:
    """How a film is to be; None: as the clips are."""

    width: int | None = None
    height: int | None = None
    frames_per_second: int | None = None


class MediaTrouble(Exception):
    """A clip that cannot be read or is not what it should be."""


class Media(Protocol):
    """All decoding, encoding and joining of clips. Blocking: callers in the executor put it in a thread."""

    def probe(self, clip: Path) -> ClipFacts:
        """By decoding all of it; MediaTrouble when it cannot be played."""
        ...

    def cut_frame(self, clip: Path, at: At, into: Path) -> FrameFacts:
        """Writes the exact frame as lossless RGB PNG, atomically. MediaTrouble when the clip has no such time."""
        ...

    def join(self, segments: Sequence[Segment], film_format: FilmFormat, into: Path) -> ClipFacts:
        """Cuts the clips hard together, with sound all along (silence where a clip has none), atomically."""
        ...


class Progress(Protocol):
    """Told what happens in a run, as it happens. `detail` is for people."""

    def started(self, shots: Sequence[str]) -> None: ...

    def shot(self, shot: str, state: str, detail: str = "") -> None:
        """States: waiting, submitting, running, fetching, stored, kept, failed, blocked, open, interrupted."""
        ...

    def said(self, message: str) -> None: ...

    def ended(self) -> None: ...


Environment = Mapping[str, str]
