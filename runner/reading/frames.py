"""The pictures a shot opens and ends on, given or taken from other shots, and its masks."""

from collections.abc import Collection
from decimal import Decimal
from typing import cast

from runner.core.diagnostic import Findings
from runner.core.node import Mapping, Node, Scalar
from runner.model.storyboard import At, Chained, DynamicMask, Frame, Masks
from runner.reading.inputs import Inputs
from runner.reading.node_values import items_in, mapping_in, scalar_of, whole_in
from runner.reading.suggestions import Suggestions


class Frames:
    def __init__(self, shots: Collection[str], inputs: Inputs, suggestions: Suggestions, findings: Findings) -> None:
        self._shots = shots
        self._suggestions = suggestions
        self._inputs = inputs
        self._findings = findings

    def first(self, fields: Mapping) -> Frame | None:
        """`from: X` is short for `first_frame: {shot: X, at: last}`."""
        short = fields.get("from")
        if isinstance(short, Scalar):
            return self._chained(short, None, "last")
        if short is not None:
            return self._frame(short, "last")
        return self._frame(fields.get("first_frame"), "last")

    def last(self, fields: Mapping) -> Frame | None:
        return self._frame(fields.get("last_frame"), "first")

    def known_shot(self, named: Scalar) -> str | None:
        """The id of a shot of this storyboard; told when it is not."""
        name = str(named.value)
        if name in self._shots:
            return name
        hint = self._suggestions.hint(name, self._shots, "shots are named by their `id`")
        self._findings.error("unknown-shot", f"`{name[:80]}` is not a shot of this storyboard", named.place, hint)
        return None

    def masks(self, node: Node | None) -> Masks | None:
        fields = mapping_in(node)
        if fields is None:
            return None
        dynamic = (self._dynamic_mask(mapping_in(item)) for item in items_in(fields.get("dynamic")))
        static = self._inputs.picture(fields.get("static"))
        return Masks(static, tuple(mask for mask in dynamic if mask is not None), fields.place)

    def _dynamic_mask(self, fields: Mapping | None) -> DynamicMask | None:
        picture = None if fields is None else self._inputs.picture(fields.get("mask"))
        if fields is None or picture is None:
            return None
        points = (tuple(whole_in(number) for number in items_in(point)) for point in items_in(fields.get("trajectory")))
        whole = (point for point in points if len(point) == 2 and None not in point)
        return DynamicMask(picture, tuple(cast("tuple[int, int]", point) for point in whole))

    def _frame(self, node: Node | None, otherwise: At) -> Frame | None:
        fields = mapping_in(node)
        named = None if fields is None else scalar_of(fields.get("shot"))
        if fields is not None and named is not None:
            return self._chained(named, fields.get("at"), otherwise)
        return self._inputs.picture(node)

    def _chained(self, named: Scalar, at: Node | None, otherwise: At) -> Chained | None:
        if not isinstance(named.value, str):
            return None
        shot = self.known_shot(named)
        moment = _moment(at)
        # A time may lie outside the clip, and is then what the message is about.
        place = at.place if at is not None and isinstance(moment, Decimal) else named.place
        return None if shot is None else Chained(shot, otherwise if moment is None else moment, place)


def _moment(node: Node | None) -> At | None:
    """`2.50` and `2.5` are one time, so the number is spelled again without the zeros its author wrote."""
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return None
    match node.value:
        case "first":
            return "first"
        case "last":
            return "last"
        case int() | float():
            number = Decimal(repr(node.value)).normalize()
            return Decimal(f"{number:f}") if number.is_finite() else None
        case _:
            return None
