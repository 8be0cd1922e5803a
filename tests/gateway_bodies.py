"""What a gateway would be sent for one shot of a storyboard given as text, and what `check` says of it there."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from jsonschema import Draft202012Validator

from runner.adapters import package_data
from runner.api.production import Examined, examine
from runner.api.targets import Target
from runner.core.canonical import Json
from runner.core.diagnostic import Diagnostic, Severity
from runner.model.mapping import Way
from runner.planning.body import Attachment
from runner.planning.compiling import Circumstances, Compiled, compile_request
from runner.planning.makers import makers_part
from runner.planning.request import outline_request

NAME = "fc-0123456789abcdef0123456789abcdef01234567"
# Of a real picture's first bytes, so that it keeps to a schema's pattern.
BASE64 = "iVBORw0KGgo="


class Abbreviating:
    """Pictures as `<label way>`; with `real`, as text of the right form."""

    def __init__(self, *, is_real: bool = False) -> None:
        self._is_real = is_real

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        has_bytes = attachment.digest is not None or (attachment.frame is not None and attachment.url is None)
        way = next(way for way in ways if (way is Way.URL) != has_bytes or (way is Way.URL and attachment.url))
        if way is Way.URL:
            return attachment.url or "https://example.com/picture.png"
        if not self._is_real:
            return f"<{attachment.label} {way}>"
        return BASE64 if way is Way.BASE64 else f"data:image/png;base64,{BASE64}"


def compiled(
    provider: str,
    storyboard: str,
    shot: str,
    folder: Path | None = None,
    *,
    is_real: bool = False,
    made: Mapping[tuple[str, str], str] | None = None,
) -> Compiled:
    """Errors of the storyboard fail the test with their words."""
    with TemporaryDirectory() as scratch:
        production = _examined(provider, storyboard, folder or Path(scratch))
        errors = [found for found in production.diagnostics if found.severity is Severity.ERROR]
        assert production.production is not None, "\n".join(f"{found.place}: {found.message}" for found in errors)
        opened = production.production
    board, manifest = opened.storyboard, opened.manifest
    asked = board.shot(shot)
    callback = board.callbacks.get(provider)
    around = Circumstances(NAME, None if callback is None else callback.value, made or {})
    canonical = outline_request(board, asked, manifest.medium)
    supply = Abbreviating(is_real=is_real)
    done = compile_request(manifest, canonical, makers_part(board, asked, manifest), supply, around)
    assert done is not None
    if is_real:
        assert_keeps_to_its_schema(done)
    return done


def problems(provider: str, storyboard: str, folder: Path | None = None) -> list[Diagnostic]:
    """All that `check` says, warnings too."""
    with TemporaryDirectory() as scratch:
        return list(_examined(provider, storyboard, folder or Path(scratch)).diagnostics)


def assert_keeps_to_its_schema(done: Compiled) -> None:
    assert done.task.request is not None
    assert_keeps_to(done.task.request, done.call.body)


def assert_keeps_to(request: str, body: Json) -> None:
    document = package_data.schema_document(f"requests/{request}")
    assert isinstance(document, Mapping)
    Draft202012Validator.check_schema(document)
    faults = [f"{fault.json_path}: {fault.message}" for fault in Draft202012Validator(document).iter_errors(body)]
    assert faults == []


def body_of(done: Compiled) -> dict[str, Json]:
    assert isinstance(done.call.body, dict)
    return done.call.body


def _examined(provider: str, storyboard: str, folder: Path) -> Examined:
    (folder / "storyboard.yaml").write_text(storyboard, encoding="utf-8")
    return examine(replace(Target(folder), provider=provider))
