"""Any gateway over real HTTP: what is sent, that it is sent once, and what each answer comes to."""

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from asked_gateway import (
    KEY,
    NAME,
    ROUTE,
    SEA,
    asking,
    open_at,
    request_of,
    says,
    submit,
)
from http_bench import Reply, Then, in_loop, reply, serving
from PIL import Image
from planning_builders import make_shot, picture, say

from runner.adapters.credentials import Bearer, QueryKey, fingerprint
from runner.adapters.http.gateway import Account, HttpGateway
from runner.adapters.secrets import Secret
from runner.core.canonical import Digest, Json, digest_bytes
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    CannotAsk,
    FailureClass,
    NotSent,
    Rejected,
    Uncertain,
)

pytestmark = pytest.mark.usefixtures("no_proxies")


# --- who it is


def test_a_gateway_says_who_and_where_it_is_and_never_the_key() -> None:
    gateway = open_at("https://api.studio.example")
    assert (gateway.name, gateway.endpoint, gateway.sandbox) == ("studio", "https://api.studio.example", True)
    assert gateway.account == fingerprint(Bearer(Secret(KEY)))
    assert KEY not in repr(gateway)


# --- before a submit


def test_what_is_prepared_is_what_is_sent_and_says_where_to_ask() -> None:
    def work(gateway: HttpGateway) -> Any:
        return prepare_and_submit(gateway)

    async def prepare_and_submit(gateway: HttpGateway) -> Any:
        prepared = gateway.prepare(request_of(SEA), NAME)
        await gateway.submit(request_of(SEA), NAME)
        return prepared

    prepared, received = asking(work, says({"job": {"id": "j-1"}}))
    assert prepared.body == Digest(digest_bytes(received[0].body))
    assert prepared.route == ROUTE


def test_two_requests_under_one_name_are_each_prepared_for_themselves() -> None:
    gateway = open_at("https://api.studio.example")
    calm = request_of(make_shot("sea", "Sea.", model="loud-2", options={"studio": {"style": "calm"}}))
    other = replace(calm, makers_part=request_of(SEA).makers_part, canonical={**calm.canonical, "duration": 3})
    assert gateway.prepare(calm, NAME).body != gateway.prepare(other, NAME).body


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"duration": 7}, "$.seconds: '7' is not one of ['3', '5', '10']"),
        ({"cfg_scale": 2.0}, "$.strength: 2.0 is greater than the maximum of 1"),
    ],
)
def test_a_body_that_is_not_as_documented_is_never_sent(change: dict[str, Json], fault: str) -> None:
    wrong = request_of(SEA)
    wrong = replace(wrong, canonical={**wrong.canonical, **change})
    with pytest.raises(CannotAsk) as refused:
        open_at("https://api.studio.example").prepare(wrong, NAME)
    assert fault in refused.value.message
    assert refused.value.hint == "`framechain compile sea --provider studio` shows it"
    answer, received = submit(says({"job": {"id": "j-1"}}), wrong)
    assert isinstance(answer, NotSent)
    assert received == []


def test_a_shot_the_gateway_does_not_offer_cannot_be_asked_for() -> None:
    with pytest.raises(CannotAsk, match="does not offer `loud-2` for a shot like this"):
        open_at("https://x.example").prepare(request_of(make_shot("a", last=picture("l"), model="loud-2")), NAME)


def test_whoever_is_given_by_an_id_must_have_one() -> None:
    shot = make_shot("a", "Sea.", model="loud-2", dialogue=(say("Stay."),))
    gateway = open_at("https://x.example")
    with pytest.raises(CannotAsk, match="has no id of voice `gruff` yet"):
        gateway.prepare(request_of(shot), NAME)
    assert gateway.prepare(request_of(shot, made={("voice", "gruff"): "v-1"}), NAME).body


# --- the one call


def test_a_submit_is_one_request_with_key_headers_query_and_body() -> None:
    styled = request_of(make_shot("sea", "Grüße.", model="loud-2", options={"studio": {"style": "calm"}}))
    answer, (received,) = submit(says({"job": {"id": "j-1"}}), replace(styled, callback="https://example.com/told"))
    assert answer == Accepted("j-1")
    assert received.head.startswith("POST /v1/loud-two/words?style=calm HTTP/1.1\r\n")
    assert received.header("authorization") == f"Bearer {KEY}"
    assert received.header("x-studio") == "1"
    assert received.header("content-type") == "application/json"
    body = json.loads(received.body)
    assert (body["name"], body["tell"], body["prompt"]) == (NAME, "https://example.com/told", "Grüße.")


def test_a_key_in_the_query_stands_beside_the_calls_own() -> None:
    who = Account(QueryKey("key", Secret(KEY)), (Secret(KEY),))
    styled = request_of(make_shot("sea", "Sea.", model="loud-2", options={"studio": {"style": "calm"}}))
    _, (received,) = submit(says({"job": {"id": "j-1"}}), styled, who=who)
    assert parse_qs(urlsplit(received.target).query) == {"style": ["calm"], "key": [KEY]}
    assert received.header("authorization") is None


@pytest.mark.parametrize(
    "given",
    [
        Reply(b"", Then.CLOSE),
        Reply(b"", Then.RESET),
        Reply(b"HTTP/1.1 200 OK\r\nContent-Le", Then.RESET),
        reply(b'{"job": {"id": "j-', length=400),
        Reply(b"", Then.HANG),
        reply(b"{}", "503 Oh"),
        reply(b"not json"),
        reply(b"{}", "302 Found", ["Location: /elsewhere"]),
        reply(json.dumps({"job": {}}).encode()),
        reply(json.dumps({"job": {"id": "../etc"}}).encode()),
    ],
)
def test_a_call_that_ends_without_a_plain_answer_is_uncertain_and_was_sent_once(given: Reply) -> None:
    answer, received = submit(lambda _: given)
    assert isinstance(answer, Uncertain)
    assert len(received) == 1


