"""Properties of plans over generated films, and that long films are planned in one pass."""

import sys
from dataclasses import replace
from decimal import Decimal
from types import FrameType
from typing import Literal

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_builders import (
    Production,
    animatic,
    chained,
    made_of,
    make_element,
    make_shot,
    make_storyboard,
    make_voice,
    mention,
    paid,
    say,
    with_action,
)

from runner.model.ledger import Ledger
from runner.model.manifest import Manifest
from runner.model.plan import Action, PlanInputs
from runner.model.request import PendingKey
from runner.model.storyboard import Chained, Shot, Storyboard
from runner.planning.against import assume_made, digests_in
from runner.planning.graph import build_graph
from runner.planning.makers import makers_part
from runner.planning.plan import make_plan
from runner.planning.request import canonical_request, request_key

MANIFESTS = st.sampled_from([animatic(), paid()])
PLACES: list[Literal["first", "last"] | Decimal] = ["first", "last", Decimal("2.5")]


@st.composite
def films(draw: st.DrawFn) -> list[Shot]:
    """Up to eight shots in any film order, each chained from, or after, some of those drawn before it."""
    shots: list[Shot] = []
    for number in range(draw(st.integers(1, 8))):
        earlier = st.none() | st.sampled_from([shot.id for shot in shots]) if shots else st.none()
        first, last, after = draw(earlier), draw(earlier), draw(earlier)
        shots.append(
            make_shot(
                f"s{number}",
                first=_chain(draw, first),
                last=_chain(draw, last),
                after=[after] if after is not None else [],
                rolls=draw(st.integers(1, 2)),
            )
        )
    return draw(st.permutations(shots))


def _chain(draw: st.DrawFn, source: str | None) -> Chained | None:
    return None if source is None else chained(source, draw(st.sampled_from(PLACES)))


def hanging_by_pictures(storyboard: Storyboard, shot: str) -> set[str]:
    graph = build_graph(storyboard)
    graph.remove_edges_from([(a, b) for a, b, data in graph.edges(data=True) if not data["links"]])
    return set(nx.descendants(graph, shot))


@given(films(), MANIFESTS, st.data())
@settings(max_examples=60, deadline=None)
def test_an_edited_prompt_marks_exactly_that_shot_and_its_descendants(
    shots: list[Shot], manifest: Manifest, data: st.DataObject
) -> None:
    production = made_of(shots, manifest)
    edited = data.draw(st.sampled_from([shot.id for shot in shots]))
    production.edit(edited, prompt=("Edited.",))
    plan = production.plan()
    hanging = hanging_by_pictures(production.storyboard, edited)
    assert with_action(plan, Action.MAKE) == {edited} | hanging
    assert {shot.id for shot in plan.shots if shot.is_cascade} == hanging
    assert all(shot.reasons for shot in plan.shots if shot.action is Action.MAKE)
    made = production.run()
    assert set(made) == {edited} | hanging
    assert with_action(production.plan(), Action.KEEP) == {shot.id for shot in shots}


@given(films(), MANIFESTS)
@settings(max_examples=30, deadline=None)
def test_a_run_makes_each_roll_once_and_a_second_one_nothing(shots: list[Shot], manifest: Manifest) -> None:
    production = Production(make_storyboard(*shots), manifest)
    assert len(production.run()) == sum(shot.rolls.value for shot in shots)
    assert not production.plan().has_work
    assert production.run() == []


@given(films(), MANIFESTS)
@settings(max_examples=30, deadline=None)
def test_a_lock_alone_says_the_same_as_lock_and_ledger(shots: list[Shot], manifest: Manifest) -> None:
    production = made_of(shots, manifest)
    before = {shot.id: [roll.key for roll in shot.rolls] for shot in production.plan().shots}
    production.forget_bytes()
    plan = production.plan()
    assert {shot.id: [roll.key for roll in shot.rolls] for shot in plan.shots} == before
    expected = Action.MAKE if manifest.free else Action.BLOCKED
    assert with_action(plan, expected) == {shot.id for shot in shots}


