"""The lint for shots that ask for exactly the same clip."""

from dataclasses import replace

import pytest
from planning_builders import chained, make_shot, make_storyboard, picture, place, set_value

from runner.core.diagnostic import Diagnostic, Findings, Severity
from runner.model.storyboard import Chained, Shot
from runner.planning.same_requests import check_same_requests


def told(*shots: Shot) -> list[Diagnostic]:
    findings = Findings()
    numbered = [replace(shot, place=place(number)) for number, shot in enumerate(shots, start=1)]
    check_same_requests(make_storyboard(*numbered), findings)
    return findings.diagnostics


def test_the_later_shot_is_told_with_the_place_of_the_first() -> None:
    assert told(make_shot("a", "Up."), make_shot("x"), make_shot("b", "Up.")) == [
        Diagnostic(
            "same-request",
            Severity.WARNING,
            "`b` asks for exactly the same clip as `a`, so both get the same take",
            place(3),
            "change a word, or write `rolls: 2` at one shot and choose a take for each",
            (("`a` asks for it here", place(1)),),
        )
    ]


def test_shots_that_differ_in_anything_asked_for_are_not_told() -> None:
    assert (
        told(make_shot("a", "Up."), make_shot("b", "Up.", duration=9), make_shot("c", "Up.", first=chained("a"))) == []
    )


def test_shots_that_differ_in_what_one_provider_is_told_get_takes_of_their_own() -> None:
    calm, wild = {"studio": {"style": "calm"}}, {"studio": {"style": "wild"}}
    assert told(make_shot("a", "Up.", options=calm), make_shot("b", "Up.", options=wild), make_shot("c", "Up.")) == []
    assert len(told(make_shot("a", "Up.", options=calm), make_shot("b", "Up.", options=calm))) == 1


def test_shots_chained_from_equal_shots_are_equal_too() -> None:
    shots = [
        make_shot("a", "Up."),
        make_shot("b", "Up."),
        make_shot("after-a", "On.", first=chained("a")),
        make_shot("after-b", "On.", first=chained("b")),
        make_shot("after-a-at-start", "On.", first=chained("a", "first")),
    ]
    assert [found.message.split("`")[1] for found in told(*shots)] == ["b", "after-b"]


def test_shots_in_a_circle_or_with_unknown_sources_are_passed_over() -> None:
    circle = [make_shot("a", "Up.", first=chained("b")), make_shot("b", "Up.", first=chained("a"))]
    lost = [make_shot("c", "On.", first=chained("nowhere")), make_shot("d", "On.", first=chained("nowhere"))]
    hanging = [make_shot("e", first=chained("a")), make_shot("self", first=chained("self"))]
    assert told(*circle, *lost, *hanging) == []


def test_a_chain_of_thousands_written_backwards_is_walked() -> None:
    shots = [
        make_shot(f"s{number}", first=chained(f"s{number + 1}") if number < 3000 else None) for number in range(3001)
    ]
    assert told(*shots, make_shot("twin", "a picture of s0", first=chained("s1"))) != []
    assert told(*shots, make_shot("other", "a picture of s0", first=chained("s2"), seed=set_value(1))) == []


def test_a_picture_that_could_not_be_read_is_compared_by_its_path() -> None:
    unread = replace(picture("x"), digest=None)
    other = replace(unread, path="y.png")
    shots = [
        make_shot("a", "Up.", first=unread),
        make_shot("b", "Up.", first=other),
        make_shot("c", "Up.", first=unread),
    ]
    assert [found.message.split("`")[1] for found in told(*shots)] == ["c"]


def test_no_shot_of_a_large_circle_is_walked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    size, looks = 300, []
    circle = [make_shot(f"s{number}", first=chained(f"s{(number - 1) % size}")) for number in range(size)]

    def look(shot: Shot) -> tuple[tuple[str, Chained], ...]:
        looks.append(shot.id)
        assert isinstance(shot.first_frame, Chained)
        return (("first_frame", shot.first_frame),)

    monkeypatch.setattr(Shot, "chained", property(look))
    assert told(*circle) == []
    assert len(looks) <= 2 * size
