"""Small clips for long tests: a moving test picture, a tone where sound is wanted, encoded as quickly as can be."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runner.sandbox.dialect import Wanted

if TYPE_CHECKING:
    from av.filter import Graph
    from av.stream import Stream

_RATE: Final = 24
_SAMPLE_RATE: Final = 48000
_SIZES: Final = {"9:16": (306, 544), "1:1": (408, 408)}
_OTHERWISE: Final = (544, 306)


class SmallClips:
    """As with the real ones a clip is a frame longer than was asked for: 121 frames for five seconds."""

    def kind_of(self, wanted: Wanted) -> str:
        width, height = _size(wanted)
        return f"{width}x{height} {wanted.seconds} s {'heard' if wanted.has_sound else 'silent'}"

    def seconds_of(self, wanted: Wanted) -> float:
        return _frames(wanted) / _RATE

    def make(self, wanted: Wanted, into: Path) -> None:
        import av

        width, height = _size(wanted)
        partial = into.with_suffix(".partial")
        with av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            video = container.add_stream("libx264", rate=_RATE, options={"preset": "ultrafast", "crf": "40"})
            video.width, video.height, video.pix_fmt = width, height, "yuv420p"
            streams: list[tuple[Stream, Graph, int, Fraction]] = [
                (video, _picture(width, height), _frames(wanted), Fraction(1, _RATE))
            ]
            if wanted.has_sound:
                audio = container.add_stream("aac", rate=_SAMPLE_RATE, layout="stereo")
                blocks = _frames(wanted) * _SAMPLE_RATE // _RATE // 1024
                streams.append((audio, _tone(), blocks, Fraction(1, _SAMPLE_RATE)))
            for stream, graph, count, base in streams:
                for frame in _draw(graph, count, base):
                    container.mux(stream.encode(frame))  # type: ignore[attr-defined]
                container.mux(stream.encode(None))  # type: ignore[attr-defined]
        partial.replace(into)


def _size(wanted: Wanted) -> tuple[int, int]:
    return _SIZES.get(wanted.aspect_ratio or "", _OTHERWISE)


def _frames(wanted: Wanted) -> int:
    return wanted.seconds * _RATE + 1


def _picture(width: int, height: int) -> "Graph":
    return _chain(("testsrc2", f"size={width}x{height}:rate={_RATE}"), ("format", "yuv420p"), ("buffersink", None))


def _tone() -> "Graph":
    made = f"frequency=440:sample_rate={_SAMPLE_RATE}:samples_per_frame=1024"
    return _chain(("sine", made), ("aformat", "sample_fmts=fltp:channel_layouts=stereo"), ("abuffersink", None))


def _chain(*filters: tuple[str, str | None]) -> "Graph":
    from av.filter import Graph

    graph = Graph()
    linked = [graph.add(name, arguments) for name, arguments in filters]
    for one, next_one in pairwise(linked):
        one.link_to(next_one)
    graph.configure()
    return graph


def _draw(graph: "Graph", count: int, base: Fraction) -> Iterator[object]:
    for _ in range(count):
        frame = graph.pull()
        frame.time_base = base
        yield frame
