"""Kling's newer interface in the sandbox: whole bodies, how tasks are asked for. Each single rule is in `facts/`."""

from collections.abc import Mapping
from decimal import Decimal
from time import monotonic, sleep
from typing import Any, Final

import httpx
import pytest
from dialect_bench import PICTURE_URL, Caller, bodies_of, body_of, fetch_clip, job, picture, taken
from hypothesis import given

from runner.core.canonical import Json
from runner.sandbox.dialect import OperationKind, Phase, Reply, Strictness, Wanted
from runner.sandbox.dialects.kling_next import KlingNext
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

NEXT: Final = Caller(KlingNext(), {"authorization": "Bearer a-key"})
TOLD, STILL = "text-to-video/kling-2.6", "image-to-video/kling-2.6"
TOLD_3, STILL_3 = "text-to-video/kling-3.0", "image-to-video/kling-3.0"
TURBO, STILL_TURBO = "text-to-video/kling-3.0-turbo", "image-to-video/kling-3.0-turbo"
STILL_25 = "image-to-video/kling-2.5-turbo"
OMNI, O1 = "omni-video/kling-3.0-omni", "omni-video/kling-o1"

PROMPT: Final[dict[str, Json]] = {"type": "prompt", "text": "she turns, @1 whispers softly"}
FIRST: Final[dict[str, Json]] = {"type": "first_frame", "url": PICTURE_URL}
LAST: Final[dict[str, Json]] = {"type": "last_frame", "url": PICTURE_URL}
REFERENCE: Final[dict[str, Json]] = {"type": "refer_image", "url": PICTURE_URL}
VOICE: Final[dict[str, Json]] = {"type": "voice", "voice_id": "891495440020668439", "id": "1"}
BASE: Final[dict[str, Json]] = {"type": "base_video", "url": "https://example.com/a.mp4"}
FEATURE: Final[dict[str, Json]] = {"type": "feature_video", "url": "https://example.com/a.mp4"}
LOUD: Final[dict[str, Json]] = {"audio": "native", "resolution": "1080p"}
RATIO: Final[dict[str, Json]] = {"aspect_ratio": "16:9"}


def element(number: int) -> dict[str, Json]:
    return {"type": "element", "element_id": str(160 + number), "id": f"element_{number}"}


def told(text: str = "a harbour", settings: Mapping[str, Json] | None = None, **more: Json) -> dict[str, Json]:
    return {"prompt": text, "settings": settings or {}, **more}


def shown(*contents: Json, settings: Mapping[str, Json] | None = None, **more: Json) -> dict[str, Json]:
    return {"contents": [PROMPT, *contents], "settings": settings or {}, **more}


def say(name: str, body: Json, strictness: Strictness = Strictness.STRICT) -> str:
    reading = NEXT.dialect.read(NEXT.create(name, body), strictness)
    if isinstance(reading, Wanted):
        return ""
    assert (reading.status, body_of(reading)["code"]) == (400, 1201)
    return str(body_of(reading)["message"])


TAKEN: Final[tuple[tuple[str, dict[str, Json]], ...]] = (
    (TOLD, told()),
    (TOLD, told("x" * 2500, {**LOUD, "duration": 10, "aspect_ratio": "9:16"})),
    (TOLD_3, told("x" * 3072, {"duration": 15, "resolution": "4k", "audio": "native", "multi_shot": False})),
    (TOLD_3, told("shot 1, 2, he climbs; shot 2, 3, he waits;")),
    # Switched off they are words like any other.
    (TOLD_3, told("shot 1, 2, he climbs; shot 2, 2, he waits;", {"multi_shot": False})),
    (TURBO, told(settings={"duration": 3})),
    # The page's own samples.
    (STILL, shown(FIRST, VOICE, settings={**LOUD, "duration": 5}, options={"external_task_id": ""})),
    (STILL, shown({**FIRST, "url": picture()})),
    (STILL, shown(FIRST, LAST, settings={"resolution": "1080p"})),
    (STILL_25, shown(FIRST, LAST, settings={"resolution": "1080p"})),
    (STILL_3, shown(FIRST, LAST, element(1), settings={"audio": "native", "duration": 10, "multi_shot": False})),
    (STILL_3, shown(FIRST, element(1), element(2), element(3))),
    (STILL_TURBO, shown(FIRST)),
    (OMNI, shown(settings=RATIO)),
    (OMNI, shown({**FIRST, "id": "image_1"}, LAST)),
    (OMNI, shown(*[REFERENCE] * 4, *(element(number) for number in range(3)), settings=RATIO)),
    (OMNI, shown(BASE, settings={"audio": "original"})),
    (O1, shown(FIRST, REFERENCE, settings={"duration": 3, "audio": "off", "resolution": "1080p"})),
    (O1, shown(element(1), FIRST, FEATURE, settings={**RATIO, "duration": 7})),
    (O1, shown(REFERENCE, BASE, settings=RATIO)),
    (O1, shown(FIRST, LAST)),
)


