"""Likely names for unknown ones, as long as looking for them takes a bearable while."""

from collections.abc import Collection

from runner.core.nearest import did_you_mean

# Names compared in one reading. A film of thousands of shots whose every link is wrong needs one good hint, not all.
_COMPARISONS = 100_000


class Suggestions:
    def __init__(self) -> None:
        self._left = _COMPARISONS

    def hint(self, word: str, known: Collection[str], otherwise: str) -> str:
        """`did you mean …?`, or the sentence given."""
        self._left -= len(known)
        return did_you_mean(word[:80], known, otherwise) if self._left >= 0 else otherwise
