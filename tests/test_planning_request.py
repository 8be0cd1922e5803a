"""Canonical requests, keys, maker's parts and job names."""

from dataclasses import replace
from decimal import Decimal

import pytest
from planning_builders import (
    animatic,
    chained,
    make_element,
    make_shot,
    make_storyboard,
    make_voice,
    mention,
    paid,
    picture,
    place,
    say,
    set_value,
)

from runner.core.canonical import Digest
from runner.model.request import Identity, Key
from runner.model.storyboard import Beat, Camera, DynamicMask, Masks, Shot, Storyboard
from runner.planning.makers import makers_part
from runner.planning.request import canonical_request, job_name, request_key, request_parts

SOURCE = Identity("s" * 64)


def key_of(shot: Shot, storyboard: Storyboard | None = None, roll: int = 1) -> Key:
    sources = {name: SOURCE for name, _ in shot.chained}
    return request_key(canonical_request(storyboard or make_storyboard(shot), shot, roll, "animatic", sources))


def test_a_plain_request_holds_the_built_in_values_and_nothing_that_is_not_set() -> None:
    shot = make_shot("harbour", "One lamp.")
    assert canonical_request(make_storyboard(shot), shot, 1, "animatic", {}) == {
        "medium": "animatic",
        "model": "kling-v3",
        "mode": "std",
        "duration": 5,
        "sound": False,
        "watermark": False,
        "prompt": ["One lamp."],
        "aspect_ratio": "16:9",
        "roll": 1,
    }


def test_a_full_request_holds_every_field_with_names_for_elements_and_voices() -> None:
    shot = make_shot(
        "climb",
        (mention("keeper"), " climbs."),
        first=chained("harbour", Decimal("2.50")),
        last=picture("lamp-lit"),
        sound=True,
        negative_prompt=set_value("blur"),
        cfg_scale=set_value(0.5),
        seed=set_value(7),
        camera=set_value(Camera("simple", "zoom", 3.0)),
        beats=set_value((Beat(("up ",), 2, place(1)), Beat((mention("lamp"),), 3, place(1)))),
        dialogue=(say("One more night.", by="keeper"), say("a thought", spoken=False)),
        masks=Masks(picture("still"), (DynamicMask(picture("moving"), ((1, 2), (3, 4))),), place(1)),
    )
    storyboard = make_storyboard(
        shot,
        elements={"keeper": make_element("keeper", frontal="front"), "lamp": make_element("lamp")},
        voices={"gruff": make_voice("gruff"), "unheard": make_voice("unheard")},
    )
    assert canonical_request(storyboard, shot, 2, "generated", {"first_frame": SOURCE}) == {
        "medium": "generated",
        "model": "kling-v3",
        "mode": "std",
        "duration": 5,
        "sound": True,
        "watermark": False,
        "negative_prompt": "blur",
        "cfg_scale": 0.5,
        "seed": 7,
        "camera": {"type": "simple", "move": "zoom", "amount": 3.0},
        "prompt": [{"element": "keeper"}, " climbs."],
        "beats": [{"prompt": ["up "], "duration": 2}, {"prompt": [{"element": "lamp"}], "duration": 3}],
        "dialogue": [{"voice": "gruff", "by": "keeper", "text": ["One more night."]}],
        "elements": {
            "keeper": {"frontal": {"digest": picture("front").digest}, "references": []},
            "lamp": {"references": []},
        },
        "voices": {"gruff": {}},
        "masks": {
            "static": {"digest": picture("still").digest},
            "dynamic": [{"mask": {"digest": picture("moving").digest}, "trajectory": [[1, 2], [3, 4]]}],
        },
        "first_frame": {"take": SOURCE, "at": "2.5"},
        "last_frame": {"digest": picture("lamp-lit").digest},
        "roll": 2,
    }


def test_automatic_beats_are_said_by_their_word() -> None:
    shot = make_shot("climb", beats=set_value("auto"))
    assert canonical_request(make_storyboard(shot), shot, 1, "animatic", {})["beats"] == "auto"


def test_a_picture_known_only_by_its_address_is_asked_for_by_it() -> None:
    far = replace(picture("x"), path=None, digest=None, url="https://example.org/x.png")
    shot = make_shot("climb", first=far)
    canonical = canonical_request(make_storyboard(shot), shot, 1, "animatic", {})
    assert canonical["first_frame"] == {"url": "https://example.org/x.png"}


def test_ids_scenes_order_and_the_lines_of_captions_are_not_in_the_key() -> None:
    shot = make_shot("climb", "Up.", scene="dawn")
    renamed = make_shot("ascent", "Up.", scene="dusk", after=["other"], rolls=3, dialogue=(say("hm", spoken=False),))
    assert key_of(shot) == key_of(renamed)


def test_where_a_value_came_from_is_not_in_the_key() -> None:
    shot = make_shot("climb", duration=7)
    assert key_of(shot) == key_of(replace(shot, duration=set_value(7), prompt_place=place(90)))


