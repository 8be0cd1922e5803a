"""Which take is in use, and how stored attempts become takes."""

from dataclasses import replace
from decimal import Decimal

import pytest
from planning_builders import Production, animatic, chained, made_of, make_shot, make_storyboard, paid

from runner.core.canonical import Digest
from runner.model.journal import HasSucceeded, WasAccepted, WasStored
from runner.model.ledger import Ledger
from runner.model.lock import LockedShot
from runner.model.money import Money
from runner.model.request import Identity
from runner.planning.choice import settle
from runner.planning.makers import makers_part
from runner.planning.request import request_parts
from runner.planning.takes import digest_of_take, name_after, take_from_attempt


def names(block: LockedShot) -> list[str]:
    return [take.name for take in block.takes]


def fresh(rolls: int = 1) -> Production:
    return Production(make_storyboard(make_shot("a", rolls=rolls)), paid())


def test_a_stored_attempt_becomes_a_take_with_all_that_is_known_of_it() -> None:
    production = made_of([make_shot("source")], paid())
    production.storyboard = make_storyboard(make_shot("source"), make_shot("a", first=chained("source")))
    intent = production.intend("a")
    digest = Digest("e" * 64)
    production.record(
        WasAccepted(intent.attempt, "job-7"),
        HasSucceeded(intent.attempt, {}, Money(Decimal("0.42"), "USD")),
        WasStored(intent.attempt, digest, 9, Identity(digest)),
    )
    production.settle("a")
    take = production.block("a").current
    assert take is not None
    assert (take.name, take.origin, take.key, take.roll) == ("v001", "generated", intent.key, 1)
    assert (take.identity, take.digest, take.gateway) == (Identity(digest), digest, "mulerouter")
    assert (take.model, take.job, take.charge) == ("kling-v3", "job-7", Money(Decimal("0.42"), "USD"))
    assert take.sources == {"first_frame": production.identity("source")}
    assert take.parts == request_parts(intent.canonical)
    assert take.made == "2026-11-21T08:00:08Z"
    assert take.makers_part == intent.makers_part.digest
    assert production.block("a").key == intent.key


def test_an_animatic_take_has_its_key_for_identity_and_no_digest() -> None:
    production = made_of([make_shot("a")], animatic())
    take = production.block("a").current
    assert take is not None
    assert take.key is not None
    assert (take.identity, take.digest) == (Identity(take.key), None)
    assert digest_of_take(take, production.ledger) in production.here


def test_a_paid_take_says_itself_which_bytes_are_its() -> None:
    production = made_of([make_shot("a")], paid())
    take = production.block("a").current
    assert take is not None
    assert take.digest is not None
    assert digest_of_take(take, Ledger()) == take.digest


def test_an_attempt_that_is_not_stored_is_no_take() -> None:
    production = fresh()
    production.intend("a")
    with pytest.raises(ValueError, match="not stored"):
        take_from_attempt(production.ledger.attempts["attempt-1"], "v001")


def test_the_first_stored_roll_is_chosen_and_the_choice_stays() -> None:
    production = fresh(rolls=3)
    production.store(production.intend("a", roll=2))
    production.settle("a")
    assert production.block("a").chosen == "v001"
    production.store(production.intend("a", roll=1))
    production.settle("a")
    block = production.block("a")
    assert (block.chosen, names(block)) == ("v001", ["v001", "v002"])
    assert block.current is not None
    assert block.current.roll == 2


def test_of_several_rolls_found_at_once_the_lowest_is_chosen() -> None:
    production = fresh(rolls=2)
    production.store(production.intend("a", roll=2))
    production.store(production.intend("a", roll=1))
    production.settle("a")
    current = production.block("a").current
    assert current is not None
    assert (current.name, current.roll) == ("v002", 1)


def test_settling_twice_changes_nothing() -> None:
    production = made_of([make_shot("a", rolls=2)], paid())
    before = production.lock
    production.settle("a")
    assert production.lock is before


def test_the_choice_moves_when_the_request_changes_and_back_when_it_does() -> None:
    production = made_of([make_shot("a", "One.")], paid())
    first = production.identity("a")
    production.edit("a", prompt=("Two.",))
    production.run()
    assert production.identity("a") != first
    assert names(production.block("a")) == ["v001", "v002"]
    production.edit("a", prompt=("One.",))
    assert production.plan().shot("a").action.value == "keep"
    production.settle("a")
    assert production.identity("a") == first


def test_the_job_of_an_earlier_request_becomes_a_take_and_is_not_chosen() -> None:
    production = fresh()
    intent = production.intend("a")
    production.edit("a", prompt=("Edited meanwhile.",))
    production.store(intent)
    production.settle("a")
    block = production.block("a")
    assert (names(block), block.chosen, block.key) == (["v001"], None, None)


def test_a_choice_by_hand_stands_until_the_request_changes() -> None:
    production = made_of([make_shot("a", "One.")], paid())
    production.edit("a", prompt=("Two.",))
    production.run()
    production.set_block("a", chosen="v001", by_hand=True)
    production.settle("a")
    assert production.block("a").chosen == "v001"
    production.edit("a", prompt=("Three.",))
    production.run()
    block = production.block("a")
    assert (block.chosen, block.by_hand) == ("v003", False)


