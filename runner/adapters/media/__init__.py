"""Clips and films by way of PyAV: probing, exact frames, joining. The only rooms that know FFmpeg's libraries.

Everything here blocks, holds no state between calls, and may be called from several threads at once.
"""

from collections.abc import Sequence
from pathlib import Path

from runner.adapters.media.frames import cut_frame
from runner.adapters.media.join import join_clips
from runner.adapters.media.probe import probe_clip
from runner.model.outside import FilmFormat, FrameFacts, Segment
from runner.model.storyboard import At
from runner.model.take import ClipFacts

__all__ = ["PyavMedia"]


class PyavMedia:
    """The port `Media`, by PyAV."""

    def probe(self, clip: Path) -> ClipFacts:
        return probe_clip(clip)

    def cut_frame(self, clip: Path, at: At, into: Path) -> FrameFacts:
        return cut_frame(clip, at, into)

    def join(self, segments: Sequence[Segment], film_format: FilmFormat, into: Path) -> ClipFacts:
        return join_clips(segments, film_format, into)
