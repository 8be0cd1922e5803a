import os
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from animatic_jobs import (
    frame_of,
    frames_of,
    likeness,
    make_job,
    make_photograph,
    make_plain,
    mean_difference,
    render_to,
)
from PIL import Image

from runner.adapters.animatic.job import BeatWords, CameraMove, InputTrouble, ShownElement, Stopped, Words
from runner.adapters.animatic.opening import draw_opening
from runner.adapters.animatic.renderer import render_clip
from runner.adapters.media import PyavMedia

# Where the strip is drawn; above it lies nothing but the picture.
STRIP = (0, 560, 720, 720)
STEADY = CameraMove("simple", "zoom", 0)


def test_a_clip_has_exactly_its_frames_and_is_h264_without_sound(tmp_path: Path) -> None:
    facts = PyavMedia().probe(render_to(tmp_path, seconds=2))
    assert (facts.frames, facts.duration, facts.frames_per_second) == (48, Fraction(2), Fraction(24))
    assert (facts.video_codec, facts.audio_codec) == ("h264", None)


def test_sound_is_aac_and_as_long_as_the_pictures(tmp_path: Path) -> None:
    clip = render_to(tmp_path, sound=True, seconds=3)
    facts = PyavMedia().probe(clip)
    assert facts.audio_codec == "aac"
    # A packet of AAC is never cut: what is decoded may go on for a part of one.
    assert facts.audio_duration is not None
    assert 0 <= facts.audio_duration - 3 < Fraction(1024, 48_000)
    with av.open(str(clip)) as container:
        assert [(stream.duration or 0) * (stream.time_base or 0) for stream in container.streams] == [3, 3]


@pytest.mark.parametrize(
    ("mode", "ratio", "size"),
    [
        ("std", "16:9", (1280, 720)),
        ("std", "9:16", (720, 1280)),
        ("std", "1:1", (720, 720)),
        ("pro", "1:1", (1080, 1080)),
        pytest.param("4k", "16:9", (3840, 2160), marks=pytest.mark.slow),
    ],
)
def test_the_size_follows_from_mode_and_ratio(tmp_path: Path, mode: str, ratio: str, size: tuple[int, int]) -> None:
    facts = PyavMedia().probe(render_to(tmp_path, mode=mode, aspect_ratio=ratio))
    assert (facts.width, facts.height) == size


def test_the_ratio_is_that_of_the_first_picture_with_even_sides(tmp_path: Path) -> None:
    picture = make_photograph(tmp_path, size=(1001, 601))
    facts = PyavMedia().probe(render_to(tmp_path, first_frame=picture, aspect_ratio=None))
    assert (facts.width, facts.height) == (1200, 720)


def test_without_a_first_frame_the_last_one_gives_the_ratio(tmp_path: Path) -> None:
    picture = make_photograph(tmp_path, size=(600, 900))
    facts = PyavMedia().probe(render_to(tmp_path, last_frame=picture, aspect_ratio=None))
    assert (facts.width, facts.height) == (720, 1080)


def test_a_clip_opens_on_the_given_first_frame(tmp_path: Path) -> None:
    picture = make_photograph(tmp_path)
    clip = render_to(tmp_path, first_frame=picture, aspect_ratio=None)
    assert likeness(frame_of(clip, "first"), Image.open(picture)) > 40


def test_a_clip_ends_on_the_given_last_frame(tmp_path: Path) -> None:
    first, last = make_photograph(tmp_path), make_photograph(tmp_path, "other.png")
    clip = render_to(tmp_path, first_frame=first, last_frame=last, aspect_ratio=None)
    assert likeness(frame_of(clip, "last"), Image.open(last)) > 40
    assert likeness(frame_of(clip, "first"), Image.open(first)) > 40


def test_a_picture_of_another_size_is_scaled_and_no_more(tmp_path: Path) -> None:
    picture = make_photograph(tmp_path, size=(1000, 1000))
    clip = render_to(tmp_path, first_frame=picture, aspect_ratio=None)
    scaled = Image.open(picture).resize((720, 720), Image.Resampling.LANCZOS)
    assert likeness(frame_of(clip, "first"), scaled) > 40


