"""A request as plain values: what conditions and references find, and how mentions and dialogue are said."""

from dataclasses import replace
from typing import Any

from planning_builders import (
    chained,
    make_element,
    make_shot,
    make_storyboard,
    make_voice,
    mention,
    picture,
    say,
    set_value,
)
from studio_manifest import interface_of, studio

from runner.core.canonical import Digest
from runner.model.interface import Mentions
from runner.model.mapping import Way
from runner.model.storyboard import Beat, Camera, DynamicMask, Line, Masks, Mention, Shot
from runner.planning.body import Attachment, Held
from runner.planning.request import outline_request
from runner.planning.tasks import cast_of
from runner.planning.view import Cast, put_into_words, view_of

PLACE = make_shot("a").place
TOKENS = interface_of(studio()).tasks["words"].mentions
ELEMENTS = {name: make_element(name, frontal=name) for name in ("keeper", "gull")}
VOICES = {name: make_voice(name, f"{name} and slow") for name in ("gruff", "clear")}


class _Blank:
    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        return f"<{attachment.label}>"


def canonical_of(shot: Shot) -> dict[str, Any]:
    return outline_request(make_storyboard(shot, elements=ELEMENTS, voices=VOICES), shot, "generated")


def view(shot: Shot, **extras: Held) -> dict[str, Held]:
    canonical = canonical_of(shot)
    return view_of(canonical, cast_of(canonical, {}, {}), extras)


def words(shot: Shot, mentions: Mentions = TOKENS, makers: dict[str, Any] | None = None) -> dict[str, Held]:
    canonical = canonical_of(shot)
    cast = cast_of(canonical, makers or {}, {})
    return put_into_words(view_of(canonical, cast, {}), canonical, cast, mentions, _Blank())


def described(**names: str) -> dict[str, Any]:
    """Words put in for these: elements by name, voices by name with `v_` before."""
    elements = {name: text for name, text in names.items() if not name.startswith("v_")}
    voices = {name[2:]: text for name, text in names.items() if name.startswith("v_")}
    return {"described": {kind: told for kind, told in (("elements", elements), ("voices", voices)) if told}}


# --- plain values


def test_settings_stand_as_the_storyboard_has_them_and_sound_as_a_word() -> None:
    shot = make_shot("a", negative_prompt=set_value("blur"), cfg_scale=set_value(0.5), seed=set_value(7), sound=True)
    found = view(shot, spelling="loud-two")
    assert {name: found[name] for name in ("mode", "duration", "aspect_ratio", "watermark", "sound")} == {
        "mode": "std", "duration": 5, "aspect_ratio": "16:9", "watermark": False, "sound": "on"
    }  # fmt: skip
    assert (found["negative_prompt"], found["cfg_scale"], found["seed"]) == ("blur", 0.5, 7)
    assert (found["spelling"], found["model"]) == ("loud-two", "kling-v3")
    assert view(make_shot("a"))["sound"] == "off"


def test_what_a_shot_does_not_have_is_not_there() -> None:
    absent = {"negative_prompt", "cfg_scale", "seed", "first_frame", "last_frame", "masks", "camera", "dialogue"}
    assert absent.isdisjoint(view(make_shot("a")))
    assert (view(make_shot("a"))["voices"], view(make_shot("a"))["elements"]) == ([], [])


def test_a_frame_is_a_picture_by_its_digest_or_one_that_is_still_to_be_cut() -> None:
    given = picture("lit")
    found = view(make_shot("a", first=chained("b"), last=given))
    assert found["first_frame"] == Attachment("first_frame", frame="first_frame")
    assert found["last_frame"] == Attachment("last_frame", given.digest, frame="last_frame")
    assert "aspect_ratio" not in found
    by_address = replace(given, path=None, digest=None, url="https://example.com/a.png")
    assert view(make_shot("a", first=by_address))["first_frame"] == Attachment(
        "first_frame", url="https://example.com/a.png", frame="first_frame"
    )


def test_a_camera_is_one_move_of_six_or_a_movement_by_name() -> None:
    moving = view(make_shot("a", camera=set_value(Camera("simple", "zoom", 2.5))))["camera"]
    assert moving == {
        "type": "simple", "move": "zoom", "amount": 2.5,
        "horizontal": 0.0, "vertical": 0.0, "pan": 0.0, "tilt": 0.0, "roll": 0.0, "zoom": 2.5,
    }  # fmt: skip
    assert view(make_shot("a", camera=set_value(Camera("down_back", None, None))))["camera"] == {"type": "down_back"}


def test_masks_hold_their_pictures_and_trajectories() -> None:
    static, moving = picture("static"), picture("moving")
    masks = Masks(static, (DynamicMask(moving, ((1, 2), (3, 4))),), PLACE)
    assert view(make_shot("a", first=picture("f"), masks=masks))["masks"] == {
        "static": Attachment("masks.static", static.digest),
        "dynamic": [
            {"mask": Attachment("masks.dynamic", moving.digest), "trajectory": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]}
        ],
    }
    assert view(make_shot("a", first=picture("f"), masks=Masks(None, (), PLACE)))["masks"] == {"dynamic": []}


