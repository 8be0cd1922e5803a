"""The journal on disk: what was appended is there or its loss is told, whatever happened to the files."""

import errno
import json
import shutil
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jumping_clock import JumpingClock

from runner.adapters.journal import SqliteJournal, head_path, read_entries
from runner.adapters.journal_chain import Head, write_head
from runner.adapters.journal_codec import UnknownKind, decode_event, encode_event
from runner.core.canonical import Digest, Json
from runner.core.errors import ExitCode, QuestionOpen
from runner.model.gateway import Failure, FailureClass
from runner.model.journal import (
    BecameUncertain,
    Event,
    HasFailed,
    HasSucceeded,
    Intended,
    WasAbandoned,
    WasAccepted,
    WasFoundUncharged,
    WasLost,
    WasNotSent,
    WasRegistered,
    WasRejected,
    WasStored,
)
from runner.model.money import Money, Price
from runner.model.request import Identity, Key, MakersPart

SCHEMA = Path(__file__).parents[1] / "schemas" / "journal-event.schema.json"

texts = st.text(max_size=20)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
amounts = st.decimals(min_value=0, max_value=10**6, places=4)
currencies = st.sampled_from(["USD", "CNY", "EUR"])
money = st.builds(Money, amounts, currencies)
prices = st.builds(lambda low, more, currency: Price(low, low + more, currency), amounts, amounts, currencies)
failures = st.builds(
    Failure, st.sampled_from(list(FailureClass)), texts, st.none() | texts, st.none() | st.just("prompt")
)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
documents = st.dictionaries(texts, json_values, max_size=3)
intents = st.builds(
    Intended,
    attempt=texts,
    name=texts,
    shot=texts,
    profile=st.none() | texts,
    key=digests.map(Key),
    makers_part=st.builds(MakersPart, texts, documents),
    canonical=documents,
    roll=st.integers(1, 99),
    model=texts,
    gateway=texts,
    endpoint=texts,
    account=texts,
    sandbox=st.booleans(),
    body=digests.map(Digest),
    price=st.none() | prices,
    sources=st.dictionaries(st.sampled_from(["first_frame", "last_frame"]), digests.map(Identity)),
)
events: st.SearchStrategy[Event] = st.one_of(
    intents,
    st.builds(WasNotSent, texts, texts),
    st.builds(WasRejected, texts, failures, st.none() | st.floats(0, 1000)),
    st.builds(BecameUncertain, texts, texts, st.booleans()),
    st.builds(WasAccepted, texts, texts),
    st.builds(HasFailed, texts, failures, st.none() | st.booleans(), st.none() | money),
    st.builds(HasSucceeded, texts, documents, st.none() | money),
    st.builds(WasStored, texts, digests.map(Digest), st.integers(0, 2**40), digests.map(Identity)),
    st.builds(WasRegistered, texts, texts),
    st.builds(WasLost, texts),
    st.builds(WasFoundUncharged, texts, texts),
    st.builds(WasAbandoned, texts, st.booleans()),
)


def some_events(count: int) -> list[Event]:
    return [WasAccepted(f"{number:06}-abc", f"job-{number}") for number in range(count)]


def open_journal(folder: Path) -> SqliteJournal:
    return SqliteJournal(folder / "journal.sqlite3", JumpingClock())


def write_journal(folder: Path, count: int) -> Path:
    journal = open_journal(folder)
    for event in some_events(count):
        journal.append(event)
    journal.close()
    return folder / "journal.sqlite3"


def change_rows(path: Path, statement: str) -> None:
    """As somebody would who means it: the triggers are taken out first."""
    database = sqlite3.connect(path)
    database.executescript(f"DROP TRIGGER entries_stay; DROP TRIGGER entries_stand; {statement}; VACUUM")
    database.close()


def told(read: Callable[[], object]) -> str:
    with pytest.raises(QuestionOpen) as raised:
        read()
    assert raised.value.exit_code is ExitCode.QUESTION_OPEN
    return raised.value.diagnostics[0].message


# --- spelling


@given(events)
def test_every_event_is_read_back_as_it_was_written(event: Event) -> None:
    assert decode_event(encode_event(event)) == event


@settings(max_examples=60)
@given(events)
def test_every_event_is_spelled_as_the_schema_says(event: Event) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(json.loads(encode_event(event)))] == []


def test_the_schema_knows_no_kind_that_is_never_written() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kinds = {one["properties"]["kind"]["const"] for one in schema["oneOf"]}
    assert len(kinds) == len(schema["oneOf"]) == 12


def test_an_unknown_kind_is_of_a_newer_version() -> None:
    with pytest.raises(UnknownKind):
        decode_event('{"kind": "teleported", "attempt": "1"}')


def test_prices_keep_every_digit() -> None:
    event = HasSucceeded("1", {}, Money(Decimal("0.10000000000000000000001"), "USD"))
    assert decode_event(encode_event(event)) == event


# --- keeping


def test_what_was_appended_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 5)
    assert [entry.event for entry in read_entries(path)] == some_events(5)
    journal = open_journal(tmp_path)
    assert [entry.number for entry in journal.entries()] == [1, 2, 3, 4, 5]
    journal.close()


def test_reading_creates_nothing(tmp_path: Path) -> None:
    assert read_entries(tmp_path / "journal.sqlite3") == ()
    assert list(tmp_path.iterdir()) == []


