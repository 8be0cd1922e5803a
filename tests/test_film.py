"""A storyboard becomes a film: the whole walk, with real clips, through the command line."""

import json
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import pytest
from PIL import Image, ImageChops, ImageStat

from runner.cli import run_command

QUICK = """\
storyboard: 1
id: quick-one
title: Quick
model: kling-v3
defaults: {duration: 3, sound: on, aspect_ratio: "1:1"}
shots:
  - id: harbour
    prompt: A harbour at first light.
  - id: climb
    from: harbour
    prompt: Somebody climbs the stairs.
  - id: sea
    prompt: The open sea.
    sound: off
  - id: lamp
    first_frame: {shot: climb, at: 1.5}
    last_frame: {shot: sea, at: first}
    prompt: The lamp is lit.
"""


@pytest.fixture
def production(tmp_path: Path) -> Path:
    folder = tmp_path / "quick"
    folder.mkdir()
    (folder / "storyboard.yaml").write_text(QUICK, encoding="utf-8")
    return folder


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    capsys.readouterr()
    run_command([*arguments, "--json"])
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def planned_actions(capsys: pytest.CaptureFixture[str], production: Path, *options: str) -> dict[str, str]:
    shots = run_json(capsys, "plan", str(production), *options)["shots"]
    assert isinstance(shots, list)
    return {shot["id"]: shot["action"] for shot in shots}


@pytest.mark.slow
def test_a_run_makes_a_film_that_holds_together(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["plan", str(production), "--detailed-exitcode"]) == 2
    assert run_command(["run", str(production)]) == 0
    assert_film_is_whole(production / "out" / "film.mp4", frames=4 * 3 * 24)
    assert_seams_hold(production)
    assert run_command(["plan", str(production), "--detailed-exitcode"]) == 0
    capsys.readouterr()
    assert run_command(["run", str(production)]) == 0
    assert "nothing" in capsys.readouterr().out.lower()
    assert set(planned_actions(capsys, production).values()) == {"keep"}
    assert run_command(["review", str(production)]) == 0
    assert_page_shows_it_all((production / "out" / "review.html").read_text(encoding="utf-8"))


def assert_page_shows_it_all(page: str) -> None:
    """Each clip and the film inside the page, and each seam with a figure that means encoding loss only."""
    assert page.count("data:video/mp4;base64,") == 5
    seams = [float(figure) for figure in re.findall(r"([0-9.]+) dB", page)]
    assert len(seams) == 3
    assert min(seams) > 35
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def assert_film_is_whole(film: Path, frames: int) -> None:
    with av.open(str(film)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (audio.rate, audio.channels) == (48000, 2)
        assert sum(1 for _ in container.decode(video)) == frames
    with av.open(str(film)) as container:
        audio = container.streams.audio[0]
        samples = sum(frame.samples for frame in container.decode(audio))
        assert abs(Fraction(samples, 48000) - Fraction(frames, 24)) < Fraction(1, 24)


def assert_seams_hold(production: Path) -> None:
    """The picture handed over is the source's frame by another decoder, and what the next clip opens (or ends) with."""
    clips = {shot: production / "out" / "clips" / shot / "v001.mp4" for shot in ("harbour", "climb", "sea", "lamp")}
    decoded = {shot: decode_all(clip, production) for shot, clip in clips.items()}
    assert loss(decoded["harbour"][-1], decoded["climb"][0]) > 35
    assert loss(decoded["climb"][36], decoded["lamp"][0]) > 35
    assert loss(decoded["sea"][0], decoded["lamp"][-1]) > 35
    assert loss(decoded["harbour"][-1], decoded["harbour"][0]) < 30


def decode_all(clip: Path, production: Path) -> list[Image.Image]:
    """Every frame as the ffmpeg binary sees it, converted accurately."""
    folder = production / "decoded" / clip.parent.name
    folder.mkdir(parents=True)
    program = imageio_ffmpeg.get_ffmpeg_exe()
    flags = ["-sws_flags", "accurate_rnd+full_chroma_int", "-fps_mode", "passthrough"]
    subprocess.run([program, "-v", "error", "-i", str(clip), *flags, f"{folder}/%04d.png"], check=True)
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.png"))]


def loss(one: Image.Image, other: Image.Image) -> float:
    """Peak signal-to-noise ratio in decibels; infinite for equal pictures."""
    mean = sum(value**2 for value in ImageStat.Stat(ImageChops.difference(one, other)).rms) / 3
    if not mean:
        return float("inf")
    from math import log10

    return 10 * log10(255**2 / mean)


@pytest.mark.slow
def test_the_frame_handed_over_is_the_last_frame_by_another_decoder(production: Path, data_folder: Path) -> None:
    assert run_command(["run", str(production), "--only", "+climb"]) == 0
    handed = list((data_folder / "productions" / "quick-one" / "frames").rglob("*-last.png"))
    assert len(handed) == 1
    last = decode_all(production / "out" / "clips" / "harbour" / "v001.mp4", production)[-1]
    with Image.open(handed[0]) as picture:
        assert picture.mode == "RGB"
        assert ImageChops.difference(picture, last).getbbox() is None


@pytest.mark.slow
def test_an_edit_plans_that_shot_and_those_chained_on_it(production: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["run", str(production)]) == 0
    storyboard = production / "storyboard.yaml"
    storyboard.write_text(QUICK.replace("Somebody climbs", "Nobody climbs"), encoding="utf-8")
    assert planned_actions(capsys, production) == {"harbour": "keep", "climb": "make", "sea": "keep", "lamp": "make"}
    no_cascade = planned_actions(capsys, production, "--no-cascade")
    assert no_cascade == {"harbour": "keep", "climb": "make", "sea": "keep", "lamp": "stale"}
    reformatted = "# a comment\r\n" + QUICK.replace("\n", "\r\n").replace(
        "Somebody climbs the stairs.", "'Somebody climbs the stairs.'"
    )
    storyboard.write_bytes(reformatted.encode())
    assert set(planned_actions(capsys, production).values()) == {"keep"}


@pytest.mark.slow
def test_on_another_machine_the_lock_makes_the_same_film(
    production: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_command(["run", str(production)]) == 0
    lock, film = (production / "storyboard.lock").read_bytes(), (production / "out" / "film.mp4").read_bytes()
    monkeypatch.setenv("FRAMECHAIN_HOME", str(tmp_path / "another machine"))
    assert run_command(["run", str(production)]) == 0
    assert (production / "storyboard.lock").read_bytes() == lock
    assert (production / "out" / "film.mp4").read_bytes() == film


@pytest.mark.slow
def test_a_clip_that_was_cut_short_is_made_again(
    production: Path, data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["run", str(production), "--only", "harbour"]) == 0
    (clip,) = (data_folder / "productions" / "quick-one" / "takes").rglob("*.mp4")
    clip.write_bytes(clip.read_bytes()[:1000])
    assert planned_actions(capsys, production, "--only", "harbour")["harbour"] == "make"
    assert run_command(["run", str(production), "--only", "harbour"]) == 0
    assert run_command(["verify", str(production)]) == 0
