"""How long to wait before asking again, waiting that ends when the run is told to stop, and calls no Ctrl-C tears."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from runner.model.outside import Clock

Answer = TypeVar("Answer")


def grow_pause(tries: int, first: float = 1.0, most: float = 60.0) -> float:
    """Twice as long each time. Without chance in it: a run is alone with its provider."""
    return min(most, first * 2.0 ** min(tries, 16))


def poll_pause(waited: float, *, is_free: bool) -> float:
    """Often at first, then by what has passed already: a job of ten minutes need not be known to the second."""
    first, most = (0.05, 1.0) if is_free else (2.0, 15.0)
    return min(most, max(first, waited / 6))


async def pause(seconds: float, clock: Clock, stop: asyncio.Event) -> bool:
    """True when the time has passed, False when the run is to stop."""
    if stop.is_set():
        return False
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiting in (sleeping, stopping):
            waiting.cancel()
    return not stop.is_set()


async def finish_call(call: Coroutine[Any, Any, Answer], stop: asyncio.Event) -> tuple[Answer, bool]:
    """The answer of a call that may cost money, and whether a cancellation waits to be passed on.

    A cancellation that comes first is held back until the answer is here. One that comes when the run has been told to
    stop already, or a second one, cuts the call.
    """
    calling = asyncio.ensure_future(call)
    try:
        return await asyncio.shield(calling), False
    except asyncio.CancelledError:
        if calling.done() and not calling.cancelled():
            return calling.result(), True
        if calling.cancelled() or stop.is_set():
            calling.cancel()
            raise
    stop.set()
    return await calling, True
