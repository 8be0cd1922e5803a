"""A gateway's answers in a whole run: whatever stands in them, nothing of it steers, names a file or leads elsewhere.

What each kind of answer means is tested with the rules; here is what becomes of hostile ones on their way through
journal, lock, terminal, page and a pull request's comment.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from studio_manifest import NO_RESOURCES, changed
from test_security_page import EVIL, Owned, assert_only_text, steering

from runner.adapters.journal import read_entries
from runner.cli import run_command
from runner.model.ledger import AttemptState
from runner.planning.ledger import fold

STORYBOARD = """\
storyboard: 1
id: asked
title: Asked
provider: studio
model: loud-2
shots:
  - {id: a, prompt: Sea., duration: 5}
"""
LOOKING = ("check", "plan", "plan --json", "plan --markdown", "status", "status --json", "why a", "takes a", "review")


class Hostile:
    """A gateway that answers as it is told: a create, and everything asked afterwards."""

    def __init__(self) -> None:
        self.create: tuple[int, Any] = (200, {"job": {"id": "job-1"}})
        self.asked: tuple[int, Any] = (200, {"state": "waiting"})
        self.clip: tuple[int, Any] = (404, {})
        self.heard: list[str] = []
        hostile = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self._answer(*hostile.create)

            def do_GET(self) -> None:
                self._answer(*(hostile.clip if self.path.endswith("/clip") else hostile.asked))

            def _answer(self, status: int, body: Any) -> None:
                hostile.heard.append(self.path)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status, "Said")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    gateway = Hostile()
    thread = threading.Thread(target=gateway.server.serve_forever, daemon=True)
    thread.start()
    yield gateway
    gateway.server.shutdown()
    gateway.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """How often is tried again, with growing pauses, is the business of other tests."""
    monkeypatch.setattr("runner.running.delivery._FETCHES", 1)
    monkeypatch.setattr("runner.running.delivery._UNREADABLE_ANSWERS", 1)


@pytest.fixture
def production(tmp_path: Path) -> Path:
    folder = tmp_path / "film"
    (folder / "gateways").mkdir(parents=True)
    # Without a guard, so that a doubt is a question and no second sending.
    manifest = changed(
        NO_RESOURCES,
        ("request: studio-words", "request: none"),
        ("named: proven, found: proven, refused: proven", "named: unknown, found: unknown, refused: unknown"),
    )
    (folder / "gateways" / "studio.yaml").write_text(manifest, encoding="utf-8")
    (folder / "storyboard.yaml").write_text(STORYBOARD, encoding="utf-8")
    return folder


def run(production: Path, hostile: Hostile) -> int:
    endpoint = f"studio={hostile.url}"
    return int(run_command(["run", str(production), "--endpoint", endpoint, "--yes", "--wait", "2"]))


def words_of(command: str, production: Path, hostile: Hostile) -> list[str]:
    name, *arguments = command.split()
    shot = [arguments.pop(0)] if name in {"why", "takes"} else []
    where = ["--endpoint", f"studio={hostile.url}"]
    return [name, *shot, str(production), *arguments, *where]


def state_of(data_folder: Path) -> AttemptState:
    entries = read_entries(data_folder / "productions" / "asked" / "journal.sqlite3")
    return list(fold(entries).attempts.values())[-1].state


REFUSED = (400, {"error": {"message": EVIL, "code": EVIL}})
FAILED = (200, {"state": "failed", "error": {"message": EVIL, "code": EVIL}})


@pytest.mark.parametrize(
    ("create", "asked", "state"),
    [
        (REFUSED, (200, {}), AttemptState.REJECTED),
        ((500, {"message": EVIL}), (200, {}), AttemptState.UNCERTAIN),
        ((200, {"job": {"id": EVIL}}), (200, {}), AttemptState.UNCERTAIN),
        ((200, {"job": {"id": "../../../etc/passwd"}}), (200, {}), AttemptState.UNCERTAIN),
        ((200, {"job": {"id": "x" * 100_000}}), (200, {}), AttemptState.UNCERTAIN),
        ((200, b"[" * 200_000), (200, {}), AttemptState.UNCERTAIN),
        ((200, b'{"job": {"id": ' + b"9" * 100_000 + b"}}"), (200, {}), AttemptState.UNCERTAIN),
        ((200, b'{"job": {"id": NaN}}'), (200, {}), AttemptState.UNCERTAIN),
        ((200, {"job": {"id": "job-1"}}), FAILED, AttemptState.FAILED),
        ((200, {"job": {"id": "job-1"}}), (200, {"state": EVIL}), AttemptState.ACCEPTED),
    ],
)
def test_no_word_of_an_answer_is_obeyed_wherever_it_is_shown(
    production: Path,
    data_folder: Path,
    hostile: Hostile,
    capsys: pytest.CaptureFixture[str],
    create: tuple[int, Any],
    asked: tuple[int, Any],
    state: AttemptState,
) -> None:
    hostile.create, hostile.asked = create, asked
    assert run(production, hostile) in {1, 4}
    assert state_of(data_folder) is state
    printed = capsys.readouterr()
    assert steering(printed.out + printed.err) == set()
    for command in LOOKING:
        assert run_command(words_of(command, production, hostile)) in {0, 2}, command
        printed = capsys.readouterr()
        assert steering(printed.out + printed.err) == set(), command
        assert "\nerror[" not in printed.out, command
        if command == "plan --markdown":
            assert_only_text(printed.out)
    page = Owned((production / "out" / "review.html").read_text(encoding="utf-8"))
    assert (page.tags.count("script"), page.tags.count("style"), page.tags.count("img")) == (1, 1, 1)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    for path in (production / "storyboard.lock", *data_folder.rglob("*.sqlite3*")):
        assert not path.exists() or b"\x1b[2J" not in path.read_bytes()


@pytest.mark.parametrize(
    "link",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/clip.mp4",
        "javascript:alert(1)",
        "http://user:password@127.0.0.1:9/clip.mp4",
        "http://169.254.169.254/latest/meta-data",
        "http://[fd00:ec2::254]/latest",
        "http://0x7f000001:9/clip.mp4\x1b[2J",
        "//etc/passwd",
        "/etc/passwd",
        "../../../../etc/passwd",
        EVIL,
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed_and_the_job_is_kept(
    production: Path, data_folder: Path, hostile: Hostile, capsys: pytest.CaptureFixture[str], link: str
) -> None:
    hostile.asked = (200, {"state": "done", "units": 1})
    hostile.clip = (200, {"clips": [{"url": link}]})
    assert run(production, hostile) == 1
    assert state_of(data_folder) in {AttemptState.ACCEPTED, AttemptState.SUCCEEDED}
    printed = capsys.readouterr()
    assert steering(printed.out + printed.err) == set()
    assert "root:" not in printed.out + printed.err
    assert not list((data_folder / "productions" / "asked").rglob("*.mp4"))
    assert not [path for path in hostile.heard if "passwd" in path]


def test_what_a_gateway_calls_its_clip_names_no_file(production: Path, data_folder: Path, hostile: Hostile) -> None:
    """Names are ours: of a clip only its bytes count."""
    hostile.asked = (200, {"state": "done", "units": "1e999999", "name": "../../../owned.mp4"})
    hostile.clip = (200, {"clips": [{"url": f"{hostile.url}/../../../owned.mp4", "filename": "../owned.mp4"}]})
    assert run(production, hostile) == 1
    for folder in (production, production.parent, data_folder):
        assert not list(folder.rglob("*owned*"))
