"""What a gateway's manifest refuses, each kind at the line that asked for it; and what passes without a word."""

from pathlib import Path

import pytest
from gateway_bodies import problems
from PIL import Image
from planning_builders import make_shot, make_storyboard, set_value
from studio_manifest import BY_PICTURES, NO_RESOURCES, changed, studio
from written_builder import line_of

from runner.core.diagnostic import Diagnostic
from runner.planning.gateway_rules import left_out
from runner.planning.judged import judge_shot

HEAD = """\
storyboard: 1
id: rules
title: Rules
model: loud-2
defaults: {mode: pro, sound: on}
elements:
  keeper: {description: a keeper, frontal: front.png}
  gull: {description: a gull}
  known: {description: a mast, ids: {studio: e-9}}
voices:
  gruff: {description: low, sample: {file: gruff.wav, url: "https://example.com/gruff.wav"}}
  local: {description: near, sample: gruff.wav}
  clear: {description: high}
  known: {description: thin, ids: {studio: v-9}}
shots:
"""
# The studio cuts names at 4 letters, which is told of each voice it makes; here other things are looked at.
LONG_NAMES = ("{reference: label, characters: 4}", "{reference: label, characters: 20}")
FIRST_LINE = HEAD.count("\n") + 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, colour in (("front", "teal"), ("frame", "navy"), ("mask", "white")):
        Image.new("RGB", (640, 360), colour).save(tmp_path / f"{name}.png")
    (tmp_path / "gruff.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(200))
    return tmp_path


def check(folder: Path, shot: str, *changes: tuple[str, str], head: tuple[str, str] = ("", "")) -> list[Diagnostic]:
    """`shot`: its fields, one a line, the `id` set before them: they begin on the line after `FIRST_LINE`."""
    (folder / "gateways").mkdir(exist_ok=True)
    (folder / "gateways" / "studio.yaml").write_text(changed(*changes).replace(*LONG_NAMES), encoding="utf-8")
    fields = "".join(f"    {line}\n" for line in shot.split("\n"))
    lead = "  - id: lead\n    prompt: Fog.\n" if "{shot: lead" in shot or "from: lead" in shot else ""
    text = f"{HEAD.replace(*head)}  - id: a\n{fields}{lead}"
    return problems("studio", text, folder)


def told(found: list[Diagnostic]) -> list[tuple[str, str, str]]:
    """Code, severity, and which line of the shot, counted from its first field."""
    return [
        (one.code, one.severity, str(one.place.line - FIRST_LINE) if one.place else "") for one in found
    ]  # fmt: skip


# --- who cannot be given


@pytest.mark.parametrize(
    "shot",
    [
        "prompt: Sea.",
        "first_frame: frame.png\nprompt: \"{{ element('keeper') }}\"",
        "first_frame: frame.png\nprompt: \"{{ element('known') }}\"",
        "prompt: Sea.\ndialogue: [{voice: gruff, text: Stay.}]",
        "prompt: Sea.\ndialogue: [{voice: known, text: Stay.}]",
        "prompt: Sea.\ndialogue: [{voice: clear, text: Stay., spoken: false}]",
        "unsupported: describe\nprompt: \"{{ element('gull') }}\"\ndialogue: [{voice: clear, text: Stay.}]",
        "from: lead\nprompt: Sea.",
    ],
)
def test_what_the_gateway_takes_passes_without_a_word(folder: Path, shot: str) -> None:
    assert check(folder, shot) == []


def test_an_element_without_id_and_picture_is_a_stranger_where_it_is_named(folder: Path) -> None:
    (found,) = check(folder, "first_frame: frame.png\nprompt: \"{{ element('gull') }}\"")
    assert told([found]) == [("field-not-supported", "error", "2")]
    assert found.message == "The Studio knows no element `gull`: it takes elements by an id of its own"
    assert found.hint == (
        'give `gull` a `frontal` picture to make it from, write `ids: {studio: "..."}` at `gull`, '
        "or write `unsupported: describe` to have it put into words"
    )


def test_an_element_with_a_picture_is_one_too_where_nothing_is_made(folder: Path) -> None:
    (found,) = check(folder, "first_frame: frame.png\nprompt: \"{{ element('keeper') }}\"", NO_RESOURCES)
    assert "knows no element `keeper`" in found.message
    assert found.hint is not None
    assert found.hint.startswith('write `ids: {studio: "..."}` at `keeper`, ')


def test_where_pictures_are_given_one_without_is_a_stranger(folder: Path) -> None:
    shot = "first_frame: frame.png\nprompt: \"{{ element('keeper') }} and {{ element('known') }}\""
    (found,) = check(folder, shot, BY_PICTURES)
    assert found.message == "`known` has no pictures that The Studio could be given"
    assert found.hint == "give it a `frontal` picture, or write `unsupported: describe` to have it put into words"


def test_a_voice_without_id_and_sample_is_a_stranger_in_its_line(folder: Path) -> None:
    (found,) = check(folder, "prompt: Sea.\ndialogue:\n  - {voice: gruff, text: Go.}\n  - {voice: clear, text: Stay.}")
    assert told([found]) == [("field-not-supported", "error", "4")]
    assert "knows no voice `clear`" in found.message
    assert found.hint is not None
    assert found.hint.startswith("give `clear` a `sample` to make it from, ")


# --- what does not go together


def test_a_rule_refuses_at_the_field_it_names(folder: Path) -> None:
    masks = "masks: {static: mask.png}"
    (found,) = check(folder, f"first_frame: frame.png\nlast_frame: frame.png\n{masks}\nprompt: Sea.")
    assert told([found]) == [("field-not-supported", "error", "3")]
    assert (found.message, found.hint) == (
        "masks cannot be given beside a last frame", "remove the masks, or the last frame"
    )  # fmt: skip
    assert check(folder, f"first_frame: frame.png\n{masks}\nprompt: Sea.") == []


def test_a_disputed_combination_is_a_warning_and_nothing_stops(folder: Path) -> None:
    (found,) = check(folder, "mode: std\nsound: on\nprompt: Sea.")
    assert told([found]) == [("combination-disputed", "warning", "2")]
    assert found.message.startswith("sound in mode `std`: ")
    assert check(folder, "mode: std\nsound: off\nprompt: Sea.") == []


def test_a_rule_about_what_came_from_defaults_is_told_there_with_the_shots(folder: Path) -> None:
    (found,) = check(folder, "prompt: Sea.", head=("mode: pro, sound", "mode: std, sound"))
    assert line_of(found.place) == "storyboard.yaml:5"
    assert found.message.endswith("(shot `a`)")


def test_several_rules_about_one_line_are_told_once_with_one_way_out(folder: Path) -> None:
    rule = "    at: masks\n    hint: remove the masks, or the last frame\n"
    second = (
        "  - {when: {masks: present, duration: 10}, refuse: masks are for 5 seconds, at: masks,\n"
        '     hint: "write `duration: 5`, or the last frame"}\n'
        "  - {when: {masks: present, mode: pro}, warn: masks in mode `pro` are disputed, at: masks,\n"
        '     hint: "write `mode: std`"}\n'
    )
    shot = "first_frame: frame.png\nlast_frame: frame.png\nmasks: {static: mask.png}\nduration: 10\nprompt: Sea."
    warning, error = sorted(check(folder, shot, (rule, rule + second)), key=lambda one: one.code)
    assert told([error, warning]) == [("field-not-supported", "error", "3"), ("combination-disputed", "warning", "3")]
    assert error.message == "masks cannot be given beside a last frame; masks are for 5 seconds"
    assert error.hint == "remove the masks and write `duration: 5`, or the last frame"
    assert warning.message == "masks in mode `pro` are disputed"


# --- what nothing would be made of


@pytest.mark.parametrize("name", ["negative_prompt: blur", "cfg_scale: 0.5"])
def test_a_field_the_task_does_not_send_is_refused_at_the_shot(folder: Path, name: str) -> None:
    (found,) = check(folder, f"from: lead\nprompt: Sea.\n{name}")
    assert told([found]) == [("field-not-supported", "error", "3")]
    field = name.partition(":")[0]
    assert found.message == f"`loud-2` from a picture at The Studio takes no `{field}`; from words it does"
    assert found.hint == f"remove its `first_frame`, remove `{field}` from this shot, or take another model or provider"


def test_what_another_kind_of_clip_takes_is_said_to_be_there(folder: Path) -> None:
    (found,) = check(folder, "prompt: \"{{ element('keeper') }}\"")
    assert (
        found.message
        == "the shot mentions `keeper`, and `loud-2` from words takes no elements; from a picture it takes 2"
    )
    assert found.hint is not None
    assert found.hint.startswith("give it a `first_frame`, or write `unsupported: describe`")
    lengths = ("words: {spelling: loud-two, elements: 0}", "words: {spelling: loud-two, durations: [3]}")
    (found,) = check(folder, "prompt: Sea.", lengths)
    assert (
        found.message == "`duration` is 5, and `loud-2` from words makes clips of 3 seconds; from a picture of 3 to 10"
    )
    for limit, shot, message in (
        (
            "modes: [std]",
            "mode: pro",
            "`loud-2` from words has no mode `pro`, it has `std`; from a picture it has `pro` too",
        ),
        (
            "sound: false",
            "sound: on",
            "`sound` is on, and `loud-2` from words makes silent clips; from a picture it makes sound",
        ),
        ("beats: 0", "beats: auto", "`loud-2` from words makes no beats; from a picture it does"),
    ):
        narrower = ("words: {spelling: loud-two, elements: 0}", f"words: {{spelling: loud-two, {limit}}}")
        assert message in [one.message for one in check(folder, f"prompt: Sea.\n{shot}", narrower)]
    # Both of them silent: there is nothing to say of the other.
    (found, *_) = check(folder, "prompt: Sea.\nsound: on", ("    sound: true\n", "    sound: false\n"))
    assert found.message == "`sound` is on, and `loud-2` makes silent clips"


@pytest.mark.parametrize("name", ["negative_prompt: blur", "cfg_scale: 0.5", "watermark: true"])
def test_the_same_from_defaults_is_left_out(folder: Path, name: str) -> None:
    head = ("mode: pro, sound", f"{name}, mode: pro, sound")
    assert check(folder, "from: lead\nprompt: Sea.", head=head) == []


def test_what_is_left_out_can_be_told() -> None:
    shot = make_shot("a", first=None, model="loud-2", seed=set_value(7))
    storyboard = make_storyboard(shot)
    judged = judge_shot(storyboard, shot, studio())
    assert judged is not None
    assert left_out(judged) == ("seed",)


def test_a_watermark_that_is_written_and_cannot_be_made_is_refused(folder: Path) -> None:
    (found,) = check(folder, "watermark: true\nprompt: Sea.")
    assert told([found]) == [("field-not-supported", "error", "1")]
    assert found.hint == "write `watermark: false`"
    assert check(folder, "watermark: false\nprompt: Sea.") == []


NEVER_LEFT_OUT = [
    ("duration: 5", ("          seconds: {reference: duration, as: text}\n", ""), "seconds"),
    ("prompt: Sea.", ("          prompt: {reference: prompt, when: {beats_are: [none, auto]}}\n", ""), "prompt"),
]


@pytest.mark.parametrize(("shot", "change", "what"), NEVER_LEFT_OUT)
def test_what_is_never_left_out_is_refused_wherever_it_came_from(
    folder: Path, shot: str, change: tuple[str, str], what: str
) -> None:
    found = check(folder, f"prompt: Sea.\n{shot}" if not shot.startswith("prompt") else shot, change)
    assert [one.code for one in found] == ["field-not-supported"]
    assert f"takes no `{shot.partition(':')[0]}`" in found[0].message, what


def test_sound_beats_camera_masks_and_the_last_frame_are_never_left_out(folder: Path) -> None:
    sound = ('          sound: {reference: sound, table: {"on": true, "off": false}}\n', "")
    (found,) = check(folder, "prompt: Sea.", sound)
    assert (line_of(found.place), found.hint) == (
        "storyboard.yaml:5", "give it a `first_frame`, write `sound: off`, or take a model with sound"
    )  # fmt: skip
    (beats,) = check(folder, "from: lead\nbeats: [{prompt: one, duration: 2}, {prompt: two, duration: 3}]\nduration: 5")
    assert told([beats]) == [("field-not-supported", "error", "2")]
    (camera,) = check(folder, "prompt: Sea.\ncamera: {zoom: 2}")
    assert told([camera]) == [("field-not-supported", "error", "2")]
    tail = ("          tail: {reference: last_frame, as: data-uri}\n", "")
    (last,) = check(folder, "first_frame: frame.png\nlast_frame: frame.png\nprompt: Sea.", tail)
    assert told([last]) == [("field-not-supported", "error", "2")]
    still = ("          still: {reference: masks.static, as: [base64, url]}\n", "")
    (masks,) = check(folder, "first_frame: frame.png\nmasks: {static: mask.png}\nprompt: Sea.", still)
    assert told([masks]) == [("field-not-supported", "error", "2")]
    assert "`masks.static`" in masks.message


def test_elements_and_voices_that_nothing_lists_are_never_left_out(folder: Path) -> None:
    elements = ("          elements: {each: elements, give: {fields: {id: {reference: item.id}}}}\n", "")
    found = check(folder, "first_frame: frame.png\nprompt: \"{{ element('keeper') }}\"", elements)
    assert "`loud-2` from a picture at The Studio takes no `elements`" in [one.message for one in found]
    voices = ("          voices: {each: voices, give: {reference: item.id}}\n", "")
    (listed,) = check(folder, "prompt: Sea.\ndialogue: [{voice: gruff, text: Go.}]", voices)
    assert told([listed]) == [("field-not-supported", "error", "2")]


def test_a_value_the_manifest_has_no_word_for_is_not_sent_in_silence(folder: Path) -> None:
    table = ("table: {std: standard, pro: professional}", "table: {std: standard}")
    (found,) = check(folder, "mode: pro\nprompt: Sea.", table)
    assert told([found]) == [("field-not-supported", "error", "1")]
    assert found.message == "`loud-2` from words at The Studio takes as `mode` only `std`"


def test_sound_off_needs_no_field_where_clips_are_silent_anyway(folder: Path) -> None:
    quiet = "model: still-1\nsound: off\nfirst_frame: frame.png\nprompt: Sea."
    assert check(folder, quiet) == []
    # At the studio's other task `satisfied` says the same of `off`, and nothing of `on`.
    unsent = ("          sound: {reference: sound, when: {model: loud-2}}\n", "")
    assert check(folder, "sound: off\nfirst_frame: frame.png\nprompt: Sea.", unsent) == []
    (found,) = check(folder, "sound: on\nfirst_frame: frame.png\nprompt: Sea.", unsent)
    assert told([found]) == [("field-not-supported", "error", "1")]


def test_a_ratio_has_no_meaning_beside_a_picture_and_may_come_from_defaults(folder: Path) -> None:
    (found,) = check(folder, 'first_frame: frame.png\naspect_ratio: "1:1"\nprompt: Sea.')
    assert told([found]) == [("field-not-supported", "error", "2")]
    assert found.hint == "remove it from this shot"
    head = ("mode: pro, sound", 'aspect_ratio: "1:1", mode: pro, sound')
    assert check(folder, "first_frame: frame.png\nprompt: Sea.", head=head) == []
    assert check(folder, 'aspect_ratio: "1:1"\nprompt: Sea.') == []


def test_a_model_that_is_there_for_other_shots_only_says_for_which(folder: Path) -> None:
    (found,) = check(folder, "model: still-1\nsound: off\nprompt: Sea.")
    assert told([found]) == [("field-not-supported", "error", "1")]
    assert found.message == "`still-1` at The Studio makes clips from a picture, and this shot asks for another kind"
    assert found.hint == "give it a `first_frame`"


# --- pictures and sounds that cannot be given


def test_where_only_an_address_is_taken_a_file_alone_is_not_enough(folder: Path) -> None:
    address = ("image: {reference: first_frame, as: [base64, url]}", "image: {reference: first_frame, as: url}")
    (found,) = check(folder, "first_frame: frame.png\nprompt: Sea.", address)
    assert told([found]) == [("needs-public-url", "error", "1")]
    assert (found.message, found.hint) == (
        "The Studio takes `first_frame` by a public address only", "write its `url:` beside the `file:`"
    )  # fmt: skip
    both = 'first_frame: {file: frame.png, url: "https://example.com/f.png"}\nprompt: Sea.'
    assert check(folder, both, address) == []
    assert check(folder, 'first_frame: {url: "https://example.com/f.png"}\nprompt: Sea.', address) == []


def test_a_frame_of_another_shot_has_no_address_at_all(folder: Path) -> None:
    address = ("image: {reference: first_frame, as: [base64, url]}", "image: {reference: first_frame, as: url}")
    (found,) = check(folder, "from: lead\nprompt: Sea.", address)
    assert told([found]) == [("needs-public-url", "error", "1")]
    assert found.hint == "a frame of another shot has no address: take a provider that is given pictures as they are"


def test_where_only_bytes_are_taken_an_address_alone_is_not_enough(folder: Path) -> None:
    found = check(folder, 'first_frame: frame.png\nlast_frame: {url: "https://example.com/f.png"}\nprompt: Sea.')
    assert told(found) == [("field-not-supported", "error", "2")]
    assert found[0].message == "The Studio takes `last_frame` as a file only"
    assert found[0].hint == "write its `file:` in place of the `url:`"


def test_a_sample_or_picture_somebody_is_made_from_is_asked_for_too(folder: Path) -> None:
    (found,) = check(folder, "prompt: Sea.\ndialogue: [{voice: local, text: Go.}]")
    assert (found.code, line_of(found.place)) == ("needs-public-url", "storyboard.yaml:12")
    assert found.message == "The Studio takes `local` by a public address only (shot `a`)"
    front = ("front: {reference: frontal, as: base64}", "front: {reference: frontal, as: url}")
    (element,) = check(folder, "first_frame: frame.png\nprompt: \"{{ element('keeper') }}\"", front)
    assert (element.code, line_of(element.place)) == ("needs-public-url", "storyboard.yaml:7")


# --- options


def test_an_option_is_checked_by_its_schema(folder: Path) -> None:
    assert check(folder, "prompt: Sea.\noptions: {studio: {style: calm}}") == []
    (wrong,) = check(folder, "prompt: Sea.\noptions: {studio: {style: loud}}")
    assert told([wrong]) == [("bad-value", "error", "2")]
    assert wrong.message == "option `style`: 'loud' is not one of ['calm', 'wild']"


def test_an_option_the_task_does_not_have_is_refused_and_another_gateways_is_none_of_its_business(folder: Path) -> None:
    (found,) = check(folder, "prompt: Sea.\noptions: {studio: {stile: calm}}")
    assert told([found]) == [("field-not-supported", "error", "2")]
    assert (found.message, found.hint) == (
        "`stile` is not an option of The Studio for clips from words", "there is `style`"
    )  # fmt: skip
    (none,) = check(folder, "from: lead\nprompt: Sea.\noptions: {studio: {style: calm}}")
    assert none.hint == "there are none"
    assert check(folder, "prompt: Sea.\noptions: {other: {anything: 1}}") == []


def test_a_line_in_defaults_is_told_once_with_all_its_shots(folder: Path) -> None:
    (folder / "gateways").mkdir()
    (folder / "gateways" / "studio.yaml").write_text(changed(), encoding="utf-8")
    text = HEAD.replace("mode: pro", "mode: std") + "".join(f"  - {{id: {name}, prompt: {name}.}}\n" for name in "abc")
    (found,) = problems("studio", text, folder)
    assert found.message.endswith("(shots `a`, `b` and `c`)")
