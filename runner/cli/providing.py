"""Commands about providers: providers, compile, sandbox, and the check at all of them. None of them needs a key."""

import errno
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from runner.cli.group import JSON, PRODUCTION, target
from runner.cli.output import colored, print_diagnostics, print_json, width_of

if TYPE_CHECKING:
    from runner.api.targets import Target

EVERY_PROVIDER = "all"
# What is not a terminal has no edge to break lines at.
_WIDTH_OF_A_FILE = 140


@click.command()
@click.argument("name", required=False)
@click.argument("path", metavar="[PRODUCTION]", default=".", type=click.Path(path_type=Path))
@JSON
def providers(name: str | None, path: Path, *, as_json: bool) -> int:
    """Show what each provider can make, or all about provider NAME.

    Read from the manifests: the built-in ones, and those in the `gateways` folder of the production.
    """
    from runner import api
    from runner.showing import provider_forms
    from runner.showing.provider_text import provider_text
    from runner.showing.providers_text import providers_text

    if name is not None and path == Path() and name not in api.provider_names() and Path(name).exists():
        # Only the production was named.
        path, name = Path(name), None
    width = width_of(sys.stdout) or _WIDTH_OF_A_FILE
    listed = api.list_providers(path) if name is None else api.Providers((api.describe_provider(name, path),), ())
    if as_json:
        print_json(provider_forms.providers_to_json(listed.providers))
    elif name is None:
        click.echo(providers_text(listed.providers, width=width, color=colored(sys.stdout)))
    else:
        click.echo(provider_text(listed.providers[0], width=width, color=colored(sys.stdout)))
    print_diagnostics(listed.diagnostics, sys.stderr)
    return 2 if listed.diagnostics else 0


def check_everywhere(where: "Target", *, as_json: bool) -> int:
    """Exit code 2 where the storyboard is wrong in itself, or no provider could make it."""
    from runner import api
    from runner.showing import provider_forms
    from runner.showing.portability_text import portability_text

    found = api.check_everywhere(where)
    if as_json:
        print_json(provider_forms.portability_to_json(found))
    else:
        click.echo(portability_text(found, color=colored(sys.stdout), width=width_of(sys.stdout)))
    return 0 if found.runs_somewhere else 2


@click.command("compile")
@click.argument("shot")
@PRODUCTION
@JSON
def compile_request(shot: str, path: Path, profile: str | None, provider: str | None, *, as_json: bool) -> int:
    """Print the exact request for SHOT, where each value came from, and the requests that make its voices and elements.

    Nothing is sent and no key is read: pictures are told by name and size, keys by the name of their variable.
    """
    from runner import api
    from runner.core.diagnostic import has_errors
    from runner.showing import provider_forms
    from runner.showing.compile_text import compile_text, nothing_is_sent_text

    made = api.compile_shot(target(path, profile, provider), shot)
    name, outline = made.provider.name, made.outline
    print_diagnostics(made.diagnostics, sys.stderr)
    if as_json:
        print_json(provider_forms.compiled_to_json(shot, name, outline, made.url, made.headers, made.made_first))
    elif outline is None:
        click.echo(nothing_is_sent_text(shot, name, api.gateways_of_sandbox()))
    else:
        click.echo(compile_text(outline, made.url, made.headers, made.made_first, color=colored(sys.stdout)))
    return 2 if has_errors(made.diagnostics) else 0


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=9100, show_default=True, help="0: any free one")
@click.option(
    "--faults",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="misbehave as this script says (docs/providers.md)",
)
@click.option("--latency", type=click.FloatRange(min=0), default=0.0, metavar="S", help="seconds until a job has ended")
@click.option(
    "--clips",
    type=click.Choice(["small", "animatic"]),
    default="small",
    show_default=True,
    help="encoded once and quick, or drawn for each request by the animatic",
)
@click.option(
    "--strict/--lenient",
    "is_strict",
    default=True,
    help="refuse what the vendors' capability maps refuse (as it is), or take what their own pages send",
)
@click.option("--concurrency", type=click.IntRange(min=1), metavar="N", help="clips an account may have in the making")
def sandbox(
    *,
    port: int,
    faults: Path | None,
    latency: float,
    clips: Literal["small", "animatic"],
    is_strict: bool,
    concurrency: int | None,
) -> None:
    """Answer as the gateways do, on this machine only, and count what would have been charged.

    Ctrl-C ends it.
    """
    from runner import api

    choices = api.SandboxChoices(port, latency, clips, faults, is_strict, concurrency)
    try:
        # Where signals are ignored from outside, it just returns.
        with suppress(KeyboardInterrupt):
            api.serve_sandbox(choices, _tell_address)
        click.echo("the sandbox has ended")
    except OSError as trouble:
        if trouble.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        hint = "taken" if trouble.errno == errno.EADDRINUSE else "not for everybody to use"
        raise click.BadParameter(f"{port} is {hint}; `--port 0` takes a free one", param_hint="--port") from trouble


def _tell_address(url: str) -> None:
    from runner import api

    click.echo(f"the sandbox answers at {url}, as these gateways do;")
    click.echo("give `run` and `plan` the option beside a name:")
    names = api.gateways_of_sandbox()
    width = max(len(name) for name in names)
    for name in names:
        click.echo(f"  {name.ljust(width)}  --endpoint {name}={url}")
    click.echo(f"what it would have charged: {url}/till")
    click.echo(f"what it was asked:          {url}/requests")
    click.echo("Ctrl-C ends it")
