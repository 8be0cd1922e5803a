"""Open questions in words: what is known of a submit that ended without a clear answer, and the commands for it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from runner.core.canonical import Json
from runner.model.ledger import Attempt
from runner.planning.lost_attempts import is_by_loss
from runner.planning.questions import AttemptName, OpenQuestion, OpenQuestions, hint_for_unfit, name_attempt, say_unfit
from runner.showing.wording import count, make_harmless, say_price

_ANSWERED: Final = {
    "charged": "booked as charged, and lost: the next run makes it anew",
    "not-charged": "not charged: the next run sends it again",
    "abandon": "let go of, booked as charged: the next run makes it anew",
}
_ANSWERS: Final = ("charged --job ID", "charged", "not-charged")
_MEANINGS: Final = (
    "  charged --job ID  ID is its job at the provider: the next run fetches the clip",
    "  charged           it was paid for, and its job cannot be found: booked as lost",
    "  not-charged       nothing was taken: the next run sends it again",
)
_MOST_WORDS: Final = 200


def question_text(
    shot: str,
    attempts: Sequence[Attempt],
    answer: str,
    job: str | None = None,
    *,
    profile: str | None = None,
    production: str = "",
    narrowed_by: str = "",
) -> str:
    """The others as they were given with the shot: its profile, the production, and as words its roll or attempt."""
    if not attempts:
        given = [narrowed_by, "" if profile is None else f"--profile {profile}"]
        narrower = " ".join(["", "with", *(one for one in given if one)]) if any(given) else ""
        return make_harmless(f"there is no open question about {shot}{narrower}")
    if job is not None:
        return _answered(shot, attempts, f"the next run goes on with job {make_harmless(job)}")
    if answer in _ANSWERED:
        return _answered(shot, attempts, _ANSWERED[answer])
    # Others of the shot may be open beside what it was narrowed to.
    named = [OpenQuestion(one, name_attempt(one, () if narrowed_by else attempts, shot, profile)) for one in attempts]
    is_asked = any(one.state.is_doubtful for one in attempts)
    return "\n".join([*(line for one in named for line in _ask(one, production)), *(_explain() if is_asked else [])])


def questions_text(found: OpenQuestions, production: str = "") -> str:
    """All of a production, with the commands to copy."""
    blocks = ["\n".join(_ask(one, production)) for one in found.asked]
    if any(one.attempt.state.is_doubtful for one in found.asked):
        blocks.append("\n".join(_explain()))
    if found.going_on:
        lines = [line for one in found.going_on for line in _ask(one, production)]
        blocks.append("\n".join(["the next `framechain run` asks the provider about:", *lines]))
    questions = count(len(found.asked), "open question") if found.asked else "no open question"
    return "\n\n".join([questions, *blocks])


def _answered(shot: str, attempts: Sequence[Attempt], what: str) -> str:
    return "\n".join([*(line for one in attempts for line in _tell(one)), f"{shot}: {what}"])


def _ask(question: OpenQuestion, production: str) -> Iterator[str]:
    attempt = question.attempt
    yield from _tell(attempt)
    if attempt.state.is_doubtful:
        yield from (f"    {_command(question.name, answer, production)}" for answer in _ANSWERS)
    elif attempt.unfit is not None:
        yield f"  hint: {hint_for_unfit(attempt)}"
    else:
        lets_go = f"`{_command(question.name, 'abandon', production)}` lets go of it, booked as charged"
        yield f"  hint: `framechain run` fetches its clip; where that is gone for good, {lets_go}"


def _explain() -> list[str]:
    return ["hint: look it up at the provider, then give the command that is true:", *_MEANINGS]


def _command(name: AttemptName, answer: str, production: str) -> str:
    whole = f"{answer} {production}" if production else answer
    return make_harmless(f"framechain resolve {name.put(whole)}")


def _tell(attempt: Attempt) -> Iterator[str]:
    intent = attempt.intent
    became = "no clear answer came" if attempt.state.is_doubtful else attempt.state
    how = f"sent to {intent.gateway} at {attempt.intended}, {became}"
    if is_by_loss(attempt):
        how = f"it may have been sent to {intent.gateway} before the journal was lost"
    profile = "" if intent.profile is None else f", profile {make_harmless(intent.profile)}"
    sandbox = " (a sandbox)" if intent.sandbox else ""
    yield f"{make_harmless(intent.shot)}, roll {intent.roll}{profile}: {how}{sandbox}"
    yield f"  attempt {attempt.id}; our name for the job, where the gateway takes one: {intent.name}"
    yield f"  what was asked: {make_harmless(_say_request(attempt))}"
    if attempt.job is not None:
        yield f"  its job: {make_harmless(attempt.job)}"
    if attempt.unfit is not None:
        yield f"  {make_harmless(say_unfit(attempt))}"
    elif attempt.cause is not None:
        yield f"  what is known: {make_harmless(attempt.cause)}"
    yield f"  what it may have cost: {say_price(intent.price)}"


def _say_request(attempt: Attempt) -> str:
    """As much as finds it in a list of jobs at the gateway."""
    canonical = attempt.intent.canonical
    if attempt.is_resource:
        description = str(attempt.intent.makers_part.content.get("description") or "")
        return f"{canonical.get('kind')}: {description}"
    seconds = f"{canonical['duration']} s" if "duration" in canonical else ""
    told = [attempt.intent.model, str(canonical.get("mode") or ""), seconds]
    words = _words(canonical.get("prompt")) or " / ".join(_beats(canonical.get("beats")))
    shown = words if len(words) <= _MOST_WORDS else f"{words[:_MOST_WORDS]}..."
    settings = ", ".join(one for one in told if one)
    return f"{settings}: {shown}" if shown else settings


def _beats(beats: Json) -> list[str]:
    return [_words(one.get("prompt")) for one in beats if isinstance(one, Mapping)] if isinstance(beats, list) else []


def _words(prompt: Json) -> str:
    """A mention by its name."""
    parts = prompt if isinstance(prompt, list) else []
    return "".join(str(next(iter(one.values()), "")) if isinstance(one, Mapping) else str(one) for one in parts)
