"""Plans where people have decided: pin, accept, use, adopt, and what a run was told to leave alone."""

from dataclasses import replace

from planning_builders import (
    Production,
    actions,
    animatic,
    chained,
    made_of,
    make_shot,
    make_storyboard,
    paid,
    reason_codes,
    reason_texts,
    set_value,
)

from runner.core.canonical import digest_bytes
from runner.model.plan import Action
from runner.model.request import Identity, PendingKey
from runner.model.take import Take

CHAIN = [make_shot("a"), make_shot("b", first=chained("a")), make_shot("c", first=chained("b")), make_shot("d")]


def edited_chain() -> Production:
    production = made_of(CHAIN, paid())
    production.edit("a", prompt=("Edited.",))
    return production


# --- no cascade


def test_without_a_cascade_what_only_chains_is_left_stale() -> None:
    plan = edited_chain().plan(no_cascade=True)
    assert actions(plan) == {"a": "make", "b": "stale", "c": "keep", "d": "keep"}
    assert reason_texts(plan.shot("b")) == ["first frame changed because `a` will be made again"]


def test_what_was_left_stale_is_listed_again_by_the_next_plain_plan() -> None:
    production = edited_chain()
    production.run(no_cascade=True)
    assert actions(production.plan(no_cascade=True)) == {"a": "keep", "b": "stale", "c": "keep", "d": "keep"}
    plan = production.plan()
    assert actions(plan) == {"a": "keep", "b": "make", "c": "make", "d": "keep"}
    assert plan.shot("b").is_cascade


def test_without_a_cascade_an_edit_downstream_is_made_from_the_stale_take() -> None:
    production = edited_chain()
    production.edit("c", prompt=("Edited.",))
    plan = production.plan(no_cascade=True)
    assert actions(plan) == {"a": "make", "b": "stale", "c": "make", "d": "keep"}
    assert plan.shot("c").rolls[0].key == production.keys("c")[0]


def test_without_a_cascade_what_was_never_made_is_made() -> None:
    production = edited_chain()
    production.storyboard = make_storyboard(*production.storyboard.shots, make_shot("e", first=chained("a")))
    assert production.plan(no_cascade=True).shot("e").action is Action.MAKE


# --- only some


def test_what_is_not_selected_stays_as_it_is() -> None:
    production = edited_chain()
    plan = production.plan(only=frozenset({"d"}))
    assert actions(plan) == {"a": "stale", "b": "keep", "c": "keep", "d": "keep"}
    assert reason_codes(plan.shot("a")) == ["not-selected", "prompt-changed"]


def test_a_selected_shot_without_its_source_says_how_to_select_it() -> None:
    production = Production(make_storyboard(*CHAIN), paid())
    plan = production.plan(only=frozenset({"b"}))
    assert actions(plan) == {"a": "blocked", "b": "blocked", "c": "blocked", "d": "blocked"}
    assert reason_codes(plan.shot("a")) == ["not-selected", "never-made"]
    assert plan.shot("b").hint == "select it with what it needs: `--only +b`"
    assert production.run(only=frozenset({"a", "b"})) == ["a", "b"]


def test_a_clip_that_is_not_here_is_not_brought_back_unselected() -> None:
    production = made_of(CHAIN, animatic())
    production.forget_bytes()
    plan = production.plan(only=frozenset({"b"}))
    assert actions(plan) == {"a": "stale", "b": "blocked", "c": "stale", "d": "stale"}
    assert plan.shot("b").hint == "select it with what it needs: `--only +b`"


def test_a_clip_that_cannot_be_made_again_holds_up_what_hangs_on_it() -> None:
    production = made_of(CHAIN, animatic())
    production.forget_bytes()
    production.edit("c", prompt=("Edited.",))
    plan = production.plan(only=frozenset({"b", "c"}))
    assert actions(plan) == {"a": "stale", "b": "blocked", "c": "blocked", "d": "stale"}


# --- pin


def test_a_pinned_shot_that_is_current_is_kept() -> None:
    production = made_of(CHAIN, paid())
    production.set_block("b", pinned="signed off")
    shot = production.plan().shot("b")
    assert (shot.action, reason_texts(shot)) == (Action.KEEP, ["pinned: signed off"])


def test_a_pin_keeps_a_shot_against_its_own_edits_and_says_what_they_are() -> None:
    production = made_of(CHAIN, paid())
    production.set_block("b", pinned="signed off")
    production.edit("b", prompt=("Edited.",))
    plan = production.plan()
    assert actions(plan) == {"a": "keep", "b": "stale", "c": "keep", "d": "keep"}
    assert reason_texts(plan.shot("b")) == ["pinned: signed off", "prompt changed"]


def test_a_pin_keeps_a_shot_against_its_source_and_shields_what_hangs_on_it() -> None:
    production = edited_chain()
    production.set_block("b", pinned="")
    plan = production.plan()
    assert actions(plan) == {"a": "make", "b": "stale", "c": "keep", "d": "keep"}
    assert reason_texts(plan.shot("b")) == ["pinned", "first frame changed because `a` will be made again"]


def test_a_pin_without_a_take_is_wrong() -> None:
    production = Production(make_storyboard(make_shot("a"), make_shot("b", first=chained("a"))), paid())
    production.set_block("a", pinned="too early")
    plan = production.plan()
    assert actions(plan) == {"a": "blocked", "b": "blocked"}
    assert reason_codes(plan.shot("a")) == ["pin-without-take"]
    assert plan.shot("a").hint == "take the pin off with `framechain unpin a`, or choose a take for it"


