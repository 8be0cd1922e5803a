"""An open question in words: what is known of a submit that ended without a clear answer, and what was answered."""

from collections.abc import Iterator, Sequence

from runner.model.ledger import Attempt
from runner.planning.lost_attempts import is_by_loss
from runner.planning.questions import hint_for_unfit, say_unfit
from runner.showing.wording import make_harmless, say_price

_ANSWERED = {
    "charged": "booked as charged, and lost",
    "not-charged": "not charged: the next run sends it again",
    "abandon": "let go",
}


def question_text(shot: str, attempts: Sequence[Attempt], answer: str, job: str | None = None) -> str:
    if not attempts:
        return f"there is no open question about {shot}"
    lines = [line for attempt in attempts for line in _tell(attempt)]
    if job is not None:
        return "\n".join([*lines, f"{shot}: the next run goes on with job {make_harmless(job)}"])
    if answer in _ANSWERED:
        return "\n".join([*lines, f"{shot}: {_ANSWERED[answer]}"])
    unfit = next((attempt for attempt in attempts if attempt.unfit is not None), None)
    if not any(attempt.state.is_doubtful for attempt in attempts):
        if unfit is not None:
            return "\n".join([*lines, f"hint: {hint_for_unfit(unfit)}"])
        lets_go = f"`framechain resolve {shot} abandon` lets go of it, booked as charged"
        return "\n".join([*lines, f"hint: `framechain run` goes on with its job; {lets_go}"])
    answers = f"`framechain resolve {shot} charged --job ID`, `not-charged` or `abandon`"
    return "\n".join([*lines, f"hint: look it up at the provider, then {answers}"])


def _tell(attempt: Attempt) -> Iterator[str]:
    intent = attempt.intent
    how = f"sent to {intent.gateway} at {attempt.intended}, {attempt.state}"
    if is_by_loss(attempt):
        how = f"it may have been sent to {intent.gateway} before the journal was lost"
    profile = "" if intent.profile is None else f", profile {make_harmless(intent.profile)}"
    yield f"{intent.shot}, roll {intent.roll}{profile}: {how}"
    yield f"  attempt {attempt.id}; our name for the job, where the gateway takes one: {intent.name}"
    if attempt.job is not None:
        yield f"  its job: {make_harmless(attempt.job)}"
    if attempt.unfit is not None:
        yield f"  {make_harmless(say_unfit(attempt))}"
    elif attempt.cause is not None:
        yield f"  what is known: {make_harmless(attempt.cause)}"
    yield f"  what it may have cost: {say_price(intent.price)}"
