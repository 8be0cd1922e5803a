"""Any gateway with a manifest, over HTTP: puts requests into its words, sends each once, reads answers by its rules.

What to do about an answer is decided in `runner.running`; what it means, in `runner.planning.answers`.
"""

import email.utils
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from runner.adapters.credentials import Credential, SignedToken, fingerprint
from runner.adapters.http.addresses import is_private
from runner.adapters.http.client import Answer, Client, NeverSent, Outgoing, Unknown
from runner.adapters.http.download import fetch_file
from runner.adapters.http.polling import Answered, Heard, PollCollector
from runner.adapters.http.wire import BodySchemas, word, write_body
from runner.adapters.secrets import Secret, redact
from runner.core.canonical import Digest, Json
from runner.model.gateway import (
    CannotAsk,
    FetchAnswer,
    FetchFailed,
    FindAnswer,
    JobState,
    LookupFailed,
    NotSent,
    Prepared,
    SubmitAnswer,
    Succeeded,
    Uncertain,
    Unreadable,
)
from runner.model.interface import Interface, Question, ResourceCall
from runner.model.manifest import Manifest
from runner.model.mapping import Way
from runner.model.request import Request
from runner.planning.answers import Rules, find_other_job, read_finding, read_state, read_submit
from runner.planning.body import Attachment, Builder, View
from runner.planning.compiling import WireCall, build_call

