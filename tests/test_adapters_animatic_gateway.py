import asyncio
import errno
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from animatic_jobs import frame_of, likeness, make_photograph, make_request
from PIL import Image

from runner.adapters.animatic import gateway
from runner.adapters.animatic.gateway import AnimaticGateway
from runner.adapters.animatic.job import Stopped
from runner.adapters.media import PyavMedia
from runner.core.canonical import Digest
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    Failed,
    FailureClass,
    Fetched,
    Found,
    Gone,
    JobState,
    LinkExpired,
    NotFound,
    NotSent,
    Running,
    Succeeded,
    Unreadable,
)
from runner.model.gateway import Gateway as GatewayPort
from runner.model.request import Request

NAME = "fc-" + "0" * 40


async def wait_for(provider: GatewayPort, job: str) -> JobState:
    state: JobState = Running()
    while isinstance(state, Running):
        state = await provider.poll(job, {})
    return state


def submit_and_wait(folder: Path, request: Request) -> JobState:
    async def ask() -> JobState:
        provider: GatewayPort = AnimaticGateway(folder)
        assert await provider.submit(request, NAME) == Accepted(NAME)
        state = await wait_for(provider, NAME)
        await provider.close()
        return state

    return asyncio.run(ask())


def never_ending(_job: Any, into: Path, stop: Callable[[], bool]) -> None:
    into.write_bytes(b"half a clip")
    while not stop():
        time.sleep(0.005)
    raise Stopped


def test_a_job_goes_from_submit_to_a_clip_that_plays(tmp_path: Path) -> None:
    async def run() -> None:
        provider = AnimaticGateway(tmp_path / "animatic")
        assert await provider.submit(make_request(), NAME) == Accepted(NAME)
        state = await wait_for(provider, NAME)
        assert state == Succeeded({"clip": "clip.mp4"})
        assert await provider.fetch(NAME, state.result, tmp_path / "here.mp4") == Fetched()
        await provider.release(NAME)
        await provider.close()

    asyncio.run(run())
    assert PyavMedia().probe(tmp_path / "here.mp4").frames == 24
    assert list((tmp_path / "animatic").iterdir()) == []


def test_a_second_submit_under_a_name_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        provider = AnimaticGateway(tmp_path)
        await provider.submit(make_request(), NAME)
        assert await provider.submit(make_request(), NAME) == AlreadyExists()
        assert await AnimaticGateway(tmp_path).submit(make_request(), NAME) == AlreadyExists()

    asyncio.run(run())


def test_a_job_is_found_by_its_name_and_nothing_else_is(tmp_path: Path) -> None:
    async def run() -> None:
        provider = AnimaticGateway(tmp_path)
        assert await provider.find(NAME, {}) == NotFound()
        await provider.submit(make_request(), NAME)
        assert await AnimaticGateway(tmp_path).find(NAME, {}) == Found(NAME, Running())
        await wait_for(provider, NAME)
        assert await AnimaticGateway(tmp_path).find(NAME, {}) == Found(NAME, Succeeded({"clip": "clip.mp4"}))
        await provider.close()

    asyncio.run(run())


def test_a_job_that_was_never_whole_is_unknown_and_can_be_submitted(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "request.json.partial").write_text('{"version"', encoding="utf-8")

    async def run() -> None:
        provider = AnimaticGateway(tmp_path)
        assert await provider.find(NAME, {}) == NotFound()
        assert await provider.poll(NAME, {}) == Gone()
        assert await provider.submit(make_request(), NAME) == Accepted(NAME)

    asyncio.run(run())


def test_another_process_renders_a_job_that_was_left_half_done(tmp_path: Path) -> None:
    asyncio.run(AnimaticGateway(tmp_path).submit(make_request(), NAME))
    (tmp_path / NAME / "clip.partial.mp4").write_bytes(b"half a clip")

    async def run() -> JobState:
        provider = AnimaticGateway(tmp_path)
        state = await wait_for(provider, NAME)
        await provider.close()
        return state

    assert asyncio.run(run()) == Succeeded({"clip": "clip.mp4"})
    assert sorted(path.name for path in (tmp_path / NAME).iterdir()) == ["clip.mp4", "request.json"]


