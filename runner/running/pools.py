"""How many jobs run at once, and who goes first: the one on which the longest way to the film's end hangs."""

import asyncio
import heapq
from itertools import count

# So many are taken before one more at a time is tried again.
_WITHOUT_COMPLAINT = 10


class Pool:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._most = limit
        # Taken without a complaint since the limit was changed.
        self._taken = 0
        self._running = 0
        self._is_closed = False
        self._waiting: list[tuple[float, int, asyncio.Future[bool]]] = []
        self._order = count()

    @property
    def limit(self) -> int:
        return self._limit

    @property
    def running(self) -> int:
        return self._running

    async def enter(self, weight: float) -> bool:
        """Waits for a place; False when the pool was closed meanwhile and there is none to be had."""
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        heapq.heappush(self._waiting, (-weight, next(self._order), place))
        # Not at once, so that all who become ready in the same moment are compared.
        loop.call_soon(self._admit)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self.leave()
            raise

    def occupy(self) -> None:
        """For a job that runs already: it has its place, whatever the limit."""
        self._running += 1

    def leave(self) -> None:
        self._running -= 1
        self._admit()

    def shrink(self) -> None:
        """Someone who had entered was turned away for being one too many."""
        self._limit = max(1, min(self._limit, self._running - 1))
        self._taken = 0

    def grow(self) -> None:
        """Someone was taken: after a good while without complaint one more is tried, up to the first limit."""
        if self._limit == self._most:
            return
        self._taken += 1
        if self._taken >= max(_WITHOUT_COMPLAINT, self._limit):
            self._limit += 1
            self._taken = 0
            self._admit()

    def close(self) -> None:
        self._is_closed = True
        self._admit()

    def _admit(self) -> None:
        while self._waiting and (self._is_closed or self._running < self._limit):
            place = heapq.heappop(self._waiting)[2]
            if not place.done():
                self._running += not self._is_closed
                place.set_result(not self._is_closed)


class Slot:
    """One job's place in the pool: taken at most once at a time, let go at most once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._is_held = False

    async def enter(self, weight: float) -> bool:
        if not self._is_held:
            self._is_held = await self._pool.enter(weight)
        return self._is_held

    def occupy(self) -> None:
        if not self._is_held:
            self._pool.occupy()
            self._is_held = True

    def leave(self) -> None:
        if self._is_held:
            self._is_held = False
            self._pool.leave()
