"""How the journal proves itself whole: each row carries the digest of the one before, and a `head` file beside the
database knows the last row. A database that lost its end opens without complaint; its head does not let that pass.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runner.adapters.durable import write_durably
from runner.adapters.journal_codec import UnknownKind, decode_event
from runner.core.canonical import Digest, digest_bytes
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import QuestionOpen
from runner.model.journal import Entry

_MENDED_BY: Final = (
    "`framechain resolve --journal` rebuilds it from what is left of it, from the lock and the gateway, "
    "and asks about the rest"
)


class JournalBroken(QuestionOpen):
    """It is damaged; `found` is how."""

    def __init__(self, found: str) -> None:
        message = f"the journal is damaged: {found}; no paid work is done while it is not known what was paid for"
        super().__init__(Diagnostic("journal-broken", Severity.ERROR, message, None, _MENDED_BY))
        self.found = found


# Before the first row.
BEGINNING: Final = Digest("0" * 64)


@dataclass(frozen=True, slots=True)
class Row:
    """As it stands in the database."""

    number: int
    moment: str
    content: str
    previous: str
    digest: str

    @property
    def own_digest(self) -> Digest:
        return digest_bytes("\n".join((str(self.number), self.moment, self.previous, self.content)).encode())


@dataclass(frozen=True, slots=True)
class Head:
    number: int = 0
    digest: str = BEGINNING


def link_row(head: Head, moment: str, content: str) -> Row:
    """The row that follows."""
    row = Row(head.number + 1, moment, content, head.digest, "")
    return Row(row.number, moment, content, row.previous, row.own_digest)


def verify_rows(rows: Iterable[Row]) -> tuple[Entry, ...]:
    """The entries, or QuestionOpen naming the first row that does not follow from the one before."""
    entries: list[Entry] = []
    previous: str = BEGINNING
    for row in rows:
        if row.number != len(entries) + 1:
            raise broken(f"entry {len(entries) + 1} is missing: the next one is {row.number}")
        if row.previous != previous or row.digest != row.own_digest:
            raise broken(f"entry {row.number} is not what was written")
        entries.append(read_row(row))
        previous = row.digest
    return tuple(entries)


def verify_head(head: Head | None, rows: list[Row], *, writer: bool) -> None:
    """Nothing the head knows of may be missing.

    A killed writer leaves its head one row behind, never more. A reader may find more, written while it looked.
    """
    if head is None:
        if len(rows) > 1:
            raise broken(f"its head file is missing, and it holds {len(rows)} entries")
        return
    if head.number > len(rows):
        raise broken(f"it holds {len(rows)} entries, but {head.number} were written")
    known = rows[head.number - 1].digest if head.number else BEGINNING
    if known != head.digest:
        raise broken(f"entry {head.number} is another one than its head file knows")
    if writer and len(rows) - head.number > 1:
        raise broken(
            f"its head file knows {head.number} entries, but it holds {len(rows)}: they are of different times"
        )


def read_head(path: Path) -> Head | None:
    try:
        document = json.loads(path.read_bytes())
        number, digest = document["number"], document["digest"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as trouble:
        raise unreadable(f"its head file: {trouble.strerror}") from trouble
    except (ValueError, KeyError, TypeError, RecursionError) as trouble:
        raise broken("its head file is damaged") from trouble
    if type(number) is not int or number < 0 or not isinstance(digest, str):
        raise broken("its head file is damaged")
    return Head(number, digest)


def write_head(path: Path, head: Head) -> None:
    content = json.dumps({"number": head.number, "digest": head.digest}) + "\n"
    write_durably(path, content.encode(), path.with_name(f"{path.name}.partial"))


def broken(found: str) -> QuestionOpen:
    return JournalBroken(found)


def unreadable(found: str) -> QuestionOpen:
    """It is there, and this process cannot read it: nothing is known against it."""
    return _question(
        "file-unreadable",
        f"the journal cannot be read: {found}; no paid work is done while it is not known what was paid for",
        "see who may read the production's data folder, and whether its disk takes writes",
    )


def in_use(found: str) -> QuestionOpen:
    """Another program keeps it to itself for now: nothing is known against it."""
    return _question(
        "file-unreadable",
        f"the journal is held by another program: {found}; no paid work is done while it cannot be read and written",
        "close what else has it open, like a database viewer or a backup, then run again",
    )


def unwritable(found: str) -> QuestionOpen:
    """What it holds is whole; nothing can be added to it."""
    return _question(
        "file-unwritable",
        f"the journal cannot be written: {found}; nothing is sent that is not written down first",
        "make room, or see who may write to the data folder, then run again: it goes on from there",
    )


def newer(found: str) -> QuestionOpen:
    return _question(
        "journal-newer",
        f"the journal was written by a newer version: {found}; no paid work is done without understanding it",
        "install the version that wrote it, or a newer one: `pip install --upgrade framechain`",
    )


def read_row(row: Row) -> Entry:
    try:
        return Entry(row.number, row.moment, decode_event(row.content))
    except UnknownKind as unknown:
        raise newer(f"entry {row.number} is of the kind `{unknown}`") from unknown
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise broken(f"entry {row.number} cannot be read") from trouble


def _question(code: str, message: str, hint: str) -> QuestionOpen:
    return QuestionOpen(Diagnostic(code, Severity.ERROR, message, None, hint))
