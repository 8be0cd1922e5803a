"""A dialect of the sandbox called without a house: calls as the server would hand them in, jobs as the house would."""

import base64
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from time import monotonic, sleep
from typing import Any, Final

import httpx
from hypothesis import strategies
from PIL import Image

from runner.core.canonical import Json
from runner.sandbox.dialect import (
    Call,
    Dialect,
    FailureKind,
    Job,
    Operation,
    OperationKind,
    Phase,
    Reply,
    Strictness,
    Wanted,
)
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

ORIGIN: Final = "http://127.0.0.1:9100"
JOB_ID: Final = "8e1e315e-b50d-4334-a231-be7d19a372f4"
CLIP: Final = f"{ORIGIN}/clips/{JOB_ID}.mp4"
PICTURE_URL: Final = "https://example.com/frame.png"
# 2025-09-21T00:00:00Z
CREATED: Final = 1758412800000


@cache
def picture(width: int = 640, height: int = 360, kind: str = "PNG") -> str:
    """As raw base64."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), (20, 90, 110)).save(written, kind)
    return base64.b64encode(written.getvalue()).decode()


def data_uri(width: int = 640, height: int = 360) -> str:
    return f"data:image/png;base64,{picture(width, height)}"


@dataclass(frozen=True)
class Caller:
    dialect: Dialect
    headers: Mapping[str, str]

    def operation(self, kind: OperationKind, name: str) -> Operation:
        found = [known for known in self.dialect.operations if known.kind is kind and known.name == name]
        assert len(found) == 1, f"{kind} {name}"
        return found[0]

    def call(
        self,
        kind: OperationKind,
        name: str,
        body: Json = None,
        *,
        places: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Call:
        return Call(
            operation=self.operation(kind, name),
            places=places or {},
            query=query or {},
            headers=self.headers,
            body=body,
            is_json=True,
            origin=ORIGIN,
        )

    def create(self, name: str, body: Json, *, places: Mapping[str, str] | None = None) -> Call:
        return self.call(OperationKind.CREATE, name, body, places=places)

    def poll(self, name: str) -> Call:
        return self.call(OperationKind.POLL, name, places={"id": JOB_ID})


def bodies_of(*names: str) -> strategies.SearchStrategy[Json]:
    """Any JSON under the names a gateway knows, for what must never break it."""
    words = strategies.sampled_from(
        ["", "a", "5", "on", "true", "std", "<<<voice_1>>>", PICTURE_URL, "data:,", "{}", "²"]
    )
    plain = strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | words
    known = strategies.sampled_from(names)
    return strategies.recursive(
        plain,
        lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(known, inner, max_size=5),
        max_leaves=12,
    )


def fetch_until(client: httpx.Client, path: str, key: str, done: str) -> dict[str, Any]:
    """Asks again until the status at `key` (dotted) is the word for done."""
    until = monotonic() + 20
    while True:
        answer = client.get(path)
        assert answer.status_code in {200, 202}, answer.text
        body = answer.json()
        assert isinstance(body, dict)
        if find_at(body, key) == done:
            return body
        assert monotonic() < until, body
        sleep(0.02)


@contextmanager
def asking(caller: Caller, **options: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    """A sandbox, and who asks it with the caller's key."""
    with (
        running_sandbox(SandboxOptions(**options)) as sandbox,
        httpx.Client(base_url=sandbox.url, headers=caller.headers) as client,
    ):
        yield sandbox, client


@dataclass(frozen=True)
class Walk:
    """From a create to a clip, over HTTP, as one gateway has it."""

    path: str
    body: Json
    # What it refuses.
    refused: Json
    # Where a create's answer has the job's id, and where the job is asked about, with `{id}` in it.
    id_at: str
    poll: str
    # Where the status stands in the answer to that, what it says in the end, and where the clip is then.
    status_at: str
    done: str
    clip_at: str

    def take(self, caller: Caller, *, created: int, refused: int) -> list[dict[str, Any]]:
        """The charges on the till; the bodies are answered with the status codes that are given."""
        with asking(caller) as (sandbox, client):
            made = client.post(self.path, json=self.body)
            assert made.status_code == created
            job = self.poll.format(id=find_at(made.json(), self.id_at))
            fetch_clip(find_at(fetch_until(client, job, self.status_at, self.done), self.clip_at))
            assert client.get(self.poll.format(id=JOB_ID)).status_code == 404
            assert client.post(self.path, json=self.refused).status_code == refused
            return list(sandbox.till()["charges"])


def find_at(body: Any, dotted: str) -> Any:
    """`data.works.0.url`."""
    for step in dotted.split("."):
        body = body[int(step) if step.isdigit() else step]
    return body


def fetch_clip(url: str) -> bytes:
    """Without any key, as a stranger would."""
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.content[4:8] == b"ftyp"
    return answer.content


def taken(caller: Caller, call: Call, strictness: Strictness = Strictness.STRICT) -> Wanted:
    reading = caller.dialect.read(call, strictness)
    assert isinstance(reading, Wanted), reading.body
    return reading


def refused(caller: Caller, call: Call, strictness: Strictness = Strictness.STRICT) -> Reply:
    reading = caller.dialect.read(call, strictness)
    assert isinstance(reading, Reply), reading
    return reading


def job(operation: Operation, wanted: Wanted, phase: Phase = Phase.SUBMITTED, **more: Any) -> Job:
    """As the house keeps it; a finished clip has its address."""
    done = {"url": CLIP, "length": "5.041"} if phase is Phase.SUCCEEDED and wanted.product == "video" else {}
    failed = {"failure": FailureKind.MODERATION} if phase is Phase.FAILED else {}
    return Job(JOB_ID, operation, wanted, phase, CREATED, CREATED + 28_000, **{**done, **failed, **more})


def body_of(reply: Reply) -> dict[str, Any]:
    assert isinstance(reply.body, dict), reply.body
    return reply.body
