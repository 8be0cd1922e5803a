"""`resolve`: one answer is about one attempt, can be corrected, and is taken whatever its shot is called by now."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paid_production import PaidProduction, Ran

from runner.model.ledger import AttemptState
from runner.sandbox.fault_script import read_fault_script
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

HEAD = """\
storyboard: 1
id: faulted
title: Faulted
provider: mulerouter
model: kling-v2.6
defaults: {mode: pro, duration: 5, aspect_ratio: "1:1", sound: off}
profiles: {alt: {duration: 10}}
budget: 50 USD
prices: {mulerouter: {kling-v2.6: [{price: 1 USD/clip}]}}
shots:
"""
HARBOUR = "{id: harbour, prompt: A harbour.}"
TWO_ROLLS = "{id: harbour, prompt: A harbour., rolls: 2}"

ACCEPTED, SUCCEEDED, UNCERTAIN = AttemptState.ACCEPTED, AttemptState.SUCCEEDED, AttemptState.UNCERTAIN
ABANDONED, STORED = AttemptState.ABANDONED, AttemptState.STORED

pytestmark = pytest.mark.slow


class Film(PaidProduction):
    """At a gateway that finds no job by our name, so that every doubt is a person's."""

    def shots(self, *shots: str) -> None:
        self.write(HEAD + "".join(f"  - {shot}\n" for shot in shots))

    def resolve(self, *words: str) -> Ran:
        return self.do("resolve", *words)

    def jobs(self) -> list[str]:
        return [charge["job"] for charge in self.sandbox.till()["charges"]]

    def by_roll(self) -> list[AttemptState]:
        attempts = sorted(self.ledger.attempts.values(), key=lambda one: (one.intent.roll, one.number))
        return [one.state for one in attempts]


@contextmanager
def film_of(folder: Path, *shots: str, cut: str = "times: 9", seconds: float | None = None) -> Iterator[Film]:
    script = read_fault_script(f"- {{on: create, do: cut-after-charging, {cut}}}", "faults.yaml")
    options = SandboxOptions(faults=script, clips="small")
    if seconds is not None:
        options = SandboxOptions(faults=script, clips="small", latency=seconds)
    with running_sandbox(options) as sandbox:
        film = Film(folder / "film", folder / "home", "mulerouter", sandbox)
        film.shots(*shots)
        yield film


@pytest.mark.parametrize("answer", ["charged", "not-charged", "abandon"])
def test_an_answer_to_a_doubt_leaves_the_jobs_that_are_known_alone(tmp_path: Path, answer: str) -> None:
    with film_of(tmp_path, TWO_ROLLS, cut="nth: [1]", seconds=3.0) as film:
        film.run("--jobs", "1", "--wait", "1")
        assert sorted(film.by_roll()) == [ACCEPTED, UNCERTAIN]
        assert film.resolve("harbour", answer).code == 0
        assert film.by_roll().count(ACCEPTED) == 1
        assert UNCERTAIN not in film.by_roll()


def test_an_answer_that_could_be_about_several_rolls_is_refused_with_a_command_for_each(tmp_path: Path) -> None:
    with film_of(tmp_path, TWO_ROLLS, cut="times: 2") as film:
        assert film.run().code == 4
        jobs = film.jobs()
        for answer in (["charged"], ["not-charged"], ["abandon"], ["charged", "--job", jobs[0]]):
            refused = film.resolve("harbour", *answer)
            assert (refused.code, film.by_roll()) == (2, [UNCERTAIN, UNCERTAIN])
            for roll in (1, 2):
                assert f"`framechain resolve harbour {' '.join(answer)} --roll {roll}`" in refused.err
        assert film.resolve("harbour", "charged", "--job", jobs[0], "--roll", "1").code == 0
        taken = film.resolve("harbour", "charged", "--job", jobs[0], "--roll", "2")
        assert (taken.code, film.by_roll()) == (2, [ACCEPTED, UNCERTAIN])
        assert f"job `{jobs[0]}` at `mulerouter` is that of `harbour`, roll 1, accepted" in taken.err
        assert film.resolve("harbour", "charged", "--job", jobs[1], "--roll", "2").code == 0
        assert film.run().code == 0
        assert (film.by_roll(), film.charges()) == ([STORED, STORED], 2)


def test_a_doubt_of_one_profile_is_not_answered_with_that_of_another(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="times: 2") as film:
        film.run()
        told = film.run("--profile", "alt").out
        assert "`framechain resolve harbour --profile alt`" in told
        assert film.resolve("harbour", "charged", "--job", film.jobs()[1], "--profile", "alt").code == 0
        assert film.by_roll() == [UNCERTAIN, ACCEPTED]
        assert film.resolve("harbour", "not-charged").code == 0
        assert film.by_roll() == [AttemptState.UNCHARGED, ACCEPTED]


