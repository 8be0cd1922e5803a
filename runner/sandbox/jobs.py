"""Jobs of a sandbox and what becomes of them with time. Who may ask for them is the business of `house`."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from secrets import randbelow, token_hex
from typing import Final

from runner.core.canonical import Json
from runner.sandbox.clips import Clip, mark_for
from runner.sandbox.dialect import FailureKind, Job, MakesIds, Operation, Phase, Wanted

# The part of its time a job waits before anybody works on it.
_WAITING: Final = 0.2
# Of a prompt; packed pictures are longer.
_LONGEST_TEXT: Final = 4000
_RUNNING: Final = frozenset({Phase.SUBMITTED, Phase.PROCESSING})


@dataclass(slots=True)
class Entry:
    id: str
    gateway: str
    account: str
    operation: Operation
    wanted: Wanted
    # As the caller wrote it, for the addresses a callback tells.
    origin: str
    # Seconds since 1970.
    created: float
    latency: float
    failure: FailureKind | None = None
    is_stuck: bool = False
    # What its request said, pictures left out.
    words: str = ""
    # Of a clip on its way; nothing for voices, elements and what fails.
    clip: "Future[Path] | None" = None
    # Seconds since 1970, when it was done.
    clip_done: float | None = None
    # Voices and elements are asked for and deleted by it.
    product_id: str = field(default_factory=lambda: str(10**14 + randbelow(9 * 10**14)))
    deleted: float | None = None

    def phase(self, now: float) -> Phase:
        age = now - self.created
        if self.deleted is not None:
            return Phase.DELETED
        if age < self.latency * _WAITING:
            return Phase.SUBMITTED
        if self.is_stuck or age < self.latency:
            return Phase.PROCESSING
        if self.failure is not None:
            return Phase.FAILED
        return Phase.SUCCEEDED if self.clip is None or self.clip.done() else Phase.PROCESSING

    def is_running(self, now: float) -> bool:
        return self.phase(now) in _RUNNING

    def finished_clip(self) -> Clip | None:
        if self.clip is None or not self.clip.done() or self.clip.cancelled() or self.clip.exception() is not None:
            return None
        return Clip(self.clip.result(), mark_for(self.id))

    def shown(self, now: float, url: str | None, length: str | None, odd_word: str | None = None) -> Job:
        phase = self.phase(now)
        is_done = phase is Phase.SUCCEEDED
        return Job(
            id=self.id,
            operation=self.operation,
            wanted=self.wanted,
            phase=phase,
            created=int(self.created * 1000),
            updated=int(self._changed(phase, now) * 1000),
            url=url if is_done else None,
            length=length if is_done else None,
            product_id=None if phase in _RUNNING or self.wanted.product == "video" else self.product_id,
            failure=self.failure if phase is Phase.FAILED else None,
            odd_word=odd_word,
        )

    def _changed(self, phase: Phase, now: float) -> float:
        """When it came into this phase."""
        match phase:
            case Phase.SUBMITTED:
                return self.created
            case Phase.PROCESSING:
                return self.created + self.latency * _WAITING
            case Phase.DELETED:
                return self.deleted or now
            case _:
                return max(self.created + self.latency, self.clip_done or 0)


def words_in(body: Json) -> str:
    """Every text in it, but for those too long to be written by a person."""
    if isinstance(body, str):
        return body if len(body) <= _LONGEST_TEXT else ""
    inner = body.values() if isinstance(body, Mapping) else body if isinstance(body, Sequence) else ()
    return "\n".join(filter(None, map(words_in, inner)))


def new_id(dialect: object) -> str:
    return dialect.make_id() if isinstance(dialect, MakesIds) else token_hex(12)
