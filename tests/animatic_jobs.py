"""Jobs and requests for the animatic's tests, and what its clips look and sound like."""

import hashlib
import math
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
from av.audio.resampler import AudioResampler
from PIL import Image, ImageChops, ImageStat

from runner.adapters.animatic.job import AnimaticJob, Words
from runner.adapters.animatic.renderer import render_clip
from runner.adapters.media import PyavMedia
from runner.adapters.media.pixels import rgb_of
from runner.core.canonical import Digest, Json
from runner.model.request import Key, MakersPart, Request

SMALLEST: dict[str, Any] = {
    "key": "k" * 64,
    "label": "harbour",
    "model": "kling-v3",
    "mode": "std",
    "seconds": 1,
    "roll": 1,
    "sound": False,
    "aspect_ratio": "1:1",
    "prompt": (Words("A harbour at first light."),),
}


def make_job(**changes: Any) -> AnimaticJob:
    return AnimaticJob(**{**SMALLEST, **changes})


def make_request(
    canonical: Mapping[str, Json] | None = None,
    makers: Mapping[str, Json] | None = None,
    files: Mapping[Digest, Path] | None = None,
    frames: Mapping[str, Path] | None = None,
) -> Request:
    smallest: dict[str, Json] = {
        "medium": "animatic",
        "model": "kling-v3",
        "mode": "std",
        "duration": 1,
        "sound": False,
        "watermark": False,
        "aspect_ratio": "1:1",
        "prompt": ["A harbour at first light."],
        "roll": 1,
    }
    content = MakersPart("animatic", makers or {})
    return Request(Key("k" * 64), {**smallest, **(canonical or {})}, content, "harbour", files or {}, frames or {})


def render_to(folder: Path, **changes: Any) -> Path:
    clip = folder / "clip.mp4"
    render_clip(make_job(**changes), clip, lambda: False)
    return clip


def make_noise(size: tuple[int, int], seed: bytes) -> Image.Image:
    return Image.frombytes("L", size, hashlib.shake_256(seed).digest(size[0] * size[1]))


def make_photograph(folder: Path, name: str = "photo.png", size: tuple[int, int] = (720, 720)) -> Path:
    """Soft colours, fine detail and the noise of a sensor."""
    soft = [make_noise((9, 9), bytes([channel])).resize(size, Image.Resampling.BICUBIC) for channel in range(3)]
    detail = make_noise((size[0] // 4, size[1] // 4), name.encode()).resize(size, Image.Resampling.BICUBIC)
    sensor = make_noise(size, b"sensor")
    picture = Image.blend(Image.merge("RGB", soft), Image.merge("RGB", [detail] * 3), 0.4)
    Image.blend(picture, Image.merge("RGB", [sensor] * 3), 0.08).save(folder / name)
    return folder / name


def make_plain(folder: Path, colour: tuple[int, int, int], name: str = "plain.png") -> Path:
    Image.new("RGB", (400, 400), colour).save(folder / name)
    return folder / name


def frame_of(clip: Path, at: Any) -> Image.Image:
    """As the project cuts it."""
    cut = clip.with_name(f"{clip.stem}-{at}.png")
    PyavMedia().cut_frame(clip, at, cut)
    with Image.open(cut) as opened:
        return opened.convert("RGB")


def frames_of(clip: Path) -> list[Image.Image]:
    with av.open(str(clip)) as container:
        decoded = [rgb_of(frame) for frame in container.decode(video=0)]
    return [Image.frombytes("RGB", (rgb.width, rgb.height), rgb.samples) for rgb in decoded]


def likeness(one: Image.Image, other: Image.Image) -> float:
    """Peak signal-to-noise ratio in decibels."""
    squares = ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).sum2
    mean = sum(squares) / (3 * one.width * one.height)
    return math.inf if mean == 0 else 10 * math.log10(255**2 / mean)


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    return ImageStat.Stat(ImageChops.difference(one.convert("L"), other.convert("L"))).mean[0]


def samples_of(clip: Path) -> "array[int]":
    """Mono, as they are heard."""
    samples = array("h")
    resampler = AudioResampler(format="s16", layout="mono", rate=48_000)
    with av.open(str(clip)) as container:
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                samples.frombytes(bytes(piece.planes[0])[: piece.samples * 2])
    return samples


def loudness(samples: "array[int]") -> float:
    """Decibels below full scale."""
    mean = sum(level * level for level in samples) / max(1, len(samples))
    return 10 * math.log10(mean / 32768**2) if mean else -math.inf
