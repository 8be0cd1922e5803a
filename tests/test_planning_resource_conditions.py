"""What making a voice or an element asks of an author's words and sample: at Kling, which makes both."""

import wave
from pathlib import Path

import pytest
from gateway_bodies import problems
from PIL import Image

from runner.adapters.production_files import FolderFiles
from runner.core.diagnostic import Diagnostic

BOARD = """\
storyboard: 1
title: Made there
model: {model}
defaults: {{mode: pro, sound: {sound}}}
elements:
  {name}:
    frontal: front.png
    references: [side.png]
    description: {description}
voices:
  gruff:
    description: low and hoarse
    sample: {{file: gruff.wav, url: "https://example.com/gruff.wav"}}
shots:
  - {{id: a, first_frame: front.png, prompt: "{prompt}"}}
"""


def write_sample(folder: Path, seconds: float) -> None:
    with wave.open(str(folder / "gruff.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(2 * int(8000 * seconds)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("front", "side"):
        Image.new("RGB", (640, 360), "teal").save(tmp_path / f"{name}.png")
    write_sample(tmp_path, 10)
    return tmp_path


def check_element(folder: Path, description: str, name: str = "keeper", provider: str = "kling") -> list[Diagnostic]:
    prompt = f"{{{{ element('{name}') }}}}"
    text = BOARD.format(model="kling-v3", sound="off", name=name, description=description, prompt=prompt)
    return problems(provider, text, folder)


def check_voice(folder: Path, prompt: str = "{{ voice('gruff') }} hums", provider: str = "kling") -> list[Diagnostic]:
    text = BOARD.format(model="kling-v2.6", sound="on", name="keeper", description="a", prompt=prompt)
    return problems(provider, text, folder)


def line_of(found: Diagnostic) -> str:
    assert found.place is not None
    return found.place.source.text.splitlines()[found.place.line - 1].strip()


# --- words that are cut


@pytest.mark.parametrize("provider", ["kling", "kling-next"])
def test_a_description_that_is_cut_is_told_at_its_line(folder: Path, provider: str) -> None:
    (found,) = check_element(folder, f"{'x' * 96} oil and a lamp", provider=provider)
    assert (found.code, found.severity) == ("limit-exceeded", "warning")
    assert line_of(found).startswith("description: xxx")
    title = "Kling" if provider == "kling" else "Kling (newer interface)"
    told = f"of the description of element `keeper` {title} is told the first 100 characters of 111 (shot `a`)"
    assert found.message == told
    assert found.hint == f"up to `{'x' * 26} oil`: say there what matters most"


def test_a_description_that_just_fits_is_not(folder: Path) -> None:
    assert check_element(folder, "x" * 100) == []


def test_where_nothing_is_made_nothing_is_cut(folder: Path) -> None:
    assert check_element(folder, "x" * 101, provider="mulerouter") == []
    known = BOARD.format(
        model="kling-v3", sound="off", name="keeper", description="x" * 101, prompt="{{ element('keeper') }}"
    )
    assert problems("kling", known.replace("    frontal", '    ids: {kling: "7"}\n    frontal'), folder) == []


def test_a_name_that_is_cut_is_told(folder: Path) -> None:
    (found,) = check_element(folder, "a keeper", "keeper-of-the-outer-light")
    assert found.severity == "warning"
    assert line_of(found) == "keeper-of-the-outer-light:"
    assert "of the name of element `keeper-of-the-outer-light`" in found.message


# --- samples


@pytest.mark.parametrize(("seconds", "way"), [(4.5, "longer"), (30.5, "shorter")])
@pytest.mark.parametrize("provider", ["kling", "kling-next"])
def test_a_sample_of_a_length_nobody_takes_is_told_at_its_line(
    folder: Path, seconds: float, way: str, provider: str
) -> None:
    write_sample(folder, seconds)
    (found,) = check_voice(folder, provider=provider)
    assert (found.code, found.severity) == ("limit-exceeded", "error")
    assert line_of(found).startswith("sample: {file: gruff.wav")
    assert f"`gruff.wav` lasts {seconds} seconds, and Kling" in found.message
    assert "makes a voice from 5 to 30" in found.message
    assert found.hint == f"give a {way} sample"


@pytest.mark.parametrize("seconds", [5, 30])
def test_a_sample_of_the_shortest_and_the_longest_is_taken(folder: Path, seconds: float) -> None:
    write_sample(folder, seconds)
    assert check_voice(folder) == []


def test_a_sample_nobody_mentions_may_last_as_long_as_it_likes(folder: Path) -> None:
    write_sample(folder, 1)
    assert check_voice(folder, "A harbour.") == []


def test_a_sound_is_counted_and_not_believed(folder: Path) -> None:
    write_sample(folder, 6)
    whole = (folder / "gruff.wav").read_bytes()
    (folder / "gruff.wav").write_bytes(whole[: len(whole) // 2])
    assert FolderFiles(folder).sound_seconds("gruff.wav") == pytest.approx(3, abs=0.1)


def test_a_sound_nobody_can_measure_has_no_length(folder: Path) -> None:
    (folder / "gruff.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(200))
    assert FolderFiles(folder).sound_seconds("gruff.wav") is None
    assert check_voice(folder) == []
