"""Where things stand: status, the check of stored takes, the schemas. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass

from runner.adapters import package_data
from runner.api.clips import Clips
from runner.api.films import FILM_FILE, clip_path, damaged
from runner.api.plans import Planned, plan, recorded
from runner.api.production import open_production
from runner.api.questions import only_a_person_knows
from runner.api.targets import Target
from runner.core.canonical import Digest, Json
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid
from runner.core.nearest import did_you_mean
from runner.model.ledger import Attempt
from runner.model.plan import PlannedShot
from runner.model.status import OpenAttempt, ShotStatus, Status, state_of
from runner.planning.ledger import fold
from runner.running.spending import count_unpriced, counting, spent_by


@dataclass(frozen=True, slots=True)
class Verified:
    """How many stored takes are what their digest says, and the others one by one."""

    sound: int
    damaged: int
    # Named by the lock, with no bytes on this machine.
    absent: int
    diagnostics: tuple[Diagnostic, ...]


def status(target: Target) -> Status:
    planned = plan(target)
    production, ledger = planned.production, planned.inputs.ledger
    clips = Clips(production, ledger)
    film = production.in_out(FILM_FILE)
    budget = production.storyboard.budget
    return Status(
        production=production.storyboard.id,
        title=production.storyboard.title,
        profile=target.profile,
        provider=production.manifest.name,
        data=str(production.home),
        shots=tuple(_shot_status(planned, clips, shot) for shot in planned.plan.shots),
        open_attempts=tuple(_open_attempt(attempt) for attempt in ledger.open_attempts),
        questions=len(only_a_person_knows(production, ledger.open_attempts)),
        spent=spent_by(planned.inputs.lock, ledger, sandbox=planned.inputs.sandbox),
        unpriced=count_unpriced(counting(ledger, sandbox=planned.inputs.sandbox)),
        sandbox=planned.inputs.sandbox,
        budget=None if budget is None else budget.value,
        film=str(film) if film.is_file() else None,
    )


def verify(target: Target) -> Verified:
    """Reads every stored take this production knows of and compares its bytes with its digest."""
    production = open_production(target)
    ledger = fold(recorded(production))
    clips = Clips(production, ledger)
    store = clips.store
    named: dict[Digest, str] = {}
    absent = 0
    for shot in production.lock.shots:
        for take in production.lock.takes_of(shot):
            digest = clips.digest(take)
            if digest is None or store.clip(digest) is None:
                absent += 1
            else:
                named.setdefault(digest, f"take {take.name} of `{shot}`")
    for attempt in ledger.attempts.values():
        if attempt.digest is not None and store.clip(attempt.digest) is not None:
            named.setdefault(attempt.digest, f"a take of `{attempt.intent.shot}`")
    found = [
        damaged(clip, name)
        for digest, name in named.items()
        if not store.verify(digest) and (clip := store.clip(digest)) is not None
    ]
    return Verified(len(named) - len(found), len(found), absent, tuple(found))


def schema_names() -> tuple[str, ...]:
    return package_data.schema_names()


def schema(name: str) -> Json:
    """A JSON Schema by its name; Invalid when there is none."""
    known = schema_names()
    if name not in known:
        hint = did_you_mean(name, known, f"there are {', '.join(known)}")
        raise Invalid(Diagnostic("unknown-schema", Severity.ERROR, f"`{name}` is not a schema", None, hint))
    return package_data.schema_document(name)


def _shot_status(planned: Planned, clips: Clips, shot: PlannedShot) -> ShotStatus:
    production, take = planned.production, shot.take
    digest, kept = None if take is None else clips.digest(take), clips.file(take)
    shown = None if take is None else clip_path(production, shot.id, take)
    path = shown if shown is not None and shown.is_file() else kept
    return ShotStatus(
        id=shot.id,
        scene=shot.scene,
        state=state_of(shot),
        take=None if take is None else take.name,
        digest=digest,
        path=None if path is None else str(path),
        takes=len(production.lock.takes_of(shot.id)),
        rolls=len(shot.rolls),
        reason=next(_reasons(shot), ""),
    )


def _reasons(shot: PlannedShot) -> Iterator[str]:
    return (reason.text for reason in shot.reasons)


def _open_attempt(attempt: Attempt) -> OpenAttempt:
    intent = attempt.intent
    return OpenAttempt(intent.shot, attempt.state, intent.gateway, attempt.job, attempt.intended, intent.price)
