"""The journal in an SQLite file: append-only, each entry on disk before `append` returns.

What makes a damaged journal show is in `journal_chain`, how an event is spelled in `journal_codec`. There is one writer
at a time (who holds the run lock); reading needs no lock.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from runner.adapters.durable import make_folder, sync_folder
from runner.adapters.journal_chain import (
    Head,
    Row,
    broken,
    in_use,
    link_row,
    newer,
    read_head,
    unreadable,
    unwritable,
    verify_head,
    verify_rows,
    write_head,
)
from runner.adapters.journal_codec import encode_event
from runner.core.errors import QuestionOpen
from runner.model.journal import Entry, Event
from runner.model.outside import Clock

FORMAT: Final = 1
_REFUSALS: Final = frozenset(
    {sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
)
_HELD: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
TABLE: Final = """
CREATE TABLE entry (
    number INTEGER PRIMARY KEY,
    moment TEXT NOT NULL,
    content TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL
);
CREATE TRIGGER entries_stay BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER entries_stand BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""


class SqliteJournal:
    """Opening proves it whole, or raises QuestionOpen before anything is changed."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._head_path = head_path(path)
        rows, entries = _read(path, writer=True)
        self._entries = list(entries)
        self._head = Head(rows[-1].number, rows[-1].digest) if rows else Head()
        # What the file beside it says; behind after a kill between an entry and its head.
        self._written = read_head(self._head_path) or Head()
        make_folder(path.parent)
        try:
            self._database = _open_writing(path)
        except sqlite3.Error as trouble:
            raise _blame(trouble, unwritable) from trouble
        sync_folder(path.parent)

    def append(self, event: Event) -> Entry:
        row = link_row(self._head, self._clock.now(), encode_event(event))
        try:
            self._repair_head()
            with self._database:
                self._database.execute(
                    "INSERT INTO entry VALUES (?, ?, ?, ?, ?)",
                    (row.number, row.moment, row.content, row.previous, row.digest),
                )
            self._head = Head(row.number, row.digest)
            entry = Entry(row.number, row.moment, event)
            self._entries.append(entry)
            self._repair_head()
        except (sqlite3.Error, OSError) as trouble:
            if is_held(trouble):
                raise in_use(str(trouble)) from trouble
            raise (broken if _is_damage(trouble) else unwritable)(_say(trouble)) from trouble
        return entry

    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    def close(self) -> None:
        self._database.close()

    def _repair_head(self) -> None:
        """Never more than one entry behind: an older one would look like a mixture of two journals."""
        if self._written != self._head:
            write_head(self._head_path, self._head)
            self._written = self._head


def read_entries(path: Path) -> tuple[Entry, ...]:
    """What the journal holds, none when there is no journal; nothing is created or repaired."""
    return _read(path, writer=False)[1]


def prove_whole(path: Path) -> None:
    """QuestionOpen where a run would not go on with it: more than a reader asks, and nothing is created or repaired."""
    _read(path, writer=True)
    if path.exists():
        _check_pages(path)


def head_path(path: Path) -> Path:
    """Beside the database, under its name."""
    return path.with_name(f"{path.stem}.head")


def _read(path: Path, *, writer: bool) -> tuple[list[Row], tuple[Entry, ...]]:
    # The head first: what is written meanwhile makes the database longer, never shorter than this head.
    head = read_head(head_path(path))
    rows = _read_rows(path)
    entries = verify_rows(rows)
    verify_head(head, rows, writer=writer)
    return rows, entries


def _read_rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as trouble:
        raise broken(str(trouble)) from trouble
    try:
        return _select_rows(database)
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as trouble:
        if not _is_refusal(trouble):
            raise _blame(trouble, unreadable) from trouble
        return _read_settled_rows(path, trouble)
    finally:
        database.close()


def _read_settled_rows(path: Path, refusal: Exception) -> list[Row]:
    """On a disk that takes no writes SQLite cannot share the file; nobody writes there, so it is read as it stands."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise unreadable(f"{refusal}, and its last entries wait in `{log.name}`") from refusal
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
        try:
            return _select_rows(database)
        finally:
            database.close()
    except sqlite3.Error as trouble:
        raise _blame(trouble, unreadable) from trouble


def _blame(trouble: Exception, refused: Callable[[str], QuestionOpen]) -> QuestionOpen:
    if is_held(trouble):
        return in_use(str(trouble))
    return (refused if _is_refusal(trouble) else broken)(str(trouble))


def is_held(trouble: Exception) -> bool:
    """True when another program keeps the file to itself, which says nothing of what it holds."""
    return _kind_of(trouble) in _HELD


def _is_refusal(trouble: Exception) -> bool:
    """True when the system refused, whatever the file holds."""
    return _kind_of(trouble) in _REFUSALS


def _is_damage(trouble: Exception) -> bool:
    return _kind_of(trouble) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _kind_of(trouble: Exception) -> int:
    # Of the extended codes, the lowest byte is the kind.
    return int(getattr(trouble, "sqlite_errorcode", 0)) & 0xFF


def _check_pages(path: Path) -> None:
    """Rows that can be read may stand beside pages that cannot be written."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            said = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as trouble:
        raise _blame(trouble, unreadable) from trouble
    if said != "ok":
        raise broken(said.splitlines()[-1].lower())


def _say(trouble: sqlite3.Error | OSError) -> str:
    return (trouble.strerror or str(trouble)).lower() if isinstance(trouble, OSError) else str(trouble)


def _select_rows(database: sqlite3.Connection) -> list[Row]:
    # One view of the database from here on, whatever is appended meanwhile.
    database.execute("BEGIN")
    format_number = database.execute("PRAGMA user_version").fetchone()[0]
    if format_number > FORMAT:
        raise newer(f"its format is {format_number}, this version knows {FORMAT}")
    if not database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'entry'").fetchone()[0]:
        return []
    found = database.execute("SELECT number, moment, content, previous, digest FROM entry ORDER BY number")
    return [
        Row(number, str(moment), str(content), str(previous), str(digest))
        for number, moment, content, previous, digest in found
    ]


def _open_writing(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level="IMMEDIATE")
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA fullfsync = ON")
        if not database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'entry'").fetchone()[0]:
            database.executescript(f"BEGIN IMMEDIATE; {TABLE} PRAGMA user_version = {FORMAT}; COMMIT;")
    except sqlite3.Error:
        database.close()
        raise
    return database
