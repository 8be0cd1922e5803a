"""The plan: every shot judged after what it needs, priced, and put in the order a run follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from runner.core.canonical import Digest
from runner.model.money import Price
from runner.model.plan import WORK, Action, Plan, PlanInputs, PlannedRoll, PlannedShot
from runner.model.request import Identity, Key
from runner.model.storyboard import Shot
from runner.planning import reasons
from runner.planning.graph import Graph, build_graph, longest_chain, measure_ways, needs_by_shot, order_shots
from runner.planning.makers import voices_in_words
from runner.planning.old_jobs import tell_old_jobs
from runner.planning.outcome import Outcome, hold_back, judge_shot
from runner.planning.price import add_up, planning_currency, price_of
from runner.planning.records import Records, index_records
from runner.planning.resources import Judged, judge_resources, needed_by, resource_key
from runner.planning.sight import Sight, Standing, look_at

_NOTHING = Decimal(0)


@dataclass(slots=True)
class _Walk:
    inputs: PlanInputs
    records: Records
    standings: dict[str, Standing] = field(default_factory=dict)
    planned: dict[str, PlannedShot] = field(default_factory=dict)
    # Voices and elements that are still to be made.
    judged: dict[Key, Judged] = field(default_factory=dict)
    # Who makes a request first, by key and maker's part: the others share its job.
    makers: dict[tuple[Key, Digest], str] = field(default_factory=dict)


def make_plan(inputs: PlanInputs) -> Plan:
    """The storyboard's chains must have no circle."""
    storyboard = inputs.storyboard
    graph = build_graph(storyboard)
    order = order_shots(graph)
    walk = _Walk(inputs, index_records(inputs.lock, inputs.ledger))
    shots = {shot.id: shot for shot in storyboard.shots}
    for shot_id in order:
        _visit(walk, shots[shot_id])
    planned = tuple(walk.planned[shot.id] for shot in storyboard.shots)
    resources = tuple(judged.resource for judged in walk.judged.values())
    currency = None if storyboard.budget is None else storyboard.budget.value.currency
    schedule = _schedule(graph, order, inputs, walk.planned, shots)
    return Plan(
        production=storyboard.id,
        profile=storyboard.profile,
        provider=inputs.manifest.name,
        shots=planned,
        resources=resources,
        total=add_up([*(shot.price for shot in planned), *(resource.price for resource in resources)], currency),
        longest_chain=schedule.chain,
        expected_seconds=schedule.expected_seconds,
        order=order,
        needs=needs_by_shot(graph),
        weights=schedule.weights,
    )


def _visit(walk: _Walk, shot: Shot) -> None:
    sight = look_at(walk.inputs, walk.records, shot, walk.standings)
    outcome = _wait_for_resources(walk, shot, tell_old_jobs(sight, judge_shot(sight)))
    walk.standings[shot.id] = _stand(sight, outcome)
    shared = _share(walk, sight, outcome)
    if shared:
        told = dict.fromkeys(reasons.same_request(other) for other in shared.values())
        outcome = replace(outcome, reasons=(*outcome.reasons, *told))
    walk.planned[shot.id] = PlannedShot(
        id=shot.id,
        scene=shot.scene,
        action=outcome.action,
        reasons=outcome.reasons,
        price=_price(walk.inputs, sight, [roll for roll in outcome.rolls if roll.roll not in shared]),
        rolls=outcome.rolls,
        is_cascade=outcome.is_cascade,
        hint=outcome.hint,
        take=sight.take if outcome.is_choice_made else sight.locked.current,
    )