def test_nobody_there_is_not_sent() -> None:
    async def visit() -> Any:
        async with serving(says({})) as server:
            url = server.url
        gateway = open_at(url)
        try:
            return await gateway.submit(request_of(SEA), NAME)
        finally:
            await gateway.close()

    assert isinstance(in_loop(visit()), NotSent)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 7", 7.0),
        ("Retry-After: 99999999", 600.0),
        ("Retry-After: Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Retry-After: Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("Retry-After: Wed, 21 Oct 99999 07:27:00 GMT", None),
        ("Retry-After: soon", None),
        ("Retry-After: 1.5", None),
        ("Retry-After: -3", None),
        ("Retry-After: \xb2", None),
        ("X-Other: 7", None),
    ],
)
def test_one_too_many_is_told_with_how_long_to_wait(header: str, seconds: float | None) -> None:
    given = Reply(
        b"HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n" + header.encode("latin-1") + b"\r\n\r\n{}", Then.CLOSE
    )  # fmt: skip
    answer, received = submit(lambda _: given, now=lambda: 1_792_567_680.0)
    assert isinstance(answer, Rejected)
    assert (answer.failure.kind, answer.retry_after_seconds) == (FailureClass.LIMIT, seconds)
    assert len(received) == 1


def test_refusals_say_why_in_the_gateways_words() -> None:
    answer, _ = submit(says({"error": {"message": "bad ratio", "code": 12}}, "422 No"))
    assert isinstance(answer, Rejected)
    assert (answer.failure.kind, answer.failure.message, answer.failure.code) == (FailureClass.INPUT, "bad ratio", "12")
    there, _ = submit(says({"error": {"message": "a job of this name is Already There"}}, "409 No"))
    assert there == AlreadyExists()
    other, _ = submit(says({"error": {"message": "conflict"}}, "409 No"))
    assert isinstance(other, Rejected)


@pytest.mark.parametrize("form", [KEY, b64encode(KEY.encode()).decode(), KEY.encode().hex()])
def test_a_key_that_comes_back_is_struck_out_before_anybody_sees_it(form: str) -> None:
    answer, _ = submit(says({"error": {"message": f"no such key {form}"}}, "401 No"))
    assert isinstance(answer, Rejected)
    assert answer.failure.message == "no such key ***"
    unclear, _ = submit(says({"message": f"what is {form}?"}, "500 Oh"))
    assert unclear == Uncertain("it answered 500: what is ***?")


@pytest.mark.parametrize("mark", [r"\/", r"\u002F", r"\u002f"])
def test_a_key_that_comes_back_in_escapes_is_struck_out_too(mark: str) -> None:
    who = Account(Bearer(Secret("sk/marked/key")), (Secret("sk/marked/key"),))
    body = json.dumps({"error": {"message": "no such key sk/marked/key"}}).replace("/", mark)
    answer, _ = submit(lambda received: reply(body.encode(), "401 No"), who=who)
    assert isinstance(answer, Rejected)
    assert answer.failure.message == "no such key ***"


# --- pictures on the wire


def test_pictures_go_bit_for_bit_in_the_way_the_gateway_takes_them(tmp_path: Path) -> None:
    first, last = tmp_path / "first.png", tmp_path / "last.jpg"
    Image.effect_noise((640, 360), 50).convert("RGB").save(first)
    Image.new("RGB", (640, 360), "navy").save(last)
    shot = make_shot("a", "Sea.", model="loud-2", first=picture("first"), last=picture("last"))
    _, (received,) = submit(
        says({"job": {"id": "j-1"}}), request_of(shot, frames={"first_frame": first, "last_frame": last})
    )
    body = json.loads(received.body)
    assert b64decode(body["image"], validate=True) == first.read_bytes()
    head, _, packed = body["tail"].partition(",")
    assert (head, b64decode(packed, validate=True)) == ("data:image/jpeg;base64", last.read_bytes())


def test_a_picture_known_by_address_alone_is_given_so_where_that_is_taken() -> None:
    remote = replace(picture("x"), path=None, digest=None, url="https://example.com/x.png")
    shot = make_shot("a", "Sea.", model="loud-2", first=remote)
    _, (received,) = submit(says({"job": {"id": "j-1"}}), request_of(shot))
    assert json.loads(received.body)["image"] == "https://example.com/x.png"
    with pytest.raises(CannotAsk, match="takes `last_frame` as a file only"):
        open_at("https://x.example").prepare(request_of(replace(shot, last_frame=remote)), NAME)


def test_a_picture_that_does_not_fit_or_is_gone_is_said_and_not_sent(tmp_path: Path) -> None:
    small = tmp_path / "small.png"
    Image.new("RGB", (100, 100)).save(small)
    shot = make_shot("a", "Sea.", model="loud-2", first=picture("first"))
    gateway = open_at("https://x.example")
    with pytest.raises(CannotAsk, match="is 100x100, expected at least 300 pixels"):
        gateway.prepare(request_of(shot, frames={"first_frame": small}), NAME)
    assert gateway.prepare(request_of(shot, frames={"first_frame": small}, convert=("scale",)), NAME).body
    answer, received = submit(says({}), request_of(shot, frames={"first_frame": tmp_path / "gone.png"}))
    assert isinstance(answer, NotSent)
    assert "`first_frame` cannot be read" in answer.cause
    assert received == []