def test_a_pinned_animatic_take_is_made_again_on_a_fresh_clone_if_it_still_can_be() -> None:
    production = made_of([make_shot("a")], animatic())
    production.set_block("a", pinned="signed off")
    production.forget_bytes()
    assert reason_codes(production.plan().shot("a")) == ["pinned", "clip-not-here"]
    assert production.plan().shot("a").action is Action.MAKE
    production.edit("a", prompt=("Edited.",))
    assert production.plan().shot("a").action is Action.BLOCKED


# --- accept


def test_an_accepted_take_is_kept_for_the_source_it_was_accepted_for() -> None:
    production = edited_chain()
    production.run(only=frozenset({"a"}))
    production.set_block("b", accepted={"first_frame": production.identity("a")})
    plan = production.plan()
    assert actions(plan) == {"a": "keep", "b": "keep", "c": "keep", "d": "keep"}
    assert reason_codes(plan.shot("b")) == ["accepted"]


def test_an_accepted_take_goes_with_its_own_edits_and_with_the_next_source() -> None:
    production = edited_chain()
    production.run(only=frozenset({"a"}))
    production.set_block("b", accepted={"first_frame": production.identity("a")})
    accepted = replace(production)
    production.edit("b", prompt=("Edited.",))
    assert production.plan().shot("b").action is Action.MAKE
    accepted.edit("a", prompt=("Edited once more.",))
    assert accepted.plan().shot("b").action is Action.MAKE


def test_an_accepted_take_that_is_not_here_is_not_paid_for_unasked() -> None:
    production = edited_chain()
    production.run(only=frozenset({"a"}))
    production.set_block("b", accepted={"first_frame": production.identity("a")})
    digest = production.block("b").current
    assert digest is not None
    assert digest.digest is not None
    production.here.discard(digest.digest)
    shot = production.plan().shot("b")
    assert (shot.action, reason_codes(shot)) == (Action.BLOCKED, ["take-missing", "accepted"])
    assert production.plan(remake=frozenset({"b"})).shot("b").action is Action.MAKE


# --- chosen by hand


def test_an_earlier_take_chosen_by_hand_is_kept_while_the_request_stays() -> None:
    production = made_of([make_shot("a", "One."), make_shot("b", first=chained("a"))], paid())
    production.edit("a", prompt=("Two.",))
    production.run()
    production.set_block("a", chosen="v001", by_hand=True)
    plan = production.plan()
    assert (plan.shot("a").action, reason_codes(plan.shot("a"))) == (Action.KEEP, ["chosen-by-hand"])
    assert plan.shot("b").action is Action.KEEP
    production.edit("a", prompt=("Three.",))
    assert production.plan().shot("a").action is Action.MAKE
    assert reason_texts(production.plan().shot("a")) == ["prompt changed"]


def test_another_roll_chosen_by_hand_changes_what_hangs_on_it_and_lets_rolls_be_asked_for() -> None:
    production = made_of([make_shot("a", rolls=2), make_shot("b", first=chained("a"))], paid())
    production.set_block("a", chosen="v002", by_hand=True)
    plan = production.plan()
    assert (plan.shot("a").action, reason_codes(plan.shot("a"))) == (Action.KEEP, ["chosen-by-hand"])
    assert reason_texts(plan.shot("b")) == ["first frame changed because `a` has another take now"]
    production.edit("a", rolls=set_value(3))
    assert reason_texts(production.plan().shot("a")) == ["roll 3 asked for"]
    production.run()
    assert production.block("a").chosen == "v002"


def adopt(production: Production, shot: str) -> None:
    digest = digest_bytes(b"own footage")
    take = Take(
        name="v001",
        origin="adopted",
        key=None,
        makers_part=None,
        roll=1,
        identity=Identity(digest),
        digest=digest,
        gateway=None,
        model=None,
        job=None,
        charge=None,
        made="2026-11-21T08:00:00Z",
        sources={},
    )
    production.here.add(digest)
    production.set_block(shot, key=production.keys(shot)[0], chosen="v001", by_hand=True, takes=(take,))


def test_own_footage_stands_until_the_request_changes() -> None:
    production = Production(make_storyboard(make_shot("a"), make_shot("b", first=chained("a"))), paid())
    adopt(production, "a")
    plan = production.plan()
    assert actions(plan) == {"a": "keep", "b": "make"}
    assert production.run() == ["b"]
    production.edit("a", prompt=("Edited.",))
    plan = production.plan()
    assert plan.shot("a").action is Action.MAKE
    assert reason_texts(plan.shot("a")) == ["the request has changed since `v001` was chosen"]
    assert plan.shot("b").rolls[0].key == PendingKey(("a",))


def test_own_footage_that_is_not_here_is_not_paid_for_unasked() -> None:
    production = Production(make_storyboard(make_shot("a")), paid())
    adopt(production, "a")
    production.forget_bytes()
    shot = production.plan().shot("a")
    assert (shot.action, reason_codes(shot)) == (Action.BLOCKED, ["take-missing", "chosen-by-hand"])
    assert production.plan(remake=frozenset({"a"})).shot("a").action is Action.MAKE


# --- sandbox


def test_a_take_from_a_sandbox_does_not_stand_in_a_real_plan() -> None:
    production = Production(make_storyboard(make_shot("a")), paid())
    production.store(production.intend("a", sandbox=True))
    inputs_in_sandbox = production.plan(sandbox=True)
    assert inputs_in_sandbox.shot("a").action is Action.KEEP
    production.set_block("a", chosen="v001", key=production.keys("a")[0], takes=(inputs_in_sandbox.shot("a").take,))
    shot = production.plan().shot("a")
    assert (shot.action, reason_texts(shot)) == (Action.MAKE, ["`v001` came from a sandbox"])
