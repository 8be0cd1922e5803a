"""Kling's older interface in the sandbox: whole bodies, keys, how jobs are shown. Each single rule is in `facts/`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import httpx
import pytest
from dialect_bench import (
    JOB_ID,
    PICTURE_URL,
    Caller,
    bodies_of,
    body_of,
    fetch_clip,
    fetch_until,
    job,
    picture,
    refused,
    taken,
)
from hypothesis import given

from runner.core.canonical import Json
from runner.sandbox.dialect import FailureKind, OperationKind, Phase, RefusalKind, Reply, Strictness, Wanted
from runner.sandbox.dialects.kling import Kling
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

KLING: Final = Caller(Kling({}), {"authorization": "Bearer a-key"})
TOLD, STILL, MANY, OMNI = "text2video", "image2video", "multi-image2video", "omni-video"
VOICES, ELEMENTS = "custom-voices", "advanced-custom-elements"

WHOLE: Final[Mapping[str, dict[str, Json]]] = {
    TOLD: {"model_name": "kling-v2-6", "mode": "pro", "prompt": "a harbour at dawn", "duration": "5"},
    STILL: {
        "model_name": "kling-v2-6",
        "mode": "pro",
        "prompt": "she turns",
        "duration": "5",
        "image": PICTURE_URL,
    },
    MANY: {"model_name": "kling-v1-6", "prompt": "two friends", "image_list": [{"image": PICTURE_URL}]},
    OMNI: {"model_name": "kling-v3-omni", "prompt": "he waits", "aspect_ratio": "16:9", "duration": "5"},
    VOICES: {"voice_name": "gruff", "voice_url": "https://example.com/gruff.wav"},
    ELEMENTS: {
        "element_name": "keeper",
        "element_description": "a lighthouse keeper",
        "reference_type": "image_refer",
        "element_image_list": {"frontal_image": PICTURE_URL, "refer_images": [{"image_url": PICTURE_URL}]},
    },
}
V3: Final[dict[str, Json]] = {"model_name": "kling-v3"}
VOICED: Final[dict[str, Json]] = {
    "sound": "on",
    "prompt": 'the man<<<voice_1>>> says: "hello"',
    "voice_list": [{"voice_id": "829824295735410756"}],
}
BEATS: Final[Json] = [
    {"index": 1, "prompt": "he climbs", "duration": "2"},
    {"index": 2, "prompt": "he waits", "duration": "3"},
]
SHOTS: Final[dict[str, Json]] = {**V3, "multi_shot": True, "shot_type": "customize", "multi_prompt": BEATS}
PATH: Final[list[Json]] = [{"x": 10, "y": 20}, {"x": 30, "y": 20}]
BRUSH: Final[dict[str, Json]] = {
    "model_name": "kling-v1-5",
    "static_mask": PICTURE_URL,
    "dynamic_masks": [{"mask": PICTURE_URL, "trajectories": PATH}],
}
FIRST: Final[Json] = {"image_url": PICTURE_URL, "type": "first_frame"}
LAST: Final[Json] = {"image_url": PICTURE_URL, "type": "end_frame"}
CLIP_IN: Final[Json] = {"video_url": "https://example.com/a.mp4"}
O1: Final[dict[str, Json]] = {"model_name": "kling-video-o1"}


def written(name: str, changes: Mapping[str, Json]) -> dict[str, Json]:
    """The whole body of an operation with changes; what is changed to null is left out."""
    return {key: value for key, value in {**WHOLE[name], **changes}.items() if value is not None}


def read(name: str, changes: Mapping[str, Json], strictness: Strictness) -> Wanted | Reply:
    return KLING.dialect.read(KLING.create(name, written(name, changes)), strictness)


def say(reading: Wanted | Reply) -> str:
    """The message of a refusal; nothing for what was taken."""
    if isinstance(reading, Wanted):
        return ""
    assert reading.status == 400
    assert body_of(reading)["code"] in {1200, 1201}
    assert body_of(reading)["request_id"]
    return str(body_of(reading)["message"])


# Several things at once, which none of the rules in `facts/` has; each of them alone is there.
TAKEN: Final[tuple[tuple[str, dict[str, Json]], ...]] = (
    (TOLD, {"prompt": "x" * 2500, "negative_prompt": "y" * 2500, "aspect_ratio": "9:16", "sound": "on"}),
    (TOLD, {"sound": "off", "mode": "std", "callback_url": "", "external_task_id": ""}),
    (TOLD, {**V3, "cfg_scale": 1, "duration": "15", "mode": "4k", "sound": "on"}),
    (TOLD, SHOTS),
    (TOLD, {**SHOTS, "prompt": ""}),
    (TOLD, {**SHOTS, "multi_shot": "true"}),
    (TOLD, {"watermark_info": {"enabled": True}, "callback_url": "https://example.com/told"}),
    (STILL, {**V3, "image_tail": PICTURE_URL, "mode": "std", "sound": "on"}),
    (STILL, BRUSH),
    (STILL, VOICED),
    (STILL, {**VOICED, "voice_list": [{"voice_id": "1"}, {"voice_id": "2"}]}),
    (STILL, SHOTS),
    (MANY, {"image_list": [{"image": picture()}] * 4, "mode": "pro", "duration": "10", "aspect_ratio": "1:1"}),
    (OMNI, {"aspect_ratio": None, "image_list": [FIRST, LAST], "duration": "7", "sound": "on"}),
    (OMNI, {"prompt": "<<<image_1>>> and <<<element_1>>>", "image_list": [FIRST], "element_list": [{"element_id": 7}]}),
    (OMNI, {"video_list": [{"video_url": "https://example.com/a.mp4", "refer_type": "feature"}], "duration": "7"}),
    (OMNI, {"multi_shot": True, "shot_type": "customize", "multi_prompt": BEATS, "prompt": None}),
    (OMNI, {**O1, "duration": "7", "image_list": [FIRST, {"image_url": PICTURE_URL}]}),
    (VOICES, {"voice_url": "", "video_id": "123", "callback_url": ""}),
    (ELEMENTS, {"tag_list": [{"tag_id": "o_102"}], "element_voice_id": "9"}),
)

# Only refused when strict: what would otherwise be ignored in silence.
IGNORED: Final[tuple[tuple[str, dict[str, Json], str], ...]] = (
    (TOLD, {"promt": "misspelt"}, "promt: is no field"),
    (TOLD, {"image": PICTURE_URL}, "image: is no field"),
    (TOLD, {"prompt": "<<<voice_1>>> speaks"}, "<<<voice_1>>> has no entry in voice_list"),
)


@pytest.mark.parametrize(("name", "changes"), TAKEN)
@pytest.mark.parametrize("strictness", Strictness)
def test_what_the_pages_say_is_taken_strictly_and_leniently(
    name: str, changes: dict[str, Json], strictness: Strictness
) -> None:
    assert say(read(name, changes, strictness)) == ""


@pytest.mark.parametrize("strictness", Strictness)
def test_a_picture_that_is_cut_short_is_never_taken(strictness: Strictness) -> None:
    assert "image: is no picture that can be read" in say(read(STILL, {"image": picture()[:-200]}, strictness))


@pytest.mark.parametrize(("name", "changes", "complaint"), IGNORED)
def test_what_would_be_ignored_in_silence_is_taken_when_lenient(
    name: str, changes: dict[str, Json], complaint: str
) -> None:
    assert complaint in say(read(name, changes, Strictness.STRICT))
    assert say(read(name, changes, Strictness.LENIENT)) == ""


@pytest.mark.parametrize("name", WHOLE)
@given(body=bodies_of("model_name", "prompt", "image", "image_list", "multi_prompt", "duration", "sound", "type"))
def test_no_body_whatever_breaks_it(name: str, body: Json) -> None:
    for strictness in Strictness:
        reading = KLING.dialect.read(KLING.create(name, body), strictness)
        assert isinstance(reading, Wanted) or reading.status == 400


@pytest.mark.parametrize(
    ("name", "changes", "price"),
    [
        (TOLD, {"mode": "std"}, "0.210"),
        (TOLD, {}, "0.35"),
        (TOLD, {"sound": "on"}, "0.70"),
        (TOLD, {"sound": "on", "duration": "10"}, "1.40"),
        (STILL, VOICED, "0.84"),
        # A voice that nobody speaks with is not charged.
        (STILL, {**VOICED, "prompt": "nobody speaks"}, "0.70"),
        (TOLD, {**V3, "mode": "std"}, "0.42"),
        (TOLD, {**V3, "sound": "on", "duration": "15"}, "2.52"),
        (TOLD, {**V3, "mode": "4k"}, "2.10"),
        (TOLD, {"model_name": "kling-v1", "mode": None}, "0.14"),
        (TOLD, {"model_name": "kling-v2-master"}, "1.40"),
        (MANY, {}, "0.28"),
        (OMNI, {}, "0.56"),
        (OMNI, {"video_list": [CLIP_IN], "duration": None}, "0.84"),
        (VOICES, {}, "0.007"),
        (ELEMENTS, {}, "0"),
    ],
)
def test_prices_are_those_of_the_list(name: str, changes: dict[str, Json], price: str) -> None:
    reading = read(name, changes, Strictness.STRICT)
    assert isinstance(reading, Wanted)
    assert reading.price == Decimal(price)
    assert reading.currency == "USD"


def test_what_the_list_has_no_price_for_has_none() -> None:
    reading = read(TOLD, {"mode": "std", "sound": "on"}, Strictness.LENIENT)
    assert isinstance(reading, Wanted)
    assert reading.price is None


def test_a_create_is_read_into_what_is_wanted() -> None:
    body = written(STILL, {**VOICED, "duration": "10", "external_task_id": "fc-1", "watermark_info": {"enabled": True}})
    wanted = taken(KLING, KLING.create(STILL, body))
    assert (wanted.seconds, wanted.mode, wanted.has_sound) == (10, "pro", True)
    assert (wanted.first_frame, wanted.last_frame, wanted.aspect_ratio) == (PICTURE_URL, None, None)
    assert (wanted.external_id, wanted.has_watermark) == ("fc-1", True)
    assert list(wanted.uses) == ["829824295735410756"]


def test_what_is_no_object_is_a_bad_parameter() -> None:
    assert body_of(refused(KLING, KLING.create(TOLD, [1])))["code"] == 1200


# --- answers ---------------------------------------------------------------------------------------------------------


def show(name: str, phase: Phase, changes: Mapping[str, Json] | None = None, **more: Any) -> dict[str, Any]:
    wanted = taken(KLING, KLING.create(name, written(name, changes or {})))
    shown = KLING.dialect.show(
        KLING.poll(name), [job(KLING.operation(OperationKind.CREATE, name), wanted, phase, **more)]
    )
    assert shown.status == 200
    assert body_of(shown)["code"] == 0
    data = body_of(shown)["data"]
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize(
    ("phase", "word"),
    [
        (Phase.SUBMITTED, "submitted"),
        (Phase.PROCESSING, "processing"),
        (Phase.SUCCEEDED, "succeed"),
        (Phase.FAILED, "failed"),
    ],
)
def test_each_phase_has_its_word(phase: Phase, word: str) -> None:
    data = show(TOLD, phase)
    assert data["task_status"] == word
    assert ("task_result" in data) == (phase is Phase.SUCCEEDED)


def test_a_finished_clip_has_texts_for_numbers() -> None:
    data = show(TOLD, Phase.SUCCEEDED, {"external_task_id": "fc-1"})
    video = data["task_result"]["videos"][0]
    assert video["duration"] == "5.041"
    assert video["url"].endswith(".mp4")
    assert "watermark_url" not in video
    assert data["final_unit_deduction"] == "2.5"
    assert data["task_info"] == {"external_task_id": "fc-1"}


def test_a_watermarked_clip_is_only_there_when_it_was_asked_for() -> None:
    data = show(TOLD, Phase.SUCCEEDED, {"watermark_info": {"enabled": True}})
    assert data["task_result"]["videos"][0]["watermark_url"]
    assert data["watermark_info"] == {"enabled": True}


def test_a_failure_says_why() -> None:
    assert show(TOLD, Phase.FAILED)["task_status_msg"] == "Failure to pass the risk control system"
    bad_picture = show(STILL, Phase.FAILED, failure=FailureKind.BAD_PICTURE)
    assert bad_picture["task_status_msg"].startswith("The resolution or aspect ratio of the input image is invalid.")


def test_voices_and_elements_show_their_ids_and_that_they_are_gone() -> None:
    voice = show(VOICES, Phase.SUCCEEDED, product_id="850087542757535")["task_result"]["voices"][0]
    assert (voice["voice_id"], voice["voice_name"]) == ("850087542757535", "gruff")
    element = show(ELEMENTS, Phase.SUCCEEDED, product_id="321922438904313")["task_result"]["elements"][0]
    assert (element["element_id"], element["status"]) == (321922438904313, "succeed")
    gone = show(ELEMENTS, Phase.DELETED, product_id="321922438904313")["task_result"]["elements"][0]
    assert gone["status"] == "deleted"
    assert show(VOICES, Phase.DELETED, product_id="850087542757535")["task_result"]["voices"] == []


@pytest.mark.parametrize(
    ("kind", "status", "code", "message"),
    [
        (RefusalKind.TOO_FAST, 429, 1302, ""),
        (RefusalKind.TOO_MANY, 429, 1303, "parallel task over resource pack limit"),
        (RefusalKind.NO_BALANCE, 429, 1102, "Account balance not enough"),
        (RefusalKind.SERVER_ERROR, 500, 5000, ""),
        (RefusalKind.UNAVAILABLE, 503, 5001, ""),
        (RefusalKind.TIMED_OUT, 504, 5002, ""),
        (RefusalKind.NAME_TAKEN, 400, 1201, "External_task_id fc-1 already exists"),
        (RefusalKind.NO_SUCH_JOB, 400, 1201, "Task not found by id/external id: fc-1"),
        (RefusalKind.NO_SUCH_PATH, 404, 1203, ""),
        (RefusalKind.MODERATION, 400, 1301, ""),
        (RefusalKind.PRODUCT_GONE, 400, 1201, "fc-1 already be deleted"),
    ],
)
def test_refusals_have_klings_codes(kind: RefusalKind, status: int, code: int, message: str) -> None:
    reply = KLING.dialect.refuse(kind, "fc-1")
    assert (reply.status, body_of(reply)["code"]) == (status, code)
    assert message in body_of(reply)["message"]
    assert "data" not in body_of(reply)


# --- through the house -----------------------------------------------------------------------------------------------


def test_a_clip_is_made_found_by_either_id_and_taken_home() -> None:
    path = f"/v1/videos/{STILL}"
    body = written(STILL, {"image": picture(), "external_task_id": "fc-1"})
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=KLING.headers) as client,
    ):
        made = client.post(path, json=body)
        number = made.json()["data"]["task_id"]
        assert len(number) == 18
        assert number.isdigit()
        done = fetch_until(client, f"{path}/{number}", "data.task_status", "succeed")
        fetch_clip(done["data"]["task_result"]["videos"][0]["url"])
        assert client.get(f"{path}/fc-1").json()["data"]["task_id"] == number
        assert client.get(f"/v1/videos/{TOLD}/fc-1").json()["message"] == "Task not found by id/external id: fc-1"
        assert client.get(f"{path}/{JOB_ID}").status_code == 400
        again = client.post(path, json=body)
        assert (again.status_code, again.json()["message"]) == (400, "External_task_id fc-1 already exists")
        # The name is taken for every operation of the account, and for no other account.
        assert client.post(f"/v1/videos/{TOLD}", json=written(TOLD, {"external_task_id": "fc-1"})).status_code == 400
        stranger = {"Authorization": "Bearer another"}
        assert client.get(f"{path}/fc-1", headers=stranger).status_code == 400
        assert client.post(path, json=body, headers=stranger).status_code == 200
        assert len(sandbox.till()["charges"]) == 2


def test_lists_are_of_one_operation_newest_first_and_in_pages() -> None:
    path = f"/v1/videos/{TOLD}"
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=KLING.headers) as client,
    ):
        made = [client.post(path, json=written(TOLD, {})).json()["data"]["task_id"] for _ in range(3)]
        client.post(f"/v1/videos/{STILL}", json=written(STILL, {}))
        listed = client.get(path).json()["data"]
        assert [task["task_id"] for task in listed] == made[::-1]
        second = client.get(path, params={"pageNum": 2, "pageSize": 2}).json()["data"]
        assert [task["task_id"] for task in second] == made[:1]
        for query in ({"pageNum": 0}, {"pageNum": 1001}, {"pageSize": 501}, {"pageSize": "x"}):
            assert client.get(path, params=query).json()["code"] == 1201
        for name, most in ((path, 500), (f"/v1/general/{ELEMENTS}", 500), (f"/v1/general/{VOICES}", 1000)):
            codes = [client.get(name, params={"pageSize": size}).json()["code"] for size in (1, most, most + 1, 0)]
            assert codes == [0, 0, 1201, 1201]


@pytest.mark.parametrize(
    ("name", "field", "delete"),
    [
        (VOICES, "voice_id", "delete-voices"),
        (ELEMENTS, "element_id", "delete-advanced-elements"),
        (ELEMENTS, "element_id", "delete-elements"),
    ],
)
def test_what_was_deleted_cannot_be_used_or_deleted_again(name: str, field: str, delete: str) -> None:
    kind = field.partition("_")[0]
    model: dict[str, Json] = {} if kind == "voice" else {**V3}
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=KLING.headers) as client,
    ):
        made = client.post(f"/v1/general/{name}", json=WHOLE[name]).json()["data"]
        shown = fetch_until(client, f"/v1/general/{name}/{made['task_id']}", "data.task_status", "succeed")
        product = shown["data"]["task_result"][f"{kind}s"][0][field]
        use = written(STILL, {**model, "sound": "on", f"{kind}_list": [{field: product}]})
        assert client.post(f"/v1/videos/{STILL}", json=use).status_code == 200
        assert client.post(f"/v1/general/{delete}", json={field: product}).json()["data"]["task_status"] == "succeed"
        again = client.post(f"/v1/general/{delete}", json={field: product})
        assert "already be deleted" in again.json()["message"]
        assert "already be deleted" in client.post(f"/v1/videos/{STILL}", json=use).json()["message"]
        listed = client.get(f"/v1/general/{name}").json()["data"]
        assert len(listed) == (0 if kind == "voice" else 1)
        assert client.post(f"/v1/general/{delete}", json={field: "1"}).json()["code"] == 1201


def test_everybody_has_the_presets() -> None:
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=KLING.headers) as client,
    ):
        voices = client.get("/v1/general/presets-voices").json()["data"]
        assert {voice["owned_by"] for task in voices for voice in task["task_result"]["voices"]} == {"kling"}
        elements = client.get("/v1/general/advanced-presets-elements").json()["data"]
        assert isinstance(elements[0]["task_result"]["elements"][0]["element_id"], int)


def test_what_is_there_at_kling_and_not_here_is_refused_in_its_words() -> None:
    with (
        running_sandbox(SandboxOptions()) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=KLING.headers) as client,
    ):
        answer = client.get("/account/costs")
    assert (answer.status_code, answer.json()["code"]) == (404, 1203)
