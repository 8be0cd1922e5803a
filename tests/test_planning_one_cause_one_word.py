"""What a gateway does not take is told once, at the line that asked, with a way out that does not contradict itself."""

import pytest
from gateway_bodies import problems
from kling_boards import FIRST, board
from reseller_boards import board_at

from runner.core.diagnostic import Diagnostic, Severity


def told(provider: str, storyboard: str) -> list[tuple[Diagnostic, str]]:
    """Each error with the line it is told at."""
    lines = storyboard.splitlines()
    found = [one for one in problems(provider, storyboard) if one.severity is Severity.ERROR]
    return [(one, "" if one.place is None else lines[one.place.line - 1].strip()) for one in found]


@pytest.mark.parametrize(
    ("provider", "shot"), [("aimlapi", "kling-v2.6; mode: 4k"), ("fal", "kling-v2.6; first; mode: 4k")]
)
def test_a_mode_the_model_has_not_is_one_word(provider: str, shot: str) -> None:
    ((found, line),) = told(provider, board_at(provider, shot))
    assert line == "mode: 4k"
    assert "has no mode `4k`" in found.message
    assert "remove `mode`" not in str(found.hint)


def test_moving_masks_a_model_takes_none_of_are_one_word() -> None:
    ((found, line),) = told("fal", board_at("fal", "kling-v2.6; mode: pro; first; masks"))
    assert line.startswith("masks:")
    assert "takes no moving masks" in found.message
    assert "takes 0" not in found.message


def test_masks_where_no_kind_of_clip_has_them_are_told_at_the_masks() -> None:
    ((found, line),) = told("replicate", board_at("replicate", "kling-v3; first; masks"))
    assert line.startswith("masks:")
    assert found.message.endswith("takes no masks")


def test_what_stands_in_defaults_is_not_to_be_removed_from_the_shot() -> None:
    storyboard = board("kling-v3; first").replace("model: kling-v3", "defaults: {camera: {zoom: 1}}\nmodel: kling-v3")
    found = [one for one, line in told("kling", storyboard) if line.startswith("defaults:")]
    assert [str(one.hint).partition(",")[0] for one in found] == ["remove `camera`"]
    ((own, _),) = told("kling", board("kling-v3; first; pan"))
    assert str(own.hint).startswith("remove `camera` from this shot")


def test_an_element_of_one_picture_is_told_to_need_more() -> None:
    entry = f"+elements drawn: {{description: a gull, frontal: {{url: {FIRST}}}}}"
    ((found, line),) = told("kling", board(f"kling-v3; first; prompt: \"{{{{ element('drawn') }}}}\"; {entry}"))
    assert line.startswith("drawn:")
    assert "`drawn` has only the first" in found.message
    assert "give it `references`" in str(found.hint)
