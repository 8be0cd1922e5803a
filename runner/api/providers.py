"""The providers there are, what each offers, and which of them a storyboard could run on: all by their manifests."""

from dataclasses import dataclass
from pathlib import Path

from runner.adapters import package_data
from runner.api.manifests import find_manifest, is_built_in, known_providers
from runner.api.storyboards import ReadStoryboard, open_files, problems_at, read_text, resolve_text
from runner.api.targets import Target
from runner.core.diagnostic import Diagnostic, Findings
from runner.core.errors import Invalid
from runner.model.manifest import Manifest
from runner.model.outside import FileTrouble, ProductionFiles
from runner.model.portability import Portability, ProviderVerdict
from runner.planning.offering import Provider, list_offerings


@dataclass(frozen=True, slots=True)
class Providers:
    providers: tuple[Provider, ...]
    # Of manifests of the production's own that cannot be read.
    diagnostics: tuple[Diagnostic, ...]


def list_providers(path: Path = Path()) -> Providers:
    """The built-in ones, and those of the production in that folder."""
    files = open_files(Target(path))
    findings = Findings()
    found = [_find(name, files, findings) for name in known_providers(files)]
    return Providers(tuple(_describe(one) for one in found if one is not None), findings.in_order())


def describe_provider(name: str, path: Path = Path()) -> Provider:
    """Invalid for one that nobody describes, or whose manifest cannot be read."""
    findings = Findings()
    manifest = _find(name, open_files(Target(path)), findings)
    if manifest is None:
        raise Invalid(*findings.in_order())
    return _describe(manifest)


def provider_names() -> tuple[str, ...]:
    """Of those that come with framechain."""
    return package_data.gateway_names()


def check_everywhere(target: Target) -> Portability:
    """Reads the storyboard once, and holds it against each manifest there is."""
    files = open_files(target)
    findings = Findings()
    written = read_text(target, files, findings)
    read = None if written is None else resolve_text(target, files, written, findings)
    if read is None:
        return Portability(None, 0, findings.in_order(), ())
    return Portability(
        title=read.storyboard.title,
        shots=len(read.storyboard.shots),
        diagnostics=findings.in_order(),
        providers=tuple(_judge(name, read, findings) for name in known_providers(files)),
    )


def _judge(name: str, read: ReadStoryboard, told: Findings) -> ProviderVerdict:
    findings = Findings()
    manifest = _find(name, read.files, findings)
    if manifest is None:
        return ProviderVerdict(name, name, findings.in_order())
    return ProviderVerdict(name, manifest.title, (*findings.in_order(), *problems_at(read, manifest, told)))


def _find(name: str, files: ProductionFiles, findings: Findings) -> Manifest | None:
    try:
        return find_manifest(name, files, None, findings)
    except FileTrouble as trouble:
        findings.error(trouble.code, trouble.message, None, trouble.hint)
        return None


def _describe(manifest: Manifest) -> Provider:
    return Provider(manifest, list_offerings(manifest), is_own=not is_built_in(manifest.name))
