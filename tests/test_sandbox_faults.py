"""Misbehaviour of the sandbox: reading a script, and what each of its words does over a real connection."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from dialect_bench import fetch_until

from runner.sandbox.fault_script import FaultScriptTrouble, read_fault_script
from runner.sandbox.faults import Fault, FaultPlayer, Moment, Word
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

PATH: Final = "/v1/videos/text2video"
BODY: Final = {"model_name": "kling-v2-6", "mode": "pro", "prompt": "a harbour", "duration": "5"}
CUT: Final = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


@contextmanager
def misbehaving(*rules: dict[str, Any], **options: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    script = read_fault_script(json.dumps({"rules": rules}), "test")
    with (
        running_sandbox(SandboxOptions(faults=script, **options)) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"Authorization": "Bearer a-key"}, timeout=10) as client,
    ):
        yield sandbox, client


def create(client: httpx.Client, **changes: Any) -> httpx.Response:
    return client.post(PATH, json={**BODY, **changes})


def finished(client: httpx.Client) -> str:
    """The address of a clip."""
    number = create(client).json()["data"]["task_id"]
    done = fetch_until(client, f"{PATH}/{number}", "data.task_status", "succeed")
    return str(done["data"]["task_result"]["videos"][0]["url"])


# --- scripts ---------------------------------------------------------------------------------------------------------


def plays(text: str, count: int, moment: Moment = Moment.CREATE, gateway: str = "kling") -> list[Word | None]:
    player = FaultPlayer(read_fault_script(text, "faults.yaml"))
    faults = [player.next_fault(moment, gateway, "text2video") for _ in range(count)]
    return [None if fault is None else fault.word for fault in faults]


def test_a_script_is_a_list_of_rules_in_yaml_or_json() -> None:
    # A bare `on` is a truth value in YAML 1.1.
    assert plays("- {on: create, do: stuck}", 1) == [Word.STUCK]
    assert plays('{"seed": 3, "rules": [{"on": "create", "do": "stuck"}]}', 1) == [Word.STUCK]
    assert plays("{rules: [{on: create, do: stuck}]}", 1) == [Word.STUCK]


def test_a_rule_says_when_it_acts() -> None:
    stuck = Word.STUCK
    assert plays("[{on: create, do: stuck, nth: [1, 3]}]", 4) == [stuck, None, stuck, None]
    assert plays("[{on: create, do: stuck, nth: 2}]", 3) == [None, stuck, None]
    assert plays("[{on: create, do: stuck, every: 2}]", 4) == [None, stuck, None, stuck]
    assert plays("[{on: create, do: stuck, times: 1}]", 2) == [stuck, None]
    assert plays("[{on: create, do: stuck, every: 2, times: 1}]", 4) == [None, stuck, None, None]
    assert plays("[{on: create, do: stuck, gateway: mule}]", 1) == [None]
    assert plays("[{on: create, do: stuck, operation: image2video}]", 1) == [None]
    assert plays("[{on: create, do: stuck}]", 1, Moment.POLL) == [None]


def test_chance_is_the_same_for_the_same_seed() -> None:
    def thrown(seed: int) -> list[Word | None]:
        return plays(f"{{seed: {seed}, rules: [{{on: create, do: stuck, chance: 0.3}}]}}", 200)

    assert thrown(7) == thrown(7) != thrown(8)
    assert 30 < thrown(7).count(Word.STUCK) < 90


def test_of_the_rules_that_are_due_the_first_acts_and_all_count() -> None:
    script = "[{on: create, do: stuck, nth: 1}, {on: create, do: fail, nth: [1, 2]}]"
    assert plays(script, 3) == [Word.STUCK, Word.FAIL, None]


def test_how_long_to_wait_is_said_in_seconds() -> None:
    rules = read_fault_script("[{on: poll, do: slow, wait: 2.5}, {on: poll, do: slow}]", "faults.yaml").rules
    assert [rule.fault for rule in rules] == [Fault(Word.SLOW, 2.5), Fault(Word.SLOW, 1.0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{on: create, do: too-fastt}]", "faults.yaml: rule 1: `do: too-fastt` is unknown; did you mean `too-fast`?"),
        ("[{on: creat, do: stuck}]", "rule 1: `on: creat` is unknown; did you mean `create`?"),
        ("[{on: poll, do: stuck}, {on: create}]", "rule 1: `stuck` cannot happen on `poll`, only on `create`"),
        ("[{on: create}]", "rule 1: `do` is missing"),
        ("[{do: stuck}]", "rule 1: `on` is missing"),
        ("[{on: create, do: corrupt}]", "`corrupt` cannot happen on `create`, only on `download`"),
        ("[{on: create, do: stuck, nht: 1}]", "`nht` is unknown; did you mean `nth`?"),
        ("[{on: create, do: stuck, nth: 0}]", "`nth` must be a whole number from 1, is 0"),
        ("[{on: create, do: stuck, every: x}]", "`every` must be a whole number from 1, is 'x'"),
        ("[{on: create, do: stuck, times: true}]", "`times` must be a whole number from 1, is True"),
        ("[{on: create, do: stuck, chance: 2}]", "`chance` must be between 0 and 1, is 2"),
        ("[{on: create, do: stuck, wait: -1}]", "`wait` must be a number of seconds, is -1"),
        ("[{on: create, do: stuck, gateway: 7}]", "`gateway` must be a name, is 7"),
        ("[{on: create, do: stuck, nth: 1, every: 2}]", "only one of"),
        ("[{on: create, do: error, gateway: kling}]", "`error` names what `do: error` answers: both, or neither"),
        ("[{on: create, do: stuck, error: 7}]", "`error` names what `do: error` answers: both, or neither"),
        ('[{on: create, do: error, error: "1101"}]', "`do: error` needs `gateway`"),
        ("[{on: create, do: stuck, says: 7}]", "`says` must be a name, is 7"),
        ("[stuck]", "rule 1: expected a mapping"),
        ("{seed: 1}", "faults.yaml: expected a list of rules"),
        ("{seed: x, rules: []}", "faults.yaml: `seed` must be a whole number from 0, is 'x'"),
        ("{sede: 1, rules: []}", "`sede` is unknown; did you mean `seed`?"),
        ("stuck", "faults.yaml: expected a list of rules"),
        ("[{", "faults.yaml: cannot be read"),
        ('{"rules": [', "faults.yaml: cannot be read"),
    ],
)
def test_a_wrong_script_is_an_error_that_names_the_rule(text: str, message: str) -> None:
    with pytest.raises(FaultScriptTrouble) as raised:
        read_fault_script(text, "faults.yaml")
    assert message in str(raised.value)


# --- calls -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status", "charges"),
    [
        ("too-fast", 429, 0),
        ("server-error-before", 500, 0),
        ("server-error-after", 500, 1),
        ("bad-gateway-before", 502, 0),
        ("bad-gateway-after", 502, 1),
        ("unavailable-before", 503, 0),
        ("unavailable-after", 503, 1),
        ("timeout-504-before", 504, 0),
        ("timeout-504-after", 504, 1),
        ("no-balance", 429, 0),
        ("moderation-now", 400, 0),
    ],
)
def test_a_refusal_comes_before_or_after_the_charge(word: str, status: int, charges: int) -> None:
    with misbehaving({"on": "create", "do": word, "nth": 1}) as (sandbox, client):
        answer = create(client, external_task_id="fc-1")
        assert answer.status_code == status
        assert "data" not in answer.json()
        assert "retry-after" not in answer.headers
        assert len(sandbox.till()["charges"]) == charges
        assert sandbox.requests()[0]["fault"] == word
        # What was taken is found by the name it was given.
        assert client.get(f"{PATH}/fc-1").status_code == (200 if charges else 400)


def test_too_fast_may_say_how_long_to_wait() -> None:
    with misbehaving({"on": "create", "do": "too-fast-wait", "wait": 3, "nth": 1}) as (_, client):
        answer = create(client)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
        assert create(client).status_code == 200


@pytest.mark.parametrize(
    ("word", "charges"),
    [("cut-before-reading", 0), ("cut-after-reading", 0), ("cut-after-charging", 1), ("cut-mid-answer", 1)],
)
def test_a_connection_is_really_cut_before_or_after_the_charge(word: str, charges: int) -> None:
    with misbehaving({"on": "create", "do": word, "nth": 1}) as (sandbox, client):
        with pytest.raises(CUT):
            create(client, external_task_id="fc-1")
        assert len(sandbox.till()["charges"]) == charges
        assert client.get(f"{PATH}/fc-1").status_code == (200 if charges else 400)
        assert create(client).status_code == 200


def send(url: str, body: bytes, announced: int) -> bytes:
    """By hand: what comes back until the connection ends, however it does."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\nContent-Length: {announced}\r\n\r\n".encode()
    came = b""
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=10) as connection:
        connection.sendall(head + body)
        try:
            while piece := connection.recv(65536):
                came += piece
        except ConnectionResetError:
            pass
    return came


