"""Opening a clip and reading it to its end; whatever the library complains of becomes a `MediaTrouble` in words.

A damaged clip is an error, never a best effort: a decoder that conceals damage hands out a picture nobody made, and
the next shot of a chain would be paid for on top of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from runner.model.outside import MediaTrouble

# Of any stream. In quotes: only the stub knows packets as generic.
AnyPacket: TypeAlias = "Packet[Any]"

# A clip comes from outside. What is no container of its own bytes (playlists, image series, lists of other files)
# could make the library open other files or addresses.
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,matroska,webm,mpegts,avi,mxf"}
# These say in their header how long they are; for others the library guesses from size or bit rate.
_STATES_ITS_LENGTH = ("mov", "matroska")
# Headers round, and count a last frame or not: a shortfall below this is no sign of missing bytes.
_TOLERANCE = Fraction(1, 10)


@contextmanager
def opened(clip: Path) -> Iterator[InputContainer]:
    with complaints_about(clip), av.open(clip.absolute(), "r", options=dict(_OPTIONS), metadata_errors="replace") as it:
        yield it


@contextmanager
def complaints_about(clip: Path) -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise MediaTrouble(f"`{clip.name}` {_words(clip, error)}") from error


def name_of(container: InputContainer) -> str:
    return Path(container.name).name


def video_of(container: InputContainer) -> VideoStream:
    """The moving picture, ready to be decoded; a cover picture is none."""
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            continue
        _refuse_undecodable(container, stream)
        stream.thread_type = "AUTO"
        stream.codec_context.options = {"err_detect": "explode"}
        return stream
    raise MediaTrouble(f"`{name_of(container)}` has no moving picture")


def audio_of(container: InputContainer) -> AudioStream | None:
    """The first sound, if there is one."""
    for stream in container.streams.audio:
        _refuse_undecodable(container, stream)
        return stream
    return None


def whole_packets(container: InputContainer) -> Iterator[AnyPacket]:
    """The packets of all streams, empty ones at the end to flush each decoder.

    MediaTrouble where one is damaged, or when they end before the time the header states.
    """
    end = Fraction(0)
    packet: AnyPacket
    for packet in container.demux():
        if packet.is_corrupt:
            raise MediaTrouble(f"`{name_of(container)}` is cut short or damaged: a part of it is incomplete")
        if packet.pts is not None:
            end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
        yield packet
    stated = stated_end(container)
    if stated is not None and end < stated - _TOLERANCE:
        there = f"{float(end):.2f} s of its {float(stated):.2f} s are there"
        raise MediaTrouble(f"`{name_of(container)}` is cut short: {there}")


def is_of(packet: AnyPacket, stream: VideoStream | AudioStream) -> bool:
    """By the stream itself: the number on the empty packets that flush a decoder is 0, whosever they are."""
    return int(packet.stream.index) == stream.index


def stated_end(container: InputContainer) -> Fraction | None:
    """When the last stream ends, as the header has it; None where headers do not say."""
    if container.duration is None or not container.format.name.startswith(_STATES_ITS_LENGTH):
        return None
    return Fraction(container.duration + (container.start_time or 0), av.time_base)


def decoded(packet: AnyPacket, container: InputContainer) -> Iterator[VideoFrame]:
    """The pictures that a packet of the video stream completes; MediaTrouble where one is not whole."""
    for frame in packet.decode():
        if frame.is_corrupt:
            raise MediaTrouble(f"`{name_of(container)}` is damaged: a picture in it cannot be decoded whole")
        if frame.pts is None or frame.time_base is None:
            raise MediaTrouble(f"`{name_of(container)}` has a picture without a time")
        yield frame


def decoded_sound(packet: AnyPacket) -> list[AudioFrame]:
    """What a packet of the audio stream sounds like."""
    return cast("list[AudioFrame]", packet.decode())


def shown_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Every picture a player shows, in order, and the certainty that the clip is whole."""
    for packet in whole_packets(container):
        if is_of(packet, stream):
            yield from decoded(packet, container)


def first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    """The first picture a player shows; reads no further."""
    for packet in container.demux(stream):
        for frame in decoded(packet, container):
            return frame
    raise MediaTrouble(f"`{name_of(container)}` has no picture in it")


def time_of(frame: VideoFrame) -> Fraction:
    """When it is shown, on the container's own clock."""
    if frame.pts is None or frame.time_base is None:
        raise MediaTrouble("a picture has no time")
    return frame.pts * frame.time_base


def length_of(frame: VideoFrame, stream: VideoStream) -> Fraction:
    """How long a picture stays, for the last one of a clip, which no other ends."""
    if frame.duration and frame.time_base:
        return frame.duration * frame.time_base
    return usual_length(stream)


def steady_rate(frames: int, duration: Fraction, stream: VideoStream) -> Fraction:
    """Pictures a second: the rate the container names where it fits what was counted, else the average."""
    named = stream.guessed_rate
    if named and abs(named * duration - frames) < Fraction(1, 2):
        return named
    return frames / duration if duration else named or Fraction(24)


def usual_length(stream: VideoStream) -> Fraction:
    """How long a picture stays where nothing better is known."""
    rate = stream.guessed_rate or stream.average_rate
    return 1 / rate if rate else Fraction(1, 24)


def _refuse_undecodable(container: InputContainer, stream: VideoStream | AudioStream) -> None:
    # The stub leaves out that a stream in a codec nobody can decode has no context.
    if getattr(stream, "codec_context", None) is None:
        raise MediaTrouble(f"`{name_of(container)}` holds {stream.type} in a codec that cannot be decoded here")


def _words(clip: Path, error: av.FFmpegError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is not there"
    if isinstance(error, OSError) and not isinstance(error, EOFError):
        return f"cannot be read: {error.strerror}"
    if clip.is_file() and clip.stat().st_size == 0:
        return "is empty"
    if _lacks_its_index(clip):
        return "is cut short: the index that an mp4 file ends with is missing"
    if isinstance(error, av.error.InvalidDataError | av.ArgumentError):
        return "cannot be played: it is damaged, or no clip at all"
    return f"cannot be played: {error.strerror or error}"


def _lacks_its_index(clip: Path) -> bool:
    """True for an mp4 file without its `moov` box: the usual remains of a download or an encoder that was stopped."""
    try:
        with clip.open("rb") as file:
            seen: list[bytes] = []
            while len(header := file.read(8)) == 8 and len(seen) < 1000:
                size, kind = int.from_bytes(header[:4]), header[4:]
                seen.append(kind)
                # 1: the size follows in eight bytes. 0: the box reaches to the file's end.
                skip = int.from_bytes(file.read(8)) - 16 if size == 1 else size - 8
                if skip < 0:
                    break
                file.seek(skip, 1)
    except OSError:
        return False
    return seen[:1] == [b"ftyp"] and b"moov" not in seen
