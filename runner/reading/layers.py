"""Settings laid over each other: built-in, defaults, scene, profile, shot. Each keeps the line that asked for it."""

from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from runner.core.canonical import Json
from runner.core.node import Mapping, Node, plain
from runner.model.storyboard import Camera, Layer, Setting
from runner.reading.node_values import (
    items_in,
    mapping_in,
    number_in,
    scalar_of,
    text_in,
    whole_in,
    yes_or_no_in,
)

# Always part of the request, since gateways differ in what they take for granted.
_BUILT_IN: Final[dict[str, Any]] = {
    "mode": "std",
    "duration": 5,
    "aspect_ratio": "16:9",
    "sound": False,
    "watermark": False,
    "rolls": 1,
    "unsupported": "refuse",
    "convert": (),
}
_MOVES: Final = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")


@dataclass(frozen=True, slots=True)
class Layered:
    """What holds below a shot, or at it: settings by name, and options by provider."""

    settings: dict[str, Setting[Any]]
    options: dict[str, Setting[MappingOf[str, Json]]]


def built_in_layer() -> Layered:
    return Layered({name: Setting(value, Layer.BUILT_IN, None) for name, value in _BUILT_IN.items()}, {})


def lay_over(weaker: Layered, fields: Mapping | None, layer: Layer) -> Layered:
    """What is written in `fields` in place of what held before; options are merged name by name."""
    if fields is None:
        return weaker
    settings = dict(weaker.settings)
    for name, node in fields.items():
        read = _READERS.get(name)
        value = None if read is None else read(node)
        if value is not None:
            settings[name] = Setting(value, layer, node.place)
    written = mapping_in(fields.get("options"))
    return Layered(settings, weaker.options if written is None else _merge_options(weaker.options, written, layer))


def _merge_options(
    weaker: dict[str, Setting[MappingOf[str, Json]]], written: Mapping, layer: Layer
) -> dict[str, Setting[MappingOf[str, Json]]]:
    merged = dict(weaker)
    for provider, node in written.items():
        values = plain(node)
        if isinstance(values, dict):
            below = merged[provider].value if provider in merged else {}
            merged[provider] = Setting({**below, **values}, layer, written.key_place(provider))
    return merged


def _camera_in(node: Node) -> Camera | None:
    named = text_in(node)
    if named is not None:
        return Camera(named, None, None)
    for move, amount in node.items() if isinstance(node, Mapping) else ():
        number = number_in(amount)
        if move in _MOVES and number is not None:
            kind = cast("Literal['horizontal', 'vertical', 'pan', 'tilt', 'roll', 'zoom']", move)
            return Camera("simple", kind, number)
    return None


def _conversions_in(node: Node) -> tuple[str, ...]:
    return tuple(text for item in items_in(node) if (text := text_in(item)) is not None)


_READERS: Final[dict[str, Callable[[Node], Any]]] = {
    "model": text_in,
    "mode": text_in,
    "duration": whole_in,
    "aspect_ratio": text_in,
    "sound": yes_or_no_in,
    "watermark": yes_or_no_in,
    "rolls": whole_in,
    # Still a template: rendered where the shot is known.
    "negative_prompt": scalar_of,
    "cfg_scale": number_in,
    "seed": whole_in,
    "camera": _camera_in,
    "unsupported": text_in,
    "convert": _conversions_in,
}
