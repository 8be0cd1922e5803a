"""A request as bytes on the wire: pictures read, fitted and packed, the body kept to its schema."""

import base64
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from runner.adapters.picture_fitting import fit_picture
from runner.core.canonical import Json
from runner.model.gateway import CannotAsk
from runner.model.manifest import Manifest
from runner.model.mapping import Way
from runner.model.request import Request
from runner.planning.body import Attachment
from runner.planning.compiling import Circumstances, Compiled, compile_request

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


def put_into_words(manifest: Manifest, request: Request, name: str, schemas: BodySchemas) -> Compiled:
    """What would be sent; CannotAsk where it cannot be, or where it would not be what the gateway documents."""
    around = Circumstances(name, request.callback, request.made)
    compiled = compile_request(manifest, request.canonical, request.makers_part, FileSupply(request, manifest), around)
    if compiled is None:
        model = str(request.canonical["model"])
        raise CannotAsk(
            f"{manifest.title} does not offer `{model}` for a shot like this", "`framechain check` says why"
        )
    schema_name = compiled.task.request
    schema = None if schema_name is None else schemas(schema_name)
    fault = None if schema is None else _find_fault(schema_name or "", schema, compiled.call.body)
    if fault is not None:
        raise CannotAsk(
            f"what would be sent to {manifest.title} is not what it documents: {fault}",
            f"`framechain compile {request.label} --provider {manifest.name}` shows it",
        )
    return compiled


def write_body(body: Json) -> bytes | None:
    return None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _find_fault(name: str, schema: Json, body: Json) -> str | None:
    error = next(iter(_validator(name, json.dumps(schema)).iter_errors(body)), None)
    if error is None:
        return None
    # A picture in it would fill the terminal.
    return f"{error.json_path}: {str(error.message)[:200]}"


@cache
def _validator(name: str, schema: str) -> Any:
    from jsonschema import Draft202012Validator

    del name
    return Draft202012Validator(json.loads(schema))
