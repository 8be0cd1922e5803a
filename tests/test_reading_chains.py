"""Circles, times outside a clip, and chains that grow too long."""

from pathlib import Path

import pytest
from written_builder import fine, line_of, pointed_at

from runner.core.diagnostic import Diagnostic, Findings, Severity
from runner.reading.chains import check_chains

HEAD = "storyboard: 1\ntitle: x\nmodel: kling-v3\nshots:\n"


def checked(shots: list[str], folder: Path) -> list[Diagnostic]:
    lines = "".join(f"  - {{{shot}, prompt: x}}\n" for shot in shots)
    findings = Findings()
    check_chains(fine(HEAD + lines, folder), findings)
    return findings.diagnostics


def test_a_circle_is_named_once_at_one_of_its_links(tmp_path: Path) -> None:
    (found,) = checked(["id: a, from: c", "id: b, from: a", "id: c, from: b", "id: d, from: c"], tmp_path)
    assert (found.code, found.severity) == ("chain-cycle", Severity.ERROR)
    assert found.message == "shots wait for each other in a circle: a -> c -> b -> a"
    assert (line_of(found.place), pointed_at(found.place)) == ("storyboard.yaml:5", "c")
    assert [said for said, _ in found.related] == ["`c` waits for `b`", "`b` waits for `a`"]


def test_a_shot_that_draws_from_itself_is_a_circle(tmp_path: Path) -> None:
    (found,) = checked(["id: a, last_frame: {shot: a, at: first}"], tmp_path)
    assert found.message == "a shot waits for itself: a -> a"


def test_waiting_without_a_picture_closes_a_circle_too(tmp_path: Path) -> None:
    (found,) = checked(["id: a, after: [b]", "id: b, from: a"], tmp_path)
    assert found.message.endswith("a -> b -> a")


def test_every_circle_is_told(tmp_path: Path) -> None:
    shots = ["id: a, from: b, after: [c]", "id: b, from: a", "id: c, from: a", "id: x, from: y", "id: y, from: x"]
    messages = {found.message.rpartition(": ")[2] for found in checked(shots, tmp_path)}
    assert messages == {"a -> b -> a", "a -> c -> a", "x -> y -> x"}


def test_two_ways_to_the_same_shot_are_no_circle(tmp_path: Path) -> None:
    assert (
        checked(["id: a", "id: b, from: a", "id: c, from: a, after: [b]", "id: d, from: c, after: [b]"], tmp_path) == []
    )


def test_a_time_beyond_the_end_of_its_clip_is_told(tmp_path: Path) -> None:
    shots = ["id: a, duration: 5", "id: b, from: {shot: a, at: 5.5}", "id: c, from: {shot: a, at: 5}"]
    (found,) = checked(shots, tmp_path)
    assert (found.code, pointed_at(found.place)) == ("at-outside-clip", "5.5")
    assert found.message == "`first_frame` is taken from `a` at 5.5 s, but that clip ends at 5 s"
    assert [pointed_at(place) for _, place in found.related] == ["5"]


def test_a_long_chain_is_warned_of_once(tmp_path: Path) -> None:
    shots = ["id: s0", *(f"id: s{number}, from: s{number - 1}" for number in range(1, 9))]
    (found,) = checked(shots, tmp_path)
    assert (found.code, found.severity) == ("chain-depth", Severity.WARNING)
    assert found.message == "`s4` is the 5th clip in a row that opens on the last frame of the one before"


def test_four_clips_in_a_row_are_fine(tmp_path: Path) -> None:
    assert checked(["id: s0", *(f"id: s{number}, from: s{number - 1}" for number in range(1, 4))], tmp_path) == []


def test_a_time_in_the_middle_or_an_opening_frame_begins_a_new_chain(tmp_path: Path) -> None:
    shots = ["id: s0", "id: s1, from: s0", "id: s2, from: s1", "id: s3, from: {shot: s2, at: 2}", "id: s4, from: s3"]
    assert checked([*shots, "id: s5, from: s4", "id: s6, from: s5"], tmp_path) == []


def test_chains_written_in_any_order_are_found(tmp_path: Path) -> None:
    shots = [*(f"id: s{number}, from: s{number - 1}" for number in range(5, 0, -1)), "id: s0"]
    assert [found.message[:4] for found in checked(shots, tmp_path)] == ["`s4`"]


@pytest.mark.timeout(30)
def test_ten_thousand_shots_in_one_chain_are_no_trouble(tmp_path: Path) -> None:
    shots = ["id: s0", *(f"id: s{number}, from: s{number - 1}" for number in range(1, 10_000))]
    storyboard = fine(HEAD + "".join(f"  - {{{shot}, prompt: x}}\n" for shot in shots), tmp_path)
    findings = Findings()
    check_chains(storyboard, findings)
    assert [found.code for found in findings.diagnostics] == ["chain-depth"]


def test_a_circle_of_thousands_is_named_in_a_few_words(tmp_path: Path) -> None:
    shots = [f"id: s{number}, from: s{(number + 1) % 3000}" for number in range(3000)]
    (found,) = checked(shots, tmp_path)
    assert found.message.startswith("shots wait for each other in a circle: s0 -> s1 -> ")
    assert found.message.endswith("s2998 -> s2999 -> s0")
    assert len(found.message) < 200


def test_a_knot_of_shots_is_not_told_in_every_way_it_can_be_walked(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(40)]
    shots = [f"id: {name}, after: [{', '.join(other for other in names if other != name)}]" for name in names]
    assert 1 <= len(checked(shots, tmp_path)) <= 20
