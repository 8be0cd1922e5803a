from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from clip_making import KINDS_THAT_PLAY, changed, decode_frames, folder_for_clips, make_clip, rgb_of_png, with_early_end

from runner.adapters.media import PyavMedia
from runner.core.canonical import digest_bytes
from runner.model.outside import MediaTrouble


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_for_clips(tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("kind", KINDS_THAT_PLAY)
def test_first_and_last_frame_equal_another_decoders_pixel_by_pixel(kind: str, clips: Path, tmp_path: Path) -> None:
    clip = make_clip(kind, clips)
    first = PyavMedia().cut_frame(clip, "first", tmp_path / "first.png")
    last = PyavMedia().cut_frame(clip, "last", tmp_path / "last.png")
    frames = decode_frames(clip, last.width, last.height)
    assert rgb_of_png(tmp_path / "last.png") == frames[-1]
    assert rgb_of_png(tmp_path / "first.png") == frames[0]
    assert (first.index, last.index) == (0, len(frames) - 1)
    assert frames[0] != frames[-1]


def test_the_last_frame_is_the_one_before_an_edit_list_ends(clips: Path, tmp_path: Path) -> None:
    # In the middle of a group of pictures.
    clip = with_early_end(make_clip("b-frames.mp4", clips), tmp_path / "ends early.mp4", 1250)
    last = PyavMedia().cut_frame(clip, "last", tmp_path / "last.png")
    frames = decode_frames(clip, 320, 180)
    assert len(frames) < 48
    assert last.index == len(frames) - 1
    assert rgb_of_png(tmp_path / "last.png") == frames[-1]


@pytest.mark.parametrize(
    ("kind", "at", "index", "time"),
    [
        ("b-frames.mp4", "0", 0, Fraction(0)),
        ("b-frames.mp4", "0.5", 12, Fraction(1, 2)),
        ("b-frames.mp4", "0.52", 12, Fraction(1, 2)),
        ("b-frames.mp4", "1.99", 47, Fraction(47, 24)),
        ("b-frames.mp4", "2", 47, Fraction(47, 24)),
        ("variable rate.mp4", "0.6", 11, Fraction(13, 24)),
        ("edit list.mp4", "0.5", 12, Fraction(1, 2)),
        ("late start.mp4", "0.5", 12, Fraction(1, 2)),
        ("sound first.mp4", "2", 47, Fraction(47, 24)),
        ("time code.mp4", "2", 47, Fraction(47, 24)),
    ],
)
def test_the_frame_at_a_time_is_the_one_on_screen(
    kind: str, at: str, index: int, time: Fraction, clips: Path, tmp_path: Path
) -> None:
    clip = make_clip(kind, clips)
    facts = PyavMedia().cut_frame(clip, Decimal(at), tmp_path / "frame.png")
    assert (facts.index, facts.time) == (index, time)
    assert rgb_of_png(tmp_path / "frame.png") == decode_frames(clip, 320, 180)[index]


@pytest.mark.parametrize(("at", "words"), [("2.01", "2.01 s: it lasts 2 s"), ("-1", "-1 s: it begins at 0 s")])
def test_a_time_beyond_the_end_is_refused(at: str, words: str, clips: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaTrouble) as refused:
        PyavMedia().cut_frame(make_clip("b-frames.mp4", clips), Decimal(at), tmp_path / "frame.png")
    assert str(refused.value) == f"`b-frames.mp4` has no picture at {words}"
    assert list(tmp_path.iterdir()) == []


def test_a_turned_clip_is_cut_upright(clips: Path, tmp_path: Path) -> None:
    facts = PyavMedia().cut_frame(make_clip("turned 90.mp4", clips), "last", tmp_path / "frame.png")
    assert (facts.width, facts.height) == (180, 320)


def test_the_pixel_digest_tells_sizes_and_samples_apart(clips: Path, tmp_path: Path) -> None:
    media, png = PyavMedia(), tmp_path / "frame.png"
    upright = media.cut_frame(make_clip("b-frames.mp4", clips), "last", png)
    assert upright.pixels == digest_bytes(b"rgb 320 180\n" + rgb_of_png(png))
    # The same moment from another container: other bytes of file, the same picture.
    assert media.cut_frame(make_clip("fragments.mp4", clips), "first", png).pixels != upright.pixels
    assert media.cut_frame(make_clip("mirrored.mp4", clips), "last", png).pixels != upright.pixels


def test_one_frame_in_two_containers_has_one_pixel_digest(clips: Path, tmp_path: Path) -> None:
    media, png = PyavMedia(), tmp_path / "frame.png"
    in_mp4 = media.cut_frame(make_clip("audio longer.mp4", clips), "last", png)
    assert media.cut_frame(make_clip("matroska.mkv", clips), "last", png).pixels == in_mp4.pixels
    assert media.cut_frame(make_clip("transport.ts", clips), "last", png).pixels == in_mp4.pixels


def test_a_frame_replaces_the_one_before_and_leaves_nothing_beside_it(clips: Path, tmp_path: Path) -> None:
    png = tmp_path / "frame.png"
    png.write_bytes(b"old")
    PyavMedia().cut_frame(make_clip("b-frames.mp4", clips), "last", png)
    assert rgb_of_png(png)
    assert [path.name for path in tmp_path.iterdir()] == ["frame.png"]


def test_many_threads_cut_the_same_frame_at_once(clips: Path, tmp_path: Path) -> None:
    clip, media = make_clip("with sound.mp4", clips), PyavMedia()
    with ThreadPoolExecutor(8) as pool:
        facts = set(pool.map(lambda _: media.cut_frame(clip, "last", tmp_path / "frame.png"), range(24)))
    assert len(facts) == 1
    assert rgb_of_png(tmp_path / "frame.png") == decode_frames(clip, 320, 180)[-1]


def test_no_last_frame_is_cut_from_a_clip_cut_short(clips: Path, tmp_path: Path) -> None:
    for kind in ("index first.mp4", "matroska.mkv", "fragments.mp4"):
        whole = make_clip(kind, clips)
        clip = changed(whole, tmp_path / f"short {kind}", lambda content: content[: len(content) * 7 // 10])
        with pytest.raises(MediaTrouble, match="cut short"):
            PyavMedia().cut_frame(clip, "last", tmp_path / "frame.png")
        clip.unlink()
    assert list(tmp_path.iterdir()) == []


def test_damage_near_the_end_is_no_last_frame(clips: Path, tmp_path: Path) -> None:
    clip = changed(make_clip("one key frame.mp4", clips), tmp_path / "damaged.mp4", _flip_in_the_middle)
    with pytest.raises(MediaTrouble, match=r"^`damaged\.mp4` "):
        PyavMedia().cut_frame(clip, "last", tmp_path / "frame.png")


def _flip_in_the_middle(content: bytearray) -> bytearray:
    middle = len(content) // 2
    for place in range(middle, middle + 200):
        content[place] ^= 0xA5
    return content
