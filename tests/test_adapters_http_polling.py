"""One question about many jobs: who is asked about together, what each is told, and what a broken answer costs."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from http_bench import QUICK, Received, Reply, in_loop, reply, serving
from studio_manifest import body_schema

from runner.adapters.credentials import Bearer
from runner.adapters.http.client import Client
from runner.adapters.http.gateway import Account, HttpGateway
from runner.adapters.secrets import Secret
from runner.api.manifests import built_in
from runner.core.canonical import Json
from runner.model.gateway import Gone, JobState, Running, Succeeded, Unreadable
from runner.sandbox.faults import Fault, FaultScript, Moment, Rule, Word
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

KEY = Secret("key-of-the-polling-bench")
# What differs between the shots of a film, and not between the questions about them.
ROUTES = ({"path": "/text-to-video/kling-2.6", "task": "text-to-video"}, {"path": "/image-to-video/kling-3.0"})


pytestmark = pytest.mark.usefixtures("no_proxies")


def open_at(url: str) -> HttpGateway:
    manifest = built_in("kling-next")
    assert manifest.interface is not None
    who = Account(Bearer(KEY), (KEY,))
    return HttpGateway(manifest, manifest.interface, url, True, who, Client(QUICK), body_schema)


def asked_of(received: Received) -> list[str]:
    return parse_qs(urlsplit(received.target).query)["task_ids"][0].split(",")


def task(job: str, status: str = "processing") -> dict[str, Json]:
    outputs: Json = [{"type": "video", "url": f"https://example.com/{job}.mp4"}] if status == "succeeded" else []
    return {"id": job, "status": status, "outputs": outputs}


def envelope(*tasks: Json) -> Reply:
    return reply(json.dumps({"code": 0, "data": tasks}).encode())


def all_running(received: Received) -> Reply:
    return envelope(*(task(job) for job in asked_of(received)))


def poll_rounds(
    answer: Callable[[Received], Reply], *rounds: Sequence[str]
) -> tuple[list[list[JobState]], list[list[str]]]:
    """What each job was told, round by round, and whom each question asked about."""

    async def visit() -> tuple[list[list[JobState]], list[list[str]]]:
        async with serving(answer) as server:
            gateway = open_at(server.url)
            try:
                told = [
                    list(
                        await asyncio.gather(
                            *(gateway.poll(job, ROUTES[number % 2]) for number, job in enumerate(jobs))
                        )
                    )
                    for jobs in rounds
                ]
            finally:
                await gateway.close()
            return told, [asked_of(one) for one in server.received]

    return in_loop(visit())


def test_jobs_that_are_due_together_are_asked_about_in_one_question() -> None:
    told, asked = poll_rounds(all_running, ["a", "b", "c"])
    assert told == [[Running()] * 3]
    assert asked == [["a", "b", "c"]]


def test_never_more_are_asked_about_at_once_than_the_manifest_says() -> None:
    jobs = [f"job-{number}" for number in range(47)]
    told, asked = poll_rounds(all_running, jobs)
    assert told == [[Running()] * 47]
    assert sorted(len(one) for one in asked) == [7, 20, 20]
    assert sorted(job for one in asked for job in one) == sorted(jobs)


def test_each_is_told_its_own_whatever_the_order_of_the_answer() -> None:
    def answer(received: Received) -> Reply:
        return envelope(task("c", "succeeded"), {"no": "id"}, "odd", task("a"), task("stranger"), task("b", "failed"))

    (told,), _ = poll_rounds(answer, ["a", "b", "c"])
    assert [type(state).__name__ for state in told] == ["Running", "Failed", "Succeeded"]
    assert isinstance(told[2], Succeeded)
    assert told[2].result == {"url": "https://example.com/c.mp4"}


def test_a_job_that_is_left_out_is_unknown_to_this_poll_and_asked_about_by_itself_the_next_time() -> None:
    def answer(received: Received) -> Reply:
        asked = asked_of(received)
        return envelope(*(task(job) for job in asked if job != "b" or len(asked) == 1))

    told, asked = poll_rounds(answer, ["a", "b"], ["a", "b"], ["a", "b"])
    assert told == [[Running(), Gone()], [Running(), Running()], [Running(), Gone()]]
    assert sorted(asked[1:3]) == [["a"], ["b"]]
    assert asked[3] == ["a", "b"]


@pytest.mark.parametrize(
    "broken",
    [
        reply(b"<html>", "502 Bad Gateway"),
        reply(b"garbage"),
        reply(b'{"code": 0, "data": {"id": "a"}}'),
        reply(b'{"code": 0}'),
        reply(json.dumps({"code": 1201, "message": "task_ids"}).encode(), "400 Bad Request"),
        Reply(b""),
    ],
)
def test_a_broken_answer_is_no_verdict_and_one_bad_job_does_not_spoil_the_others_for_long(broken: Reply) -> None:
    def answer(received: Received) -> Reply:
        asked = asked_of(received)
        return broken if "bad" in asked else all_running(received)

    told, asked = poll_rounds(answer, ["a", "bad", "c"], ["a", "bad", "c"])
    assert all(isinstance(state, Unreadable) for state in told[0])
    assert [type(state).__name__ for state in told[1]] == ["Running", "Unreadable", "Running"]
    assert sorted(asked[1:]) == [["a"], ["bad"], ["c"]]


def test_a_wait_that_was_asked_for_is_told_to_everyone_who_asked() -> None:
    def answer(received: Received) -> Reply:
        return reply(b'{"code": 1302, "message": "too fast"}', "429 Too Many Requests", ["Retry-After: 7"])

    (told,), _ = poll_rounds(answer, ["a", "b"])
    assert [isinstance(state, Unreadable) and state.retry_after_seconds for state in told] == [7.0, 7.0]


def test_after_too_many_questions_there_are_not_more_of_them() -> None:
    refusals = [reply(b'{"code": 1302, "message": "too fast"}', "429 Too Many Requests")]

    def answer(received: Received) -> Reply:
        return refusals.pop() if refusals else all_running(received)

    jobs = [f"job-{number}" for number in range(20)]
    told, asked = poll_rounds(answer, jobs, jobs)
    assert [type(state).__name__ for state in told[0]] == ["Unreadable"] * 20
    assert told[1] == [Running()] * 20
    assert asked == [jobs, jobs]


def test_a_gateway_that_is_closed_leaves_nobody_waiting() -> None:
    async def visit() -> list[BaseException | JobState]:
        async with serving(all_running) as server:
            gateway = open_at(server.url)
            polls = [asyncio.ensure_future(gateway.poll(job, ROUTES[0])) for job in "ab"]
            await asyncio.sleep(0)
            await gateway.close()
            return await asyncio.wait_for(asyncio.gather(*polls, return_exceptions=True), 2)

    assert all(isinstance(end, asyncio.CancelledError) for end in in_loop(visit()))


# --- against the double, which counts


def create_jobs(url: str, number: int) -> list[str]:
    headers = {"Authorization": f"Bearer {KEY.reveal()}"}
    body = {"prompt": "Sea.", "settings": {"resolution": "720p", "duration": 5, "aspect_ratio": "16:9"}}
    with httpx.Client(trust_env=False, headers=headers) as client:
        answers = [client.post(f"{url}/text-to-video/kling-2.6", json=body) for _ in range(number)]
    return [str(answer.json()["data"]["id"]) for answer in answers]


def poll_at_double(rules: Sequence[Rule], rounds: int) -> tuple[list[list[str]], int]:
    """What 45 jobs were told, and how many polls the till counted."""

    async def visit(url: str, jobs: Sequence[str]) -> list[list[str]]:
        gateway = open_at(url)
        try:
            return [
                [type(state).__name__ for state in await asyncio.gather(*(gateway.poll(job, {}) for job in jobs))]
                for _ in range(rounds)
            ]
        finally:
            await gateway.close()

    with running_sandbox(SandboxOptions(latency=0.0, clips="small", faults=FaultScript(tuple(rules)))) as sandbox:
        jobs = create_jobs(sandbox.url, 45)
        return in_loop(visit(sandbox.url, jobs)), sandbox.till()["polls"]


def test_forty_five_jobs_cost_the_double_three_polls() -> None:
    told, polls = poll_at_double([], 1)
    assert set(told[0]) == {"Succeeded"}
    assert polls == 3


def test_a_batch_that_fails_at_the_double_costs_its_jobs_one_answer_each() -> None:
    rule = Rule(Moment.POLL, Fault(Word.SERVER_ERROR_BEFORE), nth=frozenset({1}))
    told, polls = poll_at_double([rule], 2)
    assert sorted(set(told[0])) == ["Succeeded", "Unreadable"]
    assert told[0].count("Unreadable") == 20
    assert set(told[1]) == {"Succeeded"}
    assert polls == 3 + 20 + 2


def test_no_gateway_is_named_where_many_jobs_are_asked_about() -> None:
    source = Path(__file__).parent.parent / "runner" / "adapters" / "http" / "polling.py"
    assert "kling" not in source.read_text(encoding="utf-8").lower()
