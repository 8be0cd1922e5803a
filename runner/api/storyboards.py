"""Reads a storyboard without asking where it is to run: what is wrong with it is wrong everywhere.

What one provider makes of it is asked in `providers` and `compiling`; a whole production is opened in `production`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from runner.adapters import package_data
from runner.adapters.production_files import FolderFiles
from runner.api.targets import Target, locate
from runner.core.diagnostic import Diagnostic, Findings, Severity
from runner.core.errors import Invalid
from runner.model.manifest import Manifest
from runner.model.outside import PictureFacts, ProductionFiles
from runner.model.storyboard import Picture, Shot, Storyboard
from runner.model.written import WrittenStoryboard
from runner.planning.body_check import check_bodies
from runner.planning.capability import check_capability
from runner.planning.same_requests import check_same_requests
from runner.reading.chains import check_chains
from runner.reading.resolve import resolve
from runner.reading.schema import Schema
from runner.reading.written import read_written


@dataclass(frozen=True, slots=True)
class ReadStoryboard:
    files: ProductionFiles
    storyboard: Storyboard
    # Of every picture that could be read, by its path in the production.
    pictures: dict[str, PictureFacts]


def open_files(target: Target) -> FolderFiles:
    """The production's folder; Invalid when it is not there."""
    folder, _ = locate(target.path)
    if not folder.is_dir():
        hint = f"`framechain new {folder}` makes a production"
        raise Invalid(Diagnostic("file-missing", Severity.ERROR, f"`{folder}` is not there", None, hint))
    return FolderFiles(folder)


def read_text(target: Target, files: ProductionFiles, findings: Findings) -> WrittenStoryboard | None:
    schema = Schema(package_data.schema_document("storyboard"))
    return read_written(files, locate(target.path)[1], schema, findings)


def resolve_text(
    target: Target, files: ProductionFiles, written: WrittenStoryboard, findings: Findings
) -> ReadStoryboard | None:
    """None when not one shot of it could be read, which has then been told."""
    templates = package_data.prompt_templates()
    storyboard = resolve(written, files, templates, target.profile, target.provider, findings)
    if storyboard is None:
        return None
    check_chains(storyboard, findings)
    check_same_requests(storyboard, findings)
    return ReadStoryboard(files, storyboard, _facts_of_pictures(storyboard, files))


def problems_at(
    read: ReadStoryboard, manifest: Manifest, told: Findings, shot: Shot | None = None
) -> tuple[Diagnostic, ...]:
    """What one provider cannot do of it (or of one of its shots); of a place that is wrong in itself, no more."""
    wrong = {found.place for found in told.diagnostics if found.severity is Severity.ERROR}
    storyboard = read.storyboard if shot is None else replace(read.storyboard, shots=(shot,))
    limits = Findings()
    check_capability(storyboard, manifest, read.pictures, limits)
    if not limits.has_errors and not wrong:
        check_bodies(storyboard, manifest, package_data.body_schema, limits)
    return tuple(found for found in limits.in_order() if found.place not in wrong)


def _facts_of_pictures(storyboard: Storyboard, files: ProductionFiles) -> dict[str, PictureFacts]:
    named = {one.path for one in pictures_of(storyboard) if one.path is not None and one.digest is not None}
    return {path: files.picture(path) for path in named}


def pictures_of(storyboard: Storyboard) -> Iterator[Picture]:
    for element in storyboard.elements.values():
        yield from element.references if element.frontal is None else (element.frontal, *element.references)
    for shot in storyboard.shots:
        yield from (frame for frame in (shot.first_frame, shot.last_frame) if isinstance(frame, Picture))
        if shot.masks is not None:
            yield from (moving.mask for moving in shot.masks.dynamic)
            if shot.masks.static is not None:
                yield shot.masks.static
