"""Which take of a shot is in use. The choice stands in the lock and moves only by hand or when the request changes.

Everything an attempt stored becomes a take of its shot here, also of a request that has changed meanwhile: the
ledger adds to the lock and never removes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from runner.core.canonical import Digest
from runner.model.ledger import AttemptState, Ledger
from runner.model.lock import Lock, LockedShot
from runner.model.manifest import Manifest
from runner.model.request import Key, MakersPart
from runner.model.storyboard import Shot, Storyboard
from runner.model.take import Take
from runner.planning.records import Records, index_records
from runner.planning.request import canonical_request, request_key
from runner.planning.takes import ANIMATIC, name_after, take_from_attempt
from runner.planning.wanted import Makers, Wanted, makers_of


def settle(  # the six things a choice depends on, in the order the walk knows them
    lock: Lock,
    ledger: Ledger,
    storyboard: Storyboard,
    shot: Shot,
    keys: Sequence[Key],
    makers: MakersPart,
    *,
    here: frozenset[Digest] | None = None,
    sandbox: bool = False,
    records: Records | None = None,
    manifests: Mapping[str, Manifest] | None = None,
    let_go: bool = False,
) -> Lock:
    """The lock with the shot's stored attempts as takes, and with its choice.

    `keys` are the present request's by roll; none of them where they are pending: then takes are added and the choice
    stays. `here` lets a take whose bytes are lost give way to one made in its stead.
    """
    records = records or index_records(lock, ledger)
    shown = makers_of(storyboard, shot, makers, manifests)
    block = settle_block(records, [Wanted(key, shown, sandbox) for key in keys], shown, here, let_go=let_go)
    if block == lock.block(shot.id, storyboard.profile):
        return lock
    return lock.with_block(shot.id, storyboard.profile, block)


def settle_block(
    records: Records, wanted: Sequence[Wanted], makers: Makers, here: frozenset[Digest] | None, *, let_go: bool = False
) -> LockedShot:
    """The shot's block alone; `wanted` is what its rolls ask for now.

    `let_go`: the shot was asked for again, so a take decided for that is lost is not waited for.
    """
    storyboard, shot = makers.storyboard, makers.shot
    block = _add_takes(records, storyboard.profile, shot.id, wanted)
    if not wanted:
        return block
    answering = [take for roll in wanted for take in block.takes if roll.is_answered_by(take)]
    if _stands_by_decision(storyboard, shot, block, wanted):
        take = block.current
        may_go = let_go or (take is not None and take.origin == ANIMATIC)
        if not (may_go and _gives_way(records, block, answering, here)):
            return block
    chosen = _choose(records, block, answering, here)
    if chosen is None or (chosen.name == block.chosen and block.key == wanted[0].key):
        return block
    return replace(block, key=wanted[0].key, chosen=chosen.name, by_hand=False, accepted=None)


def _choose(
    records: Records, block: LockedShot, answering: Sequence[Take], here: frozenset[Digest] | None
) -> Take | None:
    """The one in use if it answers, else the first roll's.

    A take whose bytes are lost gives way to another of the same roll, and never to another roll: which one is in the
    film does not depend on what lies on this machine.
    """
    in_use = next((take for take in answering if take.name == block.chosen), answering[0] if answering else None)
    if in_use is None or here is None or records.has_bytes(in_use, here):
        return in_use
    same_roll = (take for take in answering if take.key == in_use.key and records.has_bytes(take, here))
    return next(same_roll, in_use)


def _gives_way(records: Records, block: LockedShot, answering: Sequence[Take], here: frozenset[Digest] | None) -> bool:
    """True when the take decided for is lost, cannot be made again, and what is asked for now is here in its stead."""
    take = block.current
    if take is None or here is None or block.pinned is not None or records.has_bytes(take, here):
        return False
    return any(records.has_bytes(other, here) for other in answering)


def _stands_by_decision(storyboard: Storyboard, shot: Shot, block: LockedShot, wanted: Sequence[Wanted]) -> bool:
    take = block.current
    if take is None:
        return False
    if block.pinned is not None or (block.by_hand and block.key == wanted[0].key):
        return True
    return block.accepted is not None and is_accepted_for(storyboard, shot, block, wanted[0])


def is_accepted_for(storyboard: Storyboard, shot: Shot, block: LockedShot, wanted: Wanted) -> bool:
    """True when the take in use was blessed for just the sources the request now has, and nothing else has changed."""
    take, accepted = block.current, block.accepted
    fields = {field for field, _ in shot.chained}
    if take is None or accepted is None or set(accepted) != fields or set(take.sources) != fields:
        return False
    present = canonical_request(storyboard, shot, 1, take.origin, accepted)
    made_from = canonical_request(storyboard, shot, take.roll, take.origin, take.sources)
    return (
        request_key(present) == wanted.key
        and request_key(made_from) == take.key
        and wanted.makers.agree_with_take(take)
    )


def _add_takes(records: Records, profile: str | None, shot: str, wanted: Sequence[Wanted]) -> LockedShot:
    """The shot's block with every take that is its own or answers what is wanted."""
    block = records.lock.block(shot, profile)
    listed = {_sameness(take) for take in block.takes}
    missing: dict[tuple[object, ...], Take] = {}
    for candidate in _candidates(records, profile, shot, wanted):
        if _sameness(candidate) not in listed:
            missing.setdefault(_sameness(candidate), candidate)
    if not missing:
        return block
    numbered = list(records.lock.takes_of(shot))
    elsewhere = {_sameness(take): take for take in numbered}
    added: list[Take] = []
    for sameness, candidate in missing.items():
        take = elsewhere.get(sameness) or replace(candidate, name=name_after([*numbered, *added]))
        added.append(take)
    return replace(block, takes=tuple(sorted([*block.takes, *added], key=_running_number)))


def _candidates(records: Records, profile: str | None, shot: str, wanted: Sequence[Wanted]) -> list[Take]:
    """Takes the lock has under other shots come first: others may have seen them already."""
    stored = [one for one in records.attempts_of_shot(shot, profile) if one.state is AttemptState.STORED]
    takes: list[Take] = []
    for roll in wanted:
        takes.extend(take for take in records.takes_of(roll.key) if roll.is_answered_by(take))
        stored.extend(attempt for attempt in records.stored_of(roll.key) if roll.is_asked_by(attempt))
    stored.sort(key=lambda attempt: attempt.number)
    return [*takes, *(take_from_attempt(attempt, "") for attempt in stored)]


def _sameness(take: Take) -> tuple[object, ...]:
    """The same clip of the same request by the same maker: one take, however often it is listed."""
    return (take.identity, take.key, take.makers_part)


def _running_number(take: Take) -> tuple[int, str]:
    return (len(take.name), take.name)
