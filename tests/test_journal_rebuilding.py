"""`resolve --journal`: whatever became of the journal, the next run goes on and the till shows nothing twice."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from paid_production import STORYBOARD, PaidProduction, wait_for

from runner.adapters.clock import SystemClock
from runner.adapters.journal import SqliteJournal, read_entries
from runner.model.ledger import AttemptState
from runner.sandbox.faults import Fault, FaultScript, Moment, Rule, Word
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

pytestmark = pytest.mark.slow
Damage = Callable[[PaidProduction], None]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxOptions(clips="small", latency=0.8)) as running:
        yield running


@pytest.fixture
def film(tmp_path: Path, sandbox: Sandbox) -> PaidProduction:
    return PaidProduction(tmp_path / "film", tmp_path / "data", "kling", sandbox)


@pytest.fixture
def unguarded(tmp_path: Path, sandbox: Sandbox) -> PaidProduction:
    """At a gateway that finds no job by a name of ours."""
    return PaidProduction(tmp_path / "film", tmp_path / "data", "mulerouter", sandbox)


def remove_journal(film: PaidProduction) -> None:
    for path in film.home.glob("journal.sqlite3*"):
        path.unlink()


def garble_journal(film: PaidProduction) -> None:
    for path in film.home.glob("journal.sqlite3*"):
        path.write_bytes(b"no database at all\n" * 300)


def empty_journal(film: PaidProduction) -> None:
    for path in film.home.glob("journal.*"):
        path.write_bytes(b"")


def cut_journal(film: PaidProduction) -> None:
    for path in film.home.glob("journal.sqlite3-*"):
        path.unlink()


def halve_log(film: PaidProduction) -> None:
    log = film.home / "journal.sqlite3-wal"
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size // 2)


def remove_head(film: PaidProduction) -> None:
    (film.home / "journal.head").unlink()


DAMAGES: list[Damage] = [remove_journal, garble_journal, empty_journal, cut_journal, halve_log, remove_head]


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Not what SQLite shares between processes, nor what a killed writer left of a head."""
    files = (path for path in folder.glob("journal*") if path.is_file())
    return {path.name: path.read_bytes() for path in files if not path.name.endswith(("-shm", ".partial"))}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_jobs_in_flight_are_found_by_their_names_and_the_run_goes_on(film: PaidProduction, damage: Damage) -> None:
    film.kill_when(lambda: film.charges() >= 2)
    damage(film)
    stopped = film.run()
    assert stopped.code == 4
    assert "error[journal-broken]" in stopped.err
    assert "hint: `framechain resolve --journal`" in stopped.err
    before = bytes_of(film.home)
    rebuilt = film.do("resolve", "--journal")
    assert rebuilt.code == 0, rebuilt.told
    assert len(film.ledger.open_attempts) == 2
    assert bytes_of(film.home / "journal.kept-1") == before
    assert film.run().code == 0
    film.assert_finished()


def test_where_no_gateway_can_say_a_person_is_asked_before_anything_is_sent_again(unguarded: PaidProduction) -> None:
    unguarded.kill_when(lambda: unguarded.charges() >= 2)
    empty_journal(unguarded)
    rebuilt = unguarded.do("resolve", "--journal")
    assert rebuilt.code == 4
    assert "open: 3 questions, about `harbour`, `lamp`, `climb`" in rebuilt.out
    assert unguarded.run().code == 4
    assert unguarded.charges() == 2
    told = unguarded.do("resolve", "harbour")
    assert "it may have been sent to mulerouter before the journal was lost" in told.out
    for charge, create in zip(unguarded.sandbox.till()["charges"], unguarded.sandbox.requests(), strict=True):
        shot = "harbour" if "harbour" in str(create["body"]) else "lamp"
        assert unguarded.do("resolve", shot, "charged", "--job", charge["job"]).code == 0
    # `climb` may have been sent a moment after its source was stored: that is for a person to say as well.
    asked = unguarded.run()
    assert asked.code == 4, asked.told
    assert unguarded.charges() == 2
    assert unguarded.do("resolve", "climb", "not-charged").code == 0
    done = unguarded.run()
    assert done.code == 0, done.told
    unguarded.assert_finished()


def test_what_the_lock_names_is_put_back_and_never_made_again(unguarded: PaidProduction) -> None:
    assert unguarded.run().code == 0
    lock = unguarded.lock.read_bytes()
    empty_journal(unguarded)
    rebuilt = unguarded.do("resolve", "--journal")
    assert rebuilt.code == 0, rebuilt.told
    assert "from the lock: 3 attempts" in rebuilt.out
    assert unguarded.states() == {shot: [AttemptState.STORED] for shot in ("harbour", "climb", "lamp")}
    assert unguarded.run().code == 0
    assert unguarded.lock.read_bytes() == lock
    unguarded.assert_finished()


