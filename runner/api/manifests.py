"""Manifests by name: those that come with framechain first, then a production's own `gateways/`.

A production's own manifest may not take the name of a built-in one, and may read one key only, its own: a storyboard
from elsewhere must not reach for keys.
"""

from collections.abc import Iterable
from functools import cache

from runner.adapters import package_data
from runner.core.diagnostic import Findings
from runner.core.nearest import did_you_mean
from runner.core.place import Place, Source
from runner.model.interface import Authentication, SignedToken
from runner.model.manifest import Manifest
from runner.model.outside import FileTrouble, ProductionFiles
from runner.reading.manifest import read_manifest
from runner.reading.schema import Schema

OWN_FOLDER = "gateways"


def find_manifest(name: str, files: ProductionFiles, place: Place | None, findings: Findings) -> Manifest | None:
    own = own_manifests(files)
    if is_built_in(name):
        if name in own:
            _tell_taken_name(name, own[name], files, findings)
        return built_in(name)
    if name in own:
        try:
            source = files.text(own[name])
        except FileTrouble as trouble:
            findings.error(trouble.code, trouble.message, place, trouble.hint)
            return None
        return _read_own(name, source, findings)
    known = sorted({*package_data.gateway_names(), *own})
    listed = f"there are {', '.join(f'`{one}`' for one in known)}"
    findings.error("unknown-provider", f"`{name}` is not a provider", place, did_you_mean(name, known, listed))
    return None


def _tell_taken_name(name: str, path: str, files: ProductionFiles, findings: Findings) -> None:
    """The author means the file, and would pay by the other one."""
    try:
        place = Place(files.text(path), 1, 1)
    except FileTrouble as trouble:
        findings.error(trouble.code, trouble.message, None, trouble.hint)
        return
    message = f"`{name}` is a built-in provider, and a production's own manifest cannot take its name"
    other = f"{name}-own"
    hint = f"call it `{OWN_FOLDER}/{other}.yaml` with `name: {other}` and `like: {name}`, or remove the file"
    findings.error("bad-value", message, place, hint)


def find_manifests(names: Iterable[str], files: ProductionFiles) -> dict[str, Manifest]:
    """Of those that can be had; nothing is told of the others."""
    found: dict[str, Manifest] = {}
    for name in names:
        manifest = find_manifest(name, files, None, Findings())
        if manifest is not None:
            found[name] = manifest
    return found


def known_providers(files: ProductionFiles) -> tuple[str, ...]:
    return (
        *package_data.gateway_names(),
        *(name for name in own_manifests(files) if name not in package_data.gateway_names()),
    )


def own_manifests(files: ProductionFiles) -> dict[str, str]:
    """By name, the path in the production."""
    paths = files.names(OWN_FOLDER, [".yaml"])
    return {path.rpartition("/")[2].removesuffix(".yaml"): path for path in paths}


def is_built_in(name: str) -> bool:
    return name in package_data.gateway_names()


@cache
def built_in(name: str) -> Manifest:
    findings = Findings()
    manifest = read_manifest(package_data.gateway_source(name), manifest_schema(), findings, built_in_source)
    if manifest is None:
        raise LookupError(f"the built-in manifest {name} is not valid: {findings.in_order()[0].message}")
    return manifest


@cache
def manifest_schema() -> Schema:
    return Schema(package_data.schema_document("manifest"))


def built_in_source(name: str) -> Source | None:
    return package_data.gateway_source(name) if is_built_in(name) else None


def _read_own(name: str, source: Source, findings: Findings) -> Manifest | None:
    manifest = read_manifest(source, manifest_schema(), findings, built_in_source)
    if manifest is None:
        return None
    place = Place(source, 1, 1)
    if manifest.name != name:
        findings.error(
            "bad-value", f"the manifest is called `{manifest.name}`", place, f"write `name: {name}`, as its file"
        )
        return None
    if manifest.free and manifest.interface is not None:
        message = "`free` is said of a gateway on the network, where no budget and no go-ahead would be asked for"
        findings.error("bad-value", message, place, "remove `free`; a price of 0 is written under `prices`")
        return None
    allowed = own_key(name)
    wrong = [key for key in _keys_of(manifest) if key != allowed]
    if wrong:
        message = f"a production's own manifest may read `{allowed}` and no other key, not `{wrong[0]}`"
        findings.error("key-not-allowed", message, place, f"write `key: {allowed}`")
        return None
    return manifest


def own_key(name: str) -> str:
    return f"{name.upper().replace('-', '_')}_API_KEY"


def key_names(authentication: Authentication) -> tuple[str, ...]:
    if isinstance(authentication, SignedToken):
        return (authentication.access, authentication.secret)
    return (authentication.key,)


def _keys_of(manifest: Manifest) -> list[str]:
    interface = manifest.interface
    return [] if interface is None else [name for one in interface.keys for name in key_names(one)]
