"""A request on its way to the wire: what only a frame that was cut from a clip shows, before anything is sent."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from planning_builders import PLACE, make_shot, make_storyboard, picture

from runner.adapters.http.wire import put_into_words
from runner.adapters.package_data import body_schema
from runner.api.manifests import built_in
from runner.model.gateway import CannotAsk
from runner.model.request import Request
from runner.model.storyboard import DynamicMask, Masks, Picture, Shot
from runner.planning.makers import makers_part
from runner.planning.request import outline_request, request_key

STILL, BOAT, NAME = picture("still"), picture("boat"), "fc-" + "ab" * 20


def masked(masks: Masks) -> Shot:
    shot = make_shot("a", "Sea.", model="kling-v1", first=picture("first"))
    return replace(shot, masks=masks)


def draw(folder: Path, name: str, width: int, height: int) -> Path:
    path = folder / f"{name}.png"
    Image.new("RGB", (width, height)).save(path)
    return path


def request_of(shot: Shot, folder: Path, drawn: Picture, size: tuple[int, int]) -> Request:
    canonical = outline_request(make_storyboard(shot), shot, "generated")
    makers = makers_part(make_storyboard(shot), shot, built_in("kling"))
    assert drawn.digest is not None
    files = {drawn.digest: draw(folder, "mask", *size)}
    return Request(
        request_key(canonical), canonical, makers, "a", files, {"first_frame": draw(folder, "frame", 640, 360)}
    )


@pytest.mark.parametrize(
    ("masks", "drawn"),
    [
        (Masks(STILL, (), PLACE), STILL),
        (Masks(None, (DynamicMask(BOAT, ((0, 0), (9, 9))),), PLACE), BOAT),
    ],
    ids=["static", "dynamic"],
)
def test_a_mask_must_have_the_ratio_of_the_frame_it_lies_on(masks: Masks, drawn: Picture, tmp_path: Path) -> None:
    fits = request_of(masked(masks), tmp_path, drawn, (1280, 720))
    assert put_into_words(built_in("kling"), fits, NAME, body_schema).call.body
    differs = request_of(masked(masks), tmp_path, drawn, (640, 480))
    with pytest.raises(CannotAsk) as refused:
        put_into_words(built_in("kling"), differs, NAME, body_schema)
    assert refused.value.message == "the mask `mask.png` has not the ratio of the frame it lies on (640x360)"
