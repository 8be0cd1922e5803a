"""One roll as it is wanted now, and whether a take or an attempt answers it: key and maker's part, nothing else.

The maker's part is worked out again for the gateway that made the take, since moving elsewhere re-makes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from runner.core.canonical import Digest
from runner.model.ledger import Attempt
from runner.model.manifest import Manifest
from runner.model.request import Key, MakersPart
from runner.model.storyboard import Shot, Storyboard
from runner.model.take import Take
from runner.planning.makers import makers_part, makers_part_without


@dataclass(frozen=True, slots=True)
class Makers:
    """A shot's maker's part, at the plan's gateway and at any other."""

    storyboard: Storyboard
    shot: Shot
    part: MakersPart
    # Of the part, worked out once: it is asked for at every take.
    digest: Digest
    # Of the gateways that made takes there are.
    manifests: Mapping[str, Manifest] = field(default_factory=dict)

    def agree(self, gateway: str | None, medium: str, digest: Digest | None) -> bool:
        return gateway is None or digest == self.digest_at(gateway, medium)

    def agree_with_take(self, take: Take) -> bool:
        return self.agree(take.gateway, take.origin, take.makers_part)

    def digest_at(self, gateway: str, medium: str) -> Digest:
        if gateway == self.part.gateway:
            return self.digest
        manifest = self.manifests.get(gateway)
        if manifest is None:
            return makers_part_without(self.storyboard, self.shot, gateway, medium).digest
        return makers_part(self.storyboard, self.shot, manifest).digest


def makers_of(
    storyboard: Storyboard, shot: Shot, part: MakersPart, manifests: Mapping[str, Manifest] | None = None
) -> Makers:
    digest = part.digest if part.content else _digest_of_nothing(part.gateway)
    return Makers(storyboard, shot, part, digest, manifests or {})


@lru_cache(maxsize=64)
def _digest_of_nothing(gateway: str) -> Digest:
    """Most shots ask nothing of a gateway that is its own."""
    return MakersPart(gateway, {}).digest


@dataclass(frozen=True, slots=True)
class Wanted:
    key: Key
    makers: Makers
    # Takes from a double count only while the endpoint is overridden to one.
    sandbox: bool

    def is_answered_by(self, take: Take) -> bool:
        return take.key == self.key and (self.sandbox or not take.sandbox) and self.makers.agree_with_take(take)

    def is_asked_by(self, attempt: Attempt) -> bool:
        """True when the attempt asked for just this, at whichever gateway."""
        intent = attempt.intent
        medium = str(intent.canonical["medium"])
        return (
            intent.key == self.key
            and (self.sandbox or not intent.sandbox)
            and self.makers.agree(intent.gateway, medium, intent.makers_part.digest)
        )
