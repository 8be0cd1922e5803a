"""Of a field that a task takes with other values only: which values those are, in the author's words."""

from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from test_planning_gateway_rules import check

from runner.core.diagnostic import Diagnostic

CAMERA: Final = "          camera:\n            fields:\n              type: {reference: camera.type}\n"


def check_on(folder: Path, shot: str, *changes: tuple[str, str]) -> list[Diagnostic]:
    for name in ("front", "frame"):
        Image.new("RGB", (640, 360), "navy").save(folder / f"{name}.png")
    (folder / "gruff.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(200))
    return check(folder, shot, *changes)


@pytest.mark.parametrize(
    ("condition", "camera", "taken"),
    [
        ("camera.amount: [-1.0, 0.0, 1.0, 2.0]", "{zoom: 2.5}", "a move by a whole number from -1 to 2"),
        ("camera.amount: [5.0, 10.0]", "{zoom: 2.5}", "a move by `5` or `10`"),
        ("camera.type: simple", "down_back", "one move, as `{zoom: 5}`"),
        ("camera.type: [down_back, forward_up, sweep]", "{zoom: 2}", "`down_back`, `forward_up` or `sweep`"),
        ("camera.move: pan, camera.amount: [1.0]", "{zoom: 2}", "`pan` with a move by `1`"),
    ],
)
def test_of_a_field_that_is_taken_with_other_values_those_are_told(
    tmp_path: Path, condition: str, camera: str, taken: str
) -> None:
    limited = (CAMERA, CAMERA.replace("fields:", f"when: {{{condition}}}\n            fields:", 1))
    (found,) = check_on(tmp_path, f"first_frame: frame.png\nprompt: Sea.\ncamera: {camera}", limited)
    assert found.code == "field-not-supported"
    assert found.message == f"`loud-2` from a picture at The Studio takes as `camera` only {taken}"
    assert found.hint == "write what it takes, remove `camera` from this shot, or take another model or provider"


def test_values_of_another_model_are_none_of_this_one(tmp_path: Path) -> None:
    limited = (CAMERA, CAMERA.replace("fields:", "when: {model: other-3, camera.type: simple}\n            fields:", 1))
    (found,) = check_on(tmp_path, "first_frame: frame.png\nprompt: Sea.\ncamera: down_back", limited)
    assert found.message == "`loud-2` from a picture at The Studio takes no `camera`"


def test_a_table_without_a_value_takes_none(tmp_path: Path) -> None:
    empty = (CAMERA, CAMERA.replace("camera.type}", "camera.type, table: {}}"))
    (found,) = check_on(tmp_path, "first_frame: frame.png\nprompt: Sea.\ncamera: down_back", empty)
    assert found.message == "`loud-2` from a picture at The Studio takes no `camera`"


def test_where_another_kind_of_clip_takes_the_value_that_is_told_too(tmp_path: Path) -> None:
    words = (
        "          cuts:\n",
        "          camera: {reference: camera.type, when: {camera.type: down_back}}\n          cuts:\n",
    )
    (found,) = check_on(tmp_path, "prompt: Sea.\ncamera: {zoom: 2}", words)
    what = "`loud-2` from words at The Studio"
    assert found.message == f"{what} takes as `camera` only `down_back`; from a picture it takes this"
    assert found.hint is not None
    assert found.hint.startswith("write what it takes, give it a `first_frame`, remove `camera` from this shot, or")
