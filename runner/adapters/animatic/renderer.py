"""One clip from one job: it opens on the given first frame, ends on the given last one, and says between what for."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from runner.adapters.animatic.course import Course, plot_course
from runner.adapters.animatic.encoder import open_clip
from runner.adapters.animatic.job import FRAMES_PER_SECOND, AnimaticJob, Stopped
from runner.adapters.animatic.opening import draw_opening
from runner.adapters.animatic.overlay import Patch, Progress, draw_caption, draw_progress, lay_sheet
from runner.adapters.animatic.pictures import Planes, Size, clip_size, fit_picture, read_picture, split_planes
from runner.adapters.animatic.sound import Placed, make_soundtrack
from runner.adapters.animatic.strip import Page, draw_pages

_FRAMES_BETWEEN_ASKING = 4


@dataclass(frozen=True, slots=True)
class _Caption:
    begin: int
    end: int
    patch: Patch


@dataclass(frozen=True, slots=True)
class _Overlay:
    pages: list[Page]
    captions: list[_Caption]
    progress: Progress

    def lay_onto(self, ground: Planes, frame: int) -> None:
        page = bisect_right([page.begin for page in self.pages], frame) - 1
        self.pages[page].patch.paste_onto(ground)
        for caption in self.captions:
            if caption.begin <= frame < caption.end:
                caption.patch.paste_onto(ground)
        self.progress.draw_onto(ground, frame)


def render_clip(job: AnimaticJob, into: Path, stop: Callable[[], bool]) -> None:
    """Raises InputTrouble for what the request names and cannot be used, Stopped when `stop` says so."""
    soundtrack = make_soundtrack(job)
    if soundtrack.remark is not None:
        job = replace(job, notes=(soundtrack.remark, *job.notes))
    size, course = _set_course(job)
    overlay = _draw_overlay(job, size, soundtrack.lines)
    with open_clip(into, size, job.frames, soundtrack.samples) as clip:
        last = job.frames - 1
        for frame in range(job.frames):
            if frame % _FRAMES_BETWEEN_ASKING == 0 and stop():
                raise Stopped
            picture = course.at(frame / last)
            if 0 < frame < last:
                picture = picture.copied()
                overlay.lay_onto(picture, frame)
            clip.show(picture)


def _set_course(job: AnimaticJob) -> tuple[Size, Course]:
    first = None if job.first_frame is None else read_picture(job.first_frame)
    last = None if job.last_frame is None else read_picture(job.last_frame)
    size = clip_size(job, [picture for picture in (first, last) if picture is not None])
    opening = draw_opening(job, size) if first is None else fit_picture(first, size)
    ending = None if last is None else split_planes(fit_picture(last, size))
    return size, plot_course(job, split_planes(opening), ending)


def _draw_overlay(job: AnimaticJob, size: Size, lines: tuple[Placed, ...]) -> _Overlay:
    sheet = lay_sheet(job, size)
    pages = draw_pages(sheet)
    lowest = min(page.patch.top for page in pages) + round(36 * sheet.unit)
    captions = [
        _Caption(
            round(placed.begin * FRAMES_PER_SECOND),
            round(placed.end * FRAMES_PER_SECOND),
            draw_caption(sheet, placed.line.speaker, placed.line.text, lowest),
        )
        for placed in lines
    ]
    return _Overlay(pages, captions, draw_progress(sheet))
