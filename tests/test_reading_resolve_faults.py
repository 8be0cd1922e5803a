"""What is wrong with a storyboard once it is resolved, all of it told, each at its line."""

from pathlib import Path

import pytest
from written_builder import CAST, HEAD, fill_folder, line_of, pointed_at, resolved, told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill_folder(tmp_path)


@pytest.mark.parametrize("line", ["budget: a lot", "budget: 20 usd", "budget: -3 USD"])
def test_a_budget_that_cannot_be_read_never_passes_in_silence(folder: Path, line: str) -> None:
    _, findings = resolved(HEAD + line + "\nshots: [{id: a, prompt: x}]", folder)
    assert [found.code for found in findings.diagnostics] == ["bad-value"]


def test_all_unknown_names_are_told_at_once(folder: Path) -> None:
    text = (
        HEAD
        + CAST
        + """
defaults: {sound: on}
shots:
  - {id: harbour, prompt: "{{ lok }} {{ element('keepr') }}"}
  - {id: b, prompt: x, from: harbor, last_frame: {shot: nowhere, at: first}, after: [harbuor]}
  - {id: c, template: actoin.j2}
  - id: d
    prompt: x
    dialogue: [{voice: grff, by: kepeer, text: hello}]
"""
    )
    _, findings = resolved(text, folder, profile="fnal")
    assert told(findings) == [
        ("template-undefined", "storyboard.yaml:13", "lok"),
        ("unknown-element", "storyboard.yaml:13", "keepr"),
        ("unknown-shot", "storyboard.yaml:14", "harbor"),
        ("unknown-shot", "storyboard.yaml:14", "nowhere"),
        ("unknown-shot", "storyboard.yaml:14", "harbuor"),
        ("unknown-template", "storyboard.yaml:15", "actoin.j2"),
        ("unknown-voice", "storyboard.yaml:18", "grff"),
        ("unknown-element", "storyboard.yaml:18", "kepeer"),
        ("unknown-profile", "", ""),
    ]
    hints = {found.message: found.hint for found in findings.diagnostics}
    assert hints["`harbor` is not a shot of this storyboard"] == "did you mean `harbour`?"
    assert hints["`actoin.j2` is not a template"] == "did you mean `action.j2`?"


def test_an_unknown_profile_is_told_where_the_profiles_stand(folder: Path) -> None:
    _, findings = resolved(HEAD + "profiles: {final: {}}\nshots: [{id: a, prompt: x}]", folder, profile="fnal")
    assert told(findings) == [("unknown-profile", "storyboard.yaml:4", "profiles")]
    assert findings.diagnostics[0].hint == "did you mean `final`?"


def test_a_spoken_line_needs_sound(folder: Path) -> None:
    text = (
        HEAD
        + CAST
        + """
defaults: {sound: off}
shots:
  - id: a
    prompt: x
    dialogue:
      - {voice: gruff, text: hello}
      - {voice: gruff, text: hello, spoken: false}
"""
    )
    _, findings = resolved(text, folder)
    (found,) = findings.diagnostics
    assert (found.code, line_of(found.place)) == ("speech-without-sound", "storyboard.yaml:16")
    assert [(said, line_of(place)) for said, place in found.related] == [("switched off here", "storyboard.yaml:11")]


def test_a_missing_model_is_told_once(folder: Path) -> None:
    shots = ["{id: a, prompt: x, model: kling-v3}", "{id: b, prompt: x}", "{id: c, prompt: x}"]
    text = "storyboard: 1\ntitle: x\nshots:\n" + "".join(f"  - {shot}\n" for shot in shots)
    storyboard, findings = resolved(text, folder)
    assert told(findings) == [("missing-field", "storyboard.yaml:5", "b")]
    assert storyboard is not None
    assert [shot.id for shot in storyboard.shots] == ["a"]


def test_a_bad_picture_is_told_at_every_line_that_names_it(folder: Path) -> None:
    (folder / "frames" / "bad.png").write_bytes(b"no picture")
    text = (
        HEAD
        + """
elements:
  lamp: {description: a lamp, frontal: frames/bad.png, references: [frames/lti.png, ../lit.png]}
shots:
  - {id: a, prompt: x, first_frame: frames/bad.png}
film: {music: {file: frames/lit.png}}
"""
    )
    _, findings = resolved(text, folder)
    assert told(findings) == [
        ("not-a-picture", "storyboard.yaml:6", "frames/bad.png"),
        ("file-missing", "storyboard.yaml:6", "frames/lti.png"),
        ("path-outside", "storyboard.yaml:6", "../lit.png"),
        ("not-a-picture", "storyboard.yaml:8", "frames/bad.png"),
        ("not-a-sound", "storyboard.yaml:9", "frames/lit.png"),
    ]


def test_a_negative_prompt_mentions_nobody(folder: Path) -> None:
    text = HEAD + CAST + "shots: [{id: a, prompt: x, negative_prompt: \"{{ element('keeper') }}\"}]"
    _, findings = resolved(text, folder)
    assert [found.code for found in findings.diagnostics] == ["template-forbidden"]


def test_a_prompt_without_a_word_is_told(folder: Path) -> None:
    _, findings = resolved(HEAD + "shots: [{id: a, prompt: '{% if false %}x{% endif %}'}]", folder)
    assert [(found.code, found.message) for found in findings.diagnostics] == [
        ("template-error", "`prompt` comes to no words at all")
    ]


def test_a_variable_cannot_pass_for_a_mention(folder: Path) -> None:
    _, findings = resolved(HEAD + "vars: {look: 'a \U000f0000'}\nshots: [{id: a, prompt: '{{ look }}'}]", folder)
    assert told(findings) == [("template-forbidden", "storyboard.yaml:4", "\U000f0000")]


def test_the_caret_stands_under_a_name_in_a_folded_text(folder: Path) -> None:
    text = HEAD + "vars: {look: x}\nshots:\n  - id: a\n    prompt: >-\n      A harbour,\n      {{ lok }} at dawn.\n"
    _, findings = resolved(text, folder)
    (found,) = findings.diagnostics
    assert (str(found.place), pointed_at(found.place)) == ("storyboard.yaml:9:10", "lok")


@pytest.mark.timeout(20)
def test_thousands_of_wrong_links_are_told_in_a_bearable_while(folder: Path) -> None:
    shots = "".join(f"  - {{id: shot-{number}, prompt: x, from: show-{number}}}\n" for number in range(3000))
    _, findings = resolved(HEAD + "shots:\n" + shots, folder)
    assert len(findings.diagnostics) == 3000
    assert findings.diagnostics[0].hint == "did you mean `shot-0`?"