@given(films(), MANIFESTS, st.data())
@settings(max_examples=40, deadline=None)
def test_without_a_cascade_only_the_edited_shot_is_made(
    shots: list[Shot], manifest: Manifest, data: st.DataObject
) -> None:
    production = made_of(shots, manifest)
    edited = data.draw(st.sampled_from([shot.id for shot in shots]))
    production.edit(edited, prompt=("Edited.",))
    plan = production.plan(no_cascade=True)
    assert with_action(plan, Action.MAKE) == {edited}
    assert with_action(plan, Action.STALE) <= hanging_by_pictures(production.storyboard, edited)


@given(films(), st.data())
@settings(max_examples=30, deadline=None)
def test_film_order_ids_of_scenes_and_places_change_no_plan(shots: list[Shot], data: st.DataObject) -> None:
    production = made_of(shots, paid())
    moved = data.draw(st.permutations([replace(shot, scene="elsewhere", after=()) for shot in shots]))
    production.storyboard = make_storyboard(*moved)
    assert not production.plan().has_work


@given(films(), MANIFESTS, st.data())
@settings(max_examples=40, deadline=None)
def test_no_shot_comes_before_what_it_needs_and_only_what_waits_is_pending(
    shots: list[Shot], manifest: Manifest, data: st.DataObject
) -> None:
    production = Production(make_storyboard(*shots), manifest)
    chosen = data.draw(st.sets(st.sampled_from([shot.id for shot in shots])))
    production.run(only=frozenset(chosen))
    plan = production.plan()
    position = {shot: number for number, shot in enumerate(plan.order)}
    assert all(position[need] < position[shot] for shot, needs in plan.needs.items() for need in needs)
    for shot in plan.shots:
        for roll in shot.rolls:
            if isinstance(roll.key, PendingKey):
                assert all(plan.shot(source).action is Action.MAKE for source in roll.key.waits_for)


NAMES = ["a", "b", "c"]


@given(st.permutations(NAMES), st.permutations(NAMES), st.permutations(NAMES))
def test_the_order_in_which_things_are_defined_changes_no_key(
    elements: list[str], voices: list[str], options: list[str]
) -> None:
    shot = make_shot(
        "s",
        tuple(mention(name) for name in NAMES),
        dialogue=tuple(say("hello", voice=name) for name in NAMES),
        options={"mulerouter": dict.fromkeys(options, 1)},
    )
    storyboard = make_storyboard(
        shot,
        elements={name: make_element(name, frontal=name, ids={"mulerouter": name}) for name in elements},
        voices={name: make_voice(name, ids={"mulerouter": name}) for name in voices},
    )
    canonical = canonical_request(storyboard, shot, 1, "generated", {})
    assert (request_key(canonical), makers_part(storyboard, shot, paid()).digest) == _in_plain_order()


def _in_plain_order() -> tuple[str, str]:
    shot = make_shot(
        "s",
        tuple(mention(name) for name in NAMES),
        dialogue=tuple(say("hello", voice=name) for name in NAMES),
        options={"mulerouter": {"a": 1, "b": 1, "c": 1}},
    )
    storyboard = make_storyboard(
        shot,
        elements={name: make_element(name, frontal=name, ids={"mulerouter": name}) for name in NAMES},
        voices={name: make_voice(name, ids={"mulerouter": name}) for name in NAMES},
    )
    key = request_key(canonical_request(storyboard, shot, 1, "generated", {}))
    return key, makers_part(storyboard, shot, paid()).digest


def count_calls(shots: int) -> int:
    """How many functions are called while a film in one chain is planned, all of it made."""
    film = [make_shot(f"s{n}", first=chained(f"s{n - 1}") if n else None) for n in range(shots)]
    storyboard, manifest = make_storyboard(*film), paid()
    lock = assume_made(storyboard, manifest)
    inputs = PlanInputs(storyboard, manifest, lock, Ledger(), digests_in(lock))
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        plan = make_plan(inputs)
    finally:
        sys.setprofile(before)
    assert with_action(plan, Action.KEEP) == {shot.id for shot in film}
    return calls


def test_four_times_the_shots_are_four_times_the_work() -> None:
    assert count_calls(400) < 4.4 * count_calls(100)
