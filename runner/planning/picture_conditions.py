"""What a provider asks of pictures: format, size, ratio, weight. Each is told at the line that names the picture."""

from collections.abc import Iterator, Mapping
from typing import Final

from runner.model.manifest import Manifest, PictureLimits
from runner.model.outside import PictureFacts
from runner.model.storyboard import Element, Masks, Picture, Shot, Storyboard
from runner.planning.asked_for import Asked, Complaint, Complaints, count_things

_MEGABYTE: Final = 1_000_000


def check_pictures(
    storyboard: Storyboard, manifest: Manifest, pictures: Mapping[str, PictureFacts], complaints: Complaints
) -> None:
    """Of the pictures some shot sends. Those of an element nobody mentions go nowhere."""
    for shot in storyboard.shots:
        mentioned = [storyboard.elements[name] for name in shot.mentioned_elements if name in storyboard.elements]
        if manifest.interface is not None:
            complaints.add(shot, *_mask_ratios(shot, pictures))
        sent = [(picture, Asked(picture.place)) for picture in _own_pictures(shot)]
        for element in mentioned:
            complaints.add(shot, *_references(element, shot, manifest))
            sent += [(picture, Asked(picture.place, is_shots_own=False)) for picture in _element_pictures(element)]
        for picture, asked in sent:
            facts = pictures.get(picture.path) if picture.path is not None else None
            if facts is not None:
                complaints.add(shot, *_conditions(f"`{picture.path}`", facts, asked, shot, manifest.pictures))


def _mask_ratios(shot: Shot, pictures: Mapping[str, PictureFacts]) -> Iterator[Complaint]:
    """A mask lies on the picture the shot opens on; a frame of another shot is looked at when it is cut."""
    frame = shot.first_frame
    ground = pictures.get(frame.path or "") if isinstance(frame, Picture) else None
    if ground is None or shot.masks is None:
        return
    for mask in _masks_of(shot.masks):
        facts = pictures.get(mask.path or "")
        if facts is not None and not has_same_ratio((facts.width, facts.height), (ground.width, ground.height)):
            size, under = f"{facts.width}x{facts.height}", f"{ground.width}x{ground.height}"
            message = f"the mask `{mask.path}` is {size}, and the picture it lies on {under}: expected the same ratio"
            yield Complaint("picture-ratio", message, Asked(mask.place), "draw the mask at the picture's size")


def _masks_of(masks: Masks) -> Iterator[Picture]:
    yield from (moving.mask for moving in masks.dynamic)
    if masks.static is not None:
        yield masks.static


def has_same_ratio(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """To a pixel or so on the shorter sides: whoever scales a picture has to round."""
    return abs(one[0] * other[1] - one[1] * other[0]) <= max(one[0] + one[1], other[0] + other[1])


def _own_pictures(shot: Shot) -> Iterator[Picture]:
    yield from (frame for frame in (shot.first_frame, shot.last_frame) if isinstance(frame, Picture))
    if shot.masks is not None:
        yield from _masks_of(shot.masks)


def _element_pictures(element: Element) -> tuple[Picture, ...]:
    return element.references if element.frontal is None else (element.frontal, *element.references)


def _references(element: Element, shot: Shot, manifest: Manifest) -> Iterator[Complaint]:
    limits = manifest.models.get(shot.model.value)
    most = None if limits is None else limits.references
    if most is not None and len(element.references) > most:
        told = count_things(len(element.references), "reference picture")
        message = f"`{element.name}` has {told}, and `{shot.model.value}` takes {most}"
        asked = Asked(element.references[most].place, is_shots_own=False)
        yield Complaint("limit-exceeded", message, asked, f"keep the {most} that show most, remove this one")


def _conditions(name: str, facts: PictureFacts, asked: Asked, shot: Shot, limits: PictureLimits) -> Iterator[Complaint]:
    """`convert` is the author's leave to have a picture changed until it fits."""
    may_recode, may_scale = "jpeg" in shot.convert.value, "scale" in shot.convert.value
    if facts.format not in limits.formats and not may_recode:
        taken = " or ".join(known.upper() for known in limits.formats)
        message = f"{name} is {facts.format.upper()}, expected {taken}"
        hint = f"save it as {limits.formats[-1].upper()}, or write `convert: [jpeg]`"
        yield Complaint("field-not-supported", message, asked, hint)
    shortest, longest = sorted((facts.width, facts.height))
    size = f"{facts.width}x{facts.height}"
    if shortest < limits.shortest_side and not may_scale:
        message = f"{name} is {size}, expected at least {limits.shortest_side} pixels on each side"
        hint = "give a larger picture, or write `convert: [scale]`"
        yield Complaint("picture-too-small", message, asked, hint)
    if longest > limits.widest_ratio * shortest:
        widest = f"1:{limits.widest_ratio:g} and {limits.widest_ratio:g}:1"
        message = f"{name} is {size}, expected a ratio between {widest}"
        fitting = int(limits.widest_ratio * shortest)
        yield Complaint("picture-ratio", message, asked, f"crop its long side to {fitting} pixels or less")
    if facts.bytes > limits.bytes and not (may_recode or may_scale):
        message = f"{name} weighs {facts.bytes / _MEGABYTE:.1f} MB, expected {limits.bytes / _MEGABYTE:g} MB at most"
        hint = "save it smaller, or write `convert: [jpeg]`"
        yield Complaint("picture-too-heavy", message, asked, hint)
