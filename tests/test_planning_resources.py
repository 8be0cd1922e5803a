"""Voices and elements a gateway makes: which a plan needs, what they cost, and what stands in their shots' way."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from planning_builders import (
    NO_GUARD,
    PLACE,
    Production,
    actions,
    budget,
    chained,
    make_element,
    make_shot,
    make_storyboard,
    make_voice,
    mention,
    picture,
    reason_codes,
    say,
    set_value,
)
from studio_manifest import BY_PICTURES, NO_RESOURCES, studio

from runner.core.canonical import Digest
from runner.model.gateway import Failure, FailureClass
from runner.model.journal import (
    BecameUncertain,
    Event,
    HasFailed,
    HasSucceeded,
    Intended,
    WasAccepted,
    WasLost,
    WasRegistered,
    WasRejected,
)
from runner.model.lock import Lock
from runner.model.money import Price
from runner.model.plan import Action, Plan, Resource
from runner.model.resource import MadeResource
from runner.model.storyboard import Shot, Sound
from runner.planning.resources import (
    find_made,
    needed_by,
    open_attempt,
    resource_key,
    resource_makers,
    resource_request,
)

SAMPLE = Sound("gruff.wav", None, picture("sample").digest, PLACE)
GRUFF = replace(make_voice("gruff"), sample=SAMPLE)
KEEPER = make_element("keeper", frontal="front")
TALK = make_shot("talk", "Sea.", model="loud-2", dialogue=(say("Stay."),))
SHOUT = make_shot("shout", "Storm.", model="loud-2", dialogue=(say("Go!"),))
SILENT = make_shot("silent", "Fog.", model="loud-2")
SEEN = make_shot("seen", (mention("keeper"),), model="loud-2", first=picture("f"))
VOICE = ("voice", "gruff")
FIFTY_CENTS = Price(Decimal("0.50"), Decimal("0.50"), "USD")
BROKE = Failure(FailureClass.GATEWAY, "out of order")


def board(*shots: Shot, **more: Any) -> Any:
    return make_storyboard(*shots, **{"elements": {"keeper": KEEPER}, "voices": {"gruff": GRUFF}, **more})


def production(*shots: Shot, **more: Any) -> Production:
    return Production(board(*shots, **more), studio())


def intend(made: Production, named: Any = VOICE, **changes: Any) -> Intended:
    storyboard = made.storyboard
    makers = resource_makers(storyboard, named, "studio")
    intent = Intended(
        attempt=f"making-{made.number + 1}",
        name="fc-1",
        shot=f"{named[0]}:{named[1]}",
        profile=None,
        key=resource_key(storyboard, named),
        makers_part=makers,
        canonical=resource_request(storyboard, named),
        roll=1,
        model=named[0],
        gateway="studio",
        endpoint="https://api.studio.example",
        account="",
        sandbox=False,
        body=Digest("0" * 64),
        price=None,
        sources={},
    )
    intent = replace(intent, **changes)
    made.record(intent)
    return intent


def register(made: Production, voice: str = "v-1", **changes: Any) -> Intended:
    intent = intend(made, **changes)
    made.record(WasAccepted(intent.attempt, "job-1"), HasSucceeded(intent.attempt, {"id": voice}, None))
    made.record(WasRegistered(intent.attempt, voice))
    return intent


def forget_voices(made: Production) -> None:
    """As on a machine whose journal has the clips alone."""
    clips = {name: one for name, one in made.ledger.attempts.items() if ":" not in one.intent.shot}
    made.ledger = replace(made.ledger, attempts=clips)


def listed(plan: Plan) -> Sequence[Resource]:
    return plan.resources


# --- which are needed


@pytest.mark.parametrize(
    ("shot", "needed"),
    [
        (TALK, (VOICE,)),
        (SEEN, (("element", "keeper"),)),
        (SILENT, ()),
        (make_shot("a", dialogue=(say("Hm.", spoken=False),), model="loud-2"), ()),
        # Where the task takes no elements, none is made for it.
        (make_shot("a", (mention("keeper"),), model="loud-2"), ()),
        (make_shot("a", model="quiet-9"), ()),
    ],
)
def test_whoever_is_given_by_an_id_nobody_knows_has_to_be_made(shot: Shot, needed: tuple[Any, ...]) -> None:
    assert needed_by(board(shot), shot, studio()) == needed


def test_with_an_id_or_pictures_or_at_a_gateway_that_makes_none_nothing_is_made() -> None:
    known = replace(GRUFF, ids={"studio": "v-9"})
    assert needed_by(board(TALK, voices={"gruff": known}), TALK, studio()) == ()
    shared = replace(studio(), name="studio-next", shared_library="studio")
    assert needed_by(board(TALK, voices={"gruff": known}), TALK, shared) == ()
    elsewhere = replace(GRUFF, ids={"other": "v-9"})
    assert needed_by(board(TALK, voices={"gruff": elsewhere}), TALK, studio()) == (VOICE,)
    assert needed_by(board(SEEN), SEEN, studio(BY_PICTURES)) == ()
    assert needed_by(board(TALK), TALK, studio(NO_RESOURCES)) == ()
    assert needed_by(board(TALK, voices={"gruff": make_voice("gruff")}), TALK, studio()) == ()


def test_what_it_is_made_from_is_its_key_and_what_it_is_called_is_not() -> None:
    storyboard = board(TALK)
    renamed = board(TALK, voices={"hoarse": replace(GRUFF, name="hoarse", description="other words")})
    assert resource_key(renamed, ("voice", "hoarse")) == resource_key(storyboard, ("voice", "gruff"))
    other = board(TALK, voices={"gruff": replace(GRUFF, sample=replace(SAMPLE, digest=picture("x").digest))})
    assert resource_key(other, ("voice", "gruff")) != resource_key(storyboard, ("voice", "gruff"))
    more = board(SEEN, elements={"keeper": replace(KEEPER, references=(picture("left"),))})
    assert resource_key(more, ("element", "keeper")) != resource_key(storyboard, ("element", "keeper"))
    remote = Sound(None, "https://x.example/a.wav", None, PLACE)
    by_address = board(TALK, voices={"gruff": replace(GRUFF, sample=remote)})
    assert resource_request(by_address, ("voice", "gruff"))["sample"] == {"url": "https://x.example/a.wav"}


# --- in the plan


def test_one_voice_for_two_shots_is_listed_once_and_its_price_is_in_the_total() -> None:
    plan = production(TALK, SHOUT, SILENT).plan()
    assert listed(plan) == (Resource("voice", "gruff", Action.MAKE, Price(Decimal("0.07"), Decimal("0.07"), "USD")),)
    assert [shot.price for shot in plan.shots] == [FIFTY_CENTS] * 3
    assert (plan.total.low, plan.total.high, plan.total.unknown) == (Decimal("1.57"), Decimal("1.57"), 0)


def test_one_whose_price_nobody_says_is_counted_as_unknown() -> None:
    plan = production(SEEN).plan()
    assert listed(plan) == (Resource("element", "keeper", Action.MAKE, None),)
    assert plan.total.unknown == 1


def test_nothing_is_made_for_shots_that_are_kept() -> None:
    made = production(TALK)
    register(made)
    made.run()
    assert actions(made.plan()) == {"talk": "keep"}
    forget_voices(made)
    assert (actions(made.plan()), listed(made.plan())) == ({"talk": "keep"}, ())


def test_one_that_is_made_is_not_listed_whether_journal_or_lock_know_it() -> None:
    made = production(TALK)
    intent = register(made)
    assert listed(made.plan()) == ()
    fresh = production(TALK)
    assert len(listed(fresh.plan())) == 1
    known = MadeResource("voice", intent.key, "studio", "", "v-1", "job-1", "2026-11-21")
    fresh.lock = Lock("keeper", resources=(known,))
    assert listed(fresh.plan()) == ()


def test_one_that_was_made_at_a_gateway_of_the_same_library_is_used_from_either_side() -> None:
    older, newer = studio(), replace(studio(), name="studio-next", shared_library="studio")
    made = Production(board(TALK), newer)
    register(made)
    assert listed(made.plan()) == ()
    made = production(TALK)
    register(made, gateway="studio-next")
    assert listed(made.plan(manifests={"studio": older, "studio-next": newer})) == ()
    assert len(listed(made.plan(manifests={"studio-next": replace(newer, shared_library=None)}))) == 1


def test_another_accounts_counts_only_where_nobody_has_looked_for_a_key() -> None:
    made = production(TALK)
    register(made, account="abcd")
    assert listed(made.plan(account=None)) == ()
    assert listed(made.plan(account="abcd")) == ()
    assert len(listed(made.plan(account="ef01"))) == 1


def test_a_doubles_counts_at_the_double_alone() -> None:
    made = production(TALK)
    register(made, sandbox=True)
    assert len(listed(made.plan())) == 1
    assert listed(made.plan(sandbox=True)) == ()


def test_one_that_was_lost_is_listed_again_and_kept_takes_stay() -> None:
    made = production(TALK, SHOUT)
    intent = register(made)
    made.run()
    made.edit("shout", prompt=("Calm.",))
    made.record(WasLost(intent.attempt))
    plan = made.plan()
    assert actions(plan) == {"talk": "keep", "shout": "make"}
    assert [one.action for one in listed(plan)] == [Action.MAKE]
    # The lock of another machine may still name it.
    made.lock = replace(made.lock, resources=(MadeResource("voice", intent.key, "studio", "", "v-1", None, "x"),))
    assert [one.action for one in listed(made.plan())] == [Action.MAKE]


def test_the_latest_of_several_is_the_one() -> None:
    made = production(TALK)
    first = register(made, "v-1")
    made.record(WasLost(first.attempt))
    second = register(made, "v-2")
    found = find_made(second.key, made.lock, made.ledger, frozenset({"studio"}), "", sandbox=False)
    assert found is not None
    assert (found.id, found.kind, found.job) == ("v-2", "voice", "job-1")


# --- under way, in doubt, failed


def test_one_under_way_is_resumed_and_costs_no_more() -> None:
    made = production(TALK, budget=budget("10.00"))
    intent = intend(made)
    made.record(WasAccepted(intent.attempt, "job-1"))
    plan = made.plan()
    assert [(one.action, one.price and one.price.high) for one in listed(plan)] == [(Action.RESUME, Decimal(0))]
    assert (plan.total.high, actions(plan)) == (Decimal("0.50"), {"talk": "make"})


def test_one_under_way_whose_price_nobody_knows_is_not_unknown_any_more() -> None:
    made = production(SEEN)
    intent = intend(made, ("element", "keeper"))
    made.record(WasAccepted(intent.attempt, "job-1"))
    assert made.plan().total.unknown == 0


def test_doubt_that_can_be_cleared_up_is_attached_to_and_costs_its_price_at_most() -> None:
    made = production(TALK)
    intend(made)
    plan = made.plan()
    assert listed(plan) == (Resource("voice", "gruff", Action.ATTACH, Price(Decimal(0), Decimal("0.07"), "USD")),)
    assert actions(plan) == {"talk": "make"}


def test_doubt_nobody_can_clear_up_is_a_question_and_blocks_its_shots_alone() -> None:
    made = production(TALK, SHOUT, SILENT)
    made.manifest = replace(made.manifest, guard=NO_GUARD)
    intent = intend(made)
    made.record(BecameUncertain(intent.attempt, "cut"))
    plan = made.plan()
    assert actions(plan) == {"talk": "blocked", "shout": "blocked", "silent": "make"}
    assert reason_codes(plan.shot("talk")) == ["resource-open"]
    assert plan.shot("talk").reasons[0].text == "whether The Studio took the submit for voice `gruff` is not known"
    assert plan.shot("talk").hint == "say what became of it: `framechain resolve voice:gruff`"
    assert [one.action for one in listed(plan)] == [Action.ASK]
    assert plan.total.high == Decimal("0.50")
    trusting = replace(made.storyboard, trust_guard="studio")
    made.storyboard = trusting
    assert actions(made.plan())["talk"] == "make"


def test_a_shot_with_a_roll_that_stands_is_gone_on_from_though_another_roll_waits_for_an_answer() -> None:
    made = production(TALK, make_shot("next", "Fog.", model="loud-2", first=chained("talk")))
    register(made)
    made.run(only=frozenset({"talk"}))
    made.manifest = replace(made.manifest, guard=NO_GUARD)
    forget_voices(made)
    intend(made)
    made.edit("talk", rolls=set_value(2))
    assert actions(made.plan()) == {"talk": "blocked", "next": "make"}
    made.edit("talk", prompt=("Calm.",))
    assert actions(made.plan()) == {"talk": "blocked", "next": "blocked"}


def test_a_shot_that_needs_no_making_is_not_blocked_by_the_question() -> None:
    made = production(TALK)
    register(made)
    made.run()
    made.manifest = replace(made.manifest, guard=NO_GUARD)
    forget_voices(made)
    intend(made)
    assert actions(made.plan()) == {"talk": "keep"}


@pytest.mark.parametrize("account", ["abcd", None])
def test_what_is_open_at_a_double_or_under_another_account_is_none_of_ours(account: str | None) -> None:
    made = production(TALK)
    intent = intend(made, sandbox=True, account="abcd")
    assert open_attempt(made.ledger, intent.key, "studio", account, sandbox=False) is None
    assert open_attempt(made.ledger, intent.key, "studio", account, sandbox=True) is not None
    assert open_attempt(made.ledger, intent.key, "studio", "ef01", sandbox=True) is None
    assert [one.action for one in listed(made.plan(account=account))] == [Action.MAKE]


def test_one_that_failed_is_made_again_on_request_alone() -> None:
    made = production(TALK, SHOUT, SILENT)
    intent = intend(made)
    made.record(WasAccepted(intent.attempt, "job-1"), HasFailed(intent.attempt, BROKE, True, None))
    plan = made.plan()
    assert actions(plan) == {"talk": "blocked", "shout": "blocked", "silent": "make"}
    assert reason_codes(plan.shot("talk")) == ["resource-failed"]
    assert "out of order" in plan.shot("talk").reasons[0].text
    assert [(one.action, one.price and one.price.high) for one in listed(plan)] == [(Action.BLOCKED, Decimal(0))]
    again = made.plan(remake=frozenset({"shout"}))
    assert actions(again)["shout"] == "make"
    assert [one.action for one in listed(again)] == [Action.MAKE]


def test_one_that_was_refused_for_what_it_is_waits_for_other_words_or_another_sample() -> None:
    made = production(TALK)
    intent = intend(made)
    made.record(WasRejected(intent.attempt, Failure(FailureClass.INPUT, "too long a description"), None))
    assert actions(made.plan()) == {"talk": "blocked"}
    made.storyboard = replace(made.storyboard, voices={"gruff": replace(GRUFF, description="short")})
    assert actions(made.plan()) == {"talk": "make"}


@pytest.mark.parametrize("kind", [FailureClass.LIMIT, FailureClass.BALANCE, FailureClass.ACCESS])
def test_one_that_was_refused_for_the_moment_is_simply_made_later(kind: FailureClass) -> None:
    made = production(TALK)
    intent = intend(made)
    made.record(WasRejected(intent.attempt, Failure(kind, "later"), None))
    assert actions(made.plan()) == {"talk": "make"}
    assert [event.action for event in listed(made.plan())] == [Action.MAKE]


def test_the_events_of_a_making_are_like_those_of_any_attempt() -> None:
    made = production(TALK)
    intent = intend(made)
    events: list[Event] = [WasAccepted(intent.attempt, "j"), HasSucceeded(intent.attempt, {"id": "v"}, None)]
    made.record(*events, WasRegistered(intent.attempt, "v"), WasLost(intent.attempt))
    with pytest.raises(ValueError, match="for good"):
        made.record(WasLost(intent.attempt))
