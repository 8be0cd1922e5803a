"""One exact picture of a clip as a lossless PNG: the first, the last decoded, or the one on screen at a time.

"Last" is by time shown, among all decoded pictures: not the last packet (B-frames), not the container's end (sound
may outlast the picture), not a count (frame rates vary).
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from runner.adapters.durable import write_durably
from runner.adapters.media.clip import (
    complaints_about,
    decoded,
    first_frame,
    length_of,
    name_of,
    opened,
    shown_frames,
    time_of,
    video_of,
)
from runner.adapters.media.pixels import Rgb, rgb_of
from runner.model.outside import FrameFacts, MediaTrouble
from runner.model.storyboard import At


@dataclass(frozen=True, slots=True)
class _Found:
    frame: VideoFrame
    index: int
    # Since the first picture.
    time: Fraction


def cut_frame(clip: Path, at: At, into: Path) -> FrameFacts:
    """Reads as much of the clip as the picture needs: damage elsewhere in it is for a probe to find."""
    match at:
        case "first":
            found = _find_first(clip)
        case "last":
            found = _find_last_by_seeking(clip) or _find_last(clip)
        case Decimal():
            found = _find_at(clip, Fraction(at))
    with complaints_about(clip):
        picture = rgb_of(found.frame)
    write_durably(into, _png(picture), into.with_name(f"{into.name}.{uuid4().hex}.partial"))
    return FrameFacts(picture.digest, picture.width, picture.height, found.time, found.index)


def _find_first(clip: Path) -> _Found:
    with opened(clip) as container:
        return _Found(first_frame(container, video_of(container)), 0, Fraction(0))


def _find_last_by_seeking(clip: Path) -> _Found | None:
    """Decodes from the last key frame on only. None where the container does not carry what that takes."""
    with opened(clip) as container:
        stream = video_of(container)
        # Only an mp4 with a complete index states the end of its video stream and lists all its pictures.
        if not (stream.frames and stream.duration and container.format.name.startswith("mov")):
            return None
        start = time_of(first_frame(container, stream))
        end = (stream.start_time or 0) + stream.duration
        try:
            container.seek(end, stream=stream)
        except av.FFmpegError:
            return None
        last = _latest(container, stream)
        if last is None or last.pts is None or last.pts + 2 * (last.duration or 0) < end:
            return None
        shown = sum(not entry.is_discard for entry in stream.index_entries)
        return _Found(last, shown - 1, time_of(last) - start)


def _latest(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    last: VideoFrame | None = None
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise MediaTrouble(f"`{name_of(container)}` is cut short or damaged: a part of it is incomplete")
        for frame in decoded(packet, container):
            if last is None or time_of(frame) >= time_of(last):
                last = frame
    return last


def _find_last(clip: Path) -> _Found:
    with opened(clip) as container:
        first = last = None
        count = 0
        for frame in shown_frames(container, video_of(container)):
            count += 1
            first = first or frame
            if last is None or time_of(frame) >= time_of(last):
                last = frame
        if first is None or last is None:
            raise MediaTrouble(f"`{clip.name}` has no picture in it")
        return _Found(last, count - 1, time_of(last) - time_of(first))


def _find_at(clip: Path, at: Fraction) -> _Found:
    """From the start on: only so is the picture's number known."""
    if at < 0:
        raise MediaTrouble(f"`{clip.name}` has no picture at {float(at):g} s: it begins at 0 s")
    with opened(clip) as container:
        stream = video_of(container)
        start: Fraction | None = None
        found: _Found | None = None
        for index, frame in enumerate(shown_frames(container, stream)):
            start = time_of(frame) if start is None else start
            time = time_of(frame) - start
            if found is not None and time > at:
                return found
            found = _Found(frame, index, time)
        if found is None:
            raise MediaTrouble(f"`{clip.name}` has no picture in it")
        end = found.time + length_of(found.frame, stream)
        # At the very end the last picture is still the one seen.
        if at > end:
            raise MediaTrouble(f"`{clip.name}` has no picture at {float(at):g} s: it lasts {float(end):g} s")
        return found


def _png(picture: Rgb) -> bytes:
    content = BytesIO()
    # Level 1: a quarter of the time of the usual level 6 at a quarter more bytes.
    Image.frombytes("RGB", (picture.width, picture.height), picture.samples).save(content, "PNG", compress_level=1)
    return content.getvalue()