def test_a_connection_may_be_cut_before_the_body_has_come() -> None:
    with misbehaving({"on": "create", "do": "cut-before-reading"}) as (sandbox, _):
        # The rest of the body never comes: whoever waited for it would wait for ever.
        assert send(sandbox.url, b'{"prompt"', 10_000_000) == b""
        assert sandbox.requests()[0]["body"] is None


def test_an_answer_may_be_cut_in_its_middle() -> None:
    body = json.dumps(BODY).encode()
    with misbehaving({"on": "create", "do": "cut-mid-answer"}) as (sandbox, _):
        came = send(sandbox.url, body, len(body))
        head, _, content = came.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        announced = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        assert 0 < len(content) == announced // 2


@pytest.mark.parametrize("word", ["garbage", "empty", "wrong-type"])
def test_an_answer_may_be_nonsense_though_the_job_was_taken(word: str) -> None:
    with misbehaving({"on": "create", "do": word}) as (sandbox, client):
        answer = create(client)
        assert answer.status_code == 200
        if word == "wrong-type":
            assert isinstance(answer.json(), list)
        else:
            with pytest.raises(ValueError):  # noqa: PT011  # of bytes or of JSON
                answer.json()
        assert len(sandbox.till()["charges"]) == 1


def test_an_answer_may_be_slow() -> None:
    with misbehaving({"on": "poll", "do": "slow", "wait": 0.3}) as (_, client):
        number = create(client).json()["data"]["task_id"]
        begun = monotonic()
        assert client.get(f"{PATH}/{number}").status_code == 200
        assert monotonic() - begun >= 0.3


