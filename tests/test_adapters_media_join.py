import hashlib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.video.reformatter import Colorspace
from clip_making import changed, decode_frames, decode_sound, ffmpeg, folder_for_clips, make_clip, with_early_end
from PIL import Image, ImageChops, ImageStat

from runner.adapters.media import PyavMedia
from runner.adapters.media.join import _plan_film
from runner.model.outside import FilmFormat, MediaTrouble, Segment
from runner.model.take import ClipFacts

_AS_THEY_ARE = FilmFormat()
_SAMPLES_A_SECOND = 48_000
# What one block of AAC holds.
_BLOCK = Fraction(1024, _SAMPLES_A_SECOND)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_for_clips(tmp_path_factory.getbasetemp())


def _join(clips: Iterable[Path], film: Path, film_format: FilmFormat = _AS_THEY_ARE) -> ClipFacts:
    return PyavMedia().join([Segment(clip, clip.stem) for clip in clips], film_format, film)


def _is_copied(clips: Iterable[Path], film_format: FilmFormat = _AS_THEY_ARE) -> bool:
    return _plan_film([Segment(clip, clip.stem) for clip in clips], film_format).shape is None


def _make_beeping(path: Path, beep: float, *, sound: float, frames: int, rate: int = 48_000, speed: str = "24") -> Path:
    """A clip with one beep of 50 ms in its sound, which is `sound` seconds long."""
    tone = f"aevalsrc=if(between(t\\,{beep}\\,{beep + 0.05})\\,0.8*sin(2*PI*1000*t)\\,0):s={rate}:d={sound}"
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate={speed}", "-f", "lavfi", "-i", tone),
        *("-frames:v", str(frames), "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-threads", "1"),
        *("-c:a", "aac", path),
    )
    return path


def _beeps(film: Path) -> list[float]:
    """When each beep begins, in seconds."""
    begins: list[float] = []
    last_loud = -_SAMPLES_A_SECOND
    for place, sample in enumerate(decode_sound(film)):
        if abs(sample) > 6000:
            if place - last_loud > _SAMPLES_A_SECOND // 20:
                begins.append(place / _SAMPLES_A_SECOND)
            last_loud = place
    return begins


def _video_packets(clip: Path) -> list[bytes]:
    with av.open(clip) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def _shown_times(clip: Path) -> list[Fraction]:
    with av.open(clip) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        return sorted(
            packet.pts * stream.time_base
            for packet in container.demux(stream)
            if packet.pts is not None and not packet.is_discard
        )


def _assert_plays(film: Path) -> None:
    assert ffmpeg("-i", film, "-f", "null", "-") == ""


def _assert_sound_ends_with_the_picture(facts: ClipFacts, film: Path) -> None:
    heard = Fraction(len(decode_sound(film)), _SAMPLES_A_SECOND)
    assert abs(heard - facts.duration) <= _BLOCK


