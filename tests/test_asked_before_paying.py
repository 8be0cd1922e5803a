"""Nobody pays for a roll unasked because another roll of its shot runs already, is a question, or cannot be made."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_films import make_production

from runner.cli import run_command
from runner.sandbox.faults import Fault, FaultScript, Moment, Rule, Word
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

STORYBOARD = """\
storyboard: 1
id: rolled
title: Rolled
model: kling-v3
defaults: {duration: 3}
prices: {mulerouter: {kling-v3: [{price: 0.10 USD/s}]}}
shots:
  - {id: one, first_frame: frames/dusk.png, prompt: A lamp., rolls: 1}
"""


@pytest.fixture(
    params=[("ask", Fault(Word.SERVER_ERROR_AFTER)), ("resume", Fault(Word.STUCK)), ("blocked", Fault(Word.FAIL))],
    ids=lambda case: case[0],
)
def hindered(request: pytest.FixtureRequest) -> Iterator[tuple[str, Sandbox]]:
    """What the plan calls the shot after its first roll has met that fault."""
    action, fault = request.param
    faults = FaultScript((Rule(Moment.CREATE, fault, times=1),))
    with running_sandbox(SandboxOptions(clips="small", faults=faults)) as sandbox:
        yield action, sandbox


def command(name: str, production: Path, sandbox: Sandbox, *options: str) -> int:
    where = ("--provider", "mulerouter", "--endpoint", f"mulerouter={sandbox.url}")
    return run_command([name, str(production), *where, *options])


def test_two_more_rolls_of_it_are_shown_with_their_price_and_sent_by_nobodys_leave_but_the_authors(
    tmp_path: Path, hindered: tuple[str, Sandbox], capsys: pytest.CaptureFixture[str]
) -> None:
    action, sandbox = hindered
    production = make_production(tmp_path / "film", STORYBOARD)
    assert command("run", production, sandbox, "--yes", "--wait", "1") in {1, 4}
    (production / "storyboard.yaml").write_text(STORYBOARD.replace("rolls: 1", "rolls: 3"), encoding="utf-8")
    sent = sandbox.till()["submits"]
    capsys.readouterr()
    command("plan", production, sandbox)
    told = capsys.readouterr().out
    assert f"  {action:<7}  one" in told
    assert "(2 rolls, 0.60 USD)" in told
    assert told.splitlines()[-2].endswith(": 0.60 USD")
    # Without a terminal nobody agrees.
    assert command("run", production, sandbox, "--wait", "1") == 3
    assert sandbox.till()["submits"] == sent
    command("run", production, sandbox, "--yes", "--wait", "1")
    assert sandbox.till()["submits"] == sent + 2
