"""`resolve`: one answer is about one attempt, can be corrected, and is taken whatever its shot is called by now."""

import shutil
from pathlib import Path

import pytest
from questioned_film import ABANDONED, ACCEPTED, HARBOUR, STORED, TWO_ROLLS, UNCERTAIN, film_of, named_in

from runner.model.ledger import AttemptState

pytestmark = pytest.mark.slow


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
