"""What a disk, a signal or somebody else's hand does to a run: told in words, and nothing that was made is lost."""

import errno
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from runner import api
from runner.adapters.journal import _read_settled_rows
from runner.cli import run_command
from runner.cli.troubles import diagnostics_of
from runner.core.errors import QuestionOpen

TWO_SHOTS = """\
storyboard: 1
id: two
title: Two
model: kling-v3
defaults: {duration: 3, aspect_ratio: "1:1", sound: off}
shots:
  - {id: harbour, prompt: A harbour.}
  - {id: climb, from: harbour, prompt: The stairs.}
"""


class EditsOnTheWay:
    """Leaves the storyboard half written while the run is at its first shot."""

    def __init__(self, storyboard: Path) -> None:
        self.storyboard = storyboard

    def started(self, shots: Sequence[str]) -> None:
        del shots
        self.storyboard.write_text("storyboard: [", encoding="utf-8")

    def shot(self, shot: str, state: str, detail: str = "") -> None:
        pass

    def said(self, text: str) -> None:
        pass

    def ended(self) -> None:
        pass


@pytest.fixture
def production(tmp_path: Path) -> Path:
    (tmp_path / "storyboard.yaml").write_text(TWO_SHOTS, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_clips_that_cannot_be_shown_are_made_and_counted_all_the_same(
    production: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (production / "out").write_text("in the way", encoding="utf-8")
    assert run_command(["run", str(production)]) == 1
    told = capsys.readouterr()
    assert "2 shots made" in told.out
    assert "error[file-unwritable]" in told.err
    (production / "out").unlink()
    assert run_command(["run", str(production)]) == 0
    assert "nothing to make" in capsys.readouterr().out
    assert (production / "out" / "film.mp4").is_file()


def test_a_lock_that_cannot_be_written_is_told_before_anything_is_sent(
    production: Path, data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (production / ".storyboard.lock.partial").mkdir()
    assert run_command(["run", str(production)]) == 1
    assert ".storyboard.lock.partial` cannot be written" in capsys.readouterr().err
    assert list((data_folder / "productions" / "two").glob("animatic/*")) == []


def test_a_data_folder_that_cannot_be_made_is_no_bug_of_ours(
    production: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = production / "home"
    home.write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("FRAMECHAIN_HOME", str(home))
    assert run_command(["plan", str(production)]) == 0
    assert run_command(["run", str(production)]) == 1
    assert "error[file-unwritable]" in capsys.readouterr().err


def test_of_a_copy_that_failed_the_copy_is_named() -> None:
    refusal = OSError(errno.ENOSPC, "No space left on device", "takes/one.mp4", None, "out/one.mp4")
    (told,) = diagnostics_of(refusal)
    assert told.message == "`out/one.mp4` cannot be written: no space left on device"


@pytest.mark.slow
def test_a_damaged_take_is_named_when_the_film_cannot_be_cut(
    production: Path, data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", str(production)]) == 0
    for clip in (data_folder / "productions" / "two" / "takes").rglob("*.mp4"):
        clip.write_bytes(b"")
    (production / "out" / "film.mp4").unlink()
    assert run_command(["cut", str(production)]) == 1
    assert "error[take-damaged]: the take of `harbour` is damaged" in capsys.readouterr().err


@pytest.mark.slow
def test_a_storyboard_edited_on_the_way_does_not_cost_the_film_that_was_made(production: Path) -> None:
    storyboard = production / "storyboard.yaml"
    ran = api.run(api.Target(production), api.RunChoices(), EditsOnTheWay(storyboard), lambda _planned, _costs: True)
    assert ran.trouble is None
    assert ran.film == production / "out" / "film.mp4"


@pytest.mark.slow
def test_a_termination_outside_the_making_ends_in_words(production: Path) -> None:
    program = (
        "import os, signal, runner.api\n"
        "from runner.cli import main\n"
        "runner.api.check = lambda target: os.kill(os.getpid(), signal.SIGTERM)\n"
        "main(['check'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=production, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")


@pytest.mark.slow
def test_a_run_leaves_the_way_signals_are_answered_as_it_found_it(production: Path) -> None:
    def answer(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, answer)
    try:
        assert run_command(["run", str(production)]) == 0
        assert signal.getsignal(signal.SIGTERM) is answer
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
def test_a_journal_on_a_disk_without_writes_is_read_as_it_stands_unless_entries_wait_beside_it(
    production: Path, data_folder: Path
) -> None:
    assert run_command(["run", str(production)]) == 0
    path = data_folder / "productions" / "two" / "journal.sqlite3"
    refusal = OSError("unable to open database file")
    assert len(_read_settled_rows(path, refusal)) == 8
    path.with_name("journal.sqlite3-wal").write_bytes(b"entries")
    with pytest.raises(QuestionOpen, match="the journal cannot be read"):
        _read_settled_rows(path, refusal)


@pytest.mark.slow
def test_own_footage_that_was_lost_gives_way_when_the_shot_is_asked_for_again(
    production: Path, data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", str(production)]) == 0
    clips = production / "out" / "clips"
    store = data_folder / "productions" / "two" / "takes"
    before = set(store.rglob("*.mp4"))
    footage = production / "footage.mp4"
    footage.write_bytes((clips / "climb" / "v001.mp4").read_bytes() + b"\0\0\0\x08free")
    assert run_command(["adopt", "climb", str(footage), str(production)]) == 0
    for clip in set(store.rglob("*.mp4")) - before:
        clip.unlink()
    assert run_command(["run", str(production)]) == 1
    assert run_command(["run", "--remake", "climb", str(production)]) == 0
    capsys.readouterr()
    assert run_command(["run", str(production)]) == 0
    assert "nothing to make" in capsys.readouterr().out
