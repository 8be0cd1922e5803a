"""Opens a production: reads storyboard, manifest and lock, and knows where its paid work lies."""

import os
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.adapters import package_data
from runner.adapters.animatic.speech import speech_available
from runner.adapters.clock import SystemClock
from runner.adapters.lock_file import read_lock_file, write_lock_file
from runner.adapters.production_files import FolderFiles
from runner.adapters.run_lock import RunLock
from runner.adapters.store import data_home, production_home
from runner.api.endpoints import Endpoint, endpoint_of
from runner.api.manifests import find_manifest, find_manifests
from runner.core.diagnostic import Diagnostic, Findings, Severity, has_errors
from runner.core.errors import Invalid
from runner.core.nearest import did_you_mean
from runner.core.node import Mapping, Node, Scalar
from runner.core.place import Source
from runner.model.lock import Lock
from runner.model.manifest import Manifest
from runner.model.outside import PictureFacts, ProductionFiles
from runner.model.storyboard import Picture, Storyboard
from runner.model.written import WrittenStoryboard
from runner.planning.capability import check_capability
from runner.planning.same_requests import check_same_requests
from runner.reading.chains import check_chains
from runner.reading.lock import read_lock, write_lock
from runner.reading.resolve import resolve
from runner.reading.schema import Schema
from runner.reading.written import read_written
from runner.showing.wording import count

STORYBOARD_FILE = "storyboard.yaml"
RUN_LOCK_FILE = "run.lock"
_GIT_HAS_IT = "git has it as it was: `git checkout -- storyboard.lock`"


