"""What a gateway would not read as words is told at the author's line, and is plain words everywhere else."""

from pathlib import Path
from time import perf_counter

import pytest
from gateway_bodies import problems
from kling_boards import board
from PIL import Image
from reseller_boards import board_at
from test_planning_gateway_rules import check, told

from runner.core.diagnostic import Diagnostic

TOKENS = """
reserved:
  - {words: ["<<<element_#>>>"]}
  - {words: [";"], when: {beats_are: listed}, hint: write a comma}
"""
RESERVED = ("\ntasks:\n", f"{TOKENS}\ntasks:\n")
BY_NUMBER = ('{text: ["<<<element_", {reference: item.number}, ">>>"]}', '{text: ["@", {reference: item.number}]}')
SHOT = "first_frame: frame.png\n"
BEATS = "beats: [{{prompt: {}, duration: 2}}, {{prompt: Two., duration: 3}}]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("front", "frame", "mask"):
        Image.new("RGB", (640, 360), "teal").save(tmp_path / f"{name}.png")
    (tmp_path / "gruff.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(200))
    return tmp_path


def reserved_in(found: list[Diagnostic]) -> list[Diagnostic]:
    return [one for one in found if "as words" in one.message or "run on" in one.message]


def test_a_token_written_by_hand_is_told_at_its_line(folder: Path) -> None:
    (found,) = check(folder, f"{SHOT}prompt: Like <<<Element_12>>>.", RESERVED)
    assert told([found]) == [("bad-value", "error", "2")]
    assert found.message == "The Studio does not read `<<<Element_12>>>` as words"
    assert found.hint == "take it out: `{{ element('name') }}` and `{{ voice('name') }}` put it where somebody is meant"


@pytest.mark.parametrize(
    ("shot", "line"),
    [
        ("prompt: Sea.\nnegative_prompt: <<<element_1>>>", 2),
        ("prompt: Sea.\ndialogue:\n  - {voice: known, text: <<<element_1>>>}", 3),
        ("beats:\n  - {prompt: Sea., duration: 2}\n  - {prompt: <<<element_1>>>, duration: 3}", 3),
    ],
)
def test_it_is_told_wherever_words_are_sent(folder: Path, shot: str, line: int) -> None:
    (found,) = reserved_in(check(folder, shot, RESERVED))
    assert told([found]) == [("bad-value", "error", str(line))]


def test_it_is_told_where_a_template_brings_it(folder: Path) -> None:
    (folder / "templates").mkdir()
    (folder / "templates" / "look.j2").write_text("Like <<<{{ who }}>>>.", encoding="utf-8")
    (found,) = check(folder, "template: look.j2\nwith: {who: element_1}", RESERVED)
    assert told([found]) == [("bad-value", "error", "1")]


def test_it_is_told_where_a_description_brings_it(folder: Path) -> None:
    shot = "unsupported: describe\nprompt: \"{{ element('gull') }}\""
    (found,) = check(folder, shot, RESERVED, head=("description: a gull", "description: <<<element_1>>>"))
    assert found.place is not None
    assert "gull: {description: <<<element_1>>>}" in found.place.source.text.splitlines()[found.place.line - 1]


def test_a_caption_is_not_sent_and_may_hold_it(folder: Path) -> None:
    shot = "prompt: Sea.\ndialogue: [{voice: clear, text: <<<element_1>>>, spoken: false}]"
    assert check(folder, shot, RESERVED) == []


def test_what_is_reserved_in_beats_is_words_in_a_prompt(folder: Path) -> None:
    (found,) = reserved_in(check(folder, BEATS.format("Rain; wind."), RESERVED))
    assert found.hint == "write a comma"
    assert check(folder, "prompt: Rain; wind.", RESERVED) == []


@pytest.mark.parametrize("after", ["0 waves.", "s.", "_1"])
def test_words_that_run_on_from_a_number_are_told(folder: Path, after: str) -> None:
    (found,) = check(folder, f"{SHOT}prompt: \"{{{{ element('keeper') }}}}{after}\"", BY_NUMBER)
    assert told([found]) == [("bad-value", "error", "2")]
    assert found.message == f"element `keeper` becomes a number, and `{after}` would run on from it"
    assert found.hint == "write a blank between them"


def test_nothing_runs_on_from_a_token_that_ends_otherwise(folder: Path) -> None:
    assert check(folder, f"{SHOT}prompt: \"{{{{ element('keeper') }}}}0 waves.\"") == []
    assert check(folder, f"{SHOT}prompt: \"{{{{ element('keeper') }}}}, 0 waves.\"", BY_NUMBER) == []


def test_no_manifest_makes_looking_for_them_slow(folder: Path) -> None:
    slow = (
        "\ntasks:\n",
        f'\nreserved:\n  - {{words: ["a{"#1" * 19}"]}}\n  - {{words: ["a# # # # # # # #!"]}}\n\ntasks:\n',
    )
    begun = perf_counter()
    check(folder, f"prompt: {'a' + '1' * 900}", slow)
    assert perf_counter() - begun < 20


@pytest.mark.parametrize(
    ("provider", "shot", "words"),
    [
        ("kling", "kling-v3; prompt: As <<<image_3>>>.", "<<<image_3>>>"),
        ("kling-next", "kling-v3; first; prompt: '@element_1 waves'", "@element_1"),
        ("kling-next", "kling-v3; beats: auto; prompt: 'shot 1, 5, a lamp'", "shot 1, 5,"),
        (
            "kling-next",
            "kling-v3; beats: [{duration: 2, prompt: 'shot 2, 2, wind'}, {duration: 3, prompt: Two.}]",
            "shot 2, 2,",
        ),
        ("kkiai", "kling-v2.6; first; loud; pro; prompt: <<<voice_1>>>", "<<<voice_1>>>"),
    ],
)
def test_what_kling_and_its_kin_reserve(provider: str, shot: str, words: str, tmp_path: Path) -> None:
    assert f"does not read `{words}` as words" in str(
        [one.message for one in problems(provider, board(shot), tmp_path)]
    )


@pytest.mark.parametrize(
    ("provider", "shot", "words"),
    [
        ("fal", "kling-v3; first; prompt: '@Element1 waves'", "@Element1"),
        ("mulerouter", "kling-v2.6; first; prompt: <<<voice_1>>>", "<<<voice_1>>>"),
        ("mulerun", "kling-v2.6; first; prompt: <<<element_2>>>", "<<<element_2>>>"),
        ("replicate", "kling-v3-omni; prompt: <<<image_2>>>", "<<<image_2>>>"),
    ],
)
def test_what_resellers_reserve(provider: str, shot: str, words: str, tmp_path: Path) -> None:
    found = problems(provider, board_at(provider, shot), tmp_path)
    assert f"does not read `{words}` as words" in str([one.message for one in found])
