"""Edits of the example film: what a plan then names, and why. No clip is made: the film is taken as made before."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from runner import api
from runner.model.ledger import Ledger
from runner.model.plan import Action, Plan, PlanInputs
from runner.planning.against import assume_made, digests_in
from runner.planning.plan import make_plan

KEEPER = Path(__file__).parent.parent / "specs" / "storyboards" / "keeper"


@pytest.fixture
def production(tmp_path: Path) -> Path:
    folder = tmp_path / "keeper"
    shutil.copytree(KEEPER, folder, ignore=shutil.ignore_patterns("out", "*.lock"))
    return folder


def opened(folder: Path) -> api.Production:
    production = api.check(api.Target(folder)).production
    assert production is not None
    return production


def plan_after(edit: dict[str, tuple[str, str]], folder: Path, *, no_cascade: bool = False) -> Plan:
    """`edit`: by file, a text and what comes in its place."""
    before = opened(folder)
    lock = assume_made(before.storyboard, before.manifest)
    for path, (old, new) in edit.items():
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_bytes(text.replace(old, new).encode())
    after = opened(folder)
    inputs = PlanInputs(after.storyboard, after.manifest, lock, Ledger(), digests_in(lock), no_cascade=no_cascade)
    return make_plan(inputs)


def reasons(plan: Plan) -> dict[str, list[str]]:
    """Of every shot that is not kept, its reasons by name."""
    return {shot.id: [reason.text for reason in shot.reasons] for shot in plan.shots if shot.action is not Action.KEEP}


def test_an_edited_prompt_names_that_shot_and_those_chained_on_it(production: Path) -> None:
    plan = plan_after({"scenes/storm.yaml": ("rolling far from shore", "rolling close to the rocks")}, production)
    assert reasons(plan) == {
        "squall": ["prompt changed"],
        "turn": ["first frame changed because `squall` will be made again"],
        "homeward": ["first frame changed because `turn` will be made again"],
    }
    assert [shot.id for shot in plan.shots if shot.is_cascade] == ["turn", "homeward"]


def test_the_shots_before_a_bridge_stay_when_the_one_after_it_changes(production: Path) -> None:
    plan = plan_after({"scenes/morning.yaml": ("her deck still wet", "her deck shining")}, production)
    assert reasons(plan) == {
        "quay": ["prompt changed"],
        "homeward": ["last frame changed because `quay` will be made again"],
        "ask-me-tonight": ["first frame changed because `quay` will be made again"],
    }


def test_without_cascade_the_followers_are_stale(production: Path) -> None:
    edit = {"scenes/storm.yaml": ("rolling far from shore", "rolling close to the rocks")}
    plan = plan_after(edit, production, no_cascade=True)
    assert {shot.id: shot.action for shot in plan.shots if shot.action is not Action.KEEP} == {
        "squall": Action.MAKE,
        "turn": Action.STALE,
    }


def test_a_changed_variable_makes_exactly_the_shots_that_say_it(production: Path) -> None:
    plan = plan_after({"storyboard.yaml": ("muted teal and amber", "black and white")}, production)
    uses_look = {
        shot.id for shot in opened(production).storyboard.shots if "black and white" in str((shot.prompt, shot.beats))
    }
    changed = {
        shot.id
        for shot in plan.shots
        if any(reason.code in {"prompt-changed", "beats-changed"} for reason in shot.reasons)
    }
    assert changed == uses_look
    assert changed


def test_reformatting_plans_nothing(production: Path) -> None:
    before = opened(production)
    lock = assume_made(before.storyboard, before.manifest)
    for path in ("storyboard.yaml", "scenes/storm.yaml", "scenes/morning.yaml"):
        text = (production / path).read_text(encoding="utf-8")
        text = text.replace("defaults: {mode: std, duration: 4, ", "defaults: {duration: 4, mode: 'std', ")
        text = text.replace("pan: -5", "pan: -5.0").replace(
            '"One more night, old girl."', "'One more night, old girl.'"
        )
        reformatted = "# another comment\n\n" + text.replace("\n", "  # so\n", 1)
        (production / path).write_bytes(reformatted.replace("\n", "\r\n").encode())
    after = opened(production)
    plan = make_plan(PlanInputs(after.storyboard, after.manifest, lock, Ledger(), digests_in(lock)))
    assert reasons(plan) == {}
    assert replace(after.lock, production="") == replace(before.lock, production="")
