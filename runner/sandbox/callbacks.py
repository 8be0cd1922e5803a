"""Tells callback URLs of each change of a job. Only on this machine; what nobody takes is noted and dropped."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx

from runner.core.canonical import canonical_bytes
from runner.sandbox.dialect import Dialect, Job, Phase
from runner.sandbox.jobs import Entry

_AT_A_TIME: Final = 64
_LOOK_EVERY: Final = 0.02
_PATIENCE: Final = 5.0
_ENDED: Final = frozenset({Phase.SUCCEEDED, Phase.FAILED, Phase.DELETED})


class Callbacks:
    """One task for each job that wants to be told of; those beyond the bound are not."""

    def __init__(self, show: Callable[[Entry], Job], note: Callable[[str | None], None]) -> None:
        self._show = show
        # With what went wrong, or None for one that was delivered.
        self._note = note
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, dialect: Dialect, entry: Entry) -> None:
        url = entry.wanted.callback_url or ""
        if not _is_of_this_machine(url) or dialect.callback_body(self._show(entry)) is None:
            return
        if len(self._tasks) >= _AT_A_TIME:
            self._note(f"callback of {entry.id}: too many at a time")
            return
        task = asyncio.get_running_loop().create_task(self._tell(dialect, entry, url))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tell(self, dialect: Dialect, entry: Entry, url: str) -> None:
        told: Phase | None = None
        async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as client:
            while told not in _ENDED:
                job = self._show(entry)
                if job.phase is not told:
                    told = job.phase
                    await self._send(client, url, canonical_bytes(dialect.callback_body(job)), entry.id)
                else:
                    await asyncio.sleep(_LOOK_EVERY)

    async def _send(self, client: httpx.AsyncClient, url: str, content: bytes, job: str) -> None:
        try:
            answer = await client.post(url, content=content, headers={"Content-Type": "application/json"})
        except httpx.HTTPError as trouble:
            self._note(f"callback of {job}: {type(trouble).__name__}")
        else:
            self._note(None if answer.is_success else f"callback of {job}: answered with {answer.status_code}")


def _is_of_this_machine(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
