"""A journal cut at any byte, as a power cut or a full disk leaves it: the database beside its log and its head.

It opens with everything up to its head, or it is told to be damaged; never a fault of ours, never fewer events in
silence. What is told can be rebuilt, and of what was in it no event is invented.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jumping_clock import JumpingClock

from runner.adapters.journal import SqliteJournal, prove_whole
from runner.adapters.journal_chain import JournalBroken
from runner.adapters.journal_salvage import examine_journal
from runner.adapters.journal_swap import replace_journal
from runner.model.journal import Event, WasAccepted

EVENTS: list[Event] = [WasAccepted(f"{number:06}-abc", f"job-{number}") for number in range(6)]
PAGE = 4096
FRAME = 24 + PAGE
DATABASE, LOG, HEAD = "journal.sqlite3", "journal.sqlite3-wal", "journal.head"


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a killed writer leaves it: its last entries wait in the log."""
    return write(tmp_path_factory.mktemp("killed"), is_closed=False)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of it is in the database."""
    return write(tmp_path_factory.mktemp("closed"), is_closed=True)


def write(folder: Path, *, is_closed: bool) -> Path:
    journal = SqliteJournal(folder / "written" / DATABASE, JumpingClock())
    for event in EVENTS:
        journal.append(event)
    if is_closed:
        journal.close()
    kept = folder / "kept"
    kept.mkdir()
    for name in (DATABASE, LOG, HEAD):
        if (folder / "written" / name).exists():
            shutil.copy(folder / "written" / name, kept / name)
    if not is_closed:
        journal.close()
    return kept


def cut(whole: Path, folder: Path, name: str, length: int) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    with (folder / name).open("r+b") as file:
        file.truncate(length)
    return folder / DATABASE


def lengths_of(size: int, whole_from: int, step: int) -> Iterator[int]:
    """Every byte from there to the end; before it in steps, and around each page and frame."""
    edges = {edge + near for unit in (PAGE, FRAME) for edge in range(0, size, unit) for near in (-1, 0, 1, 24, 32, 56)}
    steps = {*edges, *range(0, size, step), *range(max(0, whole_from), size + 1)}
    return iter(sorted(length for length in steps if 0 <= length <= size))


def open_at(path: Path) -> str:
    try:
        prove_whole(path)
        journal = SqliteJournal(path, JumpingClock())
    except JournalBroken:
        return "told"
    found = [entry.event for entry in journal.entries()]
    journal.close()
    return "whole" if found == EVENTS else f"{len(found)} events in silence"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "name", "last", "step"),
    [
        *(("killed", HEAD, 10**6, 1), ("killed", LOG, FRAME, 61), ("killed", DATABASE, PAGE, 61)),
        *(("closed", HEAD, 10**6, 1), ("closed", DATABASE, PAGE, 61)),
    ],
)
def test_it_has_all_its_events_or_is_told(
    request: pytest.FixtureRequest, tmp_path: Path, state: str, name: str, last: int, step: int
) -> None:
    whole: Path = request.getfixturevalue(state)
    size = (whole / name).stat().st_size
    outcomes = {
        length: open_at(cut(whole, tmp_path / "cut", name, length)) for length in lengths_of(size, size - last, step)
    }
    odd = {length: found for length, found in outcomes.items() if found not in {"told", "whole"}}
    assert odd == {}
    assert outcomes[size] == "whole"
    # Else nothing of it was cut that matters, and half of the promise would be empty.
    is_all_in_the_log = (state, name) == ("killed", DATABASE)
    assert is_all_in_the_log or list(outcomes.values()).count("told") > 10


@pytest.mark.slow
@pytest.mark.parametrize("name", [HEAD, LOG, DATABASE])
def test_what_is_told_can_be_rebuilt_from_what_is_left(killed: Path, closed: Path, tmp_path: Path, name: str) -> None:
    whole = closed if name == DATABASE else killed
    size = (whole / name).stat().st_size
    recovered: set[int] = set()
    for length in lengths_of(size, size - 9, 499):
        path = cut(whole, tmp_path / "cut", name, length)
        salvage = examine_journal(path)
        if salvage is None:
            continue
        left = [entry.event for entry in salvage.entries]
        assert left == [EVENTS[entry.number - 1] for entry in salvage.entries]
        assert salvage.missing is None or salvage.missing == len(EVENTS) - len(left)
        replace_journal(path, salvage.entries)
        journal = SqliteJournal(path, JumpingClock())
        assert [entry.event for entry in journal.entries()] == left
        journal.close()
        recovered.add(len(left))
    # Where only the head was cut there is nothing to lose.
    assert recovered == {6} if name == HEAD else {0} <= recovered
