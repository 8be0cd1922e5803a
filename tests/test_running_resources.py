"""Voices and elements within a run: each paid for once, whatever is killed or lost, and told beforehand."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import run_bench
from PIL import Image
from planning_builders import (
    PLACE,
    budget,
    make_element,
    make_shot,
    mention,
    say,
    set_value,
)
from run_bench import NOTHING_KNOWN, Killed, outcomes
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING
from voiced_film import SHOUT, SILENT, TALK, VOICE, VOICES, bench_of, edit, film, makings, voices

from runner.adapters.production_files import FolderFiles
from runner.core.canonical import digest_bytes
from runner.core.errors import ExitCode
from runner.model.gateway import (
    LookupFailed,
    Running,
    Succeeded,
)
from runner.model.ledger import AttemptState
from runner.model.money import Money
from runner.model.plan import Action
from runner.model.run import Outcome, RunOptions
from runner.model.storyboard import Picture, Sound

# --- made once


def test_one_voice_for_two_shots_is_made_once_and_before_them(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SHOUT, SILENT)
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert makings(gateway) == 1
    assert gateway.submitted.index(VOICE) < min(gateway.submitted.index("talk"), gateway.submitted.index("shout"))
    ids = {request.label: dict(request.made) for request in gateway.clips}
    voice = next(job.ending.result["id"] for job in gateway.jobs.values() if job.request.label == VOICE)  # type: ignore[union-attr]
    assert ids == {"talk": {("voice", "gruff"): voice}, "shout": {("voice", "gruff"): voice}, "silent": {}}


def test_the_lock_knows_it_and_the_next_run_uses_it_and_asks_once_whether_it_is_there(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SHOUT)
    bench.run()
    (voice,) = voices(bench)
    assert (voice.kind, voice.gateway, voice.account, voice.sandbox) == ("voice", "studio", "abcd", False)
    assert gateway.checks == []
    for shot in (TALK, SHOUT):
        edit(bench, shot, prompt=("Calm.",))
    plan, _ = bench.plan()
    assert plan.resources == ()
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert (makings(gateway), gateway.checks) == (1, [voice.id])
    assert gateway.clips[-1].made == {("voice", "gruff"): voice.id}


def test_rolls_share_it_as_shots_do(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, replace(TALK, rolls=set_value(3)))
    bench.run()
    assert (makings(gateway), len(gateway.clips)) == (1, 3)


def test_voices_with_one_sample_are_one_voice_at_the_gateway(tmp_path: Path) -> None:
    twin = {**VOICES, "hoarse": replace(VOICES["gruff"], name="hoarse")}
    bench, gateway = bench_of(tmp_path, TALK, replace(SHOUT, dialogue=(say("Go!", "hoarse"),)), voices=twin)
    assert len(bench.plan()[0].resources) == 1
    assert set(outcomes(bench.run()).values()) == {Outcome.MADE}
    assert sum(":" in label for label in gateway.submitted) == 1
    assert bench.plan()[0].resources == ()


def test_an_element_is_made_from_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures: list[Picture] = []
    for name in ("front", "left"):
        path = tmp_path / f"{name}.png"
        Image.new("RGB", (400, 300), "teal" if name == "front" else "navy").save(path)
        pictures.append(Picture(path.name, None, digest_bytes(path.read_bytes()), 400, 300, PLACE))
    monkeypatch.setattr(run_bench, "NoFiles", lambda: FolderFiles(tmp_path))
    keeper = replace(make_element("keeper"), frontal=pictures[0], references=(pictures[1],))
    seen = make_shot("seen", (mention("keeper"),), model="loud-2", first=pictures[0])
    bench, gateway = bench_of(tmp_path / "data", seen, elements={"keeper": keeper})
    assert outcomes(bench.run()) == {"seen": Outcome.MADE}
    made = gateway.sent[0]
    assert made.label == "element:keeper"
    assert {path.name for path in made.files.values()} == {"front.png", "left.png"}
    assert gateway.clips[0].made == {("element", "keeper"): "v-1"}


def test_a_file_it_is_made_from_that_went_missing_stops_its_shot_and_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_bench, "NoFiles", lambda: FolderFiles(tmp_path))
    gone = Sound("gone.wav", "https://example.com/gone.wav", digest_bytes(b"gone"), PLACE)
    bench, gateway = bench_of(tmp_path, TALK, SILENT, voices={"gruff": replace(VOICES["gruff"], sample=gone)})
    (tmp_path / "gone.wav").unlink(missing_ok=True)
    monkeypatch.setattr(FolderFiles, "location", _missing)
    assert outcomes(bench.run()) == {"talk": Outcome.BLOCKED, "silent": Outcome.MADE}
    assert gateway.submitted == ["silent"]


def _missing(files: FolderFiles, path: str) -> Path:
    from runner.model.outside import FileTrouble

    raise FileTrouble("file-missing", f"`{path}` is not there")


# --- money


def test_it_is_paid_for_and_counted_like_a_clip(tmp_path: Path) -> None:
    bench, _ = bench_of(tmp_path, TALK, SHOUT)
    assert bench.plan()[0].total.high == Decimal("1.07")
    assert bench.run().spent == (Money(Decimal("1.07"), "USD"),)


@pytest.mark.parametrize(("limit", "outcome"), [("0.57", Outcome.MADE), ("0.56", Outcome.BLOCKED)])
def test_the_budget_counts_it(tmp_path: Path, limit: str, outcome: Outcome) -> None:
    bench, gateway = bench_of(tmp_path, TALK, budget=budget(limit))
    assert outcomes(bench.run()) == {"talk": outcome}
    assert len(gateway.clips) == (outcome is Outcome.MADE)


def test_the_budget_counts_one_that_only_the_lock_knows(tmp_path: Path) -> None:
    first, gateway = bench_of(tmp_path / "one", TALK)
    gateway.charge = Money(Decimal("0.20"), "USD")
    first.run()
    # 0.20 for the voice and 0.20 for the first clip: 0.50 more is too much by a cent.
    other, _ = bench_of(tmp_path / "two", TALK, SHOUT, budget=budget("0.89"), gateway=gateway)
    other.lock = first.lock
    other.run()
    assert "shout" not in gateway.submitted


def test_what_this_run_may_cost_counts_it_and_spending_nothing_makes_none(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    options = RunOptions(max_cost=Money(Decimal("0.05"), "USD"))
    assert outcomes(bench.run(options)) == {"talk": Outcome.BLOCKED}
    assert outcomes(bench.run(RunOptions(no_spend=True))) == {"talk": Outcome.BLOCKED}
    assert gateway.submitted == []


# --- killed


@pytest.mark.parametrize("entry", [(1, True), (2, False), (2, True), (3, False), (3, True), (4, False), (4, True)])
def test_killed_at_any_event_of_its_making_it_is_paid_for_once(tmp_path: Path, entry: tuple[int, bool]) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    with pytest.raises(Killed):
        bench.run(kill=entry)
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert len(gateway.till) == 2
    assert len(voices(bench)) == 1


def test_a_voice_made_before_a_kill_reaches_the_lock_though_nothing_is_to_be_made_any_more(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, SILENT)
    bench.run()
    bench.film = film(SILENT, TALK)
    with pytest.raises(Killed):
        bench.run(kill=(8, True))
    assert bench.events[-1] == "WasRegistered"
    assert voices(bench) == ()
    bench.film = film(SILENT)
    assert outcomes(bench.run()) == {"silent": Outcome.KEPT}
    assert len(voices(bench)) == 1
    assert makings(gateway) == 1


def test_an_open_making_nobody_needs_any_more_is_followed_and_kept(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    with pytest.raises(Killed):
        bench.run(kill=(2, True))
    edit(bench, TALK, dialogue=())
    bench.run()
    assert bench.states == [AttemptState.REGISTERED, AttemptState.STORED]
    assert [voice.id for voice in voices(bench)] == ["v-1"]
    assert makings(gateway) == 1


def test_an_open_making_is_followed_though_the_shot_that_names_it_has_its_job_already(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.endings = [Running()]
    bench.run(RunOptions(wait_seconds=5))
    gateway.removed = {"v-1"}
    bench.film = film(TALK, SHOUT)
    bench.run(RunOptions(wait_seconds=5))
    gateway.makings = [Running()]
    bench.run(RunOptions(wait_seconds=5))
    assert bench.states == [AttemptState.LOST, AttemptState.ACCEPTED, AttemptState.ACCEPTED]
    bench.film = film(TALK)
    for job in gateway.jobs.values():
        is_voice = job.request.label == VOICE
        job.ending = Succeeded({"id": "v-again"} if is_voice else {"clip": job.id})
    assert outcomes(bench.run()) == {"talk": Outcome.RESUMED}
    assert [voice.id for voice in voices(bench)] == ["v-again"]


def test_an_answer_that_never_came_is_looked_up_within_the_same_run(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.submits = [CUT_AFTER_CHARGING]
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert len(gateway.till) == 2


def test_where_nobody_can_look_it_up_it_is_a_question_and_only_its_shots_wait(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SHOUT, guard=NOTHING_KNOWN)
    gateway.finds_jobs = gateway.refuses_second = False
    with pytest.raises(Killed):
        bench.run(kill=(2, False))
    bench.film = film(TALK, SHOUT, SILENT)
    plan, _ = bench.plan()
    assert [(one.name, one.action) for one in plan.resources] == [("gruff", Action.ASK)]
    result = bench.run()
    assert outcomes(result) == {"talk": Outcome.BLOCKED, "shout": Outcome.BLOCKED, "silent": Outcome.MADE}
    assert result.exit_code is ExitCode.QUESTION_OPEN
    assert makings(gateway) == 1


def test_a_shot_in_doubt_is_sent_once_more_with_the_voice_it_had(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.submits = ["accept", CUT_BEFORE_CHARGING]
    gateway.finds = [LookupFailed("503")] * 4
    with pytest.raises(Killed):
        bench.run(kill=(6, True))
    assert bench.events[-2:] == ["Intended", "BecameUncertain"]
    gateway.finds = []
    assert bench.plan()[0].shot("talk").action is Action.ATTACH
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert gateway.clips[0].made == {("voice", "gruff"): "v-1"}
    assert len(gateway.till) == 2


def test_cut_in_the_middle_of_its_making_it_is_in_doubt_on_disk(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)

    def cut(outside: Any, task: "asyncio.Task[Any]") -> None:
        gateway.submit_gate = asyncio.Event()
        gateway.on_submit = lambda request, name: _cut_soon(outside, task)

    bench.run(during=cut)
    assert bench.states == [AttemptState.UNCERTAIN]
    gateway.submit_gate, gateway.on_submit = None, lambda request, name: None
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert len(gateway.till) == 2


def _cut_soon(outside: Any, task: "asyncio.Task[Any]") -> None:
    outside.stop.set()
    asyncio.get_running_loop().call_later(0.01, task.cancel)
