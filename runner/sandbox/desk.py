"""Where requests come in: calls are made of them, and what the house says is sent, or what a fault makes of that."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from runner.core.canonical import Json, canonical_bytes, digest_bytes
from runner.sandbox.callbacks import Callbacks
from runner.sandbox.clips import ClipMaker, ClipShelf
from runner.sandbox.dialect import Call, Dialect, Job, OperationKind, RefusalKind, Reply
from runner.sandbox.dialects import make_dialects
from runner.sandbox.downloads import answer_download
from runner.sandbox.fault_script import FaultScriptTrouble
from runner.sandbox.faults import Fault, Rule, Word
from runner.sandbox.house import House
from runner.sandbox.jobs import Entry
from runner.sandbox.options import SandboxOptions
from runner.sandbox.routes import Routes
from runner.sandbox.wire import Cut, cut_others

_ANSWERS: Final[Mapping[Word, bytes]] = {
    # Cut off in a word, and no UTF-8 either.
    Word.GARBAGE: b'{"data": {"task_\xff\xfe',
    Word.EMPTY: b"",
    Word.WRONG_TYPE: b'[["unexpected"], 42, null]',
}


class Desk:
    """What requests come in at: it makes calls of them, and sends what the house says, or what a fault makes of it."""

    def __init__(self, options: SandboxOptions, folder: Path, maker: ClipMaker) -> None:
        dialects = make_dialects(options)
        for rule in () if options.faults is None else options.faults.rules:
            _check_error(rule, dialects)
        self._routes = Routes(dialects)
        self._shelf = ClipShelf(folder, maker)
        self._callbacks = Callbacks(self._show, self._note)
        self._house = House(options, self._shelf, time.time, self._callbacks.watch)

    @asynccontextmanager
    async def opened(self, app: Starlette) -> AsyncIterator[None]:  # noqa: ARG002  # the framework hands it over
        yield
        await self._callbacks.close()
        await asyncio.to_thread(self._shelf.close)

    async def show_till(self, request: Request) -> Response:  # noqa: ARG002  # the framework hands it over
        return JSONResponse(self._house.till.as_json())

    async def show_requests(self, request: Request) -> Response:  # noqa: ARG002  # the framework hands it over
        return JSONResponse({"requests": self._house.till.requests})

    async def reset(self, request: Request) -> Response:  # noqa: ARG002  # the framework hands it over
        await self._callbacks.close()
        self._house.reset()
        return JSONResponse({})

    async def cut_all(self, request: Request) -> Response:
        """As when a line goes down: every connection but the one this came in by."""
        return JSONResponse({"cut": cut_others(request)})

    async def send_clip(self, request: Request) -> ASGIApp:
        job, gateway = request.path_params["job"], request.path_params["gateway"]
        self._house.till.downloads += 1
        fault = self._house.next_download_fault(gateway, job)
        if fault is not None and fault.word is Word.LINK_EXPIRED:
            self._house.links.withdraw(job)
        if fault is not None and fault.word is Word.LINK_GONE:
            self._house.links.remove(job)
        clip = self._house.find_clip(job)
        if clip is None or not self._house.links.is_good(job, request.query_params, self._house.now()):
            return Response("AccessDenied", 403)
        if fault is not None and fault.word is Word.SLOW:
            await asyncio.sleep(fault.wait)
        return answer_download(request, clip, fault)

    async def answer(self, request: Request) -> ASGIApp:
        route = self._routes.find(request.method, request.url.path)
        if route is None:
            return _send(self._say_no_such_path(request.url.path))
        call = Call(
            operation=route.operation,
            places=route.places,
            query=dict(request.query_params),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=None,
            is_json=True,
            origin=str(request.base_url).rstrip("/"),
        )
        if self._house.listens:
            call = _with_body(call, await request.body())
        fault = self._house.next_fault(route.dialect, call)
        self._house.count(route.dialect, call)
        if fault is not None and fault.word is Word.CUT_BEFORE_READING:
            self._note_request(route.dialect, call, fault, None)
            return Cut(request)
        call = _with_body(call, await request.body())
        reply = self._house.answer(route.dialect, call, fault)
        self._note_request(route.dialect, call, fault, reply)
        return await _send_faulty(request, reply, fault)

    def _say_no_such_path(self, path: str) -> Reply:
        dialect = self._routes.find_nearest(path)
        return Reply(404, {"detail": "Not Found"}) if dialect is None else dialect.refuse(RefusalKind.NO_SUCH_PATH)

    def _note_request(self, dialect: Dialect, call: Call, fault: Fault | None, reply: Reply | None) -> None:
        if call.operation.kind is OperationKind.CREATE:
            self._house.note_request(dialect, call, "" if fault is None else fault.word.value, reply)

    def _show(self, entry: Entry) -> Job:
        return self._house.show_entry(entry, entry.origin)

    def _note(self, trouble: str | None) -> None:
        self._house.till.callbacks += trouble is None
        if trouble is not None:
            self._house.till.troubles.append(trouble)


def _check_error(rule: Rule, dialects: Sequence[Dialect]) -> None:
    """An error can only be answered by a gateway whose pages list it."""
    if rule.fault.word is not Word.ERROR:
        return
    known = next((dialect.errors for dialect in dialects if dialect.name == rule.gateway), None)
    if known is None:
        names = ", ".join(dialect.name for dialect in dialects)
        raise FaultScriptTrouble(f"`gateway: {rule.gateway}` is unknown; known: {names}")
    if rule.fault.error not in known:
        listed = f"known: {', '.join(known)}" if known else "its pages list none"
        raise FaultScriptTrouble(f"`error: {rule.fault.error}` is unknown to {rule.gateway}; {listed}")


def _with_body(call: Call, content: bytes) -> Call:
    if not content:
        return call
    try:
        body = json.loads(content, parse_constant=_refuse_constant)
        # Half a surrogate pair can be written in JSON, but is no text.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return replace(call, is_json=False)
    return replace(call, body=body, wire=digest_bytes(content))


def _refuse_constant(word: str) -> None:
    """`NaN` and `Infinity`, which are no JSON."""
    raise ValueError(word)


async def _send_faulty(request: Request, reply: Reply, fault: Fault | None) -> ASGIApp:
    match None if fault is None else fault.word:
        case Word.CUT_AFTER_READING | Word.CUT_AFTER_CHARGING:
            return Cut(request)
        case Word.CUT_MID_ANSWER:
            content = canonical_bytes(reply.body)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **reply.headers}
            return Cut(request, reply.status, headers, content[: len(content) // 2])
        case Word.GARBAGE | Word.EMPTY | Word.WRONG_TYPE as word:
            return Response(_ANSWERS[word], 200, media_type="application/json")
        case Word.SLOW if fault is not None:
            await asyncio.sleep(fault.wait)
            return _send(reply)
        case _:
            return _send(reply)


def _send(reply: Reply) -> Response:
    return Response(_written(reply.body), reply.status, dict(reply.headers), media_type="application/json")


def _written(body: Json) -> bytes:
    """With the names in the order the dialect has them, as they are easiest to read."""
    return json.dumps(body, ensure_ascii=False, default=_plain).encode()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value)