@pytest.mark.parametrize(("name", "body"), TAKEN)
@pytest.mark.parametrize("strictness", Strictness)
def test_what_the_pages_say_is_taken_strictly_and_leniently(name: str, body: Json, strictness: Strictness) -> None:
    assert say(name, body, strictness) == ""


def test_a_long_shot_within_a_prompt_is_only_refused_when_strict() -> None:
    body = told(f"shot 1, 5, {'x' * 513}")
    assert "a shot must have at most 512" in say(TOLD_3, body)
    assert say(TOLD_3, body, Strictness.LENIENT) == ""
    assert say(TOLD_3, told(f"shot 1, 5, {'x' * 512}")) == ""


@pytest.mark.parametrize("name", [TOLD_3, STILL, OMNI])
@given(body=bodies_of("prompt", "contents", "settings", "options", "type", "url", "duration", "audio", "id"))
def test_no_body_whatever_breaks_it(name: str, body: Json) -> None:
    for strictness in Strictness:
        reading = NEXT.dialect.read(NEXT.create(name, body), strictness)
        assert isinstance(reading, Wanted) or reading.status == 400


@pytest.mark.parametrize(
    ("name", "body", "price"),
    [
        (TOLD, told(), "0.21"),
        (TOLD, told(settings=LOUD), "0.70"),
        (STILL, shown(FIRST, VOICE, settings=LOUD), "0.84"),
        (TOLD_3, told(settings={"audio": "native"}), "0.63"),
        # Turbo has no other.
        (TURBO, told(), "0.56"),
        (OMNI, shown(BASE), "0.63"),
        (O1, shown(settings={**RATIO, "resolution": "1080p"}), "0.56"),
    ],
)
def test_prices_are_those_of_the_list(name: str, body: Json, price: str) -> None:
    assert taken(NEXT, NEXT.create(name, body)).price == Decimal(price)


def test_a_create_is_read_into_what_is_wanted() -> None:
    options: Json = {"external_task_id": "fc-1", "watermark_info": {"enabled": True}, "callback_url": "http://x/told"}
    wanted = taken(NEXT, NEXT.create(STILL, shown(FIRST, VOICE, settings={**LOUD, "duration": 10}, options=options)))
    assert (wanted.seconds, wanted.mode, wanted.has_sound, wanted.first_frame) == (10, "pro", True, PICTURE_URL)
    assert (wanted.external_id, wanted.has_watermark, wanted.callback_url) == ("fc-1", True, "http://x/told")
    assert list(wanted.uses) == ["891495440020668439"]


def test_signed_tokens_are_not_taken() -> None:
    call = Caller(NEXT.dialect, {"authorization": "Bearer head.claims.proof"}).create(TOLD, {})
    refusal = NEXT.dialect.authorize(call, 0)
    assert isinstance(refusal, Reply)
    assert refusal.status == 401
    assert body_of(refusal)["code"] == 1002
    assert "does not support AK/SK" in body_of(refusal)["message"]
    assert NEXT.dialect.authorize(NEXT.create(TOLD, {}), 0) is None


# --- tasks -----------------------------------------------------------------------------------------------------------


