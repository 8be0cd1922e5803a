"""`resolve`: one answer is about one attempt, can be corrected, and is taken whatever its shot is called by now."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paid_production import PaidProduction, Ran
from PIL import Image

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

VOICED = """\
storyboard: 1
id: faulted
title: Voiced
provider: fal
model: kling-v2.6
defaults: {mode: pro, duration: 5, sound: on}
voices: {gruff: {description: low, sample: {url: "https://example.com/gruff.mp3"}}}
shots:
  - {id: man, first_frame: frame.png, prompt: A man., dialogue: [{voice: gruff, text: One more night.}]}
"""

ACCEPTED, SUCCEEDED, UNCERTAIN = AttemptState.ACCEPTED, AttemptState.SUCCEEDED, AttemptState.UNCERTAIN
ABANDONED, STORED = AttemptState.ABANDONED, AttemptState.STORED

pytestmark = pytest.mark.slow


class Film(PaidProduction):
    """At a gateway that finds no job by our name, so that every doubt is a person's."""

    def shots(self, *shots: str) -> None:
        self.write(HEAD + "".join(f"  - {shot}\n" for shot in shots))

    @property
    def text(self) -> str:
        return (self.folder / "storyboard.yaml").read_text("utf-8")

    def resolve(self, *words: str) -> Ran:
        return self.do("resolve", *words)

    def jobs(self) -> list[str]:
        return [charge["job"] for charge in self.sandbox.till()["charges"]]

    def attempt_of(self, job: str) -> str:
        return next(one.id for one in self.ledger.attempts.values() if one.job == job)

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


def named_in(told: str, before: str) -> list[str]:
    """The command that is told behind these words, to be copied."""
    return told.partition(before)[2].partition("`")[2].partition("`")[0].split()[1:]


def test_the_command_for_a_known_job_lets_go_of_no_doubt_that_is_open_beside_it(tmp_path: Path) -> None:
    with film_of(tmp_path, TWO_ROLLS, cut="nth: [1]", seconds=3.0) as film:
        film.run("--jobs", "1", "--wait", "1")
        known = next(one for one in film.ledger.attempts.values() if one.job is not None)
        told = film.resolve("harbour", "--roll", str(known.intent.roll)).out
        assert film.do(*named_in(told, "gone for good, ")).code == 0
        assert film.by_roll().count(UNCERTAIN) == 1
        assert film.ledger.attempts[known.id].state is ABANDONED


def test_a_doubt_of_another_name_is_left_alone_where_something_is_open_under_the_name_given(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="nth: [2]", seconds=30.0) as film:
        film.run("--wait", "1")
        film.shots("{id: lamp, prompt: The lamp.}")
        film.run("--wait", "1")
        film.shots("{id: harbour, prompt: The lamp.}")
        assert film.do(*named_in(film.resolve().out, "gone for good, ")).code == 0
        assert film.states() == {"harbour": [ABANDONED], "lamp": [UNCERTAIN]}
        assert "lamp, roll 1" in film.resolve("harbour").out


def test_questions_are_listed_and_answered_though_the_storyboard_has_errors(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="times: 1") as film:
        film.run()
        film.shots("{id: harbour, prompt: A harbour., from: nowhere}", "{id: a, from: b}", "{id: b, from: a}")
        assert film.resolve().out.startswith("1 open question\n\nharbour, roll 1: ")
        assert "unknown-shot" in film.resolve("gone").err
        assert "unknown-profile" in film.resolve("harbour", "--profile", "lat").err
        assert film.resolve("harbour", "not-charged").code == 0
        assert film.by_roll() == [AttemptState.UNCHARGED]
        assert film.run().code == 2
        film.lock.unlink()
        assert "unknown-shot" in film.resolve().err


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


def test_a_doubt_is_found_from_another_profile_that_asks_for_the_same(tmp_path: Path) -> None:
    with film_of(tmp_path, "{id: harbour, prompt: A harbour., duration: 5}", cut="times: 1") as film:
        film.run()
        assert film.resolve("harbour", "not-charged", "--profile", "alt").code == 0
        assert film.by_roll() == [AttemptState.UNCHARGED]


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


