"""What `--json` prints is what its schemas promise."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from showing_samples import PLACE, edited_plan, kept_plan, make_plan, make_planned

from runner.core.canonical import Digest
from runner.core.diagnostic import Diagnostic, Severity
from runner.model.ledger import AttemptState
from runner.model.money import Money, Price
from runner.model.plan import Action, Resource
from runner.model.status import OpenAttempt, ShotState, ShotStatus, Status, state_of
from runner.showing.json_forms import check_to_json, plan_to_json, status_to_json

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"


def validate(name: str, value: Any) -> Any:
    """The value after a round through JSON text, once it agrees with its schema."""
    document = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    told = json.loads(json.dumps(value))
    jsonschema.Draft202012Validator(document).validate(told)
    return told


def full_status() -> Status:
    plan = edited_plan()
    return Status(
        production="keeper-7f3a",
        title="The Keeper",
        profile="draft",
        provider="animatic",
        data="/data/productions/keeper-7f3a",
        shots=tuple(
            ShotStatus(shot.id, shot.scene, state_of(shot), None, Digest("cd" * 32), "out/a.mp4", 1, 1, "why")
            for shot in plan.shots
        ),
        open_attempts=(
            OpenAttempt("rocks", "uncertain", "mulerouter", None, "2026-11-21T08:15:30.123Z", None),
            OpenAttempt("swell", "accepted", "mulerouter", "job-7", "2026-11-21T08:15:30.123Z", PRICE),
        ),
        spent=(Money(Decimal("12.600"), "USD"),),
        budget=Money(Decimal(20), "USD"),
        film="out/film.mp4",
    )


PRICE = Price(Decimal("0.7"), Decimal("1.4"), "USD")


def test_every_diagnostic_is_told_with_its_place_and_hint() -> None:
    found = Diagnostic("unknown-shot", Severity.ERROR, "no shot `x`", PLACE, "write `y`", (("first here", PLACE),))
    lost = Diagnostic("lock-newer", Severity.WARNING, "the lock is newer")
    told = validate("check", check_to_json([found, lost]))["diagnostics"]
    assert told[0] == {
        "code": "unknown-shot",
        "severity": "error",
        "message": "no shot `x`",
        "file": "storyboard.yaml",
        "line": 1,
        "column": 1,
        "hint": "write `y`",
        "related": [{"message": "first here", "file": "storyboard.yaml", "line": 1, "column": 1}],
    }
    assert (told[1]["file"], told[1]["line"], told[1]["hint"]) == (None, None, None)


def test_a_plan_has_one_entry_a_shot_with_action_reasons_and_price() -> None:
    told = validate("plan", plan_to_json(edited_plan()))
    shots = {shot["id"]: shot for shot in told["shots"]}
    assert [shot["action"] for shot in told["shots"]] == [
        "keep", "make", "make", "resume", "attach", "stale", "blocked", "ask",
    ]  # fmt: skip
    assert shots["climb"]["reasons"] == [{"code": "prompt-changed", "text": "prompt changed"}]
    assert shots["climb"]["price"] == {"low": "0.70", "high": "1.40", "currency": "USD"}
    assert shots["lamp"]["price"] is None
    assert told["total"] == {"low": "1.40", "high": "2.80", "currency": "USD", "unknown": 1}


def test_a_saved_plan_holds_each_key_or_what_it_waits_for() -> None:
    told = validate("plan", plan_to_json(edited_plan()))
    shots = {shot["id"]: shot for shot in told["shots"]}
    assert (shots["climb"]["rolls"][0]["key"], shots["climb"]["rolls"][0]["waits_for"]) == ("ab" * 32, [])
    assert (shots["lamp"]["rolls"][1]["key"], shots["lamp"]["rolls"][1]["waits_for"]) == (None, ["climb"])
    assert shots["lamp"]["cascade"] is True
    assert (told["production"], told["provider"], told["profile"]) == ("keeper-7f3a", "mulerouter", None)


def test_money_is_never_a_number_and_never_has_an_exponent() -> None:
    plan = make_plan(make_planned("climb", Action.MAKE, price=Price(Decimal("1E+2"), Decimal("0.0000001"), "USD")))
    price = plan_to_json(plan)["shots"][0]["price"]  # type: ignore[index,call-overload]
    assert price == {"low": "100.00", "high": "0.0000001", "currency": "USD"}


def test_voices_and_elements_to_be_made_are_told() -> None:
    plan = replace(kept_plan(), resources=(Resource("voice", "gruff", Action.MAKE, PRICE),))
    told = validate("plan", plan_to_json(plan))["resources"]
    assert told == [
        {
            "kind": "voice",
            "name": "gruff",
            "action": "make",
            "price": {"low": "0.70", "high": "1.40", "currency": "USD"},
        }
    ]


def test_a_status_tells_state_take_digest_and_path_of_each_shot() -> None:
    told = validate("status", status_to_json(full_status()))
    assert {"id", "state", "take", "digest", "path"} <= set(told["shots"][0])
    assert told["spent"] == [{"amount": "12.60", "currency": "USD"}]
    assert [one["job"] for one in told["open"]] == [None, "job-7"]


def test_the_status_schema_knows_every_state_there_is() -> None:
    document = json.loads((SCHEMAS / "status.schema.json").read_text(encoding="utf-8"))
    shot = document["properties"]["shots"]["items"]["properties"]
    assert set(shot["state"]["enum"]) == {state.value for state in ShotState}
    attempt = document["properties"]["open"]["items"]["properties"]
    assert set(attempt["state"]["enum"]) == {state.value for state in AttemptState if state.is_open}


def test_the_plan_schema_knows_every_action_there_is() -> None:
    document = json.loads((SCHEMAS / "plan.schema.json").read_text(encoding="utf-8"))
    assert set(document["$defs"]["action"]["enum"]) == {action.value for action in Action}


@pytest.mark.parametrize("name", ["check", "plan", "status"])
def test_each_field_of_a_schema_has_a_title_and_a_description(name: str) -> None:
    document = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(document)
    bare = [path for path, field in fields_of(document, "") if not {"title", "description"} <= set(field)]
    assert bare == []


def fields_of(schema: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of every object in it, but references: what they name is described there."""
    if isinstance(schema, list):
        for number, item in enumerate(schema):
            yield from fields_of(item, f"{path}/{number}")
    elif isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            for name, field in schema["properties"].items():
                if "$ref" not in field:
                    yield f"{path}/{name}", field
        for name, part in schema.items():
            yield from fields_of(part, f"{path}/{name}")


