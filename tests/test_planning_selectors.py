"""Selectors: each form, and what is said of those that name nothing."""

import pytest
from planning_builders import chained, made_of, make_shot, make_storyboard

from runner.core.diagnostic import Findings
from runner.model.gateway import Failure, FailureClass
from runner.model.journal import HasFailed
from runner.model.plan import Plan
from runner.model.storyboard import Storyboard
from runner.planning.selectors import select

FILM = [
    make_shot("harbour", scene="dawn"),
    make_shot("climb", scene="dawn", first=chained("harbour")),
    make_shot("lamp", scene="night", first=chained("climb")),
    make_shot("storm", scene="night", after=["harbour"]),
    make_shot("gull", scene="night"),
]


def selected(*expressions: str, plan: Plan | None = None, storyboard: Storyboard | None = None) -> set[str]:
    findings = Findings()
    found = select(expressions, storyboard or make_storyboard(*FILM), plan, findings)
    assert findings.diagnostics == []
    return set(found)


@pytest.mark.parametrize(
    ("expression", "shots"),
    [
        ("climb", {"climb"}),
        ("climb+", {"climb", "lamp"}),
        ("+climb", {"climb", "harbour"}),
        ("+climb+", {"climb", "harbour", "lamp"}),
        ("harbour+", {"harbour", "climb", "lamp", "storm"}),
        ("+storm", {"harbour", "storm"}),
        ("scene:dawn", {"harbour", "climb"}),
        (" gull ", {"gull"}),
    ],
)
def test_each_form_names_its_shots(expression: str, shots: set[str]) -> None:
    assert selected(expression) == shots


def test_several_selectors_are_united() -> None:
    assert selected("gull", "+climb", "gull") == {"gull", "climb", "harbour"}
    assert selected() == set()


def test_states_are_read_from_the_plan() -> None:
    production = made_of(FILM)
    production.edit("climb", prompt=("Edited.",))
    intent = production.intend("gull")
    production.edit("gull", prompt=("Edited.",))
    intent = production.intend("gull")
    production.record(HasFailed(intent.attempt, Failure(FailureClass.GATEWAY, "no"), None, None))
    plan = production.plan(no_cascade=True)
    assert selected("stale", plan=plan) == selected("status:stale", plan=plan) == {"lamp"}
    assert selected("status:make", plan=plan) == {"climb"}
    assert selected("status:failed", plan=plan) == selected("status:blocked", plan=plan) == {"gull"}
    assert selected("status:open", plan=plan) == {"gull"}
    assert selected("status:refused", plan=plan) == set()


def test_a_shot_named_stale_is_meant_by_its_name() -> None:
    storyboard = make_storyboard(make_shot("stale"), make_shot("b"))
    assert selected("stale", storyboard=storyboard) == {"stale"}


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("clim", "`clim` names no shot", "did you mean `climb`?"),
        ("+clim", "`+clim` names no shot", "did you mean `climb`?"),
        ("scene:down", "`scene:down` names no scene", "did you mean `dawn`?"),
        ("status:faild", "`status:faild` is no state a shot can be in", "did you mean `failed`?"),
        (
            "zzzz",
            "`zzzz` names no shot",
            "write `climb`, `climb+` (and what hangs on it), `+climb` (and its needs), `scene:dawn` or `status:failed`",
        ),
    ],
)
def test_a_selector_that_names_nothing_is_told_with_the_likely_word(expression: str, message: str, hint: str) -> None:
    findings = Findings()
    plan = made_of(FILM).plan()
    assert select([expression, "gull"], make_storyboard(*FILM), plan, findings) == {"gull"}
    (found,) = findings.diagnostics
    assert (found.code, found.message, found.hint) == ("unknown-selector", message, hint)


def test_states_without_a_plan_are_told() -> None:
    findings = Findings()
    assert select(["stale", "status:failed"], make_storyboard(*FILM), None, findings) == frozenset()
    assert [found.message for found in findings.diagnostics] == [
        "`stale` can only be told from a plan",
        "`status:failed` can only be told from a plan",
    ]
