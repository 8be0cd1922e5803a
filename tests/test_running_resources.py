"""Voices and elements within a run: each paid for once, whatever is killed, lost or failed, and told beforehand."""

import asyncio
from collections.abc import Sequence
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
    chained,
    make_element,
    make_shot,
    make_storyboard,
    make_voice,
    mention,
    reason_codes,
    say,
    set_value,
)
from run_bench import NOTHING_KNOWN, PROVEN, Bench, Choices, Killed, outcomes
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING, ScriptedGateway
from scripted_studio import Studio
from studio_manifest import studio

from runner.adapters.production_files import FolderFiles
from runner.core.canonical import digest_bytes
from runner.core.errors import ExitCode
from runner.model.gateway import (
    Failed,
    Failure,
    FailureClass,
    LookupFailed,
    Rejected,
    Running,
    Succeeded,
)
from runner.model.ledger import AttemptState
from runner.model.manifest import Guard
from runner.model.money import Money
from runner.model.plan import Action
from runner.model.resource import MadeResource
from runner.model.run import Outcome, RunOptions
from runner.model.storyboard import Picture, Shot, Sound, Storyboard

VOICES = {"gruff": replace(make_voice("gruff"), sample=Sound(None, "https://example.com/gruff.wav", None, PLACE))}
TALK = make_shot("talk", "Sea.", model="loud-2", dialogue=(say("Stay."),))
SHOUT = make_shot("shout", "Storm.", model="loud-2", dialogue=(say("Go!"),))
SILENT = make_shot("silent", "Fog.", model="loud-2")
BROKE = Failure(FailureClass.GATEWAY, "out of order")
VOICE = "voice:gruff"


def film(*shots: Shot, **more: Any) -> Storyboard:
    return make_storyboard(*shots, **{"id": "bench", "voices": VOICES, **more})


def bench_of(
    folder: Path, *shots: Shot, guard: Guard = PROVEN, gateway: Studio | None = None, **more: Any
) -> tuple[Bench, Studio]:
    studio_double = gateway or Studio()
    manifest = replace(studio(), guard=guard)
    return Bench(folder, film(*shots, **more), manifest, studio_double), studio_double


def makings(gateway: ScriptedGateway) -> int:
    return gateway.submitted.count(VOICE)


def voices(bench: Bench) -> Sequence[MadeResource]:
    return bench.lock.resources


def edit(bench: Bench, shot: Shot, **fields: Any) -> None:
    shots = tuple(replace(one, **fields) if one.id == shot.id else one for one in bench.film.shots)
    bench.film = replace(bench.film, shots=shots)


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


# --- under way, failed, refused


def test_one_that_takes_long_is_waited_for_and_gone_on_with_later(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SILENT)
    gateway.makings = [Running()]
    assert outcomes(bench.run(RunOptions(wait_seconds=10))) == {"talk": Outcome.WAITING, "silent": Outcome.MADE}
    making = next(job for job in gateway.jobs.values() if job.request.label == VOICE)
    making.ending = Succeeded({"id": "v-late"})
    assert bench.plan()[0].resources[0].action is Action.RESUME
    assert outcomes(bench.run())["talk"] is Outcome.MADE
    assert makings(gateway) == 1
    assert gateway.clips[-1].made == {("voice", "gruff"): "v-late"}


def test_one_that_failed_stops_only_the_shots_that_need_it(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SHOUT, SILENT)
    gateway.makings = [Failed(BROKE, charged=True)]
    result = bench.run()
    assert outcomes(result) == {"talk": Outcome.FAILED, "shout": Outcome.FAILED, "silent": Outcome.MADE}
    assert result.shots[0].message == "its voice `gruff`: The Studio says: out of order"
    assert gateway.submitted.count("talk") == 0
    assert makings(gateway) == 1


