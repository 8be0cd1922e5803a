"""The verdict on one roll whose key is known: kept, made, resumed, attached to, blocked, or a question.

The rules stand in the order they are asked in. Each that decides also records the sentence why.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import count

from runner.core.canonical import Digest
from runner.model.gateway import FailureClass
from runner.model.ledger import Attempt, AttemptState
from runner.model.manifest import Guard, Proof
from runner.model.plan import Action, PlanInputs, Reason
from runner.model.request import Key, MakersPart
from runner.model.storyboard import Shot
from runner.model.take import Take
from runner.planning import reasons
from runner.planning.questions import hint_for_unfit, say_resolve, say_unfit
from runner.planning.records import Records, index_records
from runner.planning.request import job_name
from runner.planning.takes import ANIMATIC
from runner.planning.trust import effective_guard
from runner.planning.wanted import Wanted, makers_of


@dataclass(frozen=True, slots=True)
class RollVerdict:
    action: Action
    reasons: tuple[Reason, ...] = ()
    hint: str | None = None
    # The id of the attempt that `resume`, `attach`, `ask` or `blocked` is about.
    attempt: str | None = None
    # What `keep` keeps: a take of the lock, or an attempt stored after the lock was last written.
    take: Take | None = None
    stored: Attempt | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    inputs: PlanInputs
    records: Records
    shot: Shot
    roll: int
    wanted: Wanted

    def attempts(self) -> list[Attempt]:
        """Attempts at just this, on the endpoints this run is about."""
        return [
            attempt
            for attempt in self.records.attempts_of(self.wanted.key)
            if attempt.intent.sandbox == self.inputs.sandbox and self.wanted.is_asked_by(attempt)
        ]

    @property
    def is_to_be_remade(self) -> bool:
        return self.shot.id in self.inputs.remake

    @property
    def which(self) -> str:
        return f"roll {self.roll}" if self.shot.rolls.value > 1 else "it"


def judge_roll(
    inputs: PlanInputs, shot: Shot, roll: int, key: Key, makers: MakersPart, *, records: Records | None = None
) -> RollVerdict:
    """`records`: lock and ledger of the inputs, indexed, where many rolls are judged by the same ones."""
    wanted = Wanted(key, makers_of(inputs.storyboard, shot, makers, inputs.manifests), inputs.sandbox)
    return judge_wanted(inputs, records or index_records(inputs.lock, inputs.ledger), roll, wanted)


def judge_wanted(inputs: PlanInputs, records: Records, roll: int, wanted: Wanted) -> RollVerdict:
    case = _Case(inputs, records, wanted.makers.shot, roll, wanted)
    return (
        _keep_what_is_here(case)
        or _keep_what_was_chosen(case)
        or _go_on_with_open(case)
        or _miss_what_is_lost(case)
        or _stop_after_failure(case)
        or RollVerdict(Action.MAKE)
    )


def clears_up(guard: Guard) -> bool:
    """True when an unanswered submit can be cleared up without a person: the job is found, or refused a second time."""
    return _is_known(guard.found) or (_is_known(guard.refused) and _is_known(guard.named))


def count_known_failures(attempts: Iterable[Attempt], makers: MakersPart | None = None) -> int:
    """How many jobs of a key are known to give no take; `job_name` turns the number into a fresh name.

    A job made with another maker's part has the same key and counts too: under its name the gateway would hand us the
    wrong clip.
    """
    wanted = None if makers is None else makers.digest
    return sum(_gives_nothing(attempt, wanted) for attempt in attempts)


def next_name(
    production: str,
    key: Key,
    earlier: Collection[Attempt],
    makers: MakersPart,
    own: str | None = None,
    elsewhere: int = 0,
) -> str:
    """Our name for a job that is to be sent: `own`, that of an attempt that goes on, as long as it is nobody else's.

    The number alone is no fresh name: who was refused meanwhile counts others that had counted it. `elsewhere`: jobs
    of another maker's part that are not among the `earlier` ones.
    """
    used_up = {attempt.intent.name for attempt in earlier if _gives_nothing(attempt, makers.digest)}
    if own is not None and own not in used_up:
        return own
    numbers = count(count_known_failures(earlier, makers) + elsewhere)
    return next(name for number in numbers if (name := job_name(production, key, number)) not in used_up)


def _gives_nothing(attempt: Attempt, makers: Digest | None) -> bool:
    if attempt.state in {AttemptState.FAILED, AttemptState.ABANDONED, AttemptState.LOST}:
        return True
    never_taken = {AttemptState.NOT_SENT, AttemptState.REJECTED, AttemptState.UNCHARGED}
    return makers is not None and attempt.state not in never_taken and attempt.intent.makers_part.digest != makers


def _keep_what_is_here(case: _Case) -> RollVerdict | None:
    chosen = case.inputs.lock.block(case.shot.id, case.inputs.storyboard.profile).chosen
    takes = [take for take in case.records.takes_of(case.wanted.key) if case.wanted.is_answered_by(take)]
    here = [take for take in takes if case.records.has_bytes(take, case.inputs.here)]
    if here:
        return RollVerdict(Action.KEEP, take=next((take for take in here if take.name == chosen), here[0]))
    for attempt in case.records.stored_of(case.wanted.key):
        if attempt.digest in case.inputs.here and case.wanted.is_asked_by(attempt):
            return RollVerdict(Action.KEEP, stored=attempt)
    return None


def _keep_what_was_chosen(case: _Case) -> RollVerdict | None:
    """A take a person chose for just this request stands, whatever it was made from."""
    block = case.inputs.lock.block(case.shot.id, case.inputs.storyboard.profile)
    take = block.current
    if not block.by_hand or take is None or case.roll != 1 or block.key != case.wanted.key:
        return None
    if not case.records.has_bytes(take, case.inputs.here):
        return None
    return RollVerdict(Action.KEEP, (reasons.chosen_by_hand(take),), take=take)


def _go_on_with_open(case: _Case) -> RollVerdict | None:
    still_open = [attempt for attempt in case.attempts() if attempt.state.is_open]
    if not still_open:
        return None
    # Known jobs before doubtful ones, then the latest.
    attempt = max(still_open, key=lambda one: (not one.state.is_doubtful, one.number))
    gateway = attempt.intent.gateway
    if gateway != case.inputs.manifest.name:
        reason = Reason("open-elsewhere", f"a job for {case.which} is still open at `{gateway}`")
        hint = f"run with `--provider {gateway}`, or let go of it: {say_resolve(attempt, 'abandon')}"
        return RollVerdict(Action.BLOCKED, (reason,), hint, attempt.id)
    if not attempt.state.is_doubtful:
        return _resume(case, attempt)
    return _clear_up(case, attempt)


def _resume(case: _Case, attempt: Attempt) -> RollVerdict:
    if attempt.unfit is not None:
        return RollVerdict(Action.ASK, (Reason("clip-unfit", say_unfit(attempt)),), hint_for_unfit(attempt), attempt.id)
    if attempt.state is AttemptState.SUCCEEDED:
        reason = Reason("job-done", f"the clip of {case.which} is made and waits at `{attempt.intent.gateway}`")
    else:
        reason = Reason("job-runs", f"a job for {case.which} runs at `{attempt.intent.gateway}`")
    return RollVerdict(Action.RESUME, (reason,), attempt=attempt.id)


def _clear_up(case: _Case, attempt: Attempt) -> RollVerdict:
    gateway = attempt.intent.gateway
    reason = Reason("submit-unanswered", f"a submit for {case.which} at `{gateway}` was never answered")
    if clears_up(effective_guard(case.inputs.manifest, case.inputs.storyboard)):
        return RollVerdict(Action.ATTACH, (reason,), attempt=attempt.id)
    return RollVerdict(Action.ASK, (reason,), f"say what became of it: {say_resolve(attempt)}", attempt.id)


def _miss_what_is_lost(case: _Case) -> RollVerdict | None:
    """There is a current take, and its bytes are not on this machine."""
    takes = [take for take in case.records.takes_of(case.wanted.key) if case.wanted.is_answered_by(take)]
    origins = {take.origin for take in takes}
    stored = [attempt for attempt in case.records.stored_of(case.wanted.key) if case.wanted.is_asked_by(attempt)]
    origins.update(str(attempt.intent.canonical["medium"]) for attempt in stored)
    if not origins:
        return None
    if origins == {ANIMATIC}:
        return RollVerdict(Action.MAKE, (reasons.clip_not_here(),))
    if case.is_to_be_remade:
        return RollVerdict(Action.MAKE, (reasons.take_lost(),))
    return RollVerdict(Action.BLOCKED, (reasons.take_missing(),), reasons.hint_for_missing(case.shot.id))


def _stop_after_failure(case: _Case) -> RollVerdict | None:
    closed = [one for one in case.attempts() if one.intent.gateway == case.inputs.manifest.name]
    if not closed or closed[-1].failure is None or case.is_to_be_remade:
        return None
    last, failure = closed[-1], closed[-1].failure
    again = f"make it again with `framechain run --remake {case.shot.id}`"
    if _is_refusal(last.state, failure.kind):
        what = f"`{failure.input}` of {case.which}" if failure.input else case.which
        reason = Reason("refused", f"`{last.intent.gateway}` refused {what}: {failure.message}")
        return RollVerdict(Action.BLOCKED, (reason,), f"change what was refused, or {again}", last.id)
    if last.state is not AttemptState.FAILED or (case.inputs.manifest.free and failure.kind is FailureClass.OURS):
        return None
    reason = Reason("failed", f"the last attempt at {case.which} failed: {failure.message}")
    return RollVerdict(Action.BLOCKED, (reason,), again, last.id)


def _is_refusal(state: AttemptState, kind: FailureClass) -> bool:
    """The request itself was not taken: sent again as it is, it would not be taken either."""
    if state is AttemptState.FAILED:
        return kind is FailureClass.CONTENT
    return kind in {FailureClass.CONTENT, FailureClass.INPUT}


def _is_known(proof: Proof) -> bool:
    return proof is not Proof.UNKNOWN
