"""The made-up gateway of docs/providers.md, as its documentation there describes it: a small server on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from runner.sandbox.dialect import Wanted
from runner.sandbox.small_clips import SmallClips


@dataclass(slots=True)
class Lantern:
    folder: Path
    url: str = ""
    # Every body it was sent, and the keys it was shown.
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    # Takes the next clip, and hangs up without a word.
    hangs_up: bool = False

    def clip(self, number: int) -> dict[str, str]:
        return {"id": f"clip-{number}", "state": "done", "file": f"{self.url}/files/{number}.mp4"}

    def numbers_of(self, tag: str) -> list[int]:
        return [number for number, body in enumerate(self.bodies) if body["tag"] == tag]

    def film(self, number: int) -> bytes:
        file = self.folder / f"{number}.mp4"
        if not file.is_file():
            SmallClips().make(Wanted("video", Decimal(0), seconds=int(self.bodies[number]["seconds"])), file)
        return file.read_bytes()


@contextmanager
def lantern_lit(folder: Path) -> Iterator[Lantern]:
    lantern = Lantern(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(lantern))
    lantern.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield lantern
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(lantern: Lantern) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            lantern.keys.append(self.headers["X-Lantern-Key"])
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if lantern.numbers_of(body["tag"]):
                self._say(409, {"error": {"name": "tag-taken", "text": "there is a clip under this tag"}})
                return
            lantern.bodies.append(body)
            if lantern.hangs_up:
                lantern.hangs_up = False
                self.close_connection = True
                return
            self._say(201, {"clip": {"id": f"clip-{len(lantern.bodies) - 1}"}})

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path.startswith("/files/"):
                self._send(200, lantern.film(int(Path(parts.path).stem)), "video/mp4")
            elif parts.path == "/v1/clips":
                numbers = lantern.numbers_of(parse_qs(parts.query)["tag"][0])
                self._say(200, {"clips": [lantern.clip(number) for number in numbers]})
            else:
                self._say(200, {"clip": lantern.clip(int(parts.path.rpartition("-")[2]))})

        def _say(self, status: int, body: Any) -> None:
            self._send(status, json.dumps(body).encode(), "application/json")

        def _send(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """A test needs no log."""

    return Handler
