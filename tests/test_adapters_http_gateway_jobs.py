"""Any gateway over real HTTP, once it has a job: asked about, found by our name, fetched; voices and elements."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from asked_gateway import (
    ELEMENTS,
    KEY,
    NAME,
    ROUTE,
    VOICE_URL,
    asking,
    by_path,
    open_at,
    says,
    submit,
    voice_request,
)
from http_bench import CLIP, QUICK, Received, Reply, Server, Then, in_loop, reply, resolving, serving
from PIL import Image
from planning_builders import make_shot, make_storyboard, mention
from studio_manifest import interface_of, studio

from runner.adapters.http.client import Client
from runner.api.manifests import built_in
from runner.core.canonical import Json
from runner.model.gateway import (
    Accepted,
    CannotAsk,
    Failed,
    FailureClass,
    Fetched,
    FetchFailed,
    Found,
    Gone,
    LookupFailed,
    NotFound,
    Rejected,
    Running,
    Succeeded,
    Unreadable,
)
from runner.model.money import Money
from runner.model.request import Request
from runner.planning.resources import resource_key, resource_makers, resource_request

pytestmark = pytest.mark.usefixtures("no_proxies")


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
