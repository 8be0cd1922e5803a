"""Which of the open attempts a person's answer is about, and how the command that answers is spelt for one of them.

Writing an answer down is for `runner.api.questions`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid
from runner.model.ledger import Attempt, AttemptState
from runner.model.lock import Lock
from runner.model.request import Key


def say_resolve(attempt: Attempt, answer: str = "") -> str:
    """Under the label the attempt was sent with: it is found by that whatever its shot is called now.

    An answer is about this attempt, whatever else is open under that label.
    """
    words = f"framechain resolve {attempt.intent.shot}"
    if answer:
        return f"`{words} {answer} --attempt {attempt.id}`"
    return f"`{words}`" if attempt.intent.profile is None else f"`{words} --profile {attempt.intent.profile}`"


def say_unfit(attempt: Attempt) -> str:
    return f"what came is not the clip that was asked for: {attempt.unfit} (job {attempt.job})"


def hint_for_unfit(attempt: Attempt) -> str:
    adopt = f"`framechain adopt {attempt.intent.shot} FILE` takes it or another clip all the same"
    lets_go = f"{say_resolve(attempt, 'abandon')} lets go of it, and the next run makes it anew"
    return f"{adopt}; {lets_go}; {say_resolve(attempt, 'charged --job ID')} where its job is another"


def about_label(attempts: Iterable[Attempt], label: str, profile: str | None, keys: Collection[Key]) -> list[Attempt]:
    """Those sent under that label; where there are none, those that ask for what it asks for now.

    Without a profile the ones of none come first; a profile that is gone from the storyboard cannot be named.
    """
    attempts = list(attempts)
    named = [one for one in attempts if one.intent.shot == label]
    of_profile = [one for one in named if one.intent.profile == profile]
    if not of_profile and profile is None:
        of_profile = named
    return of_profile or [one for one in attempts if one.intent.key in keys]


def about_answer(attempts: Sequence[Attempt], answer: str, job: str | None) -> list[Attempt]:
    """While something is in doubt an answer is about that. A job that is known is let go of, or given another id."""
    if answer == "later":
        return list(attempts)
    doubtful = [one for one in attempts if one.state.is_doubtful]
    if doubtful or not (answer == "abandon" or job is not None):
        return doubtful
    return list(attempts)


def check_single(attempts: Sequence[Attempt], label: str, profile: str | None, answer: str, job: str | None) -> None:
    """Invalid, with a command for each, when the answer could be about more than one of them."""
    if len(attempts) < 2:
        return
    whole = f"{answer} --job {job}" if job is not None else answer
    ways = [f"`framechain resolve {name_attempt(one, attempts, label, profile).put(whole)}`" for one in attempts]
    message = f"{len(attempts)} attempts of `{label}` are open, and an answer is about one of them"
    raise Invalid(Diagnostic("answer-for-several", Severity.ERROR, message, None, "; ".join(ways)))


def check_job(attempts: Iterable[Attempt], asked: Attempt, job: str) -> None:
    """Invalid when another attempt has that job: its clip would be two takes, and one of two payments forgotten."""
    for other in attempts:
        is_other = other.id != asked.id and other.state is not AttemptState.ABANDONED
        if is_other and (other.job, other.intent.gateway) == (job, asked.intent.gateway):
            whose = f"`{other.intent.shot}`, roll {other.intent.roll}, {other.state}"
            message = f"job `{job}` at `{other.intent.gateway}` is that of {whose}"
            hint = f"look up which job `{asked.intent.shot}`, roll {asked.intent.roll} has; each job is of one attempt"
            raise Invalid(Diagnostic("job-taken", Severity.ERROR, message, None, hint))


def check_locked_job(lock: Lock, asked: Attempt, job: str) -> None:
    """The same of jobs that only the lock knows: made on another machine, or before the journal was lost."""
    intent = asked.intent
    for shot in lock.shots:
        for take in lock.takes_of(shot):
            is_there = (take.job, take.gateway, take.sandbox) == (job, intent.gateway, intent.sandbox)
            if is_there and (take.key, take.makers_part) != (intent.key, intent.makers_part.digest):
                message = f"job `{job}` at `{intent.gateway}` is that of `{shot}`, `{take.name}` in the lock"
                hint = f"look up which job `{intent.shot}`, roll {intent.roll} has; each job is of one attempt"
                raise Invalid(Diagnostic("job-taken", Severity.ERROR, message, None, hint))


@dataclass(frozen=True, slots=True)
class AttemptName:
    """The words behind `framechain resolve` that mean one attempt and no other; an answer stands between them."""

    label: str
    options: str = ""

    def put(self, answer: str) -> str:
        return " ".join(word for word in (self.label, answer, self.options) if word)


def name_attempt(attempt: Attempt, meant: Sequence[Attempt], label: str, profile: str | None) -> AttemptName:
    """`meant`: all that label and profile alone could mean. Told apart by the roll, else by the attempt's own id."""
    roll = attempt.intent.roll
    by_roll = [one for one in meant if one.intent.roll == roll]
    if attempt not in meant or (len(meant) > 1 and len(by_roll) > 1):
        return AttemptName(label, f"--attempt {attempt.id}")
    options = [] if len(meant) == 1 else [f"--roll {roll}"]
    options += [] if profile is None else [f"--profile {profile}"]
    return AttemptName(label, " ".join(options))


def name_open(attempt: Attempt, open_attempts: Iterable[Attempt], profiles: Collection[str]) -> AttemptName:
    """Under the label it was sent with, and its profile where the storyboard still has that."""
    intent = attempt.intent
    profile = intent.profile if intent.profile in profiles else None
    return name_attempt(attempt, about_label(open_attempts, intent.shot, profile, ()), intent.shot, profile)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    attempt: Attempt
    name: AttemptName


@dataclass(frozen=True, slots=True)
class OpenQuestions:
    """All attempts whose end is not on this machine, in the order they were sent."""

    # What only a person can say.
    asked: tuple[OpenQuestion, ...]
    # What the next run goes on with or clears up by itself, as far as the provider still knows of it.
    going_on: tuple[OpenQuestion, ...]
