"""Opens a production: reads storyboard, manifest and lock, and knows where its paid work lies."""

from dataclasses import dataclass, replace
from pathlib import Path

from runner.adapters.animatic.speech import speech_available
from runner.adapters.clock import SystemClock
from runner.adapters.lock_file import read_lock_file, write_lock_file
from runner.adapters.production_files import FolderFiles, place_to_write
from runner.adapters.run_lock import RunLock
from runner.adapters.store import data_home, production_home
from runner.api.endpoints import Endpoint, check_endpoints, endpoint_of
from runner.api.manifests import find_manifest, find_manifests, known_providers
from runner.api.namesakes import claim_id
from runner.api.storyboards import problems_at, read_text, resolve_text
from runner.api.targets import Target, locate
from runner.core.diagnostic import Diagnostic, Findings, Severity, has_errors
from runner.core.errors import Invalid
from runner.core.nearest import did_you_mean
from runner.core.node import Mapping, Node, Scalar
from runner.core.place import Source
from runner.model.lock import Lock
from runner.model.manifest import Manifest
from runner.model.outside import FileTrouble, ProductionFiles
from runner.model.storyboard import Storyboard
from runner.model.written import WrittenStoryboard
from runner.planning.trust import check_trust
from runner.reading.lock import read_lock, write_lock
from runner.reading.node_values import text_in
from runner.showing.wording import count

RUN_LOCK_FILE = "run.lock"
_GIT_HAS_IT = "git has it as it was: `git checkout -- storyboard.lock`"


@dataclass(frozen=True, slots=True)
class Production:
    """A production that could be read. Its storyboard has no errors, except in what `Examined` calls faulty."""

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
        return self.in_out()

    def in_out(self, *names: str) -> Path:
        """A place of what people look at; Invalid where it is, or lies behind, a link that could lead anywhere."""
        try:
            return place_to_write(self.folder, "out", *names)
        except FileTrouble as trouble:
            raise Invalid(Diagnostic(trouble.code, Severity.ERROR, trouble.message, None, trouble.hint)) from None

    @property
    def lock_path(self) -> Path:
        return self.folder / lock_name(self.main)


@dataclass(frozen=True, slots=True)
class Examined:
    """What reading came to, whether it is fit to run or not."""

    production: Production | None
    diagnostics: tuple[Diagnostic, ...]
    # One with errors, where the lock says for certain whose it is: for what was sent, never for what is to be made.
    faulty: Production | None = None


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
    written = read_text(target, files, findings)
    read = None if written is None else resolve_text(target, files, written, findings)
    lock = _read_lock(folder / lock_name(main), findings)
    if written is None or read is None:
        return Examined(None, findings.in_order())
    read = replace(read, storyboard=_settle_id(read.storyboard, lock, written, findings))
    storyboard = read.storyboard
    manifest = find_manifest(storyboard.provider.value, files, storyboard.provider.place, findings)
    _warn_of_no_effect(written, findings)
    _check_trust(written, manifest, files, findings)
    if manifest is not None:
        check_endpoints(manifest, target.endpoints, known_providers(files), findings)
        findings.diagnostics.extend(problems_at(read, manifest, findings))
        _warn_of_silence(storyboard, manifest, findings)
    diagnostics = findings.in_order()
    if manifest is None or lock is None:
        return Examined(None, diagnostics)
    is_of_lock = lock.production == storyboard.id
    lock = replace(lock, production=storyboard.id)
    production = Production(target, folder, main, files, storyboard, manifest, lock, diagnostics)
    if has_errors(diagnostics):
        return Examined(None, diagnostics, production if is_of_lock else None)
    return Examined(production, diagnostics)


def open_production(target: Target) -> Production:
    """The production, or Invalid with everything that is wrong with it."""
    examined = examine(target)
    if examined.production is None:
        raise Invalid(*examined.diagnostics)
    return examined.production


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


def _check_trust(
    written: WrittenStoryboard, manifest: Manifest | None, files: ProductionFiles, findings: Findings
) -> None:
    node = written.field("trust_guard")
    name = text_in(node)
    if node is None or name is None:
        return
    is_in_use = manifest is not None and manifest.name == name
    trusted = manifest if is_in_use else find_manifests([name], files).get(name)
    if trusted is not None:
        check_trust(trusted, node.place, findings)


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


def _warn_of_silence(storyboard: Storyboard, manifest: Manifest, findings: Findings) -> None:
    spoken = [line for shot in storyboard.shots for line in shot.dialogue if line.spoken and shot.sound.value]
    if manifest.medium == "animatic" and spoken and not speech_available():
        findings.warning(
            "speech-missing",
            f"{count(len(spoken), 'spoken line')} will be silent, since the `speech` extra is not installed",
            spoken[0].place,
            "pip install 'framechain[speech]'",
        )


def hold(production: Production, command: str) -> RunLock:
    """For `with`: nobody else changes anything of the production meanwhile. Busy, naming the holder, if one does.

    Invalid where its id is that of another production.
    """
    is_agreed = production.storyboard.id_is_written or production.lock_path.exists()
    claim_id(production.home, production.folder / production.main, production.storyboard.id, is_agreed=is_agreed)
    return RunLock(production.home / RUN_LOCK_FILE, SystemClock(), f"framechain {command}")


def write_lock_of(production: Production, lock: Lock) -> None:
    write_lock_file(production.lock_path, write_lock(lock))


def keep_id(production: Production) -> None:
    """Before anything is sent: which journal that is written into must not hang on a title that may be edited."""
    if not production.lock_path.exists():
        write_lock_of(production, production.lock)


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
