"""Kling by its newer interface: documented bodies, what its models refuse, and what its answers mean."""

from decimal import Decimal

import pytest
from gateway_bodies import BASE64, NAME, Abbreviating, compiled
from kling_boards import FIRST, FRAME, LAST, TAIL, board, refusals, sent

from runner.api.manifests import built_in
from runner.core.canonical import Json
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    Failed,
    Failure,
    FailureClass,
    Found,
    Gone,
    NotFound,
    Rejected,
    Running,
    Succeeded,
    Uncertain,
    Unreadable,
)
from runner.model.interface import Bearer, Interface
from runner.model.manifest import Proof
from runner.model.money import Money
from runner.planning.answers import read_finding, read_state, read_submit
from runner.planning.body import Builder, View
from runner.planning.compiling import build_call

TOLD = "https://example.com/told"
CALLBACK = f"callbacks: {{kling-next: {TOLD}}}\n"
TRAIN = "A girl sat on the train, looking out the window with a melancholic expression"


def interface() -> Interface:
    found = built_in("kling-next").interface
    assert found is not None
    return found


def options(*, is_marked: bool = False) -> dict[str, Json]:
    return {"callback_url": TOLD, "external_task_id": NAME, "watermark_info": {"enabled": is_marked}}


# --- bodies ---------------------------------------------------------------------------------------------------------
# Of each documented example the name, which is empty there, is ours. Where it leaves sound or mark to their defaults,
# they are said here.


def test_a_clip_from_words_is_asked_for_as_documented() -> None:
    lines = (f"prompt: {TRAIN}", "mode: pro", 'aspect_ratio: "9:16"', "duration: 10", "watermark: true")
    done = compiled("kling-next", board("kling-v2.6", *lines, head=CALLBACK), "one")
    assert done.call.path == "/text-to-video/kling-2.6"
    assert done.call.body == {
        "prompt": TRAIN,
        "settings": {"resolution": "1080p", "aspect_ratio": "9:16", "duration": 10, "audio": "off"},
        "options": options(is_marked=True),
    }


def test_beats_of_the_models_own_making_are_asked_for_as_documented() -> None:
    lines = (f"prompt: {TRAIN}", "mode: 4k", "duration: 15", "beats: auto")
    done = compiled("kling-next", board("kling-v3", *lines, head=CALLBACK), "one")
    assert done.call.path == "/text-to-video/kling-3.0"
    assert done.call.body == {
        "prompt": TRAIN,
        "settings": {
            "resolution": "4k",
            "aspect_ratio": "16:9",
            "duration": 15,
            "audio": "off",
            "multi_shot": True,
        },
        "options": options(),
    }


def test_a_chosen_voice_is_asked_for_as_documented() -> None:
    lines = (f"prompt: \"{TRAIN}, {{{{ voice('gruff') }}}} whispers softly.\"", FRAME, "mode: pro", "sound: on")
    done = compiled("kling-next", board("kling-v2.6", *lines, "watermark: true", head=CALLBACK), "one")
    assert done.call.path == "/image-to-video/kling-2.6"
    assert done.call.body == {
        "contents": [
            {"type": "prompt", "text": f"{TRAIN}, @1 whispers softly."},
            {"type": "first_frame", "url": FIRST},
            {"type": "voice", "voice_id": "829824295735410756", "id": "1"},
        ],
        "settings": {"audio": "native", "resolution": "1080p", "duration": 5},
        "options": options(is_marked=True),
    }


def test_a_clip_of_25_turbo_is_asked_for_as_documented() -> None:
    shot = board("kling-v2.5-turbo", f"prompt: {TRAIN}", FRAME, "mode: pro", "watermark: true", head=CALLBACK)
    done = compiled("kling-next", shot, "one")
    assert done.call.path == "/image-to-video/kling-2.5-turbo"
    assert done.call.body == {
        "contents": [{"type": "prompt", "text": TRAIN}, {"type": "first_frame", "url": FIRST}],
        "settings": {"resolution": "1080p", "duration": 5},
        "options": options(is_marked=True),
    }


def test_two_frames_and_an_element_are_asked_for_as_documented() -> None:
    # The example lists an element that its prompt does not name; ours are listed because they are named.
    lines = ("prompt: \"{{ element('lamp') }} on a train\"", FRAME, TAIL, "mode: pro", "duration: 10", "sound: on")
    done = compiled("kling-next", board("kling-v3", *lines, head=CALLBACK), "one")
    assert done.call.path == "/image-to-video/kling-3.0"
    assert done.call.body == {
        "contents": [
            {"type": "prompt", "text": "@element_1 on a train"},
            {"type": "first_frame", "url": FIRST},
            {"type": "last_frame", "url": LAST},
            {"type": "element", "element_id": "162", "id": "element_1"},
        ],
        "settings": {"resolution": "1080p", "duration": 10, "audio": "native", "multi_shot": False},
        "options": options(),
    }


