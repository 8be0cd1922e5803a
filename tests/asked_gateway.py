"""The studio's manifest at a server on this machine that answers as a test wants, and what it was asked."""

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from http_bench import QUICK, Received, Reply, in_loop, reply, serving
from planning_builders import PLACE, make_element, make_shot, make_storyboard, make_voice, picture
from studio_manifest import body_schema, interface_of, studio

from runner.adapters.credentials import Bearer
from runner.adapters.http.client import Client
from runner.adapters.http.gateway import Account, HttpGateway
from runner.adapters.secrets import Secret
from runner.core.canonical import Json
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
