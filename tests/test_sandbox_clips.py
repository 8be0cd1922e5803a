"""The sandbox's clips: small and animatic ones, distinct by job, behind signed links, whole and in ranges."""

import base64
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit, urlunsplit

import av
import httpx
import pytest
from animatic_jobs import frame_of, likeness, make_photograph
from dialect_bench import data_uri, fetch_until, picture
from PIL import Image

from runner.adapters.media import PyavMedia
from runner.api.sandbox_clips import AnimaticClips
from runner.sandbox.clips import ClipMaker, ClipShelf, mark_for
from runner.sandbox.dialect import Wanted
from runner.sandbox.dialects.pictures import PictureLimits, check_picture
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox
from runner.sandbox.small_clips import SmallClips

HEADERS: Final = {"Authorization": "Bearer a-key"}
PATH: Final = "/v1/videos/text2video"
BODY: Final = {"model_name": "kling-v2-6", "mode": "pro", "prompt": "a harbour", "duration": "5"}


def wanted(**changes: Any) -> Wanted:
    return Wanted(product="video", price=None, **{"seconds": 5, **changes})


def finish(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    """The clip's record, when it is done."""
    number = client.post(PATH, json={**BODY, **changes}).json()["data"]["task_id"]
    done = fetch_until(client, f"{PATH}/{number}", "data.task_status", "succeed")
    video = done["data"]["task_result"]["videos"][0]
    assert isinstance(video, dict)
    return video


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({}, (544, 306)),
        ({"aspect_ratio": "9:16"}, (306, 544)),
        ({"aspect_ratio": "1:1", "has_sound": True}, (408, 408)),
    ],
)
def test_a_small_clip_is_what_was_asked_for_and_a_frame_more(
    changes: dict[str, Any], size: tuple[int, int], tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    SmallClips().make(wanted(**changes), clip)
    facts = PyavMedia().probe(clip)
    assert (facts.width, facts.height) == size
    assert (facts.audio_codec is not None) == bool(changes.get("has_sound"))
    with av.open(str(clip)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 121
    assert likeness(frame_of(clip, "first"), frame_of(clip, "last")) < 40


def test_clips_of_two_jobs_differ_in_bytes_and_play_alike(tmp_path: Path) -> None:
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=HEADERS) as client,
    ):
        clips = [finish(client) for _ in range(2)]
        assert [clip["duration"] for clip in clips] == ["5.041", "5.041"]
        one, other = (httpx.get(clip["url"]).content for clip in clips)
    assert one != other
    for number, content in enumerate((one, other)):
        (tmp_path / f"{number}.mp4").write_bytes(content)
        assert PyavMedia().probe(tmp_path / f"{number}.mp4").width == 544
    assert likeness(frame_of(tmp_path / "0.mp4", "last"), frame_of(tmp_path / "1.mp4", "last")) > 100


def test_equal_wishes_are_made_once_and_others_apart(tmp_path: Path) -> None:
    made: list[Path] = []

    class Counting(SmallClips):
        def make(self, wanted: Wanted, into: Path) -> None:
            made.append(into)
            into.write_bytes(b"clip")

    maker: ClipMaker = Counting()
    shelf = ClipShelf(tmp_path, maker)
    one, same, other = (shelf.order(wanted(seconds=seconds)).result() for seconds in (5, 5, 10))
    shelf.close()
    assert (one == same, len(set(made)), len(made)) == (True, 2, 2)
    assert one != other


def test_a_clip_that_cannot_be_made_is_a_failed_job_and_noted() -> None:
    class Broken(SmallClips):
        def make(self, wanted: Wanted, into: Path) -> None:
            raise OSError("no room")

    with (
        running_sandbox(SandboxOptions(clips="animatic"), Broken()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=HEADERS) as client,
    ):
        number = client.post(PATH, json=BODY).json()["data"]["task_id"]
        fetch_until(client, f"{PATH}/{number}", "data.task_status", "failed")
        assert sandbox.till()["troubles"] == [f"clip of {number}: OSError: no room"]


