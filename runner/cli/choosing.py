"""Commands that change which take stands: use, pin, unpin, accept, adopt, resolve. They make nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.group import PRODUCTION, target
from runner.cli.output import print_json, shown

if TYPE_CHECKING:
    from runner.api.targets import Target


@click.command()
@click.argument("shot")
@click.argument("take")
@PRODUCTION
def use(shot: str, take: str, path: Path, profile: str | None, provider: str | None) -> None:
    """Choose TAKE (v001, v002, ...) for SHOT; it stands until the request changes."""
    from runner import api

    api.use(target(path, profile, provider), shot, take)
    click.echo(f"{shot}: {take} is in use")


@click.command()
@click.argument("shot")
@PRODUCTION
@click.option("--because", metavar="WORDS", default="by hand", help="why; shown wherever the shot is left alone")
def pin(shot: str, path: Path, profile: str | None, provider: str | None, *, because: str) -> None:
    """Freeze SHOT on the take it has, even against its own edits."""
    from runner import api

    take = api.pin(target(path, profile, provider), shot, because)
    click.echo(f"{shot}: pinned to {take}")


@click.command()
@click.argument("shot")
@PRODUCTION
def unpin(shot: str, path: Path, profile: str | None, provider: str | None) -> None:
    """Let SHOT follow its storyboard again."""
    from runner import api

    api.unpin(target(path, profile, provider), shot)
    click.echo(f"{shot}: no longer pinned")


@click.command()
@click.argument("shot")
@PRODUCTION
def accept(shot: str, path: Path, profile: str | None, provider: str | None) -> None:
    """Record that SHOT's take is good for its source as it is now."""
    from runner import api

    take = api.accept(target(path, profile, provider), shot)
    click.echo(f"{shot}: {take} is accepted for its present source")


@click.command()
@click.argument("shot")
@click.argument("footage", type=click.Path(path_type=Path))
@PRODUCTION
def adopt(shot: str, footage: Path, path: Path, profile: str | None, provider: str | None) -> None:
    """Bring own FOOTAGE as a take of SHOT, and use it."""
    from runner import api

    take = api.adopt(target(path, profile, provider), shot, footage)
    click.echo(f"{shot}: {take} is {shown(footage)}, and in use")


_ANSWERS = ("charged", "not-charged", "abandon", "later")


@click.command()
@click.argument("shot", required=False)
@click.argument("answer", metavar="[charged|not-charged|abandon|later]", default="later")
@PRODUCTION
@click.option("--job", metavar="ID", help="with `charged`: the job at the provider, whose clip is then fetched")
@click.option("--roll", type=click.IntRange(min=1), metavar="N", help="of several rolls of SHOT, the one it is about")
@click.option("--attempt", metavar="ID", help="the one attempt it is about, where rolls do not tell them apart")
@click.option("--journal", is_flag=True, help="rebuild a damaged journal; takes no SHOT, sends nothing that costs")
@click.option("--json", "as_json", is_flag=True, help="with --journal: print JSON instead of text")
def resolve(
    shot: str | None,
    answer: str,
    path: Path,
    profile: str | None,
    provider: str | None,
    *,
    job: str | None,
    roll: int | None,
    attempt: str | None,
    journal: bool,
    as_json: bool,
) -> int:
    """Show the open question about SHOT, and answer it: was that submit charged?"""
    from runner import api
    from runner.showing.question_text import question_text

    if journal:
        if {job, roll, attempt} != {None} or answer != "later" or (shot is not None and path != Path()):
            raise click.UsageError("--journal is about the whole production: name that, or nothing")
        return _rebuild(target(Path() if shot is None else Path(shot), profile, provider), as_json=as_json)
    if shot is None or as_json:
        raise click.UsageError("--json goes with --journal" if as_json else "name the SHOT the question is about")
    if answer not in _ANSWERS:
        if path != Path():
            raise click.BadParameter(f"`{answer}` is no answer, expected one of {', '.join(_ANSWERS)}")
        # Only the production was named.
        answer, path = "later", Path(answer)
    if job is not None and answer != "charged":
        raise click.BadParameter("a job is given with `charged` only", param_hint="--job")
    attempts = api.resolve(target(path, profile, provider), shot, answer, job, roll=roll, attempt=attempt)
    click.echo(question_text(shot, attempts, answer, job))
    is_open = any(attempt.state.is_doubtful for attempt in attempts)
    return 4 if is_open and answer == "later" else 0


def _rebuild(production: "Target", *, as_json: bool) -> int:
    from runner import api
    from runner.showing.rebuilt_text import rebuilt_text, rebuilt_to_json

    rebuilt = api.rebuild_journal(production)
    if as_json:
        print_json(rebuilt_to_json(rebuilt))
    else:
        click.echo(rebuilt_text(rebuilt))
    return 4 if rebuilt.questions else 0
