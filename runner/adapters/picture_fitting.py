"""Makes a picture fit what a gateway takes, as far as its author gave leave; else says what is wrong with it.

Chained frames are checked here for the first time: before a clip is made nobody knows what its last frame weighs.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runner.model.gateway import CannotAsk
from runner.model.manifest import PictureLimits

if TYPE_CHECKING:
    from PIL.Image import Image

_MEGABYTE: Final = 1_000_000
_QUALITIES: Final = (95, 90, 85, 75)
# Each step leaves nine tenths of a side.
_SCALE_STEP: Final = 0.9
_SCALE_STEPS: Final = 20


def fit_picture(label: str, content: bytes, limits: PictureLimits, leave: tuple[str, ...]) -> tuple[bytes, str]:
    """The bytes to send and their format. A picture that fits is sent as it is, to the bit."""
    from runner.adapters.picture_files import name_format

    with _opened(label, BytesIO(content)) as picture:
        picture.load()
        kind = name_format(picture)
        fault = _find_fault(picture.size, kind, len(content), limits)
        if fault is None:
            return content, kind
        return _change(label, picture, fault, limits, leave)


def picture_size(path: Path) -> tuple[int, int]:
    with _opened(path.name, path) as picture:
        return picture.size


@contextmanager
def _opened(label: str, file: BytesIO | Path) -> Iterator["Image"]:
    """CannotAsk for whatever the library complains of, then or while it is worked on."""
    from PIL import Image

    try:
        # It warns of large pictures and odd notes in them by itself, on the terminal.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file) as picture:
                yield picture
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as trouble:
        raise CannotAsk(f"`{label}` cannot be read as a picture", "give another picture") from trouble


def _find_fault(size: tuple[int, int], kind: str, weight: int, limits: PictureLimits) -> tuple[str, str] | None:
    """What is wrong, and which leave would mend it."""
    shortest, longest = sorted(size)
    told = f"{size[0]}x{size[1]}"
    if longest > limits.widest_ratio * shortest:
        return f"is {told}, expected a ratio between 1:{limits.widest_ratio:g} and {limits.widest_ratio:g}:1", ""
    if shortest < limits.shortest_side:
        return f"is {told}, expected at least {limits.shortest_side} pixels on each side", "scale"
    if kind not in limits.formats:
        return f"is {kind.upper()}, expected {' or '.join(known.upper() for known in limits.formats)}", "jpeg"
    if weight > limits.bytes:
        return f"weighs {weight / _MEGABYTE:.1f} MB, expected {limits.bytes / _MEGABYTE:g} MB at most", "jpeg"
    return None


def _change(
    label: str, picture: "Image", fault: tuple[str, str], limits: PictureLimits, leave: tuple[str, ...]
) -> tuple[bytes, str]:
    from runner.adapters.picture_files import as_seen

    message, mend = fault
    may_scale, may_pack = "scale" in leave, "jpeg" in leave and "jpeg" in limits.formats
    if mend == "" or (mend == "scale" and not may_scale) or (mend == "jpeg" and not (may_scale or may_pack)):
        hint = f"write `convert: [{mend}]` to have it changed" if mend else "crop it, or chain from another shot"
        raise CannotAsk(f"`{label}` {message}", hint)
    # What is saved anew no longer says how a camera was held.
    changed = as_seen(picture)
    if may_scale and min(changed.size) < limits.shortest_side:
        changed = _scale(changed, limits.shortest_side / min(changed.size))
    for _ in range(_SCALE_STEPS):
        for content, kind in _pack(changed, limits, may_pack=may_pack):
            if _find_fault(changed.size, kind, len(content), limits) is None:
                return content, kind
        if not may_scale or min(changed.size) * _SCALE_STEP < limits.shortest_side:
            break
        changed = _scale(changed, _SCALE_STEP)
    raise CannotAsk(f"`{label}` {message}, and no change that is allowed would make it fit", "give another picture")


def _scale(picture: "Image", factor: float) -> "Image":
    from PIL import Image

    width, height = (max(1, round(side * factor + 0.4999)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _pack(picture: "Image", limits: PictureLimits, *, may_pack: bool) -> list[tuple[bytes, str]]:
    packed: list[tuple[bytes, str]] = []
    if "png" in limits.formats:
        packed.append((_save(picture, "PNG"), "png"))
    if may_pack:
        packed.extend((_save(picture, "JPEG", quality), "jpeg") for quality in _QUALITIES)
    return packed


def _save(picture: "Image", kind: str, quality: int = 0) -> bytes:
    file = BytesIO()
    if kind == "JPEG":
        picture.save(file, kind, quality=quality, subsampling=0)
    else:
        picture.save(file, kind)
    return file.getvalue()
