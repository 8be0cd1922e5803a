"""A request as bytes on the wire: pictures read, fitted and packed, the body kept to its schema."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from runner.adapters.picture_fitting import fit_picture, picture_size
from runner.core.canonical import Digest, Json
from runner.model.gateway import CannotAsk
from runner.model.manifest import Manifest
from runner.model.mapping import Way
from runner.model.request import Request
from runner.model.resource import RESOURCE
from runner.planning.body import Attachment
from runner.planning.body_check import say_fault
from runner.planning.compiling import Circumstances, Compiled, WireCall, compile_request, compile_resource
from runner.planning.picture_conditions import has_same_ratio
from runner.planning.tasks import KINDS, takes_by_id

# A body's schema by its name; None where there is none.
BodySchemas = Callable[[str], Json]

_SOUNDS: Final = {".mp3": "audio/mpeg", ".wav": "audio/wav", ".mp4": "video/mp4", ".mov": "video/quicktime"}


class FileSupply:
    """Pictures and sounds of one request in the ways a gateway takes them."""

    def __init__(self, request: Request, manifest: Manifest) -> None:
        self._request = request
        self._manifest = manifest

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        path, url = self._find(attachment)
        for way in ways:
            if way is Way.URL and url is not None:
                return url
            if way is not Way.URL and path is not None:
                return self._pack(attachment, path, way)
        if Way.URL not in ways:
            message = f"{self._manifest.title} takes `{attachment.label}` as a file only"
            raise CannotAsk(message, "write its `file:` in place of the `url:`")
        message = f"{self._manifest.title} takes `{attachment.label}` by a public address only"
        raise CannotAsk(message, "write its `url:` beside the `file:`")

    def _find(self, attachment: Attachment) -> tuple[Path | None, str | None]:
        request = self._request
        path = request.frames.get(attachment.frame) if attachment.frame is not None else None
        url = attachment.url
        if attachment.digest is not None:
            path = path or request.files.get(attachment.digest)
            url = url or request.addresses.get(attachment.digest)
        return path, url

    def _pack(self, attachment: Attachment, path: Path, way: Way) -> str:
        try:
            content = path.read_bytes()
        except OSError as trouble:
            raise CannotAsk(f"`{attachment.label}` cannot be read: {trouble.strerror or trouble}") from trouble
        media_type = _SOUNDS.get(path.suffix.lower())
        if media_type is None:
            content, kind = fit_picture(attachment.label, content, self._manifest.pictures, self._request.convert)
            media_type = f"image/{kind}"
        packed = base64.b64encode(content).decode("ascii")
        return f"data:{media_type};base64,{packed}" if way is Way.DATA_URI else packed


@dataclass(frozen=True, slots=True)
class Worded:
    """A request in the gateway's words, and where its job will be asked about."""

    call: WireCall
    route: Mapping[str, str]


def word(manifest: Manifest, request: Request, name: str, schemas: BodySchemas) -> Worded:
    """CannotAsk where it cannot be put so, or would not be what the gateway documents."""
    if request.canonical.get("medium") == RESOURCE:
        return _word_resource(manifest, request, name, schemas)
    compiled = put_into_words(manifest, request, name, schemas)
    route = {"task": compiled.task.name, "spelling": compiled.spelling, "path": compiled.call.path, "job_name": name}
    return Worded(compiled.call, route)


def _word_resource(manifest: Manifest, request: Request, name: str, schemas: BodySchemas) -> Worded:
    supply = FileSupply(request, manifest)
    made = compile_resource(manifest, request.canonical, request.makers_part, supply, name)
    if made is None:
        raise CannotAsk(f"{manifest.title} makes no such thing", "write its id at the gateway under `ids:`")
    _check_body(manifest, request, made.request, made.call.body, schemas)
    return Worded(made.call, {"resource": str(request.canonical["kind"]), "path": made.call.path, "job_name": name})


def put_into_words(manifest: Manifest, request: Request, name: str, schemas: BodySchemas) -> Compiled:
    """What would be sent; CannotAsk where it cannot be, or where it would not be what the gateway documents."""
    around = Circumstances(name, request.callback, request.made)
    compiled = compile_request(manifest, request.canonical, request.makers_part, FileSupply(request, manifest), around)
    if compiled is None:
        model = str(request.canonical["model"])
        raise CannotAsk(
            f"{manifest.title} does not offer `{model}` for a shot like this", "`framechain check` says why"
        )
    _check_ids(manifest, compiled)
    _check_masks(request)
    _check_body(manifest, request, compiled.task.request, compiled.call.body, schemas)
    return compiled


def _check_ids(manifest: Manifest, compiled: Compiled) -> None:
    """Whoever is given by an id has one by now, or the words would name somebody who is not listed."""
    for kind in KINDS:
        listed = compiled.view.get(f"{kind}s")
        if not isinstance(listed, Sequence) or not takes_by_id(compiled.task, kind):
            continue
        for whom in listed:
            if isinstance(whom, Mapping) and whom.get("id") is None:
                raise CannotAsk(f"{manifest.title} has no id of {kind} `{whom.get('name')}` yet", "run again")


def _check_masks(request: Request) -> None:
    """Beside a chained frame, whose size was not known before; what lies in the production `check` has seen."""
    masks, frame = request.canonical.get("masks"), request.frames.get("first_frame")
    if not isinstance(masks, Mapping) or frame is None:
        return
    moving = masks.get("dynamic")
    parts = (
        [masks.get("static"), *(one.get("mask") for one in moving if isinstance(one, Mapping))]
        if isinstance(moving, Sequence)
        else []
    )
    digests = [part.get("digest") for part in parts if isinstance(part, Mapping)]
    paths = [request.files[Digest(digest)] for digest in digests if isinstance(digest, str) and digest in request.files]
    ground = picture_size(frame)
    for path in paths:
        if not has_same_ratio(picture_size(path), ground):
            size = "x".join(map(str, ground))
            raise CannotAsk(
                f"the mask `{path.name}` has not the ratio of the frame it lies on ({size})", "draw it anew"
            )


def _check_body(manifest: Manifest, request: Request, name: str | None, body: Json, schemas: BodySchemas) -> None:
    schema = None if name is None else schemas(name)
    fault = None if name is None or schema is None else _find_fault(name, schema, body)
    if fault is not None:
        raise CannotAsk(
            f"what would be sent to {manifest.title} is not what it documents: {fault}",
            f"`framechain compile {request.label} --provider {manifest.name}` shows it",
        )


def write_body(body: Json) -> bytes | None:
    return None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _find_fault(name: str, schema: Json, body: Json) -> str | None:
    error = next(iter(_validator(name, json.dumps(schema)).iter_errors(body)), None)
    if error is None:
        return None
    return f"{error.json_path}: {say_fault(error)}"


@cache
def _validator(name: str, schema: str) -> Any:
    from jsonschema import Draft202012Validator

    del name
    return Draft202012Validator(json.loads(schema))
