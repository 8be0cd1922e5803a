"""What a lost journal may have held, concluded from what is left: the takes the lock names, and the requests that may
have been sent without anybody knowing.

A request is said again from the storyboard as it is now; of one that was edited since nothing can be said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from runner.core.canonical import Digest, Json
from runner.model.ledger import Ledger
from runner.model.money import Price
from runner.model.plan import Action, Plan, PlanInputs, PlannedRoll
from runner.model.request import Identity, Key, MakersPart
from runner.model.resource import ResourceKind, label_of
from runner.model.storyboard import Shot
from runner.model.take import Take
from runner.planning.lost_attempts import Asked, lost_key
from runner.planning.makers import makers_part, voices_in_words
from runner.planning.price import planning_currency, price_of
from runner.planning.records import Records, index_records
from runner.planning.request import canonical_request, own_request, request_key
from runner.planning.resources import Named, resource_makers, resource_request
from runner.planning.verdict import judge_roll

GENERATED: Final = "generated"

# By shot.
InUse: TypeAlias = Mapping[str, Take | None]


# --- the takes of the lock


def locked_takes(inputs: PlanInputs, plan: Plan, ledger: Ledger) -> Iterator[tuple[Asked, Take]]:
    """Paid takes no attempt is known of, where their request can be said again."""
    records, in_use = index_records(inputs.lock, ledger), _takes_in_use(plan)
    for shot, roll in _rolls(inputs, plan):
        if not isinstance(roll.key, str):
            continue
        known: set[tuple[Identity | None, Digest | None]] = {
            (one.identity, one.intent.makers_part.digest) for one in records.stored_of(roll.key)
        }
        for take in records.takes_of(roll.key):
            asked = _ask_again(inputs, in_use, shot, roll.roll, roll.key, take.gateway)
            if take.origin != GENERATED or asked is None or (take.identity, take.makers_part) in known:
                continue
            makers = _makers_of(take, asked.makers)
            if makers is not None:
                known.add((take.identity, take.makers_part))
                yield replace(asked, makers=makers), take


def _makers_of(take: Take, now: MakersPart) -> MakersPart | None:
    """As it is now, or nothing at all; what else it may have been is not in the lock."""
    parts = (now, MakersPart(now.gateway, {}))
    return next((part for part in parts if part.digest == take.makers_part), None)


# --- what may have been sent


def suspects(inputs: PlanInputs, plan: Plan) -> Iterator[Asked]:
    """What a run would send, now or when nothing is in its way any more. Each once."""
    records, in_use = index_records(inputs.lock, inputs.ledger), _takes_in_use(plan)
    named: set[tuple[Key, Digest]] = set()
    for shot, roll in _rolls(inputs, plan):
        if not isinstance(roll.key, str) or not _may_have_been_sent(inputs, records, shot, roll, roll.key):
            continue
        asked = _ask_again(inputs, in_use, shot, roll.roll, roll.key, inputs.manifest.name)
        if asked is not None and (asked.key, asked.makers.digest) not in named:
            named.add((asked.key, asked.makers.digest))
            yield asked
    for resource in plan.resources:
        kind: ResourceKind = "voice" if resource.kind == "voice" else "element"
        if resource.action is Action.MAKE:
            yield _ask_for_resource(inputs, (kind, resource.name), resource.price)


def suspects_behind(inputs: PlanInputs, plan: Plan, doubted: frozenset[str]) -> Iterator[Asked]:
    """Shots whose request cannot be said because they chain from what is in doubt.

    The lock is written a moment after a take is stored, so that the next shot may have been sent already.
    """
    for shot, roll in _rolls(inputs, plan):
        sources = {frame.shot for _, frame in shot.chained}
        is_next = not isinstance(roll.key, str) and set(roll.key.waits_for) <= doubted and sources
        if is_next and roll.action in {Action.MAKE, Action.BLOCKED}:
            makers = makers_part(inputs.storyboard, shot, inputs.manifest)
            own = own_request(inputs.storyboard, shot, inputs.manifest.medium)
            key = lost_key(shot.id, inputs.storyboard.profile, roll.roll)
            yield _asked(inputs, shot, roll.roll, key, {**own, "roll": roll.roll}, makers, {})


def _may_have_been_sent(inputs: PlanInputs, records: Records, shot: Shot, roll: PlannedRoll, key: Key) -> bool:
    """A failure that is known does not say that it was not tried again."""
    if roll.action in {Action.KEEP, Action.STALE}:
        return False
    makers = makers_part(inputs.storyboard, shot, inputs.manifest)
    verdict = judge_roll(inputs, shot, roll.roll, key, makers, records=records)
    if verdict.action is Action.BLOCKED and verdict.attempt is not None:
        return not inputs.ledger.attempts[verdict.attempt].state.is_open
    return verdict.action is Action.MAKE


def _rolls(inputs: PlanInputs, plan: Plan) -> Iterator[tuple[Shot, PlannedRoll]]:
    shots = {shot.id: shot for shot in inputs.storyboard.shots}
    for planned in plan.shots:
        for roll in planned.rolls:
            yield shots[planned.id], roll


def _takes_in_use(plan: Plan) -> InUse:
    return {shot.id: shot.take for shot in plan.shots}


def _ask_again(inputs: PlanInputs, in_use: InUse, shot: Shot, roll: int, key: Key, gateway: str | None) -> Asked | None:
    """None where what it chains from is not what the key says."""
    manifest = inputs.manifest if gateway == inputs.manifest.name else inputs.manifests.get(gateway or "")
    takes = {field: in_use.get(frame.shot) for field, frame in shot.chained}
    sources = {field: take.identity for field, take in takes.items() if take is not None}
    if manifest is None or len(sources) < len(takes):
        return None
    canonical = canonical_request(inputs.storyboard, shot, roll, manifest.medium, sources)
    if request_key(canonical) != key:
        return None
    makers = makers_part(inputs.storyboard, shot, manifest)
    return _asked(replace(inputs, manifest=manifest), shot, roll, key, canonical, makers, sources)


def _asked(
    inputs: PlanInputs,
    shot: Shot,
    roll: int,
    key: Key,
    canonical: Mapping[str, Json],
    makers: MakersPart,
    sources: Mapping[str, Identity],
) -> Asked:
    storyboard = inputs.storyboard
    currency = planning_currency(storyboard)
    price = price_of(shot, inputs.manifest, storyboard.prices, currency, voices_in_words(makers))
    return Asked(shot.id, storyboard.profile, roll, shot.model.value, key, canonical, makers, sources, price)


def _ask_for_resource(inputs: PlanInputs, named: Named, price: Price | None) -> Asked:
    storyboard = inputs.storyboard
    canonical = resource_request(storyboard, named)
    makers = resource_makers(storyboard, named, inputs.manifest.name)
    return Asked(label_of(*named), None, 1, named[0], request_key(canonical), canonical, makers, {}, price)
