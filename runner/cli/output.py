"""Prints what the commands have to say."""

import os
import sys
from collections.abc import Iterable
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from runner.api.plans import Planned
    from runner.core.diagnostic import Diagnostic


def colored(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int | None:
    """Where lines are to be broken; None where there is no edge, as in a file."""
    if not stream.isatty() and "COLUMNS" not in os.environ:
        return None
    return get_terminal_size().columns


def shown(value: object) -> str:
    """A name from the outside, without what would steer the terminal."""
    from runner.showing.wording import make_harmless

    return make_harmless(str(value))


def print_json(value: Any) -> None:
    from runner.showing.wording import json_text

    click.echo(json_text(value))


def print_diagnostics(diagnostics: "Iterable[Diagnostic]", stream: TextIO) -> None:
    from runner.showing.diagnostics import render_all

    found = tuple(diagnostics)
    if found:
        click.echo(render_all(found, color=colored(stream), width=width_of(stream)), file=stream)


def print_plan(planned: "Planned", *, verbose: bool = False) -> None:
    from runner.showing.plan_text import plan_text

    print_diagnostics(planned.production.diagnostics, sys.stderr)
    width = width_of(sys.stdout)
    click.echo(plan_text(planned.plan, color=colored(sys.stdout), verbose=verbose, width=width))