def test_omni_with_frames_and_elements_is_asked_for_as_documented() -> None:
    words = "prompt: \"{{ element('lamp') }} and {{ element('keeper') }}\""
    lines = (words, FRAME, TAIL, "mode: pro", "sound: on", "beats: auto")
    done = compiled("kling-next", board("kling-v3-omni", *lines, head=CALLBACK), "one")
    assert done.call.path == "/omni-video/kling-3.0-omni"
    assert done.call.body == {
        "contents": [
            {"type": "prompt", "text": "@element_1 and @element_2"},
            {"type": "first_frame", "url": FIRST, "id": "image_1"},
            {"type": "last_frame", "url": LAST, "id": "image_2"},
            {"type": "element", "element_id": "162", "id": "element_1"},
            {"type": "element", "element_id": "321922438904313", "id": "element_2"},
        ],
        "settings": {"resolution": "1080p", "duration": 5, "audio": "native", "multi_shot": True},
        "options": options(),
    }


def test_omni_from_words_is_asked_for_as_documented() -> None:
    done = compiled("kling-next", board("kling-v3-omni", f"prompt: {TRAIN}", "mode: pro", "sound: on"), "one")
    assert isinstance(done.call.body, dict)
    assert done.call.body["contents"] == [{"type": "prompt", "text": TRAIN}]
    # The example has no ratio; its page requires one where there is no picture.
    assert done.call.body["settings"] == {
        "resolution": "1080p",
        "aspect_ratio": "16:9",
        "duration": 5,
        "audio": "native",
        "multi_shot": False,
    }


def test_beats_are_written_into_the_prompt() -> None:
    beats = "beats: [{duration: 2, prompt: A lamp is lit.}, {duration: 3, prompt: \"{{ element('lamp') }} goes out.\"}]"
    body = sent("kling-next", board("kling-v3", beats, FRAME))
    contents, settings = body["contents"], body["settings"]
    assert isinstance(contents, list)
    assert contents[0] == {"type": "prompt", "text": "shot 1, 2, A lamp is lit.; shot 2, 3, @element_1 goes out.; "}
    assert isinstance(settings, dict)
    assert settings["multi_shot"] is True


def test_a_frame_of_another_shot_goes_as_bare_base64() -> None:
    chained = board("kling-v2.6") + "  - {id: two, from: one, prompt: It goes on.}\n"
    body = compiled("kling-next", chained, "two", is_real=True).call.body
    assert isinstance(body, dict)
    assert isinstance(body["contents"], list)
    assert body["contents"][1] == {"type": "first_frame", "url": BASE64}


SHOTS = [
    "kling-v2.5-turbo; duration: 10",
    "kling-v2.5-turbo; first; last; pro",
    "kling-v2.6; pro; loud",
    "kling-v2.6; first; pro; loud; dialogue: [{voice: gruff, text: Hello}]",
    "kling-v3; 4k; duration: 3",
    "kling-v3; first; one beat; loud",
    "kling-v3-omni; keeper",
    "kling-o1; first; keeper; duration: 7",
    "kling-o1; first; last; duration: 10",
]


@pytest.mark.parametrize("shot", SHOTS)
def test_every_body_keeps_to_its_schema(shot: str) -> None:
    assert refusals("kling-next", board(shot)) == []
    sent("kling-next", board(shot), is_real=True)


# --- what its models refuse -----------------------------------------------------------------------------------------

LONG = f"{{duration: 5, prompt: {'x' * 498}}}"


def test_six_of_the_longest_beats_are_no_longer_than_a_prompt_may_be() -> None:
    # The longest labels there are: two figures in one of the lengths.
    lengths = (10, 1, 1, 1, 1, 1)
    beats = ", ".join(LONG.replace("5", str(seconds)) for seconds in lengths)
    sent("kling-next", board("kling-v3", f"beats: [{beats}]", "duration: 15"), is_real=True)


# --- answers --------------------------------------------------------------------------------------------------------


def answer(code: int, message: str) -> dict[str, Json]:
    return {"code": code, "message": message, "request_id": "9984d27b-a408-4073-ae28-17ca6a13622d"}


def envelope(data: Json) -> dict[str, Json]:
    return {**answer(0, "SUCCEED"), "data": data}


def task(status: str, **more: Json) -> dict[str, Json]:
    times: dict[str, Json] = {"create_time": 1781080778802, "update_time": 1781080794151}
    return {"id": "893605946402811985", "status": status, "message": "", "external_id": NAME, **times, **more}


CLIP = "https://v16-kling-fdl.klingai.com/clip.mp4"


def finished(*billing: Json, **video: Json) -> dict[str, Json]:
    outputs: Json = [{"type": "video", "id": "v-1", "url": CLIP, "duration": "5.041", **video}]
    return envelope([task("succeeded", outputs=outputs, billing=list(billing))])


