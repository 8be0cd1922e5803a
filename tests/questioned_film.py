"""A film at a gateway that finds no job by our name, so that every doubt about it is a question to a person."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paid_production import PaidProduction, Ran

from runner.model.ledger import AttemptState
from runner.sandbox.fault_script import read_fault_script
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

HEAD = """\
storyboard: 1
id: faulted
title: Faulted
provider: mulerouter
model: kling-v2.6
defaults: {mode: pro, duration: 5, aspect_ratio: "1:1", sound: off}
profiles: {alt: {duration: 10}}
budget: 50 USD
prices: {mulerouter: {kling-v2.6: [{price: 1 USD/clip}]}}
shots:
"""
HARBOUR = "{id: harbour, prompt: A harbour.}"
TWO_ROLLS = "{id: harbour, prompt: A harbour., rolls: 2}"

VOICED = """\
storyboard: 1
id: faulted
title: Voiced
provider: fal
model: kling-v2.6
defaults: {mode: pro, duration: 5, sound: on}
voices: {gruff: {description: low, sample: {url: "https://example.com/gruff.mp3"}}}
shots:
  - {id: man, first_frame: frame.png, prompt: A man., dialogue: [{voice: gruff, text: One more night.}]}
"""

ACCEPTED, SUCCEEDED, UNCERTAIN = AttemptState.ACCEPTED, AttemptState.SUCCEEDED, AttemptState.UNCERTAIN
ABANDONED, STORED = AttemptState.ABANDONED, AttemptState.STORED


class Film(PaidProduction):
    """At a gateway that finds no job by our name, so that every doubt is a person's."""

    def shots(self, *shots: str) -> None:
        self.write(HEAD + "".join(f"  - {shot}\n" for shot in shots))

    @property
    def text(self) -> str:
        return (self.folder / "storyboard.yaml").read_text("utf-8")

    def resolve(self, *words: str) -> Ran:
        return self.do("resolve", *words)

    def jobs(self) -> list[str]:
        return [charge["job"] for charge in self.sandbox.till()["charges"]]

    def attempt_of(self, job: str) -> str:
        return next(one.id for one in self.ledger.attempts.values() if one.job == job)

    def by_roll(self) -> list[AttemptState]:
        attempts = sorted(self.ledger.attempts.values(), key=lambda one: (one.intent.roll, one.number))
        return [one.state for one in attempts]


@contextmanager
def film_of(folder: Path, *shots: str, cut: str = "times: 9", seconds: float | None = None) -> Iterator[Film]:
    script = read_fault_script(f"- {{on: create, do: cut-after-charging, {cut}}}", "faults.yaml")
    options = SandboxOptions(faults=script, clips="small")
    if seconds is not None:
        options = SandboxOptions(faults=script, clips="small", latency=seconds)
    with running_sandbox(options) as sandbox:
        film = Film(folder / "film", folder / "home", "mulerouter", sandbox)
        film.shots(*shots)
        yield film


def named_in(told: str, before: str) -> list[str]:
    """The command that is told behind these words, to be copied."""
    return told.partition(before)[2].partition("`")[2].partition("`")[0].split()[1:]
