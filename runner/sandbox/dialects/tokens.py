"""Who calls, and when: the key out of a header, and times as gateways print them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

# Any other key is good, so that nobody needs a real one.
REFUSED_KEY: Final = "invalid"


def has_good_key(headers: Mapping[str, str], header: str, scheme: str = "") -> bool:
    """True for `<scheme> <key>` in that header, or for the bare key where there is no scheme."""
    written = headers.get(header, "")
    if scheme:
        word, _, written = written.partition(" ")
        if word.lower() != scheme.lower():
            return False
    return written.strip() not in {"", REFUSED_KEY}


def print_moment(milliseconds: int) -> str:
    """`2025-09-21T00:00:00.000Z`."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
