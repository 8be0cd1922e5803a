"""The sandbox's house: phases with time, limits, the till, the requests, callbacks, and what is asked for wrongly."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any, Final

import httpx
import pytest
import rfc8785
from dialect_bench import fetch_until, picture

from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, build_app, running_sandbox

PATH: Final = "/v1/videos/text2video"
VOICES: Final = "/v1/general/custom-voices"
BODY: Final[Mapping[str, Any]] = {"model_name": "kling-v2-6", "mode": "pro", "prompt": "a harbour", "duration": "5"}
MULE: Final = "/vendors/klingai/v1/kling-v2.6/text-to-video/generation"


@contextmanager
def opened(key: str = "a-key", **options: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    with (
        running_sandbox(SandboxOptions(**options)) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {key}"}) as client,
    ):
        yield sandbox, client


def create(client: httpx.Client, **changes: Any) -> httpx.Response:
    return client.post(PATH, json={**BODY, **changes})


def number_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["task_id"])


def test_a_job_waits_runs_and_ends_with_time() -> None:
    with opened(latency=0.6) as (_, client):
        begun = monotonic()
        number = number_of(create(client))
        seen: list[str] = []
        while "succeed" not in seen:
            word = client.get(f"{PATH}/{number}").json()["data"]["task_status"]
            if word not in seen:
                seen.append(word)
            assert monotonic() < begun + 20
            sleep(0.02)
        assert seen == ["submitted", "processing", "succeed"]
        assert monotonic() - begun >= 0.6


def test_the_till_says_what_was_charged_for_which_body() -> None:
    with opened() as (sandbox, client):
        for name in ("fc-1", "fc-2"):
            create(client, external_task_id=name)
        create(client, prompt="another")
        create(client, prompt="")
        till = sandbox.till()
        first = till["charges"][0]
        assert first["gateway"] == "kling"
        assert first["external_id"] == "fc-1"
        assert (first["price"], first["currency"], first["product"]) == ("0.35", "USD", "video")
        # Our own name for the job is left out: the second is the same request once more.
        assert first["body"] == hashlib.sha256(rfc8785.dumps(dict(BODY))).hexdigest()
        assert (till["distinct"], till["twice"], till["submits"]) == (2, 1, 4)
        assert client.get(f"{PATH}/{first['job']}").status_code == 200
        client.get(f"{PATH}/fc-2")
        client.get(PATH)
        counted = sandbox.till()
        assert (counted["polls"], counted["finds"]) == (1, 2)


def test_a_body_with_numbers_longer_than_the_canonical_form_knows_has_a_digest_too() -> None:
    with opened() as (sandbox, client):
        body = {
            **BODY,
            "model_name": "kling-v3",
            "image": picture(),
            "element_list": [{"element_id": 829824295735410756}],
        }
        assert client.post("/v1/videos/image2video", json=body).status_code == 200
        assert len(sandbox.till()["charges"][0]["body"]) == 64


def test_every_create_call_is_kept_as_it_came_with_no_key() -> None:
    with opened("a-marked-key") as (sandbox, client):
        client.post(PATH, json=BODY, params={"a": "b"}, headers={"X-Own": "c"})
        client.post(MULE, content=b"{no json", headers={"x-api-key": "a-marked-key"})
        client.get(f"{PATH}/1")
        first, second = sandbox.requests()
        assert (first["gateway"], first["operation"], first["path"]) == ("kling", "text2video", PATH)
        assert (first["query"], first["headers"]["x-own"], first["body"]) == ({"a": "b"}, "c", BODY)
        assert first["answer"]["status"] == 200
        assert first["answer"]["body"]["data"]["task_status"] == "submitted"
        assert (second["gateway"], second["body"], second["answer"]["status"]) == ("mule", None, 400)
        assert "a-marked-key" not in json.dumps([first, second, sandbox.till()])


def test_resetting_empties_the_books_and_forgets_the_jobs() -> None:
    with opened() as (sandbox, client):
        number = number_of(create(client, external_task_id="fc-1"))
        sandbox.reset()
        assert sandbox.requests() == []
        assert sandbox.till()["charges"] == []
        assert client.get(f"{PATH}/{number}").status_code == 400
        assert create(client, external_task_id="fc-1").status_code == 200


def test_an_account_may_have_so_many_clips_in_the_making() -> None:
    with opened(concurrency=2, latency=60.0) as (sandbox, client):
        assert [create(client).status_code for _ in range(3)] == [200, 200, 429]
        assert create(client).json()["message"] == "parallel task over resource pack limit"
        # Voices are no clips, and another account has its own.
        voice = {"voice_name": "gruff", "voice_url": "https://example.com/a.wav"}
        assert client.post(VOICES, json=voice).status_code == 200
        assert client.post(PATH, json=BODY, headers={"Authorization": "Bearer another"}).status_code == 200
        till = sandbox.till()
        assert till["most_in_flight"] == 2
        assert len(till["charges"]) == 4


def test_a_clip_that_is_done_makes_room_for_the_next() -> None:
    with opened(concurrency=1) as (_, client):
        number = number_of(create(client))
        fetch_until(client, f"{PATH}/{number}", "data.task_status", "succeed")
        assert create(client).status_code == 200


def test_what_the_balance_does_not_cover_is_refused_uncharged() -> None:
    with opened(balance=Decimal("0.80")) as (sandbox, client):
        answers = [create(client) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["code"] == 1102
        # What is still covered is taken.
        cheap = {**BODY, "mode": "std", "model_name": "kling-v1"}
        assert client.post(PATH, json=cheap).status_code == 429
        voice = {"voice_name": "gruff", "voice_url": "https://example.com/a.wav"}
        assert client.post(VOICES, json=voice).status_code == 200
        assert [charge["price"] for charge in sandbox.till()["charges"]] == ["0.35", "0.35", "0.007"]


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/v1/videos/none", 404, "code"),
        ("/kling/v1/none", 404, "code"),
        ("/vendors/klingai/v1/none", 404, "detail"),
        ("/fal-ai/none", 404, "detail"),
        ("/none", 404, "detail"),
    ],
)
def test_a_path_nobody_has_is_refused_in_the_words_of_the_nearest(path: str, status: int, name: str) -> None:
    with opened() as (_, client):
        answer = client.get(path)
        assert answer.status_code == status
        assert name in answer.json()


@pytest.mark.parametrize("content", [b"{", b"[NaN]", b'"\\ud800"', b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused_and_not_kept(content: bytes) -> None:
    with opened() as (sandbox, client):
        answer = client.post(PATH, content=content)
        assert (answer.status_code, answer.json()["code"]) == (400, 1200)
        assert sandbox.requests()[0]["body"] is None


def test_a_slash_at_the_end_is_taken_as_the_vendors_samples_have_it() -> None:
    with opened() as (_, client):
        assert client.post(f"{PATH}/", json=BODY).status_code == 200


def test_animatic_clips_need_somebody_who_makes_them(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no maker"):
        build_app(SandboxOptions(clips="animatic"), tmp_path)


def test_two_sandboxes_run_side_by_side() -> None:
    with opened() as (one, client), opened() as (other, _):
        create(client)
        assert one.url != other.url
        assert (len(one.till()["charges"]), len(other.till()["charges"])) == (1, 0)


@pytest.mark.parametrize(("latency", "answer", "result"), [(60.0, 202, 499), (0.0, 400, 200)])
def test_a_cancel_ends_what_runs_and_leaves_what_has_ended(latency: float, answer: int, result: int) -> None:
    with opened(latency=latency) as (_, client):
        client.headers["Authorization"] = "Key k"
        made = client.post("/fal-ai/kling-video/v2.6/pro/text-to-video", json={"prompt": "a harbour"}).json()
        if not latency:
            fetch_until(client, made["status_url"], "status", "COMPLETED")
        assert client.put(made["cancel_url"]).status_code == answer
        assert client.get(made["response_url"]).status_code == result


def test_the_command_serves_until_it_is_interrupted() -> None:
    program = (
        "from runner.sandbox.options import SandboxOptions\n"
        "from runner.sandbox.server import serve\n"
        "serve(SandboxOptions(), started=lambda url: print(url, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/till").json()["charges"] == []
        with pytest.raises(OSError, match="in use"), running_sandbox(SandboxOptions(port=int(url.rpartition(":")[2]))):
            pass
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
        assert output == ""
        assert process.returncode != 0


# --- callbacks -------------------------------------------------------------------------------------------------------


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address, and what was posted to it."""
    told: list[dict[str, Any]] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as the base class has it
            pass

    with HTTPServer(("127.0.0.1", 0), Ear) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/told", told
        finally:
            server.shutdown()
            thread.join()


