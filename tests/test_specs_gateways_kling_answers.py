"""What Kling's older interface answers: to a submit, of a job, of voices and elements."""

from decimal import Decimal

import pytest
from gateway_bodies import BASE64, NAME, Abbreviating
from jsonschema import Draft202012Validator
from kling_boards import LAST

from runner.adapters import package_data
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
from runner.model.interface import Interface
from runner.model.money import Money
from runner.model.request import MakersPart
from runner.planning.answers import read_finding, read_state, read_submit
from runner.planning.body import Builder, View
from runner.planning.compiling import build_call, compile_resource


def interface() -> Interface:
    found = built_in("kling").interface
    assert found is not None
    return found


def answer(code: int, message: str) -> dict[str, Json]:
    return {"code": code, "message": message, "request_id": "9984d27b-a408-4073-ae28-17ca6a13622d"}


def envelope(**data: Json) -> dict[str, Json]:
    return {**answer(0, "SUCCEED"), "data": data}


CREATED = envelope(
    task_id="930801301486305328",
    task_info={"external_task_id": NAME},
    task_status="submitted",
    created_at=1722769557708,
    updated_at=1722769557708,
)


def rejected(kind: FailureClass, code: int, message: str) -> Rejected:
    return Rejected(Failure(kind, message, str(code)))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        *[(401, code, FailureClass.ACCESS) for code in (1000, 1001, 1002, 1003, 1004)],
        (429, 1100, FailureClass.ACCESS),
        (429, 1101, FailureClass.BALANCE),
        (429, 1102, FailureClass.BALANCE),
        (403, 1103, FailureClass.ACCESS),
        (400, 1200, FailureClass.INPUT),
        (400, 1201, FailureClass.INPUT),
        (404, 1202, FailureClass.INPUT),
        (404, 1203, FailureClass.INPUT),
        (400, 1300, FailureClass.CONTENT),
        (400, 1301, FailureClass.CONTENT),
        (429, 1302, FailureClass.LIMIT),
        (429, 1303, FailureClass.LIMIT),
        (429, 1304, FailureClass.ACCESS),
    ],
)
def test_every_code_of_its_table_of_errors_has_its_kind(status: int, code: int, kind: FailureClass) -> None:
    assert read_submit(interface().answers, status, answer(code, "as it says")) == rejected(kind, code, "as it says")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, answer(5000, "Server internal error")),
        (503, answer(5001, "maintenance")),
        # The job may be there all the same.
        (504, answer(5002, "Server internal timeout")),
        (502, None),
        (408, None),
        (409, None),
        (200, answer(0, "SUCCEED")),
        (200, envelope(task_status="submitted")),
        (302, None),
    ],
)
def test_what_may_have_been_charged_is_never_a_refusal(status: int, body: Json) -> None:
    assert isinstance(read_submit(interface().answers, status, body), Uncertain)


def test_a_submit_is_accepted_or_was_there_already() -> None:
    answers = interface().answers
    assert read_submit(answers, 200, CREATED) == Accepted("930801301486305328")
    assert read_submit(answers, 400, answer(1201, f"External_task_id {NAME} already exists")) == AlreadyExists()
    gone = "The model 'kling-v1' has been discontinued and is no longer available."
    assert read_submit(answers, 400, answer(1201, gone)) == rejected(FailureClass.INPUT, 1201, gone)


def finished(**video: Json) -> dict[str, Json]:
    return envelope(
        task_id="930801301486305328",
        task_status="succeed",
        task_status_msg="",
        task_info={"external_task_id": NAME},
        task_result={"videos": [{"id": "v-1", "duration": "5.041", **video}]},
        watermark_info={"enabled": "watermark_url" in video},
        final_unit_deduction="2.5",
    )


CLIP = "https://cdn.klingai.com/bs2/clip.mp4"


def test_a_finished_job_gives_its_clip_and_what_it_cost() -> None:
    answers = interface().poll.answers
    charge = Money(Decimal("0.350"), "USD")
    assert read_state(answers, 200, finished(url=CLIP)) == Succeeded({"url": CLIP}, charge)
    marked = finished(url=CLIP, watermark_url=f"{CLIP}?marked")
    assert read_state(answers, 200, marked) == Succeeded({"url": f"{CLIP}?marked"}, charge)


@pytest.mark.parametrize("word", ["submitted", "processing"])
def test_a_job_under_way_is_waited_for(word: str) -> None:
    assert read_state(interface().poll.answers, 200, envelope(task_id="1", task_status=word)) == Running()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Failure to pass the risk control system", FailureClass.CONTENT),
        ("The resolution or aspect ratio of the input image is invalid.", FailureClass.INPUT),
        ("Internal error, please try again", FailureClass.GATEWAY),
    ],
)
def test_a_failed_job_says_why(message: str, kind: FailureClass) -> None:
    body = envelope(task_id="1", task_status="failed", task_status_msg=message)
    # Whether it was charged, no page says.
    failure = Failure(kind, message, "failed")
    assert read_state(interface().poll.answers, 200, body) == Failed(failure, charged=None)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, envelope(task_id="1", task_status="paused")),
        (200, envelope(task_id="1", task_status="succeed", task_result={"videos": []})),
        (200, {"data": {"task_status": "succeed"}}),
        (400, answer(1201, "pageNum must be between 1 and 1000")),
        (503, answer(5001, "maintenance")),
    ],
)
def test_an_answer_that_says_nothing_of_the_job_keeps_it(status: int, body: Json) -> None:
    assert isinstance(read_state(interface().poll.answers, status, body), Unreadable)


