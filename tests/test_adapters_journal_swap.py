"""A rebuilt journal takes the place of a damaged one in steps; a kill between any two of them costs nothing."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jumping_clock import JumpingClock

from runner.adapters.journal import SqliteJournal, head_path, read_entries
from runner.adapters.journal_chain import JournalBroken
from runner.adapters.journal_salvage import examine_journal
from runner.adapters.journal_swap import finish_swap, replace_journal
from runner.core.errors import QuestionOpen
from runner.model.journal import Entry, WasAccepted
from runner.planning.ledger import keep_fitting

ADDED = WasAccepted("000009-abc", "found")
# Whatever makes a step durable, moves a name or removes one.
CALLS = ("fsync", "replace", "unlink", "mkdir", "rmdir")


class Died(BaseException):
    """As a killed process: nobody catches it."""


def write_journal(folder: Path, count: int) -> Path:
    path = folder / "journal.sqlite3"
    journal = SqliteJournal(path, JumpingClock())
    for number in range(count):
        journal.append(WasAccepted(f"{number:06}-abc", f"job-{number}"))
    journal.close()
    return path


def break_journal(path: Path) -> None:
    """Its log and its head as they were, its database cut."""
    with path.open("r+b") as file:
        file.truncate(5000)
    path.with_name("journal.sqlite3-wal").write_bytes(b"log")


def rebuild(path: Path) -> None:
    """As `resolve --journal` does."""
    finish_swap(path)
    salvage = examine_journal(path)
    if salvage is not None:
        replace_journal(path, [*salvage.entries, Entry(0, "2026-11-21T10:00:00.000Z", ADDED)])


def die(*_: object) -> None:
    raise Died


def die_at(number: int, patch: pytest.MonkeyPatch, *, is_after: bool) -> None:
    done = [0]

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            done[0] += 1
            if done[0] != number:
                return call(*arguments, **options)
            if is_after:
                with suppress(OSError):
                    call(*arguments, **options)
            raise Died

        return counted

    for name in CALLS:
        patch.setattr(os, name, dying(getattr(os, name)))


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_a_kill_at_any_step_leaves_it_told_or_rebuilt_and_the_next_one_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_after: bool
) -> None:
    steps = 0
    while True:
        steps += 1
        path = write_journal(tmp_path / str(steps), 4)
        break_journal(path)
        before = {name: (path.parent / name).read_bytes() for name in ("journal.sqlite3", "journal.sqlite3-wal")}
        old_head = head_path(path).read_bytes()
        with monkeypatch.context() as patch:
            die_at(steps, patch, is_after=is_after)
            try:
                rebuild(path)
            except Died:
                is_killed = True
            else:
                is_killed = False
        if is_killed:
            try:
                assert read_entries(path)[-1].event == ADDED
            except JournalBroken:
                rebuild(path)
        assert read_entries(path)[-1].event == ADDED
        SqliteJournal(path, JumpingClock()).close()
        (kept,) = path.parent.glob("journal.kept-*")
        assert {name: (kept / name).read_bytes() for name in before} == before
        assert (kept / "journal.head").read_bytes() == old_head
        assert not (kept / "rebuilt.sqlite3").exists()
        if not is_killed:
            break
    assert steps > 12


def test_a_second_loss_keeps_what_the_first_one_kept(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 4)
    for number in (1, 2):
        break_journal(path)
        rebuild(path)
        assert (tmp_path / f"journal.kept-{number}" / "journal.sqlite3").exists()


def test_a_head_of_another_time_does_not_make_a_half_built_journal_the_right_one(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 4)
    aside = tmp_path / "journal.kept-1"
    aside.mkdir()
    shutil.copy(path, aside / "rebuilt.sqlite3")
    database = sqlite3.connect(aside / "rebuilt.sqlite3")
    database.executescript("DROP TRIGGER entries_stay; DELETE FROM entry WHERE number > 2")
    database.close()
    assert finish_swap(path) is None
    assert len(read_entries(path)) == 4
    assert not aside.exists()


def test_what_somebody_packed_up_beside_it_is_no_journal_that_was_kept(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 4)
    packed = tmp_path / "journal.kept-1.zip"
    packed.write_bytes(b"packed")
    break_journal(path)
    rebuild(path)
    assert read_entries(path)[-1].event == ADDED
    assert packed.read_bytes() == b"packed"


def test_a_new_one_that_another_program_holds_is_not_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_journal(tmp_path, 4)
    break_journal(path)
    with monkeypatch.context() as patch:
        patch.setattr("runner.adapters.journal_swap._exchange", die)
        with pytest.raises(Died):
            rebuild(path)
    new = tmp_path / "journal.kept-1" / "rebuilt.sqlite3"
    backup = sqlite3.connect(new, isolation_level=None)
    backup.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.05))
    with pytest.raises(QuestionOpen, match="held by another program"):
        finish_swap(path)
    assert new.exists()
    backup.execute("ROLLBACK")
    backup.close()
    assert finish_swap(path) == new.parent
    assert read_entries(path)[-1].event == ADDED


# --- what is left of it


def change_rows(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.executescript(f"DROP TRIGGER entries_stay; DROP TRIGGER entries_stand; {statement}; VACUUM")
    database.close()


@pytest.mark.parametrize(
    ("statement", "left", "missing"),
    [
        ("UPDATE entry SET content = 'x' WHERE number = 2", [1, 3, 4, 5], 1),
        ("DELETE FROM entry WHERE number IN (1, 4)", [2, 3, 5], 2),
        ("DELETE FROM entry WHERE number > 3", [1, 2, 3], 2),
        ("DROP TABLE entry", [], 5),
    ],
)
def test_every_entry_that_is_what_was_written_is_left(
    tmp_path: Path, statement: str, left: list[int], missing: int
) -> None:
    path = write_journal(tmp_path, 5)
    change_rows(path, statement)
    salvage = examine_journal(path)
    assert salvage is not None
    assert [entry.number for entry in salvage.entries] == left
    assert salvage.missing == missing


def test_nothing_is_given_up_that_another_program_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_journal(tmp_path, 5)
    head_path(path).write_bytes(b"damaged")
    viewer = sqlite3.connect(path, isolation_level=None)
    viewer.executescript("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE other (one)")
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.05))
    with pytest.raises(QuestionOpen, match="held by another program"):
        examine_journal(path)
    viewer.execute("ROLLBACK")
    viewer.close()
    salvage = examine_journal(path)
    assert salvage is not None
    assert len(salvage.entries) == 5


def test_without_a_head_nobody_says_how_much_is_missing(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 5)
    head_path(path).unlink()
    salvage = examine_journal(path)
    assert salvage is not None
    assert (len(salvage.entries), salvage.missing) == (5, None)


def test_pages_that_cannot_be_written_are_damage_though_every_entry_can_be_read(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 5)
    assert examine_journal(path) is None
    content = bytearray(path.read_bytes())
    # The count of free pages in the file's header: 99 are not there.
    content[36:40] = (99).to_bytes(4, "big")
    path.write_bytes(content)
    assert len(read_entries(path)) == 5
    salvage = examine_journal(path)
    assert salvage is not None
    assert len(salvage.entries) == 5


def test_an_event_whose_intent_was_lost_is_left_out(tmp_path: Path) -> None:
    entries = [Entry(1, "", ADDED)]
    assert keep_fitting(entries) == ()


def test_a_newer_entry_in_a_damaged_journal_is_not_thrown_away(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 2)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 7")
    database.close()
    head_path(path).unlink()
    with pytest.raises(QuestionOpen, match="newer version"):
        examine_journal(path)
