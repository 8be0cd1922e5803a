"""The quick form of benchmarks/fuzz_answers.py, and that it sees what it looks for."""

from collections.abc import Mapping
from typing import Any

import pytest
from fuzz_answers import GATEWAYS, LINE_EVERY, fuzz
from mangled_answers import Given, is_listed_refusal

from runner.adapters.http.gateway import HttpGateway
from runner.api.manifests import built_in
from runner.model.gateway import Failure, FailureClass, NotSent, Rejected, Running, SubmitAnswer, Uncertain
from runner.model.request import Request

pytestmark = pytest.mark.slow


def test_mangled_answers_bring_no_traceback_and_no_job_is_forgotten() -> None:
    tally = fuzz(answers=100, seed=7, shots=2)
    assert tally.troubles == []
    assert (tally.tracebacks, tally.forgotten) == (0, 0)
    assert tally.total >= 100
    assert set(tally.answers) == set(GATEWAYS)


def test_over_a_real_line_neither() -> None:
    # The first round in which the line is real, at one gateway.
    tally = fuzz(answers=1, seed=7, gateways=["kling"], only=LINE_EVERY - 1)
    assert tally.troubles == []
    assert tally.on_the_line > 0


@pytest.mark.parametrize(
    "instead", [NotSent("nobody there"), Rejected(Failure(FailureClass.INPUT, "wrong"))], ids=["not sent", "refused"]
)
def test_a_doubt_taken_for_a_verdict_is_seen(monkeypatch: pytest.MonkeyPatch, instead: SubmitAnswer) -> None:
    submit = HttpGateway.submit

    async def decided(gateway: HttpGateway, request: Request, name: str) -> SubmitAnswer:
        answer = await submit(gateway, request, name)
        return instead if isinstance(answer, Uncertain) else answer

    monkeypatch.setattr(HttpGateway, "submit", decided)
    assert fuzz(answers=1, seed=7, gateways=["mulerouter"], only=0).forgotten > 0


def test_a_job_that_is_never_asked_about_again_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never_done(gateway: HttpGateway, job: str, route: Mapping[str, str]) -> Any:
        return Running()

    monkeypatch.setattr(HttpGateway, "poll", never_done)
    assert fuzz(answers=1, seed=7, gateways=["kling"], only=0).forgotten > 0


def test_an_exception_that_comes_through_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stumbling(gateway: HttpGateway, job: str, route: Mapping[str, str]) -> Any:
        raise KeyError(job)

    monkeypatch.setattr(HttpGateway, "poll", stumbling)
    assert fuzz(answers=1, seed=7, gateways=["kling"], only=0).tracebacks == 1


@pytest.mark.parametrize(
    ("status", "body", "is_refusal"),
    [
        (400, b'{"code": 1201, "message": "bad"}', True),
        (200, b'{"code": 0, "data": {"task_id": "1"}}', False),
        (599, b"{}", False),
    ],
)
def test_a_listed_refusal_is_read_from_the_manifest(status: int, body: bytes, *, is_refusal: bool) -> None:
    interface = built_in("kling").interface
    assert interface is not None
    assert is_listed_refusal(interface.answers, Given(status, {}, body)) is is_refusal
