"""Another journal in the place of a damaged one, which is kept beside it: either the old or the new one, at any moment.

The new one is built in the folder the old one will be kept in. Then its head takes the place of the old head: from that
moment the old database is told to be damaged whatever it holds, until the new one stands in its place. A swap that was
cut off there is finished by the next; one that was cut off before is begun anew.
"""

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from runner.adapters.durable import make_folder, sync_file, sync_folder
from runner.adapters.journal import FORMAT, TABLE, head_path, is_held
from runner.adapters.journal_chain import Head, JournalBroken, in_use, link_row, read_head, write_head
from runner.adapters.journal_codec import encode_event
from runner.model.journal import Entry

_NEW: Final = "rebuilt.sqlite3"
# The database first: its log alone is nothing, and would be taken for the new one's.
_PARTS: Final = ("", "-wal", "-shm", "-journal")


def replace_journal(path: Path, entries: Iterable[Entry]) -> Path:
    """The folder the old one lies in now. Entries are numbered and chained anew, each keeping its moment."""
    aside = _free_folder(path)
    make_folder(aside)
    head = _build(aside / _NEW, entries)
    _copy_head(path, aside)
    write_head(head_path(path), head)
    _exchange(path, aside)
    return aside


def finish_swap(path: Path) -> Path | None:
    """Finishes what was cut off between the heads and the databases, and sweeps what was cut off before."""
    for aside in sorted(path.parent.glob(f"{_stem(path)}*/")):
        new = aside / _NEW
        if new.exists() and _head_beside(path) == _head_in(new):
            _exchange(path, aside)
            return aside
        is_begun = new.exists() or not any(aside.iterdir())
        if is_begun and not any((aside / f"{path.name}{part}").exists() for part in _PARTS):
            shutil.rmtree(aside)
            sync_folder(path.parent)
    return None


def _stem(path: Path) -> str:
    return f"{path.stem}.kept-"


def _free_folder(path: Path) -> Path:
    number = 1
    while (folder := path.with_name(f"{_stem(path)}{number}")).exists():
        number += 1
    return folder


def _build(path: Path, entries: Iterable[Entry]) -> Head:
    head = Head()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(f"BEGIN IMMEDIATE; {TABLE} PRAGMA user_version = {FORMAT};")
        for entry in entries:
            row = link_row(head, entry.when, encode_event(entry.event))
            values = (row.number, row.moment, row.content, row.previous, row.digest)
            database.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", values)
            head = Head(row.number, row.digest)
        database.execute("COMMIT")
    sync_file(path)
    sync_folder(path.parent)
    return head


def _copy_head(path: Path, aside: Path) -> None:
    head = head_path(path)
    if head.exists():
        shutil.copyfile(head, aside / head.name)
        sync_file(aside / head.name)


def _exchange(path: Path, aside: Path) -> None:
    for part in _PARTS:
        old = path.with_name(f"{path.name}{part}")
        if old.exists():
            old.replace(aside / old.name)
            sync_folder(path.parent)
    sync_folder(aside)
    (aside / _NEW).replace(path)
    sync_folder(path.parent)
    sync_folder(aside)


def _head_beside(path: Path) -> Head | None:
    try:
        return read_head(head_path(path))
    except JournalBroken:
        return None


def _head_in(path: Path) -> Head:
    """No head of any journal where it was not built to its end."""
    try:
        with closing(sqlite3.connect(path)) as database:
            found = database.execute("SELECT number, digest FROM entry ORDER BY number DESC LIMIT 1").fetchone()
    except sqlite3.Error as trouble:
        if is_held(trouble):
            raise in_use(str(trouble)) from trouble
        return Head(-1)
    return Head() if found is None else Head(int(found[0]), str(found[1]))
