"""A manifest's verbs and conditions, from YAML nodes to values. The schema has checked their shape.

Every reference is held against the names there are, so that a slip of the pen is an error at its place and not a field
that is silently never sent.
"""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from runner.core.canonical import Json
from runner.core.diagnostic import Findings
from runner.core.nearest import did_you_mean
from runner.core.node import Mapping, Node, Scalar, Sequence, plain
from runner.core.place import Place
from runner.model.mapping import (
    ALWAYS,
    Cases,
    Condition,
    Each,
    Fields,
    Form,
    Listed,
    Path,
    Reference,
    Spec,
    Test,
    Text,
    Value,
    Way,
)
from runner.reading.node_values import items_in, mapping_in, text_in, whole_in

# What a mapping may name, and below it; a list's entries are named by `item`.
_CAMERA: Final = ("type", "move", "amount", "horizontal", "vertical", "pan", "tilt", "roll", "zoom")
SHOT_NAMES: Final = frozenset(
    (
        *("prompt", "negative_prompt", "dialogue", "beats", "beats_are"),
        *("spelling", "model", "task", "mode", "duration", "sound", "watermark", "aspect_ratio", "cfg_scale", "seed"),
        *("first_frame", "last_frame", "masks", "masks.static", "masks.dynamic"),
        *("voices", "elements", "element_pictures", "job_name", "callback"),
        *("camera", *(f"camera.{name}" for name in _CAMERA)),
    )
)
JOB_NAMES: Final = frozenset({"job", "job_name", "path", "spelling", "task"})
RESOURCE_NAMES: Final = frozenset({"label", "description", "sample", "frontal", "references", "job_name", "job", "id"})
_ITEM: Final = frozenset(
    (
        *("number", "position", "name", "id", "description", "frontal", "references", "pictures"),
        *("prompt", "duration", "mask", "trajectory", "x", "y"),
    )
)
_WAYS: Final = {way.value: way for way in Way}
_FORMS: Final = {form.value: form for form in Form}


class MappingReader:
    """Reads specs that may name what `names` lists."""

    def __init__(self, names: AbstractSet[str], findings: Findings) -> None:
        self._names = names
        self._findings = findings
        self._verbs: dict[str, Callable[[Mapping], Spec]] = {
            "reference": self._reference,
            "text": self._text,
            "value": self._value,
            "fields": self._fields,
            "each": self._each,
            "list": self._list,
            "cases": self._cases,
        }

    def spec(self, node: Node) -> Spec:
        if not isinstance(node, Mapping):
            return Value(plain(node))
        verbs = [verb for verb in self._verbs if verb in node.entries]
        if len(verbs) != 1:
            hint = f"write one of {', '.join(f'`{verb}`' for verb in self._verbs)}"
            message = f"expected one verb, found {' and '.join(f'`{verb}`' for verb in verbs) or 'none'}"
            self._findings.error("bad-value", message, node.place, hint)
            return Value(None)
        return self._verbs[verbs[0]](node)

    def condition(self, node: Node | None) -> Condition:
        fields = mapping_in(node)
        return ALWAYS if fields is None else Condition(tuple(self._tests(fields)))

    def members(self, node: Node | None) -> dict[str, Spec]:
        fields = mapping_in(node)
        return {} if fields is None else {name: self.spec(member) for name, member in fields.items()}

    def _tests(self, fields: Mapping) -> Iterator[Test]:
        for name, node in fields.items():
            path = self._path(name, fields.key_place(name))
            span = mapping_in(node)
            if span is not None:
                yield Test(path, at_least=whole_in(span.get("at_least")), at_most=whole_in(span.get("at_most")))
            elif text_in(node) in {"present", "absent"}:
                yield Test(path, is_present=text_in(node) == "present")
            else:
                yield Test(path, values=values_of(node))

    def _reference(self, fields: Mapping) -> Spec:
        node = fields.get("reference")
        forms = values_of(fields.get("as"))
        table = mapping_in(fields.get("table"))
        default = fields.get("default")
        return Reference(
            path=self._path(text_in(node) or "", fields.place if node is None else node.place),
            form=next((_FORMS[form] for form in forms if isinstance(form, str) and form in _FORMS), None),
            ways=tuple(_WAYS[way] for way in forms if isinstance(way, str) and way in _WAYS),
            table=None if table is None else {name: plain(value) for name, value in table.items()},
            default=None if default is None else plain(default),
            characters=whole_in(fields.get("characters")),
            when=self.condition(fields.get("when")),
        )

    def _text(self, fields: Mapping) -> Spec:
        node = fields.get("text")
        parts = items_in(node) if isinstance(node, Sequence) else (() if node is None else (node,))
        return Text(tuple(self._text_part(part) for part in parts), self.condition(fields.get("when")))

    def _text_part(self, node: Node) -> str | Spec:
        return str(node.value) if isinstance(node, Scalar) else self.spec(node)

    def _value(self, fields: Mapping) -> Spec:
        node = fields.get("value")
        return Value(None if node is None else plain(node), self.condition(fields.get("when")))

    def _fields(self, fields: Mapping) -> Spec:
        return Fields(self.members(fields.get("fields")), self.condition(fields.get("when")))

    def _each(self, fields: Mapping) -> Spec:
        node, give = fields.get("each"), fields.get("give")
        over = self._path(text_in(node) or "", fields.place if node is None else node.place)
        return Each(over, Value(None) if give is None else self.spec(give), self.condition(fields.get("when")))

    def _list(self, fields: Mapping) -> Spec:
        parts = tuple(self.spec(item) for item in items_in(fields.get("list")))
        return Listed(parts, self.condition(fields.get("when")))

    def _cases(self, fields: Mapping) -> Spec:
        cases = tuple(self.spec(item) for item in items_in(fields.get("cases")))
        return Cases(cases, self.condition(fields.get("when")))

    def _path(self, name: str, place: Place) -> Path:
        self.check_name(name, place)
        return tuple(name.split("."))

    def check_name(self, name: str, place: Place) -> None:
        first, _, rest = name.partition(".")
        is_known = name in self._names or (first == "item" and (not rest or rest in _ITEM)) or first == "options"
        if not is_known:
            hint = did_you_mean(name, self._names, "docs/providers.md lists what can be named")
            self._findings.error("unknown-reference", f"`{name}` is nothing a request holds", place, hint)


def values_of(node: Node | None) -> tuple[Json, ...]:
    """One value, or a list of them."""
    if node is None:
        return ()
    return tuple(plain(item) for item in node.items) if isinstance(node, Sequence) else (plain(node),)
