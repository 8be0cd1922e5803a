"""Stands between the runner and a gateway whose answers are mangled, and notes where a charged job was misjudged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mangled_answers import is_listed_refusal
from mangled_line import CALL, Call, Mangler

from runner.adapters.http.gateway import HttpGateway
from runner.model.gateway import (
    Accepted,
    Failed,
    FetchAnswer,
    FindAnswer,
    Found,
    Gone,
    JobState,
    NotFound,
    NotSent,
    Prepared,
    Rejected,
    SubmitAnswer,
)
from runner.model.request import Request
from runner.planning.answers import read_submit


@dataclass
class Witness:
    """The gateway, and a note of what it was believed about each job."""

    inner: HttpGateway
    mangler: Mangler
    # Jobs charged, by our name for them; and names of which something plain was said that is not so.
    charged: dict[str, list[str]] = field(default_factory=dict)
    believed: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def endpoint(self) -> str:
        return self.inner.endpoint

    @property
    def account(self) -> str:
        return self.inner.account

    @property
    def sandbox(self) -> bool:
        return True

    def prepare(self, request: Request, name: str) -> Prepared:
        return self.inner.prepare(request, name)

    async def submit(self, request: Request, name: str) -> SubmitAnswer:
        call = self._begin("create", name)
        answer = await self.inner.submit(request, name)
        job = self._charged_job(call)
        if job is None:
            return answer
        self.charged.setdefault(name, []).append(job)
        if isinstance(answer, NotSent):
            self.wrong.append(f"{name}: charged as {job}, taken for not sent: {answer.cause}")
        if isinstance(answer, Rejected):
            if call.given is None or not is_listed_refusal(self.inner.interface.answers, call.given):
                self.wrong.append(f"{name}: charged as {job}, taken for refused: {answer.failure} by {call.given}")
            self.believed.add(name)
        if isinstance(answer, Accepted) and answer.job != job:
            self.believed.add(name)
        return answer

    async def find(self, name: str, route: Mapping[str, str]) -> FindAnswer:
        call = self._begin("find", name)
        answer = await self.inner.find(name, route)
        if call.given is not call.honest and isinstance(answer, NotFound | Found):
            self.believed.add(name)
        return answer

    async def poll(self, job: str, route: Mapping[str, str]) -> JobState:
        call = self._begin("poll", job)
        state = await self.inner.poll(job, route)
        if call.given is not call.honest and isinstance(state, Failed | Gone):
            self.believed.add(job)
        return state

    async def fetch(self, job: str, result: Mapping[str, Any], into: Path) -> FetchAnswer:
        self._begin("download", job)
        return await self.inner.fetch(job, result, into)

    async def release(self, job: str) -> None:
        await self.inner.release(job)

    async def close(self) -> None:
        await self.inner.close()

    def _begin(self, moment: str, about: str) -> Call:
        call = Call(moment, about)
        CALL.set(call)
        self.mangler.current = call
        return call

    def _charged_job(self, call: Call) -> str | None:
        if call.honest is None:
            return None
        honest = read_submit(self.inner.interface.answers, call.honest.status, call.honest.json())
        return honest.job if isinstance(honest, Accepted) else None
