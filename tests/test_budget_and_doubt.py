"""What an earlier run left in doubt is held against the budget once: as what it may have cost, or what it may yet."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from gateway_films import draw_pictures
from paid_production import PaidProduction

from runner.adapters.clock import SystemClock
from runner.adapters.journal import SqliteJournal, read_entries
from runner.api.budgets import refuse_over_budget
from runner.api.plans import Planned, plan
from runner.api.targets import Target
from runner.core.errors import Refused
from runner.model.journal import Event, Intended
from runner.model.manifest import Guard, Proof
from runner.model.money import Money
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

pytestmark = pytest.mark.slow

STORYBOARD = """\
storyboard: 1
id: faulted
title: Faulted
provider: kling
model: kling-v2.6
defaults: {mode: pro, duration: 5, sound: on}
budget: 10 USD
prices: {kling: {kling-v2.6: [{price: 1 USD/clip}]}}
voices: {gruff: {description: low, sample: {url: "https://example.com/gruff.mp3"}}}
shots:
  - {id: man, first_frame: frames/dusk.png, prompt: A man., dialogue: [{voice: gruff, text: One more night.}]}
"""


def cut_off_at(film: PaidProduction, kind: str) -> None:
    """As if the process had ended while the voice, or else the shot, was being sent."""
    events: Sequence[Event] = [entry.event for entry in read_entries(film.journal)]
    sent = [at for at, event in enumerate(events) if isinstance(event, Intended)]
    shutil.rmtree(film.home)
    shutil.rmtree(film.folder / "out")
    film.lock.unlink()
    with closing(SqliteJournal(film.journal, SystemClock())) as journal:
        for event in events[: sent[kind == "shot"] + 1]:
            journal.append(event)


def planned_at(film: PaidProduction, sandbox: Sandbox) -> Planned:
    environment = {"FRAMECHAIN_HOME": str(film.data)}
    return plan(Target(film.folder, environment=environment, endpoints={"kling": sandbox.url}))


@pytest.mark.parametrize("kind", ["voice", "shot"])
def test_a_run_that_was_cut_off_is_gone_on_with_though_the_budget_is_just_what_it_costs(
    tmp_path: Path, kind: str
) -> None:
    with running_sandbox(SandboxOptions(clips="small")) as sandbox:
        film = PaidProduction(tmp_path / "film", tmp_path / "data", "kling", sandbox)
        draw_pictures(film.folder)
        film.write(STORYBOARD)
        all_of_it = planned_at(film, sandbox).plan.total.high
        film.write(STORYBOARD.replace("10 USD", f"{all_of_it} USD"))
        assert film.run().code == 0
        charges = film.charges()
        cut_off_at(film, kind)
        planned = planned_at(film, sandbox)
        refuse_over_budget(planned, None, allow_unknown_price=False)
        # By an author's word alone the second may be paid for beside the first.
        trusted = replace(planned.inputs, manifest=replace(planned.inputs.manifest, guard=Guard(*[Proof.UNKNOWN] * 3)))
        with pytest.raises(Refused, match="already spent"):
            refuse_over_budget(replace(planned, inputs=trusted), None, allow_unknown_price=False)
        with pytest.raises(Refused, match="--max-cost"):
            refuse_over_budget(planned, Money(planned.plan.total.high / 2, "USD"), allow_unknown_price=False)
        done = film.run()
        assert done.code == 0, done.told
        assert film.charges() == charges
