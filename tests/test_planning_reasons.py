"""Why a shot is made, by name."""

from dataclasses import replace

import pytest
from planning_builders import (
    CHAIN,
    Production,
    animatic,
    chain,
    chained,
    fail,
    made_of,
    make_element,
    make_shot,
    make_storyboard,
    make_voice,
    mention,
    only_shot,
    paid,
    picture,
    reason_codes,
    reason_texts,
    say,
    set_value,
    with_action,
)

from runner.model.plan import Action
from runner.model.request import Key
from runner.model.storyboard import Shot


def reasons_after(before: Shot, after: Shot, **more: object) -> list[str]:
    production = made_of([before], **more)  # type: ignore[arg-type]  # fields of a storyboard
    production.storyboard = make_storyboard(after, **more)
    return reason_texts(only_shot(production))


def test_a_shot_edited_and_chained_tells_both_and_is_no_mere_consequence() -> None:
    production = chain()
    production.edit("climb", prompt=("Edited.",))
    production.edit("lamp", duration=set_value(9))
    lamp = production.plan().shot("lamp")
    assert reason_codes(lamp) == ["duration-changed", "first-frame-changed"]
    assert not lamp.is_cascade
    production.run(only=frozenset({"climb"}))
    lamp = production.plan().shot("lamp")
    assert reason_codes(lamp) == ["duration-changed", "first-frame-changed"]
    assert not lamp.is_cascade


def test_a_shot_never_made_says_what_it_waits_for() -> None:
    plan = Production(make_storyboard(*CHAIN), paid()).plan()
    assert reason_texts(plan.shot("harbour")) == ["it has no take yet"]
    assert reason_texts(plan.shot("climb")) == ["it has no take yet", "first frame waits for `harbour`"]
    assert reason_codes(plan.shot("climb")) == ["never-made", "first-frame-waits"]


def test_a_source_made_anew_in_an_earlier_run_is_told_as_such() -> None:
    production = chain(paid())
    production.edit("climb", prompt=("Edited.",))
    production.run(only=frozenset({"climb"}))
    lamp = production.plan().shot("lamp")
    assert reason_texts(lamp) == ["first frame changed because `climb` has another take now"]
    assert lamp.is_cascade


def test_a_source_that_comes_out_as_before_changes_nothing() -> None:
    production = chain(animatic())
    before = production.lock
    production.edit("climb", prompt=("Edited.",))
    production.edit("climb", prompt=("a picture of climb",))
    assert not production.plan().has_work
    assert production.lock is before


@pytest.mark.parametrize(
    ("after", "text"),
    [
        (make_shot("a", "Other."), "prompt changed"),
        (make_shot("a", "Up.", duration=9), "duration changed"),
        (make_shot("a", "Up.", model="kling-v2.6"), "model changed"),
        (make_shot("a", "Up.", mode="pro"), "mode changed"),
        (make_shot("a", "Up.", sound=True), "sound changed"),
        (replace(make_shot("a", "Up."), aspect_ratio=set_value("9:16")), "aspect ratio changed"),
        (make_shot("a", "Up.", negative_prompt=set_value("blur")), "negative prompt added"),
        (make_shot("a", "Up.", first=picture("x")), "first frame added"),
        (make_shot("a", "Up.", last=picture("x")), "last frame added"),
        (make_shot("a", "Up.", dialogue=(say("hm"),)), "dialogue added"),
    ],
)
def test_each_change_is_told_by_its_name(after: Shot, text: str) -> None:
    assert reasons_after(make_shot("a", "Up."), after) == [text]


def test_a_change_tells_nothing_but_what_changed() -> None:
    assert reasons_after(make_shot("a", "Up.", first=picture("x")), make_shot("a", "Up.")) == ["first frame removed"]
    assert reasons_after(make_shot("a", "Up."), make_shot("a", "Down.", duration=9)) == [
        "duration changed",
        "prompt changed",
    ]


