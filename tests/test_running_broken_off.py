"""A run that breaks off by a fault of ours: answers that are under way are awaited and written down before it ends."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from planning_builders import PLACE, say
from run_bench import BUSY, NOTHING_KNOWN, Bench, Killed, bench_of, manifest, shot, storyboard
from scripted_gateway import CUT_AFTER_CHARGING, ScriptedGateway
from scripted_studio import Studio
from voiced_film import SILENT, TALK, VOICE, VOICES
from voiced_film import bench_of as studio_bench

from runner.model.gateway import NotSent, Rejected, SubmitAnswer
from runner.model.ledger import AttemptState
from runner.model.request import Request
from runner.model.run import RunResult
from runner.model.storyboard import Sound


class Broken(Exception):
    pass


@dataclass(slots=True)
class BreakingGateway(ScriptedGateway):
    """The first submit breaks; the others are answered a while later."""

    async def submit(self, request: Request, name: str) -> SubmitAnswer:
        is_first = not self.calls
        self.calls.append(f"submit {request.label}")
        await asyncio.sleep(0.01 if is_first else 0.1)
        if is_first:
            raise Broken
        return await ScriptedGateway.submit(self, request, name)


@dataclass(slots=True)
class BreakingStudio(Studio):
    """Takes its time over a voice; what is called so breaks before that is answered."""

    breaks: str = ""

    async def submit(self, request: Request, name: str) -> SubmitAnswer:
        if request.label == self.breaks:
            raise Broken
        await asyncio.sleep(0.3)
        return await Studio.submit(self, request, name)


def test_the_other_rolls_of_the_shot_that_breaks_it_off_are_written_down(tmp_path: Path) -> None:
    bench = Bench(tmp_path, storyboard(shot("harbour", rolls=3)), manifest(NOTHING_KNOWN), BreakingGateway())
    with pytest.raises(Broken):
        bench.run()
    assert sorted(bench.states) == [AttemptState.ACCEPTED, AttemptState.ACCEPTED, AttemptState.UNCERTAIN]


def test_a_voice_that_is_being_made_is_written_down(tmp_path: Path) -> None:
    gateway = BreakingStudio(breaks="silent")
    bench, _ = studio_bench(tmp_path, TALK, SILENT, guard=NOTHING_KNOWN, gateway=gateway)
    with pytest.raises(Broken):
        bench.run()
    states = {attempt.intent.shot: attempt.state for attempt in bench.ledger.attempts.values()}
    assert states == {VOICE: AttemptState.ACCEPTED, "silent": AttemptState.UNCERTAIN}


def test_so_is_the_other_voice_of_its_shot(tmp_path: Path) -> None:
    hoarse = replace(VOICES["gruff"], name="hoarse", sample=Sound(None, "https://example.com/hoarse.wav", None, PLACE))
    both = replace(TALK, dialogue=(say("Stay."), say("Go!", "hoarse")))
    gateway, voices = BreakingStudio(breaks=VOICE), {**VOICES, "hoarse": hoarse}
    bench, _ = studio_bench(tmp_path, both, guard=NOTHING_KNOWN, gateway=gateway, voices=voices)
    with pytest.raises(Broken):
        bench.run()
    states = {attempt.intent.shot: attempt.state for attempt in bench.ledger.attempts.values()}
    assert states == {VOICE: AttemptState.UNCERTAIN, "voice:hoarse": AttemptState.ACCEPTED}


def cancel_when_sent(gateway: ScriptedGateway, at: int = 1) -> Callable[[object, "asyncio.Task[RunResult]"], None]:
    """Each answer comes a while after the run was cancelled."""

    def during(_: object, task: "asyncio.Task[RunResult]") -> None:
        loop, gate = asyncio.get_running_loop(), asyncio.Event()

        def on_submit(request: Request, name: str) -> None:
            if len(gateway.submitted) == at:
                loop.call_later(0.1, task.cancel)
                loop.call_later(0.2, gate.set)

        gateway.submit_gate, gateway.on_submit = gate, on_submit

    return during


def test_a_run_that_is_cancelled_awaits_all_answers(tmp_path: Path) -> None:
    film = storyboard(*(shot(name) for name in ("harbour", "climb", "lamp")))
    bench = Bench(tmp_path, film, manifest(NOTHING_KNOWN))
    bench.run(during=cancel_when_sent(bench.gateway))
    assert bench.states == [AttemptState.ACCEPTED] * 3


def test_a_run_that_is_cancelled_awaits_the_answer_about_a_voice(tmp_path: Path) -> None:
    bench, gateway = studio_bench(tmp_path, TALK, guard=NOTHING_KNOWN)
    bench.run(during=cancel_when_sent(gateway))
    assert bench.states == [AttemptState.ACCEPTED]


@pytest.mark.parametrize("answer", [NotSent("no connection"), Rejected(BUSY)])
def test_a_second_sending_that_comes_to_nothing_leaves_the_first_in_doubt_when_it_is_cancelled(
    tmp_path: Path, answer: NotSent | Rejected
) -> None:
    bench = bench_of(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    with pytest.raises(Killed):
        bench.run(kill=(2, True))
    bench.gateway.looks_until_shown, bench.gateway.submits = 1, [answer]
    bench.run(during=cancel_when_sent(bench.gateway, at=2))
    assert bench.states == [AttemptState.UNCERTAIN]
    bench.film = storyboard(shot("harbour", "Edited."))
    bench.run()
    assert bench.states == [AttemptState.STORED] * 2