# --- links -----------------------------------------------------------------------------------------------------------


def test_a_clip_comes_whole_or_in_ranges() -> None:
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=HEADERS) as client,
    ):
        link = finish(client)["url"]
        number = urlsplit(link).path.split("/")[3]
        whole = httpx.get(link)
        size = len(whole.content)
        assert whole.headers["content-type"] == "video/mp4"
        assert whole.headers["content-length"] == str(size)
        # The mark of the job is at the end, and ranges may begin before, at or within it.
        assert whole.content.endswith(mark_for(number))
        for begin, end in ((0, 9), (100, 199), (size - 40, size - 1), (size - 5, size - 1)):
            part = httpx.get(link, headers={"Range": f"bytes={begin}-{end}"})
            assert part.status_code == 206
            assert part.content == whole.content[begin : end + 1]
            assert part.headers["content-range"] == f"bytes {begin}-{end}/{size}"
        assert httpx.get(link, headers={"Range": "bytes=-7"}).content == whole.content[-7:]
        assert httpx.get(link, headers={"Range": f"bytes={size}-"}).status_code == 416
        assert httpx.get(link, headers={"Range": "bytes=7-", "If-Range": '"another"'}).status_code == 200
        for odd in ("bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4"):
            assert httpx.get(link, headers={"Range": odd}).content == whole.content
        assert sandbox.till()["downloads"] == 12


def test_a_link_is_good_only_as_it_was_given_and_for_its_time() -> None:
    with (
        running_sandbox(SandboxOptions(link_seconds=3600)) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=HEADERS) as client,
    ):
        one, other = (urlsplit(finish(client)["url"]) for _ in range(2))
        asked = {name: values[0] for name, values in parse_qs(one.query).items()}
        plain = urlunsplit(one._replace(query=""))
        assert httpx.get(plain, params=asked).status_code == 200
        # With more behind it, as a watermarked one has.
        assert httpx.get(plain, params={**asked, "watermark": "1"}).status_code == 200
        later = {**asked, "expires": str(int(asked["expires"]) + 1)}
        wrong: tuple[dict[str, str], ...] = (
            {},
            later,
            {**asked, "signature": "x"},
            {**asked, "signature": "ä"},
            {**asked, "edition": "²"},
        )
        assert [httpx.get(plain, params=each).status_code for each in wrong] == [403] * 5
        assert httpx.get(urlunsplit(other._replace(query=one.query))).status_code == 403
        assert httpx.get(plain.replace("/clip.mp4", "/other.mp4")).status_code == 404


def test_a_link_past_its_time_is_refused() -> None:
    with (
        running_sandbox(SandboxOptions(link_seconds=-1)) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=HEADERS) as client,
    ):
        assert httpx.get(finish(client)["url"]).status_code == 403


# --- animatic clips --------------------------------------------------------------------------------------------------