def test_a_job_is_looked_up_by_our_name_at_the_path_it_was_taken_at() -> None:
    find, poll = interface().find, interface().poll
    assert find is not None
    view: View = {"path": "/v1/videos/image2video", "job": "930", "job_name": NAME}
    paths = [build_call(question.call, Builder(view, Abbreviating())).path for question in (poll, find)]
    assert paths == ["/v1/videos/image2video/930", f"/v1/videos/image2video/{NAME}"]
    found = read_finding(find.answers, 200, finished(url=CLIP))
    assert found == Found("930801301486305328", Succeeded({"url": CLIP}, Money(Decimal("0.350"), "USD")))


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, answer(1201, f"Task not found by id/external id: {NAME}")), (404, answer(1203, "no such resource"))],
)
def test_a_job_it_does_not_know_is_not_there(status: int, body: Json) -> None:
    find = interface().find
    assert find is not None
    assert read_finding(find.answers, status, body) == NotFound()
    assert read_state(interface().poll.answers, status, body) == Gone()


# --- voices and elements --------------------------------------------------------------------------------------------


def made(kind: str, **content: Json) -> dict[str, Json]:
    makers = MakersPart("kling", {"label": "keeper", "description": "a keeper in oilskin"})
    done = compile_resource(built_in("kling"), {"kind": kind, **content}, makers, Abbreviating(is_real=True), NAME)
    assert done is not None
    assert done.request is not None
    assert isinstance(done.call.body, dict)
    document = package_data.schema_document(f"requests/{done.request}")
    assert isinstance(document, dict)
    Draft202012Validator(document).validate(done.call.body)
    return done.call.body


def test_a_voice_is_made_from_a_sample_with_an_address() -> None:
    sample = "https://example.com/gruff.wav"
    assert made("voice", sample={"url": sample}) == {
        "voice_name": "keeper",
        "voice_url": sample,
        "external_task_id": NAME,
    }


def test_an_element_is_made_from_its_pictures() -> None:
    body = made("element", frontal={"digest": "aa"}, references=[{"digest": "bb"}, {"url": LAST}])
    assert body["element_image_list"] == {
        "frontal_image": BASE64,
        "refer_images": [{"image_url": BASE64}, {"image_url": LAST}],
    }
    assert (body["element_name"], body["element_description"]) == ("keeper", "a keeper in oilskin")


def test_what_was_made_is_known_by_its_id_and_found_by_our_name() -> None:
    voice, element = interface().resources["voice"], interface().resources["element"]
    assert (voice.price, element.price) == (Decimal("0.007"), Decimal(0))
    spoken = envelope(
        task_id="7",
        task_status="succeed",
        task_result={"voices": [{"voice_id": "829824295735410756", "owned_by": "10000001"}]},
        final_unit_deduction="0.05",
    )
    done = Succeeded({"id": "829824295735410756"}, Money(Decimal("0.0070"), "USD"))
    assert voice.find is not None
    assert read_finding(voice.find.answers, 200, spoken) == Found("7", done)
    drawn = envelope(
        task_id="8",
        task_status="succeed",
        task_result={"elements": [{"element_id": 321922438904313, "status": "succeed"}]},
        final_unit_deduction="0",
    )
    assert read_state(element.poll.answers, 200, drawn) == Succeeded(
        {"id": "321922438904313"}, Money(Decimal(0), "USD")
    )


def test_what_was_deleted_there_is_seen() -> None:
    voice, element = interface().resources["voice"], interface().resources["element"]
    assert voice.check is not None
    assert element.check is not None
    there = envelope(task_id="7", task_status="succeed", task_result={"voices": [{"voice_id": "8"}]})
    assert read_state(voice.check.answers, 200, there) == Succeeded({"id": "8"})
    emptied = envelope(task_id="7", task_status="succeed", task_result={"voices": []})
    assert read_state(voice.check.answers, 200, emptied) == Gone()
    # By our name too: who looks for one that another production has removed is told so.
    assert voice.find is not None
    assert read_finding(voice.find.answers, 200, emptied) == Found("7", Gone())
    assert isinstance(read_state(voice.check.answers, 200, envelope(task_id="7", task_status="succeed")), Unreadable)
    deleted = envelope(
        task_id="8", task_status="succeed", task_result={"elements": [{"element_id": 3, "status": "deleted"}]}
    )
    assert read_state(element.check.answers, 200, deleted) == Gone()


def test_removing_twice_is_no_trouble() -> None:
    for resource in interface().resources.values():
        assert resource.remove is not None
        # On record: the answer may have no data at all.
        assert read_state(resource.remove.answers, 200, answer(0, "SUCCEED")) == Succeeded({})
        assert read_state(resource.remove.answers, 400, answer(1201, "element already be deleted")) == Gone()
