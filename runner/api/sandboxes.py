"""Starts the local double of the gateways, with the animatic's renderer for its clips where those are asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from runner.adapters import package_data
from runner.api.manifests import built_in
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid

if TYPE_CHECKING:
    from runner.sandbox.faults import FaultScript

_EXTRA = ("starlette", "uvicorn")


@dataclass(frozen=True, slots=True)
class SandboxChoices:
    port: int = 0
    latency: float = 0.0
    clips: Literal["small", "animatic"] = "small"
    # A file that says what goes wrong, and when.
    faults: Path | None = None
    # Held to the vendors' capability maps; else to what their own pages and clients send.
    is_strict: bool = True
    # Clips an account may have in the making at a time; None: any number.
    concurrency: int | None = None


def serve_sandbox(choices: SandboxChoices, started: Callable[[str], None]) -> None:
    """Until it is interrupted. OSError for a port that is taken, Invalid where its libraries are not installed."""
    try:
        from runner.sandbox.server import serve
    except ImportError as missing:
        if (missing.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise Invalid(_missing()) from missing
    from runner.api.sandbox_clips import AnimaticClips
    from runner.sandbox.dialect import Strictness
    from runner.sandbox.fault_script import FaultScriptTrouble
    from runner.sandbox.options import SandboxOptions

    options = SandboxOptions(
        port=choices.port,
        latency=choices.latency,
        clips=choices.clips,
        strictness=Strictness.STRICT if choices.is_strict else Strictness.LENIENT,
        faults=None if choices.faults is None else _read_faults(choices.faults),
        concurrency=choices.concurrency,
    )
    try:
        serve(options, AnimaticClips() if choices.clips == "animatic" else None, started)
    except FaultScriptTrouble as trouble:
        raise Invalid(_unfollowable(trouble)) from trouble


def gateways_of_sandbox() -> tuple[str, ...]:
    """The providers it answers for: every built-in one that is reached over the network."""
    return tuple(name for name in package_data.gateway_names() if built_in(name).interface is not None)


def _read_faults(file: Path) -> "FaultScript":
    from runner.sandbox.fault_script import FaultScriptTrouble, read_fault_script

    try:
        return read_fault_script(file.read_text(encoding="utf-8"), file.name)
    except FaultScriptTrouble as trouble:
        raise Invalid(_unfollowable(trouble)) from trouble
    except UnicodeDecodeError as trouble:
        message = f"`{file.name}` is not UTF-8 text"
        raise Invalid(Diagnostic("not-text", Severity.ERROR, message, None, "save it as UTF-8")) from trouble
    except FileNotFoundError as trouble:
        message, hint = f"`{file}` is not there", "name a file with rules, or leave `--faults` out"
        raise Invalid(Diagnostic("file-missing", Severity.ERROR, message, None, hint)) from trouble
    except OSError as trouble:
        message = f"`{file}` cannot be read: {(trouble.strerror or 'the system refuses').lower()}"
        raise Invalid(Diagnostic("file-unreadable", Severity.ERROR, message, None, "see who may read it")) from trouble


def _unfollowable(trouble: ValueError) -> Diagnostic:
    hint = "docs/providers.md shows a script that can be followed"
    return Diagnostic("bad-value", Severity.ERROR, str(trouble), None, hint)


def _missing() -> Diagnostic:
    message = "the sandbox needs the `sandbox` extra, which is not installed"
    return Diagnostic("extra-missing", Severity.ERROR, message, None, "pip install 'framechain[sandbox]'")
