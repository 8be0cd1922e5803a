"""The sound of a whole film, from decoded samples: each clip's cut or filled with silence to exactly its pictures.

Copying a clip's sound packets would let the film slip at each seam, since every one of them opens with its
encoder's run-up. Here nothing is copied: one encoder hears the film as one piece.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter.context import FilterContext
from av.filter.graph import Graph

from runner.adapters.media.clip import AnyPacket, audio_of, decoded_sound, is_of, opened, whole_packets
from runner.adapters.media.reels import naming_its_shot

SAMPLE_RATE = 48_000
_FORMAT = "fltp"


@dataclass(frozen=True, slots=True)
class Stretch:
    """One clip's part of the film's sound."""

    clip: Path
    label: str
    # Where its pictures begin on its own clock: earlier sound is not heard.
    start: Fraction
    samples: int


def encode_sound(stretches: Sequence[Stretch], stream: AudioStream) -> Iterator[AnyPacket]:
    fifo = AudioFifo()
    written = 0
    size = stream.codec_context.frame_size or 1024
    for stretch in stretches:
        for frame in _samples_of(stretch):
            # The film has its own count of samples.
            frame.pts = None
            fifo.write(frame)
            while (block := fifo.read(size)) is not None:
                yield from _encode(block, written, stream)
                written += block.samples
    if (rest := fifo.read(0, partial=True)) is not None:
        yield from _encode(rest, written, stream)
    yield from stream.encode(None)


def _encode(block: AudioFrame, position: int, stream: AudioStream) -> list[AnyPacket]:
    block.pts = position
    block.time_base = Fraction(1, SAMPLE_RATE)
    return stream.encode(block)


def _samples_of(stretch: Stretch) -> Iterator[AudioFrame]:
    """48 kHz stereo, as many samples as the stretch is long."""
    with naming_its_shot(stretch.label), opened(stretch.clip) as container:
        audio = audio_of(container)
        frames = iter(()) if audio is None else _heard_frames(container, audio, stretch.start)
        first = next(frames, None)
        graph = _fitting_graph(first, stretch.samples)
        while first is not None:
            graph.push(first)
            yield from _ready(graph)
            first = next(frames, None)
        graph.push(None)
        yield from _ready(graph)


def _heard_frames(container: InputContainer, audio: AudioStream, start: Fraction) -> Iterator[AudioFrame]:
    for packet in whole_packets(container):
        if not is_of(packet, audio):
            continue
        for frame in decoded_sound(packet):
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(start / frame.time_base)
            yield frame


def _fitting_graph(first: AudioFrame | None, samples: int) -> Graph:
    graph = Graph()
    graph.threads = 1
    if first is None:
        source = graph.add_abuffer(sample_rate=SAMPLE_RATE, format=_FORMAT, layout="stereo")
    else:
        source = graph.add_abuffer(
            sample_rate=first.sample_rate,
            format=first.format.name,
            layout=first.layout.name,
            time_base=first.time_base or Fraction(1, first.sample_rate),
        )
    nodes: list[FilterContext] = [
        source,
        # The first sample belongs to time zero, whatever the clip begins with; holes are filled, overlaps cut.
        graph.add("aresample", f"{SAMPLE_RATE}:async=1:first_pts=0"),
        graph.add("aformat", f"sample_fmts={_FORMAT}:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"),
        graph.add("apad", f"whole_len={samples}"),
        graph.add("atrim", f"end_sample={samples}"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


def _ready(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):  # it wants more, or has given all
            return
        if isinstance(frame, AudioFrame):
            yield frame
