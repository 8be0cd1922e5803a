"""What the review page shows, as values: the film, shots by scene with their takes, seams, money.

Clips and pictures are given as a browser takes them: a `data:` URI, or a path relative to the page.
"""

from dataclasses import dataclass

from runner.core.canonical import Digest
from runner.model.money import Money
from runner.model.plan import Action, Reason, Total


@dataclass(frozen=True, slots=True)
class ReviewClip:
    """A clip to be played."""

    source: str
    # A still to show before it plays.
    poster: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewTake:
    # v001, v002, ...
    name: str
    roll: int
    # None when its bytes are not on this machine.
    clip: ReviewClip | None
    is_in_use: bool
    # `generated`, `animatic` or `adopted`.
    origin: str
    gateway: str | None = None
    model: str | None = None
    key: str | None = None
    digest: Digest | None = None
    # ISO 8601.
    made: str = ""
    charge: Money | None = None
    # Made at a sandbox: what it was charged is no money.
    sandbox: bool = False
    # What a probe found wrong with it.
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A line of dialogue."""

    speaker: str
    text: str
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class Seam:
    """Where a shot opens (or ends) on a frame of another shot's take: the frame handed over, and what came of it."""

    # `first_frame` or `last_frame`: where in this shot.
    field: str
    # The shot the frame comes from, and which frame: `last`, `first`, or seconds as written.
    source: str
    at: str
    # None when it could not be cut: there is no take yet, or its clip is not here.
    handed_over: str | None = None
    # The shot's own first or last frame.
    met: str | None = None
    # Decibels; None when it was not measured. Infinite when the frames are equal.
    psnr: float | None = None


@dataclass(frozen=True, slots=True)
class ReviewShot:
    id: str
    # As rendered, with mentions as names.
    prompt: str
    model: str
    mode: str
    # Seconds.
    duration: int
    sound: bool
    # Of the present request; None while it is pending.
    key: str | None
    action: Action
    reasons: tuple[Reason, ...] = ()
    hint: str | None = None
    pinned: str | None = None
    dialogue: tuple[ReviewLine, ...] = ()
    seams: tuple[Seam, ...] = ()
    # All of them; the one in use is marked.
    takes: tuple[ReviewTake, ...] = ()

    @property
    def take(self) -> ReviewTake | None:
        return next((take for take in self.takes if take.is_in_use), None)

    @property
    def other_takes(self) -> tuple[ReviewTake, ...]:
        return tuple(take for take in self.takes if not take.is_in_use)


@dataclass(frozen=True, slots=True)
class ReviewScene:
    # None for the nameless scene of a storyboard with plain `shots:`.
    id: str | None
    title: str | None
    shots: tuple[ReviewShot, ...]


@dataclass(frozen=True, slots=True)
class Review:
    title: str
    production: str
    profile: str | None
    provider: str
    # In film order.
    scenes: tuple[ReviewScene, ...]
    # None as long as it was not cut.
    film: ReviewClip | None = None
    # True when takes have changed since the film was cut.
    film_is_outdated: bool = False
    # Over all runs. One entry a currency.
    spent: tuple[Money, ...] = ()
    # How many submits may have cost what nobody knows.
    unpriced: int = 0
    # A sandbox answers in the provider's place, and what it charged is in `spent`.
    sandbox: bool = False
    budget: Money | None = None
    # What a run would cost now; None when nothing is to be made.
    planned: Total | None = None

    @property
    def shots(self) -> tuple[ReviewShot, ...]:
        return tuple(shot for scene in self.scenes for shot in scene.shots)
