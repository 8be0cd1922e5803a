"""A finished clip from its link to a file: whole or not there, whatever the line and the server do."""

import asyncio
import os
from pathlib import Path

import pytest
from clip_fetching import TAG, cut_after, fetch, in_turn, rest_from, serve_ranges
from http_bench import (
    CLIP,
    Reply,
    Then,
    in_loop,
    reply,
    serving,
)

from runner.adapters.http.client import Client
from runner.adapters.http.download import fetch_file
from runner.model.gateway import Fetched, LinkExpired

pytestmark = pytest.mark.usefixtures("no_proxies")


# --- whole


def test_a_clip_comes_whole_and_without_a_credential(tmp_path: Path) -> None:
    visit = fetch(tmp_path, lambda received: reply(CLIP, headers=["Content-Type: video/mp4"]))
    assert visit.came_whole()
    request = visit.server.received[0]
    assert request.header("authorization") is None
    assert request.header("cookie") is None
    assert request.header("range") is None
    assert request.header("host") == f"127.0.0.1:{visit.server.port}"


def test_a_clip_of_unknown_length_comes_whole(tmp_path: Path) -> None:
    assert fetch(tmp_path, lambda received: Reply(b"HTTP/1.1 200 OK\r\n\r\n" + CLIP)).came_whole()


def test_a_webm_is_a_clip_too(tmp_path: Path) -> None:
    visit = fetch(tmp_path, lambda received: reply(b"\x1a\x45\xdf\xa3" + b"webm" * 100))
    assert visit.answer == Fetched()


def test_a_clip_a_store_calls_packed_is_taken_as_it_comes(tmp_path: Path) -> None:
    assert fetch(tmp_path, lambda received: reply(CLIP, headers=["Content-Encoding: aws-chunked"])).came_whole()


def test_an_older_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"older")
    fetch(tmp_path, lambda received: reply(b"", "500 Oh"))
    assert (tmp_path / "clip.mp4").read_bytes() == b"older"
    assert fetch(tmp_path, lambda received: reply(CLIP)).came_whole()


# --- cut and resumed


def test_after_a_cut_only_the_rest_is_asked_for_and_only_of_the_same_clip(tmp_path: Path) -> None:
    visit = fetch(tmp_path, serve_ranges)
    assert visit.came_whole()
    assert visit.ranges == [None, "bytes=60000-", "bytes=120000-", "bytes=180000-"]
    assert [received.header("if-range") for received in visit.server.received] == [None, *['"first"'] * 3]


def test_a_date_will_do_where_there_is_no_tag(tmp_path: Path) -> None:
    date = "Last-Modified: Sat, 21 Nov 2026 08:00:00 GMT"
    visit = fetch(tmp_path, in_turn(cut_after(1000, date, then=Then.CLOSE), rest_from(1000, date)))
    assert visit.came_whole()
    assert visit.server.received[1].header("if-range") == "Sat, 21 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize("headers", [(), ('ETag: W/"weak"',), ('ETag: W/"weak"', "Last-Modified: yesterday")])
def test_without_a_name_for_this_very_version_all_of_it_is_asked_for_again(
    tmp_path: Path, headers: tuple[str, ...]
) -> None:
    visit = fetch(tmp_path, in_turn(cut_after(1000, *headers), reply(CLIP)))
    assert visit.came_whole()
    assert visit.ranges == [None, None]


def test_a_clip_that_has_changed_in_between_is_begun_anew(tmp_path: Path) -> None:
    other = b"\x00\x00\x00\x18ftypisom" + b"other" * 500
    cut = reply(other, headers=['ETag: "older"']).content[:-100]
    visit = fetch(tmp_path, in_turn(Reply(cut), reply(CLIP, headers=[TAG])))
    assert visit.came_whole()


def test_of_a_longer_clip_begun_before_nothing_is_left(tmp_path: Path) -> None:
    longer = reply(CLIP + CLIP, headers=['ETag: "older"']).content
    visit = fetch(tmp_path, in_turn(Reply(longer[:-1000]), reply(CLIP, headers=[TAG])))
    assert visit.came_whole()