def test_what_was_spent_counts_against_the_budget_after_the_journal_was_lost(film: PaidProduction) -> None:
    assert film.run().code == 0
    empty_journal(film)
    assert film.do("resolve", "--journal").code == 0
    spent = json.loads(film.do("status", "--json").out)["spent"]
    assert spent == [{"amount": "1.05", "currency": "USD"}]


def test_a_whole_journal_is_left_as_it_is(film: PaidProduction) -> None:
    assert film.run().code == 0
    before = bytes_of(film.home)
    told = film.do("resolve", "--journal")
    assert (told.code, told.out) == (0, "the journal is whole: nothing to rebuild\n")
    assert bytes_of(film.home) == before
    assert not list(film.home.glob("journal.kept*"))


def test_a_production_that_never_sent_anything_has_nothing_to_rebuild(film: PaidProduction) -> None:
    told = film.do("resolve", "--journal")
    assert (told.code, told.out) == (0, "the journal is whole: nothing to rebuild\n")
    assert not film.journal.exists()


def test_a_journal_of_a_newer_version_is_not_rebuilt(film: PaidProduction) -> None:
    assert film.run().code == 0
    database = sqlite3.connect(film.journal)
    database.execute("PRAGMA user_version = 2")
    database.close()
    before = film.journal.read_bytes()
    told = film.do("resolve", "--journal")
    assert told.code == 4
    assert "error[journal-newer]" in told.err
    assert "pip install --upgrade framechain" in told.err
    assert film.journal.read_bytes() == before
    assert not list(film.home.glob("journal.kept*"))


def test_nothing_is_rebuilt_while_a_run_is_in_progress(film: PaidProduction) -> None:
    process = film.start("run", "--yes")
    wait_for(lambda: film.charges() > 0, process)
    told = film.do("resolve", "--journal")
    assert told.code == 3
    assert "error[run-in-progress]" in told.err
    process.communicate(timeout=60)
    film.assert_finished()


def test_what_cannot_be_looked_up_stays_open_until_it_can(tmp_path: Path) -> None:
    unwell = FaultScript((Rule(Moment.FIND, Fault(Word.SERVER_ERROR_BEFORE), times=6),))
    with running_sandbox(SandboxOptions(clips="small", latency=0.8, faults=unwell)) as sandbox:
        film = PaidProduction(tmp_path / "film", tmp_path / "data", "kling", sandbox)
        film.kill_when(lambda: film.charges() >= 2)
        empty_journal(film)
        first = film.do("resolve", "--journal")
        assert first.code == 4, first.told
        assert "kling could not be asked:" in first.out
        assert "open: 2 questions, about `harbour`, `lamp`" in first.out
        assert film.states() == {"harbour": [AttemptState.UNCERTAIN], "lamp": [AttemptState.UNCERTAIN]}
        second = film.do("resolve", "--journal")
        assert second.code == 0, second.told
        assert "found at the gateway: 2 attempts" in second.out
        assert film.run().code == 0
        film.assert_finished()


def test_a_run_clears_up_by_itself_what_could_not_be_looked_up(film: PaidProduction) -> None:
    """Without a key at hand it is not even known whose it was."""
    film.kill_when(lambda: film.charges() >= 2)
    empty_journal(film)
    film.environment = {"KLING_API_KEY": "half a key\n"}
    assert "kling could not be asked:" in film.do("resolve", "--journal").out
    film.environment = {}
    assert {one.intent.account for one in film.ledger.attempts.values()} == {""}
    assert film.run().code == 0
    film.assert_finished()


def test_a_free_sketch_has_nothing_to_ask(tmp_path: Path, sandbox: Sandbox) -> None:
    sketch = PaidProduction(tmp_path / "film", tmp_path / "data", "animatic", sandbox)
    sketch.write(STORYBOARD.format(provider="animatic", budget=5))
    assert sketch.run().code == 0
    empty_journal(sketch)
    rebuilt = sketch.do("resolve", "--journal")
    assert rebuilt.code == 0, rebuilt.told
    assert "open:" not in rebuilt.out
    assert "of no take that is known: 3 clips" in rebuilt.out
    assert sketch.run().code == 0


def test_a_free_sketch_that_was_cut_off_is_made_again_and_is_no_question(film: PaidProduction) -> None:
    assert film.run("--provider", "animatic", "--only", "lamp").code == 0
    intent = next(iter(film.ledger.attempts.values())).intent
    with closing(SqliteJournal(film.journal, SystemClock())) as journal:
        journal.append(replace(intent, attempt="000002-cut"))
    remove_head(film)
    rebuilt = film.do("resolve", "--journal")
    assert (rebuilt.code, "open:" in rebuilt.out) == (0, False), rebuilt.told


