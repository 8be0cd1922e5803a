"""What a server says of the bytes it sends, and what the first of them say themselves."""

import re
from collections.abc import Mapping
from typing import Final

# An MP4 says `ftyp` behind the length of its first box; a WebM begins with the mark of EBML.
MARK_BYTES: Final = 8
_WEBM: Final = b"\x1a\x45\xdf\xa3"
_RANGE: Final = re.compile(r"bytes +(\d{1,18})-\d{1,18}/(\d{1,18}|\*)", re.ASCII)


def read_number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,18}", text) else None


def read_range(text: str) -> tuple[int | None, int | None]:
    """Where a part begins and how large the whole is, by its `Content-Range`; None for what it does not say."""
    found = _RANGE.fullmatch(text.strip())
    return (int(found[1]), read_number(found[2])) if found else (None, None)


def read_version(headers: Mapping[str, str]) -> str | None:
    """What names these very bytes. A weak tag does not: two halves under one need not fit together."""
    tag = headers.get("etag", "").strip()
    if tag.startswith('"'):
        return tag
    return None if tag else headers.get("last-modified")


def is_of_version(headers: Mapping[str, str], version: str) -> bool:
    """Whether a part says no other: some stores send the rest of whatever lies there now."""
    named = headers.get("etag" if version.startswith('"') else "last-modified")
    return named is None or named.strip() == version


def is_clip(mark: bytes | bytearray) -> bool:
    return mark[4:8] == b"ftyp" or mark.startswith(_WEBM)


def name_kind(mark: bytes | bytearray) -> str:
    """What came in place of a clip, by its first bytes."""
    if not mark:
        return "empty"
    match bytes(mark).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]:
        case b"<":
            return "a page"
        case b"{" | b"[":
            return "JSON"
        case _:
            return "neither MP4 nor WebM"


def describe_size(count: int) -> str:
    return f"{count // 1024**2:,} MB" if count >= 1024**2 else f"{count:,} bytes"