def base64_of(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def test_an_animatic_clip_opens_and_ends_on_the_pictures_of_the_request(tmp_path: Path) -> None:
    first, last = make_photograph(tmp_path), make_photograph(tmp_path, "other.png")
    clip = tmp_path / "clip.mp4"
    asked = wanted(seconds=1, first_frame=base64_of(first), last_frame=f"data:image/png;base64,{base64_of(last)}")
    AnimaticClips().make(asked, clip)
    assert likeness(frame_of(clip, "first"), Image.open(first)) > 40
    assert likeness(frame_of(clip, "last"), Image.open(last)) > 40
    assert AnimaticClips().seconds_of(asked) == 1


def test_animatic_clips_are_alike_for_what_looks_alike_only() -> None:
    maker = AnimaticClips()
    base = wanted(first_frame=picture(), echo={"prompt": "a harbour"})
    assert maker.kind_of(base) == maker.kind_of(wanted(first_frame=picture(), echo={"prompt": "a harbour"}))
    others = (
        wanted(first_frame=picture(720, 720), echo={"prompt": "a harbour"}),
        wanted(last_frame=picture(), echo={"prompt": "a harbour"}),
        wanted(first_frame=picture(), echo={"prompt": "a lamp"}),
        wanted(first_frame=picture(), echo={"prompt": "a harbour"}, has_sound=True),
        wanted(first_frame=picture(), echo={"prompt": "a harbour"}, mode="pro"),
        wanted(first_frame=picture(), echo={"prompt": "a harbour"}, seconds=6),
    )
    assert len({maker.kind_of(each) for each in (base, *others)}) == 7


@pytest.mark.parametrize("first_frame", [None, "https://example.com/a.png"])
def test_without_a_picture_at_hand_the_ratio_decides(first_frame: str | None, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    for ratio, size in (("9:16", (720, 1280)), ("auto", (1280, 720))):
        AnimaticClips().make(wanted(seconds=1, first_frame=first_frame, aspect_ratio=ratio), clip)
        facts = PyavMedia().probe(clip)
        assert (facts.width, facts.height) == size


def test_a_sandbox_serves_animatic_clips_when_it_is_given_their_maker() -> None:
    with (
        running_sandbox(SandboxOptions(clips="animatic"), AnimaticClips()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=HEADERS) as client,
    ):
        shortest = {"model_name": "kling-v3", "mode": "std", "duration": "3"}
        clip = finish(client, **shortest)
        assert clip["duration"] == "3.0"
        assert httpx.get(clip["url"]).content[4:8] == b"ftyp"


# --- pictures of requests --------------------------------------------------------------------------------------------

EVERY: Final = frozenset({"base64", "data-uri", "url"})


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        (picture(), EVERY),
        (picture(kind="JPEG"), EVERY),
        (picture(300, 750), EVERY),
        (picture(750, 300), EVERY),
        (data_uri(), {"data-uri"}),
        ("https://example.com/a.png", {"url"}),
        ("HTTP://example.com/a.webp?b", {"url"}),
    ],
)
def test_a_good_picture_is_taken(text: str, ways: set[str]) -> None:
    assert check_picture(text, frozenset(ways), PictureLimits()) is None


@pytest.mark.parametrize(
    ("text", "ways", "complaint"),
    [
        ("https://example.com/a.png", {"base64"}, "must not be a URL"),
        (data_uri(), {"base64", "url"}, "must not have a data: prefix"),
        (data_uri(), {"url"}, "must be an http(s) URL"),
        (picture(), {"data-uri", "url"}, "must be a data URI or an http(s) URL"),
        (picture(), {"url"}, "must be an http(s) URL"),
        ("data:text/plain,hello", {"data-uri"}, "is no data URI of a base64 picture"),
        ("https://", EVERY, "is neither an http(s) URL nor valid base64"),
        ("", {"base64"}, "is not valid base64"),
        ("aGVsbG8=", EVERY, "is no picture that can be read"),
        (picture()[:-200], EVERY, "is no picture that can be read"),
        (picture(kind="WEBP"), EVERY, "must be jpg/jpeg/png, is webp"),
        (picture(299, 600), EVERY, "must have at least 300 px a side, has 299x600"),
        (picture(300, 751), EVERY, "must have a ratio between 1:2.5 and 2.5:1, has 300x751"),
    ],
)
def test_a_bad_picture_is_complained_of(text: str, ways: set[str], complaint: str) -> None:
    assert check_picture(text, frozenset(ways), PictureLimits()) == complaint


def test_a_picture_may_be_too_heavy() -> None:
    weight = len(base64.b64decode(picture()))
    assert check_picture(picture(), EVERY, PictureLimits(most_bytes=weight)) is None
    complaint = check_picture(picture(), EVERY, PictureLimits(most_bytes=weight - 1))
    assert complaint is not None
    assert complaint.startswith("must be at most")