def test_a_slow_answer_does_not_hold_up_the_others() -> None:
    with misbehaving({"on": "create", "do": "slow", "wait": 5}) as (sandbox, client):
        with pytest.raises(httpx.ReadTimeout):
            client.post(PATH, json=BODY, timeout=0.2)
        begun = monotonic()
        assert len(sandbox.till()["charges"]) == 1
        assert monotonic() - begun < 2


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("moderation", "Failure to pass the risk control system"),
        ("bad-picture", "The resolution or aspect ratio of the input image is invalid"),
        ("fail", "Internal error"),
    ],
)
def test_a_job_may_fail_after_it_was_taken(word: str, reason: str) -> None:
    with misbehaving({"on": "create", "do": word, "nth": 1}) as (sandbox, client):
        number = create(client).json()["data"]["task_id"]
        failed = fetch_until(client, f"{PATH}/{number}", "data.task_status", "failed")["data"]
        assert failed["task_status_msg"].startswith(reason)
        assert "task_result" not in failed
        assert len(sandbox.till()["charges"]) == 1


def test_a_job_may_be_stuck_for_ever_and_holds_its_place() -> None:
    with misbehaving({"on": "create", "do": "stuck", "nth": 1}, concurrency=1) as (_, client):
        number = create(client).json()["data"]["task_id"]
        for _ in range(3):
            assert client.get(f"{PATH}/{number}").json()["data"]["task_status"] == "processing"
        assert create(client).status_code == 429


def test_a_poll_may_be_answered_with_a_word_nobody_knows() -> None:
    with misbehaving({"on": "poll", "do": "odd-word", "nth": 1}) as (_, client):
        number = create(client).json()["data"]["task_id"]
        assert client.get(f"{PATH}/{number}").json()["data"]["task_status"] == "reticulating"
        fetch_until(client, f"{PATH}/{number}", "data.task_status", "succeed")


def test_asking_by_our_own_name_and_by_the_gateways_id_are_told_apart() -> None:
    with misbehaving({"on": "find", "do": "server-error-before"}) as (_, client):
        number = create(client, external_task_id="fc-1").json()["data"]["task_id"]
        assert client.get(f"{PATH}/{number}").status_code == 200
        assert client.get(f"{PATH}/fc-1").status_code == 500
        assert client.get(PATH).status_code == 500


def test_a_result_that_stands_apart_may_fail_alone() -> None:
    with misbehaving({"on": "result", "do": "bad-gateway-before", "gateway": "fal", "nth": 1}) as (_, client):
        client.headers["Authorization"] = "Key k"
        body = {"prompt": "a harbour"}
        made = client.post("/fal-ai/kling-video/v2.6/pro/text-to-video", json=body).json()
        fetch_until(client, made["status_url"], "status", "COMPLETED")
        assert client.get(made["response_url"]).status_code == 502
        assert client.get(made["response_url"]).status_code == 200


# --- downloads -------------------------------------------------------------------------------------------------------


