"""How many jobs run at once, at a gateway and of each model there, and who goes first: the one on which the longest
way to the film's end hangs.

A refusal lowers the number of its model alone: who counts jobs by model refuses no other, and who counts them all
together refuses each model in its turn.
"""

import asyncio
import heapq
from collections.abc import Mapping
from itertools import count
from typing import TypeAlias

# So many are taken before one more at a time is tried again.
_WITHOUT_COMPLAINT = 10

# By weight, then by who came first.
_Waiting: TypeAlias = tuple[float, int, asyncio.Future[bool]]


class _Lane:
    """The places of one model."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.most = limit
        # Taken without a complaint since the limit was changed.
        self.taken = 0
        self.running = 0
        self.waiting: list[_Waiting] = []

    def first(self) -> _Waiting | None:
        """Who would go next; whoever was cancelled meanwhile is forgotten."""
        while self.waiting and self.waiting[0][2].done():
            heapq.heappop(self.waiting)
        return self.waiting[0] if self.waiting else None


class Pool:
    def __init__(self, limit: int, by_model: Mapping[str, int] | None = None) -> None:
        self._limit = limit
        self._by_model = by_model or {}
        self._running = 0
        self._is_closed = False
        self._lanes: dict[str, _Lane] = {}
        self._order = count()

    @property
    def running(self) -> int:
        return self._running

    def limit(self, model: str = "") -> int:
        return self._lane(model).limit

    async def enter(self, weight: float, model: str = "") -> bool:
        """Waits for a place; False when the pool was closed meanwhile and there is none to be had."""
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        heapq.heappush(self._lane(model).waiting, (-weight, next(self._order), place))
        # Not at once, so that all who become ready in the same moment are compared.
        loop.call_soon(self._admit)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self.leave(model)
            raise

    def occupy(self, model: str = "") -> None:
        """For a job that runs already: it has its place, whatever the limit."""
        self._running += 1
        self._lane(model).running += 1

    def leave(self, model: str = "") -> None:
        self._running -= 1
        self._lane(model).running -= 1
        self._admit()

    def shrink(self, model: str = "") -> None:
        """Someone who had entered was turned away for being one too many."""
        lane = self._lane(model)
        lane.limit = max(1, min(lane.limit, lane.running - 1))
        lane.taken = 0

    def grow(self, model: str = "") -> None:
        """Someone was taken: after a good while without complaint one more is tried, up to the first limit."""
        lane = self._lane(model)
        if lane.limit == lane.most:
            return
        lane.taken += 1
        if lane.taken >= max(_WITHOUT_COMPLAINT, lane.limit):
            lane.limit += 1
            lane.taken = 0
            self._admit()

    def close(self) -> None:
        """Nobody enters any more."""
        self._is_closed = True
        self._admit()

    def _lane(self, model: str) -> _Lane:
        lane = self._lanes.get(model)
        if lane is None:
            lane = self._lanes[model] = _Lane(min(self._limit, self._by_model.get(model, self._limit)))
        return lane

    def _admit(self) -> None:
        while (lane := self._next_lane()) is not None:
            place = heapq.heappop(lane.waiting)[2]
            if not self._is_closed:
                self._running += 1
                lane.running += 1
            place.set_result(not self._is_closed)

    def _next_lane(self) -> _Lane | None:
        """Whose first may go now. Who waits for a place of one model holds up no other."""
        if self._running >= self._limit and not self._is_closed:
            return None
        ready = [
            (first, lane)
            for lane in self._lanes.values()
            if (self._is_closed or lane.running < lane.limit) and (first := lane.first()) is not None
        ]
        return min(ready, key=lambda one: one[0][:2])[1] if ready else None


class Slot:
    """One job's place in the pool: taken at most once at a time, let go at most once."""

    def __init__(self, pool: Pool, model: str = "") -> None:
        self._pool = pool
        self._model = model
        self._is_held = False

    async def enter(self, weight: float) -> bool:
        if not self._is_held:
            self._is_held = await self._pool.enter(weight, self._model)
        return self._is_held

    def occupy(self) -> None:
        if not self._is_held:
            self._pool.occupy(self._model)
            self._is_held = True

    def leave(self) -> None:
        if self._is_held:
            self._is_held = False
            self._pool.leave(self._model)
