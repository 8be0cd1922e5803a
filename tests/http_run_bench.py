"""The bench of runs at a double over HTTP, with connections of its own each run, and clips that are read for real."""

from dataclasses import dataclass, replace
from typing import Any

from run_bench import ALL, Bench, Choices

from runner.adapters.credentials import Bearer
from runner.adapters.http.client import Client
from runner.adapters.http.gateway import Account, HttpGateway
from runner.adapters.package_data import body_schema
from runner.adapters.secrets import Secret
from runner.api.manifests import built_in
from runner.model.gateway import Gateway
from runner.model.outside import Journal
from runner.model.plan import Plan, PlanInputs
from runner.model.run import RunResult
from runner.planning.plan import make_plan


def open_http(name: str, url: str) -> Gateway:
    manifest, key = built_in(name), Secret("a-key")
    assert manifest.interface is not None
    account = Account(Bearer(key), (key,))
    return HttpGateway(manifest, manifest.interface, url, True, account, Client(), body_schema)


@dataclass
class HttpBench(Bench):
    url: str = ""

    def plan(self, journal: Journal | None = None, choices: Choices = ALL) -> tuple[Plan, PlanInputs]:
        """What a double charges counts only while it is in use."""
        inputs = replace(super().plan(journal, choices)[1], sandbox=True)
        return make_plan(inputs), inputs

    async def _execute(self, *given: Any) -> RunResult:
        gateway = open_http(self.manifest.name, self.url)
        self.gateway = gateway  # type: ignore[assignment]  # another behind the same port
        try:
            return await super()._execute(*given)
        finally:
            await gateway.close()
