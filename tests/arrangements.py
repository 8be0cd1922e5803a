"""States of a production that cannot lie in a repository: made just before an invalid example is run."""

import fcntl
import os
import shutil
import sqlite3
import sys
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from runner.adapters.clock import SystemClock
from runner.adapters.journal import SqliteJournal
from runner.cli import run_command
from runner.core.canonical import digest_bytes, digest_value
from runner.model.journal import BecameUncertain, Intended, WasAccepted
from runner.model.request import Key, MakersPart

Arrangement = Callable[[Path, pytest.MonkeyPatch], None]


def arrange(code: str, case: str, production: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrangement = _ARRANGEMENTS.get((code, case))
    if arrangement is not None:
        arrangement(production, monkeypatch)


def _data() -> Path:
    return Path(os.environ["FRAMECHAIN_HOME"]) / "productions" / "example"


def _write_huge(production: Path, _: pytest.MonkeyPatch) -> None:
    with (production / "storyboard.yaml").open("wb") as file:
        file.truncate(100 * 2**20)


def _nest_deeply(production: Path, _: pytest.MonkeyPatch) -> None:
    (production / "storyboard.yaml").write_text("vars: " + "[" * 10_000 + "]" * 10_000 + "\n", encoding="utf-8")


def _link_outside(production: Path, _: pytest.MonkeyPatch) -> None:
    secret = production.parent / "secret.png"
    Image.new("RGB", (400, 400)).save(secret)
    (production / "link.png").symlink_to(secret)


def _draw(width: int, height: int) -> Arrangement:
    def arrangement(production: Path, _: pytest.MonkeyPatch) -> None:
        Image.new("RGB", (width, height), "teal").save(production / "frame.png")

    return arrangement


def _draw_heavily(production: Path, _: pytest.MonkeyPatch) -> None:
    noise = Image.frombytes("RGB", (2000, 2000), os.urandom(2000 * 2000 * 3))
    noise.save(production / "frame.png", compress_level=0)


def _draw_a_bomb(production: Path, _: pytest.MonkeyPatch) -> None:
    """A small PNG that says it is 20,000 pixels square."""
    side = 20_000

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    (production / "frame.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def _fill_the_journal_with_noise(_: Path, __: pytest.MonkeyPatch) -> None:
    _data().mkdir(parents=True)
    (_data() / "journal.sqlite3").write_bytes(b"this was a journal once\n" * 100)


def _write_the_journal_in_a_later_format(_: Path, __: pytest.MonkeyPatch) -> None:
    _data().mkdir(parents=True)
    database = sqlite3.connect(_data() / "journal.sqlite3")
    database.execute("PRAGMA user_version = 99")
    database.close()


def _hold_the_production(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By somebody who has not yet written who they are: a process and a time would be other words each time."""
    _data().mkdir(parents=True)
    descriptor = os.open(_data() / "run.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    HELD.append(descriptor)


def _take_the_speech_away(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.api.production.speech_available", lambda: False)


def _take_the_sandbox_away(_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "runner.sandbox.server", raising=False)


def _make_another_of_the_title(production: Path, _: pytest.MonkeyPatch) -> None:
    shutil.copytree(production, production.parent / "other")
    assert run_command(["run", str(production.parent / "other")]) == 0


def _damage_a_take(production: Path, _: pytest.MonkeyPatch) -> None:
    assert run_command(["run", str(production)]) == 0
    (clip,) = (_data() / "takes").rglob("*.mp4")
    content = bytearray(clip.read_bytes())
    content[len(content) // 2] ^= 1
    clip.write_bytes(content)


def _leave_two_rolls_open(_: Path, __: pytest.MonkeyPatch) -> None:
    with closing(SqliteJournal(_data() / "journal.sqlite3", SystemClock())) as journal:
        for roll in (1, 2):
            journal.append(_intent(roll))
            journal.append(BecameUncertain(f"attempt-{roll}", "the connection broke"))


def _give_the_first_roll_its_job(production: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _leave_two_rolls_open(production, monkeypatch)
    with closing(SqliteJournal(_data() / "journal.sqlite3", SystemClock())) as journal:
        journal.append(WasAccepted("attempt-1", "8f14e45f"))


def _intent(roll: int) -> Intended:
    return Intended(
        attempt=f"attempt-{roll}",
        name=f"fc-{roll}",
        shot="harbour",
        profile=None,
        key=Key(digest_value("key/1", {"roll": roll})),
        makers_part=MakersPart("mulerouter", {}),
        canonical={"medium": "film"},
        roll=roll,
        model="kling-v2.6",
        gateway="mulerouter",
        endpoint="http://127.0.0.1:1",
        account="",
        sandbox=True,
        body=digest_bytes(b""),
        price=None,
        sources={},
    )


# Descriptors of locks held until the example is over.
HELD: list[int] = []

_ARRANGEMENTS: dict[tuple[str, str], Arrangement] = {
    ("answer-for-several", "two-rolls"): _leave_two_rolls_open,
    ("job-taken", "first-roll"): _give_the_first_roll_its_job,
    ("extra-missing", "sandbox"): _take_the_sandbox_away,
    ("file-too-large", "hundred-megabytes"): _write_huge,
    ("too-deep", "ten-thousand"): _nest_deeply,
    ("path-outside", "link"): _link_outside,
    ("picture-too-small", "first-frame"): _draw(200, 150),
    ("picture-ratio", "first-frame"): _draw(1600, 320),
    ("picture-too-heavy", "first-frame"): _draw_heavily,
    ("picture-too-large", "first-frame"): _draw_a_bomb,
    ("id-shared", "same-title"): _make_another_of_the_title,
    ("journal-broken", "noise"): _fill_the_journal_with_noise,
    ("journal-newer", "later-format"): _write_the_journal_in_a_later_format,
    ("run-in-progress", "held"): _hold_the_production,
    ("speech-missing", "extra"): _take_the_speech_away,
    ("take-damaged", "edited"): _damage_a_take,
}