def test_a_last_frame_handed_on_opens_the_next_clip_unchanged(tmp_path: Path) -> None:
    frame_of(render_to(tmp_path, first_frame=make_photograph(tmp_path)), "last").save(tmp_path / "handed.png")
    (tmp_path / "next").mkdir()
    following = render_to(tmp_path / "next", first_frame=tmp_path / "handed.png", aspect_ratio=None)
    assert likeness(frame_of(following, "first"), Image.open(tmp_path / "handed.png")) > 45


def test_colours_stay_what_they_are_over_five_chained_clips(tmp_path: Path) -> None:
    colours = [(230, 30, 30), (30, 200, 60), (40, 60, 220), (250, 250, 250), (8, 8, 8), (128, 128, 128)]
    chart = Image.new("RGB", (720, 720))
    for number, colour in enumerate(colours):
        chart.paste(colour, (number * 120, 0, number * 120 + 120, 720))
    picture = tmp_path / "chart.png"
    chart.save(picture)
    for _ in range(5):
        clip = render_to(tmp_path, first_frame=picture, last_frame=picture, camera=STEADY, aspect_ratio=None)
        frame_of(clip, "last").save(picture)
    for number, colour in enumerate(colours):
        seen = Image.open(picture).getpixel((number * 120 + 60, 360))
        assert isinstance(seen, tuple)
        assert max(abs(one - other) for one, other in zip(seen, colour, strict=True)) <= 2


def test_only_the_frames_between_first_and_last_carry_the_strip(tmp_path: Path) -> None:
    frames = frames_of(render_to(tmp_path, first_frame=make_plain(tmp_path, (200, 190, 180)), aspect_ratio=None))
    written = [min(frame.crop(STRIP).convert("L").tobytes()) < 40 for frame in frames]
    assert written == [False, *[True] * 22, False]


def test_the_prompt_is_what_the_strip_says(tmp_path: Path) -> None:
    plain = make_plain(tmp_path, (90, 90, 90))
    one = frame_of(render_to(tmp_path, first_frame=plain), Decimal("0.5"))
    other = frame_of(render_to(tmp_path, first_frame=plain, prompt=(Words("Something else."),)), Decimal("0.5"))
    assert mean_difference(one.crop(STRIP), other.crop(STRIP)) > 1
    assert mean_difference(one.crop((0, 0, 720, 400)), other.crop((0, 0, 720, 400))) < 1


@pytest.mark.parametrize("camera", [None, STEADY, CameraMove("simple", "roll", 5)], ids=["none", "steady", "roll"])
def test_without_a_last_frame_the_clip_visibly_moves_on(tmp_path: Path, camera: CameraMove | None) -> None:
    clip = render_to(tmp_path, first_frame=make_photograph(tmp_path), camera=camera)
    assert mean_difference(frame_of(clip, "first"), frame_of(clip, "last")) > 3


def test_a_plain_picture_moves_on_too(tmp_path: Path) -> None:
    clip = render_to(tmp_path, first_frame=make_plain(tmp_path, (40, 60, 90)))
    assert mean_difference(frame_of(clip, "first"), frame_of(clip, "last")) > 3


def test_mentioned_elements_are_shown_on_cards(tmp_path: Path) -> None:
    red = make_plain(tmp_path, (250, 0, 0), "red.png")
    ground = make_plain(tmp_path, (90, 90, 90))
    shown = frame_of(render_to(tmp_path, first_frame=ground, elements=(ShownElement("keeper", red),)), Decimal("0.5"))
    reds = [red for red, green, _ in _pixels(shown) if red > 180 and green < 60]
    assert 1500 < len(reds) < 20_000


def test_an_opening_of_its_own_shows_the_elements_large(tmp_path: Path) -> None:
    red = make_plain(tmp_path, (250, 0, 0), "red.png")
    opening = draw_opening(make_job(elements=(ShownElement("keeper", red),)), (720, 720))
    assert sum(red > 200 and green < 40 for red, green, _ in _pixels(opening)) > 60_000


def test_openings_differ_with_the_words_and_with_the_key() -> None:
    sea, town, other_sea = (
        draw_opening(make_job(prompt=(Words(words),), key=key), (640, 360))
        for words, key in (("a harbour at night", "a"), ("a street at noon", "a"), ("a harbour at night", "b"))
    )
    assert mean_difference(sea, town) > 15
    assert mean_difference(sea, other_sea) > 2


