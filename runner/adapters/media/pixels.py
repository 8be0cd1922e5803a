"""Decoded pictures turned upright and made RGB, exactly as the `ffmpeg` program does with accurate rounding.

The conversion goes through FFmpeg's own `scale` filter and not through PyAV's shortcut, which rounds otherwise and
takes RGB for limited range.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, degrees, hypot
from typing import cast

from av.buffer import Buffer
from av.filter.context import FilterContext
from av.filter.graph import Graph
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from runner.core.canonical import Digest, digest_bytes

SCALER_FLAGS = "bicubic+accurate_rnd+full_chroma_int+bitexact"
# A filter by name, with its arguments.
Filter = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rgb:
    """Eight bits a sample, rows from the top, nothing between them."""

    width: int
    height: int
    samples: bytes

    @property
    def digest(self) -> Digest:
        return digest_bytes(b"rgb %d %d\n" % (self.width, self.height) + self.samples)


def rgb_of(frame: VideoFrame) -> Rgb:
    graph = picture_graph(frame, [*turn_filters(frame), ("scale", f"flags={SCALER_FLAGS}"), ("format", "rgb24")])
    converted = run_graph(graph, frame)
    plane = converted.planes[0]
    row, content = converted.width * 3, memoryview(bytes(plane))
    rows = (content[start : start + row] for start in range(0, converted.height * plane.line_size, plane.line_size))
    return Rgb(converted.width, converted.height, b"".join(rows))


def picture_graph(frame: VideoFrame, filters: Sequence[Filter]) -> Graph:
    """A chain of filters for pictures like this one."""
    graph = Graph()
    # One thread, so that many shots at once do not each start as many as there are cores.
    graph.threads = 1
    source = graph.add(
        "buffer",
        # The shape of samples is left out: scaling to a stored size must not depend on it.
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/1"
        f":colorspace={frame.colorspace}:range={frame.color_range}",
    )
    nodes: list[FilterContext] = [source, *(graph.add(name, arguments) for name, arguments in filters)]
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    return graph


def run_graph(graph: Graph, frame: VideoFrame) -> VideoFrame:
    graph.vpush(frame)
    return graph.vpull()


def turn_filters(frame: VideoFrame) -> list[Filter]:
    """What a player does to a picture that was filmed with the camera on its side; none for most clips."""
    matrix = _display_matrix(frame)
    if matrix is None:
        return []
    angle = _clockwise_degrees(matrix)
    if abs(angle - 90) < 1:
        return [("transpose", "cclock_flip" if matrix[3] > 0 else "clock")]
    if abs(angle - 180) < 1:
        mirrored = [("hflip", "")] if matrix[0] < 0 else []
        return [*mirrored, ("vflip", "")] if matrix[4] < 0 else mirrored
    if abs(angle - 270) < 1:
        return [("transpose", "clock_flip" if matrix[3] < 0 else "cclock")]
    if 1 < angle < 359:
        return [("rotate", f"{angle:.6f}*PI/180")]
    return [("vflip", "")] if matrix[4] < 0 else []


def upright_size(frame: VideoFrame) -> tuple[int, int]:
    """Width and height as shown."""
    lies = any(name == "transpose" for name, _ in turn_filters(frame))
    return (frame.height, frame.width) if lies else (frame.width, frame.height)


def _display_matrix(frame: VideoFrame) -> tuple[int, ...] | None:
    side_data = cast("Mapping[Type, Buffer]", frame.side_data)  # the stub knows of motion vectors only
    matrix = side_data.get(Type.DISPLAYMATRIX)
    # Three by three fixed-point numbers, row by row.
    return None if matrix is None else struct.unpack("=9i", bytes(matrix)[:36])


def _clockwise_degrees(matrix: tuple[int, ...]) -> float:
    across, down = hypot(matrix[0], matrix[3]), hypot(matrix[1], matrix[4])
    if across == 0 or down == 0:
        return 0.0
    return degrees(atan2(matrix[1] / down, matrix[0] / across)) % 360
