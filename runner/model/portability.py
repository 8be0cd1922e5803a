"""Where a storyboard runs and where not, provider by provider."""

from dataclasses import dataclass

from runner.core.diagnostic import Diagnostic, Severity, has_errors


@dataclass(frozen=True, slots=True)
class ProviderVerdict:
    name: str
    title: str
    # What is wrong or doubtful there alone.
    diagnostics: tuple[Diagnostic, ...]

    @property
    def runs(self) -> bool:
        return not has_errors(self.diagnostics)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(found for found in self.diagnostics if found.severity is Severity.ERROR)

    @property
    def warnings(self) -> int:
        return len(self.diagnostics) - len(self.errors)


@dataclass(frozen=True, slots=True)
class Portability:
    # None where not even that could be read.
    title: str | None
    shots: int
    # What is wrong or doubtful wherever it is run.
    diagnostics: tuple[Diagnostic, ...]
    providers: tuple[ProviderVerdict, ...]

    @property
    def runs_somewhere(self) -> bool:
        return not has_errors(self.diagnostics) and any(provider.runs for provider in self.providers)