def test_sound_stands_where_it_stood_in_each_clip(clips: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    parts = [
        _make_beeping(tmp_path / "a.mp4", 0.5, sound=2, frames=48),
        make_clip("b-frames.mp4", clips),
        # Its sound goes on for a second after its last picture, with a beep that must not be heard.
        _make_beeping(tmp_path / "c.mp4", 0.25, sound=2, frames=24),
        _make_beeping(tmp_path / "cut off.mp4", 1.5, sound=2, frames=24),
        _make_beeping(tmp_path / "other rate.mp4", 0.75, sound=1, frames=48, rate=44_100),
        _make_beeping(tmp_path / "d.mp4", 0.125, sound=1, frames=24),
    ]
    facts = _join(parts, film)
    assert facts.frames == 48 + 48 + 24 + 24 + 48 + 24
    assert facts.duration == 9
    assert _beeps(film) == pytest.approx([0.5, 4.25, 6.75, 8.125], abs=0.005)
    _assert_plays(film)
    _assert_sound_ends_with_the_picture(facts, film)


def test_sound_stays_with_pictures_that_begin_late(tmp_path: Path) -> None:
    plain = _make_beeping(tmp_path / "plain.mp4", 0.5, sound=1, frames=24)
    late = tmp_path / "late.mp4"
    # The picture begins a quarter of a second into the sound.
    ffmpeg("-itsoffset", "0.25", "-i", plain, "-i", plain, "-map", "0:v", "-map", "1:a", "-c", "copy", late)
    film = tmp_path / "film.mp4"
    assert _join([plain, late], film).duration == 2
    assert _beeps(film) == pytest.approx([0.5, 1.25], abs=0.005)


@pytest.mark.parametrize("beside", ["b-frames.mp4", "small.mp4"], ids=["copied", "encoded"])
def test_clips_whose_sound_comes_first_or_that_carry_a_time_code_are_joined(
    beside: str, clips: Path, tmp_path: Path
) -> None:
    parts = [make_clip(kind, clips) for kind in ("sound first.mp4", "time code.mp4", beside)]
    facts = _join(parts, tmp_path / "film.mp4")
    assert facts.frames == 48 + 48 + PyavMedia().probe(parts[2]).frames
    _assert_plays(tmp_path / "film.mp4")
    _assert_sound_ends_with_the_picture(facts, tmp_path / "film.mp4")


def test_video_packets_are_copied_bit_for_bit_where_clips_agree(clips: Path, tmp_path: Path) -> None:
    parts = [make_clip(kind, clips) for kind in ("b-frames.mp4", "audio longer.mp4", "with sound.mp4")]
    film = tmp_path / "film.mp4"
    assert _is_copied(parts)
    facts = _join(parts, film)
    assert _video_packets(film) == [packet for part in parts for packet in _video_packets(part)]
    assert _shown_times(film) == [Fraction(number, 24) for number in range(144)]
    assert decode_frames(film, 320, 180) == [frame for part in parts for frame in decode_frames(part, 320, 180)]
    assert (facts.audio_codec, facts.video_codec) == ("aac", "h264")
    _assert_plays(film)


def test_a_rate_that_is_no_whole_number_stays_exact(clips: Path, tmp_path: Path) -> None:
    part = make_clip("ntsc.mp4", clips)
    film = tmp_path / "film.mp4"
    assert _is_copied([part] * 4)
    facts = _join([part] * 4, film)
    assert facts.duration == Fraction(180 * 1001, 30000)
    assert _shown_times(film) == [Fraction(number * 1001, 30000) for number in range(180)]


def test_a_hundred_clips_do_not_slip(tmp_path: Path) -> None:
    part = _make_beeping(tmp_path / "part.mp4", 0.2, sound=0.6, frames=12, rate=44_100, speed="24000/1001")
    film = tmp_path / "film.mp4"
    facts = _join([part] * 100, film)
    length = 12 * 1001 / 24000
    assert facts.frames == 1200
    assert facts.duration == Fraction(1200 * 1001, 24000)
    assert _beeps(film) == pytest.approx([length * number + 0.2 for number in range(100)], abs=0.005)
    _assert_plays(film)
    _assert_sound_ends_with_the_picture(facts, film)


@pytest.mark.parametrize(
    "kinds",
    [
        ("b-frames.mp4", "no b-frames.mp4"),
        ("b-frames.mp4", "bt709.mp4"),
        ("b-frames.mp4", "small.mp4"),
        ("odd size.mp4", "turned 90.mp4", "variable rate.mp4", "matroska.mkv", "web.webm"),
        ("10 bit.mp4",),
        ("variable rate.mp4",),
        ("rgb.mp4", "full range.mp4"),
        ("edit list.mp4", "b-frames.mp4"),
        ("30 a second.mp4", "b-frames.mp4"),
    ],
)
def test_clips_that_differ_are_encoded_to_one_steady_film(kinds: tuple[str, ...], clips: Path, tmp_path: Path) -> None:
    parts = [make_clip(kind, clips) for kind in kinds]
    film = tmp_path / "film.mp4"
    assert not _is_copied(parts)
    facts = _join(parts, film)
    probed = PyavMedia().probe(film)
    length = sum((PyavMedia().probe(part).duration for part in parts), Fraction(0))
    assert abs(facts.duration - length) <= 1 / facts.frames_per_second
    assert (probed.frames, probed.duration, probed.width) == (facts.frames, facts.duration, facts.width)
    step = 1 / facts.frames_per_second
    assert _shown_times(film) == [number * step for number in range(facts.frames)]
    with av.open(film) as container:
        assert container.streams.video[0].pix_fmt == "yuv420p"
    _assert_plays(film)
    _assert_sound_ends_with_the_picture(facts, film)


def test_the_largest_clip_and_the_quickest_set_the_film(clips: Path, tmp_path: Path) -> None:
    facts = _join([make_clip(kind, clips) for kind in ("small.mp4", "30 a second.mp4")], tmp_path / "film.mp4")
    assert (facts.width, facts.height, facts.frames_per_second) == (320, 180, Fraction(30))


@pytest.mark.parametrize(
    ("film_format", "width", "height", "rate"),
    [
        (FilmFormat(640, 480, 30), 640, 480, 30),
        (FilmFormat(width=640), 640, 360, 24),
        (FilmFormat(height=90), 160, 90, 24),
        (FilmFormat(frames_per_second=25), 320, 180, 25),
        (FilmFormat(320, 180, 24), 320, 180, 24),
    ],
)
def test_a_film_is_as_it_was_asked_for(
    film_format: FilmFormat, width: int, height: int, rate: int, clips: Path, tmp_path: Path
) -> None:
    parts = [make_clip("b-frames.mp4", clips), make_clip("with sound.mp4", clips)]
    facts = _join(parts, tmp_path / "film.mp4", film_format)
    assert (facts.width, facts.height, facts.frames_per_second) == (width, height, Fraction(rate))
    assert facts.duration == 4
    assert _is_copied(parts, film_format) == ((width, height, rate) == (320, 180, 24))


def _pictures(film: Path, size: tuple[int, int]) -> list[Image.Image]:
    return [Image.frombytes("RGB", size, frame) for frame in decode_frames(film, *size)]


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Mean over all samples, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def test_an_encoded_film_shows_each_clips_own_pictures(clips: Path, tmp_path: Path) -> None:
    parts = [make_clip("b-frames.mp4", clips), make_clip("no b-frames.mp4", clips)]
    film = tmp_path / "film.mp4"
    _join(parts, film)
    pictures, first, second = (_pictures(clip, (320, 180)) for clip in (film, *parts))
    for number in (0, 11, 47):
        assert _difference(pictures[number], first[number]) < 2
        assert _difference(pictures[number], first[(number + 6) % 48]) > 4
        assert _difference(pictures[48 + number], second[number]) < 2


def test_rounded_times_drop_and_double_no_picture(clips: Path, tmp_path: Path) -> None:
    # Matroska tells times in whole milliseconds: half of its pictures seem to come too late.
    part, film = make_clip("matroska.mkv", clips), tmp_path / "film.mp4"
    assert not _is_copied([part])
    assert _join([part], film).frames == 48
    pictures, originals = _pictures(film, (320, 180)), _pictures(part, (320, 180))
    for number in range(1, 47):
        differences = {near: _difference(pictures[number], originals[near]) for near in range(number - 1, number + 2)}
        assert min(differences, key=lambda near: differences[near]) == number


def test_lengths_between_two_pictures_add_up_to_no_slip(clips: Path, tmp_path: Path) -> None:
    # Each is twelve and a half pictures long at this rate.
    parts = [make_clip("half a second.mp4", clips)] * 10
    facts = _join(parts, tmp_path / "film.mp4", FilmFormat(frames_per_second=25))
    assert (facts.frames, facts.duration) == (125, Fraction(5))


def test_pictures_hidden_behind_an_edit_list_stay_hidden(clips: Path, tmp_path: Path) -> None:
    part = with_early_end(make_clip("b-frames.mp4", clips), tmp_path / "ends early.mp4", 1250)
    film = tmp_path / "film.mp4"
    shown = len(decode_frames(part, 320, 180))
    assert shown < 48
    assert not _is_copied([part])
    assert _join([part], film).frames == len(decode_frames(film, 320, 180)) == shown


def test_a_film_of_clips_without_a_colour_matrix_has_one(clips: Path, tmp_path: Path) -> None:
    part, film = make_clip("rgb.mp4", clips), tmp_path / "film.mp4"
    _join([part], film)
    with av.open(film) as container:
        assert container.streams.video[0].colorspace == Colorspace.ITU709
    assert _difference(_pictures(film, (320, 180))[24], _pictures(part, (320, 180))[24]) < 8


def test_a_clip_that_lacks_its_last_bytes_is_not_copied_into_a_film(clips: Path, tmp_path: Path) -> None:
    whole = make_clip("silent, index first.mp4", clips)
    short = changed(whole, tmp_path / "short.mp4", lambda content: content[:-40])
    with pytest.raises(MediaTrouble, match=r"^the clip of `short` cannot be joined: `short\.mp4` is cut short"):
        _join([whole, short], tmp_path / "film.mp4")


def test_what_does_not_fill_the_film_is_framed_in_black(clips: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    _join([make_clip("turned 90.mp4", clips)], film, FilmFormat(320, 180))
    picture = _pictures(film, (320, 180))[0]
    edge = ImageStat.Stat(picture.crop((0, 0, 100, 180))).mean
    middle = ImageStat.Stat(picture.crop((115, 0, 205, 180))).mean
    assert max(edge) < 4
    assert min(middle) > 40


def test_the_same_clips_give_the_same_bytes(clips: Path, tmp_path: Path) -> None:
    for kinds in (("b-frames.mp4", "with sound.mp4"), ("b-frames.mp4", "small.mp4")):
        digests = set()
        for name in ("one.mp4", "two.mp4"):
            _join([make_clip(kind, clips) for kind in kinds], tmp_path / name)
            digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
        assert len(digests) == 1


def test_a_film_carries_no_dates_and_has_its_index_first(clips: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    _join([make_clip("with sound.mp4", clips)], film)
    content = film.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(film) as container:
        assert "creation_time" not in container.metadata
        assert "encoder" not in container.metadata
        sound = container.streams.audio[0]
        assert (sound.sample_rate, sound.layout.name) == (48_000, "stereo")


def test_the_film_replaces_the_one_before_only_when_it_is_whole(clips: Path, tmp_path: Path) -> None:
    film = tmp_path / "out" / "film.mp4"
    good = make_clip("with sound.mp4", clips)
    _join([good], film)
    before = film.read_bytes()
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(good.read_bytes()[:20_000])
    with pytest.raises(MediaTrouble) as trouble:
        PyavMedia().join([Segment(good, "harbour"), Segment(bad, "climb")], _AS_THEY_ARE, film)
    assert str(trouble.value) == (
        "the clip of `climb` cannot be joined: `bad.mp4` is cut short: the index that an mp4 file ends with is missing"
    )
    assert film.read_bytes() == before
    assert [path.name for path in film.parent.iterdir()] == ["film.mp4"]


def test_a_clip_that_cannot_be_decoded_stops_the_film_and_leaves_nothing(clips: Path, tmp_path: Path) -> None:
    content = bytearray(make_clip("b-frames.mp4", clips).read_bytes())
    for place in range(len(content) // 2, len(content) // 2 + 200):
        content[place] ^= 0xA5
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(content)
    film = tmp_path / "out" / "film.mp4"
    with pytest.raises(MediaTrouble, match=r"^the clip of `damaged` cannot be joined: `damaged\.mp4` cannot be played"):
        _join([damaged], film, FilmFormat(160, 90))
    assert list(film.parent.iterdir()) == []


def test_no_clips_make_no_film(tmp_path: Path) -> None:
    with pytest.raises(MediaTrouble, match="a film needs at least one clip"):
        _join([], tmp_path / "film.mp4")