# A gateway that asks for more patience than this is asked again all the same.
_LONGEST_WAIT: Final = 600.0
# In a path the manifest's own slashes stay, whatever stands between them.
_PATH_CHARACTERS: Final = "/:@-._~!$&'()*+,;=%"
# What in a question is an id.
_IDS: Final = ("job", "job_name", "id")


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays. The secrets are known so that they can be kept out of every text."""

    credential: Credential
    secrets: tuple[Secret, ...]

    @property
    def known_secrets(self) -> tuple[Secret, ...]:
        token = self.credential.token if isinstance(self.credential, SignedToken) else None
        return self.secrets if token is None or not token.reveal() else (*self.secrets, token)


@dataclass(frozen=True, slots=True)
class _NoPictures:
    """Questions about jobs send none."""

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        raise CannotAsk(f"`{attachment.label}` cannot be sent with a question ({', '.join(ways)})")


@dataclass(slots=True)
class HttpGateway:
    manifest: Manifest
    interface: Interface
    url: str
    is_double: bool
    who: Account
    client: Client
    schemas: BodySchemas
    now: Callable[[], float] = time.time
    # By our name and the maker's part: two requests that differ in nothing else have one name until one is sent.
    _prepared: dict[tuple[str, Digest], Prepared] = field(default_factory=dict)
    # None where each job is asked about by itself.
    _collector: PollCollector | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        poll = self.interface.poll
        if poll.batch is not None:
            self._collector = PollCollector(poll.batch, lambda jobs, about: self._ask(poll, {**about, "job": jobs}))

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def endpoint(self) -> str:
        return self.url

    @property
    def account(self) -> str:
        return fingerprint(self.who.credential)

    @property
    def sandbox(self) -> bool:
        return self.is_double

    def prepare(self, request: Request, name: str) -> Prepared:
        which = (name, request.makers_part.digest)
        known = self._prepared.get(which)
        if known is None:
            worded = word(self.manifest, request, name, self.schemas)
            body = write_body(worded.call.body) or b""
            known = Prepared(Digest(hashlib.sha256(body).hexdigest()), worded.route)
            self._prepared[which] = known
        return known

    async def submit(self, request: Request, name: str) -> SubmitAnswer:
        self._prepared.pop((name, request.makers_part.digest), None)
        try:
            worded = word(self.manifest, request, name, self.schemas)
        except CannotAsk as trouble:
            # A picture that was there a moment ago.
            return NotSent(trouble.message)
        answer = await self.client.send_once(self._sign(worded.call))
        match answer:
            case NeverSent():
                return NotSent(answer.cause)
            case Unknown():
                return Uncertain(answer.cause)
            case Answer():
                wait = _read_wait(answer.headers.get("retry-after"), self.now())
                return read_submit(self._submit_rules(worded.route), answer.status, self._read(answer), wait)

    async def find(self, name: str, route: Mapping[str, str]) -> FindAnswer:
        resource = self._resource(route)
        question = self.interface.find if resource is None else resource.find
        if question is None:
            return LookupFailed(f"{self.manifest.title} finds no job by a name of ours", is_final=True)
        answer = await self._ask(question, {**route, "job_name": name})
        if isinstance(answer, str):
            return LookupFailed(answer)
        return read_finding(question.answers, answer.status, answer.body)

    async def poll(self, job: str, route: Mapping[str, str]) -> JobState:
        resource = self._resource(route)
        if resource is not None:
            question = resource.check if "check" in route else resource.poll
            if question is None:
                return Unreadable(f"{self.manifest.title} does not say whether it is still there")
            return await self._ask_state(question, job, route)
        state = await self._poll_job(job, route)
        if isinstance(state, Succeeded) and self.interface.result is not None:
            result = await self._ask_state(self.interface.result, job, route)
            if isinstance(result, Succeeded) and result.charge is None:
                return replace(result, charge=state.charge)
            return result
        return state

    async def _poll_job(self, job: str, route: Mapping[str, str]) -> JobState:
        question = self.interface.poll
        if self._collector is None:
            return await self._ask_state(question, job, route)
        alike = repr(_build_question(question, {**route, "job": ""}))
        return _read_state(question, await self._collector.poll(job, route, alike), job)

    async def remove(self, kind: str, made: str) -> JobState:
        """A voice or an element, by its id there: succeeded, or gone already; anything else says why not."""
        resource = self.interface.resources.get(kind)
        if resource is None or resource.remove is None:
            return Unreadable(f"{self.manifest.title} removes no {kind}s")
        return await self._ask_state(resource.remove, "", {"resource": kind, "id": made})

    async def fetch(self, job: str, result: Mapping[str, Json], into: Path) -> FetchAnswer:
        del job
        url = result.get("url")
        if not isinstance(url, str):
            return FetchFailed("the gateway did not say where the clip lies")
        parts = urlsplit(self.url)
        return await fetch_file(
            self.client,
            url,
            into,
            endpoint_is_private=await self._is_in_private(parts.hostname or ""),
            endpoint_is_plain=parts.scheme == "http",
        )

    async def release(self, job: str) -> None:
        """Nothing of the job lies on this machine."""

    async def close(self) -> None:
        if self._collector is not None:
            await self._collector.close()
        await self.client.close()

    async def _is_in_private(self, host: str) -> bool:
        """Behind a proxy a name often has no address here; then nothing more is allowed than of a public gateway."""
        try:
            return await is_private(host, self.client.resolve)
        except (OSError, UnicodeError):
            return False

    def _resource(self, route: Mapping[str, str]) -> ResourceCall | None:
        return self.interface.resources.get(route.get("resource", ""))

    def _submit_rules(self, route: Mapping[str, str]) -> Rules:
        resource = self._resource(route)
        return self.interface.answers if resource is None else resource.answers

    async def _ask_state(self, question: Question, job: str, route: Mapping[str, str]) -> JobState:
        return _read_state(question, await self._ask(question, {**route, "job": job}), job)

    async def _ask(self, question: Question, about: View) -> Answered:
        answer = await self.client.ask(self._sign(_build_question(question, about)))
        if not isinstance(answer, Answer):
            return answer.cause
        return Heard(answer.status, self._read(answer), _read_wait(answer.headers.get("retry-after"), self.now()))

    def _sign(self, call: WireCall) -> Outgoing:
        query = f"?{urlencode(call.query)}" if call.query else ""
        url = f"{self.url}{quote(call.path, safe=_PATH_CHARACTERS)}{query}"
        body = write_body(call.body)
        headers = {**call.headers} if body is None else {**call.headers, "Content-Type": "application/json"}
        signed, url = self.who.credential.sign(headers, url, self.now())
        return Outgoing(call.method, url, signed, body)

    def _read(self, answer: Answer) -> Json:
        """None for what is no JSON. A gateway that repeats our key has it struck out before anybody sees it."""
        try:
            return redact(json.loads(answer.body.decode("utf-8")), self.who.known_secrets)
        except (ValueError, RecursionError):
            return None


def _build_question(question: Question, about: View) -> WireCall:
    # One gateway's ids hold slashes: in a path they are part of the id and not of the way.
    quoted = {name: quote(held, safe="") for name in _IDS if isinstance(held := about.get(name), str)}
    return build_call(question.call, Builder(about, _NoPictures()), Builder({**about, **quoted}, _NoPictures()))


def _read_state(question: Question, answer: Answered, job: str) -> JobState:
    if isinstance(answer, str):
        return Unreadable(answer)
    other = find_other_job(question.id, answer.body, job)
    if other is not None:
        return Unreadable(f"it answered about job `{other}`, asked about `{job}`")
    state = read_state(question.answers, answer.status, answer.body)
    if isinstance(state, Unreadable) and answer.wait is not None:
        return replace(state, retry_after_seconds=answer.wait)
    return state


def _read_wait(text: str | None, now: float) -> float | None:
    """Seconds, or a date; None for what is neither."""
    if text is None:
        return None
    if text.isascii() and text.strip().isdigit():
        return min(float(text.strip()), _LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(0.0, moment - now), _LONGEST_WAIT)