def test_two_doubts_of_one_roll_are_told_apart_by_the_attempt(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="times: 2") as film:
        film.run()
        film.shots("{id: harbour, prompt: Another harbour.}")
        film.run()
        refused = film.resolve("harbour", "not-charged")
        first, second = film.ledger.attempts
        assert refused.code == 2
        assert f"`framechain resolve harbour not-charged --attempt {first}`" in refused.err
        assert film.resolve("harbour", "not-charged", "--attempt", second).code == 0
        assert film.by_roll() == [UNCERTAIN, AttemptState.UNCHARGED]


def test_a_question_is_answered_though_its_shot_is_called_otherwise_by_now_or_is_gone(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, "{id: same, prompt: A harbour.}", cut="times: 1") as film:
        film.run()
        assert "harbour, roll 1" in film.resolve("same").out
        film.shots("{id: port, prompt: A harbour.}")
        assert "`framechain resolve harbour`" in film.run().out
        assert "harbour, roll 1" in film.resolve("port").out
        film.shots("{id: other, prompt: Quite another.}")
        told = film.run()
        assert (told.code, "`framechain resolve harbour`" in told.out) == (4, True)
        assert film.resolve("harbour", "charged", "--job", film.jobs()[0]).code == 0
        assert film.run().code == 0
        assert film.states()["harbour"] == [STORED]
        assert "unknown-shot" in film.resolve("harbour").err


def test_a_question_is_told_once(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="times: 1") as film:
        assert "other jobs of earlier runs" not in film.run().out
        again = film.run()
        assert again.code == 4
        assert again.out.count("  harbour: ") == 1
        assert "other jobs of earlier runs" not in again.out


def test_a_job_that_was_said_wrong_is_corrected(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="times: 1") as film:
        film.run()
        film.resolve("harbour", "charged", "--job", "nonexistent")
        assert film.run().code == 4
        assert film.resolve("harbour", "charged").out == "there is no open question about harbour\n"
        corrected = film.resolve("harbour", "charged", "--job", film.jobs()[0])
        assert (corrected.code, film.states()) == (0, {"harbour": [ACCEPTED]})
        assert film.run().code == 0
        assert (film.states(), film.charges()) == ({"harbour": [STORED]}, 1)


@contextmanager
def with_a_wrong_clip(folder: Path) -> Iterator[Film]:
    """`long` was answered with the job of somebody else's clip of half its length."""
    with film_of(folder, "{id: long, prompt: A harbour., duration: 10}", cut="times: 2") as film:
        film.run()
        other = Film(folder / "other", folder / "other-home", "mulerouter", film.sandbox)
        other.shots("{id: short, prompt: A lamp.}")
        other.run()
        film.resolve("long", "charged", "--job", film.jobs()[1])
        yield film


def test_a_clip_of_the_wrong_length_is_a_question_with_its_ways_out(tmp_path: Path) -> None:
    with with_a_wrong_clip(tmp_path) as film:
        job = film.jobs()[1]
        for command in (["run", "--yes"], ["run", "--yes"], ["retry", "--yes"], ["run", "--yes", "--remake", "long"]):
            ran = film.do(*command)
            assert ran.code == 4, ran.told
            assert f"it lasts 5.0 s, asked for were 10 s, kept as {film.home}" in ran.out
            assert f"(job {job})" in ran.out
            assert "`framechain adopt long FILE` takes it" in ran.out
            assert "`framechain resolve long abandon` lets go of it, and the next run makes it anew" in ran.out
        status = film.do("status").out
        assert ("1 shot: 1 open" in status, "running" in status) == (True, False)
        assert "`framechain resolve long abandon` lets go of it" in film.resolve("long").out
        assert film.resolve("long", "charged", "--job", film.jobs()[0]).code == 0
        assert film.run().code == 0
        assert (film.states(), film.charges()) == ({"long": [STORED]}, 2)


def test_a_clip_of_the_wrong_length_is_made_anew_once_it_is_let_go_of(tmp_path: Path) -> None:
    with with_a_wrong_clip(tmp_path) as film:
        film.run()
        assert film.resolve("long", "abandon").code == 0
        assert film.run().code == 0
        assert film.states() == {"long": [ABANDONED, STORED]}


def test_adopted_footage_closes_the_attempt_whose_clip_it_stands_for(tmp_path: Path) -> None:
    with with_a_wrong_clip(tmp_path) as film:
        film.run()
        (kept,) = (film.home / "takes").rglob("*.mp4")
        assert film.do("adopt", "long", str(kept)).code == 0
        assert film.states() == {"long": [ABANDONED]}
        ran = film.run()
        assert (ran.code, "other jobs" in ran.told) == (0, False)
        assert "open at a provider" not in film.do("status").out