@pytest.mark.parametrize("name", ["", "..", "../outside", "a/b", ".hidden", "a" * 200, "with space"])
def test_a_name_that_is_no_folder_of_ours_is_not_taken(tmp_path: Path, name: str) -> None:
    async def run() -> None:
        provider = AnimaticGateway(tmp_path / "animatic")
        assert isinstance(await provider.submit(make_request(), name), NotSent)
        assert await provider.poll(name, {}) == Gone()
        assert await provider.find(name, {}) == NotFound()
        assert await provider.fetch(name, {"clip": "clip.mp4"}, tmp_path / "x.mp4") == LinkExpired()
        await provider.release(name)

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_has_vanished_fails_the_job_without_charge(tmp_path: Path) -> None:
    picture = {"digest": "d" * 64}
    request = make_request({"first_frame": picture}, files={Digest("d" * 64): tmp_path / "gone.png"})
    state = submit_and_wait(tmp_path, request)
    assert isinstance(state, Failed)
    assert state.charged is False
    assert state.failure.kind is FailureClass.INPUT
    assert state.failure.message.startswith("`gone.png` is not there any more")


def test_a_fault_of_ours_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_job: Any, _into: Path, _stop: Callable[[], bool]) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(gateway, "render", broken)
    state = submit_and_wait(tmp_path, make_request())
    assert isinstance(state, Failed)
    assert (state.failure.kind, state.charged) == (FailureClass.OURS, False)
    assert "ZeroDivisionError" in state.failure.message


def test_a_disk_that_takes_nothing_and_lets_go_of_nothing_fails_the_job_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(job: object, into: Path, stop: Callable[[], bool]) -> None:
        into.mkdir()  # What no `unlink` removes.
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(gateway, "render", fill)

    async def scene() -> None:
        provider = AnimaticGateway(tmp_path)
        await provider.submit(make_request(), "job-1")
        state = await provider.poll("job-1", {})
        assert isinstance(state, Failed)
        assert state.failure.message == "the sketch could not be written: No space left on device"
        await provider.release("job-1")
        await provider.close()

    asyncio.run(scene())


def test_closing_stops_what_renders_and_keeps_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "render", never_ending)

    async def run() -> None:
        provider = AnimaticGateway(tmp_path)
        await provider.submit(make_request(), NAME)
        assert await provider.poll(NAME, {}) == Running()
        await provider.close()
        assert isinstance(await provider.poll(NAME, {}), Unreadable)

    asyncio.run(run())
    assert [path.name for path in (tmp_path / NAME).iterdir()] == ["request.json"]


def test_releasing_a_job_that_renders_stops_it_and_removes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "render", never_ending)

    async def run() -> None:
        provider = AnimaticGateway(tmp_path)
        await provider.submit(make_request(), NAME)
        await provider.poll(NAME, {})
        await provider.release(NAME)
        assert await provider.poll(NAME, {}) == Gone()
        await provider.close()

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_many_questions_render_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []

    def count(_job: Any, into: Path, _stop: Callable[[], bool]) -> None:
        rendered.append(into.parent.name)
        time.sleep(0.05)
        into.write_bytes(b"clip")

    monkeypatch.setattr(gateway, "render", count)

    async def run() -> None:
        provider = AnimaticGateway(tmp_path)
        await provider.submit(make_request(), NAME)
        await asyncio.gather(*(provider.poll(NAME, {}) for _ in range(5)))
        await wait_for(provider, NAME)
        await provider.close()

    asyncio.run(run())
    assert rendered == [NAME]


def test_a_clip_that_was_lost_is_rendered_again(tmp_path: Path) -> None:
    async def run() -> None:
        provider = AnimaticGateway(tmp_path)
        await provider.submit(make_request(), NAME)
        await wait_for(provider, NAME)
        (tmp_path / NAME / "clip.mp4").unlink()
        assert await provider.fetch(NAME, {"clip": "clip.mp4"}, tmp_path / "x.mp4") == LinkExpired()
        assert await wait_for(provider, NAME) == Succeeded({"clip": "clip.mp4"})
        assert await provider.fetch(NAME, {"clip": "clip.mp4"}, tmp_path / "x.mp4") == Fetched()
        await provider.close()

    asyncio.run(run())


