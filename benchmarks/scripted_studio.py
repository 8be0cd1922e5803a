"""The scripted provider that makes voices and elements too: each is in its till, and may be taken away again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scripted_gateway import ScriptedGateway, ScriptedJob

from runner.model.gateway import Gone, JobState, Prepared, Running, Succeeded, Unreadable
from runner.model.request import Request
from runner.model.resource import RESOURCE


@dataclass(slots=True)
class Studio(ScriptedGateway):
    name: str = "studio"
    # Ends of the next makings; when they are used up, everything works.
    makings: list[JobState] = field(default_factory=list)
    # Ids that were made and taken away again.
    removed: set[str] = field(default_factory=set)
    is_mute: bool = False
    checks: list[str] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)

    def prepare(self, request: Request, name: str) -> Prepared:
        prepared = ScriptedGateway.prepare(self, request, name)
        kind = request.canonical.get("kind")
        return prepared if kind is None else replace(prepared, route={"resource": str(kind)})

    async def poll(self, job: str, route: Mapping[str, str]) -> JobState:
        if "check" not in route:
            return await ScriptedGateway.poll(self, job, route)
        self.checks.append(route["id"])
        if self.is_mute:
            return Unreadable("it does not say")
        return Gone() if route["id"] in self.removed else Succeeded({})

    def begin(self, request: Request, name: str) -> ScriptedJob:
        self.sent.append(request)
        if request.canonical["medium"] != RESOURCE:
            return ScriptedGateway.begin(self, request, name)
        number = f"making-{len(self.jobs) + 1}"
        ending = self.makings.pop(0) if self.makings else Succeeded({"id": f"v-{len(self.jobs) + 1}"}, self.charge)
        job = ScriptedJob(number, name, request, [Running()], ending, b"")
        self.jobs[number] = job
        self.till.append(name)
        self.running += 1
        return job

    @property
    def clips(self) -> list[Request]:
        """Requests for clips that were taken."""
        return [request for request in self.sent if request.canonical["medium"] != RESOURCE]