def test_beats_have_their_pages_in_turn(tmp_path: Path) -> None:
    beats = tuple(BeatWords((Words(f"Beat {'x' * number * 9}"),), 1) for number in (1, 2))
    clip = render_to(
        tmp_path, seconds=2, prompt=(), beats=beats, first_frame=make_plain(tmp_path, (90, 90, 90)), camera=STEADY
    )
    first, still_first, second = (frame_of(clip, Decimal(at)).crop((0, 600, 720, 700)) for at in ("0.3", "0.7", "1.3"))
    assert mean_difference(first, second) > 5 * mean_difference(first, still_first)


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": (Words("The tide comes in and nobody sees it. " * 66),)},
        {"prompt": (Words("x" * 2500),)},
        {"prompt": (Words("日本語のテキスト 🎬 \u202eabc\u0000 e\u0301 привет\r\n\t—"),), "label": "é" * 90},
        {"prompt": (), "aspect_ratio": "9:16"},
        {"notes": ("without: " + "blur " * 300,), "aspect_ratio": "16:9"},
    ],
    ids=["long", "one word", "strange letters", "no words", "long notes"],
)
def test_any_words_can_be_shown(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert PyavMedia().probe(render_to(tmp_path, **changes)).frames == 24


def test_the_same_job_gives_the_same_bytes_on_any_number_of_cores(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"sound": True, "camera": CameraMove("simple", "zoom", -4)}
    many = render_to(tmp_path, **changes).read_bytes()
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system cannot bind a thread to one core")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        one = render_to(tmp_path, **changes).read_bytes()
    finally:
        os.sched_setaffinity(0, before)
    assert one == many


def test_another_roll_has_another_key_and_looks_otherwise(tmp_path: Path) -> None:
    one = frame_of(render_to(tmp_path), "first")
    other = frame_of(render_to(tmp_path, key="other", roll=2), "first")
    assert mean_difference(one, other) > 1


def test_a_stopped_render_leaves_no_file(tmp_path: Path) -> None:
    asked = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 2

    with pytest.raises(Stopped):
        render_clip(make_job(), tmp_path / "clip.mp4", stop)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_has_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputTrouble, match=r"`gone\.png` is not there any more"):
        render_clip(make_job(first_frame=tmp_path / "gone.png"), tmp_path / "clip.mp4", lambda: False)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture", encoding="utf-8")
    with pytest.raises(InputTrouble, match=r"`text\.png` cannot be read as a picture"):
        render_clip(make_job(first_frame=tmp_path / "text.png"), tmp_path / "clip.mp4", lambda: False)


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "CMYK", "I;16", "1"])
def test_pictures_of_every_kind_are_read(tmp_path: Path, mode: str) -> None:
    suffix = "tif" if mode == "CMYK" else "png"
    grey = Image.new("RGB", (400, 400), (120, 120, 120))
    picture = Image.new("I;16", (400, 400), 120 * 257) if mode == "I;16" else grey.convert(mode)
    picture.save(tmp_path / f"picture.{suffix}")
    job = replace(make_job(), first_frame=tmp_path / f"picture.{suffix}")
    render_clip(job, tmp_path / "clip.mp4", lambda: False)
    seen = frame_of(tmp_path / "clip.mp4", "first").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(seen, tuple)
    assert all(abs(level - 120) < 4 for level in seen)


def test_a_photograph_lying_on_its_side_is_turned_upright(tmp_path: Path) -> None:
    orientation = Image.Exif()
    orientation[0x0112] = 6
    Image.new("RGB", (600, 400), (10, 90, 10)).save(tmp_path / "lying.jpg", exif=orientation)
    facts = PyavMedia().probe(render_to(tmp_path, first_frame=tmp_path / "lying.jpg"))
    assert (facts.width, facts.height) == (720, 1080)


def _pixels(picture: Image.Image) -> list[tuple[int, int, int]]:
    content = picture.convert("RGB").tobytes()
    return list(zip(content[0::3], content[1::3], content[2::3], strict=True))