def test_as_json(film: PaidProduction) -> None:
    film.kill_when(lambda: film.charges() >= 2)
    empty_journal(film)
    told = json.loads(film.do("resolve", "--journal", "--json").out)
    assert told["damage"] == "its head file is damaged"
    assert (told["from_journal"], told["from_lock"], told["from_gateway"], told["questions"]) == (0, 0, 2, [])
    assert told["kept"] == str(film.home / "journal.kept-1")


def test_a_lost_data_folder_is_told_from_the_lock_and_pays_nothing_again(film: PaidProduction) -> None:
    assert film.run().code == 0
    shutil.rmtree(film.data)
    blocked = film.run()
    assert blocked.code == 1
    assert "`framechain pull`" in blocked.told or "--remake" in blocked.told
    # What the lock says was spent still counts: 1.05 and another clip at 1.00 are more than 2.
    film.write(STORYBOARD.format(provider="kling", budget=2).replace("The lamp", "A lamp"))
    refused = film.run()
    assert (refused.code, "after 1.05 USD already spent" in refused.err) == (3, True)
    film.write(STORYBOARD.format(provider="kling", budget=50))
    rebuilt = film.do("resolve", "--journal")
    assert rebuilt.code == 0, rebuilt.told
    assert "it holds nothing, and the lock says that runs were begun" in rebuilt.out
    assert film.run().code == 1
    assert film.charges() == 3


def test_what_was_in_flight_before_anything_was_stored_is_asked_after_once_the_data_folder_is_lost(
    unguarded: PaidProduction,
) -> None:
    unguarded.kill_when(lambda: unguarded.charges() >= 1)
    charged = unguarded.charges()
    shutil.rmtree(unguarded.data)
    rebuilt = unguarded.do("resolve", "--journal")
    assert (rebuilt.code, "it holds nothing, and the lock says that runs were begun" in rebuilt.out) == (4, True)
    assert unguarded.run().code == 4
    assert unguarded.charges() == charged


def test_what_no_gateway_said_counts_at_its_price_once_the_journal_is_gone(unguarded: PaidProduction) -> None:
    assert unguarded.run().code == 0
    assert unguarded.lock.read_text(encoding="utf-8").count('price: "1.00 USD"') == 3
    shutil.rmtree(unguarded.data)
    assert json.loads(unguarded.do("status", "--json").out)["spent"] == [{"amount": "3.00", "currency": "USD"}]
    unguarded.write(STORYBOARD.format(provider=unguarded.provider, budget=3).replace("The lamp", "A lamp"))
    refused = unguarded.run()
    assert (refused.code, "after 3.00 USD already spent" in refused.err) == (3, True)


def test_a_job_that_failed_is_known_again_and_the_one_after_it_found(tmp_path: Path) -> None:
    failing = FaultScript((Rule(Moment.CREATE, Fault(Word.FAIL), says="A harbour", times=1),))
    with running_sandbox(SandboxOptions(clips="small", latency=0.8, faults=failing)) as sandbox:
        film = PaidProduction(tmp_path / "film", tmp_path / "data", "kling", sandbox)
        assert film.run("--only", "harbour").code == 1
        film.kill_when(lambda: film.charges() >= 2, "--only", "harbour", "--remake", "harbour")
        empty_journal(film)
        rebuilt = film.do("resolve", "--journal")
        assert rebuilt.code == 0, rebuilt.told
        assert film.states() == {"harbour": [AttemptState.FAILED, AttemptState.ACCEPTED]}
        assert film.run().code == 0
        assert film.charges() == 4


def test_one_damaged_entry_in_the_middle_costs_no_more_than_itself(unguarded: PaidProduction) -> None:
    assert unguarded.run().code == 0
    entries = len(read_entries(unguarded.journal))
    database = sqlite3.connect(unguarded.journal)
    database.executescript("DROP TRIGGER entries_stand; UPDATE entry SET content = 'x' WHERE number = 4; VACUUM")
    database.close()
    unguarded.lock.unlink()
    rebuilt = unguarded.do("resolve", "--journal")
    assert "entry 4 is not what was written; lost of it: 1 event" in rebuilt.out
    assert len(unguarded.ledger.attempts) == 3
    assert len(read_entries(unguarded.journal)) >= entries - 3
    done = unguarded.run()
    assert done.code == 0, done.told
    unguarded.assert_finished()
