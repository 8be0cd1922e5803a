"""The sandbox as a server on loopback: every gateway's interface on one port, the books beside them.

`running_sandbox` is for tests and other programs, `serve` for the command; `build_app` is what both serve.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Final

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from runner.sandbox.clips import ClipMaker
from runner.sandbox.desk import Desk
from runner.sandbox.links import PATH
from runner.sandbox.options import SandboxOptions
from runner.sandbox.small_clips import SmallClips
from runner.sandbox.wire import CuttableProtocol

_HOST: Final = "127.0.0.1"
_TICK: Final = 0.02
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that runs, and a way to look into its books."""

    url: str

    def till(self) -> dict[str, Any]:
        return self._get("/till")

    def requests(self) -> list[dict[str, Any]]:
        """Every create call, in order."""
        return self._get("/requests")["requests"]  # type: ignore[no-any-return]  # JSON of our own

    def cut(self) -> int:
        """How many connections were open, and are cut now."""
        answer = httpx.post(f"{self.url}/cut", trust_env=False).raise_for_status()
        return int(answer.json()["cut"])

    def reset(self) -> None:
        httpx.post(f"{self.url}/reset", trust_env=False).raise_for_status()

    def _get(self, path: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}{path}", trust_env=False).raise_for_status()
        return answer.json()  # type: ignore[no-any-return]  # JSON of our own


@contextmanager
def running_sandbox(options: SandboxOptions, animatic: ClipMaker | None = None) -> Iterator[Sandbox]:
    """In a thread of its own. `animatic` makes the clips where the options ask for such."""
    with _bound(options.port) as listening, TemporaryDirectory(prefix="framechain-sandbox-") as folder:
        server = _make_server(build_app(options, Path(folder), animatic))
        thread = Thread(target=server.run, args=([listening],), name="sandbox", daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.002)
        try:
            yield Sandbox(_url_of(listening))
        finally:
            server.should_exit = True
            thread.join()


def serve(
    options: SandboxOptions, animatic: ClipMaker | None = None, started: Callable[[str], None] = lambda _: None
) -> None:
    """Until it is interrupted. `started` is told the address. Raises OSError for a port that is taken."""
    with _bound(options.port) as listening, TemporaryDirectory(prefix="framechain-sandbox-") as folder:
        app = build_app(options, Path(folder), animatic)
        started(_url_of(listening))
        _make_server(app).run([listening])


def build_app(options: SandboxOptions, folder: Path, animatic: ClipMaker | None = None) -> Starlette:
    """Clips are made in `folder`. To be cut, connections must be spoken to by `CuttableProtocol`."""
    if options.clips == "animatic" and animatic is None:
        raise ValueError("no maker of animatic clips was handed over")
    desk = Desk(options, folder, animatic if options.clips == "animatic" and animatic else SmallClips())
    routes = [
        Route("/till", desk.show_till),
        Route("/requests", desk.show_requests),
        Route("/reset", desk.reset, methods=["POST"]),
        Route("/cut", desk.cut_all, methods=["POST"]),
        Route(PATH, desk.send_clip),
        Route("/{path:path}", desk.answer, methods=_METHODS),
    ]
    return Starlette(routes=routes, lifespan=desk.opened)


class _Server(uvicorn.Server):
    """Looks oftener whether it is to stop: a test must not wait for that."""

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            await asyncio.sleep(_TICK)


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_HOST, port))
        listening.listen(512)
        yield listening


def _url_of(listening: socket.socket) -> str:
    return f"http://{_HOST}:{listening.getsockname()[1]}"


def _make_server(app: ASGIApp) -> uvicorn.Server:
    settings = uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="critical",
        access_log=False,
        # Clients that keep a connection must not keep the server.
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    return _Server(settings)