def test_a_pin_holds_the_choice_against_every_change() -> None:
    production = made_of([make_shot("a")], paid())
    production.set_block("a", pinned="the director likes it")
    production.edit("a", prompt=("Edited.",))
    production.store(production.intend("a"))
    production.settle("a")
    block = production.block("a")
    assert (block.chosen, names(block)) == ("v001", ["v001", "v002"])


def test_an_accepted_take_keeps_the_choice_for_the_sources_it_was_accepted_for() -> None:
    production = made_of([make_shot("s"), make_shot("a", first=chained("s"))], paid())
    production.edit("s", prompt=("Edited.",))
    production.run(only=frozenset({"s"}))
    production.set_block("a", accepted={"first_frame": production.identity("s")})
    production.store(production.intend("a"))
    production.settle("a")
    assert production.block("a").chosen == "v001"
    production.edit("a", prompt=("Edited too.",))
    production.store(production.intend("a"))
    production.settle("a")
    block = production.block("a")
    assert (block.chosen, block.accepted) == ("v003", None)


def test_a_lost_take_decided_for_gives_way_only_to_what_is_asked_for_and_here() -> None:
    production = made_of([make_shot("s"), make_shot("a", first=chained("s"))])
    production.edit("s", prompt=("Edited.",))
    production.run(only=frozenset({"s"}))
    production.set_block("a", accepted={"first_frame": production.identity("s")})
    production.here.clear()
    production.settle("a")
    assert production.block("a").chosen == "v001"
    production.store(production.intend("a"))
    production.settle("a")
    block = production.block("a")
    assert (block.chosen, block.accepted) == ("v002", None)


def test_running_numbers_go_on_over_all_profiles_and_equal_takes_share_theirs() -> None:
    production = made_of([make_shot("a")], paid())
    production.storyboard = replace(production.storyboard, profile="final")
    production.settle("a")
    assert names(production.block("a")) == ["v001"]
    assert production.lock.block("a", None).takes == production.block("a").takes
    production.edit("a", prompt=("Only in final.",))
    production.run()
    assert names(production.block("a")) == ["v001", "v002"]
    assert names(production.lock.block("a", None)) == ["v001"]


def test_a_renamed_shot_takes_its_take_along() -> None:
    production = made_of([make_shot("a", "Up.")], paid())
    identity = production.identity("a")
    production.storyboard = make_storyboard(make_shot("b", "Up."))
    assert production.plan().shot("b").action.value == "keep"
    production.settle("b")
    assert production.identity("b") == identity


def test_a_take_with_other_options_is_not_taken_along() -> None:
    production = made_of([make_shot("a", "Up.", options={"mulerouter": {"fast": True}})], paid())
    production.storyboard = make_storyboard(make_shot("b", "Up."))
    production.settle("b")
    assert production.block("b").takes == ()


def test_a_lost_take_gives_way_to_the_one_made_in_its_stead() -> None:
    production = made_of([make_shot("a")], paid())
    production.forget_bytes()
    production.run(remake=frozenset({"a"}))
    assert production.block("a").chosen == "v002"


def test_a_take_that_is_not_on_this_machine_does_not_give_way_to_another_roll() -> None:
    production = made_of([make_shot("a", rolls=2)], paid())
    first, second = production.block("a").takes
    production.forget_bytes()
    assert second.digest is not None
    production.here.add(second.digest)
    production.settle("a")
    assert production.block("a").chosen == first.name


def test_a_sandbox_take_gives_way_to_the_first_real_one() -> None:
    production = fresh()
    production.store(production.intend("a", sandbox=True))
    shot = production.storyboard.shot("a")
    makers = makers_part(production.storyboard, shot, production.manifest)
    production.lock = settle(
        production.lock, production.ledger, production.storyboard, shot, production.keys("a"), makers, sandbox=True
    )
    assert production.block("a").chosen == "v001"
    production.run()
    current = production.block("a").current
    assert current is not None
    assert (current.name, current.sandbox) == ("v002", False)


def test_without_known_keys_takes_are_added_and_the_choice_stays() -> None:
    production = made_of([make_shot("a")], paid())
    production.edit("a", prompt=("Edited.",))
    production.store(production.intend("a"))
    shot = production.storyboard.shot("a")
    makers = makers_part(production.storyboard, shot, production.manifest)
    lock = settle(production.lock, production.ledger, production.storyboard, shot, [], makers)
    block = lock.block("a", None)
    assert (block.chosen, names(block)) == ("v001", ["v001", "v002"])


def test_running_numbers_are_never_given_twice() -> None:
    production = made_of([make_shot("a", rolls=3)], paid())
    first, _, third = production.block("a").takes
    assert name_after([first, third]) == "v004"
    assert name_after([]) == "v001"
    assert name_after([replace(first, name="v999")]) == "v1000"