def wait_for(condition: Any) -> None:
    until = monotonic() + 20
    while not condition():
        assert monotonic() < until
        sleep(0.01)


def test_a_callback_is_told_of_each_change_with_the_bare_record() -> None:
    with listening() as (url, told), opened(latency=0.5) as (sandbox, client):
        number = number_of(create(client, callback_url=url))
        wait_for(lambda: sandbox.till()["callbacks"] == 3)
        assert [record["task_status"] for record in told] == ["submitted", "processing", "succeed"]
        assert {record["task_id"] for record in told} == {number}
        assert all("code" not in record for record in told)
        clip = told[-1]["task_result"]["videos"][0]["url"]
        assert httpx.get(clip).status_code == 200


def test_callbacks_go_to_this_machine_only() -> None:
    with opened() as (sandbox, client):
        number = number_of(create(client, callback_url="http://example.com/told"))
        fetch_until(client, f"{PATH}/{number}", "data.task_status", "succeed")
        assert sandbox.till()["callbacks"] == 0
        assert sandbox.till()["troubles"] == []


def test_a_callback_nobody_takes_is_noted_and_harms_nobody() -> None:
    with opened() as (sandbox, client):
        number = number_of(create(client, callback_url="http://127.0.0.1:1/told"))
        fetch_until(client, f"{PATH}/{number}", "data.task_status", "succeed")
        wait_for(lambda: sandbox.till()["troubles"])
        assert sandbox.till()["troubles"][0] == f"callback of {number}: ConnectError"
