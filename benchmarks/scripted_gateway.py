"""A provider in memory behind the Gateway port: told beforehand how to answer, with a till that counts what it charged.

Its jobs outlive a run, as a real provider's do. Its clips are small texts, which `ScriptedMedia` takes for clips.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from runner.core.canonical import Json, digest_bytes, digest_value
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    CannotAsk,
    FetchAnswer,
    Fetched,
    FindAnswer,
    Found,
    Gone,
    JobState,
    LookupFailed,
    NotFound,
    NotSent,
    Prepared,
    Rejected,
    Running,
    SubmitAnswer,
    Succeeded,
    Uncertain,
)
from runner.model.money import Money
from runner.model.outside import FrameFacts, MediaTrouble
from runner.model.request import Request
from runner.model.storyboard import At
from runner.model.take import ClipFacts

# One answer to a submit: what is said, and whether a job was made (and charged) all the same.
CUT_BEFORE_CHARGING = "cut before charging"
CUT_AFTER_CHARGING = "cut after charging"
SubmitScript: TypeAlias = str | NotSent | Rejected | AlreadyExists
FetchScript: TypeAlias = FetchAnswer | str


@dataclass(slots=True)
class ScriptedJob:
    id: str
    name: str
    request: Request
    # What polls say before it ends, one each; then `ending`.
    polls: list[JobState]
    ending: JobState
    clip: bytes


@dataclass(slots=True)
class ScriptedGateway:
    name: str = "scripted"
    endpoint: str = "https://scripted.example"
    account: str = "abcd"
    sandbox: bool = False
    # What is true of this provider, whatever a manifest says.
    finds_jobs: bool = True
    refuses_second: bool = True
    # How many look-ups pass before a new job shows.
    looks_until_shown: int = 0
    # Answers to the next submits, polls of the next job, fetches; when they are used up everything works.
    submits: list[SubmitScript] = field(default_factory=list)
    polls: list[JobState] = field(default_factory=list)
    endings: list[JobState] = field(default_factory=list)
    fetches: list[FetchScript] = field(default_factory=list)
    finds: list[FindAnswer] = field(default_factory=list)
    charge: Money | None = None
    content: Callable[[Request], str] = lambda request: request.key
    # Called while a submit is under way, before it is answered.
    on_submit: Callable[[Request, str], None] = lambda request, name: None
    submit_gate: asyncio.Event | None = None
    jobs: dict[str, ScriptedJob] = field(default_factory=dict)
    # Our name of each job charged, in order.
    till: list[str] = field(default_factory=list)
    # What was asked, in order.
    calls: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    # Labels of requests that cannot be put into this gateway's words.
    unspeakable: set[str] = field(default_factory=set)
    # What it was asked with, beside names and jobs.
    routes: list[Mapping[str, str]] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    _ended: set[str] = field(default_factory=set)

    def prepare(self, request: Request, name: str) -> Prepared:
        if request.label in self.unspeakable:
            raise CannotAsk("it cannot be put into words", "write another")
        return Prepared(digest_value("body/1", {"name": name, "request": request.canonical}), {"at": "scripted"})

    async def submit(self, request: Request, name: str) -> SubmitAnswer:
        self.calls.append(f"submit {request.label}")
        self.on_submit(request, name)
        if self.submit_gate is not None:
            await self.submit_gate.wait()
        await asyncio.sleep(0)
        script = self.submits.pop(0) if self.submits else "accept"
        if isinstance(script, NotSent | Rejected | AlreadyExists):
            return script
        if self.refuses_second and any(job.name == name for job in self.jobs.values()):
            return AlreadyExists()
        if script == CUT_BEFORE_CHARGING:
            return Uncertain("connection closed")
        job = self.begin(request, name)
        return Uncertain("connection closed") if script == CUT_AFTER_CHARGING else Accepted(job.id)

    async def find(self, name: str, route: Mapping[str, str]) -> FindAnswer:
        self.routes.append(route)
        self.calls.append("find")
        if self.finds:
            return self.finds.pop(0)
        if not self.finds_jobs:
            return LookupFailed("this provider has no look-up")
        found = next((job for job in self.jobs.values() if job.name == name), None)
        if found is not None and self.looks_until_shown:
            self.looks_until_shown -= 1
            found = None
        return NotFound() if found is None else Found(found.id, found.ending)

    async def poll(self, job: str, route: Mapping[str, str]) -> JobState:
        self.routes.append(route)
        self.calls.append("poll")
        await asyncio.sleep(0)
        known = self.jobs.get(job)
        if known is None:
            return Gone()
        if known.polls:
            return known.polls.pop(0)
        if not isinstance(known.ending, Running) and job not in self._ended:
            self._ended.add(job)
            self.running -= 1
        return known.ending

    async def fetch(self, job: str, result: Mapping[str, Json], into: Path) -> FetchAnswer:
        self.calls.append("fetch")
        script = self.fetches.pop(0) if self.fetches else Fetched()
        if isinstance(script, Fetched):
            _write(into, self.jobs[job].clip)
            return script
        if isinstance(script, str):
            _write(into, script.encode())
            return Fetched()
        return script

    async def release(self, job: str) -> None:
        self.released.append(job)

    async def close(self) -> None:
        self.calls.append("close")

    @property
    def submitted(self) -> list[str]:
        """Labels in the order they were sent, sent again included."""
        return [call.removeprefix("submit ") for call in self.calls if call.startswith("submit ")]

    def charges_of(self, name: str) -> int:
        return self.till.count(name)

    def begin(self, request: Request, name: str) -> ScriptedJob:
        number = f"job-{len(self.jobs) + 1}"
        ending = self.endings.pop(0) if self.endings else Succeeded({"clip": number}, self.charge)
        polls = self.polls or [Running(0.5)]
        self.polls = []
        job = ScriptedJob(number, name, request, polls, ending, clip_bytes(request, self.content(request)))
        self.jobs[number] = job
        self.till.append(name)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        return job


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def clip_bytes(request: Request, content: str) -> bytes:
    return json.dumps({"duration": request.canonical["duration"], "content": content}).encode()


class ScriptedMedia:
    """Reads the clips above. `cuts` counts the frames cut from each clip."""

    def __init__(self) -> None:
        self.cuts: list[tuple[str, At]] = []

    def probe(self, clip: Path) -> ClipFacts:
        duration = Fraction(str(_read(clip)["duration"]))
        return ClipFacts(1280, 720, int(duration * 24), duration, Fraction(24), "h264", None, None)

    def cut_frame(self, clip: Path, at: At, into: Path) -> FrameFacts:
        self.cuts.append((clip.stem, at))
        if not isinstance(at, str) and at >= Decimal(_read(clip)["duration"]):
            raise MediaTrouble(f"it ends before {at} s")
        content = f"{_read(clip)['content']} {at}".encode()
        into.write_bytes(content)
        return FrameFacts(digest_bytes(content), 1280, 720, Fraction(0), 0)

    def join(self, segments: object, film_format: object, into: Path) -> ClipFacts:
        raise AssertionError("a run of shots joins nothing")


def _read(clip: Path) -> dict[str, str | int]:
    try:
        document = json.loads(clip.read_text(encoding="utf-8"))
    except ValueError as cause:
        raise MediaTrouble("it is no clip") from cause
    if not isinstance(document, dict):
        raise MediaTrouble("it is no clip")
    return document