def ask(query: Mapping[str, str]) -> dict[str, Any]:
    wanted = taken(NEXT, NEXT.create(TOLD, told(options={"external_task_id": "fc-1"})))
    done = job(NEXT.operation(OperationKind.CREATE, TOLD), wanted, Phase.SUCCEEDED)
    return body_of(NEXT.dialect.show(NEXT.call(OperationKind.POLL, "tasks", query=query), [done]))


def test_a_finished_task_is_one_of_a_list() -> None:
    data = ask({"task_ids": "1"})["data"][0]
    assert (data["status"], data["external_id"], data["message"]) == ("succeeded", "fc-1", "")
    assert data["outputs"][0]["duration"] == "5.041"
    assert data["outputs"][0]["type"] == "video"
    assert data["billing"][0]["amount"] == "1.5"


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({}, "exactly one is required"),
        ({"task_ids": "1", "external_task_ids": "2"}, "exactly one is required"),
        (
            {"task_ids": ",".join(map(str, range(21)))},
            "task_ids and external_task_ids cannot exceed 20 in total",
        ),
    ],
)
def test_tasks_are_asked_for_by_one_kind_of_id_and_twenty_at_most(query: dict[str, str], complaint: str) -> None:
    answer = ask(query)
    assert answer["code"] == 1201
    assert complaint in answer["message"]
    assert ask({"external_task_ids": ",".join(map(str, range(20)))})["code"] == 0


def finish(client: httpx.Client, number: str) -> dict[str, Any]:
    until = monotonic() + 20
    while True:
        task = client.get("/tasks", params={"task_ids": number}).json()["data"][0]
        assert isinstance(task, dict)
        if task["status"] == "succeeded":
            return task
        assert monotonic() < until, task
        sleep(0.02)


def test_one_interface_sees_the_tasks_of_the_other() -> None:
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=NEXT.headers) as client,
    ):
        mine = client.post(f"/{TOLD}", json=told(options={"external_task_id": "fc-1"})).json()["data"]
        assert (mine["status"], mine["external_id"]) == ("submitted", "fc-1")
        older = {"model_name": "kling-v2-6", "prompt": "a harbour", "external_task_id": "fc-2"}
        theirs = client.post("/v1/videos/text2video", json=older).json()["data"]["task_id"]
        # Names are of the account, whichever way they came.
        taken_name = client.post(f"/{TOLD}", json=told(options={"external_task_id": "fc-2"}))
        assert taken_name.json()["message"] == "External_task_id fc-2 already exists"
        both = client.get("/tasks", params={"external_task_ids": "fc-2,fc-1,fc-3"}).json()["data"]
        assert [task["id"] for task in both] == [theirs, mine["id"]]
        assert client.get("/tasks", params={"task_ids": "1"}).json()["data"] == []
        fetch_clip(finish(client, mine["id"])["outputs"][0]["url"])


def test_all_tasks_are_listed_newest_first_with_a_cursor() -> None:
    with (
        running_sandbox(SandboxOptions(latency=60)) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=NEXT.headers) as client,
    ):
        assert client.post("/tasks", json={}).json()["data"] == {"count": 0, "has_more": False}
        made = [client.post(f"/{TOLD}", json=told()).json()["data"]["id"] for _ in range(3)]
        first = client.post("/tasks", json={"limit": 2}).json()["data"]
        assert [task["id"] for task in first["result"]] == made[:0:-1]
        assert first["has_more"]
        rest = client.post("/tasks", json={"limit": 2, "cursor": first["next_cursor"]}).json()["data"]
        assert [task["id"] for task in rest["result"]] == made[:1]
        assert not rest["has_more"]

        def count(key: str, value: str) -> int:
            filters = [{"key": key, "values": [value]}]
            return int(client.post("/tasks", json={"filters": filters}).json()["data"]["count"])

        assert (count("status", "submitted"), count("status", "failed")) == (3, 0)
        assert (count("product_type", "video"), count("product_type", "voice")) == (3, 0)
        for wrong in ({"limit": 501}, {"filters": [{"key": "colour"}]}, {"filters": "status"}):
            assert client.post("/tasks", json=wrong).json()["code"] == 1201
