"""A clock for runs that wait long by their own account and take no time: pauses, polls and limits keep their order."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta


class JumpingClock:
    """Time passes only when somebody sleeps, and then at once, to whoever wakes first."""

    def __init__(self) -> None:
        self.time = 0.0
        self._sleepers: list[float] = []

    def now(self) -> str:
        moment = datetime(2026, 11, 21, 8, 0, tzinfo=UTC) + timedelta(seconds=self.time)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        until = self.time + seconds
        heapq.heappush(self._sleepers, until)
        try:
            while True:
                for _ in range(20):
                    await asyncio.sleep(0)
                if self._sleepers[0] >= until:
                    break
            self.time = max(self.time, until)
        finally:
            self._sleepers.remove(until)
            heapq.heapify(self._sleepers)