def test_an_expired_link_is_replaced_by_asking_again() -> None:
    with misbehaving({"on": "download", "do": "link-expired", "nth": 1}) as (sandbox, client):
        link = finished(client)
        assert [httpx.get(link).status_code for _ in range(2)] == [403, 403]
        fresh = client.get(f"{PATH}/{sandbox.till()['charges'][0]['job']}").json()["data"]["task_result"]
        assert httpx.get(fresh["videos"][0]["url"]).status_code == 200


def test_a_clip_may_be_gone_for_good() -> None:
    with misbehaving({"on": "download", "do": "link-gone", "nth": 1}) as (sandbox, client):
        assert httpx.get(finished(client)).status_code == 403
        fresh = client.get(f"{PATH}/{sandbox.till()['charges'][0]['job']}").json()["data"]["task_result"]
        assert httpx.get(fresh["videos"][0]["url"]).status_code == 403


def take_what_comes(answer: httpx.Response) -> tuple[bytes, bool]:
    """With whether the end was reached."""
    came = b""
    try:
        for piece in answer.iter_raw():
            came += piece
    except CUT:
        return came, False
    return came, True


@pytest.mark.parametrize("word", ["truncated", "cut-mid-answer"])
def test_a_download_may_end_too_soon_and_be_gone_on_with(word: str) -> None:
    with misbehaving({"on": "download", "do": word, "nth": 1}) as (_, client):
        link = finished(client)
        with httpx.stream("GET", link) as answer:
            assert answer.status_code == 200
            came, is_whole = take_what_comes(answer)
        assert not is_whole
        whole = httpx.get(link).content
        assert 0 < len(came) < len(whole)
        rest = httpx.get(link, headers={"Range": f"bytes={len(came)}-", "If-Range": answer.headers["etag"]})
        assert rest.status_code == 206
        assert came + rest.content == whole


def test_a_download_may_be_corrupt_at_its_full_length() -> None:
    with misbehaving({"on": "download", "do": "corrupt", "nth": 1}) as (_, client):
        link = finished(client)
        wrong, right = httpx.get(link).content, httpx.get(link).content
        assert len(wrong) == len(right)
        assert wrong != right
        assert right[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("word", "status", "content"),
    [("not-a-clip", 200, b"<!doctype html>"), ("empty", 200, b""), ("server-error-before", 500, b"refused")],
)
def test_a_download_may_be_no_clip(word: str, status: int, content: bytes) -> None:
    with misbehaving({"on": "download", "do": word, "nth": 1}) as (_, client):
        answer = httpx.get(finished(client))
        assert answer.status_code == status
        assert answer.content[:15] == content


@pytest.mark.parametrize("word", ["cut-before-reading", "cut-after-reading"])
def test_a_download_may_be_cut_before_it_begins(word: str) -> None:
    with misbehaving({"on": "download", "do": word, "nth": 1}) as (_, client):
        link = finished(client)
        with pytest.raises(CUT):
            httpx.get(link)


def test_a_download_may_go_round_in_circles() -> None:
    with misbehaving({"on": "download", "do": "redirect-loop"}) as (_, client):
        link = finished(client)
        with pytest.raises(httpx.TooManyRedirects):
            httpx.get(link, follow_redirects=True)


def test_a_download_may_lead_to_a_private_address() -> None:
    with misbehaving({"on": "download", "do": "redirect-private"}) as (_, client):
        answer = httpx.get(finished(client))
        assert answer.status_code == 302
        assert answer.headers["location"].startswith("http://169.254.169.254/")


def test_a_rule_may_be_for_the_job_whose_request_says_so() -> None:
    rules = [
        {"on": "create", "do": "server-error-after", "says": "second harbour"},
        {"on": "poll", "do": "odd-word", "says": "first harbour"},
        {"on": "download", "do": "not-a-clip", "says": "third harbour"},
    ]
    with misbehaving(*rules) as (sandbox, client):
        first = create(client, prompt="the first harbour").json()["data"]["task_id"]
        assert create(client, prompt="the second harbour").status_code == 500
        third = create(client, prompt="the third harbour").json()["data"]["task_id"]
        assert client.get(f"{PATH}/{first}").json()["data"]["task_status"] == "reticulating"
        done = fetch_until(client, f"{PATH}/{third}", "data.task_status", "succeed")
        assert httpx.get(done["data"]["task_result"]["videos"][0]["url"]).content.startswith(b"<!doctype")
        assert sandbox.till()["faults"] == 3
        assert len(sandbox.till()["charges"]) == 3


def test_a_documented_error_is_answered_by_its_name() -> None:
    with misbehaving({"on": "create", "do": "error", "gateway": "kling", "error": 1101}) as (sandbox, client):
        answer = create(client)
        assert (answer.status_code, answer.json()["code"]) == (429, 1101)
        assert sandbox.till()["charges"] == []
