from fractions import Fraction
from pathlib import Path

import pytest
from clip_making import KINDS_THAT_PLAY, changed, decode_frames, folder_for_clips, make_clip

from runner.adapters.media import PyavMedia
from runner.adapters.media.survey import survey_clip
from runner.model.outside import MediaTrouble
from runner.model.take import ClipFacts


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_for_clips(tmp_path_factory.getbasetemp())


def test_a_clip_is_told_in_exact_fractions(clips: Path) -> None:
    assert PyavMedia().probe(make_clip("video longer.mp4", clips)) == ClipFacts(
        width=320,
        height=180,
        frames=48,
        duration=Fraction(2),
        frames_per_second=Fraction(24),
        video_codec="h264",
        audio_codec="aac",
        # Whole blocks of 1024 samples.
        audio_duration=Fraction(44 * 1024, 44100),
    )


@pytest.mark.parametrize(
    ("kind", "frames", "duration", "rate"),
    [
        ("b-frames.mp4", 48, Fraction(2), Fraction(24)),
        ("edit list.mp4", 36, Fraction(3, 2), Fraction(24)),
        ("late start.mp4", 48, Fraction(2), Fraction(24)),
        ("variable rate.mp4", 48, Fraction(31, 6), Fraction(288, 31)),
        ("ntsc.mp4", 45, Fraction(45 * 1001, 30000), Fraction(30000, 1001)),
        ("fragments.mp4", 48, Fraction(2), Fraction(24)),
        ("old.avi", 48, Fraction(2), Fraction(24)),
        # Matroska rounds times to milliseconds; the last picture is taken to last as long as it is said to.
        ("web.webm", 48, Fraction(1999, 1000), Fraction(24)),
    ],
)
def test_length_and_rate_are_those_of_what_is_shown(
    kind: str, frames: int, duration: Fraction, rate: Fraction, clips: Path
) -> None:
    facts = PyavMedia().probe(make_clip(kind, clips))
    assert (facts.frames, facts.duration, facts.frames_per_second) == (frames, duration, rate)


@pytest.mark.parametrize("kind", ["sound first.mp4", "time code.mp4"])
def test_it_does_not_matter_which_track_is_the_first_and_what_lies_beside_them(kind: str, clips: Path) -> None:
    assert PyavMedia().probe(make_clip(kind, clips)) == PyavMedia().probe(make_clip("with sound.mp4", clips))


@pytest.mark.parametrize("kind", KINDS_THAT_PLAY)
def test_a_survey_of_the_packets_agrees_with_decoding_all(kind: str, clips: Path) -> None:
    clip = make_clip(kind, clips)
    probed, surveyed = PyavMedia().probe(clip), survey_clip(clip).facts
    assert probed.frames == len(decode_frames(clip, probed.width, probed.height))
    assert (probed.audio_duration is None) == (surveyed.audio_duration is None)
    # Packets tell how long sound lasts to a block of samples only.
    nothing = Fraction(0)
    assert abs((probed.audio_duration or nothing) - (surveyed.audio_duration or nothing)) < Fraction(1, 20)
    names = ("width", "height", "frames", "duration", "frames_per_second", "video_codec", "audio_codec")
    assert [getattr(probed, name) for name in names] == [getattr(surveyed, name) for name in names]


def _without(clip: Path, part: float) -> bytes:
    content = clip.read_bytes()
    return content[: int(len(content) * part)]


def test_what_is_no_clip_is_said_in_words(clips: Path, tmp_path: Path) -> None:
    ts = make_clip("transport.ts", clips)
    made = {
        "no index.mp4": _without(make_clip("b-frames.mp4", clips), 0.7),
        "empty.mp4": b"",
        "words.mp4": b"this is no clip\n" * 100,
        "list.mp4": f"ffconcat version 1.0\nfile '{make_clip('b-frames.mp4', clips)}'\n".encode(),
        "playlist.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{ts}\n#EXT-X-ENDLIST\n".encode(),
    }
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.mp4").mkdir()
    assert _words_about(tmp_path / "no index.mp4") == (
        "`no index.mp4` is cut short: the index that an mp4 file ends with is missing"
    )
    assert _words_about(tmp_path / "empty.mp4") == "`empty.mp4` is empty"
    assert _words_about(tmp_path / "missing.mp4") == "`missing.mp4` is not there"
    for name in ("words.mp4", "list.mp4", "playlist.mp4"):
        assert _words_about(tmp_path / name) == f"`{name}` cannot be played: it is damaged, or no clip at all"
    assert _words_about(tmp_path / "folder.mp4").startswith("`folder.mp4` cannot be ")
    assert _words_about(make_clip("no picture.m4a", clips)) == "`no picture.m4a` has no moving picture"


def _words_about(clip: Path) -> str:
    with pytest.raises(MediaTrouble) as trouble:
        PyavMedia().probe(clip)
    return str(trouble.value)


@pytest.mark.parametrize("kind", ["index first.mp4", "matroska.mkv", "fragments.mp4"])
@pytest.mark.parametrize("percent", [50, 70, 90])
def test_a_clip_cut_short_cannot_be_played(kind: str, percent: int, clips: Path, tmp_path: Path) -> None:
    clip = tmp_path / kind
    clip.write_bytes(_without(make_clip(kind, clips), percent / 100))
    assert "cut short" in _words_about(clip)


def test_damage_in_the_middle_is_found(clips: Path, tmp_path: Path) -> None:
    def flip(content: bytearray) -> bytearray:
        for place in range(len(content) // 2, len(content) // 2 + 200):
            content[place] ^= 0xA5
        return content

    clip = changed(make_clip("b-frames.mp4", clips), tmp_path / "damaged.mp4", flip)
    assert _words_about(clip) == "`damaged.mp4` cannot be played: it is damaged, or no clip at all"