def test_a_submit_is_accepted_or_was_there_already() -> None:
    answers = interface().answers
    assert read_submit(answers, 200, envelope(task("submitted"))) == Accepted("893605946402811985")
    assert read_submit(answers, 400, answer(1201, f"External_task_id {NAME} already exists")) == AlreadyExists()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 1002, FailureClass.ACCESS),
        (429, 1100, FailureClass.ACCESS),
        (429, 1101, FailureClass.BALANCE),
        (429, 1102, FailureClass.BALANCE),
        (403, 1103, FailureClass.ACCESS),
        (400, 1201, FailureClass.INPUT),
        (404, 1203, FailureClass.INPUT),
        (400, 1300, FailureClass.CONTENT),
        (400, 1301, FailureClass.CONTENT),
        (429, 1302, FailureClass.LIMIT),
        (429, 1303, FailureClass.LIMIT),
        (429, 1304, FailureClass.ACCESS),
    ],
)
def test_every_refusal_has_its_kind(status: int, code: int, kind: FailureClass) -> None:
    read = read_submit(interface().answers, status, answer(code, "as it says"))
    assert read == Rejected(Failure(kind, "as it says", str(code)))


@pytest.mark.parametrize(
    ("status", "body"),
    [(504, answer(5002, "timeout")), (500, None), (409, None), (200, answer(0, "SUCCEED")), (200, envelope({}))],
)
def test_what_may_have_been_charged_is_never_a_refusal(status: int, body: Json) -> None:
    assert isinstance(read_submit(interface().answers, status, body), Uncertain)


UNITS: Json = {"charge_type": "unit", "package_type": "video", "amount": "2.5"}
CASH: Json = {"charge_type": "cash", "cash_type": "balance", "currency": "USD", "amount": "0.35", "list_price": "0.4"}
YUAN: Json = {"charge_type": "cash", "cash_type": "balance", "currency": "CNY", "amount": "2.5"}
MARKED = f"{CLIP}?marked"


@pytest.mark.parametrize(
    ("body", "url", "charge"),
    [
        (finished(UNITS), CLIP, Money(Decimal("0.350"), "USD")),
        (finished(CASH), CLIP, Money(Decimal("0.35"), "USD")),
        # Another money is not counted as dollars.
        (finished(YUAN), CLIP, None),
        (finished(), CLIP, None),
        (finished(UNITS, watermark_url=MARKED), MARKED, Money(Decimal("0.350"), "USD")),
        (finished(CASH, watermark_url=MARKED), MARKED, Money(Decimal("0.35"), "USD")),
        (finished(watermark_url=MARKED), MARKED, None),
    ],
)
def test_a_finished_job_gives_its_clip_and_what_it_cost(body: Json, url: str, charge: Money | None) -> None:
    assert read_state(interface().poll.answers, 200, body) == Succeeded({"url": url}, charge)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Failure to pass the risk control system", FailureClass.CONTENT),
        ("The resolution or aspect ratio of the input image is invalid.", FailureClass.INPUT),
        ("Internal error", FailureClass.GATEWAY),
    ],
)
def test_a_failed_job_says_why(message: str, kind: FailureClass) -> None:
    body = envelope([task("failed", message=message)])
    assert read_state(interface().poll.answers, 200, body) == Failed(Failure(kind, message, "failed"), charged=None)


def test_a_job_is_asked_about_and_looked_up_among_tasks() -> None:
    find, poll = interface().find, interface().poll
    assert find is not None
    view: View = {"path": "/text-to-video/kling-3.0", "job": "893", "job_name": NAME}
    calls = [build_call(question.call, Builder(view, Abbreviating())) for question in (poll, find)]
    assert [(call.method, call.path, call.query) for call in calls] == [
        ("GET", "/tasks", {"task_ids": "893"}),
        ("GET", "/tasks", {"external_task_ids": NAME}),
    ]
    running = envelope([task("processing")])
    assert read_finding(find.answers, 200, running) == Found("893605946402811985", Running())
    assert read_state(poll.answers, 200, running) == Running()


def test_only_an_empty_list_says_that_a_job_is_not_there() -> None:
    find, poll = interface().find, interface().poll
    assert find is not None
    assert read_finding(find.answers, 200, envelope([])) == NotFound()
    assert read_state(poll.answers, 200, envelope([])) == Gone()
    unclear: list[Json] = [answer(0, "SUCCEED"), envelope(None), envelope({}), {"data": []}, None, []]
    for body in unclear:
        assert isinstance(read_state(poll.answers, 200, body), Unreadable), body
    assert isinstance(read_state(poll.answers, 200, envelope([task("paused")])), Unreadable)
    too_many = answer(1201, "task_ids and external_task_ids cannot exceed 20 in total")
    assert isinstance(read_state(poll.answers, 400, too_many), Unreadable)


# --- what is true of all of it --------------------------------------------------------------------------------------


def test_it_takes_one_kind_of_key_and_shares_voices_and_elements_with_the_older_interface() -> None:
    manifest, older = built_in("kling-next"), built_in("kling").interface
    assert older is not None
    assert interface().keys == (Bearer("KLING_API_KEY"),)
    assert interface().resources == older.resources
    assert manifest.library == built_in("kling").library == "kling"
    assert manifest.pictures.bytes == 50_000_000
    guard = manifest.guard
    assert (guard.named, guard.found, guard.refused) == (Proof.PROVEN, Proof.DOCUMENTED, Proof.PROVEN)
    assert {name: built_in("kling").prices[name] for name in manifest.prices} == dict(manifest.prices)