def test_one_that_failed_is_made_again_when_that_is_asked_for_and_under_a_fresh_name(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.makings = [Failed(BROKE, charged=True)]
    bench.run()
    assert outcomes(bench.run()) == {"talk": Outcome.BLOCKED}
    assert makings(gateway) == 1
    assert outcomes(bench.run(choices=Choices(remake=frozenset({"talk"})))) == {"talk": Outcome.MADE}
    assert makings(gateway) == 2
    assert bench.names[0] != bench.names[1]


def test_one_that_was_refused_says_why_at_its_shot(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SILENT)
    gateway.submit_gate = None
    gateway.on_submit = lambda request, name: gateway.submits.append(
        Rejected(Failure(FailureClass.CONTENT, "that is somebody's voice")) if request.label == VOICE else "accept"
    )
    result = bench.run()
    assert outcomes(result) == {"talk": Outcome.REFUSED, "silent": Outcome.MADE}
    assert "somebody's voice" in result.shots[0].message
    assert reason_codes(bench.plan()[0].shot("talk")) == ["resource-failed"]


def test_one_that_is_done_without_an_id_is_a_question(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    gateway.makings = [Succeeded({})]
    assert outcomes(bench.run()) == {"talk": Outcome.OPEN}
    assert bench.states == [AttemptState.SUCCEEDED]


# --- removed at the gateway


def test_one_that_was_removed_is_told_and_never_silently_paid_for_again(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK, SHOUT)
    bench.run()
    gateway.removed = {"v-1"}
    edit(bench, TALK, prompt=("Calm.",))
    result = bench.run()
    assert outcomes(result) == {"talk": Outcome.BLOCKED, "shout": Outcome.KEPT}
    assert result.shots[0].message == "its voice `gruff` (`v-1`) is not at The Studio any more"
    assert makings(gateway) == 1
    assert (voices(bench), bench.ledger.attempts[next(iter(bench.ledger.attempts))].state) == ((), AttemptState.LOST)
    plan, _ = bench.plan()
    assert [one.action for one in plan.resources] == [Action.MAKE]
    assert plan.total.high == Decimal("0.57")


def test_made_again_after_that_it_has_a_name_and_an_id_of_its_own(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    bench.run()
    gateway.removed = {"v-1"}
    edit(bench, TALK, prompt=("Calm.",))
    bench.run()
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert makings(gateway) == 2
    (voice,) = voices(bench)
    assert voice.id != "v-1"
    assert gateway.clips[-1].made == {("voice", "gruff"): voice.id}
    assert len(set(gateway.till)) == len(gateway.till) == 4


def test_removed_while_only_the_lock_knew_it_it_leaves_the_lock(tmp_path: Path) -> None:
    first, gateway = bench_of(tmp_path / "one", TALK)
    first.run()
    other, _ = bench_of(tmp_path / "two", replace(TALK, prompt=("Calm.",)), gateway=gateway)
    other.lock = first.lock
    gateway.removed = {"v-1"}
    assert outcomes(other.run()) == {"talk": Outcome.BLOCKED}
    assert voices(other) == ()
    assert [one.action for one in other.plan()[0].resources] == [Action.MAKE]


def test_takes_that_were_accepted_are_left_alone_whatever_became_of_their_voice(tmp_path: Path) -> None:
    talk = replace(TALK, first_frame=chained("silent"))
    bench, gateway = bench_of(tmp_path, SILENT, talk)
    bench.run()
    edit(bench, SILENT, prompt=("Mist.",))
    bench.run(choices=Choices(no_cascade=True))
    source = bench.lock.block("silent", None).current
    assert source is not None
    block = replace(bench.lock.block("talk", None), accepted={"first_frame": source.identity})
    bench.lock = bench.lock.with_block("talk", None, block)
    gateway.removed = {"v-1"}
    plan, _ = bench.plan()
    assert (plan.shot("talk").action, plan.resources) == (Action.KEEP, ())
    assert outcomes(bench.run()) == {"silent": Outcome.KEPT, "talk": Outcome.KEPT}
    assert makings(gateway) == 1


def test_where_the_gateway_does_not_say_whether_it_is_there_it_is_taken_to_be(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    bench.run()
    gateway.is_mute = True
    edit(bench, TALK, prompt=("Calm.",))
    assert outcomes(bench.run()) == {"talk": Outcome.MADE}
    assert makings(gateway) == 1


# --- other machines, other accounts, doubles


def test_the_lock_carries_it_to_a_machine_with_an_empty_journal(tmp_path: Path) -> None:
    first, gateway = bench_of(tmp_path / "one", TALK)
    first.run()
    other, _ = bench_of(tmp_path / "two", replace(TALK, prompt=("Calm.",)), gateway=gateway)
    other.lock = first.lock
    assert other.plan()[0].resources == ()
    assert outcomes(other.run()) == {"talk": Outcome.MADE}
    assert makings(gateway) == 1


def test_another_account_makes_its_own_and_the_lock_keeps_both(tmp_path: Path) -> None:
    first, gateway = bench_of(tmp_path / "one", TALK)
    first.run()
    elsewhere = Studio(account="ef01")
    other, _ = bench_of(tmp_path / "two", replace(TALK, prompt=("Calm.",)), gateway=elsewhere)
    other.lock = first.lock
    assert outcomes(other.run()) == {"talk": Outcome.MADE}
    assert (makings(gateway), makings(elsewhere)) == (1, 1)
    assert [voice.account for voice in voices(other)] == ["abcd", "ef01"]


def test_what_a_double_made_is_marked_and_stands_beside_the_real_one(tmp_path: Path) -> None:
    bench, _ = bench_of(tmp_path / "one", TALK)
    bench.run()
    double = Studio(sandbox=True, endpoint="http://127.0.0.1:9100")
    rehearsal, _ = bench_of(tmp_path / "two", replace(TALK, prompt=("Calm.",)), gateway=double)
    rehearsal.lock = bench.lock
    rehearsal.run()
    assert makings(double) == 1
    assert [voice.sandbox for voice in voices(rehearsal)] == [False, True]


def test_one_that_is_open_at_another_address_is_not_asked_about_at_this_one(tmp_path: Path) -> None:
    bench, gateway = bench_of(tmp_path, TALK)
    with pytest.raises(Killed):
        bench.run(kill=(2, True))
    gateway.endpoint = "https://moved.example"
    result = bench.run()
    assert outcomes(result) == {"talk": Outcome.OPEN}
    assert "https://scripted.example" in result.shots[0].message
    assert makings(gateway) == 1
