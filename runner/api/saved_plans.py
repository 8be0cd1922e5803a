"""Plans kept in a file: saved to be agreed to, and later carried out exactly, or not at all."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runner.adapters import package_data
from runner.api.plans import Planned, Selection
from runner.api.runs import Ran, RunChoices, run
from runner.api.targets import Target
from runner.core.canonical import Json
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid, Refused
from runner.model.outside import Progress
from runner.showing.json_forms import plan_to_json
from runner.showing.wording import list_names


def save_plan(planned: Planned, selection: Selection, file: Path) -> None:
    """As JSON: what `plan --json` prints, with what narrowed it."""
    saved = {
        **plan_to_json(planned.plan),
        "endpoint": _endpoint_of(planned),
        "selection": _selection_to_json(selection),
    }
    file.write_text(json.dumps(saved, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def apply(
    file: Path,
    path: Path,
    environment: Mapping[str, str],
    progress: Progress,
    jobs: int | None = None,
    endpoints: Mapping[str, str] | None = None,
) -> Ran:
    """Runs what the saved plan says, which was agreed to when it was saved; Refused when anything has moved since."""
    saved = _read(file)
    selection = _selection_from_json(saved["selection"], jobs)
    target = Target(path, saved["profile"], saved["provider"], environment, endpoints or {})

    def is_the_same(planned: Planned, costs: bool) -> bool:  # noqa: FBT001  # the shape `run` asks for
        del costs
        moved = _what_moved(saved, {**plan_to_json(planned.plan), "endpoint": _endpoint_of(planned)})
        if moved is not None:
            raise Refused(_moved(file, moved))
        return True

    return run(target, RunChoices(selection, jobs=jobs), progress, is_the_same)


def _read(file: Path) -> dict[str, Any]:
    import jsonschema

    try:
        saved: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as trouble:
        raise Invalid(_unreadable(file, str(trouble))) from trouble
    schema: Any = package_data.schema_document("plan")
    if not jsonschema.Draft202012Validator(schema).is_valid(saved) or "selection" not in saved:
        raise Invalid(_unreadable(file, "it is not what `plan -o` writes"))
    return saved


def _what_moved(saved: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """What is not as it was when the plan was saved, in words; None when all is."""
    before, after = ({shot["id"]: shot for shot in plan["shots"]} for plan in (saved, now))
    shots = [shot for shot in {**before, **after} if before.get(shot) != after.get(shot)]
    if shots:
        return list_names(shots)
    # What was agreed to for a sandbox must not be sent to the real gateway.
    others = [name for name in ("production", "endpoint", "resources", "total") if saved.get(name) != now[name]]
    return f"its {others[0]}" if others else None


def _endpoint_of(planned: Planned) -> str | None:
    endpoint = planned.production.endpoint
    return None if endpoint is None else endpoint.url


def _selection_to_json(selection: Selection) -> dict[str, Json]:
    written = asdict(selection)
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in written.items() if name != "jobs"
    }


def _selection_from_json(written: Mapping[str, Any], jobs: int | None) -> Selection:
    return Selection(tuple(written["only"]), written["no_cascade"], tuple(written["remake"]), jobs)


def _unreadable(file: Path, cause: str) -> Diagnostic:
    hint = "save one with `framechain plan -o FILE`"
    return Diagnostic("plan-unreadable", Severity.ERROR, f"`{file}` is not a saved plan: {cause}", None, hint)


def _moved(file: Path, moved: str) -> Diagnostic:
    return Diagnostic(
        "plan-moved",
        Severity.ERROR,
        f"`{file}` is not what a run would do now: {moved} changed since it was saved",
        None,
        "look at `framechain plan` again, and save it again",
    )
