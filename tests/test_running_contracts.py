"""What the scripted provider and its clips promise, held against the real adapters behind the same ports."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
import pytest
from http_run_bench import open_http
from PIL import Image
from scripted_gateway import ScriptedGateway, ScriptedMedia

from runner.adapters.animatic.gateway import AnimaticGateway
from runner.adapters.media import PyavMedia
from runner.core.canonical import Json
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    FetchAnswer,
    Fetched,
    Found,
    Gateway,
    Gone,
    JobState,
    NotFound,
    Running,
    SubmitAnswer,
    Succeeded,
)
from runner.model.outside import Media, MediaTrouble
from runner.model.request import Key, MakersPart, Request
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

CANONICAL: dict[str, Json] = {
    "medium": "animatic",
    "model": "kling-v3",
    "mode": "std",
    "duration": 3,
    "aspect_ratio": "1:1",
    "sound": False,
    "watermark": False,
    "prompt": ["a lamp"],
    "roll": 1,
}
REQUEST = Request(Key("ab" * 32), CANONICAL, MakersPart("animatic", {}), "lamp", {}, {})

GatewayMaker = Callable[[Path], Gateway]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxOptions(clips="small")) as running:
        yield running


@pytest.fixture(params=["scripted", "animatic", "kling", "kling-next"])
def make_gateway(request: pytest.FixtureRequest, sandbox: Sandbox) -> GatewayMaker:
    """A gateway in memory, the one on this machine, and those over HTTP whose guard is known."""
    sandbox.reset()
    match request.param:
        case "scripted":
            return lambda folder: ScriptedGateway()
        case "animatic":
            return AnimaticGateway
        case name:
            return lambda folder: open_http(name, sandbox.url)


async def submit(gateway: Gateway, name: str) -> tuple[SubmitAnswer, Mapping[str, str]]:
    """As a run does: prepared first, and asked about by the route that was written down."""
    return await gateway.submit(REQUEST, name), gateway.prepare(REQUEST, name).route


async def poll_to_the_end(gateway: Gateway, job: str, route: Mapping[str, str]) -> JobState:
    for pause in itertools.repeat(0.05):
        state = await gateway.poll(job, route)
        if not isinstance(state, Running):
            return state
        await asyncio.sleep(pause)
    raise AssertionError


def test_a_job_is_taken_found_by_its_name_made_and_fetched(tmp_path: Path, make_gateway: GatewayMaker) -> None:
    async def make() -> tuple[bool, FetchAnswer]:
        gateway = make_gateway(tmp_path / "jobs")
        try:
            taken, route = await submit(gateway, "fc-1")
            assert isinstance(taken, Accepted)
            found = await gateway.find("fc-1", route)
            state = await poll_to_the_end(gateway, taken.job, route)
            assert isinstance(state, Succeeded)
            fetched = await gateway.fetch(taken.job, state.result, tmp_path / "clip.mp4")
            await gateway.release(taken.job)
        finally:
            await gateway.close()
        return isinstance(found, Found) and found.job == taken.job, fetched

    is_found, fetched = asyncio.run(make())
    assert is_found
    assert fetched == Fetched()
    assert (tmp_path / "clip.mp4").stat().st_size > 0


def test_a_second_submit_under_a_name_is_refused(tmp_path: Path, make_gateway: GatewayMaker) -> None:
    async def submit_twice() -> object:
        gateway = make_gateway(tmp_path / "jobs")
        try:
            await gateway.submit(REQUEST, "fc-1")
            return await gateway.submit(REQUEST, "fc-1")
        finally:
            await gateway.close()

    assert asyncio.run(submit_twice()) == AlreadyExists()


def test_what_was_never_taken_is_neither_found_nor_known(tmp_path: Path, make_gateway: GatewayMaker) -> None:
    async def ask() -> tuple[object, object]:
        gateway = make_gateway(tmp_path / "jobs")
        try:
            route = gateway.prepare(REQUEST, "fc-9").route
            return await gateway.find("fc-9", route), await gateway.poll("fc-9", route)
        finally:
            await gateway.close()

    assert asyncio.run(ask()) == (NotFound(), Gone())


def scripted_clip(folder: Path) -> Path:
    clip = folder / "clip.mp4"
    clip.write_text('{"duration": 2, "content": "a lamp"}', encoding="utf-8")
    return clip


def real_clip(folder: Path) -> Path:
    """Two seconds, each picture of another grey."""
    clip = folder / "clip.mp4"
    with av.open(clip, "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for number in range(48):
            picture = Image.new("RGB", (64, 64), (number * 5,) * 3)
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]  # PyAV leaves it untyped
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return clip


medias = pytest.mark.parametrize(
    ("media", "make_clip"),
    [(ScriptedMedia(), scripted_clip), (PyavMedia(), real_clip)],
    ids=["scripted", "pyav"],
)
ClipMaker = Callable[[Path], Path]


@medias
def test_a_clip_is_as_long_as_it_is(tmp_path: Path, media: Media, make_clip: ClipMaker) -> None:
    assert abs(media.probe(make_clip(tmp_path)).duration - 2) < Fraction(1, 24)


@medias
def test_what_is_no_clip_is_told(tmp_path: Path, media: Media, make_clip: ClipMaker) -> None:
    garbage = tmp_path / "garbage.mp4"
    garbage.write_bytes(b"no clip at all")
    with pytest.raises(MediaTrouble):
        media.probe(garbage)


@medias
def test_the_frames_of_a_clip_differ_and_none_lies_beyond_its_end(
    tmp_path: Path, media: Media, make_clip: ClipMaker
) -> None:
    clip = make_clip(tmp_path)
    cut = {at: media.cut_frame(clip, at, tmp_path / f"{at}.png") for at in ("first", "last")}
    assert cut["first"].pixels != cut["last"].pixels
    assert (tmp_path / "first.png").read_bytes() != (tmp_path / "last.png").read_bytes()
    with pytest.raises(MediaTrouble):
        media.cut_frame(clip, Decimal("9.5"), tmp_path / "beyond.png")
    assert not (tmp_path / "beyond.png").exists()
