"""How long to wait before asking again, waiting that ends when the run is told to stop, calls no Ctrl-C tears, and work
that is left by nobody before it has ended.
"""

import asyncio
import hashlib
import math
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from runner.model.outside import Clock

Answer = TypeVar("Answer")

# Between two questions about a paid job, in seconds.
_LEAST_PAUSE: Final = 2.0
_MOST_PAUSE: Final = 15.0
# The part of the expected time after which a job may well have ended.
_NEAR_ITS_END: Final = 0.6
# Where many jobs can be asked about at once, they are asked about at such moments.
_TICK: Final = 2.0


def grow_pause(tries: int, first: float = 1.0, most: float = 60.0) -> float:
    """Twice as long each time."""
    return min(most, first * 2.0 ** min(tries, 16))


def spread(seconds: float, who: str) -> float:
    """Up to a quarter longer, for each a little otherwise, so that those refused together do not come back together.

    Drawn from a name and not by chance: the same run waits the same.
    """
    return seconds * (1.0 + hashlib.sha256(who.encode()).digest()[0] / 1024)


def poll_pause(waited: float, expected: float | None, *, is_free: bool) -> float:
    """Seconds until a job is asked about again: often at first, then the more seldom the longer it has taken.

    Where it is known how long such a job usually takes, seldom before most of that has passed, and evenly around it.
    """
    if is_free:
        return min(1.0, max(0.05, waited / 6))
    usual = min(_MOST_PAUSE, max(_LEAST_PAUSE, waited / 6))
    if expected is None or waited >= expected:
        return usual
    near = expected * _NEAR_ITS_END
    if waited < near:
        return min(max(_LEAST_PAUSE, waited), max(_LEAST_PAUSE, near - waited))
    return min(_MOST_PAUSE, max(_LEAST_PAUSE, expected / 12))


def meet_tick(seconds: float, now: float) -> float:
    """A little longer, until a moment at which others are due as well: one question is enough for many jobs then."""
    tick = _TICK if seconds < 4 * _TICK else 2 * _TICK
    return math.ceil((now + seconds) / tick - 1e-9) * tick - now


@dataclass(slots=True)
class PollHold:
    """A gateway that asks to be asked later is asked about no job until then."""

    _until: float = field(default=0.0)

    def hold(self, seconds: float, now: float) -> None:
        self._until = max(self._until, now + seconds)

    def seconds_to_wait(self, now: float) -> float:
        return max(0.0, self._until - now)


async def pause(seconds: float, clock: Clock, *ends: asyncio.Event) -> bool:
    """True when the time has passed, False when one of these has come before."""
    if any(end.is_set() for end in ends):
        return False
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    ending = [asyncio.ensure_future(end.wait()) for end in ends]
    try:
        await asyncio.wait({sleeping, *ending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiting in (sleeping, *ending):
            waiting.cancel()
    return not any(end.is_set() for end in ends)


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
    # Not told to `stop` by this: others that are under way are cancelled in the same moment, and held back as well.
    return await calling, True


async def do_all(*works: Coroutine[Any, Any, Answer]) -> list[Answer]:
    """At once. Where one of them breaks, the answers the others are owed have come too before that is raised."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
    return [task.result() for task in tasks]


async def do_for_all(promise: "asyncio.Future[Answer]", work: Coroutine[Any, Any, Answer]) -> Answer:
    """By who asks first, within its own task, so that it ends when the run does; who asks later awaits the promise."""
    try:
        answer = await work
    except BaseException:
        # Whoever waits for it is about to be cancelled for the same reason.
        promise.cancel()
        raise
    promise.set_result(answer)
    return answer
