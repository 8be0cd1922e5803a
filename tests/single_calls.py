"""One call to a server on this machine that answers as a test wants."""

from collections.abc import Callable

from http_bench import QUICK, Received, Reply, in_loop, send, serving

from runner.adapters.http.client import Client, TimeLimits

MARKED_KEY = "sk-marked-key-0123456789"


def answer_with(*replies: Reply) -> Callable[[Received], Reply]:
    """In turn; the last one again and again."""
    left = list(replies)
    return lambda received: left.pop(0) if len(left) > 1 else left[0]


def sent_to(given: Reply, *, limits: TimeLimits = QUICK) -> tuple[object, list[Received]]:
    async def call() -> tuple[object, list[Received]]:
        async with serving(lambda received: given) as server:
            return await send(server.url, client=Client(limits)), server.received

    return in_loop(call())
