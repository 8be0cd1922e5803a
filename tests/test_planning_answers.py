"""What a gateway's answer means: by the first rule that fits, and never by a guess."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.core.canonical import Json
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    Failed,
    Failure,
    FailureClass,
    Found,
    Gone,
    LookupFailed,
    NotFound,
    Rejected,
    Running,
    Succeeded,
    Uncertain,
    Unreadable,
)
from runner.model.interface import AnswerRule, AnswerTest, ChargeAt, Verdict
from runner.model.money import Money
from runner.planning.answers import find_at, read_finding, read_state, read_submit

OK = AnswerTest("code", values=(0,))
SUBMIT = (
    AnswerRule(Verdict.ACCEPTED, where=(OK, AnswerTest("data.id", is_present=True)), job="data.id"),
    AnswerRule(Verdict.EXISTS, http=((400, 400),), where=(AnswerTest("message", contains=("already exists",)),)),
    AnswerRule(
        Verdict.REJECTED,
        http=((429, 429),),
        where=(AnswerTest("code", values=(1101, 1102)),),
        kind=FailureClass.BALANCE,
    ),
    AnswerRule(Verdict.REJECTED, http=((429, 429),), kind=FailureClass.LIMIT),
    AnswerRule(
        Verdict.REJECTED, http=((400, 499),), kind=FailureClass.INPUT, message=("detail", "message"), code="code"
    ),
)
STATUS = (
    AnswerRule(
        Verdict.SUCCEEDED,
        where=(AnswerTest("status", values=("done",)),),
        result={"url": "clips[0].url"},
        charge=ChargeAt("units", Decimal("0.14"), "USD"),
    ),
    AnswerRule(Verdict.RUNNING, where=(AnswerTest("status", values=("waiting", "working")),), job="id"),
    AnswerRule(
        Verdict.FAILED, where=(AnswerTest("status", values=("failed",)),), kind=FailureClass.CONTENT, message=("why",)
    ),
    AnswerRule(Verdict.GONE, http=((404, 404),)),
)


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, {"code": 0, "data": {"id": "j-1"}}, Accepted("j-1")),
        (200, {"code": 0, "data": {"id": 930801301486305328}}, Accepted("930801301486305328")),
        (400, {"message": "External_task_id fc-1 Already Exists"}, AlreadyExists()),
        (429, {"code": 1102}, Rejected(Failure(FailureClass.BALANCE, "it answered 429", "429"))),
        (429, None, Rejected(Failure(FailureClass.LIMIT, "it answered 429", "429"))),
        (422, {"detail": "bad ratio", "code": 7}, Rejected(Failure(FailureClass.INPUT, "bad ratio", "7"))),
    ],
)
def test_a_submit_is_answered_by_the_first_rule_that_fits(status: int, body: Json, answer: object) -> None:
    assert read_submit(SUBMIT, status, body) == answer


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"code": 0, "data": {}}),
        (200, {"code": 0, "data": {"id": ""}}),
        (200, {"code": 0, "data": {"id": True}}),
        (200, {"code": False, "data": {"id": "j-1"}}),
        (200, {"code": 0, "data": {"id": "../../account"}}),
        (200, {"code": 0, "data": {"id": "j 1"}}),
        (200, {"code": 0, "data": {"id": "j" * 201}}),
        (200, {"code": 0, "data": {"id": ["j-1"]}}),
        (200, None),
        (500, {"code": 0, "data": {"id": "j-1"}}),
        (302, {}),
    ],
)
def test_a_submit_whose_answer_no_rule_covers_may_have_been_charged(status: int, body: Json) -> None:
    assert isinstance(read_submit(SUBMIT, status, body), Uncertain)


def test_a_wait_is_handed_on_with_a_refusal() -> None:
    assert read_submit(SUBMIT, 429, None, 12.0) == Rejected(
        Failure(FailureClass.LIMIT, "it answered 429", "429"), retry_after_seconds=12.0
    )


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, {"status": "working"}, Running()),
        (200, {"status": "done", "clips": [{"url": "https://x/y"}]}, Succeeded({"url": "https://x/y"})),
        (
            200,
            {"status": "done", "clips": [{"url": "https://x/y"}], "units": "2.5"},
            Succeeded({"url": "https://x/y"}, Money(Decimal("0.350"), "USD")),
        ),
        (
            200,
            {"status": "failed", "why": "not allowed"},
            Failed(Failure(FailureClass.CONTENT, "not allowed", "200"), None),
        ),
        (404, {}, Gone()),
    ],
)
def test_a_job_is_read_by_the_first_rule_that_fits(status: int, body: Json, state: object) -> None:
    assert read_state(STATUS, status, body) == state


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"status": "paused"}),
        (200, {"status": "done", "clips": []}),
        (200, {"status": "done"}),
        (200, "done"),
        (200, [1, 2]),
        (503, {"status": "done", "clips": [{"url": "https://x/y"}]}),
        (200, None),
    ],
)
def test_an_unknown_word_is_no_verdict_on_a_job(status: int, body: Json) -> None:
    assert isinstance(read_state(STATUS, status, body), Unreadable)


@pytest.mark.parametrize("units", ["many", "-1", "NaN", "1e400", "9e9999999", "1e-900000", True, None, {"a": 1}])
def test_a_charge_that_is_no_amount_is_none(units: Json) -> None:
    state = read_state(STATUS, 200, {"status": "done", "clips": [{"url": "u"}], "units": units})
    assert isinstance(state, Succeeded)
    assert state.charge is None


def test_a_look_up_tells_what_it_found() -> None:
    rules = (AnswerRule(Verdict.NOT_FOUND, http=((400, 400),)), *STATUS)
    assert read_finding(rules, 200, {"status": "working", "id": "j-1"}) == Found("j-1", Running())
    assert read_finding(rules, 400, {}) == NotFound()
    assert isinstance(read_finding(rules, 200, {"status": "working"}), LookupFailed)
    assert isinstance(read_finding(rules, 500, {}), LookupFailed)


def test_what_a_gateway_says_is_shown_without_what_steers_a_terminal() -> None:
    answer = read_submit(SUBMIT, 400, {"detail": "bad\x1b[2J\u202epicture\n" + "x" * 2000})
    assert isinstance(answer, Rejected)
    assert answer.failure.message.startswith("bad [2J picture xxx")
    assert len(answer.failure.message) < 520


def test_a_place_is_found_through_lists_and_objects() -> None:
    body: Json = {"data": [{"videos": ["a", {"url": "b"}]}], "a.b": 1}
    assert find_at("data[0].videos[1].url", body) == "b"
    assert find_at("data[0].videos[0]", body) == "a"
    assert find_at("data[7].videos", body) is None
    assert find_at("data.videos", body) is None
    assert find_at("data[0][0]", body) is None


JSON_VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["code", "data", "id", "status", "clips", "url"]), inner)
    ),
)


@given(st.integers(100, 599), JSON_VALUES)
def test_no_answer_makes_us_stumble(status: int, body: Json) -> None:
    read_submit(SUBMIT, status, body)
    read_state(STATUS, status, body)
    read_finding(STATUS, status, body)
