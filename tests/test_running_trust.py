"""A guard an author vouches for: what is sent a second time under it may have been paid for beside the first."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from run_bench import NOTHING_KNOWN, PROVEN, Bench, bench_of, manifest, only_outcome, outcomes, shot, storyboard
from scripted_gateway import CUT_AFTER_CHARGING, CUT_BEFORE_CHARGING
from studio_manifest import interface_of, studio

from runner.api.manifests import built_in
from runner.model import mapping
from runner.model.gateway import AlreadyExists, LookupFailed, NotSent
from runner.model.ledger import AttemptState
from runner.model.manifest import Guard, Manifest, Proof
from runner.model.mapping import ALWAYS, Cases, Condition, Fields, Reference, Spec, Text, Value
from runner.model.money import Money
from runner.model.run import Outcome
from runner.model.storyboard import Storyboard
from runner.planning.trust import effective_guard, sends_name
from runner.running.spending import spent_by

UNKNOWN = Guard(Proof.UNKNOWN, Proof.UNKNOWN, Proof.UNKNOWN)
USD = "USD"


def trusting(manifest: Manifest) -> Storyboard:
    return storyboard(shot("harbour"), trust_guard=manifest.name)


def blind(folder: Path) -> Bench:
    """A gateway that neither finds jobs nor refuses second ones, trusted all the same."""
    bench = bench_of(folder, NOTHING_KNOWN, trust="scripted")
    bench.gateway.finds_jobs = bench.gateway.refuses_second = False
    return bench


def spent(bench: Bench) -> tuple[Money, ...]:
    return spent_by(bench.lock, bench.ledger, sandbox=False)


def test_a_second_sending_counts_beside_the_first_where_only_an_author_vouches(tmp_path: Path) -> None:
    bench = blind(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING]
    result = bench.run()
    assert outcomes(result) == {"harbour": Outcome.MADE}
    assert len(bench.gateway.till) == 2
    assert result.spent == spent(bench) == (Money(Decimal("1.00"), USD),)
    assert bench.states == [AttemptState.ABANDONED, AttemptState.STORED]
    assert bench.names[0] == bench.names[1]
    assert only_outcome(bench) is Outcome.KEPT
    assert len(bench.gateway.till) == 2


def test_a_second_sending_that_is_refused_as_such_costs_nothing(tmp_path: Path) -> None:
    bench = blind(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING, AlreadyExists()]
    bench.gateway.finds = [LookupFailed("it finds none by name", is_final=True)] * 9
    assert only_outcome(bench) is Outcome.OPEN
    assert bench.states == [AttemptState.UNCERTAIN, AttemptState.UNCHARGED]
    assert spent(bench) == (Money(Decimal("0.50"), USD),)


def test_a_second_sending_that_reaches_nobody_costs_nothing(tmp_path: Path) -> None:
    bench = blind(tmp_path)
    bench.gateway.submits = [CUT_AFTER_CHARGING, *[NotSent("refused")] * 4]
    assert only_outcome(bench) is Outcome.WAITING
    assert {*bench.states} == {AttemptState.UNCERTAIN, AttemptState.NOT_SENT}
    assert spent(bench) == (Money(Decimal("0.50"), USD),)


def test_a_second_sending_is_held_against_the_budget(tmp_path: Path) -> None:
    bench = blind(tmp_path)
    bench.film = storyboard(shot("harbour"), budget=Money(Decimal("0.99"), USD), trust_guard="scripted")
    bench.gateway.submits = [CUT_BEFORE_CHARGING]
    result = bench.run()
    assert outcomes(result) == {"harbour": Outcome.WAITING}
    assert "may cost more than the budget" in result.shots[0].message
    assert bench.gateway.submitted == ["harbour"]


def test_where_the_gateway_is_known_to_refuse_it_a_second_sending_is_the_first_once_more(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, PROVEN, trust="scripted")
    bench.gateway.submits = [CUT_BEFORE_CHARGING]
    assert only_outcome(bench) is Outcome.MADE
    assert bench.states == [AttemptState.STORED]
    assert spent(bench) == (Money(Decimal("0.50"), USD),)


@pytest.mark.parametrize("name", ["aimlapi", "fal", "mulerouter", "mulerun", "piapi", "replicate"])
def test_no_word_of_an_author_helps_where_no_name_goes_out(name: str) -> None:
    manifest = built_in(name)
    assert not sends_name(manifest)
    assert effective_guard(manifest, trusting(manifest)) == manifest.guard


def test_what_nobody_can_be_asked_is_not_vouched_for() -> None:
    manifest = built_in("kkiai")
    assert sends_name(manifest)
    expected = Guard(Proof.DOCUMENTED, Proof.UNKNOWN, Proof.DOCUMENTED)
    assert effective_guard(manifest, trusting(manifest)) == expected
    assert effective_guard(manifest, storyboard(shot("harbour"))) == manifest.guard


@pytest.mark.parametrize("name", ["kling", "kling-next", "animatic"])
def test_a_name_goes_out_where_the_manifest_says_so_or_the_work_is_done_here(name: str) -> None:
    assert sends_name(built_in(name))
    assert sends_name(manifest(UNKNOWN))


NAME = Reference(("job_name",))
SOMETIMES = Condition((mapping.Test(("camera",), is_present=True),))


@pytest.mark.parametrize(
    ("body", "is_sent"),
    [
        (Fields({"options": Fields({"id": NAME})}), True),
        (Fields({"id": Reference(("job_name",), when=SOMETIMES)}), False),
        (Fields({"options": Fields({"id": NAME}, when=SOMETIMES)}), False),
        (Fields({"id": Reference(("prompt",))}), False),
        (Cases((Fields({"id": NAME}, when=SOMETIMES), Fields({"name": NAME}))), True),
        (Cases((Fields({"id": NAME}, when=SOMETIMES), Fields({"name": Value("x")}))), False),
        (Cases((Fields({"id": NAME}, when=SOMETIMES),)), False),
        (Fields({"id": Reference(("job_name",), characters=8)}), False),
        (Fields({"id": Reference(("job_name",), table={"fc-1": 1})}), False),
        (Fields({"id": Text(("film/", NAME))}), True),
        (Fields({"id": Text(("film",))}), False),
        (Fields({"id": Text((NAME, "-", Reference(("camera", "type"))))}), False),
    ],
)
def test_a_name_that_goes_out_now_and_then_is_none(body: Spec, *, is_sent: bool) -> None:
    made = studio()
    interface = interface_of(made)
    tasks = {name: replace(task, submit=replace(task.submit, body=body)) for name, task in interface.tasks.items()}
    assert sends_name(replace(made, interface=replace(interface, tasks=tasks, resources={}))) is is_sent
    assert body.when == ALWAYS
