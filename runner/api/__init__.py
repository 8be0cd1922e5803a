"""The functions behind the commands, for the command line and for other programs: values in, values out.

Nothing here prints, asks or exits; what cannot be done is a `runner.core.errors.FramechainError` with its diagnostics.
Each name is imported when it is first used, so that a check does not wait for what only a run needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from runner.api.choices import accept, adopt, pin, takes, unpin, use
    from runner.api.cleaning import Cleaned, clean_resources
    from runner.api.compiling import CompiledShot, compile_shot
    from runner.api.films import Film, cut
    from runner.api.looking import Verified, schema, schema_names, status, verify
    from runner.api.pages import review
    from runner.api.plans import Planned, Selection, plan, plan_against, plan_shot
    from runner.api.production import Examined, Production
    from runner.api.production import examine as check
    from runner.api.providers import Providers, check_everywhere, describe_provider, list_providers, provider_names
    from runner.api.questions import list_questions, resolve
    from runner.api.rebuilding import rebuild_journal
    from runner.api.runs import Ran, RunChoices, run
    from runner.api.sandboxes import SandboxChoices, gateways_of_sandbox, serve_sandbox
    from runner.api.saved_plans import apply, save_plan
    from runner.api.starting import new
    from runner.api.targets import Target

_ROOMS: Final = {
    "choices": ("accept", "adopt", "pin", "takes", "unpin", "use"),
    "cleaning": ("Cleaned", "clean_resources"),
    "compiling": ("CompiledShot", "compile_shot"),
    "films": ("Film", "cut"),
    "looking": ("Verified", "schema", "schema_names", "status", "verify"),
    "pages": ("review",),
    "plans": ("Planned", "Selection", "plan", "plan_against", "plan_shot"),
    "production": ("Examined", "Production", "examine"),
    "providers": ("Providers", "check_everywhere", "describe_provider", "list_providers", "provider_names"),
    "questions": ("list_questions", "resolve"),
    "rebuilding": ("rebuild_journal",),
    "runs": ("Ran", "RunChoices", "run"),
    "sandboxes": ("SandboxChoices", "gateways_of_sandbox", "serve_sandbox"),
    "saved_plans": ("apply", "save_plan"),
    "starting": ("new",),
    "targets": ("Target",),
}
_ROOM_OF: Final = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "Cleaned",
    "CompiledShot",
    "Examined",
    "Film",
    "Planned",
    "Production",
    "Providers",
    "Ran",
    "RunChoices",
    "SandboxChoices",
    "Selection",
    "Target",
    "Verified",
    "accept",
    "adopt",
    "apply",
    "check",
    "check_everywhere",
    "clean_resources",
    "compile_shot",
    "cut",
    "describe_provider",
    "gateways_of_sandbox",
    "list_providers",
    "list_questions",
    "new",
    "pin",
    "plan",
    "plan_against",
    "plan_shot",
    "provider_names",
    "rebuild_journal",
    "resolve",
    "review",
    "run",
    "save_plan",
    "schema",
    "schema_names",
    "serve_sandbox",
    "status",
    "takes",
    "unpin",
    "use",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # `check` is what everybody else calls `examine`.
    inner = "examine" if name == "check" else name
    return getattr(import_module(f"{__name__}.{_ROOM_OF[inner]}"), inner)
