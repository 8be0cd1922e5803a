"""Commands that make something: new, run, apply, cut, review."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.group import ENDPOINT, PRODUCTION, SELECTION, given_endpoints, selection, target
from runner.cli.output import print_diagnostics, print_plan, shown, width_of

if TYPE_CHECKING:
    from runner.api.plans import Planned
    from runner.api.runs import Ran
    from runner.model.money import Money


MAX_COST = click.option("--max-cost", metavar="AMOUNT", help='refuse a plan that may cost more, e.g. "5 USD"')
UNKNOWN_PRICE = click.option(
    "--allow-unknown-price", is_flag=True, help="send what has no price in spite of a budget or --max-cost"
)
WAIT = click.option(
    "--wait",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="how long to wait for one job (an hour unless told); it is kept, and a later run goes on with it",
)


@click.command()
@click.argument("name")
def new(name: str) -> None:
    """Make a production that runs at once, in a new folder NAME."""
    from runner import api

    folder = api.new(Path(name))
    click.echo(f"made {shown(folder)}: its storyboard is {shown(folder / 'storyboard.yaml')}")
    click.echo(f"next: framechain run {shown(folder)}")


@click.command()
@PRODUCTION
@SELECTION
@click.option("-y", "--yes", is_flag=True, help="do not ask before paid work")
@MAX_COST
@UNKNOWN_PRICE
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="how many clips to make at once at most")
@click.option("--no-spend", is_flag=True, help="send nothing that costs; fetch what was made")
@WAIT
@click.option("--allow-host", multiple=True, metavar="HOST", help="agree to a host of the production's own manifest")
def run(
    path: Path,
    profile: str | None,
    provider: str | None,
    *,
    only: tuple[str, ...],
    no_cascade: bool,
    remake: tuple[str, ...],
    yes: bool,
    max_cost: str | None,
    allow_unknown_price: bool,
    jobs: int | None,
    no_spend: bool,
    wait: float | None,
    allow_host: tuple[str, ...],
) -> int:
    """Make what the plan shows, then cut the film when every shot has its take."""
    from runner import api
    from runner.showing.progress import TerminalProgress

    choices = api.RunChoices(
        selection(only, remake, no_cascade=no_cascade, jobs=jobs),
        _money(max_cost),
        allow_unknown_price=allow_unknown_price,
        jobs=jobs,
        no_spend=no_spend,
        allow_hosts=allow_host,
        wait_seconds=wait,
    )
    done = api.run(
        target(path, profile, provider),
        choices,
        TerminalProgress(sys.stderr),
        lambda planned, costs: _agree(planned, must_ask=costs and not yes),
    )
    return _tell_end(done)


@click.command()
@PRODUCTION
@click.option("-y", "--yes", is_flag=True, help="do not ask before paid work")
@MAX_COST
@UNKNOWN_PRICE
@WAIT
def retry(
    path: Path,
    profile: str | None,
    provider: str | None,
    *,
    yes: bool,
    max_cost: str | None,
    allow_unknown_price: bool,
    wait: float | None,
) -> int:
    """Make again what failed, and nothing else; the same as run --only status:failed --remake status:failed."""
    from runner import api
    from runner.showing import summary
    from runner.showing.progress import TerminalProgress

    failed = ("status:failed",)
    choices = api.RunChoices(
        selection(failed, failed, no_cascade=False),
        _money(max_cost),
        allow_unknown_price=allow_unknown_price,
        wait_seconds=wait,
    )
    plans: list[Planned] = []

    def agree(planned: "Planned", costs: bool) -> bool:  # noqa: FBT001  # the shape `run` asks for
        plans.append(planned)
        return _agree(planned, must_ask=costs and not yes)

    done = api.run(target(path, profile, provider), choices, TerminalProgress(sys.stderr), agree)
    # A clip that came and is another than was asked for has failed as well, and is for a person to decide on.
    if plans[0].plan.has_work or done.result.old_jobs or any(shot.action == "ask" for shot in plans[0].plan.shots):
        return _tell_end(done)
    click.echo(summary.nothing_failed(plans[0].plan))
    return 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("path", metavar="[PRODUCTION]", default=".", type=click.Path(path_type=Path))
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="how many clips to make at once at most")
@ENDPOINT
def apply(file: Path, path: Path, *, jobs: int | None) -> int:
    """Run exactly the plan that `plan -o` saved in FILE; refused when anything has moved since."""
    from runner import api
    from runner.showing.progress import TerminalProgress

    return _tell_end(api.apply(file, path, dict(os.environ), TerminalProgress(sys.stderr), jobs, given_endpoints()))


def _tell_end(done: "Ran") -> int:
    from runner.core.errors import ExitCode
    from runner.showing.outcome_text import summary_text
    from runner.showing.tables import fit_lines

    click.echo(fit_lines(summary_text(done.result), width_of(sys.stdout)))
    if done.trouble is not None:
        from runner.cli.troubles import diagnostics_of

        print_diagnostics(diagnostics_of(done.trouble), sys.stderr)
        return int(done.result.exit_code) or 1
    if done.film is not None:
        click.echo(f"the film: {shown(done.film)}")
    if done.result.exit_code == ExitCode.INTERRUPTED:
        click.echo("the next `framechain run` goes on from here")
    return int(done.result.exit_code)


def _agree(planned: "Planned", *, must_ask: bool) -> bool:
    """Shows the plan, and asks where it costs; without a terminal there is nobody to ask."""
    if planned.plan.has_work:
        print_plan(planned)
    else:
        print_diagnostics(planned.production.diagnostics, sys.stderr)
    if not must_ask:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm("make it so?", default=False, err=True)


def _money(text: str | None) -> "Money | None":
    from runner.model.money import parse_money

    if text is None:
        return None
    try:
        return parse_money(text)
    except ValueError:
        raise click.BadParameter(f"`{text}` is not an amount like `5 USD`", param_hint="--max-cost") from None


@click.command()
@PRODUCTION
def cut(path: Path, profile: str | None, provider: str | None) -> None:
    """Join the chosen takes in order into one film."""
    from runner import api
    from runner.showing import summary

    made = api.cut(target(path, profile, provider))
    print_diagnostics(made.diagnostics, sys.stderr)
    click.echo(summary.film(made.path, made.facts))


@click.command()
@PRODUCTION
def review(path: Path, profile: str | None, provider: str | None) -> None:
    """Write the page: every shot with its player, prompt, take, reason and seams."""
    from runner import api

    click.echo(f"the page: {shown(api.review(target(path, profile, provider)))}")
