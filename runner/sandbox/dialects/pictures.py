"""Whether a picture in a request is one that gateways take: how it is written, its format, weight, size and ratio.

What stands behind a URL is not looked at. Pillow is imported when the first picture comes.
"""

import base64
import binascii
import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_DATA_URI: Final = re.compile(r"data:image/[a-z0-9.+-]+;base64,", re.IGNORECASE)
_LINK: Final = re.compile(r"https?://[^\s/]+", re.IGNORECASE)
_SPOKEN: Final = {"JPEG": "jpg/jpeg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "BMP": "bmp"}


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """As Kling and most of its gateways have them."""

    formats: tuple[str, ...] = ("JPEG", "PNG")
    most_bytes: int = 10 * 1024 * 1024
    # Of width and of height, in pixels.
    shortest_side: int = 300
    # How often one side goes into the other; None where any ratio will do.
    widest: float | None = 2.5


@dataclass(frozen=True, slots=True)
class _Seen:
    format: str
    width: int
    height: int


def check_picture(text: str, ways: frozenset[str], limits: PictureLimits) -> str | None:
    """A complaint, or None. `ways` are those the gateway takes: `base64`, `data-uri`, `url`."""
    if _LINK.match(text):
        return None if "url" in ways else "must not be a URL"
    if text.startswith("data:"):
        if "data-uri" not in ways:
            return "must not have a data: prefix" if "base64" in ways else "must be an http(s) URL"
        if not _DATA_URI.match(text):
            return "is no data URI of a base64 picture"
    elif "base64" not in ways:
        return "must be a data URI or an http(s) URL" if "data-uri" in ways else "must be an http(s) URL"
    content = decode_picture(text)
    if content is None:
        return "is neither an http(s) URL nor valid base64" if "url" in ways else "is not valid base64"
    return _judge(content, limits)


def decode_picture(text: str) -> bytes | None:
    """The bytes of a picture written as base64 or as a data URI; None for anything else, URLs among it."""
    begin = _DATA_URI.match(text)
    try:
        content = base64.b64decode(text[begin.end() :] if begin else text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content or None


def find_ratio(text: str) -> float | None:
    """Width by height of a picture that came with the request; None when it is a URL or no picture."""
    content = decode_picture(text)
    seen = None if content is None else _look_at(content)
    return None if seen is None else seen.width / seen.height


def are_alike(ratios: Iterable[float | None], margin: float = 0.01) -> bool:
    """True when those that are known differ by no more than rounding to whole pixels does."""
    known = [ratio for ratio in ratios if ratio is not None]
    return not known or max(known) <= min(known) * (1 + margin)


def _judge(content: bytes, limits: PictureLimits) -> str | None:
    if len(content) > limits.most_bytes:
        return f"must be at most {limits.most_bytes / 1024 / 1024:g} MB, is {len(content) / 1024 / 1024:.1f} MB"
    seen = _look_at(content)
    if seen is None:
        return "is no picture that can be read"
    if seen.format not in limits.formats:
        expected = "/".join(_SPOKEN.get(name, name.lower()) for name in limits.formats)
        return f"must be {expected}, is {_SPOKEN.get(seen.format, seen.format.lower())}"
    shorter, longer = sorted((seen.width, seen.height))
    if shorter < limits.shortest_side:
        return f"must have at least {limits.shortest_side} px a side, has {seen.width}x{seen.height}"
    if limits.widest is not None and longer > shorter * limits.widest:
        return f"must have a ratio between 1:{limits.widest:g} and {limits.widest:g}:1, has {seen.width}x{seen.height}"
    return None


@lru_cache(maxsize=64)
def _look_at(content: bytes) -> _Seen | None:
    """Decoded to its end, since a picture cut short has a good head."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as picture:
                picture.load()
                return _Seen(picture.format or "", *picture.size)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
