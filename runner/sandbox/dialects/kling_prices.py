"""What Kling charges for a clip, in US dollars a second, by its price list of 2026. Purely a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

VOICE: Final = Decimal("0.007")
ELEMENT: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Each:
    """None where the list has no such price."""

    silent: str | None
    heard: str | None = None
    voiced: str | None = None
    # With a clip among what goes in.
    fed: str | None = None


_OLDER: Final[Mapping[str, _Each]] = {"std": _Each(".056"), "pro": _Each(".098")}
_MASTER: Final[Mapping[str, _Each]] = {"pro": _Each(".28")}
_PRICES: Final[Mapping[str, Mapping[str, _Each]]] = {
    "kling-v1": {"std": _Each(".028"), "pro": _Each(".098")},
    "kling-v1-5": _OLDER,
    "kling-v1-6": _OLDER,
    "kling-v2-1": _OLDER,
    "kling-v2-master": _MASTER,
    "kling-v2-1-master": _MASTER,
    "kling-v2-5-turbo": {"std": _Each(".042"), "pro": _Each(".07")},
    "kling-v2-6": {"std": _Each(".042"), "pro": _Each(".07", ".14", ".168")},
    "kling-v3": {"std": _Each(".084", ".126"), "pro": _Each(".112", ".168"), "4k": _Each(".42", ".42")},
    "kling-v3-turbo": {"std": _Each(".112", ".112"), "pro": _Each(".14", ".14")},
    "kling-v3-omni": {
        "std": _Each(".084", ".112", fed=".126"),
        "pro": _Each(".112", ".14", fed=".168"),
        "4k": _Each(".42", ".42"),
    },
    "kling-video-o1": {"std": _Each(".084", fed=".126"), "pro": _Each(".112", fed=".168")},
}


def price_clip(
    model: str, mode: str, seconds: int, *, has_sound: bool = False, has_voice: bool = False, has_video: bool = False
) -> Decimal | None:
    """`model` as the older interface spells it."""
    each = _PRICES.get(model, {}).get(mode)
    if each is None:
        return None
    if has_video:
        price = each.fed
    elif has_sound:
        price = each.voiced if has_voice else each.heard
    else:
        price = each.silent
    return None if price is None else Decimal(price) * seconds
