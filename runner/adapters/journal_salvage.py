"""What can still be read of a damaged journal: every entry that is what was written, wherever the damage lies.

Nothing is changed here. Putting another journal in its place is the business of `journal_swap`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from runner.adapters.journal import FORMAT, head_path, is_held, prove_whole
from runner.adapters.journal_chain import Head, JournalBroken, Row, in_use, newer, read_head, read_row
from runner.model.journal import Entry

# No entry is shorter on disk, so a file cannot hold more than its length allows.
_LEAST_BYTES = 100


@dataclass(frozen=True, slots=True)
class Salvage:
    # What is wrong with the journal.
    found: str
    # By number, with gaps where nothing could be read.
    entries: tuple[Entry, ...]
    # How many are known to be missing; None where nothing says how many there were.
    missing: int | None


def examine_journal(path: Path) -> Salvage | None:
    """None when it is whole. QuestionOpen for what is no damage: a newer version's, or one that may not be read."""
    try:
        prove_whole(path)
    except JournalBroken as broken:
        head = _head_of(path)
        entries = tuple(_read_sound(path, head))
        missing = None if head is None else max(0, head.number - sum(one.number <= head.number for one in entries))
        return Salvage(broken.found, entries, missing)
    return None


def _head_of(path: Path) -> Head | None:
    try:
        return read_head(head_path(path))
    except JournalBroken:
        return None


def _read_sound(path: Path, head: Head | None) -> Iterator[Entry]:
    """Rows whose own digest holds. What one of them says stays true when its neighbour is gone."""
    for row in _read_rows(path, head):
        if row.digest == row.own_digest:
            # What cannot be read although it is what was written is of another version, or was never right.
            with suppress(JournalBroken):
                yield read_row(row)


def _read_rows(path: Path, head: Head | None) -> Iterator[Row]:
    if not path.exists():
        return
    most = _size_of(path) // _LEAST_BYTES
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        ) as database:
            database.execute("BEGIN")
            _refuse_newer(database)
            for number in range(1, min(_last_number(database, head), most) + 1):
                row = _read_row(database, number)
                if row is not None:
                    yield row
    except sqlite3.Error as trouble:
        # What cannot be read for a moment is not lost.
        if is_held(trouble):
            raise in_use(str(trouble)) from trouble


def _refuse_newer(database: sqlite3.Connection) -> None:
    found = database.execute("PRAGMA user_version").fetchone()[0]
    if found > FORMAT:
        raise newer(f"its format is {found}, this version knows {FORMAT}")


def _last_number(database: sqlite3.Connection, head: Head | None) -> int:
    """Where its end cannot be found, the head says how far to look, else as far as the file may reach."""
    try:
        last = database.execute("SELECT max(number) FROM entry").fetchone()[0] or 0
    except sqlite3.Error:
        return head.number + 1 if head is not None else 2**31
    # The head may be older than the entries, or the entries older than the head.
    return max(int(last), 0 if head is None else head.number)


def _read_row(database: sqlite3.Connection, number: int) -> Row | None:
    statement = "SELECT number, moment, content, previous, digest FROM entry WHERE number = ?"
    try:
        found = database.execute(statement, (number,)).fetchone()
    except (sqlite3.Error, OverflowError, UnicodeDecodeError):
        return None
    return None if found is None else Row(int(found[0]), *(str(value) for value in found[1:]))


def _size_of(path: Path) -> int:
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)
