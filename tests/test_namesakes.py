"""Which journal a storyboard without an `id` belongs to: the one it began with, whatever becomes of its title."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from paid_production import PaidProduction

from runner.cli import run_command
from runner.sandbox.faults import Fault, FaultScript, Moment, Rule, Word
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

FILM = """\
storyboard: 1
title: {title}
model: kling-v3
shots:
  - {{id: harbour, prompt: "{prompt}"}}
"""


@pytest.fixture
def slow() -> Iterator[Sandbox]:
    rules = (Rule(Moment.CREATE, Fault(Word.SLOW, wait=3.0), times=1),)
    with running_sandbox(SandboxOptions(clips="small", faults=FaultScript(rules))) as sandbox:
        yield sandbox


def test_a_title_edited_after_a_kill_in_the_first_submit_leaves_nothing_behind(tmp_path: Path, slow: Sandbox) -> None:
    film = PaidProduction(tmp_path / "film", tmp_path / "data", "mulerouter", slow)
    board = film.folder / "storyboard.yaml"
    film.write(board.read_text(encoding="utf-8").replace("id: faulted\n", ""))
    film.kill_when(lambda: slow.till()["submits"] > 0)
    assert "production: faulted" in film.lock.read_text(encoding="utf-8")
    film.write(board.read_text(encoding="utf-8").replace("title: Faulted", "title: Another title"))
    ran = film.run()
    assert ran.code == 4
    assert "`framechain resolve" in ran.told
    assert slow.till()["twice"] == 0


def film(folder: Path, *, title: str = "Twins", prompt: str = "A harbour.") -> Path:
    folder.mkdir()
    (folder / "storyboard.yaml").write_text(FILM.format(title=title, prompt=prompt), encoding="utf-8")
    return folder


def test_another_film_of_the_same_title_is_not_taken_for_the_first(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second = film(tmp_path / "first"), film(tmp_path / "second", prompt="Something else.")
    assert run_command(["run", str(first)]) == 0
    capfd.readouterr()
    assert run_command(["run", str(second)]) == 2
    told = capfd.readouterr().err
    assert "id-shared" in told
    assert str(first / "storyboard.yaml") in told
    assert not (second / "storyboard.lock").exists()
    board = second / "storyboard.yaml"
    board.write_text(board.read_text(encoding="utf-8") + "id: second\n", encoding="utf-8")
    assert run_command(["run", str(second)]) == 0
    assert run_command(["run", str(first)]) == 0


def test_a_copy_with_the_lock_or_a_written_id_is_the_same_production(tmp_path: Path) -> None:
    first = film(tmp_path / "first")
    assert run_command(["run", str(first)]) == 0
    shutil.copytree(first, tmp_path / "worktree")
    assert run_command(["run", str(tmp_path / "worktree")]) == 0
    third = film(tmp_path / "third")
    assert run_command(["run", str(third)]) == 2
    board = third / "storyboard.yaml"
    board.write_text(board.read_text(encoding="utf-8") + "id: twins\n", encoding="utf-8")
    assert run_command(["run", str(third)]) == 0


def test_a_production_that_was_moved_or_lost_its_lock_is_still_itself(tmp_path: Path) -> None:
    first = film(tmp_path / "first")
    assert run_command(["run", str(first)]) == 0
    (first / "storyboard.lock").unlink()
    assert run_command(["run", str(first)]) == 0
    (first / "storyboard.lock").unlink()
    shutil.move(first, tmp_path / "moved")
    assert run_command(["run", str(tmp_path / "moved")]) == 0
    film(tmp_path / "first")
    assert run_command(["run", str(tmp_path / "first")]) == 2


def test_a_run_nobody_agreed_to_leaves_no_lock(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = film(tmp_path / "film")
    endpoint = ["--provider", "mulerouter", "--endpoint", "mulerouter=http://127.0.0.1:9"]
    assert run_command(["run", str(folder), *endpoint]) != 0
    assert "no-go-ahead" in capfd.readouterr().err
    assert not (folder / "storyboard.lock").exists()


def test_what_a_manifest_sends_no_name_with_cannot_be_trusted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = film(tmp_path / "film")
    board = folder / "storyboard.yaml"
    for name, code in (("mulerouter", 2), ("kkiai", 0), ("kling", 0)):
        board.write_text(FILM.format(title="Twins", prompt="A harbour.") + f"trust_guard: {name}\n", encoding="utf-8")
        capfd.readouterr()
        assert run_command(["check", str(folder), "--json"]) == code
        told = json.loads(capfd.readouterr().out)["diagnostics"]
        assert [(one["code"], one["line"]) for one in told] == ([("field-not-supported", 6)] if code else [])
