"""The animatic as a gateway: a job is a folder under our name for it, and outlives the process that took it.

Submitting writes the folder; asking after the job renders its clip in a thread. A process that finds a job without its
clip renders it again. How a clip looks is the business of `renderer`.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from runner.adapters.animatic.job import AnimaticJob, InputTrouble, Stopped, read_job
from runner.adapters.durable import make_folder, sync_file, sync_folder, write_durably
from runner.core.canonical import Json, canonical_bytes, digest_value
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    Failed,
    Failure,
    FailureClass,
    FetchAnswer,
    Fetched,
    FetchFailed,
    FindAnswer,
    Found,
    Gone,
    JobState,
    LinkExpired,
    NotFound,
    NotSent,
    Prepared,
    Running,
    SubmitAnswer,
    Succeeded,
    Unreadable,
)
from runner.model.request import Request

_REQUEST = "request.json"
_CLIP = "clip.mp4"
_PARTIAL_CLIP = "clip.partial.mp4"
# How long asking after a job may wait for it: most clips are done by then, and nobody has to ask twice.
_PATIENCE_SECONDS = 0.5
_JOB = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


@dataclass(slots=True)
class _Rendering:
    """One clip on its way. Read by the event loop, written by the thread that renders."""

    stop: Event
    outcome: "Future[JobState]"

    @property
    def is_spent(self) -> bool:
        """True when it made a clip; who asks for one all the same has lost it."""
        done = self.outcome.done() and not self.outcome.cancelled()
        return done and isinstance(self.outcome.result(), Succeeded)


def render(job: AnimaticJob, into: Path, stop: Callable[[], bool]) -> None:
    # PyAV and Pillow: only when a clip is made.
    from runner.adapters.animatic.renderer import render_clip

    render_clip(job, into, stop)


class AnimaticGateway:
    name = "animatic"
    endpoint = "local"
    account = ""
    sandbox = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._renderings: dict[str, _Rendering] = {}
        self._threads = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="animatic")

    def prepare(self, request: Request, name: str) -> Prepared:
        return Prepared(digest_value("animatic-job/1", {"name": name, "request": _written(request)}), {})

    async def submit(self, request: Request, name: str) -> SubmitAnswer:
        if not _JOB.fullmatch(name):
            return NotSent(f"`{name}` cannot be the name of a folder")
        return await asyncio.to_thread(self._take_job, request, name)

    async def find(self, name: str, route: Mapping[str, str]) -> FindAnswer:
        del route
        if not self._is_there(name):
            return NotFound()
        return Found(name, self._state(name))

    async def poll(self, job: str, route: Mapping[str, str]) -> JobState:
        del route
        if not self._is_there(job):
            return Gone()
        if (self._folder / job / _CLIP).is_file():
            return _succeeded()
        rendering = self._renderings.get(job)
        if rendering is None or rendering.is_spent:
            rendering = self._start(job)
        # Waiting for a wrapped future that fails or is cancelled would do so to the future too: renders never fail.
        await asyncio.wait([asyncio.wrap_future(rendering.outcome)], timeout=_PATIENCE_SECONDS)
        return self._state(job)

    async def fetch(self, job: str, result: Mapping[str, Json], into: Path) -> FetchAnswer:
        """The clip stays here until the job is released: whoever is killed before it is stored fetches it again."""
        clip = self._folder / job / str(result.get("clip", _CLIP))
        if not self._is_there(job) or clip.name != _CLIP or not clip.is_file():
            return LinkExpired()
        try:
            await asyncio.to_thread(_copy, clip, into)
        except OSError as trouble:
            return FetchFailed(f"`{clip.name}` could not be copied: {trouble}")
        return Fetched()

    async def release(self, job: str) -> None:
        if _JOB.fullmatch(job):
            rendering = self._renderings.pop(job, None)
            await asyncio.to_thread(self._remove, job, rendering)

    async def close(self) -> None:
        """Renders under way are given up and what they had written is removed; their jobs stay."""
        for rendering in self._renderings.values():
            rendering.stop.set()
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    def sweep(self, keep: Collection[str]) -> None:
        """Removes the folders of jobs nobody will ask for again."""
        if not self._folder.is_dir():
            return
        for folder in sorted(self._folder.iterdir()):
            if folder.name not in keep:
                self._remove(folder.name, self._renderings.pop(folder.name, None))

    def _is_there(self, job: str) -> bool:
        return _JOB.fullmatch(job) is not None and (self._folder / job / _REQUEST).is_file()

    def _take_job(self, request: Request, name: str) -> SubmitAnswer:
        if self._is_there(name):
            return AlreadyExists()
        folder = self._folder / name
        try:
            make_folder(folder)
            write_durably(folder / _REQUEST, canonical_bytes(_written(request)), folder / f"{_REQUEST}.partial")
        except OSError as trouble:
            return NotSent(f"the job could not be written to `{folder}`: {trouble.strerror}")
        return Accepted(name)

    def _start(self, job: str) -> _Rendering:
        stop = Event()
        rendering = self._renderings[job] = _Rendering(stop, self._threads.submit(self._make_clip, job, stop))
        return rendering

    def _state(self, job: str) -> JobState:
        """What is known without waiting, and without starting anything."""
        if (self._folder / job / _CLIP).is_file():
            return _succeeded()
        rendering = self._renderings.get(job)
        if rendering is None or not rendering.outcome.done():
            return Running()
        if rendering.outcome.cancelled():
            return Unreadable("rendering was interrupted")
        return rendering.outcome.result()

    def _make_clip(self, job: str, stop: Event) -> JobState:
        """Never raises: whatever goes wrong is an answer about this job and no end of the run."""
        folder = self._folder / job
        partial = folder / _PARTIAL_CLIP
        state: JobState
        try:
            render(_read(folder / _REQUEST), partial, stop.is_set)
            sync_file(partial)
            partial.replace(folder / _CLIP)
            sync_folder(folder)
            return _succeeded()
        except Stopped:
            state = Unreadable("rendering was interrupted")
        except InputTrouble as trouble:
            state = _failed(FailureClass.INPUT, str(trouble))
        except OSError as trouble:
            state = _failed(FailureClass.OURS, f"the sketch could not be written: {trouble.strerror or trouble}")
        except Exception as trouble:  # noqa: BLE001 - see above
            state = _failed(FailureClass.OURS, f"the sketch could not be drawn: {type(trouble).__name__}: {trouble}")
        # A disk that takes nothing may not let go of anything either.
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        return state

    def _remove(self, job: str, rendering: _Rendering | None) -> None:
        if rendering is not None:
            rendering.stop.set()
            if not rendering.outcome.cancel():
                rendering.outcome.result()
        shutil.rmtree(self._folder / job, ignore_errors=True)


def _succeeded() -> Succeeded:
    return Succeeded({"clip": _CLIP})


def _failed(kind: FailureClass, message: str) -> Failed:
    return Failed(Failure(kind, message), charged=False)


def _written(request: Request) -> dict[str, Json]:
    return {
        "version": 1,
        "key": request.key,
        "label": request.label,
        "canonical": request.canonical,
        "makers_part": request.makers_part.content,
        "files": {digest: str(path.absolute()) for digest, path in request.files.items()},
        "frames": {name: str(path.absolute()) for name, path in request.frames.items()},
    }


def _read(path: Path) -> AnimaticJob:
    written: dict[str, Any] = json.loads(path.read_bytes())
    return read_job(
        written["key"],
        written["label"],
        written["canonical"],
        written["makers_part"],
        {digest: Path(file) for digest, file in written["files"].items()},
        {name: Path(file) for name, file in written["frames"].items()},
    )


def _copy(clip: Path, into: Path) -> None:
    into.unlink(missing_ok=True)
    try:
        into.hardlink_to(clip)
    except OSError:  # another disk, or one without links
        shutil.copyfile(clip, into)