def test_a_job_that_only_the_lock_knows_for_another_shot_is_refused(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="nth: [2]") as film:
        film.run()
        shutil.rmtree(film.data)
        film.shots(HARBOUR, "{id: lamp, prompt: The lamp.}")
        film.run()
        refused = film.resolve("lamp", "charged", "--job", film.jobs()[0])
        assert (refused.code, "job-taken" in refused.err, "`harbour`" in refused.err) == (2, True, True), refused.told
        assert film.resolve("lamp", "charged", "--job", film.jobs()[1]).code == 0


def test_an_answer_that_comes_too_late_is_no_success(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR) as film:
        film.run()
        assert film.resolve("harbour", "charged").code == 0
        late = film.resolve("harbour", "charged", "--job", film.jobs()[0])
        assert (late.code, "no open question about harbour" in late.told) == (2, True), late.told


def test_what_is_made_already_is_fetched_though_the_budget_is_used_up(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="nth: [9]", seconds=3.0) as film:
        film.write(film.text.replace("budget: 50 USD", "budget: 1 USD"))
        film.run("--wait", "1")
        film.write(film.text.replace("A harbour.", "A harbour at night."))
        assert film.run().code == 3
        film.run("--no-spend")
        assert film.states() == {"harbour": [STORED]}
        assert len(film.jobs()) == 1


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
            assert f"`framechain resolve long abandon --attempt {film.attempt_of(job)}` lets go of it, and" in ran.out
        status = film.do("status").out
        assert ("1 shot: 1 open" in status, "running" in status) == (True, False)
        assert "`framechain resolve long abandon --attempt " in film.resolve("long").out
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


def listed_commands(told: str) -> list[list[str]]:
    """As they stand there to be copied."""
    return [line.split()[1:] for line in told.splitlines() if line.startswith("    framechain resolve ")]


def test_all_open_questions_are_listed_with_commands_that_each_answer_just_one(tmp_path: Path) -> None:
    boat = "{id: boat, prompt: A boat.}"
    with film_of(tmp_path, TWO_ROLLS, boat, cut="times: 4") as film:
        film.run("--jobs", "1")
        assert "`framechain resolve` lists these questions" in film.run().out
        assert "`framechain resolve` lists what only you can say" in film.do("status").out
        # One of a profile, and one under a name the shot had before.
        film.run("--profile", "alt", "--only", "boat")
        film.write(film.text.replace("id: boat", "id: ship"))
        listing = film.resolve()
        assert listing.code == 4
        assert listing.out.startswith("4 open questions\n")
        assert "  what was asked: kling-v2.6, pro, 5 s: A boat." in listing.out
        assert "  charged           it was paid for, and its job cannot be found" in listing.out
        commands = listed_commands(listing.out)
        answers = [one for one in commands if "not-charged" in one]
        assert (len(commands), len(answers)) == (12, 4)
        for left in (3, 2, 1, 0):
            assert film.do(*answers.pop()).code == 0
            assert sum(one.state.is_doubtful for one in film.ledger.attempts.values()) == left
        done = film.resolve()
        assert (done.code, done.out) == (0, "no open question\n")


def test_the_list_is_had_from_elsewhere_with_the_production_in_each_command(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="times: 1") as film:
        film.run()
        for named in (str(film.folder), f"{film.folder}/storyboard.yaml"):
            told = film.resolve(named).out
            assert f"    framechain resolve harbour not-charged {named}\n" in told
            assert f"    framechain resolve harbour not-charged {named}\n" in film.resolve("harbour", named).out
        assert film.resolve("harbour", "--roll", "1").code == 4
        assert "name the SHOT" in film.resolve("--roll", "1").err