def test_a_page_in_place_of_the_rest_is_no_clip(tmp_path: Path) -> None:
    visit = fetch(tmp_path, in_turn(cut_after(1000, TAG, then=Then.CLOSE), reply(b"<html>gone</html>")))
    assert visit.came_not("what came is not a clip: it is a page")


def test_how_large_the_whole_is_may_be_learned_from_a_part(tmp_path: Path) -> None:
    begun = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + TAG.encode() + b"\r\n\r\n3e8\r\n" + CLIP[:1000]
    part = reply(CLIP[1000:2000], "206 Partial Content", [f"Content-Range: bytes 1000-1999/{len(CLIP)}", TAG])
    visit = fetch(tmp_path, in_turn(Reply(begun), part, rest_from(2000, TAG)))
    assert visit.came_whole()
    assert visit.ranges == [None, "bytes=1000-", "bytes=2000-"]


@pytest.mark.parametrize(
    "wrong",
    [
        rest_from(500, TAG),
        rest_from(1000, TAG, size=len(CLIP) + 1),
        rest_from(1000, 'ETag: "second"'),
        reply(CLIP[1000:], "206 Partial Content", [TAG]),
        reply(CLIP[1000:], "206 Partial Content", [TAG, "Content-Range: bytes */5"]),
        reply(b"", "416 Range Not Satisfiable"),
    ],
)
def test_another_part_than_the_one_asked_for_is_not_glued_on(tmp_path: Path, wrong: Reply) -> None:
    visit = fetch(tmp_path, in_turn(cut_after(1000, TAG, then=Then.CLOSE), wrong, reply(CLIP, headers=[TAG])))
    assert visit.came_whole()
    assert visit.ranges == [None, "bytes=1000-", None]


def test_a_part_that_says_no_whole_length_is_held_against_the_first_one(tmp_path: Path) -> None:
    short = reply(CLIP[1000:2000], "206 Partial Content", [f"Content-Range: bytes 1000-1999/{len(CLIP)}", TAG])
    first = cut_after(1000, TAG, then=Then.CLOSE)
    visit = fetch(tmp_path, in_turn(first, short, rest_from(2000, TAG, size="*")))
    assert visit.came_whole()
    assert visit.ranges == [None, "bytes=1000-", "bytes=2000-"]


def test_a_part_nobody_asked_for_is_no_clip(tmp_path: Path) -> None:
    visit = fetch(tmp_path, lambda received: rest_from(1000, TAG))
    assert visit.came_not("another part came than the one asked for")


@pytest.mark.parametrize("status", ["429 Slow", "500 Oh", "503 No"])
def test_what_came_before_a_passing_refusal_is_not_lost(tmp_path: Path, status: str) -> None:
    visit = fetch(tmp_path, in_turn(cut_after(1000, TAG, then=Then.CLOSE), reply(b"", status), rest_from(1000, TAG)))
    assert visit.came_whole()
    assert visit.ranges == [None, "bytes=1000-", "bytes=1000-"]


@pytest.mark.parametrize("then", [Then.CLOSE, Then.RESET])
def test_a_clip_cut_every_time_is_not_there(tmp_path: Path, then: Then) -> None:
    visit = fetch(tmp_path, lambda received: cut_after(1000, then=then))
    assert visit.came_not("(tried 4 times)")
    assert len(visit.server.received) == 4


def test_a_line_that_falls_silent_counts_as_cut(tmp_path: Path) -> None:
    visit = fetch(tmp_path, in_turn(cut_after(1000, TAG, then=Then.HANG), rest_from(1000, TAG)), idle=0.1)
    assert visit.came_whole()


def test_a_server_that_says_more_than_comes_gives_no_clip(tmp_path: Path) -> None:
    visit = fetch(tmp_path, lambda received: reply(CLIP, length=len(CLIP) + 1))
    assert visit.came_not("(tried 4 times)")


