"""One question about many jobs, where a gateway takes that: polls that are due together are gathered, asked once, and
each is given its own part of the answer.

What a part means is read by the same rules as the answer to a question about that job alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from runner.core.canonical import Json
from runner.model.interface import Batch
from runner.planning.answers import find_at
from runner.planning.body import View

_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Heard:
    status: int
    body: Json
    # What `Retry-After` says.
    wait: float | None = None


# Or why there is no answer.
Answered = Heard | str


@dataclass(slots=True)
class _Gathered:
    about: View
    jobs: list[tuple[str, "asyncio.Future[Answered]"]] = field(default_factory=list)


@dataclass(slots=True)
class PollCollector:
    batch: Batch
    # Asks about these jobs, their ids joined.
    ask: Callable[[str, View], Awaitable[Answered]]
    # How long the first waits for others.
    window_seconds: float = 0.05
    # By what their questions have in common.
    _open: dict[str, _Gathered] = field(default_factory=dict)
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set)
    _promises: set["asyncio.Future[Answered]"] = field(default_factory=set)
    # Not told of, or not readably, among others: the next time these are asked about by themselves.
    _alone: set[str] = field(default_factory=set)

    async def poll(self, job: str, about: View, alike: str) -> Answered:
        """`alike` is equal for polls whose questions differ in nothing but the job."""
        if job in self._alone or self.batch.between in job:
            self._alone.discard(job)
            return await self.ask(job, about)
        gathered = self._open.get(alike)
        if gathered is None:
            gathered = self._open[alike] = _Gathered(about)
            self._begin(self._send_later(alike, gathered))
        promise: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._promises.add(promise)
        promise.add_done_callback(self._promises.discard)
        gathered.jobs.append((job, promise))
        if len(gathered.jobs) == self.batch.most:
            del self._open[alike]
            self._begin(self._send(gathered))
        return await promise

    async def close(self) -> None:
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        # A question that had not begun has told nobody that it never will.
        for promise in list(self._promises):
            promise.cancel()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _send_later(self, alike: str, gathered: _Gathered) -> None:
        await asyncio.sleep(self.window_seconds)
        if self._open.get(alike) is gathered:
            del self._open[alike]
            await self._send(gathered)

    async def _send(self, gathered: _Gathered) -> None:
        waiting = gathered.jobs
        try:
            names = list(dict.fromkeys(job for job, promise in waiting if not promise.done()))
            if not names:
                return
            heard = await self.ask(self.batch.between.join(names), gathered.about)
            for job, promise in waiting:
                if not promise.done():
                    promise.set_result(heard if len(names) == 1 else self._part_of(heard, job))
        except Exception as fault:  # noqa: BLE001  # it is handed on to everyone who asked
            for _, promise in waiting:
                if not promise.done():
                    promise.set_exception(fault)

    def _part_of(self, heard: Answered, job: str) -> Answered:
        if isinstance(heard, Heard) and heard.status == _TOO_MANY:
            # Of no single job: more questions than this one are what it asks to be spared.
            return heard
        listed = None if isinstance(heard, str) else find_at(self.batch.list, heard.body)
        if isinstance(heard, str) or not isinstance(listed, Sequence) or isinstance(listed, str):
            self._alone.add(job)
            return heard
        own = [item for item in listed if isinstance(item, Mapping) and _is(item.get(self.batch.job), job)]
        if not own:
            self._alone.add(job)
        return replace(heard, body=_put(heard.body, self.batch.list.split("."), own))


def _is(held: Json, job: str) -> bool:
    return not isinstance(held, bool) and isinstance(held, str | int) and str(held) == job


def _put(body: Json, path: Sequence[str], value: Json) -> Json:
    if not path or not isinstance(body, Mapping):
        return value
    return {**body, path[0]: _put(body.get(path[0]), path[1:], value)}
