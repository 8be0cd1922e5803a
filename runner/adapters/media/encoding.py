"""The pictures of a film encoded anew: for clips that differ in size, rate or coding, or where the film shall."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from av.container import OutputContainer
from av.filter.graph import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from runner.adapters.media.clip import AnyPacket, opened, shown_frames, time_of, video_of
from runner.adapters.media.pixels import SCALER_FLAGS, Filter, picture_graph, run_graph, turn_filters
from runner.adapters.media.reels import Reel, Shape, even, naming_its_shot
from runner.adapters.media.survey import Survey

# FFmpeg's numbers for the matrix of high definition, and for one that nobody named.
_BT709, _UNNAMED = 1, 2


def add_encoded_stream(output: OutputContainer, shape: Shape) -> VideoStream:
    # One thread: the bytes must not depend on how many cores a machine has.
    options = {"preset": "veryfast", "crf": "17", "threads": "1", "flags": "+bitexact"}
    stream = output.add_stream("libx264", rate=shape.rate, options=options)
    stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
    stream.codec_context.time_base = 1 / shape.rate
    stream.codec_context.thread_count = 1
    stream.color_range = ColorRange.MPEG
    stream.colorspace = _BT709 if shape.colours is None else shape.colours[0]
    if shape.colours is None:
        stream.color_primaries = stream.color_trc = _BT709
    return stream


def encode_reels(reels: Sequence[Reel], shape: Shape, stream: VideoStream) -> Iterator[AnyPacket]:
    for reel in reels:
        for number, picture in enumerate(_fitted_frames(reel, shape), start=reel.begin):
            picture.pts = number
            picture.time_base = 1 / shape.rate
            yield from stream.encode(picture)
    yield from stream.encode(None)


def _fitted_frames(reel: Reel, shape: Shape) -> Iterator[VideoFrame]:
    """As many pictures as the reel is long, each the one on screen in the middle of its time.

    The middle, since times in some containers are rounded and a picture's beginning may lie a hair too late.
    """
    graph: Graph | None = None
    kind: tuple[int, int, str] | None = None
    with naming_its_shot(reel.label), opened(reel.clip) as container:
        fitted: VideoFrame | None = None
        given = 0
        for picture in shown_frames(container, video_of(container)):
            due = _round_up((time_of(picture) - reel.survey.start) * shape.rate - Fraction(1, 2))
            while fitted is not None and given < min(due, reel.length):
                yield fitted
                given += 1
            if graph is None or kind != (picture.width, picture.height, picture.format.name):
                kind = (picture.width, picture.height, picture.format.name)
                graph = picture_graph(picture, _fitting_filters(picture, reel.survey, shape))
            fitted = run_graph(graph, picture)
            # The encoder decides where key frames stand, not the clip.
            fitted.pict_type = 0
        while fitted is not None and given < reel.length:
            yield fitted
            given += 1


def _fitting_filters(picture: VideoFrame, survey: Survey, shape: Shape) -> list[Filter]:
    width, height = _fit(survey.ratio, shape)
    return [
        *turn_filters(picture),
        ("scale", f"{width}:{height}:flags={SCALER_FLAGS}{_colour_arguments(picture, shape)}"),
        ("pad", f"{shape.width}:{shape.height}:(ow-iw)/2:(oh-ih)/2"),
        ("setsar", "1"),
        ("format", "yuv420p"),
    ]


def _colour_arguments(picture: VideoFrame, shape: Shape) -> str:
    if shape.colours is not None:
        return ":out_range=tv"
    # Colours that nobody named are read as players read them: by the size of the picture.
    unnamed = ":in_color_matrix=" + ("bt709" if picture.height >= 720 else "bt601")
    return (unnamed if picture.colorspace == _UNNAMED else "") + ":out_color_matrix=bt709:out_range=tv"


def _fit(ratio: Fraction, shape: Shape) -> tuple[int, int]:
    """The largest even size of this ratio within the film's."""
    if ratio > Fraction(shape.width, shape.height):
        return shape.width, min(shape.height, even(shape.width / ratio))
    return min(shape.width, even(shape.height * ratio)), shape.height


def _round_up(number: Fraction) -> int:
    return -(-number.numerator // number.denominator)