def test_the_kind_of_beats_is_known_before_their_words_are() -> None:
    beats = (Beat(("one",), 2, PLACE), Beat(("two",), 3, PLACE))
    kinds = [view(make_shot("a", beats=beats))["beats_are"] for beats in (None, set_value("auto"), set_value(beats))]
    assert kinds == ["none", "auto", "listed"]


def test_all_pictures_of_elements_stand_in_one_list_too() -> None:
    shot = make_shot("a", (mention("keeper"), " and ", mention("gull")))
    digests = [ELEMENTS[name].frontal.digest for name in ("keeper", "gull")]  # type: ignore[union-attr]
    assert view(shot)["element_pictures"] == [
        Attachment("keeper", digests[0]), Attachment("gull", digests[1])
    ]  # fmt: skip


# --- words


def test_voices_and_elements_are_numbered_each_for_themselves_in_the_order_they_are_named() -> None:
    shot = make_shot(
        "a",
        (mention("gull"), " over ", mention("keeper"), " under ", mention("gull"), ", ", Mention("voice", "clear")),
        dialogue=(say("Old girl.", by="keeper"),),
    )
    found = words(shot)
    assert found["prompt"] == (
        "<<<element_1>>> over <<<element_2>>> under <<<element_1>>>, <<<voice_1>>> "
        '<<<element_2>>> <<<voice_2>>> says: "Old girl."'
    )
    numbers = {kind: [(one["name"], one["number"], one["position"]) for one in found[kind]]  # type: ignore[index, union-attr, call-overload]
               for kind in ("elements", "voices")}  # fmt: skip
    # One counting over both, for gateways that list them together.
    assert numbers == {"elements": [("gull", 1, 1), ("keeper", 2, 2)], "voices": [("clear", 1, 3), ("gruff", 2, 4)]}


def test_whoever_is_described_is_not_listed_and_takes_no_number() -> None:
    shot = make_shot("a", (mention("gull"), " and ", mention("keeper")))
    found = words(shot, makers=described(gull="a gull"))
    assert found["prompt"] == "a gull and <<<element_1>>>"
    assert [one["position"] for one in found["elements"]] == [1]  # type: ignore[index, union-attr, call-overload]


def test_a_line_is_said_by_a_voice_as_the_gateway_knows_it_or_as_words_describe_it() -> None:
    line = (say("Stay."),)
    by = (say("Stay.", by="keeper"),)
    told = described(v_gruff="low and hoarse")
    both = described(keeper="a keeper", v_gruff="low and hoarse")
    element = described(keeper="a keeper")
    said = [
        words(make_shot("a", "Sea.", dialogue=lines), makers=makers)["prompt"]
        for lines, makers in ((line, None), (by, None), (line, told), (by, told), (by, both), (by, element))
    ]
    assert said == [
        'Sea. <<<voice_1>>> says: "Stay."',
        'Sea. <<<element_1>>> <<<voice_1>>> says: "Stay."',
        'Sea. low and hoarse says: "Stay."',
        'Sea. <<<element_1>>>, low and hoarse, says: "Stay."',
        'Sea. a keeper, low and hoarse, says: "Stay."',
        'Sea. a keeper <<<voice_1>>> says: "Stay."',
    ]


def test_mentions_within_a_line_are_said_as_well_and_captions_are_not_said_at_all() -> None:
    spoken = Line("gruff", None, ("Look, ", mention("gull"), "!"), spoken=True, place=PLACE)
    silent = say("nobody hears it", spoken=False)
    assert words(make_shot("a", "Sea.", dialogue=(spoken, silent)))["prompt"] == (
        'Sea. <<<voice_1>>> says: "Look, <<<element_1>>>!"'
    )


def test_a_shot_of_dialogue_alone_has_it_for_its_prompt_and_one_of_beats_alone_has_none() -> None:
    assert words(make_shot("a", (), dialogue=(say("Stay."),)))["prompt"] == '<<<voice_1>>> says: "Stay."'
    beats = set_value((Beat((mention("gull"), " flies"), 2, PLACE), Beat(("it lands",), 3, PLACE)))
    found = words(make_shot("a", (), beats=beats))
    assert "prompt" not in found
    assert found["beats"] == [
        {"number": 1, "prompt": "<<<element_1>>> flies", "duration": 2},
        {"number": 2, "prompt": "it lands", "duration": 3},
    ]


def test_beats_the_model_makes_itself_are_no_list() -> None:
    assert "beats" not in words(make_shot("a", beats=set_value("auto")))


def test_without_a_way_to_mention_somebody_the_name_stands_there_until_it_is_refused() -> None:
    assert words(make_shot("a", (mention("gull"),)), Mentions())["prompt"] == "gull"


def test_an_attachment_of_a_request_read_back_from_a_journal_is_the_same() -> None:
    cast = Cast()
    found = view_of({"first_frame": {"take": "ab", "at": "last"}}, cast, {})
    assert found["first_frame"] == Attachment("first_frame", frame="first_frame")
    assert view_of({"last_frame": {"digest": "ab" * 32}}, cast, {})["last_frame"] == Attachment(
        "last_frame", Digest("ab" * 32), frame="last_frame"
    )
