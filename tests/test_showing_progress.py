"""A run as it is told while it happens, and what it is said to have come to."""

import io
from collections.abc import Callable

import pytest

from runner.model.money import parse_money
from runner.model.run import Outcome, RunResult, ShotOutcome
from runner.showing.outcome_text import summary_text
from runner.showing.progress import TerminalProgress
from runner.showing.tables import fit_lines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def plain_run(tell: Callable[[TerminalProgress, Clock], None]) -> list[str]:
    stream, clock = io.StringIO(), Clock()
    progress = TerminalProgress(stream, clock)
    progress.started(["harbour", "climb", "lamp"])
    tell(progress, clock)
    progress.ended()
    return stream.getvalue().splitlines()


def test_a_voice_is_shown_and_not_counted_as_a_shot() -> None:
    def tell(progress: TerminalProgress, clock: Clock) -> None:
        del clock
        for name in ("voice:gruff", "harbour"):
            progress.shot(name, "submitting")
            progress.shot(name, "stored")

    lines = plain_run(tell)
    assert "stored       voice:gruff  0:00" in lines
    assert lines[-1].startswith("1 of 3 shots done, 2 waiting")


def test_without_a_terminal_each_change_is_one_plain_line() -> None:
    def tell(progress: TerminalProgress, clock: Clock) -> None:
        progress.shot("harbour", "submitting")
        progress.shot("harbour", "running", "10%")
        clock.now = 7.0
        progress.shot("harbour", "stored")
        progress.shot("lamp", "failed", "no")

    assert plain_run(tell) == [
        "submitting   harbour  0:00",
        "running      harbour  0:00  10%",
        "stored       harbour  0:07",
        "failed       lamp  no",
        "1 of 3 shots done, 1 waiting, 1 failed, 0:07",
    ]


def test_a_poll_that_sees_nothing_new_prints_nothing() -> None:
    def tell(progress: TerminalProgress, clock: Clock) -> None:
        for percent in range(100):
            progress.shot("harbour", "running", f"{percent}%")

    assert len(plain_run(tell)) == 2


def test_a_shot_that_waits_without_a_word_is_only_counted() -> None:
    def tell(progress: TerminalProgress, clock: Clock) -> None:
        progress.shot("harbour", "waiting")
        progress.shot("climb", "kept")
        progress.shot("lamp", "waiting", "again in 30 s")

    assert plain_run(tell) == ["waiting      lamp  again in 30 s", "1 of 3 shots done, 2 waiting, 0:00"]


def test_words_of_a_provider_cannot_move_the_cursor() -> None:
    def tell(progress: TerminalProgress, clock: Clock) -> None:
        progress.shot("lamp", "failed", "\x1b[2J\rdone")
        progress.said("\x1b]0;x\x07")

    lines = plain_run(tell)
    assert lines[0] == "failed       lamp  \\u{1b}[2J done"
    assert lines[1] == "\\u{1b}]0;x\\u{7}"


def test_a_run_with_nothing_to_do_prints_nothing() -> None:
    stream = io.StringIO()
    progress = TerminalProgress(stream)
    progress.started([])
    progress.ended()
    assert stream.getvalue() == ""


def test_a_terminal_sees_what_is_done_and_gets_its_cursor_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    progress = TerminalProgress(stream, Clock())
    progress.started(["harbour", "climb"])
    progress.shot("harbour", "running", "[bold]10%")
    progress.shot("harbour", "stored", "[red]x")
    progress.said("hello")
    progress.ended()
    progress.ended()
    text = stream.getvalue()
    assert "stored       harbour  0:00  [red]x" in text
    assert "hello" in text
    assert "0 of 2 shots done, 1 waiting, 1 running" in text or "1 of 2 shots done, 1 waiting" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert text.endswith("1 of 2 shots done, 1 waiting, 0:00\n")


def test_the_live_view_never_outgrows_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("LINES", "10")
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    progress = TerminalProgress(stream, Clock())
    shots = [f"shot-{number}" for number in range(500)]
    progress.started(shots)
    for shot in shots:
        progress.shot(shot, "running")
    view = progress._view
    rows = view._draw().row_count  # type: ignore[union-attr]
    progress.ended()
    assert rows <= 10


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    progress = TerminalProgress(stream, Clock())
    progress.started(["harbour"])
    progress.shot("harbour", "running")
    assert stream.getvalue() == "running      harbour  0:00\n"
    progress.ended()


def test_a_run_that_made_nothing_says_so() -> None:
    result = RunResult((ShotOutcome("harbour", Outcome.KEPT), ShotOutcome("climb", Outcome.KEPT)))
    assert summary_text(result) == "nothing to make: both shots have the take the storyboard asks for"


