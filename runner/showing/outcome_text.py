"""What a run came to, in words: the counts, every shot that is not as it should be with what to do, and what was spent.

How it looks while it runs is next door, in `progress`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from runner.model.run import Outcome, RunResult, ShotOutcome
from runner.showing.wording import count, make_harmless, say_all_have, say_spent

# Of shots that end alike; their number says the rest.
_NAMES_SHOWN: Final = 4
# Of every outcome but those that are well: how its shots are headed.
_HEADINGS: Final[Mapping[Outcome, str]] = {
    Outcome.STALE: "out of date, left as it is",
    Outcome.LEFT: "not selected, has no take",
    Outcome.WAITING: "still runs at the provider; a later run goes on with it",
    Outcome.BLOCKED: "blocked",
    Outcome.FAILED: "failed",
    Outcome.REFUSED: "refused",
    Outcome.OPEN: "only you can say",
    Outcome.INTERRUPTED: "interrupted",
}


def summary_text(result: RunResult) -> str:
    """What a run came to: the counts, then every shot that is not as it should be with what to do about it."""
    lines = [_verdict(result)]
    for outcome, heading in _HEADINGS.items():
        shots = result.of(outcome)
        if shots:
            lines += [f"{heading}:", *(line for alike in _group_alike(shots) for line in _tell_shots(alike))]
    if result.old_jobs:
        lines += ["other jobs of earlier runs:", *(line for job in result.old_jobs for line in _tell_old_job(job))]
    if len(result.of(Outcome.OPEN)) + sum(job.outcome is Outcome.OPEN for job in result.old_jobs) > 1:
        lines.append("`framechain resolve` lists these questions, with the commands to answer each")
    if any(money.amount for money in result.spent) or result.unpriced:
        lines.append(f"spent in this run: {say_spent(result.spent, result.unpriced)}")
    return "\n".join(lines)


def _verdict(result: RunResult) -> str:
    kept, total = len(result.of(Outcome.KEPT)), len(result.shots)
    if kept == total:
        return f"nothing to make: {say_all_have(total)} the take the storyboard asks for"
    made, resumed = len(result.of(Outcome.MADE)), len(result.of(Outcome.RESUMED))
    told = [f"{count(made, 'shot')} made"]
    if resumed:
        told.append(f"{resumed} fetched from an earlier run")
    if kept:
        told.append(f"{kept} kept")
    for outcome in _HEADINGS:
        number = len(result.of(outcome))
        if number:
            told.append(f"{number} {outcome.value}")
    return ", ".join(told)


def _group_alike(shots: Sequence[ShotOutcome]) -> list[list[ShotOutcome]]:
    """Shots of which just the same is to be said, as when a provider has no credit left: told once."""
    groups: dict[tuple[object, ...], list[ShotOutcome]] = {}
    for shot in shots:
        own = shot.shot if shot.jobs or not shot.message else None
        # What keeps one of those that were not selected is for the plan to say.
        said = () if shot.outcome is Outcome.LEFT else (own, shot.message, shot.hint)
        groups.setdefault(said, []).append(shot)
    return list(groups.values())


def _tell_shots(alike: Sequence[ShotOutcome]) -> Iterator[str]:
    shot = alike[0]
    is_said = shot.message and all(one.message == shot.message for one in alike)
    message = f": {make_harmless(shot.message)}" if is_said else ""
    unsaid = [make_harmless(job) for job in shot.jobs if job not in shot.message]
    jobs = f" (job {', '.join(unsaid)})" if unsaid else ""
    names = [make_harmless(one.shot) for one in alike]
    hidden = len(names) - _NAMES_SHOWN
    named = ", ".join(names) if hidden < 2 else f"{', '.join(names[:_NAMES_SHOWN])} and {hidden} more"
    yield f"  {named}{message}{jobs}"
    if shot.hint and all(one.hint == shot.hint for one in alike):
        yield f"    hint: {make_harmless(shot.hint)}"


def _tell_old_job(job: ShotOutcome) -> Iterator[str]:
    what = job.message or ("fetched and kept as a take" if job.outcome is Outcome.RESUMED else job.outcome.value)
    yield f"  {make_harmless(job.shot)}: {make_harmless(what)}"
    if job.hint:
        yield f"    hint: {make_harmless(job.hint)}"
