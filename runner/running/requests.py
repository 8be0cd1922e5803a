"""Puts a request together when its time has come: every file it names on this machine, every chained frame cut."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.core.canonical import Digest, Json
from runner.model.outside import FileTrouble, MediaTrouble, ProductionFiles
from runner.model.request import Key, MakersPart, Request
from runner.model.run import Outcome
from runner.model.storyboard import Chained, Picture, Shot, Sound, Storyboard
from runner.running.shared import RollEnd
from runner.running.shelf import Shelf


async def complete_request(
    storyboard: Storyboard,
    shot: Shot,
    canonical: Mapping[str, Json],
    key: Key,
    makers: MakersPart,
    files: ProductionFiles,
    shelf: Shelf,
) -> Request | RollEnd:
    """The request, or why it cannot be sent: a file that went missing, a frame that cannot be cut."""
    try:
        located = dict(_locate(storyboard, shot, files))
        frames = await _gather_frames(shot, files, shelf)
    except FileTrouble as trouble:
        return RollEnd(Outcome.BLOCKED, trouble.message, trouble.hint)
    except MediaTrouble as trouble:
        message = f"a frame it opens or ends on cannot be cut: {trouble}"
        return RollEnd(Outcome.BLOCKED, message, "`framechain verify` says which takes are damaged")
    except OSError as trouble:
        return RollEnd(Outcome.BLOCKED, f"a frame it opens or ends on cannot be stored: {trouble.strerror or trouble}")
    callback = storyboard.callbacks.get(makers.gateway)
    return Request(
        key,
        canonical,
        makers,
        shot.id,
        located,
        frames,
        addresses={
            file.digest: file.url
            for file in _named_files(storyboard, shot)
            if file.digest is not None and file.url is not None
        },
        convert=shot.convert.value,
        callback=None if callback is None else callback.value,
    )


async def _gather_frames(shot: Shot, files: ProductionFiles, shelf: Shelf) -> dict[str, Path]:
    frames: dict[str, Path] = {}
    for field, frame in (("first_frame", shot.first_frame), ("last_frame", shot.last_frame)):
        if isinstance(frame, Chained):
            frames[field] = await _cut_chained(frame, shelf)
        elif frame is not None and frame.path is not None:
            frames[field] = files.location(frame.path)
    return frames


async def _cut_chained(frame: Chained, shelf: Shelf) -> Path:
    take = shelf.take_in_use(frame.shot)
    path = None if take is None else await shelf.frame_of(take, frame.at)
    if path is None:
        raise FileTrouble(
            "take-damaged",
            f"the clip of `{frame.shot}` it chains from is not on this machine",
            f"`framechain why {frame.shot}` says how to have it",
        )
    return path


def _locate(storyboard: Storyboard, shot: Shot, files: ProductionFiles) -> Iterator[tuple[Digest, Path]]:
    for file in _named_files(storyboard, shot):
        if file.path is not None and file.digest is not None:
            yield file.digest, files.location(file.path)


def _named_files(storyboard: Storyboard, shot: Shot) -> Iterator[Picture | Sound]:
    """Every picture and sound the canonical request names by digest."""
    yield from (frame for frame in (shot.first_frame, shot.last_frame) if isinstance(frame, Picture))
    for name in shot.mentioned_elements:
        element = storyboard.elements[name]
        yield from element.references
        if element.frontal is not None:
            yield element.frontal
    samples = (storyboard.voices[name].sample for name in shot.mentioned_voices)
    yield from (sample for sample in samples if sample is not None)
    if shot.masks is not None:
        yield from (dynamic.mask for dynamic in shot.masks.dynamic)
        if shot.masks.static is not None:
            yield shot.masks.static
