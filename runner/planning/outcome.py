"""The verdict on a whole shot: what people decided, then its rolls, then what this run was told to leave alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from runner.model.plan import Action, PlannedRoll, Reason
from runner.model.request import Identity
from runner.model.take import Take
from runner.planning import reasons
from runner.planning.choice import is_accepted_for
from runner.planning.sight import Sight
from runner.planning.takes import ANIMATIC
from runner.planning.verdict import RollVerdict, judge_wanted
from runner.planning.wanted import Wanted

# A shot is called by the first of these that one of its rolls is.
_WORST_FIRST: Final = (
    Action.ASK,
    Action.BLOCKED,
    Action.ATTACH,
    Action.RESUME,
    Action.MAKE,
    Action.STALE,
    Action.KEEP,
)
_BRINGS_A_TAKE: Final = frozenset({Action.MAKE, Action.RESUME, Action.ATTACH})


@dataclass(frozen=True, slots=True)
class Outcome:
    action: Action
    reasons: tuple[Reason, ...]
    rolls: tuple[PlannedRoll, ...]
    # Of the take in use after this run, where it is known already; and whether its clip will be had then.
    identity: Identity | None
    is_coming: bool
    hint: str | None = None
    is_cascade: bool = False
    # False while the take there is only stands in for that of an earlier roll.
    is_choice_made: bool = True


def hold_back(outcome: Outcome, action: Action) -> Outcome:
    """Nothing of it is made in this run. A roll that stands or is under way may be gone on from all the same."""
    rolls = tuple(replace(roll, action=action) if roll.action is Action.MAKE else roll for roll in outcome.rolls)
    is_under_way = any(roll.action in _BRINGS_A_TAKE for roll in rolls)
    is_coming = outcome.is_coming and (outcome.identity is not None or is_under_way)
    return replace(outcome, action=action, rolls=rolls, is_coming=is_coming)


def judge_shot(sight: Sight) -> Outcome:
    outcome = _stay_pinned(sight) or _stay_chosen(sight) or _stay_accepted(sight) or _judge_rolls(sight)
    return _leave_alone(sight, outcome)


# --- what people decided


def _stay_pinned(sight: Sight) -> Outcome | None:
    if sight.block.pinned is None:
        return None
    pin, take = reasons.pinned(sight.block.pinned), sight.take
    if take is None:
        hint = f"take the pin off with `framechain unpin {sight.shot.id}`, or choose a take for it"
        return _all_rolls(sight, Action.BLOCKED, (reasons.pin_without_take(),), hint=hint)
    if sight.has_bytes(take):
        if _stands(sight, take):
            return _all_rolls(sight, Action.KEEP, (pin,), take)
        return _all_rolls(sight, Action.STALE, (pin, *_changes(sight, take)), take)
    if take.origin == ANIMATIC and sight.is_answered_by(take):
        made = _all_rolls(sight, Action.MAKE, (pin, reasons.clip_not_here()), take)
        return replace(made, rolls=tuple(roll for roll in made.rolls if roll.roll == take.roll))
    return _all_rolls(sight, Action.BLOCKED, (pin, reasons.take_missing()), take, _hint_for_missing(sight))


def _stay_chosen(sight: Sight) -> Outcome | None:
    """A take chosen by hand for just this request, though it was made from another one or brought along."""
    take, block = sight.take, sight.block
    if take is None or not block.by_hand or not sight.wanted or block.key != sight.wanted[0].key:
        return None
    if sight.is_answered_by(take):
        return None
    chosen = reasons.chosen_by_hand(take)
    if sight.has_bytes(take):
        return _all_rolls(sight, Action.KEEP, (chosen,), take)
    if take.origin == ANIMATIC or sight.shot.id in sight.inputs.remake:
        return None
    return _all_rolls(sight, Action.BLOCKED, (reasons.take_missing(), chosen), take, _hint_for_missing(sight))


def _stay_accepted(sight: Sight) -> Outcome | None:
    take = sight.take
    if take is None or not sight.wanted or sight.is_answered_by(take):
        return None
    if not is_accepted_for(sight.inputs.storyboard, sight.shot, sight.block, sight.wanted[0]):
        return None
    if sight.has_bytes(take):
        return _all_rolls(sight, Action.KEEP, (reasons.accepted(take),), take)
    if take.origin == ANIMATIC or sight.shot.id in sight.inputs.remake:
        return None
    why = (reasons.take_missing(), reasons.accepted(take))
    return _all_rolls(sight, Action.BLOCKED, why, take, _hint_for_missing(sight))


def _stands(sight: Sight, take: Take) -> bool:
    return sight.is_answered_by(take) or _stay_chosen(sight) is not None or _stay_accepted(sight) is not None


def _all_rolls(
    sight: Sight, action: Action, why: tuple[Reason, ...], take: Take | None = None, hint: str | None = None
) -> Outcome:
    """Every roll the same, because something was decided about the shot as a whole."""
    rolls = tuple(PlannedRoll(roll, action, sight.key(roll), take=take) for roll in sight.rolls)
    if take is None:
        return Outcome(action, why, rolls, None, is_coming=action in _BRINGS_A_TAKE, hint=hint)
    is_coming = sight.has_bytes(take) or action in _BRINGS_A_TAKE
    return Outcome(action, why, rolls, take.identity, is_coming, hint)


# --- roll by roll


def _judge_rolls(sight: Sight) -> Outcome:
    if sight.pending is not None:
        return _wait_for_sources(sight)
    verdicts = [_judge_roll(sight, roll) for roll in sight.rolls]
    rolls = tuple(_planned(sight, roll, verdict) for roll, verdict in zip(sight.rolls, verdicts, strict=True))
    action = _worst(rolls)
    why: list[Reason] = [
        reason for verdict in verdicts if verdict.action is not Action.MAKE for reason in verdict.reasons
    ]
    is_cascade = False
    if any(verdict.action is Action.MAKE for verdict in verdicts):
        made, is_cascade = _why_made(sight, verdicts)
        why.extend(made)
    if action is Action.KEEP and sight.take is not None and sight.block.by_hand:
        why.append(reasons.chosen_by_hand(sight.take))
    hint = next((one.hint for one in verdicts if one.action is action and one.hint is not None), None)
    is_choice_made = not _gives_way_to_earlier(sight, rolls)
    identity, is_coming = _what_stands(sight, rolls) if is_choice_made else (None, True)
    is_cascade = is_cascade and action is Action.MAKE
    return Outcome(action, tuple(dict.fromkeys(why)), rolls, identity, is_coming, hint, is_cascade, is_choice_made)


def _gives_way_to_earlier(sight: Sight, rolls: Sequence[PlannedRoll]) -> bool:
    """The first roll is chosen, not the first that happened to be ready, also where a kill came between the two."""
    if sight.take is None or sight.is_chosen:
        return False
    before = rolls[: next((at for at, roll in enumerate(rolls) if roll.key == sight.take.key), 0)]
    return any(roll.action in _BRINGS_A_TAKE for roll in before)


def _judge_roll(sight: Sight, roll: int) -> RollVerdict:
    wanted = sight.wanted[roll - 1]
    verdict = judge_wanted(sight.inputs, sight.records, roll, wanted)
    if verdict.action is Action.KEEP and _is_missed(sight, wanted):
        return RollVerdict(Action.BLOCKED, (reasons.take_missing(),), _hint_for_missing(sight))
    return _bar(sight) if verdict.action is Action.MAKE and sight.barred_by else verdict


def _is_missed(sight: Sight, wanted: Wanted) -> bool:
    """The very take that was decided for; any other would have given way to what is kept in its stead."""
    take = sight.take
    if take is None or take.origin == ANIMATIC:
        return False
    return wanted.is_answered_by(take) and not sight.has_bytes(take)


def _wait_for_sources(sight: Sight) -> Outcome:
    if sight.barred_by:
        verdict = _bar(sight)
        return _all_rolls(sight, Action.BLOCKED, verdict.reasons, hint=verdict.hint)
    take = sight.take
    if take is None:
        waits = [reasons.frame_waits(name, one) for name, one in sight.sources.items() if one.identity is None]
        why, is_cascade = (reasons.never_made(sight.inputs.storyboard.profile), *waits), False
    else:
        changes = reasons.compare(take, sight.own, sight.shot, sight.makers, sight.sources)
        why, is_cascade = (*changes.own, *changes.chained), not changes.own
    rolls = tuple(PlannedRoll(roll, Action.MAKE, sight.key(roll)) for roll in sight.rolls)
    return Outcome(Action.MAKE, why, rolls, None, is_coming=True, is_cascade=is_cascade)


def _bar(sight: Sight) -> RollVerdict:
    why = tuple(reasons.source_blocked(name) for name in sight.barred_by)
    hint = f"`framechain why {sight.barred_by[0]}` says what is in its way"
    if sight.is_barred_by_selection:
        hint = f"select it with what it needs: `--only +{sight.shot.id}`"
    return RollVerdict(Action.BLOCKED, why, hint)


def _planned(sight: Sight, roll: int, verdict: RollVerdict) -> PlannedRoll:
    kept = sight.kept_by(sight.wanted[roll - 1]) or verdict.take if verdict.action is Action.KEEP else None
    return PlannedRoll(roll, verdict.action, sight.key(roll), verdict.attempt, kept)


def _worst(rolls: Sequence[PlannedRoll]) -> Action:
    actions = {roll.action for roll in rolls}
    return next(action for action in _WORST_FIRST if action in actions)


def _why_made(sight: Sight, verdicts: Sequence[RollVerdict]) -> tuple[tuple[Reason, ...], bool]:
    """Why rolls of a known key are made, and whether that only follows from a source."""
    take = sight.take
    if take is None:
        return (reasons.never_made(sight.inputs.storyboard.profile),), False
    if not sight.is_answered_by(take):
        changes = reasons.compare(take, sight.own, sight.shot, sight.makers, sight.sources)
        why = (*changes.own, *changes.chained) or (_otherwise_changed(sight, take),)
        return why, bool(changes.chained) and not changes.own
    made: list[Reason] = []
    for roll, verdict in zip(sight.rolls, verdicts, strict=True):
        if verdict.action is Action.MAKE:
            made.extend(verdict.reasons or (reasons.roll_asked_for(roll),))
    return tuple(made), False


def _otherwise_changed(sight: Sight, take: Take) -> Reason:
    if take.sandbox and not sight.inputs.sandbox:
        return reasons.from_sandbox(take)
    if take.roll not in sight.rolls:
        return reasons.roll_not_asked_for(take)
    return reasons.request_changed(take)


def _what_stands(sight: Sight, rolls: Sequence[PlannedRoll]) -> tuple[Identity | None, bool]:
    """The identity those downstream may count on, and whether the clip will be had."""
    take = sight.take
    brings = any(roll.action in _BRINGS_A_TAKE for roll in rolls)
    if take is None or not sight.is_answered_by(take):
        return None, brings
    if sight.has_bytes(take):
        return take.identity, True
    own_roll = next((roll for roll in rolls if roll.key == take.key), None)
    is_made_again = own_roll is not None and own_roll.action in _BRINGS_A_TAKE
    if take.origin == ANIMATIC:
        return take.identity, is_made_again
    return (None, True) if is_made_again else (take.identity, False)


def _changes(sight: Sight, take: Take) -> tuple[Reason, ...]:
    changes = reasons.compare(take, sight.own, sight.shot, sight.makers, sight.sources)
    return (*changes.own, *changes.chained)


def _hint_for_missing(sight: Sight) -> str:
    return reasons.hint_for_missing(sight.shot.id)


# --- what this run was told to leave alone


def _leave_alone(sight: Sight, outcome: Outcome) -> Outcome:
    if outcome.action in {Action.KEEP, Action.STALE}:
        return outcome
    if sight.inputs.no_cascade and outcome.is_cascade and sight.take is not None:
        return _as_stale(sight, sight.take, outcome.reasons)
    if sight.is_selected:
        return outcome
    why = (reasons.not_selected(), *outcome.reasons)
    if sight.take is not None:
        return _as_stale(sight, sight.take, why)
    # Selecting it would not make it where it is blocked or a question.
    is_hindered = outcome.action in {Action.ASK, Action.BLOCKED}
    hint = outcome.hint if is_hindered else f"make it with `--only +{sight.shot.id}`"
    return _all_rolls(sight, Action.BLOCKED, why, hint=hint)


def _as_stale(sight: Sight, take: Take, why: tuple[Reason, ...]) -> Outcome:
    return _all_rolls(sight, Action.STALE, why, take)
