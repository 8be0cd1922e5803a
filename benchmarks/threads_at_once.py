"""Threads for runs on a jumping clock: what would be done in one is done on the spot, and a run is the same each time.

That clock gives whoever is at work a few turns of the loop before it jumps; a thread may need more on a busy machine.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class ThreadsAtOnce(ThreadPoolExecutor):
    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*given, **named))
        except Exception as raised:  # noqa: BLE001  # handed on to who waits for it
            done.set_exception(raised)
        return done
