"""What is told of open questions: the list, the ways out of a clip not as asked for, the status and the page."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from questioned_film import (
    ABANDONED,
    HARBOUR,
    STORED,
    TWO_ROLLS,
    UNCERTAIN,
    VOICED,
    Film,
    film_of,
)

from runner.sandbox.fault_script import read_fault_script
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

pytestmark = pytest.mark.slow


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
