"""The functions behind the commands, for the command line and for other programs: values in, values out.

Nothing here prints, asks or exits; what cannot be done is a `runner.core.errors.FramechainError` with its diagnostics.
"""

from runner.api.choices import accept, adopt, pin, takes, unpin, use
from runner.api.films import Film, cut
from runner.api.looking import Verified, schema, schema_names, status, verify
from runner.api.pages import review
from runner.api.plans import Planned, Selection, plan, plan_against, plan_shot, save_plan
from runner.api.production import Examined, Production, Target
from runner.api.production import examine as check
from runner.api.questions import resolve
from runner.api.runs import Ran, RunChoices, run
from runner.api.starting import new

__all__ = [
    "Examined",
    "Film",
    "Planned",
    "Production",
    "Ran",
    "RunChoices",
    "Selection",
    "Target",
    "Verified",
    "accept",
    "adopt",
    "check",
    "cut",
    "new",
    "pin",
    "plan",
    "plan_against",
    "plan_shot",
    "resolve",
    "review",
    "run",
    "save_plan",
    "schema",
    "schema_names",
    "status",
    "takes",
    "unpin",
    "use",
    "verify",
]
