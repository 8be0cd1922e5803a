"""The cut: clips hard together in one mp4 that plays anywhere (h264, aac at 48 kHz stereo, index first).

Video is copied where that is possible, sound is always encoded once over the whole film. The same clips give the same
bytes: no dates, no names of tools, one encoder thread.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import merge
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer

from runner.adapters.durable import make_folder, sync_file, sync_folder
from runner.adapters.media.clip import AnyPacket
from runner.adapters.media.copying import add_copied_stream, copy_packets
from runner.adapters.media.encoding import add_encoded_stream, encode_reels
from runner.adapters.media.reels import Reel, Shape, can_copy, choose_shape, naming_its_shot, place_reels
from runner.adapters.media.sound import SAMPLE_RATE, Stretch, encode_sound
from runner.adapters.media.survey import Survey, survey_clip
from runner.model.outside import FilmFormat, MediaTrouble, Segment
from runner.model.take import ClipFacts


@dataclass(frozen=True, slots=True)
class _Film:
    """A plan of the film: what is written where, none of it read yet."""

    reels: tuple[Reel, ...]
    rate: Fraction
    # None: the packets are copied.
    shape: Shape | None

    def stretches(self) -> list[Stretch]:
        """Each clip's sound, by where its pictures begin and end: rounding one seam moves no other."""
        marks = [round(reel.begin / self.rate * SAMPLE_RATE) for reel in self.reels]
        marks.append(round((self.reels[-1].begin + self.reels[-1].length) / self.rate * SAMPLE_RATE))
        lengths = [end - begin for begin, end in pairwise(marks)]
        return [
            Stretch(reel.clip, reel.label, reel.survey.start, length)
            for reel, length in zip(self.reels, lengths, strict=True)
        ]


def join_clips(segments: Sequence[Segment], film_format: FilmFormat, into: Path) -> ClipFacts:
    film = _plan_film(segments, film_format)
    make_folder(into.parent)
    partial = into.with_name(f"{into.name}.{uuid4().hex}.partial")
    try:
        _write_film(film, partial)
        facts = survey_clip(partial).facts
        sync_file(partial)
        partial.replace(into)
        sync_folder(into.parent)
    except av.FFmpegError as error:
        raise MediaTrouble(f"`{into.name}` cannot be made: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return facts


def _plan_film(segments: Sequence[Segment], film_format: FilmFormat) -> _Film:
    if not segments:
        raise MediaTrouble("a film needs at least one clip, and there is none")
    surveys = [_survey(segment) for segment in segments]
    shape = None if can_copy(surveys, film_format) else choose_shape(surveys, film_format)
    rate = surveys[0].facts.frames_per_second if shape is None else shape.rate
    return _Film(tuple(place_reels(segments, surveys, rate)), rate, shape)


def _survey(segment: Segment) -> Survey:
    with naming_its_shot(segment.label):
        return survey_clip(segment.clip)


def _write_film(film: _Film, path: Path) -> None:
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(path, "w", format="mp4", container_options=options) as output:
        if film.shape is None:
            picture = add_copied_stream(output, film.reels[0].clip, film.rate)
            pictures = copy_packets(film.reels, picture, film.rate)
        else:
            picture = add_encoded_stream(output, film.shape)
            pictures = encode_reels(film.reels, film.shape, picture)
        sound = _add_sound_stream(output)
        for packet in _in_time(pictures, encode_sound(film.stretches(), sound)):
            output.mux(packet)


def _add_sound_stream(output: OutputContainer) -> AudioStream:
    stream = output.add_stream("aac", rate=SAMPLE_RATE, options={"flags": "+bitexact"}, bit_rate=192_000)
    stream.layout = "stereo"
    # Known only once the encoder is open, and the sound is cut by it.
    stream.codec_context.open()
    return stream


def _in_time(pictures: Iterable[AnyPacket], sound: Iterable[AnyPacket]) -> Iterator[AnyPacket]:
    """In turn by time, so that only a moment of the film is in memory."""
    return merge(pictures, sound, key=_decoding_time)


def _decoding_time(packet: AnyPacket) -> Fraction:
    return (packet.dts or 0) * packet.time_base
