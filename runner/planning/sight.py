"""A shot as a plan sees it when its turn comes: its request, its sources as they stand, its takes and its choice."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.core.canonical import Json
from runner.model.lock import LockedShot
from runner.model.plan import PlanInputs
from runner.model.request import Identity, Key, PendingKey
from runner.model.storyboard import Shot
from runner.model.take import Take
from runner.planning.choice import settle_block
from runner.planning.makers import makers_part
from runner.planning.reasons import SourceNow
from runner.planning.records import Records
from runner.planning.request import complete_request, own_request, request_key
from runner.planning.wanted import Makers, Wanted, makers_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A shot that has been judged, as those that hang on it see it."""

    # Of the take in use; None while that is still to be made, and so its bytes unknown.
    identity: Identity | None
    # True when its clip is here, or this run brings it.
    is_coming: bool
    known: frozenset[Identity]
    is_first_take: bool
    is_under_way: bool
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Sight:
    inputs: PlanInputs
    records: Records
    shot: Shot
    # The request without chained frames and roll.
    own: Mapping[str, Json]
    makers: Makers
    # By frame field.
    sources: Mapping[str, SourceNow]
    # By roll; empty while pending.
    wanted: tuple[Wanted, ...]
    pending: PendingKey | None
    # Shots it needs whose clips cannot be had in this run.
    barred_by: tuple[str, ...]
    # True where one of them would have to be selected.
    is_barred_by_selection: bool
    # With its stored attempts as takes, and its choice settled.
    block: LockedShot

    @property
    def take(self) -> Take | None:
        """The take in use."""
        return self.block.current

    @property
    def locked(self) -> LockedShot:
        """The block as the lock has it."""
        return self.inputs.lock.block(self.shot.id, self.inputs.storyboard.profile)

    @property
    def is_chosen(self) -> bool:
        """True when the lock has that take for just this request; else it was found to answer a moment ago."""
        return (self.locked.chosen, self.locked.key) == (self.block.chosen, self.block.key)

    @property
    def is_selected(self) -> bool:
        return self.inputs.only is None or self.shot.id in self.inputs.only

    @property
    def rolls(self) -> range:
        return range(1, self.shot.rolls.value + 1)

    def key(self, roll: int) -> Key | PendingKey:
        return self.pending or self.wanted[roll - 1].key

    def is_answered_by(self, take: Take) -> bool:
        return any(wanted.is_answered_by(take) for wanted in self.wanted)

    def has_bytes(self, take: Take) -> bool:
        return self.records.has_bytes(take, self.inputs.here)

    def kept_by(self, wanted: Wanted) -> Take | None:
        """The take that answers a roll and is here; the one in use before others."""
        takes = [take for take in self.block.takes if wanted.is_answered_by(take) and self.has_bytes(take)]
        return next((take for take in takes if take.name == self.block.chosen), takes[0] if takes else None)


def look_at(inputs: PlanInputs, records: Records, shot: Shot, standings: Mapping[str, Standing]) -> Sight:
    """`standings` must hold every shot this one needs."""
    storyboard = inputs.storyboard
    own = own_request(storyboard, shot, inputs.manifest.medium)
    makers = makers_of(storyboard, shot, makers_part(storyboard, shot, inputs.manifest), inputs.manifests)
    sources = {field: _source_now(frame.shot, standings[frame.shot]) for field, frame in shot.chained}
    waits = tuple(dict.fromkeys(source.shot for source in sources.values() if source.identity is None))
    wanted: tuple[Wanted, ...] = ()
    if not waits:
        identities = {field: source.identity for field, source in sources.items() if source.identity is not None}
        keys = [request_key(complete_request(own, shot, roll, identities)) for roll in range(1, shot.rolls.value + 1)]
        wanted = tuple(Wanted(key, makers, inputs.sandbox) for key in keys)
    needed = dict.fromkeys([*(source.shot for source in sources.values()), *shot.after])
    barred_by = tuple(name for name in needed if not standings[name].is_coming)
    return Sight(
        inputs=inputs,
        records=records,
        shot=shot,
        own=own,
        makers=makers,
        sources=sources,
        wanted=wanted,
        pending=PendingKey(waits) if waits else None,
        barred_by=barred_by,
        is_barred_by_selection=any(not standings[name].is_selected for name in barred_by),
        block=settle_block(records, wanted, makers, inputs.here, let_go=shot.id in inputs.remake),
    )


def _source_now(shot: str, standing: Standing) -> SourceNow:
    return SourceNow(shot, standing.identity, standing.known, standing.is_first_take, standing.is_under_way)
