"""Small clips of every awkward kind, made by the ffmpeg program of a test-only wheel: the second opinion too."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

_PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=2"]
_TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=3"]
_H264 = ["-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "20"]
_TAGS_709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
_SLOWER = "setpts='if(lt(N,10),N,10+(N-10)*3)/(24*TB)'"
_ODD = ["-f", "lavfi", "-i", "testsrc2=size=321x181:rate=24:duration=1"]


def ffmpeg(*arguments: str | Path) -> str:
    """What it complained of."""
    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "warning", "-y", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stderr


# By kind: the arguments for the program, before the file's name. `{kind}` stands for the clip of another kind.
_ARGUMENTS: dict[str, list[str]] = {
    "b-frames.mp4": [*_PICTURE, *_H264],
    "one key frame.mp4": [*_PICTURE, *_H264, "-g", "250"],
    "last frame is a key frame.mp4": [*_PICTURE, *_H264, "-force_key_frames", "expr:eq(n,47)"],
    "variable rate.mp4": [*_PICTURE, "-vf", _SLOWER, "-fps_mode", "vfr", *_H264],
    "with sound.mp4": [*_PICTURE, *_TONE, *_H264, "-c:a", "aac", "-t", "2"],
    "audio longer.mp4": [*_PICTURE, *_TONE, *_H264, "-c:a", "aac"],
    "video longer.mp4": [*_PICTURE, *_TONE, *_H264, "-c:a", "aac", "-af", "atrim=0:1"],
    "sound first.mp4": ["-i", "{with sound.mp4}", "-map", "0:a", "-map", "0:v", "-c", "copy"],
    "time code.mp4": ["-i", "{with sound.mp4}", "-c", "copy", "-timecode", "01:00:00:00"],
    "edit list.mp4": ["-ss", "0.5", "-i", "{audio longer.mp4}", "-c", "copy"],
    "late start.mp4": ["-itsoffset", "0.25", "-i", "{b-frames.mp4}", *_TONE, "-c:v", "copy", "-c:a", "aac"],
    "odd size.mp4": [*_ODD, *_H264, "-pix_fmt", "yuv444p"],
    "4:2:2.mp4": [*_PICTURE, *_H264, "-pix_fmt", "yuv422p"],
    "10 bit.mp4": [*_PICTURE, *_H264, "-pix_fmt", "yuv420p10le"],
    "bt709.mp4": [*_PICTURE, *_H264, *_TAGS_709],
    "bt601.mp4": [*_PICTURE, *_H264, "-colorspace", "smpte170m"],
    "full range.mp4": [*_PICTURE, "-vf", "scale=out_range=full", *_H264, "-pix_fmt", "yuvj420p"],
    "rgb.mp4": [*_PICTURE, "-c:v", "libx264rgb", "-preset", "veryfast"],
    "720p.mp4": ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=24:duration=0.5", *_H264],
    "tall pixels.mp4": [*_PICTURE, "-vf", "setsar=1/2", *_H264],
    "fragments.mp4": [*_PICTURE, *_H264, "-movflags", "frag_keyframe+empty_moov"],
    "index first.mp4": ["-i", "{with sound.mp4}", "-c", "copy", "-movflags", "faststart"],
    "turned 90.mp4": ["-display_rotation", "90", "-i", "{b-frames.mp4}", "-c", "copy"],
    "turned 180.mp4": ["-display_rotation", "180", "-i", "{b-frames.mp4}", "-c", "copy"],
    "turned 270.mp4": ["-display_rotation", "270", "-i", "{b-frames.mp4}", "-c", "copy"],
    "turned 30.mp4": ["-display_rotation", "30", "-i", "{b-frames.mp4}", "-c", "copy"],
    "mirrored.mp4": ["-display_hflip", "-i", "{b-frames.mp4}", "-c", "copy"],
    "upside down.mp4": ["-display_vflip", "-i", "{b-frames.mp4}", "-c", "copy"],
    "turned and mirrored.mp4": ["-display_rotation", "90", "-display_hflip", "-i", "{b-frames.mp4}", "-c", "copy"],
    "turned 270 and mirrored.mp4": ["-display_rotation", "270", "-display_hflip", "-i", "{b-frames.mp4}", "-c", "copy"],
    "matroska.mkv": ["-i", "{audio longer.mp4}", "-c", "copy"],
    "transport.ts": ["-i", "{audio longer.mp4}", "-c", "copy"],
    "old.avi": [*_PICTURE, "-c:v", "mpeg4", "-bf", "2"],
    "web.webm": [*_PICTURE, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-speed", "8"],
    "30 a second.mp4": ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=1", *_H264],
    "ntsc.mp4": ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30000/1001:duration=1.5", *_H264],
    "small.mp4": ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=24:duration=1", *_H264],
    "half a second.mp4": ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=24:duration=0.5", *_H264],
    "silent, index first.mp4": ["-i", "{b-frames.mp4}", "-c", "copy", "-movflags", "faststart"],
    "no picture.m4a": [*_TONE, "-c:a", "aac"],
    "no b-frames.mp4": [*_PICTURE, *_H264, "-bf", "0"],
}
KINDS_THAT_PLAY = tuple(kind for kind in _ARGUMENTS if kind != "no picture.m4a")


def folder_for_clips(base: Path) -> Path:
    """One for all tests of a run, so that each kind is made once."""
    folder = base / "media clips"
    folder.mkdir(exist_ok=True)
    return folder


def make_clip(kind: str, folder: Path) -> Path:
    """The clip of a kind, made when it is first asked for."""
    path = folder / kind
    if not path.exists():
        arguments = [
            str(make_clip(argument[1:-1], folder)) if argument.startswith("{") else argument
            for argument in _ARGUMENTS[kind]
        ]
        partial = folder / f"partial-{kind}"
        ffmpeg(*arguments, "-flags", "+bitexact", "-fflags", "+bitexact", partial)
        partial.rename(path)
    return path


def changed(clip: Path, into: Path, change: Callable[[bytearray], bytes | bytearray]) -> Path:
    into.write_bytes(change(bytearray(clip.read_bytes())))
    return into


def with_early_end(clip: Path, into: Path, milliseconds: int) -> Path:
    """A clip of two seconds whose edit list ends sooner, its packets all there."""

    def shorten(content: bytearray) -> bytearray:
        # Behind the box's name: version and flags, the count of entries, then the length of the only one.
        place = content.index(b"elst") + 4 + 4 + 4
        assert int.from_bytes(content[place : place + 4]) == 2000
        content[place : place + 4] = milliseconds.to_bytes(4)
        return content

    return changed(clip, into, shorten)


def decode_frames(clip: Path, width: int, height: int) -> list[bytes]:
    """Every picture as RGB, by a full decode of the other decoder."""
    raw = subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", clip, "-map", "0:v:0"),
            *("-fps_mode", "passthrough", "-sws_flags", "accurate_rnd+full_chroma_int"),
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
        ],
        check=True,
        capture_output=True,
    ).stdout
    size = width * height * 3
    assert raw
    assert len(raw) % size == 0
    return [raw[start : start + size] for start in range(0, len(raw), size)]


def decode_sound(clip: Path) -> list[int]:
    """The sound at 48 kHz, channels mixed, as the other decoder hears it."""
    raw = subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", clip),
            *("-f", "s16le", "-ac", "1", "-ar", "48000", "-"),
        ],
        check=True,
        capture_output=True,
    ).stdout
    return list(memoryview(raw).cast("h"))


def rgb_of_png(png: Path) -> bytes:
    with Image.open(png) as picture:
        assert picture.mode == "RGB"
        return picture.tobytes()
