"""Voices and elements are the account's: what another production made is used, and what it removed made anew."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from run_bench import Bench, outcomes
from scripted_gateway import CUT_AFTER_CHARGING
from scripted_studio import Studio
from voiced_film import SHOUT, SILENT, TALK, bench_of, makings, voices

from runner.model.gateway import AlreadyExists, Found, Gone, JobState, NotFound
from runner.model.ledger import AttemptState
from runner.model.money import Money
from runner.model.run import Outcome
from runner.running.spending import spent_by

VOICE_AND_CLIP = (Money(Decimal("0.57"), "USD"),)
CLIP = (Money(Decimal("0.50"), "USD"),)


def spent(bench: Bench) -> Sequence[Money]:
    return spent_by(bench.lock, bench.ledger, sandbox=False)


def made_elsewhere(folder: Path) -> tuple[Bench, Studio]:
    """Another production of the account, with an empty journal and lock, where the voice exists."""
    first, gateway = bench_of(folder / "one", TALK)
    first.run()
    other, _ = bench_of(folder / "two", SHOUT, gateway=gateway)
    return other, gateway


def remove_all(gateway: Studio, state: JobState) -> None:
    for job in gateway.jobs.values():
        if job.request.label.startswith("voice:"):
            job.ending, job.polls = state, []


def test_one_that_another_production_made_and_removed_is_made_anew_without_a_question(tmp_path: Path) -> None:
    other, gateway = made_elsewhere(tmp_path)
    remove_all(gateway, Gone())
    assert outcomes(other.run()) == {"shout": Outcome.MADE}
    assert other.states[0] is AttemptState.LOST
    assert other.names[0] != other.names[1]
    assert spent(other) == VOICE_AND_CLIP


def test_as_many_as_were_made_and_removed_are_passed_by_in_one_run(tmp_path: Path) -> None:
    gateway = Studio()
    for count in range(6):
        bench, _ = bench_of(tmp_path / str(count), TALK, gateway=gateway)
        assert outcomes(bench.run()) == {"talk": Outcome.MADE}
        remove_all(gateway, Gone())
    assert bench.states.count(AttemptState.LOST) == 5


def test_one_that_exists_and_is_never_found_counts_as_removed_once_it_would_have_shown(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.submits = [AlreadyExists()]
    gateway.finds = [NotFound()] * 8
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert bench.states == [AttemptState.LOST, AttemptState.REGISTERED, AttemptState.STORED]


def test_one_that_only_shows_late_is_attached_to(tmp_path: Path) -> None:
    other, gateway = made_elsewhere(tmp_path)
    gateway.looks_until_shown = 6
    assert outcomes(other.run()) == {"shout": Outcome.MADE}
    assert makings(gateway) == 2
    assert len(gateway.till) == 3
    assert voices(other)[0].id == "v-1"


def test_a_clip_that_exists_and_is_not_found_stays_a_question(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, SILENT)
    gateway.submits = [AlreadyExists()]
    gateway.finds = [NotFound()] * 8
    assert outcomes(bench.run()) == {"silent": Outcome.OPEN}
    assert len(gateway.submitted) == 1


def test_what_was_there_before_anything_was_sent_costs_this_production_nothing(tmp_path: Path) -> None:
    other, gateway = made_elsewhere(tmp_path)
    gateway.charge = None
    other.run()
    assert len(gateway.till) == 3
    assert spent(other) == CLIP
    assert [(one.charge, one.price) for one in voices(other)] == [(None, None)]


def test_nor_does_a_charge_the_gateway_tells_of_it(tmp_path: Path) -> None:
    first, gateway = bench_of(tmp_path / "one", TALK)
    gateway.charge = Money(Decimal("0.20"), "USD")
    first.run()
    other, _ = bench_of(tmp_path / "two", SHOUT, gateway=gateway)
    other.run()
    assert spent(other) == (Money(Decimal("0.20"), "USD"),)
    assert [one.cost for one in voices(other)] == [None]


def test_what_exists_since_our_own_answer_was_lost_is_ours_and_paid(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.submits = [CUT_AFTER_CHARGING]
    gateway.finds = [NotFound()]
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert gateway.submitted.count("voice:gruff") == 2
    assert spent(bench) == VOICE_AND_CLIP


@pytest.mark.parametrize("is_removed", [True, False])
def test_whether_it_was_removed_is_seen_at_the_look_up_that_ends_a_doubt(tmp_path: Path, *, is_removed: bool) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.submits = [CUT_AFTER_CHARGING]
    if is_removed:
        gateway.finds = [Found("making-1", Gone())]
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert (AttemptState.LOST in bench.states) == is_removed


def test_one_that_another_machine_made_after_the_first_was_removed_is_used_and_stays_in_the_lock(
    tmp_path: Path,
) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    bench.run()
    (first,) = voices(bench)
    gateway.removed = {first.id}
    later = replace(first, id="v-9", job="making-9", made="2027-01-01T00:00:00.000Z")
    bench.lock = replace(bench.lock, resources=(later,))
    bench.film = replace(bench.film, shots=(TALK, SHOUT))
    assert outcomes(bench.run())["shout"] is Outcome.MADE
    assert gateway.clips[-1].made == {("voice", "gruff"): "v-9"}
    assert (voices(bench), makings(gateway)) == ((later,), 1)