def test_other_pictures_of_an_element_are_told() -> None:
    shots = [make_shot("a", (mention("keeper"),)), make_shot("b")]
    production = made_of(shots, elements={"keeper": make_element("keeper", frontal="old")})
    production.storyboard = make_storyboard(*shots, elements={"keeper": make_element("keeper", frontal="new")})
    plan = production.plan()
    assert with_action(plan, Action.MAKE) == {"a"}
    assert reason_texts(plan.shot("a")) == ["pictures of its elements changed"]


def test_another_description_of_a_voice_makes_the_animatic_speak_again() -> None:
    shot = make_shot("a", dialogue=(say("hello"),), sound=True)
    production = made_of([shot])
    production.storyboard = make_storyboard(shot, voices={"gruff": make_voice("gruff", "high and clear")})
    assert reason_codes(only_shot(production)) == ["makers-part-changed"]
    assert production.run() == ["a"]
    assert not production.plan().has_work


def test_another_frame_of_the_same_source_is_an_edit_and_no_consequence() -> None:
    production = chain()
    production.edit("climb", first_frame=chained("harbour", "first"))
    climb = production.plan().shot("climb")
    assert reason_texts(climb) == ["first frame changed"]
    assert not climb.is_cascade


def test_chaining_from_another_shot_is_an_edit_and_no_consequence() -> None:
    production = chain(paid())
    production.edit("climb", first_frame=chained("gull"))
    climb = production.plan().shot("climb")
    assert reason_texts(climb) == ["first frame changed"]
    assert not climb.is_cascade


def test_a_picture_in_place_of_a_chain_is_an_edit() -> None:
    production = chain()
    production.edit("climb", first_frame=picture("x"))
    assert reason_texts(production.plan().shot("climb")) == ["first frame changed"]
    production = made_of([make_shot("a"), make_shot("b", first=picture("x"))])
    production.edit("b", first_frame=chained("a"))
    assert reason_texts(production.plan().shot("b")) == ["first frame changed"]


def test_going_from_the_animatic_to_a_gateway_says_so_and_nothing_else() -> None:
    production = chain(animatic())
    production.manifest = paid("mulerouter")
    plan = production.plan()
    assert {text for shot in plan.shots for text in reason_texts(shot)} == {
        "was an animatic take, is now to be generated by `mulerouter`"
    }
    assert not any(shot.is_cascade for shot in plan.shots)


def test_going_from_a_gateway_to_the_animatic_says_so_too() -> None:
    production = made_of([make_shot("a")], paid())
    production.manifest = animatic()
    assert reason_texts(only_shot(production)) == ["was a generated take, is now to be an animatic one"]


def test_a_choice_that_is_no_roll_any_more_is_told_as_such() -> None:
    production = Production(make_storyboard(make_shot("a", rolls=2)), paid())
    fail(production, "a", roll=1)
    production.run()
    production.edit("a", rolls=set_value(1))
    shot = only_shot(production, remake=frozenset({"a"}))
    assert reason_texts(shot) == ["`v001` is roll 2, which is not asked for any more"]


def test_a_take_nobody_can_compare_is_told_in_general() -> None:
    production = made_of([make_shot("a")], paid())
    take = production.block("a").current
    assert take is not None
    edited = replace(take, key=Key("0" * 64))
    production.set_block("a", takes=(edited,))
    production.forget_bytes()
    assert reason_texts(only_shot(production)) == ["the request has changed since `v001` was chosen"]


def test_options_changed_beside_other_fields_are_told_and_beside_other_words_are_not() -> None:
    before = make_shot("a", "Up.", options={"animatic": {"fast": True}})
    assert reasons_after(before, make_shot("a", "Up.", duration=9)) == [
        "duration changed",
        "what is asked of `animatic` alone changed: options, ids or descriptions",
    ]
    assert reasons_after(before, make_shot("a", "Down.")) == ["prompt changed"]
