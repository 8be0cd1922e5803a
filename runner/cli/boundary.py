"""The door to the shell: whatever happens inside becomes words and an exit code, and never a traceback."""

import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from runner.cli.choosing import accept, adopt, pin, resolve, unpin, use
from runner.cli.cleaning import gc
from runner.cli.group import framechain
from runner.cli.looking import check, graph, plan, schema, status, takes, verify, why
from runner.cli.making import apply, cut, new, retry, review, run
from runner.cli.output import print_diagnostics
from runner.cli.providing import compile_request, providers, sandbox

_COMMANDS = (
    new,
    check,
    plan,
    run,
    apply,
    retry,
    status,
    why,
    graph,
    compile_request,
    takes,
    use,
    pin,
    unpin,
    accept,
    adopt,
    resolve,
    cut,
    review,
    verify,
    gc,
    providers,
    sandbox,
    schema,
)
for _command in _COMMANDS:
    framechain.add_command(_command)


def serve(arguments: Sequence[str] | None = None) -> int:
    """One command line as a process of its own: a signal to end is an interruption, told in words."""
    # Else it would end us in the middle of a file, without a word.
    signal.signal(signal.SIGTERM, _interrupt)
    # A terminal that is closed ends what was started in it; who started it with `nohup` said otherwise.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _interrupt)
    return run_command(arguments)


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code."""
    from runner.core.errors import ExitCode

    try:
        result = framechain.main(args=arguments, prog_name="framechain", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return _leave_the_pipe()
    except Exception as cause:  # noqa: BLE001  # the last door: what comes here is told, never shown as a traceback
        return _tell(cause, list(arguments if arguments is not None else sys.argv[1:]))
    return result if isinstance(result, int) else ExitCode.DONE


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _tell(cause: Exception, arguments: list[str]) -> int:
    from runner.core.errors import ExitCode, FramechainError

    if isinstance(cause, FramechainError):
        print_diagnostics(cause.diagnostics, sys.stderr)
        return cause.exit_code
    if isinstance(cause, OSError):
        from runner.cli.troubles import diagnostics_of

        print_diagnostics(diagnostics_of(cause), sys.stderr)
        return ExitCode.SOME_FAILED
    report = _write_report(cause, arguments)
    click.echo(f"framechain has a bug ({type(cause).__name__}); what happened is written in {report}", err=True)
    return ExitCode.BUG


def _write_report(cause: Exception, arguments: list[str]) -> Path:
    from runner.showing.bug import report_text

    handle, name = tempfile.mkstemp(prefix="framechain-bug-", suffix=".txt", text=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(report_text(cause, arguments))
    return Path(name)


def _leave_the_pipe() -> int:
    """Whoever read our output has gone; Python must not try to say more when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
