"""Storyboards that use all of what a gateway's pages document, run against the double to a film; their pictures."""

import base64
import io
import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from PIL import Image, ImageDraw

from runner.adapters import package_data
from runner.cli import run_command
from runner.core.canonical import Json
from runner.sandbox.server import Sandbox

SIZE = (640, 360)


def draw_pictures(folder: Path) -> None:
    """Two frames, masks of the same ratio, and two elements from several sides."""
    for name, colour in (
        *(("frames/dusk.png", "#284a60"), ("frames/lit.png", "#c08a30")),
        *(("elements/keeper-front.png", "#d8c040"), ("elements/keeper-left.png", "#a89030")),
        *(("elements/lamp-front.png", "#e0d0a0"), ("elements/lamp-side.png", "#907848")),
    ):
        _save(folder / name, colour, (200, 120, 440, 240))
    for name, box in (("masks/still.png", (0, 0, 640, 80)), ("masks/boat.png", (100, 200, 260, 300))):
        _save(folder / name, "black", box)


def _save(path: Path, colour: str, box: tuple[int, int, int, int]) -> None:
    path.parent.mkdir(exist_ok=True)
    picture = Image.new("RGB", SIZE, colour)
    ImageDraw.Draw(picture).rectangle(box, fill="white")
    picture.save(path)


def make_production(folder: Path, storyboard: str) -> Path:
    folder.mkdir()
    draw_pictures(folder)
    (folder / "storyboard.yaml").write_text(storyboard, encoding="utf-8")
    return folder


def run_to_a_film(production: Path, provider: str, sandbox: Sandbox, *options: str) -> list[dict[str, Any]]:
    """The creates the double was sent, in the order they came."""
    endpoint = f"{provider}={sandbox.url}"
    code = run_command(["run", str(production), "--provider", provider, "--endpoint", endpoint, "--yes", *options])
    assert code == 0
    assert (production / "out" / "film.mp4").is_file()
    return sandbox.requests()


def body_with(creates: list[dict[str, Any]], words: str) -> dict[str, Any]:
    """Of the create whose prompt, or one of whose beats, says so."""
    found = [create["body"] for create in creates if words in str(create["body"])]
    assert len(found) == 1, f"{len(found)} bodies say {words!r}"
    body: dict[str, Any] = found[0]
    return body


def left_unused(request: str, bodies: Iterable[Json]) -> set[str]:
    """What the schema of a request documents and no body has: a field by its path, or one of its listed values."""
    document = package_data.schema_document(f"requests/{request}")
    assert isinstance(document, dict)
    used = {word for body in bodies for word in _words_in(body, "")}
    return set(_documented(document, document, "")) - used


def _documented(schema: Mapping[str, Any], document: Mapping[str, Any], path: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = document["$defs"][schema["$ref"].rpartition("/")[2]]
    values = [True, False] if schema.get("type") == "boolean" else schema.get("enum", [])
    for value in [*values, *([schema["const"]] if "const" in schema else [])]:
        yield _with_value(path, value)
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}{name}"
        yield from _documented(inner, document, f"{path}{name}.")
    if "items" in schema:
        yield from _documented(schema["items"], document, path)


def _words_in(body: Json, path: str) -> Iterator[str]:
    match body:
        case dict():
            for name, value in body.items():
                yield f"{path}{name}"
                yield from _words_in(value, f"{path}{name}.")
        case list():
            for item in body:
                yield from _words_in(item, path)
        case _:
            yield _with_value(path, body)


def _with_value(path: str, value: Json) -> str:
    return f"{path.removesuffix('.')}: {json.dumps(value)}"


def unpack(text: str) -> Image.Image:
    """A picture as it was sent: raw base64 or a data URI."""
    packed = text.partition(";base64,")[2] or text
    picture = Image.open(io.BytesIO(base64.b64decode(packed, validate=True)))
    picture.load()
    return picture.convert("RGB")


def last_frame_of(clip: Path) -> Image.Image:
    """By another decoder than ours: every frame of the clip, the last one kept."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    shape = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-sws_flags", "accurate_rnd+full_chroma_int"]
    raw = subprocess.run([program, "-v", "error", "-i", str(clip), *shape, "-"], check=True, capture_output=True).stdout
    with Image.open(io.BytesIO(_first_png(program, clip))) as first:
        size = first.size
    length = size[0] * size[1] * 3
    return Image.frombytes("RGB", size, raw[-length:])


def _first_png(program: str, clip: Path) -> bytes:
    made = [program, "-v", "error", "-i", str(clip), "-frames:v", "1", "-f", "image2pipe", "-vcodec", "png", "-"]
    return subprocess.run(made, check=True, capture_output=True).stdout


def clip_of(production: Path, shot: str) -> Path:
    return next((production / "out" / "clips" / shot).glob("v*.mp4"))
