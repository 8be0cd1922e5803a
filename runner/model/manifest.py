"""A provider as its manifest describes it: what it can make, at what price, and how sure we can be of its answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from runner.model.interface import Interface
from runner.model.storyboard import PriceRow

# As many as the smallest pack a gateway is known to sell takes at once.
JOBS_AT_A_GATEWAY: Final = 5


class Proof(StrEnum):
    """How well a property of a gateway is known."""

    PROVEN = "proven"
    DOCUMENTED = "documented"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Guard:
    """What clears up an uncertain submit: three properties of the gateway, apart from each other."""

    # A name of ours can be sent with the job.
    named: Proof
    # A job is found by that name.
    found: Proof
    # A second submit under that name is refused.
    refused: Proof


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What a picture must be like to be taken."""

    formats: tuple[str, ...]
    shortest_side: int
    widest_ratio: float
    bytes: int


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """Lengths and counts of one model. None: no limit is known."""

    # Seconds.
    durations: tuple[int, ...]
    # Empty: the model comes in one quality, and `mode` has no meaning for it.
    modes: tuple[str, ...]
    # Of the prompt with its dialogue, and of the negative prompt.
    prompt_characters: int | None
    elements: int | None
    voices: int | None
    beats: int | None
    has_sound: bool
    # Of one beat's prompt.
    beat_characters: int | None = None
    # Pictures of one element beside its frontal one.
    references: int | None = None
    # Masks with a trajectory.
    masks: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    name: str
    title: str
    medium: Literal["animatic", "generated"]
    guard: Guard
    # How many jobs may run at once; None where nobody says.
    concurrent: int | None
    pictures: PictureLimits
    models: Mapping[str, ModelLimits]
    prices: Mapping[str, tuple[PriceRow, ...]]
    # What a second of video usually takes to make, in seconds; None where unknown.
    seconds_per_second: float | None
    # True when making costs nothing and a lost job is simply made again.
    free: bool
    # None for a provider that works on this machine.
    interface: Interface | None = None
    # Whose voices and elements it knows by their ids, where that is not itself.
    shared_library: str | None = None
    # By model, then task: its limits there.
    offers: Mapping[str, Mapping[str, ModelLimits]] = field(default_factory=dict)
    # The day the prices were read.
    prices_date: str | None = None
    notes: tuple[str, ...] = ()
    # How many jobs of one model may run at once, where that is said of it.
    concurrent_by_model: Mapping[str, int] = field(default_factory=dict)
    # How many submits it takes within a minute; None where nobody says.
    submits_a_minute: int | None = None

    @property
    def library(self) -> str:
        """Whose voices and elements it knows by their ids: gateways of one library know each other's."""
        return self.shared_library or self.name

    def most_jobs(self, wanted: int | None, cores: int) -> int:
        """How many jobs run at once; `wanted` is the caller's word."""
        limits = [limit for limit in (self.concurrent, wanted) if limit is not None]
        if not limits and self.concurrent_by_model.keys() >= self.models.keys() > set():
            return sum(self.concurrent_by_model.values())
        return min(limits, default=self.usual_jobs(cores))

    def usual_jobs(self, cores: int) -> int:
        """How many jobs run at once where neither the manifest nor the caller says."""
        return cores if self.interface is None else JOBS_AT_A_GATEWAY
