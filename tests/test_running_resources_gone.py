"""Voices and elements that take long, fail, are refused or removed; and those of other machines and accounts."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from planning_builders import (
    chained,
    reason_codes,
)
from run_bench import Choices, Killed, outcomes
from scripted_studio import Studio
from voiced_film import BROKE, SHOUT, SILENT, TALK, VOICE, bench_of, edit, makings, voices

from runner.model.gateway import (
    Failed,
    Failure,
    FailureClass,
    Rejected,
    Running,
    Succeeded,
)
from runner.model.ledger import AttemptState
from runner.model.plan import Action
from runner.model.run import Outcome, RunOptions

# --- under way, failed, refused


def test_one_that_takes_long_is_waited_for_and_gone_on_with_later(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SILENT)
    gateway.makings = [Running()]
    assert outcomes(bench.run(RunOptions(wait_seconds=10))) == {"talk": Outcome.WAITING, "silent": Outcome.MADE}
    making = next(job for job in gateway.jobs.values() if job.request.label == VOICE)
    making.ending = Succeeded({"id": "v-late"})
    assert bench.plan()[0].resources[0].action is Action.RESUME
    assert outcomes(bench.run())["talk"] is Outcome.MADE
    assert makings(gateway) == 1
    assert gateway.clips[-1].made == {("voice", "gruff"): "v-late"}


def test_one_that_failed_stops_only_the_shots_that_need_it(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SHOUT, SILENT)
    gateway.makings = [Failed(BROKE, charged=True)]
    result = bench.run()
    assert outcomes(result) == {"talk": Outcome.FAILED, "shout": Outcome.FAILED, "silent": Outcome.MADE}
    assert result.shots[0].message == "its voice `gruff`: The Studio says: out of order"
    assert gateway.submitted.count("talk") == 0
    assert makings(gateway) == 1


def test_one_that_failed_is_made_again_when_that_is_asked_for_and_under_a_fresh_name(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.makings = [Failed(BROKE, charged=True)]
    bench.run()
    assert outcomes(bench.run()) == {"talk": Outcome.BLOCKED}
    assert makings(gateway) == 1
    assert outcomes(bench.run(choices=Choices(remake=frozenset({"talk"})))) == {"talk": Outcome.MADE}
    assert makings(gateway) == 2
    assert bench.names[0] != bench.names[1]


def test_one_that_was_refused_says_why_at_its_shot(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SILENT)
    gateway.submit_gate = None
    gateway.on_submit = lambda request, name: gateway.submits.append(
        Rejected(Failure(FailureClass.CONTENT, "that is somebody's voice")) if request.label == VOICE else "accept"
    )
    result = bench.run()
    assert outcomes(result) == {"talk": Outcome.REFUSED, "silent": Outcome.MADE}
    assert "somebody's voice" in result.shots[0].message
    assert reason_codes(bench.plan()[0].shot("talk")) == ["resource-failed"]


def test_one_that_is_done_without_an_id_is_a_question(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.makings = [Succeeded({})]
    assert outcomes(bench.run()) == {"talk": Outcome.OPEN}
    assert bench.states == [AttemptState.SUCCEEDED]


# --- removed at the gateway


def test_one_that_was_removed_is_told_and_never_silently_paid_for_again(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SHOUT)
    bench.run()
    gateway.removed = {"v-1"}
    edit(bench, TALK, prompt=("Calm.",))
    result = bench.run()
    assert outcomes(result) == {"talk": Outcome.BLOCKED, "shout": Outcome.KEPT}
    assert result.shots[0].message == "its voice `gruff` (`v-1`) is not at The Studio any more"
    assert makings(gateway) == 1
    assert (voices(bench), bench.ledger.attempts[next(iter(bench.ledger.attempts))].state) == ((), AttemptState.LOST)
    plan, _ = bench.plan()
    assert [one.action for one in plan.resources] == [Action.MAKE]
    assert plan.total.high == Decimal("0.57")


def test_made_again_after_that_it_has_a_name_and_an_id_of_its_own(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    bench.run()
    gateway.removed = {"v-1"}
    edit(bench, TALK, prompt=("Calm.",))
    bench.run()
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert makings(gateway) == 2
    (voice,) = voices(bench)
    assert voice.id != "v-1"
    assert gateway.clips[-1].made == {("voice", "gruff"): voice.id}
    assert len(set(gateway.till)) == len(gateway.till) == 4


def test_removed_while_only_the_lock_knew_it_it_leaves_the_lock(tmp_path: Path) -> None:
    first, gateway = bench_of(tmp_path / "one", TALK)
    first.run()
    other, _ = bench_of(tmp_path / "two", replace(TALK, prompt=("Calm.",)), gateway=gateway)
    other.lock = first.lock
    gateway.removed = {"v-1"}
    assert outcomes(other.run()) == {"talk": Outcome.BLOCKED}
    assert voices(other) == ()
    assert [one.action for one in other.plan()[0].resources] == [Action.MAKE]


def test_takes_that_were_accepted_are_left_alone_whatever_became_of_their_voice(tmp_path: Path) -> None:
    talk = replace(TALK, first_frame=chained("silent"))
    bench, gateway = bench_of(tmp_path, SILENT, talk)
    bench.run()
    edit(bench, SILENT, prompt=("Mist.",))
    bench.run(choices=Choices(no_cascade=True))
    source = bench.lock.block("silent", None).current
    assert source is not None
    block = replace(bench.lock.block("talk", None), accepted={"first_frame": source.identity})
    bench.lock = bench.lock.with_block("talk", None, block)
    gateway.removed = {"v-1"}
    plan, _ = bench.plan()
    assert (plan.shot("talk").action, plan.resources) == (Action.KEEP, ())
    assert outcomes(bench.run()) == {"silent": Outcome.KEPT, "talk": Outcome.KEPT}
    assert makings(gateway) == 1


def test_where_the_gateway_does_not_say_whether_it_is_there_it_is_taken_to_be(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    bench.run()
    gateway.is_mute = True
    edit(bench, TALK, prompt=("Calm.",))
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert makings(gateway) == 1


# --- other machines, other accounts, doubles


def test_the_lock_carries_it_to_a_machine_with_an_empty_journal(tmp_path: Path) -> None:
    first, gateway = bench_of(tmp_path / "one", TALK)
    first.run()
    other, _ = bench_of(tmp_path / "two", replace(TALK, prompt=("Calm.",)), gateway=gateway)
    other.lock = first.lock
    assert other.plan()[0].resources == ()
    assert outcomes(other.run()) == {"talk": Outcome.MADE}
    assert makings(gateway) == 1


def test_another_account_makes_its_own_and_the_lock_keeps_both(tmp_path: Path) -> None:
    first, gateway = bench_of(tmp_path / "one", TALK)
    first.run()
    elsewhere = Studio(account="ef01")
    other, _ = bench_of(tmp_path / "two", replace(TALK, prompt=("Calm.",)), gateway=elsewhere)
    other.lock = first.lock
    assert outcomes(other.run()) == {"talk": Outcome.MADE}
    assert (makings(gateway), makings(elsewhere)) == (1, 1)
    assert [voice.account for voice in voices(other)] == ["abcd", "ef01"]


def test_what_a_double_made_is_marked_and_stands_beside_the_real_one(tmp_path: Path) -> None:
    bench, _ = bench_of(tmp_path / "one", TALK)
    bench.run()
    double = Studio(sandbox=True, endpoint="http://127.0.0.1:9100")
    rehearsal, _ = bench_of(tmp_path / "two", replace(TALK, prompt=("Calm.",)), gateway=double)
    rehearsal.lock = bench.lock
    rehearsal.run()
    assert makings(double) == 1
    assert [voice.sandbox for voice in voices(rehearsal)] == [False, True]


def test_one_that_is_open_at_another_address_is_not_asked_about_at_this_one(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    with pytest.raises(Killed):
        bench.run(kill=(2, True))
    gateway.endpoint = "https://moved.example"
    result = bench.run()
    assert outcomes(result) == {"talk": Outcome.OPEN}
    assert "https://scripted.example" in result.shots[0].message
    assert makings(gateway) == 1
