"""Plans: the action of each shot, which keys are known, and the order of the work."""

from decimal import Decimal

import pytest
from planning_builders import (
    CHAIN,
    Production,
    actions,
    animatic,
    chain,
    made_of,
    make_shot,
    make_storyboard,
    paid,
    reason_codes,
    reason_texts,
    set_value,
    with_action,
)

from runner.model.manifest import Manifest
from runner.model.money import Price
from runner.model.plan import Action
from runner.model.request import PendingKey

BOTH = pytest.mark.parametrize("manifest", [animatic(), paid()], ids=["animatic", "paid"])


@BOTH
def test_a_new_production_is_made_from_end_to_end_and_then_kept(manifest: Manifest) -> None:
    production = Production(make_storyboard(*CHAIN), manifest)
    assert set(actions(production.plan()).values()) == {"make"}
    assert production.run() == ["harbour", "climb", "lamp", "gull"]
    plan = production.plan()
    assert set(actions(plan).values()) == {"keep"}
    assert not plan.has_work
    assert production.run() == []


def test_a_plan_is_the_same_each_time_for_the_same_inputs() -> None:
    production = chain()
    production.edit("climb", prompt=("Edited.",))
    assert production.plan() == production.plan()


@BOTH
def test_an_edited_prompt_makes_the_shot_and_what_chains_on_it_and_nothing_else(manifest: Manifest) -> None:
    production = chain(manifest)
    production.edit("climb", prompt=("Edited.",))
    plan = production.plan()
    assert actions(plan) == {"harbour": "keep", "climb": "make", "lamp": "make", "gull": "keep"}
    assert reason_texts(plan.shot("climb")) == ["prompt changed"]
    assert reason_texts(plan.shot("lamp")) == ["first frame changed because `climb` will be made again"]
    assert reason_codes(plan.shot("lamp")) == ["first-frame-changed"]
    assert (plan.shot("climb").is_cascade, plan.shot("lamp").is_cascade) == (False, True)
    assert production.run() == ["climb", "lamp"]
    assert not production.plan().has_work


def test_a_key_is_pending_until_every_source_has_a_take_that_stands() -> None:
    production = Production(make_storyboard(*CHAIN), paid())
    plan = production.plan()
    assert isinstance(plan.shot("harbour").rolls[0].key, str)
    assert plan.shot("climb").rolls[0].key == PendingKey(("harbour",))
    assert plan.shot("climb").price == Price(Decimal("0.50"), Decimal("0.50"), "USD")
    production.run(only=frozenset({"harbour"}))
    plan = production.plan()
    assert isinstance(plan.shot("climb").rolls[0].key, str)
    assert plan.shot("lamp").rolls[0].key == PendingKey(("climb",))


def test_another_roll_is_made_alone_and_nothing_downstream() -> None:
    production = chain(paid())
    production.edit("climb", rolls=set_value(3))
    plan = production.plan()
    assert with_action(plan, Action.MAKE) == {"climb"}
    assert reason_texts(plan.shot("climb")) == ["roll 2 asked for", "roll 3 asked for"]
    assert [roll.action.value for roll in plan.shot("climb").rolls] == ["keep", "make", "make"]
    assert plan.shot("climb").price == Price(Decimal("1.00"), Decimal("1.00"), "USD")
    production.run()
    assert not production.plan().has_work


def test_fewer_rolls_make_nothing() -> None:
    production = made_of([make_shot("a", rolls=2)], paid())
    production.edit("a", rolls=set_value(1))
    assert not production.plan().has_work


def test_order_without_a_picture_makes_nothing_again() -> None:
    production = made_of([make_shot("a"), make_shot("b", after=["a"])], paid())
    production.edit("a", prompt=("Edited.",))
    assert with_action(production.plan(), Action.MAKE) == {"a"}


def test_on_a_fresh_clone_animatic_takes_are_made_again_under_known_keys() -> None:
    production = chain(animatic())
    keys = {shot.id: shot.rolls[0].key for shot in production.plan().shots}
    production.forget_bytes()
    plan = production.plan()
    assert {shot.id: shot.rolls[0].key for shot in plan.shots} == keys
    assert {tuple(reason_codes(shot)) for shot in plan.shots} == {("clip-not-here",)}
    assert production.run() == ["harbour", "climb", "lamp", "gull"]
    assert not production.plan().has_work
    assert [take.name for take in production.block("lamp").takes] == ["v001"]


def test_on_a_fresh_clone_paid_takes_are_blocked_and_cost_nothing() -> None:
    production = chain(paid())
    production.forget_bytes()
    plan = production.plan()
    assert set(actions(plan).values()) == {"blocked"}
    assert plan.total.high == 0
    assert not plan.has_work


def test_a_lost_take_does_not_hold_up_what_is_current_and_here() -> None:
    production = chain(paid())
    take = production.block("harbour").current
    assert take is not None
    assert take.digest is not None
    production.here.remove(take.digest)
    assert actions(production.plan()) == {"harbour": "blocked", "climb": "keep", "lamp": "keep", "gull": "keep"}
    production.edit("climb", prompt=("Edited.",))
    climb = production.plan().shot("climb")
    assert reason_texts(climb) == ["`harbour` cannot be made"]
    assert climb.hint == "`framechain why harbour` says what is in its way"


def test_a_lost_take_made_again_leaves_the_keys_downstream_pending() -> None:
    production = chain(paid())
    production.forget_bytes()
    plan = production.plan(remake=frozenset({"harbour"}))
    assert plan.shot("harbour").action is Action.MAKE
    assert plan.shot("climb").rolls[0].key == PendingKey(("harbour",))