def test_a_reader_sees_what_the_writer_has_appended_so_far(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    for count, event in enumerate(some_events(3), start=1):
        journal.append(event)
        assert len(read_entries(tmp_path / "journal.sqlite3")) == count
    journal.close()


def test_an_entry_cannot_be_changed_or_removed(tmp_path: Path) -> None:
    database = sqlite3.connect(write_journal(tmp_path, 2))
    for statement in ("DELETE FROM entry", "UPDATE entry SET content = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(statement)
    database.close()


def test_a_full_sync_stands_behind_each_entry(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    modes = [journal._database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]
    journal.close()


# --- damage


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE entry SET content = replace(content, 'job-2', 'job-9') WHERE number = 3", "entry 3 is not what was"),
        ("UPDATE entry SET moment = 'yesterday' WHERE number = 1", "entry 1 is not what was written"),
        ("DELETE FROM entry WHERE number = 2", "entry 2 is missing: the next one is 3"),
        ("DELETE FROM entry WHERE number > 3", "it holds 3 entries, but 5 were written"),
        ("DELETE FROM entry", "it holds 0 entries, but 5 were written"),
        ("DROP TABLE entry", "it holds 0 entries, but 5 were written"),
    ],
)
def test_a_journal_that_was_tampered_with_is_told(tmp_path: Path, statement: str, message: str) -> None:
    path = write_journal(tmp_path, 5)
    change_rows(path, statement)
    assert message in told(lambda: read_entries(path))
    assert "no paid work is done" in told(lambda: open_journal(tmp_path))


def test_a_journal_that_is_gone_while_its_head_is_there_is_told(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 2)
    path.unlink()
    assert "it holds 0 entries, but 2 were written" in told(lambda: open_journal(tmp_path))
    assert not path.exists()


def test_a_head_that_is_gone_or_damaged_is_told(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 2)
    head_path(path).write_text("{}", encoding="utf-8")
    assert "its head file is damaged" in told(lambda: open_journal(tmp_path))
    head_path(path).unlink()
    assert "its head file is missing" in told(lambda: open_journal(tmp_path))


@pytest.mark.parametrize(
    "garbled",
    [
        b'{"number": -5, "digest": "ab"}',
        b'{"number": 1e999, "digest": "ab"}',
        b'{"number": 2.0, "digest": "ab"}',
        b'{"number": 1, "digest": 4}',
        b"[1, 2]",
        b"[" * 100_000,
        b"\xff\xfe",
        b"\0" * 80,
    ],
    ids=range(8),
)
def test_a_head_that_nobody_wrote_so_is_damaged_whatever_it_holds(tmp_path: Path, garbled: bytes) -> None:
    path = write_journal(tmp_path, 2)
    head_path(path).write_bytes(garbled)
    assert "its head file is damaged" in told(lambda: read_entries(path))
    path.unlink()
    assert "its head file is damaged" in told(lambda: open_journal(tmp_path))


def test_a_journal_that_another_program_holds_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_journal(tmp_path, 2)
    journal = open_journal(tmp_path)
    journal._database.execute("PRAGMA busy_timeout = 50")
    viewer = sqlite3.connect(path, isolation_level=None)
    viewer.execute("BEGIN IMMEDIATE")
    assert "held by another program" in told(lambda: journal.append(WasAccepted("x", "y")))
    viewer.execute("ROLLBACK")
    journal.close()
    viewer.executescript("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE other (one)")
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.05))
    assert "held by another program" in told(lambda: read_entries(path))
    assert "held by another program" in told(lambda: open_journal(tmp_path))
    viewer.execute("ROLLBACK")
    viewer.close()
    assert len(read_entries(path)) == 2


def test_a_journal_and_a_head_of_different_productions_are_told(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "a", 3)
    other = open_journal(tmp_path / "b")
    other.append(WasAccepted("x", "y"))
    other.append(WasAccepted("x", "z"))
    other.close()
    shutil.copy(head_path(tmp_path / "b" / "journal.sqlite3"), head_path(path))
    assert "entry 2 is another one than its head file knows" in told(lambda: read_entries(path))


def test_a_head_one_behind_is_what_a_kill_leaves_and_is_mended(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 2)
    before = head_path(path).read_bytes()
    journal = open_journal(tmp_path)
    journal.append(WasAccepted("x", "y"))
    journal.close()
    head_path(path).write_bytes(before)
    assert len(read_entries(path)) == 3
    journal = open_journal(tmp_path)
    assert len(journal.entries()) == 3
    journal.append(WasAccepted("x", "z"))
    journal.close()
    assert json.loads(head_path(path).read_bytes())["number"] == 4
    head_path(path).write_bytes(before)
    assert "they are of different times" in told(lambda: open_journal(tmp_path))


def test_a_head_is_brought_up_to_date_before_the_next_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_journal(tmp_path, 2)
    before = head_path(path).read_bytes()
    journal = open_journal(tmp_path)
    journal.append(WasAccepted("x", "y"))
    journal.close()
    head_path(path).write_bytes(before)
    written: list[int] = []

    def write_one_more(path: Path, head: Head) -> None:
        if written:
            raise OSError(errno.ENOSPC, "no space left")
        written.append(head.number)
        write_head(path, head)

    monkeypatch.setattr("runner.adapters.journal.write_head", write_one_more)
    journal = open_journal(tmp_path)
    assert "the journal cannot be written: no space left" in told(lambda: journal.append(WasAccepted("x", "z")))
    journal.close()
    assert written == [3]
    journal = open_journal(tmp_path)
    assert len(journal.entries()) == 4
    journal.close()


def test_a_kill_before_the_first_head_is_no_damage(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 1)
    head_path(path).unlink()
    journal = open_journal(tmp_path)
    assert len(journal.entries()) == 1
    journal.close()


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = write_journal(tmp_path, 1)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 2")
    database.close()
    assert told(lambda: open_journal(tmp_path)).startswith("the journal was written by a newer version")


def test_something_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").write_text("not a database, but longer than its header would be\n" * 20)
    assert "file is not a database" in told(lambda: open_journal(tmp_path))