@pytest.mark.parametrize(
    ("planned", "state"),
    [
        (make_planned("a", Action.KEEP), ShotState.CURRENT),
        (make_planned("a", Action.MAKE, ("never-made", "it has no take yet")), ShotState.NEVER_MADE),
        (replace(make_planned("a", Action.KEEP), action=Action.MAKE), ShotState.OUTDATED),
        (make_planned("a", Action.MAKE, ("clip-not-here", "not here")), ShotState.MISSING),
        (make_planned("a", Action.BLOCKED, ("take-missing", "not here")), ShotState.MISSING),
        (make_planned("a", Action.BLOCKED, ("failed", "it failed")), ShotState.FAILED),
        (make_planned("a", Action.BLOCKED, ("refused", "it was refused")), ShotState.REFUSED),
        (make_planned("a", Action.BLOCKED, ("source-blocked", "`b` cannot be made")), ShotState.BLOCKED),
        (make_planned("a", Action.STALE), ShotState.STALE),
        (make_planned("a", Action.RESUME), ShotState.RUNNING),
        (make_planned("a", Action.ATTACH), ShotState.UNANSWERED),
        (make_planned("a", Action.ASK), ShotState.OPEN),
    ],
)
def test_a_shots_state_follows_from_what_is_planned_for_it(planned: Any, state: ShotState) -> None:
    assert state_of(planned) is state
