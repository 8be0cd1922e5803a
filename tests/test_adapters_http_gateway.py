"""Any gateway over real HTTP: what is sent, that it is sent once, and what each answer comes to."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from http_bench import CLIP, QUICK, Received, Reply, Server, Then, in_loop, reply, resolving, serving
from PIL import Image
from planning_builders import PLACE, make_element, make_shot, make_storyboard, make_voice, mention, picture, say
from studio_manifest import body_schema, interface_of, studio

from runner.adapters.credentials import Bearer, QueryKey, fingerprint
from runner.adapters.http.client import Client
from runner.adapters.http.gateway import Account, HttpGateway
from runner.adapters.secrets import Secret
from runner.api.manifests import built_in
from runner.core.canonical import Digest, Json, digest_bytes
from runner.model.gateway import (
    Accepted,
    AlreadyExists,
    CannotAsk,
    Failed,
    FailureClass,
    Fetched,
    FetchFailed,
    Found,
    Gone,
    LookupFailed,
    NotFound,
    NotSent,
    Rejected,
    Running,
    Succeeded,
    Uncertain,
    Unreadable,
)
from runner.model.money import Money
from runner.model.request import Request
from runner.model.storyboard import Shot, Sound
from runner.planning.makers import makers_part
from runner.planning.request import outline_request, request_key
from runner.planning.resources import resource_key, resource_makers, resource_request

Result = TypeVar("Result")
KEY = "sk-marked-key-0123456789"
NAME = "fc-" + "ab" * 20
VOICE_URL = "https://example.com/gruff.wav"
ELEMENTS = {"keeper": make_element("keeper", frontal="front")}
SAMPLE = Sound("gruff.wav", VOICE_URL, picture("sample").digest, PLACE)
VOICES = {"gruff": replace(make_voice("gruff"), sample=SAMPLE)}
ROUTE = {"task": "words", "spelling": "loud-two", "path": "/v1/loud-two/words", "job_name": NAME}
SEA = make_shot("sea", "Sea.", model="loud-2")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def request_of(shot: Shot, **more: Any) -> Request:
    storyboard = make_storyboard(shot, elements=ELEMENTS, voices=VOICES)
    canonical = outline_request(storyboard, shot, "generated")
    makers = makers_part(storyboard, shot, studio())
    named: dict[str, Any] = {"files": {}, "frames": {}, "label": shot.id}
    return Request(request_key(canonical), canonical, makers, **{**named, **more})


def voice_request() -> Request:
    storyboard = make_storyboard(SEA, voices=VOICES)
    named: Any = ("voice", "gruff")
    return Request(
        resource_key(storyboard, named),
        resource_request(storyboard, named),
        resource_makers(storyboard, named, "studio"),
        "voice:gruff",
        {},
        {},
        {SAMPLE.digest: VOICE_URL} if SAMPLE.digest is not None else {},
    )


def open_at(url: str, **more: Any) -> HttpGateway:
    manifest = more.pop("manifest", None) or studio()
    who = more.pop("who", None) or Account(Bearer(Secret(KEY)), (Secret(KEY),))
    return HttpGateway(
        manifest,
        interface_of(manifest),
        url,
        is_double=True,
        who=who,
        client=more.pop("client", None) or Client(QUICK),
        schemas=body_schema,
        **more,
    )


def asking(
    work: Callable[[HttpGateway], Coroutine[Any, Any, Result]],
    answer: Callable[[Received], Reply],
    **more: Any,
) -> tuple[Result, list[Received]]:
    """What came of it, and all that the server was asked."""

    async def visit() -> tuple[Result, list[Received]]:
        async with serving(answer) as server:
            gateway = open_at(server.url, **more)
            try:
                return await work(gateway), server.received
            finally:
                await gateway.close()

    return in_loop(visit())


def says(body: Json, status: str = "200 OK", *headers: str) -> Callable[[Received], Reply]:
    return lambda received: reply(json.dumps(body).encode(), status, headers)


def by_path(answers: Mapping[str, Any]) -> Callable[[Received], Reply]:
    return lambda received: reply(json.dumps(answers[urlsplit(received.target).path]).encode())


def submit(
    answer: Callable[[Received], Reply], request: Request | None = None, **more: Any
) -> tuple[Any, list[Received]]:
    return asking(lambda gateway: gateway.submit(request or request_of(SEA), NAME), answer, **more)


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


# --- asking about a job


def poll(
    answer: Callable[[Received], Reply], job: str = "j-1", route: Mapping[str, str] = ROUTE
) -> tuple[Any, list[Received]]:
    return asking(lambda gateway: gateway.poll(job, route), answer)


@pytest.mark.parametrize(
    ("body", "status", "state"),
    [
        ({"state": "working"}, "200 OK", Running()),
        ({}, "404 No", Gone()),
        ({"state": "dreaming"}, "200 OK", Unreadable("it answered 200")),
        ({}, "500 Oh", Unreadable("it answered 500")),
    ],
)
def test_a_job_is_asked_about_where_the_route_says(body: Json, status: str, state: object) -> None:
    found, (received,) = poll(says(body, status))
    assert found == state
    assert received.head.startswith("GET /v1/jobs/j-1?of=words HTTP/1.1\r\n")
    assert received.header("authorization") == f"Bearer {KEY}"
    assert received.header("content-type") is None


def test_a_failed_job_says_so_in_its_words() -> None:
    found, _ = poll(says({"state": "failed", "message": "not allowed"}))
    assert isinstance(found, Failed)
    assert (found.failure.kind, found.failure.message, found.charged) == (FailureClass.CONTENT, "not allowed", False)


def test_a_job_that_is_done_is_asked_once_more_for_its_clip_and_keeps_its_price() -> None:
    answers = {
        "/v1/jobs/j-1": {"state": "done", "units": "2.5"},
        "/v1/jobs/j-1/clip": {"clips": [{"url": "https://x.example/c.mp4"}]},
    }
    found, received = poll(by_path(answers))
    assert found == Succeeded({"url": "https://x.example/c.mp4"}, Money(Decimal("0.350"), "USD"))
    assert [urlsplit(one.target).path for one in received] == ["/v1/jobs/j-1", "/v1/jobs/j-1/clip"]


@pytest.mark.parametrize("told", [{"state": "done"}, {"state": "failed"}, {"state": "working"}])
def test_what_is_said_of_another_job_is_no_verdict(told: dict[str, Json]) -> None:
    interface = interface_of(studio())
    told_at = replace(interface, poll=replace(interface.poll, id="job.id"))
    manifest = replace(studio(), interface=told_at)
    found, _ = asking(lambda gateway: gateway.poll("1", ROUTE), says({**told, "job": {"id": 2}}), manifest=manifest)
    assert found == Unreadable("it answered about job `2`, asked about `1`")
    found, _ = asking(
        lambda gateway: gateway.poll("1", ROUTE), says({"state": "working", "job": {"id": 1}}), manifest=manifest
    )
    assert found == Running()


@pytest.mark.parametrize(
    ("provider", "answer"),
    [
        ("aimlapi", {"id": "2", "status": "completed", "video": {"url": "https://x.example/c.mp4"}}),
        ("kling", {"code": 0, "data": {"task_id": "2", "task_status": "failed"}}),
        ("kling-next", {"code": 0, "data": [{"id": "2", "status": "failed"}]}),
        ("mulerouter", {"task_info": {"id": "2", "status": "completed"}, "videos": ["https://x.example/c.mp4"]}),
        ("mulerun", {"task_info": {"id": "2", "status": "failed"}}),
        ("piapi", {"code": 200, "data": {"task_id": "2", "status": "failed"}}),
    ],
)
def test_an_answer_about_another_job_is_no_verdict_where_answers_say_whose_they_are(
    provider: str, answer: dict[str, Json]
) -> None:
    found, _ = asking(lambda gateway: gateway.poll("1", ROUTE), says(answer), manifest=built_in(provider))
    assert found == Unreadable("it answered about job `2`, asked about `1`")


def test_a_job_that_is_done_without_its_clip_is_kept() -> None:
    found, _ = poll(by_path({"/v1/jobs/j-1": {"state": "done"}, "/v1/jobs/j-1/clip": {"clips": []}}))
    assert isinstance(found, Unreadable)


def test_no_answer_to_a_question_is_no_verdict() -> None:
    found, received = poll(lambda _: Reply(b"", Then.RESET))
    assert isinstance(found, Unreadable)
    assert len(received) == 1


@pytest.mark.parametrize("job", ["a b", "a?b", "a#b", "100%", "é", "a;b=c", "a%2Fb", "..%2f"])
def test_an_odd_id_stays_within_its_place_in_path_and_query(job: str) -> None:
    _, (received,) = poll(says({"state": "working"}), job)
    parts = urlsplit(received.target)
    assert unquote(parts.path) == f"/v1/jobs/{job}"
    assert parts.query == "of=words"
    name = f"fc&x={job}"
    _, (looked,) = asking(lambda gateway: gateway.find(name, ROUTE), says({}))
    assert parse_qs(urlsplit(looked.target).query) == {"name": [name]}


# --- finding by our name


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        ({}, "200 OK", NotFound()),
        ({"jobs": [{"state": "working", "id": "j-7"}]}, "200 OK", Found("j-7", Running())),
        ({"jobs": [{"state": "done", "id": "j-7"}]}, "200 OK", Found("j-7", Succeeded({}))),
        ({"jobs": [{"state": "done"}]}, "200 OK", LookupFailed("it answered 200 without a job's id")),
        ({}, "503 Oh", LookupFailed("it answered 503")),
    ],
)
def test_a_look_up_finds_or_finds_nothing_or_fails(body: Json, status: str, answer: object) -> None:
    found, (received,) = asking(lambda gateway: gateway.find(NAME, ROUTE), says(body, status))
    assert found == answer
    assert received.target == f"/v1/jobs?name={NAME}"


def test_where_nothing_is_found_by_name_nobody_is_asked() -> None:
    interface = interface_of(studio())
    deaf = replace(studio(), interface=replace(interface, find=None))
    found, received = asking(lambda gateway: gateway.find(NAME, ROUTE), says({}), manifest=deaf)
    assert found == LookupFailed("The Studio finds no job by a name of ours", is_final=True)
    assert received == []


# --- fetching


def test_a_clip_is_fetched_from_its_link_without_the_key(tmp_path: Path) -> None:
    into = tmp_path / "clip.mp4"

    async def visit() -> tuple[Any, Server]:
        async with serving(lambda _: reply(CLIP)) as server:
            gateway = open_at(server.url)
            found = await gateway.fetch("j-1", {"url": f"{server.url}/clip.mp4?signature=x"}, into)
            await gateway.release("j-1")
            await gateway.close()
            return found, server

    found, server = in_loop(visit())
    assert found == Fetched()
    assert into.read_bytes() == CLIP
    assert KEY not in server.received[0].head


def test_where_the_gateways_own_name_is_not_resolved_a_clip_is_fetched_as_from_a_public_one(tmp_path: Path) -> None:
    """Behind a proxy names have no address on this machine."""

    async def visit() -> Any:
        gateway = open_at("https://api.studio.example", client=Client(QUICK, resolve=resolving()))
        return await gateway.fetch("j-1", {"url": "https://10.0.0.1/clip.mp4"}, tmp_path / "clip.mp4")

    found = in_loop(visit())
    assert isinstance(found, FetchFailed)
    assert "private network" in found.cause


def test_without_a_link_nothing_is_fetched(tmp_path: Path) -> None:
    found, received = asking(lambda gateway: gateway.fetch("j-1", {"url": 5}, tmp_path / "clip.mp4"), says({}))
    assert isinstance(found, FetchFailed)
    assert received == []


# --- voices and elements

VOICE_ROUTE = {"resource": "voice", "path": "/v1/voices", "job_name": NAME}


def test_a_voice_is_made_by_a_call_of_its_own() -> None:
    answer, (received,) = submit(says({"job": {"id": "vj-1"}}), voice_request())
    assert answer == Accepted("vj-1")
    assert received.head.startswith("POST /v1/voices HTTP/1.1")
    assert json.loads(received.body) == {"name": NAME, "label": "gruf", "sample": VOICE_URL}
    assert open_at("https://x.example").prepare(voice_request(), NAME).route == VOICE_ROUTE


def test_an_answer_to_the_making_of_a_voice_is_read_by_the_voices_own_rules() -> None:
    # For a clip a 429 is one too many; the voice's rules know it as wrong input alone.
    answer, _ = submit(says({}, "429 No"), voice_request())
    assert isinstance(answer, Rejected)
    assert answer.failure.kind is FailureClass.INPUT


def test_a_voice_is_polled_found_and_checked_at_its_own_places() -> None:
    state, (polled,) = poll(says({"state": "done", "voice": "v-1"}), "vj-1", VOICE_ROUTE)
    assert (state, polled.target) == (Succeeded({"id": "v-1"}), "/v1/voices/jobs/vj-1")
    found, (looked,) = asking(
        lambda gateway: gateway.find(NAME, VOICE_ROUTE),
        says({"jobs": [{"id": "vj-1", "state": "done", "voice": "v-1"}]}),
    )
    assert (found, looked.target) == (Found("vj-1", Succeeded({"id": "v-1"})), f"/v1/voices?name={NAME}")
    check = {"resource": "voice", "check": "yes", "id": "v-1"}
    there, (checked,) = poll(says({"voice": "v-1"}), "vj-1", check)
    assert (there, checked.target) == (Succeeded({}), "/v1/voices/v-1")
    gone, _ = poll(says({}, "404 No"), "vj-1", check)
    assert gone == Gone()


def test_whether_an_element_is_still_there_is_not_asked_where_nobody_answers_that() -> None:
    state, received = poll(says({}, "404 No"), "ej-1", {"resource": "element", "check": "yes", "id": "e-1"})
    assert isinstance(state, Unreadable)
    assert received == []
    found, looked = asking(lambda gateway: gateway.find(NAME, {"resource": "element"}), says({}))
    assert isinstance(found, LookupFailed)
    assert looked == []


def test_an_elements_body_is_held_against_its_schema_too(tmp_path: Path) -> None:
    storyboard = make_storyboard(make_shot("a", (mention("keeper"),)), elements=ELEMENTS)
    named: Any = ("element", "keeper")
    front = tmp_path / "front.png"
    Image.new("RGB", (400, 400)).save(front)
    canonical = resource_request(storyboard, named)
    digest = ELEMENTS["keeper"].frontal.digest  # type: ignore[union-attr]
    makers = resource_makers(storyboard, named, "studio")
    request = Request(resource_key(storyboard, named), canonical, makers, "element:keeper", {digest: front}, {})  # type: ignore[dict-item]
    answer, (received,) = submit(says({"job": {"id": "ej-1"}}), request)
    assert answer == Accepted("ej-1")
    assert b64decode(json.loads(received.body)["front"]) == front.read_bytes()
    with pytest.raises(CannotAsk, match="'front' is a required property"):
        open_at("https://x.example").prepare(
            replace(request, canonical={"medium": "resource", "kind": "element"}), NAME
        )
