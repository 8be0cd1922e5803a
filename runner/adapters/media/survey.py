"""What the packets of a clip tell without decoding it: its lengths, and whether its video can be joined by copying."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from runner.adapters.media.clip import (
    AnyPacket,
    audio_of,
    first_frame,
    is_of,
    opened,
    steady_rate,
    usual_length,
    video_of,
    whole_packets,
)
from runner.adapters.media.pixels import turn_filters, upright_size
from runner.model.outside import MediaTrouble
from runner.model.take import ClipFacts

# What every browser and editor plays: a film in anything else is encoded anew.
_COPIED_FORMATS = ("yuv420p", "yuvj420p")


@dataclass(frozen=True, slots=True)
class Coding:
    """All that must be equal before the packets of two clips can follow each other in one stream."""

    # The decoder's own settings: an h264 sequence and picture parameter set.
    settings: bytes
    width: int
    height: int
    pixel_format: str
    rate: Fraction
    pixel_shape: Fraction


@dataclass(frozen=True, slots=True)
class Survey:
    facts: ClipFacts
    # When the first picture is shown, on the clip's own clock.
    start: Fraction
    # Width over height as shown, with pixels that are not square taken into account.
    ratio: Fraction
    # Matrix and range of the colours, as FFmpeg numbers them.
    colours: tuple[int, int]
    # None: its packets cannot be copied into a film.
    coding: Coding | None
    # For each packet, in the order they are stored, the number of the picture in the order shown.
    order: tuple[int, ...]


@dataclass(slots=True)
class _Packets:
    shown: list[int] = field(default_factory=list)
    end: int = 0
    hidden: bool = False
    changed: bool = False
    opens_on_key: bool = False
    sound_start: Fraction | None = None
    sound_end: Fraction = Fraction(0)

    def take_video(self, packet: AnyPacket) -> None:
        if packet.pts is None:
            return
        if packet.is_discard:
            self.hidden = True
            return
        if not self.shown:
            self.opens_on_key = packet.is_keyframe
        self.changed |= packet.has_sidedata("new_extradata")
        self.shown.append(packet.pts)
        self.end = max(self.end, packet.pts + (packet.duration or 0))

    def take_audio(self, packet: AnyPacket) -> None:
        if packet.pts is None:
            return
        time = packet.pts * packet.time_base
        # An encoder's run-up lies before zero and is not heard.
        self.sound_start = max(time, Fraction(0)) if self.sound_start is None else self.sound_start
        self.sound_end = max(self.sound_end, time + (packet.duration or 0) * packet.time_base)


def survey_clip(clip: Path) -> Survey:
    with opened(clip) as container:
        picture = first_frame(container, video_of(container))
    with opened(clip) as container:
        video, audio = video_of(container), audio_of(container)
        packets = _Packets()
        for packet in whole_packets(container):
            if is_of(packet, video):
                packets.take_video(packet)
            elif audio is not None and is_of(packet, audio):
                packets.take_audio(packet)
        if not packets.shown or video.time_base is None:
            raise MediaTrouble(f"`{clip.name}` has no picture in it")
        facts = _facts(picture, packets, video, audio)
        numbers = {pts: number for number, pts in enumerate(sorted(packets.shown))}
        shape = video.sample_aspect_ratio or Fraction(1)
        lies = (facts.width, facts.height) != (picture.width, picture.height)
        return Survey(
            facts=facts,
            start=min(packets.shown) * video.time_base,
            ratio=Fraction(facts.width, facts.height) * (1 / shape if lies else shape),
            colours=(picture.colorspace, picture.color_range),
            coding=_coding(picture, packets, video, facts),
            order=tuple(numbers[pts] for pts in packets.shown),
        )


def _facts(picture: VideoFrame, packets: _Packets, video: VideoStream, audio: AudioStream | None) -> ClipFacts:
    base = video.time_base or Fraction(1)
    frames = len(packets.shown)
    last = max(packets.shown)
    length = (packets.end - last) * base or usual_length(video)
    duration = (last - min(packets.shown)) * base + length
    width, height = upright_size(picture)
    return ClipFacts(
        width=width,
        height=height,
        frames=frames,
        duration=duration,
        frames_per_second=steady_rate(frames, duration, video),
        video_codec=video.codec_context.name,
        audio_codec=None if audio is None else audio.codec_context.name,
        audio_duration=None if audio is None else packets.sound_end - (packets.sound_start or 0),
    )


def _coding(picture: VideoFrame, packets: _Packets, video: VideoStream, facts: ClipFacts) -> Coding | None:
    settings = video.codec_context.extradata or b""
    pixel_format = picture.format.name
    plain = video.codec_context.name == "h264" and pixel_format in _COPIED_FORMATS and not turn_filters(picture)
    # Settings in the mp4 form start with a 1; those of a transport stream would need every packet rewritten.
    stored_apart = settings[:1] == b"\x01" and not packets.changed
    # Hidden pictures (behind an edit list) would show once their packets stand in the film.
    complete = not packets.hidden and packets.opens_on_key and packets.shown[0] == min(packets.shown)
    if not (plain and stored_apart and complete and _is_steady(packets.shown, facts, video)):
        return None
    shape = video.sample_aspect_ratio or Fraction(1)
    return Coding(settings, picture.width, picture.height, pixel_format, facts.frames_per_second, shape)


def _is_steady(shown: list[int], facts: ClipFacts, video: VideoStream) -> bool:
    """True when the pictures, the last one too, follow each other exactly at the rate."""
    step = facts.duration / facts.frames / (video.time_base or 1)
    start = min(shown)
    if facts.duration * facts.frames_per_second != facts.frames:
        return False
    return all(pts - start == number * step for number, pts in enumerate(sorted(shown)))
