"""The command that removes: gc. Nothing is removed that nobody agreed to."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.cli.group import PRODUCTION, target

if TYPE_CHECKING:
    from runner.model.resource import MadeResource


@click.command()
@PRODUCTION
@click.option("--resources", is_flag=True, help="voices and elements made at the provider")
@click.option("-y", "--yes", is_flag=True, help="do not ask before removing")
def gc(path: Path, profile: str | None, provider: str | None, *, resources: bool, yes: bool) -> int:
    """Remove what nothing refers to: with --resources, voices and elements at the provider."""
    from runner import api

    if not resources:
        raise click.UsageError("say what is to be removed: `--resources`, voices and elements at the provider")
    cleaned = api.clean_resources(
        target(path, profile, provider), lambda unused: _agree_to_removing(unused, is_agreed=yes)
    )
    for made in cleaned.removed:
        click.echo(f"removed {made.kind} {made.id} at {made.gateway}")
    for made, why in cleaned.kept:
        click.echo(f"kept {made.kind} {made.id} at {made.gateway}: {why}", err=True)
    if not cleaned.removed and not cleaned.kept:
        none_made = "no voice and no element was made here with this provider's key"
        reason = "the storyboard refers to all that was made" if cleaned.in_use else none_made
        click.echo(f"nothing to remove: {reason}")
    return 1 if cleaned.kept else 0


def _agree_to_removing(unused: "Sequence[MadeResource]", *, is_agreed: bool) -> bool:
    for made in unused:
        click.echo(
            f"{made.kind} {made.id} at {made.gateway}, made {made.made[:10]}: no {made.kind} here is made from it"
        )
    if is_agreed:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm("remove them there? other productions with this key may use them", default=False, err=True)
