"""No schedule of faults, kills and retries spends more than the cap: the sandbox's till is the judge."""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from http_run_bench import HttpBench
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run_bench import Bench, Choices, Killed, shot, storyboard

from runner.adapters.media import PyavMedia
from runner.api.manifests import built_in
from runner.model.ledger import AttemptState
from runner.model.money import Money
from runner.model.run import RunOptions
from runner.model.storyboard import PriceRow
from runner.sandbox.faults import Fault, FaultScript, Moment, Rule, Word
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import Sandbox, running_sandbox

pytestmark = pytest.mark.slow

# The storyboard's own price of each clip here; one of the two gateways says the same, the other says nothing.
EACH = Decimal("0.42")
SHOTS = 5
CREATES = [
    *(
        Word.SERVER_ERROR_AFTER,
        Word.TIMEOUT_AFTER,
        Word.CUT_AFTER_CHARGING,
        Word.CUT_AFTER_READING,
        Word.CUT_MID_ANSWER,
    ),
    *(Word.TOO_FAST, Word.FAIL, Word.MODERATION, Word.GARBAGE, Word.EMPTY, Word.SERVER_ERROR_BEFORE),
]


@dataclass(frozen=True)
class Step:
    """A run to the end, one that is killed at an entry of the journal, or one that makes again what failed."""

    killed_at: int | None = None
    is_retry: bool = False


STEPS = st.lists(
    st.one_of(st.just(Step()), st.builds(Step, killed_at=st.integers(1, 12)), st.just(Step(is_retry=True))),
    min_size=1,
    max_size=4,
)
RULES = st.dictionaries(st.integers(1, 10), st.sampled_from(CREATES), max_size=6)


@pytest.mark.parametrize("gateway", ["kling", "mulerouter"])
def test_no_schedule_of_faults_and_retries_spends_more_than_the_budget(gateway: str) -> None:
    reached: list[int] = []

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(rules=RULES, steps=STEPS, affordable=st.integers(0, SHOTS + 1))
    def hold(rules: dict[int, Word], steps: list[Step], affordable: int) -> None:
        cap = affordable * EACH + Decimal("0.10")
        faults = FaultScript(tuple(Rule(Moment.CREATE, Fault(word), nth=frozenset({at})) for at, word in rules.items()))
        with (
            TemporaryDirectory() as scratch,
            running_sandbox(SandboxOptions(clips="small", faults=faults)) as sandbox,
        ):
            bench = priced_bench(Path(scratch), gateway, sandbox, budget=cap)
            for step in steps:
                take(bench, step)
            paid = len(sandbox.till()["charges"])
        assert paid * EACH <= cap
        reached.append(affordable - paid)

    hold()
    # A budget that stops nothing, or lets nothing through, would hold as well.
    assert 0 in reached
    assert any(left != 0 for left in reached)


@pytest.mark.parametrize("gateway", ["kling", "mulerouter"])
def test_no_schedule_of_faults_spends_more_in_a_run_than_it_may(gateway: str) -> None:
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(rules=RULES, affordable=st.integers(0, SHOTS))
    def hold(rules: dict[int, Word], affordable: int) -> None:
        cap = affordable * EACH + Decimal("0.10")
        faults = FaultScript(tuple(Rule(Moment.CREATE, Fault(word), nth=frozenset({at})) for at, word in rules.items()))
        with (
            TemporaryDirectory() as scratch,
            running_sandbox(SandboxOptions(clips="small", faults=faults)) as sandbox,
        ):
            bench = priced_bench(Path(scratch), gateway, sandbox)
            for runs in (1, 2):
                bench.run(RunOptions(max_cost=Money(cap, "USD")))
                assert len(sandbox.till()["charges"]) * EACH <= cap * runs

    hold()


def priced_bench(folder: Path, gateway: str, sandbox: Sandbox, budget: Decimal | None = None) -> Bench:
    film = storyboard(
        *(shot(f"s{number}") for number in range(SHOTS)), budget=None if budget is None else Money(budget, "USD")
    )
    film = replace(film, prices={gateway: {"kling-v3": (PriceRow(EACH, "USD", "clip"),)}})
    media = PyavMedia()
    return HttpBench(folder, film, built_in(gateway), media=media, url=sandbox.url)  # type: ignore[arg-type]  # likewise


def take(bench: Bench, step: Step) -> None:
    attempts = bench.ledger.attempts.values()
    failed = frozenset(attempt.intent.shot for attempt in attempts if attempt.state is AttemptState.FAILED)
    if step.is_retry and failed:
        bench.run(choices=Choices(only=failed, remake=failed))
    elif step.killed_at is None:
        bench.run()
    else:
        try:
            bench.run(kill=(len(bench.entries) + step.killed_at, True))
        except Killed:
            return
