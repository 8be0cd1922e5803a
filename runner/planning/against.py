"""A storyboard as if everything in it had been made: what another version of it is compared with, without any take."""

from collections.abc import Iterable

from runner.core.canonical import Digest
from runner.model.lock import DEFAULT_PROFILE, Lock, LockedShot
from runner.model.manifest import Manifest
from runner.model.request import Identity
from runner.model.storyboard import Shot, Storyboard
from runner.model.take import Take
from runner.planning.graph import build_graph, order_shots
from runner.planning.makers import makers_part
from runner.planning.request import canonical_request, request_key, request_parts


def assume_made(storyboard: Storyboard, manifest: Manifest) -> Lock:
    """A lock in which each shot has one take per roll; a take's key serves as the digest of its bytes."""
    shots = {shot.id: shot for shot in storyboard.shots}
    identities: dict[str, Identity] = {}
    blocks: dict[str, dict[str, LockedShot]] = {}
    for shot_id in order_shots(build_graph(storyboard)):
        takes = tuple(_imagine_takes(storyboard, manifest, shots[shot_id], identities))
        identities[shot_id] = takes[0].identity
        block = LockedShot(key=takes[0].key, chosen=takes[0].name, takes=takes)
        blocks[shot_id] = {storyboard.profile or DEFAULT_PROFILE: block}
    return Lock(storyboard.id, blocks)


def digests_in(lock: Lock) -> frozenset[Digest]:
    """What counts as being here when everything in that lock does."""
    return frozenset(take.digest for take in lock.all_takes() if take.digest is not None)


def _imagine_takes(
    storyboard: Storyboard, manifest: Manifest, shot: Shot, identities: dict[str, Identity]
) -> Iterable[Take]:
    sources = {field: identities[frame.shot] for field, frame in shot.chained}
    part = makers_part(storyboard, shot, manifest)
    for roll in range(1, shot.rolls.value + 1):
        canonical = canonical_request(storyboard, shot, roll, manifest.medium, sources)
        key = request_key(canonical)
        yield Take(
            name=f"v{roll:03}",
            origin=manifest.medium,
            key=key,
            makers_part=part.digest,
            roll=roll,
            identity=Identity(key),
            digest=Digest(key),
            gateway=manifest.name,
            model=shot.model.value,
            job=None,
            charge=None,
            made="",
            sources=sources,
            parts=request_parts(canonical),
        )