def _wait_for_resources(walk: _Walk, shot: Shot, outcome: Outcome) -> Outcome:
    """A shot cannot be made while it is not known whether its voice was: then it is blocked, and says so."""
    if not any(roll.action is Action.MAKE for roll in outcome.rolls):
        return outcome
    storyboard = walk.inputs.storyboard
    needed = {named: resource_key(storyboard, named) for named in needed_by(storyboard, shot, walk.inputs.manifest)}
    is_asked_again = shot.id in walk.inputs.remake
    missing = [named for named, key in needed.items() if is_asked_again or key not in walk.judged]
    walk.judged.update(judge_resources(walk.inputs, missing, is_asked_again=is_asked_again))
    waits = [judged for key in needed.values() if (judged := walk.judged.get(key)) is not None]
    hindered = next((judged for judged in waits if judged.hindrance is not None), None)
    if hindered is None or hindered.hindrance is None:
        return outcome
    return replace(hold_back(outcome, Action.BLOCKED), reasons=(hindered.hindrance,), hint=hindered.hint)


def _stand(sight: Sight, outcome: Outcome) -> Standing:
    blocks = [*sight.inputs.lock.shots.get(sight.shot.id, {}).values(), sight.block]
    known: frozenset[Identity] = frozenset(take.identity for block in blocks for take in block.takes)
    return Standing(
        identity=outcome.identity,
        is_coming=outcome.is_coming,
        known=known,
        is_first_take=sight.take is None,
        is_under_way=outcome.action in {Action.RESUME, Action.ATTACH},
        is_selected=sight.is_selected,
    )


def _share(walk: _Walk, sight: Sight, outcome: Outcome) -> dict[int, str]:
    """By roll, the shot whose job serves it as well. A first asker is remembered."""
    shared: dict[int, str] = {}
    maker = sight.makers.digest if any(roll.action in WORK for roll in outcome.rolls) else None
    for roll in outcome.rolls:
        if maker is None or roll.action not in WORK or not isinstance(roll.key, str):
            continue
        first = walk.makers.setdefault((roll.key, maker), sight.shot.id)
        if first != sight.shot.id:
            shared[roll.roll] = first
    return shared


def _price(inputs: PlanInputs, sight: Sight, rolls: Sequence[PlannedRoll]) -> Price | None:
    """Of what may still be sent: rolls to be made, and submits that may have to be repeated."""
    currency = planning_currency(inputs.storyboard)
    made = sum(roll.action is Action.MAKE for roll in rolls)
    attached = sum(roll.action is Action.ATTACH for roll in rolls)
    if not made and not attached:
        return Price(_NOTHING, _NOTHING, currency)
    described = voices_in_words(sight.makers.part)
    one = price_of(sight.shot, inputs.manifest, inputs.storyboard.prices, currency, described)
    return None if one is None else Price(one.low * made, one.high * (made + attached), one.currency)


@dataclass(frozen=True, slots=True)
class _Schedule:
    weights: Mapping[str, float]
    chain: tuple[str, ...]
    expected_seconds: float | None


def _schedule(
    graph: Graph,
    order: Sequence[str],
    inputs: PlanInputs,
    planned: Mapping[str, PlannedShot],
    shots: Mapping[str, Shot],
) -> _Schedule:
    pace = inputs.manifest.seconds_per_second
    working = [shot_id for shot_id in order if planned[shot_id].has_work]
    seconds = {shot_id: shots[shot_id].duration.value * (1.0 if pace is None else pace) for shot_id in working}
    weights = measure_ways(graph, order, seconds)
    chain = longest_chain(graph, order, weights, working)
    if pace is None:
        return _Schedule(weights, chain, None)
    longest = max((weights[shot_id] for shot_id in working), default=0.0)
    jobs = {
        shot_id: sum(roll.action in WORK for roll in planned[shot_id].rolls) * seconds[shot_id] for shot_id in working
    }
    slots = _count_slots(inputs)
    return _Schedule(weights, chain, longest if slots is None else max(longest, sum(jobs.values()) / slots))


def _count_slots(inputs: PlanInputs) -> int | None:
    """How many jobs run at once; None where nothing limits them."""
    limits = [limit for limit in (inputs.manifest.concurrent, inputs.jobs) if limit is not None]
    return min(limits, default=None)
