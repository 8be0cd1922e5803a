"""Choices that look free and are the same each time: drawn from a digest of what they are for."""

from collections.abc import Sequence
from hashlib import sha256, shake_256
from typing import TypeVar

from PIL import Image

Choice = TypeVar("Choice")


class Dice:
    def __init__(self, *seed: str) -> None:
        self._seed = "\0".join(seed).encode()
        self._thrown = 0

    def throw(self) -> float:
        """From 0 up to, but not, 1."""
        self._thrown += 1
        digest = sha256(self._seed + self._thrown.to_bytes(4, "big")).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.throw()

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[int(self.throw() * len(choices))]


def grain(seed: str, size: tuple[int, int], tile: int = 256) -> Image.Image:
    """Even noise over all levels, as one tile repeated."""
    noise = Image.frombytes("L", (tile, tile), shake_256(seed.encode()).digest(tile * tile))
    ground = Image.new("L", size)
    for top in range(0, size[1], tile):
        for left in range(0, size[0], tile):
            ground.paste(noise, (left, top))
    return ground
