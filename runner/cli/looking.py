"""Commands that only look: check, plan, status, why, graph, takes, verify, schema."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.group import JSON, PRODUCTION, SELECTION, selection, target
from runner.cli.output import colored, print_diagnostics, print_json, print_plan, width_of
from runner.cli.providing import EVERY_PROVIDER, check_everywhere

if TYPE_CHECKING:
    from runner.api.plans import Planned


@click.command()
@PRODUCTION
@JSON
def check(path: Path, profile: str | None, provider: str | None, *, as_json: bool) -> int:
    """Say everything that can be known offline.

    With `--provider all`: where the storyboard could be made, and which lines stop it elsewhere. That ends with exit
    code 2 only where the storyboard is wrong in itself, or no provider at all could make it.
    """
    from runner import api
    from runner.showing import json_forms, summary

    if provider == EVERY_PROVIDER:
        return check_everywhere(target(path, profile, None), as_json=as_json)
    examined = api.check(target(path, profile, provider))
    if as_json:
        print_json(json_forms.check_to_json(examined.diagnostics))
    else:
        print_diagnostics(examined.diagnostics, sys.stdout)
        if examined.production is not None:
            click.echo(summary.checked(examined.production.storyboard, len(examined.diagnostics)))
    return 0 if examined.production is not None else 2


@click.command()
@PRODUCTION
@SELECTION
@click.option("--against", metavar="REV", help="compare with the storyboard of a git revision instead of with takes")
@click.option("--markdown", is_flag=True, help="print a table for a pull request")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="save the plan to a file")
@click.option("--detailed-exitcode", is_flag=True, help="0 nothing to do, 2 work to do, 1 anything wrong")
@click.option("-v", "--verbose", is_flag=True, help="list the shots that are kept as well")
@JSON
def plan(
    path: Path,
    profile: str | None,
    provider: str | None,
    *,
    only: tuple[str, ...],
    no_cascade: bool,
    remake: tuple[str, ...],
    against: str | None,
    markdown: bool,
    output: Path | None,
    detailed_exitcode: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Show per shot what a run would do, why, and at what price."""
    from runner import api
    from runner.core.errors import FramechainError

    if as_json and markdown:
        raise click.UsageError("`--json` and `--markdown` are two forms of one plan; give one of them")
    if against is not None and (only or remake or no_cascade):
        raise click.UsageError("`--against` compares whole storyboards; leave out what narrows the plan")
    chosen = selection(only, remake, no_cascade=no_cascade)
    try:
        production = target(path, profile, provider)
        planned = api.plan_against(production, against) if against is not None else api.plan(production, chosen)
    except FramechainError as wrong:
        if not detailed_exitcode:
            raise
        print_diagnostics(wrong.diagnostics, sys.stderr)
        return 1
    if output is not None:
        api.save_plan(planned, chosen, output)
    _show_plan(planned, markdown=markdown, verbose=verbose, as_json=as_json)
    return _plan_exit_code(planned) if detailed_exitcode else 0


def _show_plan(planned: "Planned", *, markdown: bool, verbose: bool, as_json: bool) -> None:
    from runner.showing import json_forms
    from runner.showing.markdown import plan_markdown

    if as_json:
        print_json(json_forms.plan_to_json(planned.plan))
    elif markdown:
        click.echo(plan_markdown(planned.plan))
    else:
        print_plan(planned, verbose=verbose)


def _plan_exit_code(planned: "Planned") -> int:
    from runner.model.plan import Action

    if any(shot.action in {Action.BLOCKED, Action.ASK} for shot in planned.plan.shots):
        return 1
    return 2 if planned.plan.has_work else 0


@click.command()
@PRODUCTION
@JSON
def status(path: Path, profile: str | None, provider: str | None, *, as_json: bool) -> None:
    """Show where things stand: each shot's state and take, and where the data lies."""
    from runner import api
    from runner.showing import json_forms
    from runner.showing.status_text import status_text

    standing = api.status(target(path, profile, provider))
    if as_json:
        print_json(json_forms.status_to_json(standing))
    else:
        click.echo(status_text(standing, color=colored(sys.stdout), width=width_of(sys.stdout)))


@click.command()
@click.argument("shot")
@PRODUCTION
def why(shot: str, path: Path, profile: str | None, provider: str | None) -> None:
    """Tell why SHOT would be made, or is kept."""
    from runner import api
    from runner.showing.why_text import why_text

    planned = api.plan_shot(target(path, profile, provider), shot)
    click.echo(why_text(planned.plan, planned.production.lock, shot, color=colored(sys.stdout)))


@click.command()
@PRODUCTION
@click.option("--format", "form", type=click.Choice(["mermaid", "dot"]), default="mermaid", show_default=True)
def graph(path: Path, profile: str | None, provider: str | None, *, form: str) -> None:
    """Draw the shots and their chains as mermaid or dot."""
    from runner import api
    from runner.showing import graph_text

    planned = api.plan(target(path, profile, provider))
    draw = graph_text.mermaid if form == "mermaid" else graph_text.dot
    click.echo(draw(planned.production.storyboard, planned.plan))


@click.command()
@click.argument("shot")
@PRODUCTION
def takes(shot: str, path: Path, profile: str | None, provider: str | None) -> None:
    """List the takes of SHOT; the one in use is marked."""
    from runner import api
    from runner.showing.takes_text import takes_text

    block, found = api.takes(target(path, profile, provider), shot)
    click.echo(takes_text(shot, block, found))


@click.command()
@PRODUCTION
def verify(path: Path, profile: str | None, provider: str | None) -> int:
    """Compare every stored take with its digest."""
    from runner import api
    from runner.showing import summary

    verified = api.verify(target(path, profile, provider))
    print_diagnostics(verified.diagnostics, sys.stderr)
    click.echo(summary.verified(verified.sound, verified.damaged, verified.absent))
    return 1 if verified.damaged else 0


@click.command()
@click.argument("name", default="storyboard")
@click.option("--list", "listed", is_flag=True, help="list the names of all schemas")
def schema(name: str, *, listed: bool) -> None:
    """Print the JSON Schema NAME (storyboard if none is named)."""
    from runner import api

    if listed:
        click.echo("\n".join(api.schema_names()))
    else:
        print_json(api.schema(name))
