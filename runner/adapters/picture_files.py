"""What a picture file is, by Pillow: its format and size, that all of it is there, and how it is seen. Of one that is
looked at no pixel is decoded before their number is known to be bearable.
"""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from runner.core.canonical import digest_bytes
from runner.model.outside import FileTrouble, PictureFacts

_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_MOST_PIXELS: Final = 100_000_000
_NOT_A_PICTURE: Final = "use a PNG, JPEG or WebP picture"


def look_at_picture(path: str, content: bytes) -> PictureFacts:
    """FileTrouble when it is none, is damaged, or unpacks to more than is bearable."""
    if not content:
        raise FileTrouble("not-a-picture", f"`{path}` is empty", _NOT_A_PICTURE)
    # Pillow warns of bombs by itself; the same is said better below.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        width, height, kind = _read_header(path, content)
        if width * height > _MOST_PIXELS:
            most = _MOST_PIXELS // 1_000_000
            message = f"`{path}` unpacks to {width} x {height} pixels, at most {most} million are read"
            raise FileTrouble("picture-too-large", message, "scale it down")
        _decode_all(path, content)
    return PictureFacts(digest_bytes(content), len(content), kind, width, height)


def name_format(picture: Image.Image) -> str:
    # Phones write several JPEG pictures into one file; the first is the one meant.
    return "jpeg" if picture.format == "MPO" else (picture.format or "").lower()


def as_seen(picture: Image.Image) -> Image.Image:
    """Upright RGB of eight bits; what is transparent becomes black."""
    return _without_alpha(_eight_bits(ImageOps.exif_transpose(picture)))


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Grey of sixteen bits would be clipped to white instead of scaled."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda level: level / 257).convert("L")


def _without_alpha(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    ground = Image.new("RGBA", seen.size, (0, 0, 0, 255))
    return Image.alpha_composite(ground, seen).convert("RGB")


def _read_header(path: str, content: bytes) -> tuple[int, int, str]:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            return picture.width, picture.height, name_format(picture)
    except Image.DecompressionBombError:
        message = f"`{path}` unpacks to more pixels than any picture has"
        raise FileTrouble("picture-too-large", message, "scale it down") from None
    except UnidentifiedImageError:
        raise FileTrouble("not-a-picture", f"`{path}` is not a picture", _NOT_A_PICTURE) from None
    except Exception as cause:  # noqa: BLE001  # Pillow's readers raise almost anything on broken files
        raise _damaged(path, cause) from None


def _decode_all(path: str, content: bytes) -> None:
    """A picture cut short opens well enough; only its last row tells."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            picture.load()
    except Exception as cause:  # noqa: BLE001  # the same
        raise _damaged(path, cause) from None


def _damaged(path: str, cause: Exception) -> FileTrouble:
    if isinstance(cause, MemoryError):
        raise cause
    return FileTrouble("not-a-picture", f"`{path}` is damaged or cut short", "export it again from its source")