def test_a_summary_counts_outcomes_and_tells_what_to_do_about_each_that_is_not_well() -> None:
    result = RunResult(
        (
            ShotOutcome("harbour", Outcome.KEPT),
            ShotOutcome("climb", Outcome.MADE),
            ShotOutcome("lamp", Outcome.RESUMED),
            ShotOutcome("swell", Outcome.FAILED, message="no\x1b[2J", hint="`framechain retry swell`"),
            ShotOutcome("rocks", Outcome.BLOCKED, message="`swell` has no take"),
            ShotOutcome("boat", Outcome.WAITING, jobs=("job-7",)),
        ),
        spent=(parse_money("1.4 USD"),),
        old_jobs=(ShotOutcome("climb", Outcome.RESUMED),),
    )
    assert summary_text(result).splitlines() == [
        "1 shot made, 1 fetched from an earlier run, 1 kept, 1 waiting, 1 blocked, 1 failed",
        "still runs at the provider; a later run goes on with it:",
        "  boat (job job-7)",
        "blocked:",
        "  rocks: `swell` has no take",
        "failed:",
        "  swell: no\\u{1b}[2J",
        "    hint: `framechain retry swell`",
        "other jobs of earlier runs:",
        "  climb: fetched and kept as a take",
        "spent in this run: 1.40 USD",
    ]


def test_every_outcome_that_is_not_well_is_told_shot_by_shot() -> None:
    well = {Outcome.KEPT, Outcome.MADE, Outcome.RESUMED}
    for outcome in set(Outcome) - well:
        assert "  lamp: said" in summary_text(RunResult((ShotOutcome("lamp", outcome, message="said"),)))


def test_what_is_to_be_said_of_many_shots_alike_is_said_once() -> None:
    names = [f"s{number}" for number in range(7)]
    told = "not sent, because The Studio says: no credit (402)"
    blocked = tuple(ShotOutcome(name, Outcome.BLOCKED, message=told) for name in names)
    other = ShotOutcome("other", Outcome.BLOCKED, message="its frame cannot be cut")
    lines = summary_text(RunResult((*blocked, other))).splitlines()
    assert f"  s0, s1, s2, s3 and 3 more: {told}" in lines
    assert "  other: its frame cannot be cut" in lines
    assert sum(told in line for line in lines) == 1


def test_five_alike_are_all_named_and_jobs_are_never_put_together() -> None:
    five = tuple(ShotOutcome(f"s{number}", Outcome.BLOCKED, message="no credit") for number in range(5))
    assert "  s0, s1, s2, s3, s4: no credit" in summary_text(RunResult(five)).splitlines()
    two = tuple(ShotOutcome(name, Outcome.WAITING, message="it runs", jobs=(f"j-{name}",)) for name in ("a", "b"))
    assert "  b: it runs (job j-b)" in summary_text(RunResult(two)).splitlines()


def test_what_has_no_known_price_is_never_told_as_nothing() -> None:
    made = (ShotOutcome("lamp", Outcome.MADE),)
    assert "spent in this run: 2 submits of unknown price" in summary_text(RunResult(made, unpriced=2))
    both = RunResult(made, spent=(parse_money("0.7 USD"),), unpriced=1)
    assert "spent in this run: 0.70 USD and 1 submit of unknown price" in summary_text(both)
    assert "spent" not in summary_text(RunResult(made))


def test_shots_that_were_not_selected_are_named_and_nothing_else_is_said_of_each() -> None:
    left = tuple(
        ShotOutcome(name, Outcome.LEFT, message=f"not selected; waits for `{name}`", hint=f"make it: `--only +{name}`")
        for name in ("climb", "lamp", "storm")
    )
    made = ShotOutcome("harbour", Outcome.MADE)
    assert summary_text(RunResult((made, *left))).splitlines()[1:] == [
        "not selected, has no take:",
        "  climb, lamp, storm",
    ]
    alone = summary_text(RunResult((made, left[0])))
    assert "  climb: not selected; waits for `climb`\n    hint: make it: `--only +climb`" in alone


def test_several_open_questions_end_in_the_command_that_lists_them() -> None:
    asked = tuple(ShotOutcome(name, Outcome.OPEN, message="not known", hint=f"resolve {name}") for name in "ab")
    listing = "`framechain resolve` lists these questions, with the commands to answer each"
    assert listing in summary_text(RunResult(asked)).splitlines()
    assert listing not in summary_text(RunResult(asked[:1])).splitlines()
    assert listing in summary_text(RunResult((ShotOutcome("c", Outcome.LEFT),), old_jobs=asked)).splitlines()


def test_a_job_that_is_named_already_is_not_named_twice() -> None:
    waiting = ShotOutcome("lamp", Outcome.WAITING, message="job `j-7` still runs after 5 s", jobs=("j-7", "j-8"))
    assert "  lamp: job `j-7` still runs after 5 s (job j-8)" in summary_text(RunResult((waiting,))).splitlines()


def test_a_summary_keeps_to_the_width_of_the_terminal_and_its_commands_whole() -> None:
    hint = "look it up at the provider, and when you know what became of it give `framechain resolve lamp`"
    asked = ShotOutcome("lamp", Outcome.OPEN, message="whether it was taken is not known", hint=hint)
    whole = summary_text(RunResult((asked,)))
    lines = fit_lines(whole, 60).splitlines()
    assert max(map(len, lines)) <= 60
    assert any("`framechain resolve lamp`" in line for line in lines)
    assert " ".join(" ".join(lines).split()) == " ".join(whole.split())
    command = f"    framechain resolve {'lamp' * 20} charged --job ID"
    assert fit_lines(command, 60) == command
    assert fit_lines(whole, None) == whole
