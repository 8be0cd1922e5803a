"""A take: one stored clip of one roll, with what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from runner.core.canonical import Digest
from runner.model.money import Money, counted
from runner.model.request import Identity, Key


@dataclass(frozen=True, slots=True)
class Take:
    # The running number people see: v001, v002, ...
    name: str
    # `generated` and `animatic` were made on request; `adopted` is the author's own footage and has no key.
    origin: str
    key: Key | None
    makers_part: Digest | None
    roll: int
    identity: Identity
    # None for an animatic take in the lock: its bytes may differ from machine to machine.
    digest: Digest | None
    gateway: str | None
    model: str | None
    job: str | None
    charge: Money | None
    # ISO 8601, UTC, to the second.
    made: str
    # The takes its frames came from, by field: `first_frame`, `last_frame`.
    sources: Mapping[str, Identity]
    # A short digest of each field of the canonical request, so that a later plan can name what changed.
    parts: Mapping[str, str] = field(default_factory=dict)
    sandbox: bool = False
    # The highest it may have cost, where the gateway did not say, or said it in another currency.
    price: Money | None = None

    @property
    def cost(self) -> Money | None:
        return counted(self.charge, self.price)


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What a probe sees in a clip's file."""

    width: int
    height: int
    frames: int
    # Seconds of the video stream, from its first frame to the end of its last.
    duration: Fraction
    frames_per_second: Fraction
    video_codec: str
    audio_codec: str | None
    audio_duration: Fraction | None
