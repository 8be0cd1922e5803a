"""Commands that change which take stands: use, pin, unpin, accept, adopt, resolve. They make nothing."""

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.group import PRODUCTION, target
from runner.cli.output import print_json, shown, width_of

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
# Of a shot, or of a voice or an element as its attempts are called.
_SHOT_ID = re.compile(r"(?:(?:voice|element):.*|[A-Za-z0-9][A-Za-z0-9_-]*)")


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
    """Show the open question about SHOT, and answer it: was that submit charged?

    Without SHOT: all open questions of the production, each with the commands that answer it.

    \b
    charged --job ID  ID is its job at the provider: the next run fetches the clip
    charged           it was paid for, and its job cannot be found: booked as lost
    not-charged       nothing was taken: the next run sends it again
    abandon           let go of it, whatever became of it: booked as charged
    later             only show it
    """  # noqa: D301  # click's mark for lines that are not to be filled
    if journal:
        if {job, roll, attempt} != {None} or answer != "later" or (shot is not None and path != Path()):
            raise click.UsageError("--journal is about the whole production: name that, or nothing")
        return _rebuild(target(Path() if shot is None else Path(shot), profile, provider), as_json=as_json)
    if as_json:
        raise click.UsageError("--json goes with --journal")
    if answer not in _ANSWERS:
        # Only the production was named.
        answer, path = "later", _production_for(answer, path)
    is_listing = shot is None or (answer == "later" and path == Path() and _is_production(shot))
    if is_listing and {job, roll, attempt} != {None}:
        raise click.UsageError("name the SHOT the question is about")
    if shot is None or is_listing:
        return _list_questions(Path() if shot is None else Path(shot), profile, provider)
    if job is not None and answer != "charged":
        raise click.BadParameter("a job is given with `charged` only", param_hint="--job")
    return _answer(target(path, profile, provider), shot, answer, job, roll=roll, attempt=attempt)


def _production_for(word: str, path: Path) -> Path:
    """What stands in the place of an answer and is none: the production, where that is not named behind it."""
    from runner.core.nearest import did_you_mean

    if path == Path() and (Path(word).exists() or not _SHOT_ID.fullmatch(word)):
        return Path(word)
    hint = did_you_mean(word, _ANSWERS, f"expected one of {', '.join(_ANSWERS)}")
    raise click.BadParameter(f"`{word}` is no answer; {hint}")


def _is_production(word: str) -> bool:
    """No shot has such a name, or there is no storyboard here that could have that shot."""
    return not _SHOT_ID.fullmatch(word) or (Path(word).is_dir() and not Path("storyboard.yaml").exists())


def _list_questions(path: Path, profile: str | None, provider: str | None) -> int:
    from runner import api
    from runner.showing.question_text import questions_text
    from runner.showing.tables import fit_lines

    found = api.list_questions(target(path, profile, provider))
    click.echo(fit_lines(questions_text(found, _word_for(path)), width_of(sys.stdout)))
    return 4 if found.asked else 0


def _answer(
    production: "Target", shot: str, answer: str, job: str | None, *, roll: int | None, attempt: str | None
) -> int:
    from runner import api
    from runner.showing.question_text import question_text
    from runner.showing.tables import fit_lines

    attempts = api.resolve(production, shot, answer, job, roll=roll, attempt=attempt)
    given = (("--roll", roll), ("--attempt", attempt))
    told = question_text(
        shot,
        attempts,
        answer,
        job,
        profile=production.profile,
        production=_word_for(production.path),
        narrowed_by=" ".join(f"{name} {value}" for name, value in given if value is not None),
    )
    click.echo(fit_lines(told, width_of(sys.stdout)))
    if answer != "later":
        # An answer that nobody took is no success.
        return 0 if attempts else 2
    return 4 if any(one.state.is_doubtful for one in attempts) else 0


def _word_for(path: Path) -> str:
    """The production in a command that is to be copied; empty for the current folder."""
    return "" if path == Path() else shlex.quote(str(path))


def _rebuild(production: "Target", *, as_json: bool) -> int:
    from runner import api
    from runner.showing.rebuilt_text import rebuilt_text, rebuilt_to_json

    rebuilt = api.rebuild_journal(production)
    if as_json:
        print_json(rebuilt_to_json(rebuilt))
    else:
        click.echo(rebuilt_text(rebuilt))
    return 4 if rebuilt.questions else 0