@pytest.mark.parametrize(
    "edited",
    [
        make_shot("climb", "Down."),
        make_shot("climb", "Up.", duration=6),
        make_shot("climb", "Up.", mode="pro"),
        make_shot("climb", "Up.", model="kling-v2.6"),
        make_shot("climb", "Up.", sound=True),
        make_shot("climb", "Up.", first=picture("x")),
        make_shot("climb", "Up.", last=picture("x")),
        make_shot("climb", "Up.", first=chained("harbour")),
        make_shot("climb", "Up.", negative_prompt=set_value("blur")),
        make_shot("climb", "Up.", seed=set_value(1)),
        make_shot("climb", "Up.", cfg_scale=set_value(0.1)),
        replace(make_shot("climb", "Up."), watermark=set_value(True)),
    ],
)
def test_each_thing_asked_for_is_in_the_key(edited: Shot) -> None:
    assert key_of(make_shot("climb", "Up.")) != key_of(edited)


def test_the_roll_and_the_medium_are_in_the_key() -> None:
    shot = make_shot("climb")
    storyboard = make_storyboard(shot)
    keys = {
        request_key(canonical_request(storyboard, shot, roll, medium, {}))
        for roll in (1, 2)
        for medium in ("animatic", "generated")
    }
    assert len(keys) == 4


def test_the_take_a_frame_comes_from_and_the_place_in_it_are_in_the_key() -> None:
    shots = [make_shot("climb", first=chained("a", at)) for at in ("first", "last", Decimal("2.5"))]
    keys = {
        request_key(canonical_request(make_storyboard(shot), shot, 1, "animatic", {"first_frame": source}))
        for shot in shots
        for source in (Identity("s"), Identity("t"))
    }
    assert len(keys) == 6


def test_needless_zeros_of_a_time_are_not_in_the_key() -> None:
    assert key_of(make_shot("c", first=chained("a", Decimal("2.50")))) == key_of(
        make_shot("c", first=chained("a", Decimal("2.5")))
    )
    assert key_of(make_shot("c", first=chained("a", Decimal(10)))) == key_of(
        make_shot("c", first=chained("a", Decimal("10.0")))
    )


def test_the_ratio_counts_only_without_a_frame() -> None:
    wide, tall = set_value("16:9"), set_value("9:16")
    free = make_shot("a")
    framed = make_shot("a", first=picture("x"))
    assert key_of(replace(free, aspect_ratio=wide)) != key_of(replace(free, aspect_ratio=tall))
    assert key_of(replace(framed, aspect_ratio=wide)) == key_of(replace(framed, aspect_ratio=tall))


def test_an_element_counts_by_its_pictures_and_only_where_it_is_mentioned() -> None:
    using, other = make_shot("a", (mention("keeper"),)), make_shot("b")
    before = make_storyboard(using, other, elements={"keeper": make_element("keeper", frontal="old")})
    after = make_storyboard(using, other, elements={"keeper": make_element("keeper", frontal="new")})
    described = make_storyboard(
        using, other, elements={"keeper": replace(make_element("keeper", frontal="old"), description="another")}
    )
    assert key_of(using, before) != key_of(using, after)
    assert key_of(other, before) == key_of(other, after)
    assert key_of(using, before) == key_of(using, described)


def test_parts_are_sixteen_digits_for_each_field_and_move_with_it() -> None:
    shot = make_shot("a")
    storyboard = make_storyboard(shot)
    before = request_parts(canonical_request(storyboard, shot, 1, "animatic", {}))
    after = request_parts(canonical_request(storyboard, replace(shot, duration=set_value(9)), 1, "animatic", {}))
    assert {len(part) for part in before.values()} == {16}
    assert {name for name in before if before[name] != after[name]} == {"duration"}


def test_the_makers_part_holds_options_and_ids_of_its_gateway_only() -> None:
    shot = make_shot(
        "a",
        (mention("keeper"),),
        options={"kling": {"fast": True}, "kkiai": {"slow": True}},
        dialogue=(say("hello"),),
    )
    storyboard = make_storyboard(
        shot,
        elements={"keeper": make_element("keeper", ids={"kling": "77", "kkiai": "88"})},
        voices={"gruff": make_voice("gruff", ids={"kling": "99"})},
    )
    part = makers_part(storyboard, shot, paid("kling"))
    assert part.gateway == "kling"
    assert part.content == {"options": {"fast": True}, "voice_ids": {"gruff": "99"}, "element_ids": {"keeper": "77"}}
    assert makers_part(storyboard, shot, paid("mulerun")).content == {}


def test_the_animatic_is_told_how_its_spoken_voices_sound() -> None:
    shot = make_shot("a", dialogue=(say("hello"), say("unsaid", voice="thin", spoken=False)))
    storyboard = make_storyboard(
        shot, voices={"gruff": make_voice("gruff", "low"), "thin": make_voice("thin", "reedy")}
    )
    assert makers_part(storyboard, shot, animatic()).content == {"described": {"voices": {"gruff": "low"}}}
    assert makers_part(storyboard, shot, paid()).content == {}


def test_a_job_name_is_the_same_everywhere_and_new_after_each_failure() -> None:
    key = Key(Digest("a" * 64))
    name = job_name("keeper", key, 0)
    assert name == job_name("keeper", key, 0)
    assert name.startswith("fc-")
    assert len(name) == 43
    assert set(name[3:]) <= set("0123456789abcdef")
    others = {job_name("keeper", key, 1), job_name("other", key, 0), job_name("keeper", Key("b" * 64), 0)}
    assert len(others | {name}) == 4
