"""What a model cannot do is told at the line that asked, once, with a hint that mends it."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from runner.core.canonical import Digest
from runner.core.diagnostic import Diagnostic, Findings, Severity
from runner.core.place import Place, Source
from runner.model.manifest import Guard, Manifest, ModelLimits, PictureLimits, Proof
from runner.model.outside import PictureFacts
from runner.model.storyboard import (
    Beat,
    Chained,
    DynamicMask,
    Element,
    Film,
    Layer,
    Line,
    Masks,
    Mention,
    Picture,
    Scene,
    Setting,
    Shot,
    Storyboard,
)
from runner.planning.capability import check_capability

SOURCE = Source("storyboard.yaml", "")
SOUNDING = ModelLimits((5, 10), ("std", "pro"), 100, 2, 1, 3, has_sound=True, beat_characters=20, references=1, masks=1)
SILENT = ModelLimits((3, 4, 5, 6), (), None, 0, 0, 0, has_sound=False)
MANIFEST = Manifest(
    name="studio",
    title="Studio",
    medium="generated",
    guard=Guard(Proof.UNKNOWN, Proof.UNKNOWN, Proof.UNKNOWN),
    concurrent=None,
    pictures=PictureLimits(("jpeg", "png"), shortest_side=300, widest_ratio=2.5, bytes=10_000_000),
    models={"loud-2": SOUNDING, "still-1": SILENT},
    prices={},
    seconds_per_second=None,
    free=False,
)


def at(line: int) -> Place:
    return Place(SOURCE, line, 1)


def own(value: Any, line: int = 20) -> Setting[Any]:
    return Setting(value, Layer.SHOT, at(line))


def default(value: Any, line: int = 2) -> Setting[Any]:
    return Setting(value, Layer.DEFAULTS, at(line))


def built_in(value: Any) -> Setting[Any]:
    return Setting(value, Layer.BUILT_IN, None)


def shot(name: str = "lamp", **changes: Any) -> Shot:
    plain = Shot(
        id=name,
        scene=None,
        place=at(10),
        model=default("loud-2", 3),
        mode=built_in("std"),
        duration=built_in(5),
        aspect_ratio=built_in("16:9"),
        sound=built_in(False),
        watermark=built_in(False),
        rolls=built_in(1),
        unsupported=built_in("refuse"),
        convert=built_in(()),
        prompt=("The lamp is lit.",),
        prompt_place=at(11),
    )
    return replace(plain, **changes)


def picture(path: str, line: int = 40) -> Picture:
    return Picture(path, None, Digest("0"), None, None, at(line))


def element(name: str, *references: Picture) -> Element:
    return Element(name, "a thing", picture(f"{name}.png", 30), references, {}, at(29))


def facts(width: int = 1024, height: int = 1024, size: int = 1000, form: str = "png") -> PictureFacts:
    return PictureFacts(Digest("0"), size, form, width, height)


def check(
    *shots: Shot, elements: tuple[Element, ...] = (), pictures: Mapping[str, PictureFacts] | None = None
) -> tuple[Diagnostic, ...]:
    storyboard = Storyboard(
        id="p",
        id_is_written=True,
        title="P",
        profile=None,
        provider=default("studio"),
        elements={one.name: one for one in elements},
        voices={},
        scenes=(Scene(None, None, tuple(one.id for one in shots)),),
        shots=shots,
        film=Film(),
    )
    findings = Findings()
    check_capability(storyboard, MANIFEST, pictures or {}, findings)
    return findings.in_order()


def only(diagnostics: tuple[Diagnostic, ...]) -> Diagnostic:
    assert len(diagnostics) == 1, diagnostics
    assert diagnostics[0].severity is Severity.ERROR
    assert diagnostics[0].hint
    return diagnostics[0]


def said(diagnostics: tuple[Diagnostic, ...]) -> tuple[str, str, int]:
    found = only(diagnostics)
    assert found.place is not None
    return found.code, found.message, found.place.line


def test_a_shot_the_model_can_make_has_nothing_said_of_it() -> None:
    assert check(shot(), shot("sea", duration=own(10), mode=own("pro"), sound=own(True))) == ()


def test_a_model_the_provider_lacks_is_told_once_with_the_likely_one() -> None:
    found = check(shot(model=default("loud2")), shot("sea", model=default("loud2")))
    assert said(found) == ("unknown-model", "`loud2` is not a model of `studio` (shots `lamp` and `sea`)", 2)
    assert only(found).hint == "did you mean `loud-2`?"
    assert only(check(shot(model=own("dall-e")))).hint == "there are `loud-2` and `still-1`"


def test_a_duration_outside_the_list_is_told_with_the_nearest() -> None:
    found = check(shot(duration=own(9)))
    assert said(found) == ("limit-exceeded", "`duration` is 9, and `loud-2` makes clips of 5 or 10 seconds", 20)
    assert only(found).hint == "write `duration: 10`"
    assert "3 to 6 seconds" in only(check(shot(duration=own(60), model=own("still-1")))).message


def test_a_value_from_defaults_is_told_once_at_its_line_with_the_shots_named() -> None:
    names = ["one", "two", "three", "four", "five"]
    found = check(*(shot(name, duration=default(7)) for name in names))
    message = "`duration` is 7, and `loud-2` makes clips of 5 or 10 seconds (shots `one`, `two`, `three` and 2 more)"
    assert said(found) == ("limit-exceeded", message, 2)
    assert only(check(shot(duration=default(7)))).message.endswith(" (shot `lamp`)")


def test_what_came_from_the_command_line_or_is_built_in_is_told_at_the_shot() -> None:
    found = check(shot(model=Setting("still-2", Layer.COMMAND, None)))
    assert said(found)[2] == 10


def test_a_mode_the_model_lacks_is_refused() -> None:
    found = check(shot(mode=default("4k")))
    assert said(found) == ("field-not-supported", "`loud-2` has no mode `4k`, it has `std` and `pro` (shot `lamp`)", 2)


def test_a_model_of_one_quality_refuses_a_mode_only_where_the_shot_writes_it() -> None:
    assert check(shot(model=own("still-1"), mode=default("pro"))) == ()
    found = check(shot(model=own("still-1"), mode=own("pro", 21)))
    assert said(found)[0::2] == ("field-not-supported", 21)


def test_sound_on_a_silent_model_is_refused_and_silence_is_satisfied() -> None:
    silent = shot(model=own("still-1"), sound=own(False))
    assert check(silent) == ()
    found = check(replace(silent, sound=own(True)))
    assert said(found) == ("field-not-supported", "`sound` is on, and `still-1` makes silent clips", 20)


def test_a_mention_counts_as_the_token_that_stands_for_it() -> None:
    token = len("<<<element_1>>>")
    fits = shot(prompt=("x" * (100 - token), Mention("element", "keeper")))
    assert check(fits) == ()
    found = check(replace(fits, prompt=("x", *fits.prompt)))
    assert said(found) == ("limit-exceeded", "the prompt comes to 101 characters, and `loud-2` takes 100", 11)
    assert only(found).hint == "shorten it by 1, or divide the shot"


def test_spoken_lines_count_into_the_prompt_and_captions_do_not() -> None:
    line = Line("gruff", "keeper", ("x" * 40,), True, at(15))
    tail = f' <<<element_1>>> <<<voice_1>>> says: "{"x" * 40}"'
    fits = shot(prompt=("y" * (100 - len(tail)),), dialogue=(line,), sound=own(True))
    assert check(fits) == ()
    found = check(replace(fits, prompt=("y" * (101 - len(tail)),)))
    message = "the prompt with its dialogue comes to 101 characters, and `loud-2` takes 100"
    assert said(found) == ("limit-exceeded", message, 11)
    assert check(shot(dialogue=(replace(line, spoken=False, text=("x" * 400,)),))) == ()


def test_a_long_negative_prompt_is_told_at_its_line() -> None:
    found = check(shot(negative_prompt=default("x" * 101, 6)))
    message = "`negative_prompt` has 101 characters, and `loud-2` takes 100 (shot `lamp`)"
    assert said(found) == ("limit-exceeded", message, 6)


def test_more_elements_than_the_model_takes_are_counted_by_name() -> None:
    mentions = tuple(Mention("element", name) for name in ("keeper", "lamp", "keeper", "gull"))
    assert check(shot(prompt=mentions[:3])) == ()
    found = check(shot(prompt=mentions))
    message = "3 elements are mentioned (`keeper`, `lamp` and `gull`), and `loud-2` takes 2"
    assert said(found) == ("limit-exceeded", message, 11)


def test_a_model_without_elements_refuses_them_unless_they_may_be_described() -> None:
    asks = shot(model=own("still-1"), prompt=(Mention("element", "keeper"),))
    found = check(asks)
    assert said(found) == ("field-not-supported", "the shot mentions `keeper`, and `still-1` takes no elements", 11)
    assert check(replace(asks, unsupported=default("describe"))) == ()


def test_a_spoken_line_on_a_silent_model_is_told_once() -> None:
    line = Line("gruff", None, ("Still here.",), True, at(15))
    found = check(shot(model=own("still-1"), sound=own(True), dialogue=(line,)))
    assert said(found)[1] == "`sound` is on, and `still-1` makes silent clips"


def test_a_second_voice_is_too_many_for_a_model_of_one() -> None:
    lines = tuple(Line(voice, None, ("Ho.",), True, at(15)) for voice in ("gruff", "clear"))
    found = check(shot(sound=own(True), dialogue=lines))
    assert said(found)[1] == "2 voices are mentioned (`gruff` and `clear`), and `loud-2` takes 1"


def test_beats_must_fill_the_shot() -> None:
    beats = (Beat(("One.",), 2, at(16)), Beat(("Two.",), 3, at(17)))
    assert check(shot(beats=own(beats))) == ()
    found = check(shot(beats=own((*beats, Beat(("Three.",), 5, at(18)))), duration=default(5)))
    assert said(found) == ("bad-value", "the beats come to 10 seconds, and the shot's `duration` is 5", 20)
    assert only(found).hint == "write `duration: 10`, or make the beats come to 5"
    found = check(shot(beats=own(beats[:1])))
    assert only(found).hint == "make the beats come to 5"


def test_too_many_beats_too_long_ones_and_any_on_a_model_without_are_refused() -> None:
    four = tuple(Beat(("x",), seconds, at(16)) for seconds in (1, 1, 1, 2))
    assert said(check(shot(beats=own(four))))[1] == "the shot has 4 beats, and `loud-2` takes 3"
    found = check(shot(beats=own((Beat(("x" * 21,), 5, at(17)),))))
    assert said(found) == ("limit-exceeded", "the beat's prompt comes to 21 characters, and `loud-2` takes 20", 17)
    for beats in (four, "auto"):
        assert said(check(shot(model=own("still-1"), beats=own(beats))))[1] == "`still-1` makes no beats"


def test_more_moving_masks_than_the_model_takes_are_refused() -> None:
    moving = DynamicMask(picture("mask.png"), ((0, 0), (1, 1)))
    found = check(shot(masks=Masks(None, (moving, moving), at(18))))
    assert said(found) == ("limit-exceeded", "the shot has 2 moving masks, and `loud-2` takes 1", 18)


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (facts(form="webp"), "field-not-supported", "`a.png` is WEBP, expected JPEG or PNG"),
        (facts(299, 400), "picture-too-small", "`a.png` is 299x400, expected at least 300 pixels on each side"),
        (facts(300, 751), "picture-ratio", "`a.png` is 300x751, expected a ratio between 1:2.5 and 2.5:1"),
        (facts(751, 300), "picture-ratio", "`a.png` is 751x300, expected a ratio between 1:2.5 and 2.5:1"),
        (facts(size=12_340_000), "picture-too-heavy", "`a.png` weighs 12.3 MB, expected 10 MB at most"),
    ],
)
def test_a_picture_is_held_to_the_conditions_at_the_line_that_names_it(
    given: PictureFacts, code: str, message: str
) -> None:
    asks = shot(first_frame=picture("a.png"))
    assert said(check(asks, pictures={"a.png": given})) == (code, message, 40)
    masked = shot(masks=Masks(picture("a.png"), (), at(18)))
    assert said(check(masked, pictures={"a.png": given})) == (code, message, 40)


def test_a_picture_just_inside_the_conditions_passes() -> None:
    asks = shot(last_frame=picture("a.png"))
    assert check(asks, pictures={"a.png": facts(300, 750, size=10_000_000, form="jpeg")}) == ()


@pytest.mark.parametrize(
    ("leave", "given"),
    [("jpeg", facts(form="webp")), ("jpeg", facts(size=20_000_000)), ("scale", facts(100, 100))],
)
def test_the_authors_leave_to_convert_excuses_what_converting_mends(leave: str, given: PictureFacts) -> None:
    asks = shot(first_frame=picture("a.png"))
    assert check(asks, pictures={"a.png": given}) != ()
    assert check(replace(asks, convert=default((leave,))), pictures={"a.png": given}) == ()


def test_pictures_of_an_element_are_judged_where_it_is_mentioned_and_told_once() -> None:
    keeper = element("keeper", picture("back.png", 32))
    small = {"back.png": facts(10, 10)}
    assert check(shot(), elements=(keeper,), pictures=small) == ()
    mention = (Mention("element", "keeper"),)
    found = check(shot(prompt=mention), shot("sea", prompt=mention), elements=(keeper,), pictures=small)
    message = "`back.png` is 10x10, expected at least 300 pixels on each side (shots `lamp` and `sea`)"
    assert said(found) == ("picture-too-small", message, 32)


def test_an_element_has_no_more_references_than_the_model_takes() -> None:
    keeper = element("keeper", picture("left.png", 32), picture("back.png", 33))
    found = check(shot(prompt=(Mention("element", "keeper"),)), elements=(keeper,))
    message = "`keeper` has 2 reference pictures, and `loud-2` takes 1 (shot `lamp`)"
    assert said(found) == ("limit-exceeded", message, 33)


def test_a_chained_frame_and_a_picture_that_is_not_here_are_not_judged() -> None:
    elsewhere = Picture(None, "https://example.org/a.png", None, None, None, at(40))
    asks = shot(first_frame=Chained("sea", Decimal("2.5"), at(12)), last_frame=elsewhere)
    assert check(asks, shot("sea")) == ()


def test_all_problems_of_a_shot_are_told_at_once() -> None:
    found = check(shot(duration=own(9, 20), mode=own("4k", 21), sound=own(True), model=default("loud-2")))
    assert [one.place and one.place.line for one in found] == [20, 21]