@dataclass(frozen=True, slots=True)
class Target:
    """Which production a command is about, and under which choices."""

    path: Path = Path()
    profile: str | None = None
    provider: str | None = None
    environment: MappingOf[str, str] = field(default_factory=lambda: dict(os.environ))
    # By provider, where it is reached instead of its own host.
    endpoints: MappingOf[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Production:
    """A production that could be read; its storyboard has no errors."""

    target: Target
    folder: Path
    main: str
    files: ProductionFiles
    storyboard: Storyboard
    manifest: Manifest
    lock: Lock
    diagnostics: tuple[Diagnostic, ...]

    @property
    def endpoint(self) -> Endpoint | None:
        """Where its provider is reached; None for one that works on this machine."""
        return endpoint_of(self.manifest, self.target.endpoints, self.target.environment)

    @property
    def makers(self) -> dict[str, Manifest]:
        """Manifests of the gateways its takes come from."""
        gateways = {take.gateway for take in self.lock.all_takes() if take.gateway is not None}
        return find_manifests(sorted(gateways), self.files) | {self.manifest.name: self.manifest}

    @property
    def home(self) -> Path:
        """Where its journal, takes and frames lie on this machine."""
        return production_home(data_home(self.target.environment), self.storyboard.id)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def lock_path(self) -> Path:
        return self.folder / lock_name(self.main)


@dataclass(frozen=True, slots=True)
class Examined:
    """What reading came to, whether it is fit to run or not."""

    production: Production | None
    diagnostics: tuple[Diagnostic, ...]


def locate(path: Path) -> tuple[Path, str]:
    """The production's folder and its main file, from either of them."""
    if path.is_file() or (path.suffix and not path.is_dir()):
        return path.parent, path.name
    return path, STORYBOARD_FILE


def lock_name(main: str) -> str:
    return f"{Path(main).stem}.lock"


def examine(target: Target) -> Examined:
    """Everything that can be known offline, with all problems at once."""
    folder, main = locate(target.path)
    findings = Findings()
    if not folder.is_dir():
        findings.error("file-missing", f"`{folder}` is not there", hint=f"`framechain new {folder}` makes a production")
        return Examined(None, findings.in_order())
    files = FolderFiles(folder)
    written = read_written(files, main, _schema("storyboard"), findings)
    storyboard = None
    if written is not None:
        templates = package_data.prompt_templates()
        storyboard = resolve(written, files, templates, target.profile, target.provider, findings)
    lock = _read_lock(folder / lock_name(main), findings)
    if written is None or storyboard is None:
        return Examined(None, findings.in_order())
    storyboard = _settle_id(storyboard, lock, written, findings)
    manifest = find_manifest(storyboard.provider.value, files, storyboard.provider.place, findings)
    _warn_of_no_effect(written, findings)
    check_chains(storyboard, findings)
    check_same_requests(storyboard, findings)
    if manifest is not None:
        _check_capability(storyboard, manifest, files, findings)
        _warn_of_silence(storyboard, manifest, findings)
    diagnostics = findings.in_order()
    if manifest is None or lock is None or has_errors(diagnostics):
        return Examined(None, diagnostics)
    lock = replace(lock, production=storyboard.id)
    return Examined(Production(target, folder, main, files, storyboard, manifest, lock, diagnostics), diagnostics)


def open_production(target: Target) -> Production:
    """The production, or Invalid with everything that is wrong with it."""
    examined = examine(target)
    if examined.production is None:
        raise Invalid(*examined.diagnostics)
    return examined.production


def _schema(name: str) -> Schema:
    return Schema(package_data.schema_document(name))


def _read_lock(path: Path, findings: Findings) -> Lock | None:
    """Past the limits that hold for what people write: a lock grows with the takes it names."""
    try:
        text = read_lock_file(path)
    except (OSError, UnicodeDecodeError) as trouble:
        findings.error("lock-unreadable", f"`{path.name}` cannot be read: {_say(trouble)}", hint=_GIT_HAS_IT)
        return None
    return Lock(production="") if text is None else read_lock(Source(path.name, text), findings)


def _say(trouble: OSError | UnicodeDecodeError) -> str:
    if isinstance(trouble, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return (trouble.strerror or "the system refuses").lower()


def _settle_id(storyboard: Storyboard, lock: Lock | None, written: WrittenStoryboard, findings: Findings) -> Storyboard:
    """An unwritten id is the one the first run kept in the lock; a written one must agree with it."""
    if lock is None or not lock.production or lock.production == storyboard.id:
        return storyboard
    if not storyboard.id_is_written:
        return replace(storyboard, id=lock.production)
    node = written.field("id")
    findings.error(
        "id-moved",
        f"`id` is `{storyboard.id}`, but the lock belongs to `{lock.production}`",
        node.place if isinstance(node, Scalar) else None,
        f"write `id: {lock.production}`, or remove the lock to begin a new production",
    )
    return storyboard


def _warn_of_no_effect(written: WrittenStoryboard, findings: Findings) -> None:
    """What the format has a place for and this version does nothing with: said, never dropped in silence."""
    film = written.field("film")
    for holder, names in ((written.fields, ("store",)), (film, ("music", "captions"))):
        for name in names:
            if isinstance(holder, Mapping) and _is_asked_for(holder.get(name)):
                findings.warning(
                    "no-effect-yet",
                    f"`{name}` has no effect in this version of framechain",
                    holder.key_place(name),
                    "leave it for a later version, or take it out",
                )


def _is_asked_for(node: Node | None) -> bool:
    return node is not None and not (isinstance(node, Scalar) and not node.value)


def _check_capability(storyboard: Storyboard, manifest: Manifest, files: ProductionFiles, findings: Findings) -> None:
    """What the model cannot do; nothing more is said of a place that is wrong in itself."""
    wrong = {found.place for found in findings.diagnostics if found.severity is Severity.ERROR}
    limits = Findings()
    check_capability(storyboard, manifest, _picture_facts(storyboard, files), limits)
    findings.diagnostics.extend(found for found in limits.diagnostics if found.place not in wrong)


def _warn_of_silence(storyboard: Storyboard, manifest: Manifest, findings: Findings) -> None:
    spoken = [line for shot in storyboard.shots for line in shot.dialogue if line.spoken and shot.sound.value]
    if manifest.medium == "animatic" and spoken and not speech_available():
        findings.warning(
            "speech-missing",
            f"{count(len(spoken), 'spoken line')} will be silent, since the `speech` extra is not installed",
            spoken[0].place,
            "pip install 'framechain[speech]'",
        )


def _picture_facts(storyboard: Storyboard, files: ProductionFiles) -> dict[str, PictureFacts]:
    """Of every picture that could be read; the others have been told already."""
    facts: dict[str, PictureFacts] = {}
    for picture in _pictures(storyboard):
        if picture.path is not None and picture.digest is not None:
            facts[picture.path] = files.picture(picture.path)
    return facts


def _pictures(storyboard: Storyboard) -> Iterator[Picture]:
    for element in storyboard.elements.values():
        if element.frontal is not None:
            yield element.frontal
        yield from element.references
    for shot in storyboard.shots:
        yield from (frame for frame in (shot.first_frame, shot.last_frame) if isinstance(frame, Picture))
        if shot.masks is not None:
            yield from (mask.mask for mask in shot.masks.dynamic)
            if shot.masks.static is not None:
                yield shot.masks.static


def hold(production: Production, command: str) -> RunLock:
    """For `with`: nobody else changes anything of the production meanwhile. Busy, naming the holder, if one does."""
    return RunLock(production.home / RUN_LOCK_FILE, SystemClock(), f"framechain {command}")


def write_lock_of(production: Production, lock: Lock) -> None:
    write_lock_file(production.lock_path, write_lock(lock))


def reread_lock(production: Production) -> Production:
    """The same production with the lock as it is in its file now."""
    findings = Findings()
    lock = _read_lock(production.lock_path, findings)
    if lock is None:
        raise Invalid(*findings.in_order())
    return replace(production, lock=replace(lock, production=production.storyboard.id))


def check_shot(production: Production, shot: str) -> None:
    """Invalid, with the likely name, when the storyboard has no such shot."""
    known = [one.id for one in production.storyboard.shots]
    if shot not in known:
        hint = did_you_mean(shot, known, f"there are {', '.join(f'`{one}`' for one in known)}")
        raise Invalid(
            Diagnostic("unknown-shot", Severity.ERROR, f"`{shot}` is not a shot of this storyboard", None, hint)
        )
