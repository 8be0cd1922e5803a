"""For the tests of gateways that hand Kling's models on: shots that pass there, bodies, answers by rules."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Final

from gateway_bodies import body_of, compiled
from kling_boards import board, refusals

from runner.api.manifests import built_in
from runner.core.canonical import Json
from runner.model.gateway import JobState, Rejected, SubmitAnswer
from runner.model.interface import Interface, Question
from runner.planning.answers import read_state, read_submit
from runner.planning.body import Builder
from runner.planning.compiling import Compiled, WireCall, build_call
from runner.sandbox.dialect import Call, Dialect, Reply, Strictness

JOB: Final = "8e1e315e-b50d-4334-a231-be7d19a372f4"
CLIP: Final = "https://example.com/clip.mp4"

_FRAMES: Final = ("", "first", "first; last")
_WISHES: Final = (
    *("", "loud", "negative", "cfg_scale: 0.4", "pan", "sweep", "masks", "two beats", "beats: auto"),
    *("keeper", "keeper and lamp", "gruff; loud", "nobody; unsupported: describe"),
)


def board_at(provider: str, shot: str) -> str:
    """`kling-v2.6; first; pro`, with elements and voices by ids that the gateway knows."""
    return board(shot).replace("kling-next:", f"{provider}:")


def sent_to(provider: str, shot: str) -> dict[str, Json]:
    """The body, which keeps to its schema."""
    storyboard = board_at(provider, shot)
    compiled(provider, storyboard, "one", is_real=True)
    return body_of(compiled(provider, storyboard, "one"))


def path_to(provider: str, shot: str) -> str:
    return compiled(provider, board_at(provider, shot), "one").call.path


def taken_shots(provider: str, model: str) -> Iterator[str]:
    """Of many kinds of shots those that `check` says nothing against."""
    modes = built_in(provider).models[model].modes or ("std",)
    for mode, frames, wish in product(modes, _FRAMES, _WISHES):
        shot = "; ".join(part for part in (model, f"mode: {mode}" if mode != "std" else "", frames, wish) if part)
        if not refusals(provider, board_at(provider, shot)):
            yield shot


def told_by_double(dialect: Dialect, done: Compiled) -> Json:
    """What the strict double, written from the same pages by somebody else, refuses of a body; None where nothing."""
    for operation in dialect.operations:
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", operation.path)
        found = re.fullmatch(pattern, done.call.path)
        if found is not None and operation.method == done.call.method:
            call = Call(operation, found.groupdict(), {}, {}, done.call.body, is_json=True, origin="http://127.0.0.1")
            answer = dialect.read(call, Strictness.STRICT)
            return answer.body if isinstance(answer, Reply) else None
    return f"no such path: {done.call.path}"


def interface_of(provider: str) -> Interface:
    found = built_in(provider).interface
    assert found is not None
    return found


def submit_answer(provider: str, status: int, body: Json) -> SubmitAnswer:
    return read_submit(interface_of(provider).answers, status, body)


def refusal(provider: str, status: int, body: Json) -> tuple[str, str, str]:
    """Kind, words and code of a submit that was certainly not charged."""
    answer = submit_answer(provider, status, body)
    assert isinstance(answer, Rejected), answer
    return answer.failure.kind, answer.failure.message, answer.failure.code or ""


def job_state(provider: str, status: int, body: Json) -> JobState:
    return read_state(interface_of(provider).poll.answers, status, body)


def asked(question: Question, path: str = "") -> WireCall:
    """How one asks about the job."""

    class NoPictures:
        def give(self, *_: object) -> str:
            raise AssertionError

    return build_call(question.call, Builder({"job": JOB, "path": path}, NoPictures()))