def test_a_job_the_next_run_goes_on_with_is_listed_and_is_no_question(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="nth: [9]", seconds=30.0) as film:
        film.run("--wait", "1")
        told = film.resolve()
        assert (told.code, told.out.splitlines()[0]) == (0, "no open question")
        assert "the next `framechain run` asks the provider about:\nharbour, roll 1: sent to mulerouter" in told.out
        assert "`framechain resolve harbour abandon` lets go of it" in told.out


def test_a_misspelt_answer_is_told_with_the_likely_one(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="times: 1") as film:
        film.run()
        refused = film.resolve("harbour", "notcharged")
        assert (refused.code, film.by_roll()) == (2, [UNCERTAIN])
        assert "`notcharged` is no answer; did you mean `not-charged`?" in refused.err


def test_several_doubts_of_profiles_that_are_gone_are_answered_by_the_attempt(tmp_path: Path) -> None:
    with film_of(tmp_path, TWO_ROLLS, cut="times: 2") as film:
        film.run("--profile", "alt")
        film.write(film.text.replace("profiles: {alt: {duration: 10}}\n", ""))
        refused = film.resolve("harbour", "not-charged")
        assert refused.code == 2
        assert "`framechain resolve harbour not-charged --roll 1`" in refused.err
        for command in [one for one in listed_commands(film.resolve().out) if "not-charged" in one]:
            assert film.do(*command).code == 0
        assert UNCERTAIN not in film.by_roll()


def test_the_page_does_not_tell_as_nothing_what_was_sent_at_a_price_nobody_knows(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, cut="times: 1") as film:
        film.write(film.text.replace("budget: 50 USD\nprices: {mulerouter: {kling-v2.6: [{price: 1 USD/clip}]}}\n", ""))
        film.run()
        assert film.do("review").code == 0
        page = (film.folder / "out" / "review.html").read_text("utf-8")
        assert "<dd>1 submit of unknown price, a sandbox's count</dd>" in page


def test_an_attempt_of_another_shot_is_not_answered_by_a_wrong_name(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, "{id: boat, prompt: A boat.}", cut="times: 2") as film:
        film.run("--jobs", "1")
        of_boat = next(one.id for one in film.ledger.attempts.values() if one.intent.shot == "boat")
        told = film.resolve("harbour", "not-charged", "--attempt", of_boat).out
        assert told == f"there is no open question about harbour with --attempt {of_boat}\n"
        assert film.by_roll() == [UNCERTAIN, UNCERTAIN]
        assert film.resolve("boat", "not-charged", "--roll", "7").out.endswith("about boat with --roll 7\n")
        assert film.resolve("boat", "not-charged", "--attempt", of_boat).code == 0
        assert film.by_roll().count(UNCERTAIN) == 1


def test_a_question_about_a_voice_is_listed_and_told_by_the_status(tmp_path: Path) -> None:
    script = read_fault_script("- {on: create, do: cut-after-charging, nth: 1}", "faults.yaml")
    with running_sandbox(SandboxOptions(faults=script, clips="small")) as sandbox:
        film = Film(tmp_path / "film", tmp_path / "home", "fal", sandbox)
        Image.new("RGB", (600, 600), "teal").save(film.folder / "frame.png")
        film.write(VOICED)
        assert film.run().code == 4
        assert "`framechain resolve` lists what only you can say" in film.do("status").out
        told = film.resolve().out
        assert "  what was asked: voice: low\n" in told
        (command,) = [one for one in listed_commands(told) if "not-charged" in one]
        assert film.do(*command).code == 0
        assert film.run().code == 0
        assert "`framechain resolve`" not in film.do("status").out


def test_a_shot_with_a_question_is_not_told_to_be_made_by_selecting_it(tmp_path: Path) -> None:
    with film_of(tmp_path, HARBOUR, "{id: boat, prompt: A boat.}", cut="nth: [1]") as film:
        film.run("--jobs", "1")
        asked, _ = json.loads(film.do("plan", "--only", "boat", "--json").out)["shots"]
        assert (asked["id"], asked["action"]) == ("harbour", "blocked")
        assert "`framechain resolve harbour`" in asked["hint"]
        assert "--only" not in asked["hint"]
