"""What `storyboard.lock` holds: what was made and chosen, committed beside the storyboard."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from runner.model.request import Identity, Key
from runner.model.resource import MadeResource
from runner.model.take import Take

# The block of a run without `--profile`.
DEFAULT_PROFILE = "default"


@dataclass(frozen=True, slots=True)
class LockedShot:
    """One shot under one profile."""

    # Of the request the choice below was made for.
    key: Key | None = None
    # The name of the take in use.
    chosen: str | None = None
    # True when a person chose it with `use` or `adopt`: it stands until the request changes.
    by_hand: bool = False
    # Why it is frozen; None when it is not pinned.
    pinned: str | None = None
    # The source takes (by field) the chosen take was blessed for, though it was made from others.
    accepted: Mapping[str, Identity] | None = None
    takes: tuple[Take, ...] = ()

    def take(self, name: str | None) -> Take | None:
        return next((take for take in self.takes if take.name == name), None)

    @property
    def current(self) -> Take | None:
        return self.take(self.chosen)


@dataclass(frozen=True, slots=True)
class Lock:
    production: str
    # By shot, then profile.
    shots: Mapping[str, Mapping[str, LockedShot]] = field(default_factory=dict)
    # Voices and elements made at gateways, for all who work on the production with the same account.
    resources: tuple[MadeResource, ...] = ()

    def block(self, shot: str, profile: str | None) -> LockedShot:
        return self.shots.get(shot, {}).get(profile or DEFAULT_PROFILE, LockedShot())

    def with_block(self, shot: str, profile: str | None, block: LockedShot) -> "Lock":
        blocks = {**self.shots.get(shot, {}), profile or DEFAULT_PROFILE: block}
        return replace(self, shots={**self.shots, shot: blocks})

    def takes_of(self, shot: str) -> tuple[Take, ...]:
        """Of all profiles, each name once."""
        named = {take.name: take for block in self.shots.get(shot, {}).values() for take in block.takes}
        return tuple(named[name] for name in sorted(named))

    def all_takes(self) -> tuple[Take, ...]:
        return tuple(take for shot in self.shots for take in self.takes_of(shot))