# --- refused


@pytest.mark.parametrize("status", ["401 Who", "403 Forbidden", "404 Not Found", "410 Gone"])
def test_a_link_that_has_expired_is_told_apart(tmp_path: Path, status: str) -> None:
    visit = fetch(tmp_path, lambda received: reply(b"<Error>expired</Error>", status))
    assert visit.answer == LinkExpired()
    assert visit.files == []
    assert len(visit.server.received) == 1


def test_a_link_that_expires_between_two_tries_is_told_apart(tmp_path: Path) -> None:
    visit = fetch(tmp_path, in_turn(cut_after(1000, TAG), reply(b"", "403 Forbidden")))
    assert visit.answer == LinkExpired()
    assert visit.files == []


@pytest.mark.parametrize("status", ["400 Bad", "429 Slow", "500 Oh", "503 No", "204 Nothing", "304 Same"])
def test_any_other_refusal_is_left_to_the_caller(tmp_path: Path, status: str) -> None:
    visit = fetch(tmp_path, lambda received: reply(b"", status))
    assert visit.came_not(f"status {status[:3]}")
    assert len(visit.server.received) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "a page"),
        (b'\xef\xbb\xbf\n<?xml version="1.0"?><Error/>', "a page"),
        (b'{"error": "gone"}', "JSON"),
        (b"[1, 2, 3, 4]", "JSON"),
        (b"RIFF....AVI LIST", "neither MP4 nor WebM"),
        (b"ftyp", "neither MP4 nor WebM"),
        (b"{}", "JSON"),
        (b"", "empty"),
    ],
)
def test_what_is_no_clip_is_not_taken_for_one(tmp_path: Path, body: bytes, kind: str) -> None:
    visit = fetch(tmp_path, lambda received: reply(body, headers=["Content-Type: video/mp4"]))
    assert visit.came_not(f"what came is not a clip: it is {kind}")
    assert len(visit.server.received) == 1


def test_a_page_without_end_is_left_after_its_first_bytes(tmp_path: Path) -> None:
    page = Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n<html>" + b" " * 1000, Then.HANG)
    assert fetch(tmp_path, lambda received: page, idle=30).came_not("not a clip")


# --- bounds


def test_a_clip_announced_too_large_is_not_begun(tmp_path: Path) -> None:
    visit = fetch(tmp_path, lambda received: reply(CLIP), most_bytes=len(CLIP) - 1)
    assert visit.came_not("it is larger than 204,815 bytes")
    assert fetch(tmp_path, lambda received: reply(CLIP), most_bytes=len(CLIP)).came_whole()


def test_a_clip_that_turns_out_too_large_is_not_kept(tmp_path: Path) -> None:
    visit = fetch(tmp_path, lambda received: Reply(b"HTTP/1.1 200 OK\r\n\r\n" + CLIP), most_bytes=100_000)
    assert visit.came_not("it is larger than")


def test_a_clip_that_takes_too_long_is_not_kept(tmp_path: Path) -> None:
    visit = fetch(tmp_path, lambda received: cut_after(1000, then=Then.HANG), seconds=0.2, idle=30)
    assert visit.came_not("it did not come within 0.2 s")


def test_cancelling_leaves_no_file(tmp_path: Path) -> None:
    async def call() -> None:
        async with serving(lambda received: cut_after(1000, then=Then.HANG)) as server:
            into = tmp_path / "clip.mp4"
            task = asyncio.create_task(fetch_file(Client(), f"{server.url}/a", into, endpoint_is_private=True))
            await server.has_heard.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    in_loop(call())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_nothing_is_not_called_a_bad_line(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fetch(tmp_path / "missing", lambda received: reply(CLIP))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_told_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4.partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        fetch(tmp_path, lambda received: reply(CLIP))
    assert not os.path.lexists(tmp_path / "clip.mp4.partial")
