"""The pictures of a film as copies of its clips' packets, where the clips agree in all that a decoder is set to."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from av.container import OutputContainer
from av.video.stream import VideoStream

from runner.adapters.media.clip import AnyPacket, opened, video_of
from runner.adapters.media.reels import Reel, naming_its_shot


def add_copied_stream(output: OutputContainer, clip: Path, rate: Fraction) -> VideoStream:
    with opened(clip) as container:
        stream = output.add_stream_from_template(video_of(container))
    stream.time_base = 1 / rate
    return stream


def copy_packets(reels: Sequence[Reel], stream: VideoStream, rate: Fraction) -> Iterator[AnyPacket]:
    """The same bytes under new times, counted in pictures.

    Decoding times are given anew over the whole film: each clip's own would step back at a seam where clips
    hold back a different number of pictures.
    """
    held_back = max(place - shown for reel in reels for place, shown in enumerate(reel.survey.order))
    for reel in reels:
        order = iter(enumerate(reel.survey.order))
        with naming_its_shot(reel.label), opened(reel.clip) as container:
            for packet in container.demux(video_of(container)):
                if packet.size == 0:
                    continue
                place, shown = next(order)
                packet.time_base = 1 / rate
                packet.pts = reel.begin + shown
                packet.dts = reel.begin + place - held_back
                packet.duration = 1
                packet.stream = stream
                yield packet
