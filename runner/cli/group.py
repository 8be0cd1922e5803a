"""The command group and the options that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runner import __version__

if TYPE_CHECKING:
    from runner.api.plans import Selection
    from runner.api.targets import Target

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class _InOrder(click.Group):
    """Lists its commands as they were added, the order people meet them in, and knows what a misspelt one may mean."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as wrong:
            from runner.core.nearest import nearest

            likely = nearest(args[0], self.commands) if args else None
            if likely is not None:
                raise click.UsageError(f"`{args[0]}` is not a command; did you mean `{likely}`?", ctx) from wrong
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(
    cls=_InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 some shots failed, 2 the storyboard is wrong, 3 refused, 4 a question is open, "
    "70 a bug of ours, 130 interrupted.",
)
@click.version_option(__version__, message="framechain %(version)s")
def framechain() -> None:
    """Storyboards in, films out.

    A production is a folder with a storyboard.yaml. Every command takes one (or the storyboard's file) and works on the
    current folder if none is named.
    """


def options(*decorators: Decorator) -> Decorator:
    """Several options as one, shown in the order given."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


_ENDPOINTS = "framechain.endpoints"


def _keep_endpoints(ctx: click.Context, _parameter: click.Parameter, written: tuple[str, ...]) -> None:
    """Kept beside the command rather than handed to it: `target` alone needs them."""
    endpoints: dict[str, str] = {}
    for one in written:
        provider, separator, url = one.partition("=")
        if not (provider and separator and url):
            raise click.BadParameter(f"`{one}` is not of the form `provider=http://127.0.0.1:9100`")
        endpoints[provider] = url
    ctx.meta[_ENDPOINTS] = endpoints


ENDPOINT = click.option(
    "--endpoint",
    multiple=True,
    metavar="PROVIDER=URL",
    expose_value=False,
    callback=_keep_endpoints,
    help="reach a provider here instead of at its own host",
)
PRODUCTION = options(
    click.argument("path", metavar="[PRODUCTION]", default=".", type=click.Path(path_type=Path)),
    click.option("--profile", metavar="NAME", help="apply this profile of the storyboard"),
    click.option("--provider", metavar="NAME", help="use this provider instead of the storyboard's"),
    ENDPOINT,
)
SELECTION = options(
    click.option(
        "--only",
        multiple=True,
        metavar="SELECTOR",
        help="only these: climb, climb+ (and what hangs on it), +climb, scene:dawn, status:failed, stale",
    ),
    click.option("--no-cascade", is_flag=True, help="leave alone what would be made only because its source is"),
    click.option(
        "--remake", multiple=True, metavar="SELECTOR", help="make these again even if they failed or were lost"
    ),
)
JSON = click.option("--json", "as_json", is_flag=True, help="print JSON instead of text")


def target(path: Path, profile: str | None, provider: str | None) -> "Target":
    from runner.api.targets import Target

    return Target(path, profile, provider, dict(os.environ), given_endpoints())


def given_endpoints() -> dict[str, str]:
    endpoints: dict[str, str] = click.get_current_context().meta.get(_ENDPOINTS, {})
    return endpoints


def selection(
    only: tuple[str, ...], remake: tuple[str, ...], *, no_cascade: bool, jobs: int | None = None
) -> "Selection":
    from runner.api.plans import Selection

    return Selection(only, no_cascade, remake, jobs)
