"""A clip's file: H.264 and AAC in MP4, the same bytes from the same pictures whatever the number of cores."""

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from runner.adapters.animatic.job import FRAMES_PER_SECOND
from runner.adapters.animatic.pictures import Planes, Size
from runner.adapters.animatic.sound import SAMPLE_RATE

# FFmpeg's number for the matrix, the primaries and the curve of high definition.
_BT709 = 1
_PRESET, _QUALITY = "superfast", "20"
# The first and last frame may be handed on to other clips: nothing may be lost there, whatever the rest is worth.
# (Looking ahead, by as little as costs nothing, is what makes x264 heed this on the very first frame.)
_HANDED_ON = 5
_PARAMETERS = "threads=1:lookahead-threads=1:sliced-threads=0:cpu-independent=1:mbtree=1:rc-lookahead=4"


class ClipWriter:
    def __init__(self, container: OutputContainer, size: Size, frames: int, samples: "array[int]") -> None:
        self._container = container
        self._size = size
        self._video = _add_video(container, size, frames)
        self._samples = samples
        self._audio = _add_audio(container) if samples else None
        self._shown = 0
        self._heard = 0

    def show(self, planes: Planes) -> None:
        """The next frame, with the sound that belongs to it."""
        frame = VideoFrame(*self._size, "yuv420p")
        planes.fill(frame)
        frame.pts = self._shown
        frame.time_base = Fraction(1, FRAMES_PER_SECOND)
        frame.color_range = ColorRange.MPEG
        frame.colorspace = _BT709
        self._shown += 1
        self._container.mux(self._video.encode(frame))
        self._hear(self._shown * SAMPLE_RATE // FRAMES_PER_SECOND)

    def finish(self) -> None:
        self._container.mux(self._video.encode(None))
        if self._audio is not None:
            self._container.mux(self._audio.encode(None))

    def _hear(self, until: int) -> None:
        if self._audio is None or until <= self._heard:
            return
        mono = self._samples[self._heard : until]
        both = array("h", bytes(4 * len(mono)))
        both[0::2] = both[1::2] = mono
        frame = AudioFrame(format="s16", layout="stereo", samples=len(mono))
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self._heard
        frame.time_base = Fraction(1, SAMPLE_RATE)
        content = both.tobytes()
        frame.planes[0].update(content.ljust(frame.planes[0].buffer_size, b"\0"))
        self._heard = until
        self._container.mux(self._audio.encode(frame))


@contextmanager
def open_clip(into: Path, size: Size, frames: int, samples: "array[int]") -> Iterator[ClipWriter]:
    """Whoever leaves by an exception leaves no file."""
    try:
        with av.open(
            str(into), "w", format="mp4", options={"fflags": "+bitexact", "movflags": "+faststart"}
        ) as container:
            writer = ClipWriter(container, size, frames, samples)
            yield writer
            writer.finish()
    except BaseException:
        into.unlink(missing_ok=True)
        raise


def _add_video(container: OutputContainer, size: Size, frames: int) -> VideoStream:
    zones = f"zones=0,0,q={_HANDED_ON}/{frames - 1},{frames - 1},q={_HANDED_ON}"
    options = {
        "preset": _PRESET,
        "crf": _QUALITY,
        "profile": "high",
        "flags": "+bitexact",
        "x264-params": f"{_PARAMETERS}:{zones}",
    }
    stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.thread_count = 1
    stream.color_range = ColorRange.MPEG
    stream.colorspace = stream.color_primaries = stream.color_trc = _BT709
    return stream


def _add_audio(container: OutputContainer) -> AudioStream:
    stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", options={"flags": "+bitexact"})
    stream.bit_rate = 128_000
    return stream
