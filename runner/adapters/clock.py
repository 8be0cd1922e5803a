"""The machine's clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> str:
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        # Whoever awaits has it already; whoever only asks for the time does not wait for it.
        import asyncio

        await asyncio.sleep(seconds)
