"""Jobs still open for requests that were edited since: told in the plan, fetched by the run, never taken for newer."""

from dataclasses import replace

from runner.model.ledger import Attempt
from runner.model.plan import Action, Reason
from runner.planning.lost_attempts import is_of_lost_request
from runner.planning.outcome import Outcome, hold_back
from runner.planning.questions import say_resolve, say_unfit
from runner.planning.sight import Sight
from runner.planning.trust import effective_guard
from runner.planning.verdict import clears_up


def tell_old_jobs(sight: Sight, outcome: Outcome) -> Outcome:
    """An earlier request's job keeps nothing from being made, but it costs: it is told, and fetched where it can be."""
    old = [attempt for attempt in _open_attempts(sight) if not any(one.is_asked_by(attempt) for one in sight.wanted)]
    for attempt in old:
        if _makes_any(outcome) and attempt.state.is_doubtful and is_of_lost_request(attempt):
            return _ask_first(outcome, attempt)
        reason = Reason("old-job-open", _tell_old_job(sight, attempt))
        action = _action_for_old(sight, outcome.action, attempt)
        hint = outcome.hint
        if attempt.state.is_doubtful and not _can_be_cleared_up(sight, attempt):
            hint = hint or f"say what became of it: {say_resolve(attempt)}"
        if attempt.unfit is not None:
            hint = hint or f"let go of it: {say_resolve(attempt, 'abandon')}"
        outcome = replace(outcome, action=action, reasons=(*outcome.reasons, reason), hint=hint)
    return outcome


def _ask_first(outcome: Outcome, attempt: Attempt) -> Outcome:
    """What was sent before a journal was lost may be just this request."""
    why = Reason("submit-unanswered", "the journal was lost, and it may have been sent before")
    hint = f"say what became of it: {say_resolve(attempt)}"
    # Why it would be made is said no more; what is to be said of its other rolls is.
    told = () if outcome.action is Action.MAKE else outcome.reasons
    return replace(hold_back(outcome, Action.ASK), reasons=(why, *told), hint=hint)


def _makes_any(outcome: Outcome) -> bool:
    """Also where another roll of it runs, failed, or is a question."""
    return any(roll.action is Action.MAKE for roll in outcome.rolls)


def _open_attempts(sight: Sight) -> list[Attempt]:
    attempts = sight.records.attempts_of_shot(sight.shot.id, sight.inputs.storyboard.profile)
    return [one for one in attempts if one.state.is_open and one.intent.sandbox == sight.inputs.sandbox]


def _tell_old_job(sight: Sight, attempt: Attempt) -> str:
    gateway = attempt.intent.gateway
    if attempt.state.is_doubtful:
        return f"a submit of an earlier request at `{gateway}` was never answered"
    if attempt.unfit is not None:
        return f"of an earlier request: {say_unfit(attempt)}"
    if gateway != sight.inputs.manifest.name:
        return f"a job of an earlier request still runs at `{gateway}`; a run with that provider fetches it"
    return "a job of an earlier request still runs; it will be fetched and kept as a take"


def _action_for_old(sight: Sight, action: Action, attempt: Attempt) -> Action:
    """A shot that is kept otherwise is still visited, so that nothing paid for is left lying."""
    is_ours = attempt.intent.gateway == sight.inputs.manifest.name and sight.is_selected
    if action is not Action.KEEP or not is_ours or attempt.unfit is not None:
        return action
    if not attempt.state.is_doubtful:
        return Action.RESUME
    return Action.ATTACH if _can_be_cleared_up(sight, attempt) else action


def _can_be_cleared_up(sight: Sight, attempt: Attempt) -> bool:
    is_ours = attempt.intent.gateway == sight.inputs.manifest.name
    return is_ours and clears_up(effective_guard(sight.inputs.manifest, sight.inputs.storyboard))
