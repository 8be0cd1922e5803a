"""The exact request for one shot at one provider. Sends nothing, looks for no key, and needs no other shot to be well.

Pictures are told by their name and size, and what is not known before a run (frames of other shots, ids of voices that
are still to be made, our name for the job) by what it will be.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlencode

from runner.api.endpoints import endpoint_of
from runner.api.manifests import find_manifest
from runner.api.request_labels import Labels
from runner.api.storyboards import ReadStoryboard, open_files, problems_at, read_text, resolve_text
from runner.api.targets import Target
from runner.core.diagnostic import Diagnostic, Findings, Severity, has_errors
from runner.core.errors import Invalid
from runner.core.nearest import did_you_mean
from runner.core.node import Mapping as MappingNode
from runner.core.place import Place
from runner.model.interface import Authentication, Bearer, HeaderKey, QueryKey, SignedToken
from runner.model.manifest import Manifest
from runner.model.outside import FileTrouble, ProductionFiles
from runner.model.storyboard import Shot, Storyboard
from runner.model.written import WrittenShot, WrittenStoryboard
from runner.planning.compiling import Circumstances, WireCall
from runner.planning.origins import MadeFirst, Outline, outline_call, outline_made_first

# Of another shot, all that one that chains from it depends on.
_OUTWARD: Final = ("model", "duration", "from", "first_frame", "last_frame")
_JOB_NAME: Final = "<fc- and 40 hex digits: the job's name>"


@dataclass(frozen=True, slots=True)
class CompiledShot:
    shot: str
    provider: Manifest
    # None where nothing is sent: the provider works on this machine.
    outline: Outline | None
    url: str
    # With the names of keys for keys.
    headers: Mapping[str, str]
    # What is doubtful about the shot, or wrong in the request itself.
    diagnostics: tuple[Diagnostic, ...]
    # Voices and elements made at the gateway before the shot, each with its address and headers.
    made_first: tuple[tuple[MadeFirst, str, Mapping[str, str]], ...] = ()


def compile_shot(target: Target, name: str) -> CompiledShot:
    """Invalid, with all that is wrong with this shot; what is wrong with others only is not told.

    A request that is not what the provider documents is there to be looked at all the same.
    """
    files = open_files(target)
    findings = Findings()
    read, shot = _read_one(target, files, name, findings)
    manifest = _manifest_of(read, findings)
    if manifest is not None:
        findings.diagnostics.extend(problems_at(read, manifest, findings, shot))
    diagnostics = findings.in_order()
    # What is not documented is only told by looking at the request.
    if manifest is None or has_errors(one for one in diagnostics if one.code != "not-documented"):
        raise Invalid(*diagnostics)
    endpoint = endpoint_of(manifest, target.endpoints, target.environment)
    if manifest.interface is None or endpoint is None:
        return CompiledShot(name, manifest, None, "", {}, diagnostics)
    supply = Labels(read, shot)
    outline = outline_call(read.storyboard, shot, manifest, supply, _circumstances(read.storyboard, shot, manifest))
    if outline is None:
        return CompiledShot(name, manifest, None, "", {}, diagnostics)
    keys = manifest.interface.keys
    url, headers = _address(outline.call, endpoint.url, keys)
    first = outline_made_first(read.storyboard, shot, manifest, supply, _JOB_NAME)
    made_first = tuple((one, *_address(one.call, endpoint.url, keys)) for one in first)
    return CompiledShot(name, manifest, outline, url, headers, diagnostics, made_first)


def _manifest_of(read: ReadStoryboard, findings: Findings) -> Manifest | None:
    setting = read.storyboard.provider
    try:
        return find_manifest(setting.value, read.files, setting.place, findings)
    except FileTrouble as trouble:
        findings.error(trouble.code, trouble.message, setting.place, trouble.hint)
        return None


# --- one shot of a storyboard whose others may be wrong ---------------------------------------------------------------


def _read_one(target: Target, files: ProductionFiles, name: str, findings: Findings) -> tuple[ReadStoryboard, Shot]:
    found = Findings()
    written = read_text(target, files, found)
    if written is None:
        raise Invalid(*found.in_order())
    known = [shot.id.text for scene in written.scenes for shot in scene.shots if shot.id is not None]
    read = None
    if name in known:
        read = resolve_text(target, files, _without_others(written, name), found)
        findings.diagnostics.extend(_of_one(found, written, name))
    shots = [] if read is None else [shot for shot in read.storyboard.shots if shot.id == name]
    if read is not None and shots:
        return read, shots[0]
    if not found.has_errors:
        found.error("unknown-shot", f"`{name}` is not a shot of this storyboard", None, _listed(name, known))
    raise Invalid(*(findings.in_order() or found.in_order()))


def _listed(name: str, known: list[str]) -> str:
    return did_you_mean(name, known, f"there are {', '.join(f'`{one}`' for one in known)}")


def _without_others(written: WrittenStoryboard, name: str) -> WrittenStoryboard:
    """The other shots stay as what one can chain from; their words are not even read."""
    return replace(
        written,
        scenes=tuple(
            replace(scene, shots=tuple(_outward(shot) if _is_other(shot, name) else shot for shot in scene.shots))
            for scene in written.scenes
        ),
    )


def _is_other(shot: WrittenShot, name: str) -> bool:
    return shot.id is None or shot.id.text != name


def _outward(shot: WrittenShot) -> WrittenShot:
    kept = {name: entry for name, entry in shot.fields.entries.items() if name in _OUTWARD}
    return replace(shot, fields=MappingNode(kept, shot.fields.place))


def _of_one(found: Findings, written: WrittenStoryboard, name: str) -> Iterator[Diagnostic]:
    """What is not said of another shot, and no advice on how shots stand to each other."""
    starts = sorted(_starts_in(written), key=lambda start: _position(start[0]))
    for diagnostic in found.in_order():
        place = diagnostic.place
        if diagnostic.severity is Severity.ERROR and (place is None or _owner(place, starts) in {None, name}):
            yield diagnostic


def _starts_in(written: WrittenStoryboard) -> Iterator[tuple[Place, str | None]]:
    """Where the text about each shot begins, and where text that is about none."""
    yield from ((written.fields.key_place(name), None) for name in written.fields.entries)
    for scene in written.scenes:
        yield scene.place, None
        if scene.defaults is not None:
            yield scene.defaults.place, None
        for shot in scene.shots:
            yield shot.fields.place, "" if shot.id is None else shot.id.text


def _owner(place: Place, starts: list[tuple[Place, str | None]]) -> str | None:
    before = bisect_right(starts, _position(place), key=lambda start: _position(start[0]))
    if before == 0 or starts[before - 1][0].source.name != place.source.name:
        return None
    return starts[before - 1][1]


def _position(place: Place) -> tuple[str, int, int]:
    return place.source.name, place.line, place.column


def _circumstances(storyboard: Storyboard, shot: Shot, manifest: Manifest) -> Circumstances:
    made = {("element", name): f"<id of element {name}, made first>" for name in shot.mentioned_elements} | {
        ("voice", name): f"<id of voice {name}, made first>" for name in shot.mentioned_voices
    }
    callback = storyboard.callbacks.get(manifest.name)
    return Circumstances(_JOB_NAME, None if callback is None else callback.value, made)


# --- who pays ---------------------------------------------------------------------------------------------------------


def _address(call: WireCall, host: str, keys: tuple[Authentication, ...]) -> tuple[str, dict[str, str]]:
    """The whole address, and headers, by the first way to pay; a key by the name of its variable."""
    headers = dict(call.headers)
    query = urlencode(call.query)
    match keys[0] if keys else None:
        case Bearer(key=key):
            headers["Authorization"] = f"Bearer ${key}"
        case HeaderKey(name=name, prefix=prefix, key=key):
            headers[name] = f"{prefix} ${key}".strip()
        case QueryKey(name=name, key=key):
            query = "&".join([*([query] if query else []), f"{name}=${key}"])
        case SignedToken(access=access, secret=secret):
            headers["Authorization"] = f"Bearer <token of ${access}, signed with ${secret}>"
        case None:
            pass
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    return f"{host}{quote(call.path)}{f'?{query}' if query else ''}", headers