def test_fetching_twice_gives_the_same_clip_and_leaves_it_there(tmp_path: Path) -> None:
    async def run() -> None:
        provider = AnimaticGateway(tmp_path / "animatic")
        await provider.submit(make_request(), NAME)
        await wait_for(provider, NAME)
        for _ in range(2):
            assert await provider.fetch(NAME, {"clip": "clip.mp4"}, tmp_path / "x.mp4") == Fetched()
        await provider.close()

    asyncio.run(run())
    assert (tmp_path / "x.mp4").read_bytes() == (tmp_path / "animatic" / NAME / "clip.mp4").read_bytes()


def test_sweeping_keeps_what_is_asked_for(tmp_path: Path) -> None:
    provider = AnimaticGateway(tmp_path)
    for name in ("fc-a", "fc-b"):
        asyncio.run(provider.submit(make_request(), name))
    provider.sweep(keep={"fc-b"})
    assert [path.name for path in tmp_path.iterdir()] == ["fc-b"]


def test_the_whole_request_reaches_the_picture(tmp_path: Path) -> None:
    photo = make_photograph(tmp_path)
    digest = Digest(hashlib.sha256(photo.read_bytes()).hexdigest())
    request = make_request(
        {
            "duration": 2,
            "sound": True,
            "prompt": [{"element": "keeper"}, " climbs, says ", {"voice": "gruff"}],
            "dialogue": [{"voice": "gruff", "by": "keeper", "text": ["Come on, ", {"element": "keeper"}]}],
            "beats": [{"prompt": ["One."], "duration": 1}, {"prompt": ["Two."], "duration": 1}],
            "camera": {"type": "simple", "move": "pan", "amount": 4},
            "elements": {"keeper": {"frontal": {"digest": digest}, "references": []}, "far": {"references": []}},
            "masks": {"static": {"digest": digest}, "dynamic": []},
            "negative_prompt": "blur",
            "cfg_scale": 0.5,
            "seed": 7,
            "first_frame": {"take": "t" * 64, "at": "last"},
            "last_frame": {"url": "https://example.com/end.png"},
        },
        {"options": {"grain": 3}, "described": {"voices": {"gruff": "low"}}},
        {digest: photo},
        {"first_frame": photo},
    )
    assert submit_and_wait(tmp_path / "animatic", request) == Succeeded({"clip": "clip.mp4"})
    clip = tmp_path / "animatic" / NAME / "clip.mp4"
    facts = PyavMedia().probe(clip)
    assert (facts.frames, facts.audio_codec) == (48, "aac")
    assert likeness(frame_of(clip, "first"), Image.open(photo)) > 40


def test_a_request_that_names_a_frame_nobody_handed_over_is_refused(tmp_path: Path) -> None:
    state = submit_and_wait(tmp_path, make_request({"first_frame": {"take": "t" * 64, "at": "last"}}))
    assert isinstance(state, Failed)
    assert state.failure.kind is FailureClass.INPUT


def test_the_digest_is_that_of_what_is_written_down(tmp_path: Path) -> None:
    provider = AnimaticGateway(tmp_path)
    asyncio.run(provider.submit(make_request(), NAME))
    written = json.loads((tmp_path / NAME / "request.json").read_bytes())
    assert written["canonical"]["prompt"] == ["A harbour at first light."]
    assert provider.prepare(make_request(), NAME) == provider.prepare(make_request(), NAME)
    assert provider.prepare(make_request(), NAME) != provider.prepare(make_request({"roll": 2}), NAME)


def test_knowing_the_gateway_loads_no_media_library() -> None:
    program = "import sys, runner.adapters.animatic; print(*{'av', 'PIL'} & set(sys.modules))"
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == ""
